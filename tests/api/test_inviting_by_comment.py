"""Guests whom a comment brings in: +address and @address assign them."""

from __future__ import annotations

import secrets

import pytest

from tests.api.drawn import draw, launched, step, tasks_by_title
from tests.api.oneoffs import log_of, one_off, to
from tests.api.talk import completed, said, task_now
from tests.conftest import Client


def new_address() -> str:
    return f"mira.{secrets.token_hex(5)}@client.example"


@pytest.mark.rule("P-442", "T-117")
@pytest.mark.parametrize(
    "text", ["Please look, +{}.", "<p>+{}</p>", "+{}", "(+{})", "@{} please", "<b>Hi</b> @{}, thanks"]
)
def test_an_address_behind_plus_or_at_is_assigned(ada: Client, text: str) -> None:
    address = new_address()
    task = one_off(ada, owners=to(ada))
    said(ada, task, text.format(address.upper()))
    owners = task_now(ada, task)["owners"]
    assert (owners["guests"], owners["users"]) == ([address], [ada.user_id])
    assert f"/{ada.organization_id}/guest/" in owners["taskUrls"][0]
    said(ada, task, f"Again +{address}")
    assert task_now(ada, task)["owners"]["guests"] == [address]
    assert [verb for verb, _ in log_of(ada, task)].count("owners-updated") == 1


@pytest.mark.rule("P-442", "P-445")
def test_a_guest_brought_into_a_task_of_nobody_gets_a_member_beside(database: str, ada: Client) -> None:
    process = launched(ada, draw(database, ada, step("A", assign_run_starter=False)))
    task = tasks_by_title(ada, process)["A"]
    address = new_address()
    ada.data("POST", f"/tasks/{task['id']}/problem", 201, json={"content": f"Broken, +{address}"})
    owners = task_now(ada, task)["owners"]
    assert (owners["guests"], owners["users"]) == ([address], [ada.user_id])


@pytest.mark.rule("P-442")
def test_what_is_no_invitation_assigns_nobody(ada: Client, stan: Client) -> None:
    task = one_off(ada, owners=to(ada))
    address = new_address()
    for text in (
        f"Write to {address}",
        f"1+{address}",
        "+mira",
        "+mira@client",
        f"+{stan.email}",
        "@[12] + 3",
    ):
        said(ada, task, text)
    assert task_now(ada, task)["owners"]["guests"] == []


@pytest.mark.rule("P-442", "P-302", "P-305")
def test_only_those_who_may_assign_bring_guests_in(
    database: str, ada: Client, stan: Client, liv: Client
) -> None:
    address = new_address()
    mine = one_off(ada, owners=to(liv, ada))
    said(liv, mine, f"+{address}")
    restricted = one_off(ada, owners=to(ada), can_complete_only_assignees=True)
    said(stan, restricted, f"+{address}")
    done = launched(ada, draw(database, ada, step("A")))
    task = tasks_by_title(ada, done)["A"]
    completed(ada, task)
    said(ada, task, f"+{address}")
    closed = launched(ada, draw(database, ada, step("B", allow_guest_owners=False)))
    inside = tasks_by_title(ada, closed)["B"]
    said(ada, inside, f"+{address}")
    for one in (mine, restricted, task, inside):
        assert task_now(ada, one)["owners"]["guests"] == []


def test_more_guests_than_the_task_takes_are_refused_with_the_comment(ada: Client) -> None:
    task = one_off(ada, owners=to(ada), max_assignable=1)
    answer = ada.post(f"/tasks/{task['id']}/comment", json={"content": f"+{new_address()}"})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["owners"])
    assert ada.data("GET", f"/tasks/{task['id']}/comments") == []
