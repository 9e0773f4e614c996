"""Asking everybody who is assigned how a task stands."""

from __future__ import annotations

import pytest

from stepwell.comments.schemas import CommentShape
from tests.api.drawn import draw, group_of, launched, reasons, step, tasks_by_title
from tests.api.oneoffs import one_off, to
from tests.api.talk import completed
from tests.conftest import Client
from tests.shapes import shaped


@pytest.mark.rule("P-588")
def test_a_comment_mentions_all_who_are_assigned(
    database: str, ada: Client, stan: Client, liv: Client
) -> None:
    group = group_of(database, ada, liv)
    task = one_off(ada, owners=to(stan, guests=("mira@client.example",), groups=(group,)))
    asked = shaped(CommentShape, stan.data("POST", f"/tasks/{task['id']}/request-status", 201))
    assert asked["original_content"] == (
        f"@[{stan.user_id}] @[{group}] +mira@client.example What is the status of this task?"
    )
    assert (asked["sent_to"], asked["state"]) == (sorted([stan.user_id, liv.user_id]), "open")
    assert (asked["author_id"], asked["label"]) == (stan.user_id, "comment")
    assert [one["id"] for one in ada.data("GET", f"/tasks/{task['id']}/comments")] == [asked["id"]]


@pytest.mark.rule("P-588")
def test_once_in_ten_minutes(ada: Client, stan: Client) -> None:
    task = one_off(ada, owners=to(stan))
    ada.data("POST", f"/tasks/{task['id']}/request-status", 201)
    answer = stan.post(f"/tasks/{task['id']}/request-status")
    assert (answer.status_code, answer.json()["code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert answer.json()["error"] is True
    assert 590 <= int(answer.headers["retry-after"]) <= 600


def test_only_of_open_tasks_that_are_somebodys(database: str, ada: Client) -> None:
    assert reasons(ada, "POST", f"/tasks/{one_off(ada)['id']}/request-status").keys() == {"owners"}
    done = one_off(ada, owners=to(ada))
    ada.data("POST", "/completed-tasks", json={"task_id": done["id"]})
    assert reasons(ada, "POST", f"/tasks/{done['id']}/request-status").keys() == {"status"}
    process = launched(ada, draw(database, ada, step("A"), step("B")))
    hidden = tasks_by_title(ada, process)["A"]
    ada.data("PUT", f"/runs/{process['id']}/tasks/{hidden['id']}/hide")
    assert reasons(ada, "POST", f"/tasks/{hidden['id']}/request-status").keys() == {"status"}
    other = tasks_by_title(ada, process)["B"]
    completed(ada, other)
    ada.data("DELETE", f"/runs/{process['id']}")
    assert reasons(ada, "POST", f"/tasks/{hidden['id']}/request-status").keys() == {"status"}


def test_light_members_and_strangers_do_not_ask(ada: Client, liv: Client, otto: Client) -> None:
    task = one_off(ada, owners=to(liv))
    assert liv.post(f"/tasks/{task['id']}/request-status").status_code == 403
    assert otto.post(f"/tasks/{task['id']}/request-status").status_code == 404
