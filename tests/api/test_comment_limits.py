"""How much an organization may say within an hour."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import psycopg
import pytest

from stepwell.organizations.setup import enter
from tests.api.oneoffs import one_off, to
from tests.api.talk import said
from tests.conftest import House, make_house, start_server


@pytest.fixture
def strict(database: str, tmp_path: Path) -> Iterator[House]:
    """An organization on a server that takes four comments and three guests an hour."""
    limits = {"STEPWELL_COMMENTS_PER_HOUR": "4", "STEPWELL_GUEST_INVITES_PER_HOUR": "3"}
    running = start_server(database, tmp_path / "strict.log", settings=limits)
    with make_house(database, running.origin, "Strict") as made:
        yield made
    running.process.terminate()
    running.process.wait(10)


def later(database: str, house: House, by: timedelta) -> None:
    """As if all comments had been made that much earlier."""
    with psycopg.connect(database) as owner:
        enter(owner, house.id)
        owner.execute(
            "UPDATE comments SET created_at = created_at - %s WHERE organization_id = %s", [by, house.id]
        )


def refusal(answer: httpx.Response) -> str:
    assert answer.status_code == 429
    body = answer.json()
    assert (body["error"], body["code"]) == (True, "RATE_LIMIT_EXCEEDED")
    assert 1 <= int(answer.headers["retry-after"]) <= 3600
    return str(body["message"])


@pytest.mark.rule("P-594")
def test_more_comments_than_the_limit_are_refused_until_the_first_is_an_hour_old(
    database: str, strict: House
) -> None:
    ada, stan = strict.ada, strict.stan
    task, other = one_off(ada, owners=to(ada)), one_off(stan)
    path = f"/tasks/{task['id']}"
    for _ in range(5):
        ada.data("POST", f"{path}/bot-comment", 201, json={"content": "The bot's do not count"})
    said(ada, task, "One")
    later(database, strict, timedelta(minutes=30))
    said(stan, other, "Two")
    ada.data("POST", f"{path}/problem", 201, json={"content": "Three"})
    ada.data("POST", f"{path}/resolved-threads", json={"content": "Four"})
    over = stan.post(f"/tasks/{other['id']}/comment", json={"content": "Five"})
    assert refusal(over) == (
        "You've reached the hourly limit for Comment (4 per hour per organization). Please try again in 30 minutes."
    )
    assert 1700 <= int(over.headers["retry-after"]) <= 1800
    closing = ada.post("/completed-tasks", json={"task_id": task["id"], "comment": "Done"})
    assert "Comment (4 per hour" in refusal(closing)
    assert ada.data("GET", path)["status"] == "in-progress"
    assert ada.data("POST", "/completed-tasks", json={"task_id": task["id"]})["status"] == "completed"
    later(database, strict, timedelta(minutes=30))
    said(stan, other, "Five")


@pytest.mark.rule("P-594", "P-442")
def test_more_new_guests_than_the_limit_are_refused_with_their_comment(database: str, strict: House) -> None:
    ada = strict.ada
    task = one_off(ada, owners=to(ada))
    said(ada, task, "+a@client.example and +b@client.example")
    said(
        ada, one_off(ada, owners=to(ada)), "+a@client.example is known and counts no more, +c@client.example"
    )
    over = ada.post(f"/tasks/{task['id']}/comment", json={"content": "+d@client.example"})
    assert "Guest Invite (3 per hour per organization)" in refusal(over)
    assert ada.data("GET", f"/tasks/{task['id']}")["owners"]["guests"] == [
        "a@client.example",
        "b@client.example",
    ]
    assert len(ada.data("GET", f"/tasks/{task['id']}/comments")) == 1
    said(ada, task, "+c@client.example is known")
    later(database, strict, timedelta(minutes=61))
    said(ada, task, "+d@client.example")
    guests = ada.data("GET", f"/tasks/{task['id']}")["owners"]["guests"]
    assert guests == [f"{letter}@client.example" for letter in "abcd"]
