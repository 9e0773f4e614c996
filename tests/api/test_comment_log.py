from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg

from stepwell.organizations.setup import enter
from tests.api.talk import process_of, reported, resolved, said, template_of
from tests.conftest import Client


def log(database: str, client: Client, subject_id: str) -> list[tuple[str, str, str, str]]:
    """Verb, kind, object and comment of all that was logged about comments of a subject, oldest first."""
    with psycopg.connect(database) as owner:
        enter(owner, UUID(client.organization_id))
        query = """
            SELECT verb, kind, hex(object_id), new ->> 'comment_id' FROM events
             WHERE subject_id = %s AND kind = 'Comment' ORDER BY number
        """
        rows: list[tuple[Any, ...]] = owner.execute(query, [subject_id]).fetchall()
        return [(verb, kind, about, comment) for verb, kind, about, comment in rows]


def test_what_happens_to_comments_and_issues_is_logged(database: str, ada: Client) -> None:
    process, tasks = process_of(database, ada, "Call")
    task = tasks["Call"]["id"]
    comment = said(ada, tasks["Call"], "Hi")["id"]
    issue = reported(ada, tasks["Call"])["id"]
    resolution = resolved(ada, tasks["Call"], issue)["data"]["id"]
    ada.data("PUT", f"/tasks/{task}/comment/{comment}", json={"content": "Hello"})
    assert ada.delete(f"/tasks/{task}/comment/{comment}").status_code == 204
    whole = ada.data("POST", f"/runs/{process['id']}/comment", 201, json={"content": "Hi"})["id"]
    assert log(database, ada, process["id"]) == [
        ("commented", "Comment", task, comment),
        ("issue-reported", "Comment", task, issue),
        ("issue-resolved", "Comment", task, resolution),
        ("updated", "Comment", task, comment),
        ("comment-deleted", "Comment", task, comment),
        ("commented", "Comment", process["id"], whole),
    ]


def test_what_is_said_about_a_template_is_in_its_log(database: str, ada: Client) -> None:
    template = template_of(database, ada, "Call")
    path = f"/checklists/{template.id}"
    comment = ada.data("POST", f"{path}/comment", 201, json={"content": "Hi"})["id"]
    issue = ada.data("POST", f"{path}/problem", 201, json={"content": "Typo"})["id"]
    resolution = ada.data("POST", f"{path}/resolved-threads", json={"content": "Fixed"})["id"]
    assert log(database, ada, template.id) == [
        ("commented", "Comment", template.id, comment),
        ("issue-reported", "Comment", template.id, issue),
        ("issue-resolved", "Comment", template.id, resolution),
    ]
