"""What holds for the life of a task, by whichever way it is completed, reopened, shown or read."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.api.drawn import asks, draw, launched, step, tasks_by_title
from tests.api.oneoffs import log_of, one_off, to
from tests.api.talk import completed, task_now
from tests.conftest import Client

DIFFERENT = {"id", "run_id", "increment_id", "alias", "step_id", "checklist_id", "created_at", "completed_at",
             "last_updated", "deadline", "started_at", "shown_at", "tasks_changed_by_rules", "checklist_version_id",
             "step"}  # fmt: skip


@pytest.mark.rule("P-014")
def test_a_process_cannot_be_paused_or_cancelled(database: str, ada: Client) -> None:
    process = launched(ada, draw(database, ada, step("A")))
    path = f"/runs/{process['id']}"
    for verb in ("pause", "stop", "cancel", "hold", "suspend"):
        for method in ("POST", "PUT"):
            assert ada.request(method, f"{path}/{verb}").status_code in (404, 405)
    for status in ("paused", "cancelled", "stopped"):
        assert ada.data("PUT", path, json={"status": status})["status"] == "active"
    assert ada.data("DELETE", path)["status"] == "archived"


@pytest.mark.rule("P-300", "P-376")
def test_every_way_to_complete_and_reopen_has_the_same_effect(database: str, ada: Client) -> None:
    template = draw(database, ada, step("A"), step("B"))

    def ended(way: str) -> list[dict[str, Any]]:
        process = launched(ada, template)
        task = tasks_by_title(ada, process)["A"]
        inside = f"/runs/{process['id']}"
        named = {"task_id": task["id"]}
        if way == "run":
            ada.data("POST", f"{inside}/completed-tasks", json=named)
        elif way == "organization":
            ada.data("POST", "/completed-tasks", json=named)
        else:
            ada.data("PUT", f"{inside}/tasks/{task['id']}", json={"status": "completed"})
        states = [task_now(ada, task)]
        if way == "status":
            ada.data("PUT", f"/tasks/{task['id']}", json={"status": "in-progress"})
        else:
            prefix = inside if way == "run" else ""
            ada.data("DELETE", f"{prefix}/completed-tasks/{task['id']}")
        states.append(task_now(ada, task))
        assert [verb for verb, _ in log_of(ada, task)][-2:] == ["completed", "re-opened"]
        return [{key: value for key, value in one.items() if key not in DIFFERENT} for one in states]

    by_run = ended("run")
    assert by_run[0]["status"] == "completed"
    assert by_run[1]["status"] == "in-progress"
    assert ended("organization") == by_run == ended("status")


@pytest.mark.rule("P-332")
def test_a_rejection_needs_no_reason_and_is_called_one(ada: Client, stan: Client) -> None:
    task = one_off(ada, task_type="approval", owners=to(stan))
    done = stan.data("POST", "/completed-tasks", json={"task_id": task["id"], "is_approved": False})
    assert (done["status_label"], done["is_approved"]) == ("rejected", False)
    told = ada.data("GET", f"/tasks/{task['id']}?with=activities")["activities"]["data"][0]
    assert told["description"] == [f"Rejected task: {task['title']}"]
    assert ada.data("GET", f"/tasks/{task['id']}/comments") == []


@pytest.mark.rule("P-315")
def test_completing_among_two_hundred_tasks_is_answered_within_a_second(database: str, ada: Client) -> None:
    process = launched(ada, draw(database, ada, *(step(f"Step {number}") for number in range(200))))
    tasks = ada.data("GET", f"/runs/{process['id']}/tasks?per_page=100")
    taken = []
    for task in tasks[:3]:
        start = time.perf_counter()
        completed(ada, task)
        taken.append(time.perf_counter() - start)
    assert min(taken) < 1


@pytest.mark.rule("P-205")
def test_the_notes_of_a_process_are_read_with_each_of_its_tasks(
    database: str, ada: Client, stan: Client
) -> None:
    process = launched(ada, draw(database, ada, step("A"), step("B")))
    ada.data("PUT", f"/runs/{process['id']}", json={"summary": "<p>Mind the gap</p>"})
    for task in tasks_by_title(ada, process).values():
        read = stan.data("GET", f"/tasks/{task['id']}?with=run")
        assert read["run"]["data"]["summary"] == "<p>Mind the gap</p>"


@pytest.mark.rule("P-365", "P-024")
def test_a_task_that_is_shown_says_since_when_and_can_be_done(database: str, ada: Client) -> None:
    process = launched(ada, draw(database, ada, step("A", asks("Name")), step("B", hide_by_default=True)))
    hidden = next(
        one for one in ada.data("GET", f"/runs/{process['id']}/tasks?status=all") if one["title"] == "B"
    )
    assert (hidden["status"], hidden["is_completable"]) == ("auto-skipped", False)
    shown = ada.data("PUT", f"/runs/{process['id']}/tasks/{hidden['id']}/show")
    assert (shown["status"], shown["is_completable"]) == ("not-started", True)
    assert shown["started_at"] is not None
    assert hidden["started_at"] is None
    assert shown["deadline"] == hidden["deadline"]
