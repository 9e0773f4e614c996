from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
import pytest

from stepwell.comments.schemas import CommentShape
from stepwell.organizations.setup import enter
from tests.api.drawn import asks, draw, reasons, shows, step
from tests.api.talk import (
    completed,
    process_from,
    process_of,
    reported,
    resolved,
    said,
    status_of,
    task_now,
)
from tests.conftest import Client
from tests.shapes import shaped


@pytest.mark.rule("P-003", "P-620", "P-621")
def test_an_issue_blocks_the_task_and_troubles_the_process(database: str, ada: Client, stan: Client) -> None:
    process, tasks = process_of(database, ada, "Fill", "Ship")
    assert task_now(ada, tasks["Fill"])["is_completable"]
    issue = shaped(CommentShape, reported(stan, tasks["Fill"], "It leaks"))
    assert (issue["label"], issue["resolve_id"], issue["content"]) == ("problem", None, "It leaks")
    task = task_now(ada, tasks["Fill"])
    assert (task["problem"], task["is_completable"]) == (True, False)
    assert status_of(ada, process) == "problem"
    refusal = completed(ada, tasks["Fill"], 422)
    assert refusal["message"] == "This task has an unresolved issue. Resolve it first."
    completed(ada, tasks["Ship"])


@pytest.mark.rule("P-624", "P-625")
def test_a_task_is_free_when_all_its_issues_are_resolved(database: str, ada: Client, stan: Client) -> None:
    process, tasks = process_of(database, ada, "Fill")
    first, second = reported(ada, tasks["Fill"]), reported(ada, tasks["Fill"])
    resolution = shaped(CommentShape, resolved(stan, tasks["Fill"], first["id"])["data"])
    assert (resolution["label"], resolution["resolve_id"]) == ("resolve", first["id"])
    threads = ada.data("GET", f"/tasks/{tasks['Fill']['id']}?with=threads,issues")
    assert [one["resolve_id"] for one in threads["threads"]["data"]] == [resolution["id"], None, first["id"]]
    assert [one["id"] for one in threads["issues"]["data"]] == [second["id"]]
    assert (threads["problem"], status_of(ada, process)) == (True, "problem")
    resolved(ada, tasks["Fill"], second["id"])
    assert not task_now(ada, tasks["Fill"])["problem"]
    assert status_of(ada, process) == "active"
    completed(ada, tasks["Fill"])
    assert status_of(ada, process) == "complete"


@pytest.mark.rule("P-007", "P-357", "P-622")
def test_an_issue_reopens_a_completed_task(database: str, ada: Client) -> None:
    process, tasks = process_of(database, ada, "Fill")
    completed(ada, tasks["Fill"])
    assert ada.data("GET", f"/runs/{process['id']}")["completed_at"] is not None
    reported(ada, tasks["Fill"])
    task = task_now(ada, tasks["Fill"])
    assert (task["status"], task["completed_at"], task["completer_id"]) == ("in-progress", None, None)
    again = ada.data("GET", f"/runs/{process['id']}")
    assert (again["status"], again["completed_at"]) == ("problem", None)


@pytest.mark.rule("P-623")
def test_hidden_tasks_and_archived_processes_have_no_new_issues(database: str, ada: Client) -> None:
    kickoff, rules = [asks("Kind")], [shows("Ship", "Kind", "big")]
    template = draw(database, ada, step("Fill"), step("Ship"), kickoff=kickoff, rules=rules)
    process, tasks = process_from(ada, template)
    assert set(tasks) == {"Fill"}
    hidden = f"/tasks/{hidden_task(database, ada, process)}/problem"
    answer = ada.post(hidden, json={"content": "x"})
    assert answer.status_code == 422
    assert answer.json()["message"] == "An issue cannot be reported on a hidden task (auto-skipped)."
    ada.data("DELETE", f"/runs/{process['id']}")
    for path in (hidden, f"/tasks/{tasks['Fill']['id']}/problem", f"/runs/{process['id']}/problem"):
        answer = ada.post(path, json={"content": "x"})
        assert (answer.status_code, answer.json()["message"]) == (422, "Cannot update archived processes.")


def hidden_task(database: str, client: Client, process: dict[str, Any]) -> str:
    with psycopg.connect(database) as owner:
        enter(owner, UUID(client.organization_id))
        query = "SELECT hex(id) FROM tasks WHERE process_id = %s AND status = 'auto-skipped'"
        row = owner.execute(query, [process["id"]]).fetchone()
        assert row is not None
        return str(row[0])


