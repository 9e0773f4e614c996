"""A status sent with PUT is the action that leads there."""

from __future__ import annotations

import pytest

from tests.api.drawn import Drawn, asks, draw, launched, reasons, step, tasks_by_title
from tests.api.oneoffs import log_of, one_off, to
from tests.conftest import Client


@pytest.fixture
def intake(database: str, ada: Client) -> Drawn:
    return draw(database, ada, step("A"), step("B", asks("Name", required=True)))


@pytest.mark.rule("P-020", "P-021")
def test_open_statuses_are_set(ada: Client) -> None:
    task = one_off(ada)
    assert ada.data("GET", f"/tasks/{task['id']}")["status"] == "not-started"
    for status, kept in (
        ("in-progress", "in-progress"),
        ("not-started", "not-started"),
        ("active", "in-progress"),
    ):
        assert ada.data("PUT", f"/tasks/{task['id']}", json={"status": status})["status"] == kept
    assert reasons(ada, "PUT", f"/tasks/{task['id']}", json={"status": "skipped"}) == {
        "status": ["The selected status is invalid."]
    }


def test_completed_completes(ada: Client, intake: Drawn) -> None:
    process = launched(ada, intake)
    task = tasks_by_title(ada, process)["B"]
    path, name = f"/runs/{process['id']}/tasks/{task['id']}", intake.fields["Name"]
    assert reasons(ada, "PUT", path, json={"status": "completed"}) == {
        f"taskdata.{name}": ["Name is required"]
    }
    done = ada.data("PUT", path, json={"status": "completed", "taskdata": {name: "Okafor"}})
    assert (done["status"], done["completer_id"]) == ("completed", ada.user_id)
    answer = ada.put(path, json={"status": "completed"})
    assert (answer.status_code, answer.json()["message"]) == (422, "This task is already completed.")
    assert ada.data("GET", f"/runs/{process['id']}")["progress"]["complete"] == 1


def test_an_approval_is_decided(ada: Client) -> None:
    task = one_off(ada, task_type="approval")
    assert reasons(ada, "PUT", f"/tasks/{task['id']}", json={"status": "completed"}).keys() == {"is_approved"}
    done = ada.data("PUT", f"/tasks/{task['id']}", json={"status": "completed", "is_approved": False})
    assert done["status_label"] == "rejected"


def test_open_again_reopens(ada: Client) -> None:
    task = one_off(ada)
    ada.data("PUT", f"/tasks/{task['id']}", json={"status": "completed"})
    again = ada.data("PUT", f"/tasks/{task['id']}", json={"status": "not-started", "title": "Again"})
    assert (again["title"], again["completed_at"]) == ("Again", None)
    assert ("re-opened", None) in log_of(ada, task)


def test_an_administrator_sets_the_time_of_completion(ada: Client, stan: Client) -> None:
    then = "2020-01-02T03:04:05Z"
    sent = {"status": "completed", "completed_at": then}
    assert ada.data("PUT", f"/tasks/{one_off(ada)['id']}", json=sent)["completed_at"] == then
    assert stan.data("PUT", f"/tasks/{one_off(ada)['id']}", json=sent)["completed_at"] != then
    future = {**sent, "completed_at": "2999-01-01"}
    assert (
        ada.data("PUT", f"/tasks/{one_off(ada)['id']}", json=future)["completed_at"] != "2999-01-01T00:00:00Z"
    )
    assert (
        ada.data("PUT", f"/tasks/{one_off(ada)['id']}", json={"completed_at": "never"})["completed_at"]
        is None
    )


def test_hidden_hides_and_open_shows(ada: Client, intake: Drawn) -> None:
    process = launched(ada, intake)
    path = f"/tasks/{tasks_by_title(ada, process)['A']['id']}"
    assert ada.data("PUT", path, json={"status": "auto-skipped"})["status"] == "auto-skipped"
    assert ada.data("PUT", path, json={"title": "Hidden tasks may be edited"})["status"] == "auto-skipped"
    answer = ada.put(path, json={"status": "completed"})
    assert (answer.status_code, answer.json()["message"]) == (
        422, "A hidden task (auto-skipped) cannot be completed.",
    )  # fmt: skip
    assert ada.data("PUT", path, json={"status": "not-started"})["status"] == "not-started"
    alone = one_off(ada)
    assert ada.put(f"/tasks/{alone['id']}", json={"status": "auto-skipped"}).status_code == 422


@pytest.mark.rule("P-302", "P-534")
def test_light_members_answer_their_own_tasks_and_change_nothing_else(ada: Client, liv: Client) -> None:
    field = {"label": "Q", "field_type": "text", "required": False}
    task = one_off(ada, owners=to(liv), form_fields=[field])
    key = ada.data("GET", f"/tasks/{task['id']}?with=form_fields")["form_fields"]["data"][0]["id"]
    path = f"/tasks/{task['id']}"
    whole = {
        "title": task["title"],
        "deadline": task["deadline"],
        "owners": task["owners"],
        "taskdata": {key: "yes"},
    }
    assert liv.data("PUT", path, json=whole)["taskdata"] == {key: "yes"}
    for change in ({"title": "X"}, {"owners": to(ada)}, {"deadline": "2031-01-01"}, {"summary": "X"}, {"tags": []},
                   {"top_secret": True}, {"started_at": "2031-01-01"}):  # fmt: skip
        assert liv.put(path, json=change).status_code == 403
    assert liv.data("PUT", path, json={"status": "completed"})["completer_id"] == liv.user_id
    assert liv.put(f"/tasks/{one_off(ada)['id']}", json={"taskdata": {}}).status_code == 403


@pytest.mark.rule("P-471", "P-476")
@pytest.mark.parametrize(
    ("sent", "kept"),
    [("2030-05-06 07:08:09", "2030-05-06T07:08:09Z"), ("2030-05-06T07:08:09.123456789Z", "2030-05-06T07:08:09Z"),
     ("2030-05-06T07:08:09+02:00", "2030-05-06T05:08:09Z"), ("2030-05-06T07:08", "2030-05-06T07:08:00Z"),
     ("2030-05-06", "2030-05-06T23:59:59Z")],
)  # fmt: skip
def test_deadlines_are_taken_in_all_forms(ada: Client, sent: str, kept: str) -> None:
    task = one_off(ada)
    assert ada.data("PUT", f"/tasks/{task['id']}", json={"deadline": sent})["deadline"] == kept
