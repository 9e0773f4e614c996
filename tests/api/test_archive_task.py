"""Archiving, restoring and deleting one-off tasks."""

from __future__ import annotations

import pytest

from stepwell.tasks.schemas import OneTaskShape
from tests.api.drawn import draw, launched, new_tag, step, tasks_by_title
from tests.api.oneoffs import log_of, one_off, to
from tests.conftest import Client
from tests.shapes import shaped


@pytest.mark.rule("P-378")
def test_an_archived_task_is_out_of_sight_until_it_is_restored(ada: Client, stan: Client) -> None:
    task = one_off(ada, owners=to(stan))
    for _ in range(2):
        answer = ada.delete(f"/tasks/{task['id']}")
        assert (answer.status_code, answer.content) == (204, b"")
    gone = ada.data("GET", f"/tasks/{task['id']}")
    assert gone["archived_at"] is not None
    assert task["id"] not in [one["id"] for one in stan.data("GET", "/me/tasks?per_page=100")]
    assert task["id"] in [
        one["id"] for one in stan.data("GET", "/me/tasks?archived=only&status=all&per_page=100")
    ]
    assert ada.post("/completed-tasks", json={"task_id": task["id"]}).status_code == 422
    for _ in range(2):
        back = shaped(OneTaskShape, stan.data("PUT", f"/tasks/{task['id']}/restore"))
        assert (back["archived_at"], back["status"]) == (None, "not-started")
    assert task["id"] in [one["id"] for one in stan.data("GET", "/me/tasks?per_page=100")]
    assert log_of(ada, task) == [("created", None), ("archived", None), ("unarchived", None)]


@pytest.mark.rule("P-378")
def test_who_may(ada: Client, stan: Client, liv: Client, otto: Client) -> None:
    task, hers = one_off(ada, owners=to(liv)), one_off(liv)
    for path in (f"/tasks/{task['id']}", f"/tasks/{task['id']}/delete"):
        assert liv.delete(path).status_code == 403
        assert otto.delete(path).status_code == 404
    assert liv.put(f"/tasks/{task['id']}/restore").status_code == 403
    assert otto.put(f"/tasks/{task['id']}/restore").status_code == 404
    assert stan.delete(f"/tasks/{task['id']}/delete").status_code == 403
    assert stan.delete(f"/tasks/{task['id']}").status_code == 204
    assert liv.delete(f"/tasks/{hers['id']}").status_code == 204
    assert liv.delete(f"/tasks/{hers['id']}/delete").status_code == 204
    assert stan.delete(f"/tasks/{one_off(stan)['id']}/delete").status_code == 204


@pytest.mark.rule("P-378")
def test_a_deleted_task_is_gone_with_all_of_it(database: str, ada: Client, stan: Client) -> None:
    task = one_off(ada, "Delete me for good", owners=to(stan), tags=[new_tag(database, ada)])
    assert ada.post(f"/tasks/{task['id']}/comment", json={"content": "Hello"}).status_code == 201
    answer = ada.delete(f"/tasks/{task['id']}/delete")
    assert (answer.status_code, answer.content) == (204, b"")
    assert ada.get(f"/tasks/{task['id']}").status_code == 404
    assert ada.delete(f"/tasks/{task['id']}/delete").status_code == 404
    feed = ada.data("GET", "/activity-feeds?search=Delete me for good")
    assert [one["verb"] for one in feed] == [["deleted"]]


@pytest.mark.rule("P-378")
def test_tasks_of_a_template_are_refused(database: str, ada: Client) -> None:
    task = tasks_by_title(ada, launched(ada, draw(database, ada, step("A"))))["A"]
    told = "Only one-off tasks can be archived. Archive the process instead."
    for method, path in (("DELETE", ""), ("DELETE", "/delete"), ("PUT", "/restore")):
        answer = ada.request(method, f"/tasks/{task['id']}{path}")
        assert (answer.status_code, answer.json()["message"]) == (422, told)


def test_a_task_added_to_a_process_leaves_its_progress(database: str, ada: Client) -> None:
    process = launched(ada, draw(database, ada, step("A")))
    extra = one_off(ada, "Extra", run_id=process["id"], position="begin")
    ada.data("POST", "/completed-tasks", json={"task_id": tasks_by_title(ada, process)["A"]["id"]})
    assert ada.data("GET", f"/runs/{process['id']}")["status"] == "active"
    assert ada.delete(f"/tasks/{extra['id']}").status_code == 204
    assert ada.data("GET", f"/runs/{process['id']}")["status"] == "complete"
    assert [one["title"] for one in ada.data("GET", f"/runs/{process['id']}/tasks")] == ["A"]
    assert ada.data("PUT", f"/tasks/{extra['id']}/restore")["run_status"] == "active"
    assert ada.delete(f"/tasks/{extra['id']}/delete").status_code == 204
    tasks = ada.data("GET", f"/runs/{process['id']}/tasks")
    assert [(one["title"], one["position"]) for one in tasks] == [("A", 1)]
    assert ada.data("GET", f"/runs/{process['id']}")["status"] == "complete"