def test_an_issue_needs_words_and_somebody_who_sees_the_task(
    database: str, ada: Client, liv: Client, otto: Client
) -> None:
    _, tasks = process_of(database, ada, "Fill")
    for path in (f"/tasks/{tasks['Fill']['id']}/problem", f"/tasks/{tasks['Fill']['id']}/resolved-threads"):
        assert reasons(ada, "POST", path, json={}) == {"content": ["The content field is required."]}
        for body in ({}, {"content": "x"}):
            assert liv.post(path, json=body).status_code == 403
            assert otto.post(path, json=body).status_code == 404
    assert not task_now(ada, tasks["Fill"])["problem"]


@pytest.mark.rule("P-627")
def test_the_only_open_issue_need_not_be_named(database: str, ada: Client) -> None:
    _, tasks = process_of(database, ada, "Fill")
    path = f"/tasks/{tasks['Fill']['id']}/resolved-threads"
    none = {"thread_id": ["There is no open issue to resolve."]}
    assert reasons(ada, "POST", path, json={"content": "x"}) == none
    first = reported(ada, tasks["Fill"])
    resolved(ada, tasks["Fill"])
    assert not task_now(ada, tasks["Fill"])["problem"]
    reported(ada, tasks["Fill"])
    reported(ada, tasks["Fill"])
    required = {"thread_id": ["The thread id field is required."]}
    assert reasons(ada, "POST", path, json={"content": "x"}) == required
    again = {"content": "x", "thread_id": first["id"]}
    assert reasons(ada, "POST", path, json=again) == {
        "thread_id": ["The selected thread id is not an open issue."]
    }
    assert reasons(ada, "POST", path, json={"content": "x", "thread_id": "no"}) == {
        "thread_id": ["The selected thread id is invalid."]
    }


def test_only_issues_of_this_task_are_resolved(database: str, ada: Client) -> None:
    _, tasks = process_of(database, ada, "Fill", "Ship")
    elsewhere, comment = reported(ada, tasks["Ship"]), said(ada, tasks["Fill"], "Fine")
    resolved(ada, tasks["Fill"], elsewhere["id"], 404)
    resolved(ada, tasks["Fill"], "0" * 32, 404)
    resolved(ada, tasks["Fill"], comment["id"], 422)
    assert task_now(ada, tasks["Ship"])["problem"]


@pytest.mark.rule("P-620")
def test_a_comment_labelled_problem_reports_an_issue(database: str, ada: Client) -> None:
    _, tasks = process_of(database, ada, "Fill")
    assert said(ada, tasks["Fill"], "It leaks", label="problem")["label"] == "problem"
    assert task_now(ada, tasks["Fill"])["problem"]


@pytest.mark.rule("P-626")
def test_a_comment_labelled_resolve_clears_the_named_or_the_only_issue(database: str, ada: Client) -> None:
    _, tasks = process_of(database, ada, "Fill")
    assert said(ada, tasks["Fill"], "Nothing here", label="resolve")["resolve_id"] is None
    first, second = reported(ada, tasks["Fill"]), reported(ada, tasks["Fill"])
    assert said(ada, tasks["Fill"], "Which?", label="resolve")["resolve_id"] is None
    named = said(ada, tasks["Fill"], "This", label="resolve", thread_id=first["id"])
    assert named["resolve_id"] == first["id"]
    assert task_now(ada, tasks["Fill"])["problem"]
    assert said(ada, tasks["Fill"], "The rest", label="resolve")["resolve_id"] == second["id"]
    assert not task_now(ada, tasks["Fill"])["problem"]


@pytest.mark.rule("P-626")
def test_deleting_or_relabelling_an_open_issue_clears_it(database: str, ada: Client) -> None:
    process, tasks = process_of(database, ada, "Fill")
    first, second = reported(ada, tasks["Fill"]), reported(ada, tasks["Fill"])
    path = f"/tasks/{tasks['Fill']['id']}/comment"
    assert ada.delete(f"{path}/{first['id']}").status_code == 204
    assert task_now(ada, tasks["Fill"])["problem"]
    ada.data("PUT", f"{path}/{second['id']}", json={"content": "Better so", "label": "improvement"})
    assert not task_now(ada, tasks["Fill"])["problem"]
    assert status_of(ada, process) == "active"


def test_deleting_a_resolved_issue_clears_nothing_else(database: str, ada: Client) -> None:
    _, tasks = process_of(database, ada, "Fill")
    first = reported(ada, tasks["Fill"])
    resolution = resolved(ada, tasks["Fill"], first["id"])["data"]
    reported(ada, tasks["Fill"])
    assert ada.delete(f"/tasks/{tasks['Fill']['id']}/comment/{first['id']}").status_code == 204
    task = ada.data("GET", f"/tasks/{tasks['Fill']['id']}?with=threads")
    assert task["problem"]
    assert [one["resolve_id"] for one in task["threads"]["data"] if one["id"] == resolution["id"]] == [None]
