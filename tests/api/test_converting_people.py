"""Members become guests and guests become members, and keep what is to do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stepwell.people.schemas import GuestShape, UserShape
from tests.api.drawn import draw, grant, join_as, launched, step, tasks_by_title
from tests.api.joining import address, mails_to
from tests.api.oneoffs import one_off, to
from tests.api.talk import completed, task_now
from tests.conftest import Client, House, Server, make_house
from tests.shapes import shaped


@pytest.fixture
def dee(database: str, ada: Client) -> Client:
    return join_as(database, ada, "light", "Dee")


@pytest.fixture
def yard(database: str, server: Server) -> Iterator[House]:
    with make_house(database, server.origin, "Yard") as made:
        yield made


@pytest.mark.rule("G-077", "T-204", "P-776", "G-081")
def test_a_member_who_becomes_a_guest_keeps_open_tasks_and_nothing_else(
    database: str, ada: Client, stan: Client, dee: Client
) -> None:
    group = ada.data("POST", "/groups", 201, json={"name": address(), "members": [dee.user_id]})
    title = ada.data("POST", "/roles", 201, json={"name": address(), "users": [dee.user_id]})
    template = draw(
        database, ada, step("Open", assignees=[dee.user_id]), step("Done", assignees=[dee.user_id])
    )
    grant(database, ada, template, "CHECKLIST_READ", users=[dee.user_id, stan.user_id])
    tasks = tasks_by_title(ada, launched(ada, template, owner_id=stan.user_id))
    completed(dee, tasks["Done"])
    guest = shaped(GuestShape, ada.data("PUT", f"/users/{dee.user_id}/to/guest"))
    assert (guest["email"], guest["first_name"], guest["disabled_at"]) == (dee.email, "Dee", None)
    owners = task_now(ada, tasks["Open"])["owners"]
    assert (owners["guests"], owners["users"]) == ([dee.email], [stan.user_id])
    assert task_now(ada, tasks["Done"])["owners"]["users"] == [dee.user_id]
    assert dee.get("/me/tasks").status_code in (401, 403)
    after = ada.data("GET", f"/groups/{group['id']}")
    assert (after["members"], after["guests"]) == ([], [])
    assert ada.data("GET", f"/roles/{title['id']}")["users"] == []
    granted = ada.data("GET", f"/checklists/{template.id}/permissions")
    assert str(dee.user_id) not in str(granted)
    assert ada.get(f"/users/{dee.user_id}").status_code == 404
    assert ada.data("GET", f"/guests/{dee.email}") == guest
    assert ada.data("PUT", f"/users/{dee.user_id}/to/guest")["link"] == guest["link"], "asked for again"
    never_member = ada.data("POST", "/guests", 201, json={"email": address()})
    assert ada.put(f"/users/{never_member['id']}/to/guest").status_code == 404


@pytest.mark.rule("G-077")
def test_a_part_that_was_done_stays_done(database: str, ada: Client, stan: Client, dee: Client) -> None:
    task = one_off(ada, owners=to(dee, stan), everyone_must_complete=True)
    dee.data("POST", "/completed-tasks", json={"task_id": task["id"]})
    ada.data("PUT", f"/users/{dee.user_id}/to/guest")
    assert task_now(ada, task)["completion_progress"] == 50
    stan.data("POST", "/completed-tasks", json={"task_id": task["id"]})
    assert task_now(ada, task)["status"] == "completed"


@pytest.mark.rule("G-077", "P-445")
def test_a_member_who_owned_the_process_is_not_the_one_beside_the_guest(database: str, yard: House) -> None:
    task = one_off(yard.liv, owners=to(yard.liv))
    yard.ada.data("PUT", f"/users/{yard.liv.user_id}/to/guest")
    owners = task_now(yard.ada, task)["owners"]
    assert (owners["guests"], owners["users"]) == ([yard.liv.email], [yard.ada.user_id])


@pytest.mark.rule("G-084", "T-204", "P-776")
def test_a_guest_who_becomes_a_member_is_invited_and_has_the_tasks(database: str, ada: Client) -> None:
    guest = ada.data("POST", "/guests", 201, json={"email": address(), "first_name": "Mo", "phone": "12"})
    group = ada.data("POST", "/groups", 201, json={"name": address(), "guests": [guest["email"]]})
    template = draw(database, ada, step("Open", guests=[guest["email"]]), step("Ours", groups=[group["id"]]))
    tasks = tasks_by_title(ada, launched(ada, template))
    user = shaped(UserShape, ada.data("POST", f"/guests/{guest['email']}/to/member"))
    assert (user["email"], user["role"], user["status"]) == (guest["email"], "standard", "invited")
    assert (user["first_name"], user["last_name"], user["phone"], user["invited_by"]) == (
        "Mo",
        "",
        "12",
        ada.user_id,
    )
    owners = task_now(ada, tasks["Open"])["owners"]
    assert (owners["guests"], sorted(owners["users"])) == ([], sorted([ada.user_id, user["id"]]))
    after = ada.data("GET", f"/groups/{group['id']}")
    assert (after["members"], after["guests"]) == ([user["id"]], [])
    assert ada.get(f"/guests/{guest['email']}").status_code == 404
    assert mails_to(database, ada, guest["email"])[-1][0] == "invited_to_join"
    assert ada.post(f"/guests/{guest['email']}/to/member", json={}).status_code == 404
    assert ada.data("PUT", f"/users/{user['id']}/role", json={"role": "light"})["role"] == "light"
    again = tasks_by_title(ada, launched(ada, template))
    assert again["Open"]["owners"]["users"] == [user["id"]]


def test_the_role_of_a_guest_who_becomes_a_member_can_be_chosen(ada: Client) -> None:
    guest = ada.data("POST", "/guests", 201, json={"email": address()})
    answer = ada.post(f"/guests/{guest['email']}/to/member", json={"role": "owner"})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["role"])
    assert ada.data("POST", f"/guests/{guest['email']}/to/member", json={"role": "Light"})["role"] == "light"


@pytest.mark.rule("T-204", "G-084")
def test_a_guest_who_is_a_user_elsewhere_becomes_that_user_here(
    database: str, ada: Client, other_house: House
) -> None:
    liv = other_house.liv
    ada.data("POST", "/guests", 201, json={"email": liv.email})
    group = ada.data("POST", "/groups", 201, json={"name": address(), "guests": [liv.email]})
    tasks = [
        one_off(ada, owners=to(guests=(liv.email,))),
        one_off(ada, owners=to(ada, groups=(group["id"],))),
    ]
    user = ada.data("POST", f"/guests/{liv.email}/to/member")
    assert user["id"] == liv.user_id
    assert ada.data("GET", f"/groups/{group['id']}")["members"] == [liv.user_id]
    assert task_now(ada, tasks[0])["owners"]["users"] == [ada.user_id, liv.user_id]
    found = {one["id"] for one in ada.data("GET", f"/users/{liv.user_id}/tasks?per_page=100")}
    assert {one["id"] for one in tasks} <= found
    assert ada.data("GET", f"/guests?q={liv.email}") == []


def test_a_member_comes_and_goes(ada: Client, dee: Client) -> None:
    task = one_off(ada, owners=to(dee))
    for _ in range(2):
        ada.data("PUT", f"/users/{dee.user_id}/to/guest")
        user = ada.data("POST", f"/guests/{dee.email}/to/member", json={"role": "light"})
        assert user["id"] == dee.user_id
        ada.data("DELETE", f"/users/{dee.user_id}/disable")
    assert dee.user_id in task_now(ada, task)["owners"]["users"]
