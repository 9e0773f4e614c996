from __future__ import annotations

from typing import Any

import pytest

from stepwell.comments.schemas import CommentShape
from tests.api.drawn import join_as
from tests.api.talk import reported, resolved, said, task_now
from tests.conftest import Client
from tests.shapes import shaped

DUE = "2030-05-20 12:30:00"


def one_off(client: Client, *users: Client, **more: Any) -> Any:
    """A task on its own, assigned to these members."""
    owners = {"users": [user.user_id for user in users], "guests": [], "groups": []}
    body = {"title": "Water the plants", "deadline": DUE, "task_type": "task", "owners": owners, **more}
    return client.data("POST", "/tasks", 201, json=body)


def complete(client: Client, task: dict[str, Any]) -> int:
    return client.post("/completed-tasks", json={"task_id": task["id"]}).status_code


@pytest.mark.rule("P-021", "P-580")
def test_a_task_on_its_own_is_talked_about(ada: Client, stan: Client) -> None:
    task = one_off(ada, stan)
    comment = shaped(CommentShape, said(ada, task, "Please"))
    assert (comment["task_id"], comment["run_id"]) == (task["id"], None)
    assert task_now(ada, task)["status"] == "not-started"
    said(stan, task, "On it")
    assert task_now(ada, task)["status"] == "in-progress"
    assert len(ada.data("GET", f"/tasks/{task['id']}/comments")) == 2


@pytest.mark.rule("P-621", "P-622", "P-625")
def test_issues_of_a_task_on_its_own_block_and_reopen_it(ada: Client, stan: Client) -> None:
    task = one_off(ada, stan)
    issue = reported(stan, task)
    assert task_now(ada, task)["problem"]
    assert complete(ada, task) == 422
    resolved(ada, task, issue["id"])
    assert complete(stan, task) == 200
    reported(ada, task)
    again = task_now(ada, task)
    assert (again["status"], again["problem"], again["completed_at"]) == ("in-progress", True, None)
    mine = stan.data("GET", "/me/tasks?per_page=100&status=active")
    assert task["id"] in [one["id"] for one in mine]


@pytest.mark.rule("P-441", "P-215")
def test_a_mention_lets_a_light_member_see_a_task_on_its_own(database: str, ada: Client) -> None:
    task = one_off(ada, ada)
    with join_as(database, ada, "light") as lou:
        assert lou.get(f"/tasks/{task['id']}").status_code == 403
        assert lou.post(f"/tasks/{task['id']}/comment", json={"content": "x"}).status_code == 403
        said(ada, task, f"Look @[{lou.user_id}]")
        assert lou.data("GET", f"/tasks/{task['id']}")["status"] == "in-progress"
        said(lou, task, "Seen")


def test_an_archived_task_is_not_talked_about(ada: Client, stan: Client) -> None:
    task = one_off(ada, stan)
    comment = said(ada, task, "Please")
    assert ada.delete(f"/tasks/{task['id']}").status_code == 204
    path = f"/tasks/{task['id']}"
    for method, address in (("POST", "comment"), ("POST", "problem"), ("PUT", f"comment/{comment['id']}"),
                            ("DELETE", f"comment/{comment['id']}")):  # fmt: skip
        answer = ada.request(method, f"{path}/{address}", json={"content": "x"})
        assert (answer.status_code, answer.json()["message"]) == (422, "This task is archived.")
