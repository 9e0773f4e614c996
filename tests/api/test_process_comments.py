from __future__ import annotations

from typing import Any

import pytest

from stepwell.comments.schemas import CommentShape
from tests.api.drawn import asks, draw, join_as, reasons, step
from tests.api.talk import completed, process_from, process_of, said, status_of, task_now
from tests.conftest import Client
from tests.shapes import shaped


def frozen(client: Client, process: dict[str, Any]) -> Any:
    return client.data("POST", f"/runs/{process['id']}/problem", 201, json={"content": "Stop"})


def freed(client: Client, process: dict[str, Any], thread_id: str | None = None) -> Any:
    body = {"content": "Go on"} | ({"thread_id": thread_id} if thread_id else {})
    return client.data("POST", f"/runs/{process['id']}/resolved-threads", json=body)


@pytest.mark.rule("P-580")
def test_a_process_is_talked_about_as_a_whole(database: str, ada: Client, stan: Client) -> None:
    process, tasks = process_of(database, ada, "Call")
    path = f"/runs/{process['id']}/comment"
    comment = shaped(CommentShape, stan.data("POST", path, 201, json={"content": "Nice"}))
    assert comment["subject"] == {"id": process["id"], "type": "Run"}
    assert (comment["run_id"], comment["task_id"]) == (process["id"], None)
    assert (comment["checklist_id"], comment["step_id"]) == (process["checklist_id"], None)
    listed = ada.data("GET", f"/runs/{process['id']}/comments")
    assert [shaped(CommentShape, one)["id"] for one in listed] == [comment["id"]]
    threads = ada.data("GET", f"/runs/{process['id']}?with=threads")["threads"]["data"]
    assert [one["id"] for one in threads] == [comment["id"]]
    assert ada.data("GET", f"/tasks/{tasks['Call']['id']}/comments") == []


def test_only_those_who_see_a_process_talk_about_it(
    database: str, ada: Client, liv: Client, otto: Client
) -> None:
    process, _ = process_of(database, ada, "Call")
    for path in ("comment", "problem", "resolved-threads"):
        for body in ({}, {"content": "x"}):
            assert liv.post(f"/runs/{process['id']}/{path}", json=body).status_code == 403
            assert otto.post(f"/runs/{process['id']}/{path}", json=body).status_code == 404
        required = {"content": ["The content field is required."]}
        assert reasons(ada, "POST", f"/runs/{process['id']}/{path}", json={}) == required
    assert liv.get(f"/runs/{process['id']}/comments").status_code == 403
    assert otto.get(f"/runs/{process['id']}/comments").status_code == 404


@pytest.mark.rule("P-584")
def test_comments_of_a_process_are_changed_and_deleted_by_their_author(
    database: str, ada: Client, stan: Client
) -> None:
    process, _ = process_of(database, ada, "Call")
    comment = ada.data("POST", f"/runs/{process['id']}/comment", 201, json={"content": "Nice"})
    path = f"/runs/{process['id']}/comment/{comment['id']}"
    assert stan.put(path, json={"content": "x"}).status_code == 403
    assert stan.delete(path).status_code == 403
    assert shaped(CommentShape, ada.data("PUT", path, json={"content": "Nicer"}))["content"] == "Nicer"
    assert shaped(CommentShape, ada.data("PATCH", path, json={"label": "advice"}))["label"] == "advice"
    assert reasons(ada, "PUT", path, json={}) == {"content": ["The content field is required."]}
    assert ada.delete(path).status_code == 204
    assert ada.put(path, json={"content": "x"}).status_code == 404
    assert ada.data("GET", f"/runs/{process['id']}/comments") == []


@pytest.mark.rule("P-003", "P-630")
def test_an_issue_of_the_process_freezes_its_tasks_until_it_is_resolved(database: str, ada: Client) -> None:
    process, tasks = process_of(database, ada, "Call", "Ship")
    completed(ada, tasks["Ship"])
    issue = shaped(CommentShape, frozen(ada, process))
    assert issue["label"] == "problem"
    stuck = ada.data("GET", f"/runs/{process['id']}")
    assert (stuck["status"], stuck["has_open_issue"]) == ("issue", True)
    assert not task_now(ada, tasks["Call"])["is_completable"]
    assert (
        completed(ada, tasks["Call"], 422)["message"] == "This process has an open issue. Resolve it first."
    )
    reopen = ada.delete(f"/runs/{process['id']}/completed-tasks/{tasks['Ship']['id']}")
    report = ada.post(f"/tasks/{tasks['Ship']['id']}/problem", json={"content": "x"})
    assert (reopen.status_code, report.status_code) == (422, 422)
    said(ada, tasks["Call"], "Waiting")
    assert task_now(ada, tasks["Call"])["status"] == "not-started"
    resolution = shaped(CommentShape, freed(ada, process, issue["id"]))
    assert (resolution["label"], resolution["resolve_id"]) == ("resolve", issue["id"])
    free = ada.data("GET", f"/runs/{process['id']}")
    assert (free["status"], free["has_open_issue"]) == ("active", False)
    completed(ada, tasks["Call"])


@pytest.mark.rule("P-003", "P-004")
def test_the_issue_of_the_process_comes_first_and_filters_find_both(database: str, ada: Client) -> None:
    template = draw(database, ada, step("Call"), kickoff=[asks("Kind")])
    process, tasks = process_from(ada, template)
    ada.data("POST", f"/tasks/{tasks['Call']['id']}/problem", 201, json={"content": "It leaks"})
    frozen(ada, process)

    def found(status: str) -> list[str]:
        listed = ada.data("GET", f"/runs?checklist_id={template.id}&status={status}")
        return [one["id"] for one in listed]

    assert (found("problem"), found("issue"), found("active")) == ([process["id"]], [process["id"]], [])
    freed(ada, process)
    assert status_of(ada, process) == "problem"
    assert (found("problem"), found("issue"), found("active")) == ([process["id"]], [], [])


def test_deleting_the_issue_of_a_process_frees_it(database: str, ada: Client) -> None:
    process, _ = process_of(database, ada, "Call")
    issue = frozen(ada, process)
    assert ada.delete(f"/runs/{process['id']}/comment/{issue['id']}").status_code == 204
    assert status_of(ada, process) == "active"


@pytest.mark.rule("P-631")
def test_whoever_sees_the_process_reports_and_resolves_its_issues(database: str, ada: Client) -> None:
    process, _ = process_of(database, ada, "Call")
    with join_as(database, ada, "light") as lou:
        body = {"content": f"Look @[{lou.user_id}]"}
        ada.data("POST", f"/runs/{process['id']}/comment", 201, json=body)
        issue = frozen(lou, process)
        assert status_of(ada, process) == "issue"
        freed(lou, process, issue["id"])
    assert status_of(ada, process) == "active"


@pytest.mark.rule("P-004")
def test_processes_with_an_improvement_comment_are_found(database: str, ada: Client) -> None:
    template = draw(database, ada, step("Call"))
    (plain, _), (improved, tasks) = process_from(ada, template), process_from(ada, template)
    said(ada, tasks["Call"], "Shorter?", label="improvement")
    found = ada.data("GET", f"/runs?checklist_id={template.id}&status=improvement")
    assert [one["id"] for one in found] == [improved["id"]]
    assert status_of(ada, improved) == status_of(ada, plain) == "active"
