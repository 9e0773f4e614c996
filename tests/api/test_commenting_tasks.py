from __future__ import annotations

import pytest

from stepwell.comments.schemas import CommentShape
from tests.api.drawn import reasons
from tests.api.talk import process_of, said, task_now
from tests.conftest import Client
from tests.shapes import shaped


@pytest.mark.rule("P-580", "P-582")
def test_a_comment_on_a_task_has_every_key_and_the_usual_label_and_state(database: str, ada: Client) -> None:
    process, tasks = process_of(database, ada, "Call")
    comment = shaped(CommentShape, said(ada, tasks["Call"], "  Phoned <b>twice</b> "))
    assert comment["content"] == comment["original_content"] == "Phoned <b>twice</b>"
    assert (comment["label"], comment["state"]) == ("comment", "hide-for-guests")
    assert (comment["author_id"], comment["sent_by"]) == (ada.user_id, ada.user_id)
    assert (comment["author_type"], comment["author"]["full_name"]) == ("user", "Ada Acme")
    assert (comment["task_id"], comment["run_id"]) == (tasks["Call"]["id"], process["id"])
    assert (comment["checklist_id"], comment["step_id"]) == (
        process["checklist_id"], tasks["Call"]["step_id"])  # fmt: skip
    assert comment["subject"] == {"id": tasks["Call"]["id"], "type": "Task"}
    assert comment["updated_at"] == comment["last_updated_at"] == comment["created_at"]
    assert (comment["parent_id"], comment["resolve_id"], comment["archived_at"]) == (None, None, None)
    assert (comment["sent_to"], comment["reactions"], comment["replies_count"]) == ([], [], 0)
    assert comment["created_ago"].endswith("ago")


def test_label_and_state_are_taken_in_any_case(database: str, ada: Client) -> None:
    _, tasks = process_of(database, ada, "Call")
    comment = said(ada, tasks["Call"], "Nicer", state="Open", label=" Advice")
    assert (comment["label"], comment["state"]) == ("advice", "open")


def test_comments_are_refused_with_all_that_is_wrong(database: str, ada: Client) -> None:
    _, tasks = process_of(database, ada, "Call")
    path = f"/tasks/{tasks['Call']['id']}/comment"
    required = {"content": ["The content field is required."]}
    for empty in ({}, {"content": None}, {"content": " "}, {"content": "<p>&nbsp;</p>"},
                  {"content": "<script>alert(1)</script>"}):  # fmt: skip
        assert reasons(ada, "POST", path, json=empty) == required
    assert reasons(ada, "POST", path, json={"content": 5, "label": "shout", "state": "shut"}) == {
        "content": ["The content must be a string."],
        "label": ["The selected label is invalid."],
        "state": ["The selected state is invalid."],
    }
    assert reasons(ada, "POST", path, json={"content": "x" * 65_536}) == {
        "content": ["The content may not be greater than 65535 characters."]
    }
    assert len(said(ada, tasks["Call"], "x" * 65_535)["content"]) == 65_535


def test_what_could_run_is_taken_out_of_a_comment(database: str, ada: Client) -> None:
    _, tasks = process_of(database, ada, "Call")
    comment = said(ada, tasks["Call"], '<p onclick="x()">Hi</p><script>y()</script>')
    assert comment["content"] == comment["original_content"] == "<p>Hi</p>"
    picture = said(ada, tasks["Call"], '<img src="https://acme.example/a.png">')
    assert "<img" in picture["content"]


@pytest.mark.rule("P-581")
def test_whoever_sees_a_task_may_comment_on_it(
    database: str, ada: Client, stan: Client, liv: Client, otto: Client
) -> None:
    _, tasks = process_of(database, ada, "Call")
    path = f"/tasks/{tasks['Call']['id']}/comment"
    said(stan, tasks["Call"], "Me too")
    for body in ({"content": "x"}, {}):
        assert liv.post(path, json=body).status_code == 403
        assert otto.post(path, json=body).status_code == 404
    _, mine = process_of(database, ada, "Call", assignees=[liv.user_id])
    assert said(liv, mine["Call"], "Done soon")["author_id"] == liv.user_id


