"""Many who wait for one process hold up nobody who works on another one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep
from uuid import UUID

import psycopg

from tests.api.drawn import draw, launched, step, tasks_by_title
from tests.conftest import Client

WAITING = 16  # more than a server has connections
LOCKED = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def test_a_locked_process_takes_no_more_than_two_connections_of_a_server(database: str, ada: Client) -> None:
    template = draw(database, ada, step("A"))
    hot, other = launched(ada, template), launched(ada, template)
    with ThreadPoolExecutor(WAITING) as people, psycopg.connect(database) as holder:
        holder.execute("SELECT set_config('app.organization_id', %s, true)", [ada.organization_id])
        holder.execute("SELECT FROM processes WHERE id = %s FOR UPDATE", [UUID(hot["id"])])
        waiting = [
            people.submit(ada.data, "PUT", f"/runs/{hot['id']}", json={"summary": f"Turn {turn}"})
            for turn in range(WAITING)
        ]
        wait_until_locked(database, 2)
        task = tasks_by_title(ada, other)["A"]
        done = ada.data("POST", f"/runs/{other['id']}/completed-tasks", json={"task_id": task["id"]})
        assert done["status"] == "completed"
        assert locked(database) == 2
        assert not any(one.done() for one in waiting)
        holder.rollback()
        assert {one.result()["id"] for one in waiting} == {hot["id"]}


def wait_until_locked(database: str, count: int) -> None:
    until = monotonic() + 30
    while locked(database) < count:
        assert monotonic() < until, "nobody waits for the process"
        sleep(0.01)


def locked(database: str) -> int:
    with psycopg.connect(database) as owner:
        row = owner.execute(LOCKED).fetchone()
    assert row is not None
    return int(row[0])
