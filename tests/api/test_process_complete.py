"""Completing a whole process at once."""

from __future__ import annotations

import pytest

from stepwell.processes.schemas import ProcessShape
from tests.api.drawn import asks, draw, launched, reasons, shows, step, tasks_by_title
from tests.conftest import Client
from tests.shapes import shaped


@pytest.mark.rule("P-005", "P-006")
def test_all_open_visible_tasks_are_completed(database: str, ada: Client) -> None:
    template = draw(
        database,
        ada,
        step("Call"),
        step("Visit"),
        step("Hidden"),
        kickoff=[asks("Plan", "dropdown")],
        rules=[shows("Hidden", "Plan", "Gold")],
    )
    run = launched(ada, template)
    got = shaped(ProcessShape, ada.data("POST", f"/runs/{run['id']}/complete"))
    assert (got["status"], got["progress"]) == ("complete", {"complete": 2, "total": 2, "percent": 100})
    assert got["completed_at"] is not None
    tasks = tasks_by_title(ada, run)
    assert {task["completer_id"] for task in tasks.values()} == {ada.user_id}
    assert ada.data("POST", f"/runs/{run['id']}/complete")["completed_at"] == got["completed_at"]


def test_what_stands_in_the_way_is_named_and_nothing_is_completed(
    database: str, ada: Client, stan: Client
) -> None:
    template = draw(
        database,
        ada,
        step("Easy"),
        step("Form", asks("Amount", required=True)),
        step("Decide", step_type="approval"),
        step("Both", everyone_must_complete=True, assignees=[ada.user_id, stan.user_id]),
    )
    run = launched(ada, template)
    tasks = tasks_by_title(ada, run)
    wrong = reasons(ada, "POST", f"/runs/{run['id']}/complete")
    assert wrong == {
        f"tasks.{tasks['Form']['id']}": ["Form: Amount is required"],
        f"tasks.{tasks['Decide']['id']}": ["Decide: The is approved field is required."],
        f"tasks.{tasks['Both']['id']}": ["Both: Everyone who is assigned must complete this task."],
    }
    assert ada.data("GET", f"/runs/{run['id']}")["progress"]["complete"] == 0


def test_who_may(database: str, ada: Client, stan: Client, liv: Client, otto: Client) -> None:
    run = launched(ada, draw(database, ada, step("Call")))
    path = f"/runs/{run['id']}/complete"
    for client, status in ((stan, 403), (liv, 403), (otto, 404)):
        assert client.post(path).status_code == status
    ada.data("DELETE", f"/runs/{run['id']}")
    assert ada.post(path).status_code == 422
