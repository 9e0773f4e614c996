"""Sweeps share the work, wait for nobody, and lose nothing when they are killed."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from typing import Any
from uuid import UUID

import psycopg
import pytest

from stepwell.clock.closing import expire_due_tasks
from stepwell.organizations.setup import enter
from stepwell.services import Services
from tests.clock.moments import Still, escalating_template, id_of, in_days, launch, task_now
from tests.conftest import House
from tests.load.consistency import assert_consistent

ENDED = """
    SELECT count(*), count(DISTINCT object_id) FROM events
     WHERE organization_id = %s AND verb = 'completed' AND kind = 'Task' AND actor_type = 'bot'
"""
KILLED = """
import asyncio, sys
from datetime import datetime
from uuid import UUID
from stepwell.clock.closing import expire_due_tasks
from stepwell.server import running_services
from stepwell.settings import Settings

async def main(database, organization, moment):
    async with running_services(Settings(database_url=database), database) as services:
        services.clock = lambda: datetime.fromisoformat(moment)
        await expire_due_tasks(services, UUID(organization), batch=5)

asyncio.run(main(*sys.argv[1:]))
"""


def launched(home: House, count: int) -> list[dict[str, Any]]:
    template = escalating_template(home.ada)
    return [launch(home.ada, template) for _ in range(count)]


def ended(still: Still, home: House) -> tuple[int, int]:
    """How many endings the log tells of, and of how many tasks."""
    with psycopg.connect(still.database) as owner:
        enter(owner, home.id)
        row = owner.execute(ENDED, [home.id]).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def consistent(still: Still, organization_id: UUID) -> None:
    with psycopg.connect(still.database) as owner:
        assert_consistent(owner, organization_id)


@pytest.mark.rule("P-334")
def test_two_workers_at_once_end_each_task_exactly_once(still: Still, home: House) -> None:
    launched(home, 40)

    async def both(services: Services) -> list[int]:
        sweeps = [expire_due_tasks(services, home.id, batch=3) for _ in range(2)]
        return await asyncio.gather(*sweeps)

    shares = still.at(in_days(3), both)
    assert sum(shares) == 40
    assert min(shares) > 0, "both had a share"
    assert ended(still, home) == (40, 40)
    consistent(still, home.id)


def test_a_process_that_somebody_works_on_is_left_to_the_next_sweep(still: Still, home: House) -> None:
    busy, free = launched(home, 2)
    with psycopg.connect(still.database) as owner:
        enter(owner, home.id)
        owner.execute("SELECT FROM processes WHERE id = %s FOR UPDATE", [id_of(busy)])
        assert still.expire(home, in_days(3)) == 1
    assert task_now(home.ada, busy["tasks"]["Escalate"])["status"] == "not-started"
    assert task_now(home.ada, free["tasks"]["Escalate"])["status"] == "completed"
    assert still.expire(home, in_days(3)) == 1


def test_a_sweep_that_is_killed_leaves_nothing_half_done_and_the_next_one_ends_the_rest(
    still: Still, home: House
) -> None:
    launched(home, 40)
    moment = in_days(3)
    arguments = [still.database, home.id.hex, moment.isoformat()]
    worker = subprocess.Popen([sys.executable, "-c", KILLED, *arguments])
    while ended(still, home)[0] == 0:
        assert worker.poll() is None
        time.sleep(0.002)
    worker.send_signal(signal.SIGKILL)
    worker.wait(10)
    before = ended(still, home)[0]
    consistent(still, home.id)
    assert still.expire(home, moment) == 40 - before
    assert ended(still, home) == (40, 40)
    consistent(still, home.id)


def test_a_process_that_is_damaged_does_not_keep_the_others_from_their_end(still: Still, home: House) -> None:
    damaged, *others = launched(home, 5)
    with psycopg.connect(still.database) as owner:
        enter(owner, home.id)
        owner.execute("UPDATE processes SET open_deadlines = '{}' WHERE id = %s", [id_of(damaged)])
    assert still.expire(home, in_days(3)) == 4
    assert task_now(home.ada, damaged["tasks"]["Escalate"])["status"] == "not-started"
    assert all(task_now(home.ada, one["tasks"]["Escalate"])["status"] == "completed" for one in others)
