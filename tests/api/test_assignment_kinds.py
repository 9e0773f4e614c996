"""The kinds of people a step can be assigned to, how they add up, and who can never be one of them."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from tests.api.drawn import draw, group_of, join_as, launched, put_row, reasons, step, tasks_by_title
from tests.api.made import Maker
from tests.api.oneoffs import NOBODY, log_of, one_off, to
from tests.api.templating import make_template, steps_path
from tests.conftest import Client


def owners_of(task: dict[str, Any]) -> dict[str, Any]:
    return {name: task["owners"][name] for name in NOBODY}


@pytest.mark.rule("T-108")
def test_all_kinds_of_people_may_be_mixed_and_add_up(
    database: str, ada: Client, stan: Client, liv: Client
) -> None:
    role = put_row(database, ada, "job_titles", name=f"Title {secrets.token_hex(4)}")
    group, mira = group_of(database, ada, liv), f"mira.{secrets.token_hex(4)}@client.example"
    template = make_template(ada, "All", "Launcher", "Nobody")
    body = {"assignees": [stan.user_id], "guests": [mira], "groups": [group], "title": "All"}
    path = steps_path(template, template["steps"][0])
    ada.data("PUT", f"{path}/roles", json={"roles": [role]})
    stored = ada.data("PUT", path, json={**body, "assign_run_starter": True})
    assert (stored["assignees"], stored["groups"]) == ([stan.user_id], [group])
    ada.data("PATCH", steps_path(template, template["steps"][2]), json={"assign_run_starter": False})
    process = ada.data(
        "POST", "/runs", 201,
        json={"checklist_id": template["id"], "name": "x", "roles": {role: {"users": [ada.user_id]}}},
    )  # fmt: skip
    tasks = tasks_by_title(ada, process)
    assert owners_of(tasks["All"]) == {
        "users": [stan.user_id, ada.user_id], "guests": [mira], "groups": [group],
    }  # fmt: skip
    assert owners_of(tasks["Launcher"]) == to(ada)
    assert owners_of(tasks["Nobody"]) == NOBODY
    for member in (stan, liv, ada):
        assert tasks["All"]["id"] in [one["id"] for one in member.data("GET", "/me/tasks?per_page=100")]


@pytest.mark.rule("T-111")
def test_a_guest_whose_address_is_not_given_blocks_no_launch(
    database: str, ada: Client, stan: Client
) -> None:
    template = draw(
        database, ada, step("Sign", ask_guest_at_launch=True),
        step("Later", ask_guest_at_launch=True, assign_run_starter=False),
    )  # fmt: skip
    tasks = tasks_by_title(stan, launched(stan, template))
    assert owners_of(tasks["Sign"]) == to(stan)
    assert owners_of(tasks["Later"]) == NOBODY
    mira = f"mira.{secrets.token_hex(4)}@client.example"
    given = {template.steps["Sign"]: {"owners": {"guests": [mira]}}}
    assert tasks_by_title(stan, launched(stan, template, tasks=given))["Sign"]["owners"]["guests"] == [mira]


@pytest.mark.rule("T-120")
def test_the_bot_is_nobody_to_assign_or_edit(database: str, ada: Client) -> None:
    (bot,) = [one for one in ada.data("GET", "/users?with_bots=true") if one["type"] == "bot"]
    template = make_template(ada, "Call")
    step_path = steps_path(template, template["steps"][0])
    for body in ({"assignees": [bot["id"]]}, {"guests": [bot["email"]]}):
        assert reasons(ada, "PATCH", step_path, json=body), body
    launch = {"checklist_id": template["id"], "name": "x"}
    buckets = {template["steps"][0]["id"]: {"owners": {"users": [bot["id"]]}}}
    for more in ({"tasks": buckets}, {"owner_id": bot["id"]}, {"user_id": bot["id"]}, {"users": [bot["id"]]}):
        assert reasons(ada, "POST", "/runs", json={**launch, **more}), more
    task = one_off(ada)
    for owners in ({"users": [bot["id"]]}, {"add": {"users": [bot["id"]]}}):
        assert reasons(ada, "PUT", f"/tasks/{task['id']}", json={"owners": owners}), owners
    assert reasons(ada, "PATCH", f"/checklists/{template['id']}", json={"owner_id": bot["id"]})
    done = {"task_id": task["id"], "override_user": bot["id"]}
    assert reasons(ada, "POST", "/completed-tasks", json=done).keys() == {"override_user"}


@pytest.mark.rule("T-093", "T-095")
@pytest.mark.parametrize("kind", ["task", "approval", "expiring", "email"])
def test_the_first_completion_is_the_only_one(ada: Client, stan: Client, liv: Client, kind: str) -> None:
    task = one_off(ada, task_type=kind, owners=to(ada, stan, liv))
    body = {"task_id": task["id"], "is_approved": True}
    done = liv.data("POST", "/completed-tasks", json=body)
    assert (done["status"], done["completer_id"]) == ("completed", liv.user_id)
    before = log_of(ada, task)
    for late in (stan, ada, liv):
        answer = late.post("/completed-tasks", json=body)
        assert answer.status_code == 422
        assert "already completed" in answer.json()["message"]
        assert task["id"] not in [one["id"] for one in late.data("GET", "/me/tasks?per_page=100")]
    assert log_of(ada, task) == before
    assert ada.data("GET", f"/tasks/{task['id']}")["completer_id"] == liv.user_id


@pytest.mark.rule("T-192")
def test_who_sees_a_process(database: str, ada: Client, maker: Maker) -> None:
    owner, starter, assignee, grouped, named, listed, reader, outsider = (
        join_as(database, ada, "standard", first) for first in
        ("Owner", "Starter", "Assignee", "Grouped", "Named", "Listed", "Reader", "Outsider")
    )  # fmt: skip
    template = make_template(ada, "Call", "Ship")
    path = f"/checklists/{template['id']}/permissions"
    ada.data("PUT", f"{path}/PROCESS_LAUNCH", json={"everyone": True})
    ada.data("PUT", f"{path}/PROCESS_READ", json={"everyone": False, "users": [reader.user_id], "groups": []})
    group = group_of(database, ada, grouped)
    first, second = (one["id"] for one in template["steps"])
    process = starter.data("POST", "/runs", 201, json={
        "checklist_id": template["id"], "name": "Seen by few", "owner_id": owner.user_id,
        "users": [listed.user_id],
        "tasks": {first: {"owners": {"users": [assignee.user_id]}}, second: {"owners": {"groups": [group]}}},
    })  # fmt: skip
    task = tasks_by_title(ada, process)["Call"]["id"]
    ada.data("POST", f"/tasks/{task}/comment", 201, json={"content": f"Look @[{named.user_id}]"})
    everybody = (ada, owner, starter, assignee, grouped, named, listed, reader)
    for member in everybody:
        assert member.get(f"/runs/{process['id']}").status_code == 200
        assert process["id"] in [one["id"] for one in member.data("GET", "/runs?per_page=100")]
    assert outsider.get(f"/runs/{process['id']}").status_code == 403
    assert process["id"] not in [one["id"] for one in outsider.data("GET", "/runs?per_page=100")]
    ada.data("PUT", f"{path}/PROCESS_READ", json={"everyone": True})
    assert outsider.get(f"/runs/{process['id']}").status_code == 403  # copied at the launch


@pytest.fixture
def maker(database: str, ada: Client) -> Maker:
    return Maker(database, ada)
