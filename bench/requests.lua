-- Sends the requests of a file, one after the other, the threads taking turns; each thread has a server of its own.
-- Arguments: the file (METHOD <tab> PATH <tab> TOKEN <tab> BODY a line), then the ports of the servers.
local threads = {}

function setup(thread)
    thread:set("place", #threads)
    table.insert(threads, thread)
    local port = ports[(#threads - 1) % #ports + 1]
    thread.addr = wrk.lookup("127.0.0.1", port)[1]
end

ports = {}
for port in string.gmatch(os.getenv("BENCH_PORTS"), "%d+") do
    table.insert(ports, port)
end

function init(args)
    lines = {}
    for line in io.lines(args[1]) do
        table.insert(lines, line)
    end
    stride = #ports
    next_line = place
    failed = 0
end

function request()
    local line = lines[next_line % #lines + 1]
    next_line = next_line + stride
    local method, path, token, body = string.match(line, "([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)")
    local headers = { ["Authorization"] = "Bearer " .. token, ["Content-Type"] = "application/json" }
    return wrk.format(method, path, headers, body ~= "" and body or nil)
end

function response(status)
    if status >= 300 then
        failed = failed + 1
    end
end

function done(summary, latency)
    local failures = 0
    for _, thread in ipairs(threads) do
        failures = failures + thread:get("failed")
    end
    io.write(string.format("RESULT\t%d\t%d\t%d\t%d\t%d\t%d\n", summary.requests, summary.duration,
        latency:percentile(50), latency:percentile(95), failures,
        summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
