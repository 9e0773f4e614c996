from __future__ import annotations

import pytest

from stepwell.comments.schemas import CommentShape
from tests.api.drawn import reasons
from tests.api.talk import process_of, reported, said, task_now
from tests.conftest import Client
from tests.shapes import shaped


def path_of(task: dict[str, str], comment: dict[str, str]) -> str:
    return f"/tasks/{task['id']}/comment/{comment['id']}"


@pytest.mark.rule("P-584")
def test_the_author_and_administrators_change_a_comment(
    database: str, ada: Client, stan: Client, liv: Client, otto: Client
) -> None:
    _, tasks = process_of(database, ada, "Call", assignees=[liv.user_id])
    comment = said(stan, tasks["Call"], "Frist")
    path = path_of(tasks["Call"], comment)
    changed = shaped(CommentShape, stan.data("PUT", path, json={"content": "First"}))
    assert (changed["id"], changed["content"]) == (comment["id"], "First")
    assert (changed["state"], changed["label"]) == (comment["state"], comment["label"])
    assert ada.data("PUT", path, json={"content": "First!", "state": "open"})["state"] == "open"
    for body in ({"content": "Mine"}, {"content": "Mine", "label": "advice"}):
        assert liv.put(path, json=body).status_code == 403
        assert otto.put(path, json=body).status_code == 404
    assert liv.delete(path).status_code == 403
    assert otto.delete(path).status_code == 404


def test_a_change_needs_words_and_a_known_label(database: str, ada: Client) -> None:
    _, tasks = process_of(database, ada, "Call")
    path = path_of(tasks["Call"], said(ada, tasks["Call"], "First"))
    assert reasons(ada, "PUT", path, json={"state": "open"}) == {
        "content": ["The content field is required."]
    }
    assert reasons(ada, "PUT", path, json={"content": "", "label": "x", "state": "y"}) == {
        "content": ["The content field is required."],
        "label": ["The selected label is invalid."],
        "state": ["The selected state is invalid."],
    }
    for label in ("problem", "resolve"):
        body = {"content": "First", "label": label}
        assert reasons(ada, "PUT", path, json=body) == {"label": ["The selected label is invalid."]}
    assert not task_now(ada, tasks["Call"])["problem"]


@pytest.mark.rule("P-583")
def test_patch_changes_what_is_sent(database: str, ada: Client) -> None:
    _, tasks = process_of(database, ada, "Call")
    comment = said(ada, tasks["Call"], "First")
    changed = shaped(CommentShape, ada.data("PATCH", path_of(tasks["Call"], comment), json={"state": "open"}))
    assert (changed["state"], changed["content"]) == ("open", "First")


def test_an_issue_keeps_its_label_when_it_is_sent_as_it_is(database: str, ada: Client) -> None:
    _, tasks = process_of(database, ada, "Call")
    issue = reported(ada, tasks["Call"])
    body = {"content": "It leaks a lot", "label": "problem"}
    changed = ada.data("PUT", path_of(tasks["Call"], issue), json=body)
    assert (changed["label"], changed["resolve_id"]) == ("problem", None)
    assert task_now(ada, tasks["Call"])["problem"]


@pytest.mark.rule("P-584")
def test_a_deleted_comment_is_gone_and_its_replies_stay(database: str, ada: Client, stan: Client) -> None:
    _, tasks = process_of(database, ada, "Call")
    comment = said(stan, tasks["Call"], "First")
    reply = ada.data("POST", f"{path_of(tasks['Call'], comment)}/reply", 201, json={"content": "Second"})
    answer = stan.delete(path_of(tasks["Call"], comment))
    assert (answer.status_code, answer.content) == (204, b"")
    assert stan.delete(path_of(tasks["Call"], comment)).status_code == 404
    left = ada.data("GET", f"/tasks/{tasks['Call']['id']}/comments")
    assert [(one["id"], one["parent_id"]) for one in left] == [(reply["id"], None)]


def test_comments_are_found_on_their_own_task_only(database: str, ada: Client) -> None:
    _, tasks = process_of(database, ada, "Call", "Ship")
    comment = said(ada, tasks["Call"], "First")
    path = path_of(tasks["Ship"], comment)
    for method, body in (("PUT", {"content": "x"}), ("PATCH", {}), ("DELETE", None)):
        assert ada.request(method, path, json=body).status_code == 404
    assert ada.post(f"{path}/reply", json={"content": "x"}).status_code == 404
    assert ada.put(f"{path}/reactions/%F0%9F%91%8D").status_code == 404
    assert ada.delete(f"/tasks/{tasks['Call']['id']}/comment/nonsense").status_code == 404


def test_a_reply_names_what_it_answers(database: str, ada: Client, stan: Client, liv: Client) -> None:
    _, tasks = process_of(database, ada, "Call")
    comment = said(ada, tasks["Call"], "First")
    path = f"{path_of(tasks['Call'], comment)}/reply"
    reply = shaped(CommentShape, stan.data("POST", path, 201, json={"content": "Second"}))
    assert (reply["parent_id"], reply["label"]) == (comment["id"], "comment")
    listed = ada.data("GET", f"/tasks/{tasks['Call']['id']}/comments")
    assert [one["replies_count"] for one in listed] == [1, 0]
    assert liv.post(path, json={"content": "x"}).status_code == 403
    assert reasons(ada, "POST", path, json={}) == {"content": ["The content field is required."]}


@pytest.mark.rule("P-589")
def test_reactions_are_one_of_a_kind_per_person(
    database: str, ada: Client, stan: Client, liv: Client
) -> None:
    _, tasks = process_of(database, ada, "Call")
    comment = said(ada, tasks["Call"], "First")
    path = f"{path_of(tasks['Call'], comment)}/reactions"
    for client in (ada, ada, stan):
        reacted = shaped(CommentShape, client.data("PUT", f"{path}/👍"))
    assert reacted["reactions"] == [{"emoji": "👍", "users": [ada.user_id, stan.user_id]}]
    assert reacted["updated_at"] == comment["updated_at"]
    ada.data("PUT", f"{path}/🎉")
    back = shaped(CommentShape, ada.data("DELETE", f"{path}/👍"))
    assert back["reactions"] == [
        {"emoji": "👍", "users": [stan.user_id]},
        {"emoji": "🎉", "users": [ada.user_id]},
    ]
    assert ada.data("DELETE", f"{path}/👍")["reactions"] == back["reactions"]
    assert stan.data("DELETE", f"{path}/👍")["reactions"] == back["reactions"][1:]
    assert liv.put(f"{path}/👍").status_code == 403
    for odd in ("a b", "<b>", "x" * 33):
        assert reasons(ada, "PUT", f"{path}/{odd}") == {"emoji": ["The selected emoji is invalid."]}
