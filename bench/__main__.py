"""Measures Stepwell against the floor: what the same database does when it is asked with the fewest
statements.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx
import psycopg

from bench import world
from bench.load import Result, family, processor_seconds, resident_megabytes, run_pgbench, run_wrk
from bench.sizes import compare_sizes, print_sizes
from bench.sweep import measure_sweep
from bench.tables import MEASURES, Row, print_growth, print_table
from stepwell.db.embedded import EmbeddedServer
from stepwell.db.migrate import migrate

FLOORS = Path(__file__).parent / "floors"
PORTS = [18431, 18432]


@dataclass
class Bench:
    """Two servers on one filled database."""

    postgres: EmbeddedServer
    folder: Path
    callers: list[world.Caller]
    templates: dict[UUID, str]
    servers: list[subprocess.Popen[bytes]]
    seconds: int

    @property
    def conninfo(self) -> str:
        return self.postgres.conninfo

    @property
    def postmaster(self) -> int:
        return int((self.postgres.home / "postgres" / "postmaster.pid").read_text().split()[0])


@contextmanager
def servers_on(conninfo: str, log: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two server processes; jobs are left alone, as the floor leaves them."""
    running = []
    with log.open("ab") as output:
        for port in PORTS:
            environment = {**os.environ, "STEPWELL_DATABASE_URL": conninfo, "STEPWELL_PORT": str(port)}
            command = [sys.executable, "-m", "stepwell.cli", "serve", "--no-worker"]
            running.append(subprocess.Popen(command, env=environment, stdout=output, stderr=output))
        try:
            for port in PORTS:
                _wait_for(f"http://127.0.0.1:{port}/health")
            yield running
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait(10)


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            httpx.get(address, timeout=2).raise_for_status()
            return
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--processes", type=int, default=20_000)
    parser.add_argument("--seconds", type=int, default=8, help="of each run")
    parser.add_argument(
        "--growth", action="store_true", help="measure the lists again over ten times the data"
    )
    parser.add_argument("--only", action="append", help="names of measures")
    parser.add_argument("--sweep", type=int, nargs="?", const=100_000, metavar="TASKS",
                        help="measure instead how fast one worker ends so many tasks that are due")  # fmt: skip
    chosen = parser.parse_args()
    if chosen.sweep:
        measure_sweep(chosen.sweep)
        return
    folder = Path(tempfile.mkdtemp(prefix="stepwell-bench-"))
    folder.chmod(0o755)
    postgres = EmbeddedServer.start(folder)
    try:
        migrate(postgres.conninfo)
        with servers_on(postgres.conninfo, folder / "server.log") as servers:
            bench = _filled(postgres, folder, servers, chosen)
            rows = _measure_all(bench, chosen.only)
            print_table(rows, [resident_megabytes(process.pid) for process in servers])
            if not chosen.only:
                print_sizes(compare_sizes(folder, PORTS, bench.callers[0], max(3, chosen.seconds // 2)))
            if chosen.growth:
                before = _lists(bench)
                _grow_tenfold(bench, chosen.processes)
                print_growth(before, _lists(bench))
    finally:
        postgres.release()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(postgres.home, ignore_errors=True)


def _filled(
    postgres: EmbeddedServer, folder: Path, servers: list[subprocess.Popen[bytes]], chosen: argparse.Namespace
) -> Bench:
    origin = f"http://127.0.0.1:{PORTS[0]}"
    callers = world.make_people(postgres.conninfo)
    templates = world.make_templates(origin, callers)
    bench = Bench(postgres, folder, callers, templates, servers, chosen.seconds)
    admins = {caller.organization_id: caller for caller in callers if caller.role == "admin"}
    for organization_id, caller in admins.items():
        httpx.post(
            f"{origin}/api/organizations/{organization_id.hex}/runs",
            headers={"Authorization": f"Bearer {caller.token}"},
            content=world.launch_body(templates[organization_id], _fields(bench, organization_id)),
            timeout=30,
        ).raise_for_status()
    started = time.monotonic()
    each = chosen.processes // len(admins)
    world.grow(bench.conninfo, list(admins), 1, each - 1, 5)
    print(f"filled {chosen.processes} processes, {chosen.processes * world.STEPS} tasks"
          f" in {time.monotonic() - started:.0f} s")  # fmt: skip
    _write_callers(bench)
    return bench


def _fields(bench: Bench, organization_id: UUID) -> list[str]:
    with psycopg.connect(bench.conninfo) as owner:
        owner.execute("SELECT set_config('app.organization_id', %s, true)", [str(organization_id)])
        rows = owner.execute(
            "SELECT hex(id) FROM template_fields WHERE step_id IS NULL ORDER BY position"
        ).fetchall()
    return [row[0] for row in rows]


CALLERS = """
    CREATE TABLE bench_callers (n int PRIMARY KEY, organization_id uuid, user_id bigint, is_admin boolean);
    CREATE TABLE bench_tasks (n int PRIMARY KEY, organization_id uuid, process_id uuid, task_id uuid, user_id
      bigint);
    CREATE TABLE bench_processes (n int PRIMARY KEY, organization_id uuid, process_id uuid, user_id bigint);
    CREATE SEQUENCE bench_task; CREATE SEQUENCE bench_number START 100000000
"""
MOST = 50_000  # open tasks and processes that are picked, of each organization a tenth


def _write_callers(bench: Bench) -> None:
    """Whom the floors act for, which tasks they complete and which processes they read."""
    with psycopg.connect(bench.conninfo) as owner:
        owner.execute(CALLERS)
        with owner.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO bench_callers VALUES (%s, %s, %s, %s)",
                [
                    (n, one.organization_id, one.user_id, one.role == "admin")
                    for n, one in enumerate(bench.callers)
                ],
            )
        for place, organization_id in enumerate(bench.templates):
            owner.execute("SELECT set_config('app.organization_id', %s, true)", [str(organization_id)])
            share = MOST // len(bench.templates)
            owner.execute(
                "INSERT INTO bench_tasks SELECT (row_number() OVER (ORDER BY md5(id::text)) - 1) * %s + %s,"
                " organization_id, process_id, id, users[1] FROM tasks WHERE status = 'not-started'"
                " ORDER BY 1 LIMIT %s", [len(bench.templates), place, share])  # fmt: skip
            owner.execute(
                "INSERT INTO bench_processes SELECT (row_number() OVER (ORDER BY md5(id::text)) - 1) * %s + %s,"
                " organization_id, id, owner_id FROM processes ORDER BY 1 LIMIT %s",
                [len(bench.templates), place, share],
            )
    with psycopg.connect(bench.conninfo, autocommit=True) as owner:
        owner.execute("ANALYZE")


def _measure_all(bench: Bench, only: list[str] | None) -> list[Row]:
    rows = []
    for measure in MEASURES:
        if only and measure.name not in only:
            continue
        requests = _requests(bench, measure.name)
        run_wrk(_last_lines(requests), PORTS, 2)  # prepared statements, compiled versions, guessed callers
        ours, server_seconds, database_seconds = _timed(bench, requests)
        floor = _floor(bench, measure.name)
        rows.append(Row(measure, ours, floor, server_seconds, database_seconds))
    return rows


def _last_lines(requests: Path) -> Path:
    """A tenth of the requests, from the end: a task that the warm-up completed is not completed again."""
    lines = requests.read_text().splitlines()
    file = requests.with_suffix(".warm")
    file.write_text("\n".join(reversed(lines[-max(len(lines) // 10, 200) :])) + "\n")
    return file


def _timed(bench: Bench, requests: Path) -> tuple[Result, float, float]:
    processes = [process.pid for process in bench.servers]
    before = processor_seconds(processes), processor_seconds(family(bench.postmaster))
    result = run_wrk(requests, PORTS, bench.seconds)
    after = processor_seconds(processes), processor_seconds(family(bench.postmaster))
    return result, after[0] - before[0], after[1] - before[1]


@contextmanager
def without_policies(conninfo: str) -> Iterator[None]:
    """The floor is measured as the owner, without policies."""
    tables = "SELECT oid::regclass::text FROM pg_class WHERE relrowsecurity"
    with psycopg.connect(conninfo, autocommit=True) as owner:
        names = [row[0] for row in owner.execute(tables).fetchall()]
        for name in names:
            owner.execute(f"ALTER TABLE {name} DISABLE ROW LEVEL SECURITY")
        try:
            yield
        finally:
            for name in names:
                owner.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")


def _floor(bench: Bench, name: str) -> Result:
    with without_policies(bench.conninfo):
        return run_pgbench(
            bench.postgres.binary("pgbench"), bench.conninfo, FLOORS / f"{name}.sql", bench.seconds
        )


def _requests(bench: Bench, name: str) -> Path:
    """The file of requests of a measure, in an order without pattern that is the same in every run."""
    lines = []
    fields = {one: _fields(bench, one) for one in bench.templates}
    token_of = {(one.organization_id, one.user_id): one.token for one in bench.callers}
    for caller in bench.callers:
        root = f"/api/organizations/{caller.organization_id.hex}"
        body = world.launch_body(bench.templates[caller.organization_id], fields[caller.organization_id])
        line = {
            "launch": ("POST", f"{root}/runs", body),
            "my_tasks": ("GET", f"{root}/me/tasks?status=active&sort=deadline&per_page=50", ""),
            "processes": ("GET", f"{root}/runs?per_page=50", ""),
        }.get(name)
        if line is not None:
            lines.append("\t".join((line[0], line[1], caller.token, line[2])))
    with psycopg.connect(bench.conninfo) as owner:
        for organization_id, process, task, user, _ in _picked(owner, name):
            root = f"/api/organizations/{organization_id.hex}/runs/{process.hex}"
            token = token_of[organization_id, user]
            if name == "complete":
                lines.append(f"POST\t{root}/completed-tasks\t{token}\t" + f'{{"task_id":"{task.hex}"}}')
            else:
                lines.append(f"GET\t{root}?with=tasks\t{token}\t")
    random.Random(1).shuffle(lines)
    file = bench.folder / f"{name}.txt"
    file.write_text("\n".join(lines) + "\n")
    return file


def _picked(
    owner: psycopg.Connection[tuple[object, ...]], name: str
) -> list[tuple[UUID, UUID, UUID, int, int]]:
    """HTTP completes the tasks with even numbers, the floor those with odd ones."""
    queries = {
        "complete": "SELECT organization_id, process_id, task_id, user_id, n FROM bench_tasks WHERE n % 2 = 0",
        "process": "SELECT organization_id, process_id, process_id, user_id, n FROM bench_processes",
    }
    if name not in queries:
        return []
    return owner.execute(queries[name]).fetchall()  # type: ignore[return-value]


def _lists(bench: Bench) -> dict[str, Result]:
    """The reads again, each warmed first."""
    results = {}
    for measure in MEASURES:
        if measure.reads:
            requests = _requests(bench, measure.name)
            run_wrk(requests, PORTS, 2)
            results[measure.name] = run_wrk(requests, PORTS, bench.seconds)
    return results


def _grow_tenfold(bench: Bench, processes: int) -> None:
    """Nine times as much again, of which a tenth as large a share is unfinished: people's open work stays."""
    started = time.monotonic()
    each = processes // len(bench.templates)
    world.grow(bench.conninfo, list(bench.templates), each, 10 * each, 0)
    print(f"grown to {10 * processes} processes in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
