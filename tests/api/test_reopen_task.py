"""Putting a completed task back in progress."""

from __future__ import annotations

from typing import Any

import pytest

from stepwell.tasks.schemas import ChangedTaskShape
from tests.api.drawn import Drawn, draw, launched, step, tasks_by_title
from tests.api.oneoffs import in_days, one_off, to
from tests.conftest import Client
from tests.shapes import shaped


@pytest.fixture
def intake(database: str, ada: Client) -> Drawn:
    return draw(database, ada, step("A"))


def completed(client: Client, **body: Any) -> dict[str, Any]:
    task = one_off(client, **body)
    return dict(client.data("POST", "/completed-tasks", json={"task_id": task["id"]}))


@pytest.mark.rule("P-350", "P-353", "P-376")
@pytest.mark.parametrize("method", ["DELETE", "POST"])
@pytest.mark.parametrize("path", ["/runs/{}/completed-tasks/{}", "/completed-tasks/{1}"])
def test_a_task_of_a_process_is_reopened(
    ada: Client, stan: Client, intake: Drawn, method: str, path: str
) -> None:
    process = launched(ada, intake)
    task = tasks_by_title(ada, process)["A"]
    ada.data("POST", "/completed-tasks", json={"task_id": task["id"]})
    assert ada.data("GET", f"/runs/{process['id']}")["status"] == "complete"
    again = stan.data(method, path.format(process["id"], task["id"]))
    shaped(ChangedTaskShape, again, "tasks_changed_by_rules")
    assert (again["status"], again["run_status"]) == ("in-progress", "active")
    assert (again["completed_at"], again["completer_id"], again["is_approved"]) == (None, None, None)
    assert ada.data("GET", f"/runs/{process['id']}")["completed_at"] is None


@pytest.mark.rule("P-350")
def test_a_one_off_task_keeps_its_answers_and_people(ada: Client, stan: Client) -> None:
    field = {"label": "Q", "field_type": "text", "required": True}
    task = completed(ada, form_fields=[field], taskdata={"Q": "kept"}, owners=to(stan))
    again = ada.data("DELETE", f"/completed-tasks/{task['id']}")
    shaped(ChangedTaskShape, again)
    assert (again["status"], list(again["taskdata"].values())) == ("in-progress", ["kept"])
    assert again["owners"]["users"] == [stan.user_id]
    assert again["id"] in [one["id"] for one in stan.data("GET", "/me/tasks?per_page=100")]


@pytest.mark.rule("P-352")
def test_a_reason_may_come_along(ada: Client) -> None:
    task = completed(ada)
    again = ada.data("POST", f"/completed-tasks/{task['id']}?with=comments", json={"comment": "Wrong number"})
    assert [one["content"] for one in again["comments"]["data"]] == ["Wrong number"]


@pytest.mark.rule("P-301", "P-302", "P-351", "T-092")
def test_who_may_reopen(ada: Client, stan: Client, liv: Client, otto: Client) -> None:
    strict = completed(ada, can_complete_only_assignees=True, owners=to(ada))
    for client, status in ((stan, 403), (liv, 403), (otto, 404), (ada, 200), (ada, 422)):
        assert client.delete(f"/completed-tasks/{strict['id']}").status_code == status
    mine = completed(ada, owners=to(liv))
    assert liv.data("DELETE", f"/completed-tasks/{mine['id']}")["status"] == "in-progress"
    assert ada.delete(f"/completed-tasks/{'f' * 32}").status_code == 404


@pytest.mark.rule("P-351")
def test_when_it_is_not_possible(ada: Client, intake: Drawn) -> None:
    process, other = launched(ada, intake), launched(ada, intake)
    task = tasks_by_title(ada, process)["A"]
    path = f"/runs/{process['id']}/completed-tasks/{task['id']}"
    answer = ada.delete(path)
    assert (answer.status_code, answer.json()["message"]) == (422, "This task is not completed.")
    ada.data("POST", "/completed-tasks", json={"task_id": task["id"]})
    assert ada.delete(f"/runs/{other['id']}/completed-tasks/{task['id']}").status_code == 404
    assert ada.post(f"/runs/{process['id']}/problem", json={"content": "Stop"}).status_code in (200, 201)
    assert ada.delete(path).status_code == 422
    ada.data("DELETE", f"/runs/{process['id']}")
    answer = ada.delete(path)
    assert (answer.status_code, answer.json()["message"]) == (422, "This process is archived.")


@pytest.mark.rule("P-358")
def test_an_expired_task_gets_a_new_deadline(ada: Client) -> None:
    def expired() -> str:
        task = one_off(ada, task_type="expiring", deadline=in_days(-1))
        ada.data("POST", "/completed-tasks", json={"task_id": task["id"], "is_approved": False})
        return str(task["id"])

    task_id = expired()
    assert ada.data("DELETE", f"/completed-tasks/{task_id}")["status_label"] == "in-progress"
    answer = ada.request("DELETE", f"/completed-tasks/{expired()}", json={"deadline": in_days(-3)})
    assert answer.json()["errors"] == {"deadline": ["The new deadline must be in the future."]}
    again = ada.data("DELETE", f"/completed-tasks/{expired()}", json={"deadline": "2031-01-01T00:00:00Z"})
    assert again["deadline"] == "2031-01-01T00:00:00Z"
