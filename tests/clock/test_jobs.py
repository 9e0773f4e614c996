"""What is due is found by one periodic job, done by one job an organization, and finished jobs do not pile up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from procrastinate import PsycopgConnector

from stepwell import features
from stepwell.clock import jobs as clock
from stepwell.clock.cleaning import delete_finished_jobs
from stepwell.clock.due import organizations_due
from stepwell.jobs import jobs
from stepwell.server import rescue, work_while_connected
from stepwell.services import Services
from tests.clock.moments import Still, escalating_template, in_days, launch, task_now
from tests.conftest import House, make_house

WAITING = """
    SELECT count(*) FROM procrastinate_jobs
     WHERE task_name = %s AND args ->> 'organization_id' = %s AND status = 'todo'
"""


@contextmanager
def no_jobs(still: Still) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(still.database, autocommit=True) as owner:
        owner.execute("DELETE FROM procrastinate_jobs")
        yield owner


def waiting(owner: psycopg.Connection[Any], home: House) -> int:
    row = owner.execute(WAITING, [clock.expire.name, home.id.hex]).fetchone()
    assert row is not None
    return int(row[0])


@asynccontextmanager
async def connected(services: Services) -> AsyncIterator[None]:
    connector = PsycopgConnector(conninfo=services.settings.database_url or "")
    with jobs.replace_connector(connector) as app:
        async with app.open_async():
            yield


async def look(services: Services) -> None:
    """What the periodic job does."""
    async with connected(services):
        await clock.defer_where_due(services, "expiring", clock.expire)


@pytest.mark.rule("P-334", "G-140", "G-219")
def test_the_clock_looks_every_five_minutes_and_daily() -> None:
    features.load()
    periodic = {name: task.cron for (name, _), task in jobs.periodic_registry.periodic_tasks.items()}
    assert periodic[clock.expire_everywhere.name] == "*/5 * * * *"
    assert periodic[clock.close_forgotten_everywhere.name] == "0 3 * * *"


def test_an_organization_with_something_due_gets_one_job_however_often_it_is_looked_at(
    still: Still, home: House
) -> None:
    task = launch(home.ada, escalating_template(home.ada))["tasks"]["Escalate"]
    with make_house(still.database, still.server.origin, "Idle") as idle, no_jobs(still) as owner:
        still.at(in_days(1), look)
        assert waiting(owner, home) == 0
        still.at(in_days(3), look)
        still.at(in_days(3), look)
        assert (waiting(owner, home), waiting(owner, idle)) == (1, 0)
        still.at(in_days(3), lambda services: work_while_connected(services, still.database, until_idle=True))
        assert task_now(home.ada, task)["status_label"] == "expired"


def test_an_organization_whose_due_tasks_are_all_held_back_gets_no_job(still: Still, home: House) -> None:
    process = launch(home.ada, escalating_template(home.ada))

    def is_due() -> bool:
        found = still.at(in_days(3), lambda services: organizations_due(services.db, "expiring", in_days(3)))
        return home.id in found

    assert is_due()
    home.ada.data("POST", f"/runs/{process['id']}/problem", 201, json={"content": "Stop"})
    assert not is_due()


def test_jobs_that_are_done_are_deleted_after_a_while_and_others_are_kept(still: Still) -> None:
    with no_jobs(still) as owner:
        owner.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock)"
            " SELECT 'events', 'x', state || n FROM generate_series(1, 3) n,"
            " unnest('{succeeded,failed,cancelled,todo,doing}'::text[]) state"
        )
        for status in ("doing", "succeeded", "failed", "cancelled"):
            owner.execute(
                "UPDATE procrastinate_jobs SET status = %s WHERE queueing_lock LIKE %s OR (status = 'todo'"
                " AND %s = 'doing' AND queueing_lock NOT LIKE 'todo%%')",
                [status, f"{status}%", status],
            )

        def after(time: timedelta) -> int:
            return still.at(in_days(0) + time, lambda services: delete_finished_jobs(services, page=2))

        def left() -> dict[str, int]:
            return dict(
                owner.execute("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY 1").fetchall()
            )

        assert after(timedelta(hours=23)) == 0
        assert after(timedelta(hours=25)) == 3
        assert left() == {"failed": 3, "cancelled": 3, "todo": 3, "doing": 3}
        assert after(timedelta(days=31)) == 6
        assert left() == {"todo": 3, "doing": 3}


def test_a_stalled_job_that_waits_already_is_given_up_and_holds_no_other_up(still: Still) -> None:
    with no_jobs(still) as owner:
        owner.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, status) VALUES"
            " ('clock', 'x', 'same', 'doing'), ('clock', 'x', 'other', 'doing'), ('clock', 'x', 'same', 'todo')"
        )

        async def rescue_all(services: Services) -> None:
            async with connected(services):
                for job in await jobs.job_manager.get_stalled_jobs(seconds_since_heartbeat=1):
                    await rescue(job)

        still.at(in_days(0), rescue_all)
        left = owner.execute(
            "SELECT queueing_lock, status::text FROM procrastinate_jobs ORDER BY 1"
        ).fetchall()
        assert left == [("other", "todo"), ("same", "todo")]
