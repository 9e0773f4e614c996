"""The floors of the bench are honest: they read the same answers as HTTP, and write the same rows."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from bench import __main__ as bench
from bench import world
from bench.world import Caller
from psycopg import sql

from stepwell.db.embedded import EmbeddedServer
from tests import databases
from tests.conftest import Server, start_server

EACH = 12  # processes of an organization
THEIR_ORIGIN = "http://127.0.0.1:18431"
TABLES = """
    SELECT relname::text FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT LIKE 'bench%%' ORDER BY 1
"""
PER_SESSION = {"totals"}
"""Each database session counts in rows of its own, so how many of them change says nothing."""


@dataclass
class Track:
    """What the bench runs on: one server, and a small database with what the floors need."""

    conninfo: str
    server: Server
    callers: list[Caller]
    templates: dict[UUID, str]

    def floor(self, name: str, n: int = 0) -> tuple[Any, ...]:
        """What the floor answers (or does) for caller, process or task number `n`."""
        text = "\n".join(
            line
            for line in (bench.FLOORS / f"{name}.sql").read_text().splitlines()
            if not line.startswith("\\")
        )
        statement = re.sub(r"(?<!:):n\b", str(n), text)
        with bench.without_policies(self.conninfo), psycopg.connect(self.conninfo) as owner:
            row = owner.execute(statement.encode()).fetchone()
        assert row is not None
        return row

    def ask(self, caller: Caller, path: str, body: str | None = None) -> Any:
        url = f"{self.server.api}/organizations/{caller.organization_id.hex}{path}"
        headers = {"Authorization": f"Bearer {caller.token}", "Content-Type": "application/json"}
        answer = httpx.request(
            "GET" if body is None else "POST", url, headers=headers, content=body, timeout=30
        )
        assert answer.status_code < 300, answer.text
        return json.loads(answer.text.replace(self.server.origin, THEIR_ORIGIN))

    def picked(self, table: str, n: int) -> tuple[Caller, tuple[Any, ...]]:
        """A row of a table that names what is measured, and the caller that it names."""
        query = sql.SQL("SELECT * FROM {} WHERE n = %s").format(sql.Identifier(table))
        with psycopg.connect(self.conninfo) as owner:
            row = owner.execute(query, [n]).fetchone()
        assert row is not None
        named = [one for one in self.callers if (one.organization_id, one.user_id) == (row[1], row[-1])]
        return named[0], row

    def rows(self) -> dict[str, set[str]]:
        """The versions of all rows in all tables of organizations, and of the jobs."""
        with bench.without_policies(self.conninfo), psycopg.connect(self.conninfo) as owner:
            query = sql.SQL("SELECT ctid::text || ' ' || xmin::text FROM {}")
            return {
                name: {row for (row,) in owner.execute(query.format(sql.Identifier(name))).fetchall()}
                for (name,) in owner.execute(TABLES).fetchall()
            }

    def written(self, before: dict[str, set[str]]) -> Counter[str]:
        """How many rows were inserted or changed since, by table."""
        after = self.rows()
        found = {name: len(after[name] - before[name]) for name in after if name not in PER_SESSION}
        return Counter({name: count for name, count in found.items() if count})


@pytest.fixture(scope="module")
def track(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Track]:
    with databases.new_database(postgres.conninfo) as conninfo:
        server = start_server(conninfo, tmp_path_factory.mktemp("floors") / "server.log", "--no-worker")
        try:
            callers = world.make_people(conninfo)
            made = Track(conninfo, server, callers, world.make_templates(server.origin, callers))
            admins = {one.organization_id: one for one in callers if one.role == "admin"}
            for organization_id, admin in admins.items():
                fields = bench._fields(made, organization_id)  # type: ignore[arg-type]
                made.ask(admin, "/runs", world.launch_body(made.templates[organization_id], fields))
            world.grow(conninfo, list(admins), 1, EACH - 1, 5)
            bench._write_callers(made)  # type: ignore[arg-type]
            yield made
        finally:
            server.process.terminate()
            server.process.wait(10)


@pytest.mark.parametrize("n", [6, 7, 188, 189])  # administrators and others
@pytest.mark.parametrize(
    ("name", "path"),
    [("my_tasks", "/me/tasks?status=active&sort=deadline&per_page=50"), ("processes", "/runs?per_page=50")],
)
def test_a_list_is_the_one_of_http(track: Track, n: int, name: str, path: str) -> None:
    total, items, count, *due = track.floor(name, n)
    answer = track.ask(track.callers[n], path)
    assert (json.loads(items), count) == (answer["data"], len(answer["data"]))
    assert [list(row) for row in json.loads(items)] == [list(row) for row in answer["data"]]
    assert count > 0
    meta = answer["meta"]
    assert total == meta["pagination"]["total"]
    if due:
        assert due == [meta["overdue_tasks"], meta["tasks_due_soon"]]


@pytest.mark.parametrize("n", [0, 57])
def test_a_process_with_its_tasks_is_the_one_of_http(track: Track, n: int) -> None:
    caller, (_, _, process_id, _) = track.picked("bench_processes", n)
    answer = track.ask(caller, f"/runs/{process_id.hex}?with=tasks")["data"]
    floor = json.loads(track.floor("process", n)[0])
    assert floor == answer
    assert list(floor) == list(answer)


def test_a_launch_writes_the_rows_of_http(track: Track) -> None:
    caller = track.callers[0]
    body = world.launch_body(
        track.templates[caller.organization_id],
        bench._fields(track, caller.organization_id),  # type: ignore[arg-type]
    )
    before = track.rows()
    track.ask(caller, "/runs", body)
    ours, before = track.written(before), track.rows()
    track.floor("launch")
    assert track.written(before) == ours
    assert ours["tasks"] == world.STEPS


def test_a_completion_writes_the_rows_of_http(track: Track) -> None:
    caller, (_, _, process_id, task_id, _) = track.picked("bench_tasks", 0)
    before = track.rows()
    track.ask(caller, f"/runs/{process_id.hex}/completed-tasks", json.dumps({"task_id": task_id.hex}))
    ours, before = track.written(before), track.rows()
    track.floor("complete")
    assert track.written(before) == ours
    assert ours["tasks"] == 1
