"""Completing a task, in its process or by its id alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from stepwell.tasks.schemas import ChangedTaskShape
from tests.api.drawn import (
    Drawn,
    asks,
    draw,
    group_of,
    join_as,
    launched,
    reasons,
    shows,
    step,
    tasks_by_title,
)
from tests.api.oneoffs import in_days, log_of, one_off, to
from tests.conftest import Client
from tests.shapes import shaped


@pytest.fixture
def intake(database: str, ada: Client) -> Drawn:
    return draw(database, ada, step("A"), step("B", asks("Name", required=True), asks("Note")))


def refusal(client: Client, method: str, path: str, **json: Any) -> tuple[int, str]:
    answer = client.request(method, path, json=json)
    return answer.status_code, str(answer.json()["message"])


@pytest.mark.rule("P-312", "P-376")
@pytest.mark.parametrize("path", ["/runs/{}/completed-tasks", "/completed-tasks"])
def test_a_task_of_a_process_is_completed(ada: Client, stan: Client, intake: Drawn, path: str) -> None:
    process = launched(ada, intake)
    task = tasks_by_title(ada, process)["A"]
    done = stan.data("POST", path.format(process["id"]), json={"task_id": task["id"], "taskdata": {"x": 1}})
    shaped(ChangedTaskShape, done, "tasks_changed_by_rules")
    assert (done["status"], done["status_label"], done["completer_id"]) == (
        "completed",
        "completed",
        stan.user_id,
    )
    assert (done["completed_at"], done["is_completable"]) == (done["last_updated"], False)
    assert done["tasks_changed_by_rules"] == {}
    again = ada.data("GET", f"/runs/{process['id']}")
    assert again["progress"] == {"complete": 1, "total": 2, "percent": 50}
    assert refusal(stan, "POST", path.format(process["id"]), task_id=task["id"]) == (
        422, "This task is already completed.",
    )  # fmt: skip


@pytest.mark.rule("P-312")
def test_a_one_off_task_is_completed(ada: Client, stan: Client) -> None:
    task = one_off(ada, owners=to(stan))
    done = stan.data("POST", "/completed-tasks", json={"task_id": task["id"]})
    shaped(ChangedTaskShape, done)
    assert (done["status"], done["completer_id"]) == ("completed", stan.user_id)
    assert ada.data("GET", f"/tasks/{task['id']}") == done
    assert log_of(ada, task) == [("created", None), ("completed", None)]


def test_rules_say_what_they_changed(database: str, ada: Client) -> None:
    template = draw(
        database, ada, step("A"), step("B"), kickoff=[asks("Abroad")], rules=[shows("B", "Abroad", "yes")]
    )
    process = launched(ada, template)
    hidden = next(task for task in ada.data("GET", f"/runs/{process['id']}/tasks") if task["title"] == "B")
    found = refusal(ada, "POST", "/completed-tasks", task_id=hidden["id"])
    assert found == (422, "A hidden task (auto-skipped) cannot be completed.")


@pytest.mark.rule("P-310")
def test_the_first_reason_is_told(ada: Client, intake: Drawn) -> None:
    process = launched(ada, intake)
    task = tasks_by_title(ada, process)["B"]
    path = f"/runs/{process['id']}/completed-tasks"
    name = intake.fields["Name"]
    assert ada.post(f"/tasks/{task['id']}/problem", json={"content": "Broken"}).status_code == 201
    assert refusal(ada, "POST", path, task_id=task["id"]) == (
        422, "This task has an unresolved issue. Resolve it first.",
    )  # fmt: skip
    ada.post(f"/tasks/{task['id']}/resolved-threads", json={"content": "Mended"})
    assert reasons(ada, "POST", path, json={"task_id": task["id"]}) == {
        f"taskdata.{name}": ["Name is required"]
    }
    ada.data("PUT", f"/tasks/{task['id']}", json={"taskdata": {name: "Okafor"}})
    ada.data("DELETE", f"/runs/{process['id']}")
    assert refusal(ada, "POST", path, task_id=task["id"]) == (422, "This process is archived.")
    ada.data("PUT", f"/runs/{process['id']}/activate")
    ada.data("POST", path, json={"task_id": task["id"]})
    ada.data("DELETE", f"/runs/{process['id']}")
    assert refusal(ada, "POST", path, task_id=task["id"]) == (422, "This process is archived.")


def test_where_there_is_no_such_task(ada: Client, liv: Client, otto: Client, intake: Drawn) -> None:
    process, other = launched(ada, intake), launched(ada, intake)
    task = tasks_by_title(ada, process)["A"]
    assert ada.post(f"/runs/{other['id']}/completed-tasks", json={"task_id": task["id"]}).status_code == 404
    assert ada.post("/completed-tasks", json={"task_id": "f" * 32}).status_code == 404
    assert otto.post("/completed-tasks", json={"task_id": task["id"]}).status_code == 404
    assert liv.post("/completed-tasks", json={"task_id": task["id"]}).status_code == 403
    assert liv.post(f"/runs/{process['id']}/completed-tasks", json={"task_id": task["id"]}).status_code == 403
    assert reasons(ada, "POST", "/completed-tasks", json={}) == {
        "task_id": ["The task id field is required."]
    }
    assert reasons(ada, "POST", f"/runs/{process['id']}/completed-tasks", json={"task_id": "x"}).keys() == {
        "task_id"
    }


@pytest.mark.rule("P-301", "P-302", "P-305", "P-306", "T-092")
def test_who_may_complete(database: str, ada: Client, stan: Client, liv: Client) -> None:
    free, strict = one_off(ada), one_off(ada, can_complete_only_assignees=True)
    for task in (free, strict):
        assert liv.post("/completed-tasks", json={"task_id": task["id"]}).status_code == 403
    assert stan.post("/completed-tasks", json={"task_id": strict["id"]}).status_code == 403
    assert stan.data("GET", f"/tasks/{strict['id']}")["is_completable"] is False
    assert stan.put(f"/tasks/{strict['id']}", json={"owners": to(stan)}).status_code == 403
    assert stan.post(f"/tasks/{strict['id']}/assign-me").status_code == 403
    stan.data("POST", "/completed-tasks", json={"task_id": free["id"]})
    ada.data("POST", "/completed-tasks", json={"task_id": strict["id"]})
    group = group_of(database, ada, liv)
    for owners in (to(liv), to(groups=(group,))):
        mine = one_off(ada, owners=owners, can_complete_only_assignees=True)
        assert (
            liv.data("POST", "/completed-tasks", json={"task_id": mine["id"]})["completer_id"] == liv.user_id
        )


@pytest.mark.rule("P-307")
def test_somebody_else_is_recorded(database: str, ada: Client, stan: Client, liv: Client) -> None:
    def complete(client: Client, other: int, status: int = 200) -> Any:
        task = one_off(ada, owners=to(stan, liv))
        return client.post("/completed-tasks", json={"task_id": task["id"], "override_user": other}), status

    answer, _ = complete(ada, liv.user_id)
    assert answer.json()["data"]["completer_id"] == liv.user_id
    assert complete(stan, stan.user_id)[0].json()["data"]["completer_id"] == stan.user_id
    assert complete(stan, liv.user_id)[0].status_code == 403
    for wrong in (join_as(database, ada, "light", status="disabled").user_id, 999999999):
        assert complete(ada, wrong)[0].json()["errors"] == {
            "override_user": ["The selected override user is invalid."]
        }


@pytest.mark.rule("P-311")
def test_a_comment_may_come_along(ada: Client, stan: Client) -> None:
    task = one_off(ada)
    done = ada.data("POST", "/completed-tasks?with=threads", json={
        "task_id": task["id"], "comment": f"All fine, @[{stan.user_id}]<script>x</script>",
    })  # fmt: skip
    (said,) = done["threads"]["data"]
    assert (said["author_id"], said["label"], said["sent_to"]) == (ada.user_id, "comment", [stan.user_id])
    assert "<strong>" in said["content"]
    assert "script" not in said["content"]


@pytest.mark.rule("P-331", "P-341")
@pytest.mark.parametrize(("decision", "label"), [(True, "approved"), (False, "rejected"), ("no", "rejected")])
def test_an_approval_wants_a_decision(ada: Client, decision: object, label: str) -> None:
    task = one_off(ada, task_type="approval")
    assert reasons(ada, "POST", "/completed-tasks", json={"task_id": task["id"]}) == {
        "is_approved": ["The is approved field is required."]
    }
    done = ada.data("POST", "/completed-tasks", json={"task_id": task["id"], "is_approved": decision})
    assert (done["status"], done["status_label"], done["is_approved"]) == (
        "completed",
        label,
        label == "approved",
    )


@pytest.mark.rule("P-330", "P-333")
@pytest.mark.parametrize(
    ("kind", "sent", "label", "kept"),
    [("task", False, "completed", None), ("expiring", None, "acknowledged", True),
     ("expiring", True, "acknowledged", True), ("expiring", False, "expired", False), ("email", True, "sent", None),
     ("expiring_email", None, "sent", True), ("expiring_email", False, "sent", False)],
)  # fmt: skip
def test_other_types_end_in_their_own_way(
    ada: Client, kind: str, sent: object, label: str, kept: object
) -> None:
    task = one_off(ada, task_type=kind)
    done = ada.data("POST", "/completed-tasks", json={"task_id": task["id"], "is_approved": sent})
    assert (done["status"], done["status_label"], done["is_approved"]) == ("completed", label, kept)


def test_an_overdue_task_says_so_until_it_is_done(ada: Client) -> None:
    task = one_off(ada, deadline=in_days(-1))
    assert (task["status"], task["status_label"]) == ("not-started", "overdue")
    assert ada.data("POST", "/completed-tasks", json={"task_id": task["id"]})["status_label"] == "completed"


@pytest.mark.rule("P-310")
def test_of_two_who_complete_at_once_one_does(database: str, ada: Client, stan: Client) -> None:
    process = launched(ada, draw(database, ada, step("A")))
    for task in (one_off(ada), tasks_by_title(ada, process)["A"]):
        with ThreadPoolExecutor(6) as pool:
            calls = [
                pool.submit(one.post, "/completed-tasks", json={"task_id": task["id"]})
                for one in (ada, stan) * 3
            ]
        assert sorted(call.result().status_code for call in calls) == [200, 422, 422, 422, 422, 422]
        assert [verb for verb, _ in log_of(ada, task)].count("completed") == 1
