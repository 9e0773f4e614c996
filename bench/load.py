"""The load: wrk against two servers, and pgbench for the floor; what they took of the processors."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

CONCURRENCY = 8
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Result:
    """What one run reached; times are milliseconds."""

    per_second: float
    p50: float
    p95: float
    requests: int
    failed: int


def run_wrk(requests: Path, ports: list[int], seconds: int) -> Result:
    """Send the requests of a file for a while. Raises RuntimeError when the load generator is missing."""
    if shutil.which("wrk") is None:
        raise RuntimeError("The load generator wrk is missing: install the package wrk.")
    script = Path(__file__).parent / "requests.lua"
    output = subprocess.run(
        ["wrk", f"-t{len(ports)}", f"-c{CONCURRENCY}", f"-d{seconds}s", "--timeout", "10s", "-s", str(script),
         f"http://127.0.0.1:{ports[0]}", "--", str(requests)],
        env={**os.environ, "BENCH_PORTS": " ".join(map(str, ports))}, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    found = re.search(r"RESULT\t(\d+)\t(\d+)\t(\d+)\t(\d+)\t(\d+)\t(\d+)", output)
    if found is None:
        raise RuntimeError(output)
    count, duration, p50, p95, failed, errors = map(int, found.groups())
    return Result(count / duration * 1e6, p50 / 1000, p95 / 1000, count, failed + errors)


def run_pgbench(pgbench: Path, conninfo: str, script: Path, seconds: int) -> Result:
    """Run one SQL file for a while, as fast as the database lets it."""
    completed = subprocess.run(
        [str(pgbench), "-n", "-M", "prepared", "-f", str(script), "-c", str(CONCURRENCY), "-j", "1", "-T", str(seconds),
         conninfo],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    output = completed.stdout
    found = re.search(r"tps = ([\d.]+)", output)
    processed = re.search(r"actually processed: (\d+)", output)
    latency = re.search(r"latency average = ([\d.]+)", output)
    failures = re.search(r"failed transactions: (\d+)", output)
    if found is None or processed is None or latency is None:
        raise RuntimeError(output + completed.stderr)
    average = float(latency.group(1))
    failed = int(failures.group(1)) if failures else 0
    return Result(float(found.group(1)), average, average, int(processed.group(1)), failed)


def processor_seconds(processes: Iterable[int]) -> float:
    """Processor time that these processes have taken so far, in seconds; those that are gone count
    nothing.
    """
    total = 0
    for process in processes:
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def family(parent: int) -> list[int]:
    """A process and all below it."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, queue = [], [parent]
    while queue:
        process = queue.pop()
        found.append(process)
        queue.extend(children.get(process, []))
    return found


def resident_megabytes(process: int) -> float:
    """Memory that a process holds."""
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+)", status)
    return int(found.group(1)) / 1024 if found else 0.0
