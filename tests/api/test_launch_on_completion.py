"""A completed task launches another template."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from stepwell.organizations.setup import enter
from tests.api.drawn import asks, draw, join_as, launched, leave, new_tag, step, tasks_by_title
from tests.api.followed import bot_said, done_at_once, finish, launched_by, leading_to, reopen
from tests.conftest import Client


def todays(name: str) -> re.Pattern[str]:
    """The default name: month, day and clock of these minutes, and the template."""
    now = datetime.now(UTC)
    days = "|".join(f"{day:%b} {day.day}" for day in (now, now - timedelta(minutes=2)))
    return re.compile(rf"({days}), \d{{1,2}}:\d\d[ap]m - {name}")


@pytest.mark.rule("T-096", "T-099", "P-120", "P-122", "P-123", "P-125", "P-035")
def test_a_completed_task_launches_a_process_that_belongs_to_the_completer(
    database: str, ada: Client, stan: Client
) -> None:
    billing = draw(database, ada, step("Write bill"), title="Billing")
    order = launched(ada, draw(database, ada, leading_to(billing), step("Ship")), name="Order 7")
    task = tasks_by_title(ada, order)["Sign"]

    answer = finish(database, stan, task)

    assert answer["status"] == "completed"
    [child] = launched_by(ada, order)
    assert todays("Billing").fullmatch(child["name"])
    assert (child["checklist_id"], child["parent_id"]) == (billing.id, order["id"])
    assert (child["owner_id"], child["started_by"], child["status"]) == (stan.user_id, stan.user_id, "active")
    bill = tasks_by_title(ada, child)["Write bill"]
    assert bill["owners"]["users"] == [stan.user_id]
    assert bot_said(ada, task) == [f'Launched <a href="/tracker/{child["id"]}">{child["name"]}</a>.']
    [said] = ada.data("GET", f"/runs/{child['id']}?with=threads")["threads"]["data"]
    assert said["content"] == (
        f'Launched by the completion of “Sign” in <a href="/tracker/{order["id"]}">Order 7</a>.'
    )
    [created] = [
        event
        for event in ada.data("GET", f"/activity-feeds?origin_type=task&origin_id={task['id']}")
        if event["verb"] == ["created"]
    ]
    assert created["auditable_id"] == child["id"]
    assert created["origin"] == {"data": {"launch": "task_completion", "type": "task", "id": task["id"]}}


@pytest.mark.rule("T-098", "P-124")
def test_a_task_launches_once_however_often_it_is_completed(database: str, ada: Client) -> None:
    """Scenario S-08."""
    billing = draw(database, ada, step("Write bill"), title="Billing")
    order = launched(ada, draw(database, ada, leading_to(billing)))
    task = tasks_by_title(ada, order)["Sign"]
    finish(database, ada, task)
    reopen(ada, task)
    finish(database, ada, task)
    [child] = launched_by(ada, order)
    first, second = bot_said(ada, task)
    assert first.startswith("Launched ")
    assert "was launched already" in second
    assert child["id"] in second


@pytest.mark.rule("P-124")
def test_a_task_launches_once_however_many_workers_have_the_job(database: str, ada: Client) -> None:
    billing = draw(database, ada, step("Write bill"))
    order = launched(ada, draw(database, ada, leading_to(billing)))
    task = tasks_by_title(ada, order)["Sign"]
    ada.data("POST", f"/runs/{order['id']}/completed-tasks", json={"task_id": task["id"]})
    done_at_once(database, ada, order, times=4)
    done_at_once(database, ada, order)
    assert len(launched_by(ada, order)) == 1
    assert len(bot_said(ada, task)) == 1


def test_the_worker_does_it_by_itself(database: str, ada: Client) -> None:
    billing = draw(database, ada, step("Write bill"))
    order = launched(ada, draw(database, ada, leading_to(billing)))
    task = tasks_by_title(ada, order)["Sign"]
    ada.data("POST", f"/runs/{order['id']}/completed-tasks", json={"task_id": task["id"]})
    until = datetime.now(UTC) + timedelta(seconds=30)
    while not launched_by(ada, order):
        assert datetime.now(UTC) < until


@pytest.mark.rule("P-122", "T-096")
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("approval", {"is_approved": True}),
        ("approval", {"is_approved": False}),
        ("expiring", {}),
        ("email", {}),
    ],
)
def test_any_kind_of_completion_launches(database: str, ada: Client, kind: str, body: dict[str, Any]) -> None:
    billing = draw(database, ada, step("Write bill"))
    order = launched(ada, draw(database, ada, leading_to(billing, step_type=kind)))
    finish(database, ada, tasks_by_title(ada, order)["Sign"], **body)
    assert len(launched_by(ada, order)) == 1


@pytest.mark.rule("P-122", "T-096")
def test_one_part_of_several_launches_nothing_and_an_ending_without_a_completer_launches_for_the_owner(
    database: str, ada: Client, stan: Client, liv: Client
) -> None:
    billing = draw(database, ada, step("Write bill"))
    source = draw(
        database,
        ada,
        leading_to(billing, everyone_must_complete=True, assignees=[stan.user_id, liv.user_id]),
    )
    order = launched(ada, source)
    task = tasks_by_title(ada, order)["Sign"]
    finish(database, stan, task)
    assert launched_by(ada, order) == []
    owners = {"users": [stan.user_id], "guests": [], "groups": []}
    changed = ada.data("PUT", f"/runs/{order['id']}/tasks/{task['id']}", json={"owners": owners})
    assert changed["status"] == "completed"
    done_at_once(database, ada, order)
    [child] = launched_by(ada, order)
    assert (child["owner_id"], child["started_by"]) == (ada.user_id, ada.user_id)


@pytest.mark.rule("P-122")
def test_a_completer_who_has_left_meanwhile_owns_nothing_new(database: str, ada: Client) -> None:
    leaver = join_as(database, ada, "standard")
    billing = draw(database, ada, step("Write bill"))
    order = launched(ada, draw(database, ada, leading_to(billing)))
    ada.delete(f"/checklists/{billing.id}")
    finish(database, leaver, tasks_by_title(ada, order)["Sign"])
    ada.data("PUT", f"/checklists/{billing.id}/activate")
    leave(database, leaver)
    _note_again(database, ada, order)
    done_at_once(database, ada, order)
    [child] = launched_by(ada, order)
    assert child["owner_id"] == ada.user_id


def _note_again(database: str, client: Client, process: dict[str, Any]) -> None:
    """The process waits for what follows its only step once more."""
    with psycopg.connect(database) as owner:
        enter(owner, UUID(client.organization_id))
        owner.execute(
            "UPDATE processes SET follow_ups = ARRAY(SELECT step_id FROM tasks WHERE process_id = processes.id)"
            " WHERE id = %s",
            [process["id"]],
        )


@pytest.mark.rule("P-122")
def test_a_light_member_without_the_right_to_launch_launches_by_completing(
    database: str, ada: Client, liv: Client
) -> None:
    billing = draw(database, ada, step("Write bill"))
    order = launched(ada, draw(database, ada, leading_to(billing, assignees=[liv.user_id])))
    assert liv.post("/runs", json={"checklist_id": billing.id}).status_code == 403
    finish(database, liv, tasks_by_title(ada, order)["Sign"])
    [child] = launched_by(ada, order)
    assert child["owner_id"] == liv.user_id


@pytest.mark.rule("P-126", "T-099")
def test_no_answer_is_taken_along(database: str, ada: Client) -> None:
    kickoff = [asks("Client", alias="client-1")]
    billing = draw(database, ada, step("Write bill"), kickoff=kickoff)
    source = draw(database, ada, leading_to(billing, "Sign", asks("Amount")), kickoff=kickoff)
    order = launched(ada, source, prerun={source.fields["Client"]: "Globex"})
    finish(database, ada, tasks_by_title(ada, order)["Sign"])
    [child] = launched_by(ada, order)
    assert child["prerun"] == {}
    assert child["prerun_status"] == "complete"


@pytest.mark.rule("P-045")
def test_what_people_must_file_an_automation_need_not(database: str, ada: Client) -> None:
    billing = draw(
        database, ada, step("Write bill"), settings={"folderize_process": True, "tag_process": True}
    )
    tag = new_tag(database, ada)
    order = launched(ada, draw(database, ada, leading_to(billing)), tags=[tag])
    finish(database, ada, tasks_by_title(ada, order)["Sign"])
    assert len(launched_by(ada, order)) == 1


@pytest.mark.rule("T-100")
def test_a_chain_of_automatic_launches_ends_after_ten(database: str, ada: Client) -> None:
    ping = draw(database, ada, title="Ping")
    pong = draw(database, ada, leading_to(ping), title="Pong")
    body = {"title": "Sign", "bp_to_launch": {"id": pong.id}}
    ada.data("POST", f"/checklists/{ping.id}/steps", 201, json=body)
    process = launched(ada, ping)
    for _ in range(10):
        finish(database, ada, tasks_by_title(ada, process)["Sign"])
        [process] = launched_by(ada, process)
    last = tasks_by_title(ada, process)["Sign"]
    assert finish(database, ada, last)["status"] == "completed"
    assert launched_by(ada, process) == []
    [said] = bot_said(ada, last)
    assert said == "Pong was not launched. A chain of automatic launches ends after 10."
