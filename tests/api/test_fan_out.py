"""POST /tasks with `separate_task_for_each_assignee`, and processes without a template."""

from __future__ import annotations

import pytest

from stepwell.processes.schemas import ProcessShape
from stepwell.tasks.schemas import OneTaskShape
from tests.api.drawn import draw, group_of, launched, new_tag, reasons, step
from tests.api.oneoffs import NOBODY, in_days, one_off, to
from tests.conftest import Client
from tests.shapes import shaped


@pytest.mark.rule("P-130")
def test_each_assignee_gets_a_task_in_a_project(
    database: str, ada: Client, stan: Client, liv: Client
) -> None:
    group = group_of(database, ada, stan, liv)
    owners = to(stan, guests=("mira@client.example", "omar@client.example"), groups=(group,))
    tag = new_tag(database, ada)
    first = one_off(ada, "Sign policy", owners=owners, separate_task_for_each_assignee=True, tags=[tag],
                    form_fields=[{"label": "Name", "field_type": "text", "required": True}])  # fmt: skip
    shaped(OneTaskShape, first, "run")
    assert first["run"]["id"] == first["run_id"]
    assert (first["run"]["name"], first["run"]["started_at"]) == ("Sign policy", first["created_at"])
    assert first["owners"]["users"] == [stan.user_id]
    tasks = ada.data("GET", f"/runs/{first['run_id']}/tasks?with=tags,form_fields&per_page=100")
    who = [(task["owners"]["users"], task["owners"]["guests"]) for task in tasks]
    assert who == [
        ([stan.user_id], []),
        ([liv.user_id], []),
        ([], ["mira@client.example"]),
        ([], ["omar@client.example"]),
    ]
    assert {task["title"] for task in tasks} == {"Sign policy"}
    assert all(task["is_oneoff_task"] and len(task["form_fields"]["data"]) == 1 for task in tasks)
    assert {task["tags"]["data"][0]["tag_id"] for task in tasks} == {tag}
    assert ada.get(f"/runs/{first['run_id']}/tasks?page=2&per_page=100").json()["data"] == []


def test_the_project_belongs_to_the_caller_and_has_no_template(ada: Client, stan: Client) -> None:
    first = one_off(stan, "Sign policy", owners=to(ada), separate_task_for_each_assignee=True)
    process = stan.data("GET", f"/runs/{first['run_id']}")
    assert (process["name"], process["status"], process["is_empty_process"]) == (
        "Sign policy",
        "active",
        True,
    )
    assert (process["owner_id"], process["started_by"]) == (stan.user_id, stan.user_id)
    assert (process["checklist_title"], process["can_add_oot"], process["checklist_version_id"]) == (
        "MISC",
        True,
        None,
    )
    assert process["checklist_id"] == first["checklist_id"]
    assert stan.get(f"/checklists/{process['checklist_id']}").status_code == 404
    assert process["id"] in [one["id"] for one in stan.data("GET", "/runs")]
    assert stan.user_id not in first["owners"]["users"]


def test_the_project_is_complete_when_all_have_done_theirs(ada: Client, stan: Client) -> None:
    first = one_off(ada, owners=to(ada, stan), separate_task_for_each_assignee=True)
    tasks = ada.data("GET", f"/runs/{first['run_id']}/tasks")
    for task in tasks:
        ada.data("POST", f"/runs/{first['run_id']}/completed-tasks", json={"task_id": task["id"]})
    assert ada.data("GET", f"/runs/{first['run_id']}")["status"] == "complete"


def test_copies_can_go_into_a_process_that_runs(database: str, ada: Client, stan: Client) -> None:
    process = launched(ada, draw(database, ada, step("A"), step("B")))
    first = one_off(ada, "N", owners=to(ada, stan), separate_task_for_each_assignee=True, run_id=process["id"],
                    position=2)  # fmt: skip
    assert first["run"]["id"] == process["id"]
    tasks = ada.data("GET", f"/runs/{process['id']}/tasks")
    assert [task["title"] for task in tasks] == ["A", "N", "N", "B"]
    assert [task["owners"]["users"] for task in tasks[1:3]] == [[ada.user_id], [stan.user_id]]


def test_somebody_must_be_assigned(ada: Client, liv: Client) -> None:
    body = {"title": "T", "deadline": in_days(1), "owners": NOBODY, "separate_task_for_each_assignee": True}
    assert reasons(ada, "POST", "/tasks", json=body) == {"owners": ["At least one assignee is required."]}
    assert liv.post("/tasks", json={**body, "owners": to(liv)}).status_code == 403


def test_more_tasks_can_be_added_to_a_project(ada: Client) -> None:
    first = one_off(ada, "One", owners=to(ada), separate_task_for_each_assignee=True)
    one_off(ada, "Two", run_id=first["run_id"])
    assert [task["title"] for task in ada.data("GET", f"/runs/{first['run_id']}/tasks")] == ["One", "Two"]


def test_a_project_can_start_empty(database: str, ada: Client, liv: Client) -> None:
    tag = new_tag(database, ada)
    process = ada.data("POST", "/runs?with=tags", 201, json={"empty_process": True, "name": "Office move",
                                                             "users": [liv.user_id], "tags": [tag]})  # fmt: skip
    shaped(ProcessShape, process, "tags")
    assert (process["name"], process["status"], process["is_empty_process"]) == (
        "Office move",
        "active",
        True,
    )
    assert (process["users"], process["progress"]) == (
        [liv.user_id],
        {"complete": 0, "total": 0, "percent": 0},
    )
    assert liv.data("GET", f"/runs/{process['id']}/tasks") == []
    assert reasons(ada, "POST", "/runs", json={"empty_process": True}) == {
        "name": ["The name field is required."]
    }
    assert reasons(ada, "POST", "/runs", json={"name": "X"}).keys() == {"checklist_id"}
    assert liv.post("/runs", json={"empty_process": True, "name": "X"}).status_code == 403
