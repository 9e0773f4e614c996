"""One action on many processes or tasks: what one refuses does not keep the others from it."""

from __future__ import annotations

from typing import Any

import pytest

from stepwell.bulk.schemas import OutcomeShape
from tests.api.drawn import draw, launched, new_folder, new_tag, reasons, step, tasks_by_title
from tests.api.oneoffs import one_off, to
from tests.api.talk import task_now
from tests.conftest import Client
from tests.shapes import shaped

UNKNOWN = "f" * 32


def on_tasks(client: Client, action: str, *tasks: dict[str, Any], **params: Any) -> list[bool]:
    body = {"action": action, "task_ids": [one["id"] for one in tasks], "params": params}
    outcomes = [shaped(OutcomeShape, one) for one in client.data("POST", "/tasks/bulk", json=body)]
    assert [one["id"] for one in outcomes] == body["task_ids"]
    assert all((one["message"] is None) == one["ok"] for one in outcomes)
    return [one["ok"] for one in outcomes]


def on_runs(
    client: Client, action: str, *runs: str, status: int = 200, **params: Any
) -> list[dict[str, Any]]:
    body = {"action": action, "run_ids": list(runs), "params": params}
    answer = client.post("/runs/bulk", json=body)
    assert answer.status_code == status, answer.text
    return [shaped(OutcomeShape, one) for one in answer.json()["data"]] if status == 200 else []


@pytest.mark.rule("P-228")
def test_processes_are_archived_and_restored_and_deleted(database: str, ada: Client, stan: Client) -> None:
    template = draw(database, ada, step("A"))
    first, second = (str(launched(ada, template)["id"]) for _ in range(2))
    outcomes = on_runs(stan, "archive", first, UNKNOWN, second, first)
    assert outcomes == [
        {"id": first, "ok": True, "message": None},
        {"id": UNKNOWN, "ok": False, "message": "Resource not found"},
        {"id": second, "ok": True, "message": None},
    ]
    assert [ada.data("GET", f"/runs/{run}")["status"] for run in (first, second)] == ["archived"] * 2
    assert on_runs(stan, "activate", first)[0]["ok"]
    assert ada.data("GET", f"/runs/{first}")["status"] == "active"
    on_runs(stan, "delete", second, status=403)
    live, gone = on_runs(ada, "delete", first, second)
    assert (live["ok"], gone["ok"]) == (False, True)
    assert "Archive the process first" in live["message"]
    assert ada.get(f"/runs/{second}").status_code == 404


def test_processes_are_tagged_filed_handed_over_and_starred(
    database: str, ada: Client, stan: Client, liv: Client
) -> None:
    run = str(launched(ada, draw(database, ada, step("A", assignees=[liv.user_id])))["id"])
    tag, folder = new_tag(database, ada), new_folder(database, ada)
    assert on_runs(stan, "tag", run, tag_id=tag)[0]["ok"]
    assert on_runs(stan, "move_folder", run, folder_id=folder)[0]["ok"]
    refused = on_runs(stan, "owner", run, owner_id=stan.user_id)[0]
    assert not refused["ok"]
    assert on_runs(ada, "owner", run, owner_id=stan.user_id)[0]["ok"]
    assert on_runs(liv, "star", run)[0]["ok"]
    read = liv.data("GET", f"/runs/{run}?with=tags,folders")
    assert [one["tag_id"] for one in read["tags"]["data"]] == [tag]
    assert [one["id"] for one in read["folders"]["data"]] == [folder]
    assert (read["owner_id"], read["starred"]) == (stan.user_id, True)
    assert on_runs(liv, "star", run, starred=False)[0]["ok"]
    assert liv.data("GET", f"/runs/{run}")["starred"] is False
    for action in ("archive", "activate", "tag", "move-folder"):
        on_runs(liv, action, run, status=403, tag_id=tag, folder_id=folder)


def test_tasks_are_completed_reopened_archived_and_restored(database: str, ada: Client, liv: Client) -> None:
    mine, alien = one_off(ada, owners=to(liv)), one_off(ada, owners=to(ada))
    inside = tasks_by_title(ada, launched(ada, draw(database, ada, step("A"))))["A"]
    approval = one_off(ada, task_type="approval", owners=to(liv))
    assert on_tasks(liv, "complete", mine, alien, inside, approval) == [True, False, False, False]
    assert task_now(ada, mine)["status"] == "completed"
    assert on_tasks(liv, "complete", approval, is_approved=False) == [True]
    assert task_now(ada, approval)["status_label"] == "rejected"
    assert on_tasks(ada, "reopen", mine, alien) == [True, False]
    assert on_tasks(ada, "archive", mine, inside) == [True, False]
    assert on_tasks(ada, "restore", mine) == [True]
    assert task_now(ada, mine)["status"] == "in-progress"


def test_tasks_are_assigned_dated_tagged_and_filed(
    database: str, ada: Client, stan: Client, liv: Client
) -> None:
    tasks = [one_off(ada, owners=to(ada)), one_off(ada, owners=to(ada, guests=("mira@client.example",)))]
    tag, folder = new_tag(database, ada), new_folder(database, ada)
    assert on_tasks(ada, "assign", *tasks, owners={"users": [stan.user_id]}) == [True, True]
    assert on_tasks(ada, "deadline", *tasks, deadline="2031-05-01T10:00:00Z") == [True, True]
    assert on_tasks(ada, "tag", *tasks, tag_id=tag) == [True, True]
    assert on_tasks(ada, "move-folder", *tasks, folder_id=folder) == [True, True]
    for one in tasks:
        read = ada.data("GET", f"/tasks/{one['id']}?with=tags,folders")
        assert (read["owners"]["users"], read["owners"]["guests"]) == (
            [stan.user_id],
            one["owners"]["guests"],
        )
        assert read["deadline"] == "2031-05-01T10:00:00Z"
        assert [had["tag_id"] for had in read["tags"]["data"]] == [tag]
        assert [had["id"] for had in read["folders"]["data"]] == [folder]
    assert on_tasks(liv, "assign", *tasks, owners={"users": [liv.user_id]}) == [False, False]
    assert liv.post("/tasks/bulk", json={"action": "tag", "task_ids": [tasks[0]["id"]]}).status_code == 403


def test_what_is_wrong_with_the_request_is_told_before_anything_is_done(ada: Client, otto: Client) -> None:
    task = one_off(ada, owners=to(ada))
    many = [UNKNOWN] * 101
    for body, fields in (
        ({}, {"action", "task_ids"}),
        ({"action": "paint", "task_ids": []}, {"action", "task_ids"}),
        ({"action": "complete", "task_ids": many}, {"task_ids"}),
        ({"action": "complete", "task_ids": ["x"]}, {"task_ids.0"}),
        ({"action": "assign", "task_ids": [task["id"]]}, {"params.owners"}),
        (
            {"action": "deadline", "task_ids": [task["id"]], "params": {"deadline": "soon"}},
            {"params.deadline"},
        ),
    ):
        assert reasons(ada, "POST", "/tasks/bulk", json=body).keys() == fields, body
    assert reasons(ada, "POST", "/runs/bulk", json={"action": "tag", "run_ids": [UNKNOWN]}).keys() == {
        "params.tag_id"
    }
    assert on_tasks(otto, "complete", task) == [False]
    assert on_runs(otto, "archive", UNKNOWN)[0]["message"] == "Resource not found"
    assert task_now(ada, task)["status"] == "not-started"
