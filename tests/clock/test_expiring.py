"""Expiring tasks end when their deadline has passed, wherever they stand."""

from __future__ import annotations

import pytest

from tests.api.oneoffs import one_off
from tests.api.templating import add_step, make_template
from tests.clock.moments import (
    Still,
    days_after_launch,
    escalating_template,
    in_days,
    launch,
    task_now,
)
from tests.conftest import House, make_house


@pytest.mark.rule("P-334", "G-140", "T-088")
def test_an_expiring_task_nobody_acknowledged_ends_as_expired(still: Still, home: House) -> None:
    task = launch(home.ada, escalating_template(home.ada))["tasks"]["Escalate"]
    assert still.expire(home, in_days(1.99)) == 0
    assert task_now(home.ada, task)["status"] == "not-started"
    assert still.expire(home, in_days(2.01)) == 1
    ended = task_now(home.ada, task)
    assert (ended["status"], ended["status_label"]) == ("completed", "expired")
    assert (ended["is_approved"], ended["completer_id"], ended["completer_guest"]) == (False, None, None)
    assert still.expire(home, in_days(3)) == 0


@pytest.mark.rule("P-333", "P-592")
def test_the_bot_says_that_the_task_expired_and_the_log_names_it(still: Still, home: House) -> None:
    task = launch(home.ada, escalating_template(home.ada))["tasks"]["Escalate"]
    still.expire(home, in_days(2.01))
    told = home.ada.data("GET", f"/tasks/{task['id']}?with=threads,activities")
    (comment,) = told["threads"]["data"]
    assert "expired" in comment["content"]
    completed = [one for one in told["activities"]["data"] if "completed" in one["verb"]]
    assert [one["source"] for one in completed] == [["Bot"]]


def test_a_process_whose_last_task_expires_is_complete(still: Still, home: House) -> None:
    process = launch(home.ada, escalating_template(home.ada))
    work = process["tasks"]["Approve budget"]
    home.ada.data("POST", f"/runs/{process['id']}/completed-tasks", json={"task_id": work["id"]})
    still.expire(home, in_days(2.01))
    after = home.ada.data("GET", f"/runs/{process['id']}")
    assert (after["status"], after["due_date_passed"]) == ("complete", False)
    assert after["whole_progress"] == {"complete": 2, "total": 2, "percent": 100}


@pytest.mark.rule("P-334")
def test_an_open_issue_holds_the_expiry_back_until_it_is_resolved(still: Still, home: House) -> None:
    first, second = (launch(home.ada, escalating_template(home.ada)) for _ in range(2))
    task = first["tasks"]["Escalate"]
    home.ada.data("POST", f"/tasks/{task['id']}/problem", 201, json={"content": "The form is wrong"})
    home.ada.data("POST", f"/runs/{second['id']}/problem", 201, json={"content": "All of it is wrong"})
    assert still.expire(home, in_days(3)) == 0
    home.ada.data("POST", f"/tasks/{task['id']}/resolved-threads", json={"content": "Mended"})
    assert still.expire(home, in_days(3)) == 1
    assert task_now(home.ada, task)["status_label"] == "expired"


@pytest.mark.rule("P-221", "P-222")
def test_tasks_of_an_archived_process_expire_when_it_comes_back(still: Still, home: House) -> None:
    process = launch(home.ada, escalating_template(home.ada))
    home.ada.data("DELETE", f"/runs/{process['id']}")
    assert still.expire(home, in_days(3)) == 0
    home.ada.data("PUT", f"/runs/{process['id']}/activate")
    assert still.expire(home, in_days(3)) == 1


@pytest.mark.rule("P-480", "P-481", "T-122")
def test_a_task_held_for_another_step_is_neither_late_nor_expires(still: Still, home: House) -> None:
    template = make_template(home.ada, "Sign")
    after_signing = {"value": 1, "unit": "days", "option": "from", "step": template["steps"][0]["id"]}
    add_step(home.ada, template, title="Confirm", step_type="expiring", deadline=after_signing)
    process = launch(home.ada, template)
    held = process["tasks"]["Confirm"]
    assert held["deadline"] is None
    assert still.expire(home, in_days(1000)) == 0
    overdue = home.ada.data("GET", f"/runs/{process['id']}/tasks?status=overdue")
    assert overdue == []
    body = {"task_id": process["tasks"]["Sign"]["id"]}
    home.ada.data("POST", f"/runs/{process['id']}/completed-tasks", json=body)
    assert still.expire(home, in_days(0.99)) == 0
    assert still.expire(home, in_days(1.01)) == 1


def test_a_task_on_its_own_expires_too(still: Still, home: House) -> None:
    task = one_off(home.ada, "Confirm delivery", task_type="expiring")
    assert still.expire(home, in_days(4.9)) == 0
    assert still.expire(home, in_days(5.1)) == 1
    ended = task_now(home.ada, task)
    assert (ended["status_label"], ended["is_approved"]) == ("expired", False)
    told = home.ada.data("GET", f"/tasks/{task['id']}?with=activities")["activities"]["data"]
    assert any("completed" in one["verb"] for one in told)
    home.ada.data("POST", f"/tasks/{task['id']}/problem", 201, json={"content": "It did come"})


def test_every_due_task_of_a_process_expires_in_one_go(still: Still, home: House) -> None:
    template = escalating_template(home.ada)
    again = {"title": "Escalate more", "step_type": "expiring", "deadline": days_after_launch(1)}
    add_step(home.ada, template, **again)
    process = launch(home.ada, template)
    assert still.expire(home, in_days(2.01)) == 2
    shown = home.ada.data("GET", f"/runs/{process['id']}")
    assert shown["whole_progress"]["complete"] == 2


def test_other_organizations_are_left_alone(still: Still, home: House) -> None:
    launch(home.ada, escalating_template(home.ada))
    with make_house(still.database, still.server.origin, "Neighbours") as other:
        launch(other.ada, escalating_template(other.ada))
        assert still.expire(home, in_days(3)) == 1
        assert still.expire(other, in_days(3)) == 1
