"""What follows a completed task waits in a job of the completion's own commit, and is done once."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from stepwell import features
from stepwell.processes.deferring import TASK
from stepwell.server import work_while_connected
from stepwell.services import Services
from tests.api.drawn import tasks_by_title
from tests.api.followed import launched_by
from tests.api.templating import add_step, make_template
from tests.clock.moments import Still, days_after_launch, in_days
from tests.conftest import Client, House

AGAIN = """
    UPDATE procrastinate_jobs SET status = 'todo' WHERE task_name = %s AND args ->> 'organization_id' = %s
    RETURNING id
"""


def do_all_jobs(still: Still) -> None:
    async def work(services: Services) -> None:
        features.load()
        await work_while_connected(services, still.database, until_idle=True)

    still.at(in_days(0), work)


def order_of(client: Client, **columns: Any) -> Any:
    """A process with one task, which launches a template with another."""
    billing = make_template(client, "Write bill")
    source = make_template(client)
    add_step(client, source, title="Sign", bp_to_launch={"id": billing["id"]}, **columns)
    process = client.data("POST", "/runs", 201, json={"checklist_id": source["id"]})
    return process, tasks_by_title(client, process)["Sign"]


@pytest.mark.rule("P-124")
def test_the_job_waits_for_a_worker_and_can_be_done_again(still: Still, home: House) -> None:
    order, task = order_of(home.ada)
    home.ada.data("POST", f"/runs/{order['id']}/completed-tasks", json={"task_id": task["id"]})
    assert launched_by(home.ada, order) == []
    do_all_jobs(still)
    [child] = launched_by(home.ada, order)
    with psycopg.connect(
        still.database
    ) as owner:  # as if the worker had been killed just before it could say so
        assert len(owner.execute(AGAIN, [TASK, home.id.hex]).fetchall()) == 1
    do_all_jobs(still)
    assert [one["id"] for one in launched_by(home.ada, order)] == [child["id"]]


@pytest.mark.rule("P-122", "T-096")
def test_an_expired_task_launches_for_the_owner_of_its_process(still: Still, home: House) -> None:
    order, task = order_of(home.ada, step_type="expiring", deadline=days_after_launch(2))
    assert still.expire(home, in_days(2.01)) == 1
    do_all_jobs(still)
    [child] = launched_by(home.ada, order)
    assert (child["owner_id"], child["started_by"]) == (home.ada.user_id, home.ada.user_id)
    assert home.ada.data("GET", f"/tasks/{task['id']}")["completer_id"] is None


def test_a_completion_that_is_refused_leaves_no_job(still: Still, home: House) -> None:
    order, task = order_of(home.ada, step_type="approval")
    answer = home.ada.post(f"/runs/{order['id']}/completed-tasks", json={"task_id": task["id"]})
    assert answer.status_code == 422
    with psycopg.connect(still.database) as owner:
        assert owner.execute(AGAIN, [TASK, home.id.hex]).fetchall() == []
