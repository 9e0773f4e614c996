"""Groups are made, changed and deleted, and what is assigned to them follows."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from stepwell.people.schemas import GroupShape
from tests.api.drawn import draw, launched, step, tasks_by_title
from tests.api.oneoffs import one_off, to
from tests.api.talk import completed, task_now
from tests.conftest import Client, House, Server, make_house
from tests.shapes import shaped


@pytest.fixture(scope="module")
def yard(database: str, server: Server) -> Iterator[House]:
    """An organization of its own, where who may manage groups can be changed."""
    with make_house(database, server.origin, "Yard") as made:
        yield made


def fresh(word: str = "Night shift") -> str:
    return f"{word} {secrets.token_hex(4)}"


def address() -> str:
    return f"mo.{secrets.token_hex(4)}@supplier.example"


def made(client: Client, *members: Client, **more: Any) -> dict[str, Any]:
    body = {"name": fresh(), "members": [one.user_id for one in members], **more}
    group: dict[str, Any] = client.data("POST", "/groups", 201, json=body)
    return group


@pytest.mark.rule("T-206", "G-087", "G-173")
def test_a_group_is_made_of_members_and_of_guests_who_need_not_be_known(
    ada: Client, stan: Client, liv: Client
) -> None:
    name, guest = fresh(), address()
    body = {"name": f" {name} ", "description": "Loading bay", "members": [liv.user_id, str(stan.user_id)],
            "guests": [guest.upper()]}  # fmt: skip
    group = shaped(GroupShape, stan.data("POST", "/groups", 201, json=body))
    assert (group["name"], group["description"], group["logo"]) == (name, "Loading bay", None)
    assert group["members"] == sorted([liv.user_id, stan.user_id])
    assert group["guests"] == [guest]
    assert group["created_at"] == group["updated_at"] == group["last_updated"]
    assert liv.data("GET", f"/groups/{group['id']}") == group
    assert ada.data("GET", f"/guests/{guest}")["email"] == guest
    alone = ada.data("POST", "/groups", 201, json={"name": fresh()})
    assert (alone["description"], alone["members"], alone["guests"]) == ("", [], [])


@pytest.mark.rule("T-206", "G-087")
def test_what_is_sent_replaces_and_what_is_absent_stays(ada: Client, stan: Client, liv: Client) -> None:
    group, guest = made(ada, stan, guests=[address()], description="Old"), address()
    path = f"/groups/{group['id']}"
    after = shaped(GroupShape, ada.data("PUT", path, 201, json={"members": [liv.user_id]}))
    assert (after["members"], after["guests"]) == ([liv.user_id], group["guests"])
    assert (after["name"], after["description"]) == (group["name"], "Old")
    assert ada.data("PATCH", path, 201, json={"guests": [guest], "description": ""})["description"] == ""
    assert ada.data("GET", path)["guests"] == [guest]
    after = ada.data("PUT", path, 201, json={"name": group["name"].upper(), "members": [], "guests": []})
    assert (after["name"], after["members"], after["guests"]) == (group["name"].upper(), [], [])
    assert ada.data("PUT", path, 201, json={})["name"] == after["name"]


@pytest.mark.rule("G-173", "T-206")
def test_every_wrong_field_of_a_group_is_named(ada: Client, otto: Client, stan: Client) -> None:
    taken = made(ada)["name"]
    for name, message in (
        (None, "The name field is required."),
        ("  ", "The name field is required."),
        ("x" * 201, "The name may not be greater than 200 characters."),
        (taken.upper(), "The name has already been taken."),
    ):
        answer = ada.post("/groups", json={"name": name})
        assert (answer.status_code, answer.json()["errors"]) == (422, {"name": [message]})
        answer = ada.put(f"/groups/{made(ada)['id']}", json={"name": name})
        assert (answer.status_code, answer.json()["errors"]) == (422, {"name": [message]})
    bot = next(one["id"] for one in ada.data("GET", "/users?with_bots=true") if one["type"] == "bot")
    body = {"name": fresh(), "members": [stan.user_id, otto.user_id, bot], "guests": [address(), stan.email]}
    assert ada.post("/groups", json=body).json()["errors"] == {
        "members.1": ["The selected members.1 is invalid."],
        "members.2": ["The selected members.2 is invalid."],
        "guests.1": [f"{stan.email} is the address of a member and cannot be a guest"],
    }
    answer = ada.post("/groups", json={"members": "all", "guests": ["nobody"]}).json()["errors"]
    assert answer == {
        "name": ["The name field is required."],
        "members": ["The members must be an array."],
        "guests.0": ["The guests.0 must be a valid email address."],
    }


@pytest.mark.rule("T-201", "G-059")
def test_standard_members_manage_groups_unless_the_organization_keeps_it_to_administrators(
    yard: House, otto: Client
) -> None:
    group = made(yard.stan)
    path = f"/groups/{group['id']}"
    calls: list[tuple[str, str, Any]] = [
        ("POST", "/groups", {"name": ""}), ("PUT", path, {"name": ""}), ("POST", f"{path}/members", {}),
        ("POST", f"{path}/guests", {}), ("DELETE", f"{path}/members/{yard.stan.user_id}", None),
        ("DELETE", f"{path}/guests/mo@supplier.example", None), ("DELETE", path, None),
    ]  # fmt: skip
    for method, target, body in calls:
        assert yard.liv.request(method, target, json=body).status_code == 403
        if target != "/groups":
            foreign = otto.request(
                method, target, json={"name": "Taken", "user_id": otto.user_id, "email": address()}
            )
            assert foreign.status_code == 404, target
    yard.ada.data("PUT", "", json={"allow_manage_groups": False})
    for method, target, body in calls:
        answer = yard.stan.request(method, target, json=body)
        assert (answer.status_code, answer.json()["message"]) == (
            403,
            "Your role does not allow this action.",
        )
    yard.ada.data("PUT", path, 201, json={"members": [yard.stan.user_id]})
    yard.ada.data("PUT", "", json={"allow_manage_groups": True})
    assert yard.stan.delete(path).status_code == 204
    assert yard.stan.put(path, json={"name": ""}).status_code == 404
    assert yard.stan.delete(path).status_code == yard.stan.delete(f"/groups/{uuid4().hex}").status_code == 404


@pytest.mark.rule("P-430", "T-115")
def test_who_joins_or_leaves_has_the_open_tasks_of_the_group_or_has_them_no_more(
    ada: Client, liv: Client
) -> None:
    group = made(ada, liv)
    task = one_off(ada, owners=to(groups=(group["id"],)))

    def of_liv() -> bool:
        return task["id"] in {one["id"] for one in liv.data("GET", "/me/tasks?per_page=100")}

    assert of_liv()
    ada.data("PUT", f"/groups/{group['id']}", 201, json={"members": [ada.user_id]})
    assert not of_liv()
    ada.data("POST", f"/groups/{group['id']}/members", json={"user_id": liv.user_id})
    assert of_liv()
    after = shaped(GroupShape, ada.data("DELETE", f"/groups/{group['id']}/members/{liv.user_id}"))
    assert after["members"] == [ada.user_id]
    assert not of_liv()
    again = ada.data("DELETE", f"/groups/{group['id']}/members/{liv.user_id}")
    assert again["members"] == [ada.user_id]


@pytest.mark.rule("P-323", "P-445")
def test_a_change_of_the_group_completes_what_waits_for_nobody_any_more(
    ada: Client, stan: Client, liv: Client
) -> None:
    group = made(ada, stan, liv)
    task = one_off(ada, owners=to(groups=(group["id"],)), everyone_must_complete=True)
    stan.data("POST", "/completed-tasks", json={"task_id": task["id"]})
    ada.data("PUT", f"/groups/{group['id']}", 201, json={"members": [stan.user_id]})
    assert task_now(ada, task)["status"] == "completed"


def test_guests_join_and_leave_one_by_one(ada: Client) -> None:
    group, guest = made(ada), address()
    path = f"/groups/{group['id']}"
    after = shaped(GroupShape, ada.data("POST", f"{path}/guests", json={"email": guest}))
    assert after["guests"] == [guest]
    assert shaped(GroupShape, ada.data("POST", f"{path}/members", json={"user_id": ada.user_id}))[
        "guests"
    ] == [guest]
    after = shaped(GroupShape, ada.data("DELETE", f"{path}/guests/{guest}"))
    assert (after["guests"], after["members"]) == ([], [ada.user_id])
    assert ada.delete(f"{path}/guests/{address()}").status_code == 404
    assert ada.delete(f"{path}/members/{2**50}").status_code == 404
    answer = ada.post(f"{path}/members", json={"user_id": 2**50})
    assert answer.json()["errors"] == {"members.0": ["The selected members.0 is invalid."]}


@pytest.mark.rule("P-436", "T-207", "G-087")
def test_a_deleted_group_becomes_its_people_on_open_tasks(
    database: str, ada: Client, stan: Client, liv: Client
) -> None:
    guest = address()
    group = made(ada, liv, stan, guests=[guest])
    template = draw(database, ada, step("Open", groups=[group["id"]]), step("Done", groups=[group["id"]]))
    tasks = tasks_by_title(ada, launched(ada, template))
    completed(ada, tasks["Done"])
    assert ada.delete(f"/groups/{group['id']}").status_code == 204
    assert ada.get(f"/groups/{group['id']}").status_code == 404
    owners = task_now(ada, tasks["Open"])["owners"]
    assert (sorted(owners["users"]), owners["guests"], owners["groups"]) == (
        sorted([stan.user_id, liv.user_id]), [guest], [],
    )  # fmt: skip
    assert task_now(ada, tasks["Done"])["owners"]["groups"] == [group["id"]]
    again = tasks_by_title(ada, launched(ada, template))
    assert again["Open"]["owners"]["groups"] == []
