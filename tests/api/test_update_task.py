"""PUT and PATCH of a task, in a process or on its own: only what is sent changes."""

from __future__ import annotations

from typing import Any

import pytest

from stepwell.tasks.schemas import OneTaskShape
from tests.api.drawn import Drawn, asks, draw, launched, new_folder, new_tag, reasons, step, tasks_by_title
from tests.api.oneoffs import NOBODY, in_days, log_of, one_off, to
from tests.conftest import Client
from tests.shapes import shaped


@pytest.fixture
def intake(database: str, ada: Client) -> Drawn:
    return draw(
        database, ada, step("A", asks("Name"), asks("Size", "radio")), step("B"), stages=["One", "Two"]
    )


CHANGES: dict[str, Any] = {
    "title": "Renamed", "summary": "<p>New</p>", "deadline": "2031-02-03T04:05:06Z",
    "started_at": "2031-01-01T00:00:00Z",
    "is_soft_start_date": False, "task_type": "approval", "max_assignable": 4, "webhook": "https://hooks.example/x",
    "prevent_guest_comment": True, "top_secret": True, "everyone_must_complete": True,
    "can_complete_only_assignees": True, "send_chromeless": True, "custom_fields": {"a": 1},
}  # fmt: skip


@pytest.mark.rule("P-377", "P-025", "P-384")
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("kind", ["alone", "in process", "by its id alone"])
def test_every_property_changes_and_nothing_else(ada: Client, intake: Drawn, method: str, kind: str) -> None:
    if kind == "alone":
        task = one_off(ada, owners=to(ada), is_soft_start_date=True)
    else:
        task = tasks_by_title(ada, launched(ada, intake))["A"]
    path = f"/runs/{task['run_id']}/tasks/{task['id']}" if kind == "in process" else f"/tasks/{task['id']}"
    before = ada.data("GET", path)
    for name, value in CHANGES.items():
        changed = ada.data(method, path, json={name: value})
        shaped(OneTaskShape, changed)
        unchanged = before.keys() - {name, "original_title", "name", "original_summary", "last_updated",
                                     "completion_progress"}  # fmt: skip
        assert changed[name] == value
        assert {key: changed[key] for key in unchanged} == {key: before[key] for key in unchanged}
        before = changed
    assert ada.data("GET", path) == before
    told = {field for _, field in log_of(ada, task)}
    assert CHANGES.keys() - {"custom_fields"} <= told


def test_an_empty_change_changes_nothing(ada: Client) -> None:
    task = one_off(ada)
    assert ada.data("PUT", f"/tasks/{task['id']}", json={}) == task
    assert ada.data("PUT", f"/tasks/{task['id']}", json={"unknown": 1, "completer_id": 5, "threads": []})[
        "title"
    ]
    assert log_of(ada, task) == [("created", None)]


@pytest.mark.rule("P-377")
def test_a_title_or_deadline_that_is_sent_must_not_be_empty(ada: Client) -> None:
    task = one_off(ada)
    found = reasons(ada, "PUT", f"/tasks/{task['id']}", json={"title": "  ", "deadline": None})
    assert found == {
        "title": ["The title field is required."],
        "deadline": ["The deadline is not a valid date."],
    }
    found = reasons(ada, "PUT", f"/tasks/{task['id']}", json={
        "deadline": "soon", "title": "x" * 601, "position": 0, "max_assignable": -2, "status": "gone",
        "task_type": "x", "webhook": "no", "stage_id": "z", "owners": 5,
    })  # fmt: skip
    assert found.keys() == {"deadline", "title", "position", "max_assignable", "status", "task_type", "webhook",
                            "stage_id", "owners"}  # fmt: skip


def test_what_may_be_null_is_cleared(ada: Client) -> None:
    task = one_off(
        ada, summary="x", webhook="https://hooks.example/x", max_assignable=3, send_chromeless=True
    )
    null: dict[str, None] = dict.fromkeys(
        ("summary", "webhook", "max_assignable", "started_at", "send_chromeless")
    )
    changed = ada.data("PUT", f"/tasks/{task['id']}", json=null)
    assert {name: changed[name] for name in null} == null


@pytest.mark.rule("P-533", "P-536")
def test_answers_are_merged_and_unknown_ones_dropped(ada: Client, intake: Drawn) -> None:
    process = launched(ada, intake)
    task = tasks_by_title(ada, process)["A"]
    name, size = intake.fields["Name"], intake.fields["Size"]
    path = f"/runs/{process['id']}/tasks/{task['id']}"
    first = ada.data("PUT", path, json={"taskdata": {name: "Okafor", "f" * 32: "dropped"}})
    assert (first["taskdata"], first["status"]) == ({name: "Okafor"}, "in-progress")
    second = ada.data("PUT", path, json={"taskdata": {size: "Gold"}})
    assert second["taskdata"] == {name: "Okafor", size: "Gold"}
    assert ada.data("PUT", path, json={"taskdata": {name: ""}})["taskdata"] == {size: "Gold"}
    assert ("updated", "Name") in log_of(ada, task)


