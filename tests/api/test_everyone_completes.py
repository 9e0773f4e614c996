"""Tasks that everyone must complete."""

from __future__ import annotations

import pytest

from stepwell.tasks.schemas import OneTaskShape
from tests.api.drawn import group_of, reasons
from tests.api.oneoffs import one_off, to
from tests.conftest import Client
from tests.shapes import shaped


def complete(client: Client, task: dict[str, object], **more: object) -> dict[str, object]:
    return dict(client.data("POST", "/completed-tasks", json={"task_id": task["id"], **more}))


@pytest.mark.rule("P-320", "P-321", "P-322")
def test_it_stays_open_until_all_have_done_their_part(
    database: str, ada: Client, stan: Client, liv: Client
) -> None:
    group = group_of(database, ada, stan, liv)
    task = one_off(ada, owners=to(stan, groups=(group,)), everyone_must_complete=True)
    assert task["completion_progress"] == 0
    half = complete(stan, task)
    assert (half["status"], half["completion_progress"], half["completed_at"]) == ("in-progress", 50, None)
    comments = ada.data("GET", f"/tasks/{task['id']}?with=threads")["threads"]["data"]
    assert [(one["author_type"], one["content"]) for one in comments] == [("bot", "1 of 2 completed")]
    told = "You have already completed your part of this task."
    assert reasons(stan, "POST", "/completed-tasks", json={"task_id": task["id"]}) == {"status": [told]}
    done = complete(liv, task)
    assert (done["status"], done["completion_progress"], done["completer_id"]) == (
        "completed",
        100,
        liv.user_id,
    )


def test_it_is_for_assignees_only(ada: Client, stan: Client, liv: Client) -> None:
    task = one_off(ada, owners=to(liv), everyone_must_complete=True)
    assert stan.post("/completed-tasks", json={"task_id": task["id"]}).status_code == 403
    assert stan.put(f"/tasks/{task['id']}", json={"title": "X"}).status_code == 403


@pytest.mark.rule("P-324")
def test_an_administrator_completes_it_for_all(ada: Client, stan: Client, liv: Client) -> None:
    task = one_off(ada, owners=to(stan, liv), everyone_must_complete=True)
    assert complete(ada, task)["status"] == "completed"
    mine = one_off(ada, owners=to(ada, liv), everyone_must_complete=True)
    assert complete(ada, mine)["status"] == "in-progress"


@pytest.mark.rule("P-325")
def test_an_own_part_can_be_taken_back(ada: Client, stan: Client, liv: Client) -> None:
    task = one_off(ada, owners=to(stan, liv), everyone_must_complete=True)
    complete(stan, task)
    back = shaped(OneTaskShape, stan.data("DELETE", f"/tasks/{task['id']}/my-completion"))
    assert (back["completion_progress"], back["status"]) == (0, "in-progress")
    answer = stan.delete(f"/tasks/{task['id']}/my-completion")
    assert (answer.status_code, answer.json()["message"]) == (
        422,
        "You have not completed your part of this task.",
    )
    complete(stan, task)
    complete(liv, task)
    answer = stan.delete(f"/tasks/{task['id']}/my-completion")
    assert (answer.status_code, answer.json()["message"]) == (422, "This task is already completed.")
    reopened = ada.data("DELETE", f"/completed-tasks/{task['id']}")
    assert reopened["completion_progress"] == 0
    assert stan.delete(f"/tasks/{'f' * 32}/my-completion").status_code == 404


@pytest.mark.rule("P-326")
def test_one_rejection_ends_an_approval(ada: Client, stan: Client, liv: Client) -> None:
    task = one_off(ada, task_type="approval", owners=to(stan, liv, ada), everyone_must_complete=True)
    assert complete(stan, task, is_approved=True)["status"] == "in-progress"
    done = complete(liv, task, is_approved=False)
    assert (done["status"], done["status_label"]) == ("completed", "rejected")
    agreed = one_off(ada, task_type="approval", owners=to(stan, liv), everyone_must_complete=True)
    complete(stan, agreed, is_approved=True)
    assert complete(liv, agreed, is_approved=True)["status_label"] == "approved"


@pytest.mark.rule("P-327")
def test_without_it_the_first_completes_for_all(ada: Client, stan: Client, liv: Client) -> None:
    task = one_off(ada, owners=to(stan, liv))
    assert complete(stan, task)["status"] == "completed"


@pytest.mark.rule("P-320")
def test_it_cannot_be_asked_of_expiring_and_email_tasks(ada: Client) -> None:
    task = one_off(ada, owners=to(ada), everyone_must_complete=True)
    assert reasons(ada, "PUT", f"/tasks/{task['id']}", json={"task_type": "email"}).keys() == {"task_type"}
    other = one_off(ada, task_type="expiring")
    found = reasons(ada, "PUT", f"/tasks/{other['id']}", json={"everyone_must_complete": True})
    assert found == {"everyone_must_complete": ["Only tasks and approvals can be completed by everyone."]}