@pytest.mark.rule("P-214")
def test_top_secret_tasks_are_talked_about_by_those_who_see_them(
    database: str, ada: Client, stan: Client, liv: Client
) -> None:
    _, tasks = process_of(database, ada, "Vault", top_secret=True, assignees=[liv.user_id])
    said(liv, tasks["Vault"], "Opened")
    said(ada, tasks["Vault"], "Closed")
    assert stan.post(f"/tasks/{tasks['Vault']['id']}/comment", json={"content": "?"}).status_code == 403
    assert stan.get(f"/tasks/{tasks['Vault']['id']}/comments").status_code == 403


@pytest.mark.rule("P-021")
def test_the_first_comment_of_an_assignee_starts_the_task(database: str, ada: Client, stan: Client) -> None:
    _, tasks = process_of(database, ada, "Call", assignees=[stan.user_id])
    said(ada, tasks["Call"], "Please")
    ada.data("POST", f"/tasks/{tasks['Call']['id']}/bot-comment", 201, json={"content": "Beep"})
    assert task_now(ada, tasks["Call"])["status"] == "not-started"
    said(stan, tasks["Call"], "On it")
    assert task_now(ada, tasks["Call"])["status"] == "in-progress"


def test_archived_processes_are_not_talked_about(database: str, ada: Client) -> None:
    process, tasks = process_of(database, ada, "Call")
    ada.data("DELETE", f"/runs/{process['id']}")
    for path in (f"/tasks/{tasks['Call']['id']}/comment", f"/runs/{process['id']}/comment"):
        answer = ada.post(path, json={"content": "Late"})
        assert (answer.status_code, answer.json()["message"]) == (422, "Cannot update archived processes.")


def test_a_comment_moves_the_time_of_change_of_task_and_process(database: str, ada: Client) -> None:
    process, tasks = process_of(database, ada, "Call")
    comment = said(ada, tasks["Call"], "Now")
    assert task_now(ada, tasks["Call"])["last_updated"] == comment["created_at"]
    assert ada.data("GET", f"/runs/{process['id']}")["last_updated"] == comment["created_at"]


def test_the_bot_says_what_it_is_told_and_tells_nobody(
    database: str, ada: Client, stan: Client, liv: Client
) -> None:
    _, tasks = process_of(database, ada, "Call")
    path = f"/tasks/{tasks['Call']['id']}/bot-comment"
    comment = stan.data("POST", path, 201, json={"content": f"@[{liv.user_id}] Beep"})
    shaped(CommentShape, comment)
    assert (comment["author_id"], comment["author_type"], comment["author"]) == (None, "bot", None)
    assert comment["sent_to"] == []
    assert comment["content"] == "<strong>Liv Acme</strong> Beep"
    assert liv.get(f"/tasks/{tasks['Call']['id']}").status_code == 403
    assert reasons(stan, "POST", path, json={}) == {"content": ["The content field is required."]}
    assert liv.post(path, json={"content": "x"}).status_code == 403


def test_the_address_within_the_process_takes_text_for_content(database: str, ada: Client) -> None:
    process, tasks = process_of(database, ada, "Call")
    _, others = process_of(database, ada, "Call")
    path = f"/runs/{process['id']}/tasks/{tasks['Call']['id']}/comments"
    comment = shaped(CommentShape, ada.data("POST", path, 201, json={"text": "Moved over"}))
    assert comment["content"] == "Moved over"
    elsewhere = f"/runs/{process['id']}/tasks/{others['Call']['id']}/comments"
    assert ada.post(elsewhere, json={"text": "x"}).status_code == 404
    assert ada.post(elsewhere, json={}).status_code == 404
    assert ada.get(elsewhere).status_code == 404