@pytest.mark.rule("P-532")
def test_all_wrong_answers_are_named(ada: Client, intake: Drawn) -> None:
    process = launched(ada, intake)
    task = tasks_by_title(ada, process)["A"]
    name, size = intake.fields["Name"], intake.fields["Size"]
    found = reasons(ada, "PUT", f"/tasks/{task['id']}", json={
        "taskdata": {name: {"value": "x"}, size: "Silver"}, "owners": {"users": [999999999]}, "tags": ["f" * 32],
    })  # fmt: skip
    assert found.keys() == {f"taskdata.{name}", f"taskdata.{size}", "owners.users", "tags"}
    assert found[f"taskdata.{size}"] == ["Invalid radio choice selected"]
    assert ada.data("GET", f"/tasks/{task['id']}")["taskdata"] == {}


def test_tags_and_folders_are_replaced(database: str, ada: Client) -> None:
    task = one_off(ada, tags=[new_tag(database, ada)])
    tags, folder = [new_tag(database, ada), new_tag(database, ada)], new_folder(database, ada)
    changed = ada.data(
        "PUT", f"/tasks/{task['id']}?with=tags,folders", json={"tags": ",".join(tags), "folders": [folder]}
    )
    assert {one["tag_id"] for one in changed["tags"]["data"]} == set(tags)
    assert [one["id"] for one in changed["folders"]["data"]] == [folder]
    changed = ada.data("PUT", f"/tasks/{task['id']}?with=tags", json={"tags": []})
    assert changed["tags"] == {"data": []}


@pytest.mark.rule("P-381")
def test_position_and_milestone_in_a_process(ada: Client, intake: Drawn) -> None:
    process = launched(ada, intake)
    task = tasks_by_title(ada, process)["B"]
    path = f"/runs/{process['id']}/tasks/{task['id']}"
    assert ada.data("PUT", path, json={"position": 1})["position"] == 1
    order = [(one["title"], one["position"]) for one in ada.data("GET", f"/runs/{process['id']}/tasks")]
    assert order == [("B", 1), ("A", 2)]
    assert ada.data("PUT", path, json={"stage_id": intake.stages["Two"]})["stage_id"] == intake.stages["Two"]
    assert ada.data("PUT", path, json={"stage_id": None})["stage_id"] is None
    assert reasons(ada, "PUT", path, json={"stage_id": "f" * 32}) == {
        "stage_id": ["The selected stage id is invalid."]
    }


@pytest.mark.rule("P-314")
def test_a_completed_task_keeps_its_properties(database: str, ada: Client, intake: Drawn) -> None:
    process = launched(ada, intake)
    task = tasks_by_title(ada, process)["B"]
    ada.data("POST", "/completed-tasks", json={"task_id": task["id"]})
    for change in (
        {"title": "X"},
        {"deadline": in_days(3)},
        {"owners": NOBODY},
        {"taskdata": {}},
        {"summary": "x"},
    ):
        answer = ada.put(f"/tasks/{task['id']}", json=change)
        assert (answer.status_code, answer.json()["message"]) == (422, "A completed task cannot be updated.")
    allowed = {"tags": [new_tag(database, ada)], "folders": [new_folder(database, ada)], "custom_fields": {"a": 2},
               "top_secret": True, "position": 1}  # fmt: skip
    changed = ada.data("PUT", f"/tasks/{task['id']}?with=tags,folders", json=allowed)
    assert (changed["top_secret"], changed["position"], changed["status"]) == (True, 1, "completed")
    assert len(changed["tags"]["data"]) == len(changed["folders"]["data"]) == 1


@pytest.mark.rule("P-203")
def test_nothing_changes_in_an_archived_process(ada: Client, intake: Drawn) -> None:
    process = launched(ada, intake)
    task = tasks_by_title(ada, process)["A"]
    ada.data("DELETE", f"/runs/{process['id']}")
    assert reasons(ada, "PUT", f"/tasks/{task['id']}", json={"title": "X"}) == {
        "status": ["Cannot update archived processes."]
    }
    alone = one_off(ada)
    ada.delete(f"/tasks/{alone['id']}")
    assert reasons(ada, "PUT", f"/tasks/{alone['id']}", json={"title": "X"}) == {
        "status": ["This task is archived."]
    }


def test_nothing_changes_while_the_process_has_an_issue(ada: Client, intake: Drawn) -> None:
    process = launched(ada, intake)
    task = tasks_by_title(ada, process)["A"]
    assert ada.post(f"/runs/{process['id']}/problem", json={"content": "Stop"}).status_code in (200, 201)
    answer = ada.put(f"/tasks/{task['id']}", json={"title": "X"})
    assert (answer.status_code, answer.json()["message"]) == (
        422, "This process has an open issue. Resolve it first.",
    )  # fmt: skip


def test_where_there_is_no_such_task(ada: Client, otto: Client, intake: Drawn) -> None:
    task = one_off(ada)
    process = launched(ada, intake)
    for client, path in (
        (ada, f"/tasks/{'f' * 32}"), (otto, f"/tasks/{task['id']}"), (ada, f"/runs/{process['id']}/tasks/{task['id']}"),
        (ada, "/tasks/nonsense"),
    ):  # fmt: skip
        assert client.put(path, json={"title": "X"}).status_code == 404
        assert client.put(path, json={"title": ""}).status_code == 404
