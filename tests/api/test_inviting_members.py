"""Members are invited by mail, again and again until they accept, or not any more."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import psycopg
import pytest

from stepwell.organizations.setup import enter
from stepwell.people.inviting import hash_of_code
from stepwell.people.schemas import UserShape
from tests.api.drawn import join_as, leave
from tests.api.joining import address, link_in, mails_to
from tests.api.oneoffs import one_off, to
from tests.conftest import Client, House, Server, make_house
from tests.shapes import shaped


@pytest.fixture(scope="module")
def yard(database: str, server: Server) -> Iterator[House]:
    """An organization of its own, where who may invite can be changed."""
    with make_house(database, server.origin, "Yard") as made:
        yield made


def invited(client: Client, **more: Any) -> dict[str, Any]:
    body = {"email": address("new"), **more}
    user: dict[str, Any] = client.data("POST", "/users/invite", json=body)
    return user


def kept_codes(database: str, client: Client, person_id: int) -> list[tuple[bytes, str]]:
    with psycopg.connect(database) as owner:
        enter(owner, UUID(client.organization_id))
        query = "SELECT code_hash, role FROM invitations WHERE person_id = %s"
        return owner.execute(query, [person_id]).fetchall()


@pytest.mark.rule("G-066", "T-202", "G-065")
def test_only_an_address_is_needed_and_the_role_is_light(ada: Client, stan: Client, liv: Client) -> None:
    email = address("new")
    user = shaped(UserShape, stan.data("POST", "/users/invite", json={"email": email.upper()}))
    assert (user["email"], user["role"], user["status"], user["active"]) == (email, "light", "invited", False)
    assert (user["first_name"], user["last_name"], user["timezone"]) == (email.split("@")[0][:32], "", "UTC")
    assert (user["invited_by"], user["approved_at"] is None) == (stan.user_id, False)
    assert user["id"] in {one["id"] for one in liv.data("GET", "/users?status=invited")}
    names = {
        "first_name": "Nora",
        "last_name": "Ek",
        "role": "Admin",
        "timezone": "Europe/Oslo",
        "message": "Hi",
    }
    user = shaped(UserShape, ada.data("POST", "/users", json={"email": address(), **names}))
    assert (user["full_name"], user["role"], user["timezone"]) == ("Nora Ek", "admin", "Europe/Oslo")
    assert ada.data("GET", f"/users/{user['id']}") == user
    assert user in [shaped(UserShape, one) for one in ada.data("GET", "/members?q=nora")]
    assert ada.data("GET", "")["users_count"] < len(ada.data("GET", "/users"))


def test_the_mail_holds_a_link_of_which_only_the_hash_is_kept(database: str, ada: Client) -> None:
    user = invited(ada, message="Join us <b>now</b>\nplease")
    kind, subject, body = mails_to(database, ada, user["email"])[0]
    assert (kind, subject) == ("invited_to_join", "Join Acme")
    assert "Join us &lt;b&gt;now&lt;/b&gt;<br>please" in body
    code = link_in(body).rpartition("/invitations/")[2]
    assert code.startswith(ada.organization_id)
    assert kept_codes(database, ada, user["id"]) == [(hash_of_code(code), "light")]


@pytest.mark.rule("G-066")
def test_invited_again_is_sent_again_and_nothing_else_changes(
    database: str, ada: Client, stan: Client
) -> None:
    user = invited(ada, role="standard", first_name="Nora")
    again = stan.data(
        "POST", "/users/invite", json={"email": user["email"], "first_name": "Max", "role": "light"}
    )
    assert again == user
    assert shaped(UserShape, ada.data("POST", f"/users/{user['id']}/resend-invite")) == user
    codes = [link_in(body).rpartition("/")[2] for _, _, body in mails_to(database, ada, user["email"])]
    assert len(set(codes)) == 3
    assert kept_codes(database, ada, user["id"]) == [(hash_of_code(codes[-1]), "standard")]


@pytest.mark.rule("P-431", "T-119")
def test_somebody_who_is_invited_can_be_assigned(ada: Client) -> None:
    user = invited(ada)
    task = one_off(ada, owners={"users": [user["id"]], "guests": [], "groups": []})
    assert task["owners"]["users"] == [user["id"]]


@pytest.mark.rule("G-066", "P-444")
def test_who_is_a_member_already_is_refused(database: str, ada: Client, liv: Client) -> None:
    gone = join_as(database, ada, "light")
    leave(database, gone)
    for email in (liv.email, gone.email, f"bot@{ada.organization_id}.invalid"):
        answer = ada.post("/users/invite", json={"email": email})
        assert answer.status_code == 422
        assert answer.json()["errors"] == {
            "email": ["This email address already belongs to a member of this organization."]
        }


def test_every_wrong_field_of_an_invitation_is_named(ada: Client) -> None:
    body = {"email": "x", "first_name": "https://evil.example", "last_name": "x" * 33, "role": "owner",
            "message": "x" * 5001, "timezone": "Mars"}  # fmt: skip
    found = ada.post("/users/invite", json=body).json()["errors"]
    assert set(found) == set(body)
    assert found["first_name"] == ["The first name may not be a web address."]
    assert ada.post("/users/invite", json={}).json()["errors"] == {"email": ["The email field is required."]}


@pytest.mark.rule("G-066", "T-201", "G-059")
def test_who_may_invite(yard: House, otto: Client) -> None:
    for path in ("/users/invite", "/users"):
        assert yard.liv.post(path, json={"email": ""}).status_code == 403
    answer = yard.stan.post("/users/invite", json={"email": address(), "role": "admin"})
    assert (answer.status_code, answer.json()["message"]) == (
        403,
        "Your role does not allow inviting administrators.",
    )
    yard.stan.data("POST", "/users/invite", json={"email": address(), "role": "standard"})
    yard.ada.data("PUT", "", json={"allow_user_invite": False})
    assert yard.stan.post("/users/invite", json={"email": ""}).status_code == 403
    user = invited(yard.ada)
    for method, path in (("POST", "resend-invite"), ("DELETE", "invite"), ("DELETE", "withdraw-invite")):
        assert yard.stan.request(method, f"/users/{user['id']}/{path}").status_code == 403
        assert otto.request(method, f"/users/{user['id']}/{path}").status_code == 404
        answer = yard.ada.request(method, f"/users/{yard.stan.user_id}/{path}")
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["status"])


@pytest.mark.parametrize("path", ["invite", "withdraw-invite"])
def test_a_withdrawn_invitation_frees_the_address(database: str, ada: Client, path: str) -> None:
    user = invited(ada)
    assert ada.delete(f"/users/{user['id']}/{path}").status_code == 204
    assert kept_codes(database, ada, user["id"]) == []
    assert ada.get(f"/users?q={user['email']}").json()["data"] == []
    assert ada.post(f"/users/{user['id']}/resend-invite").status_code == 404
    assert ada.data("POST", "/guests", 201, json={"email": user["email"]})["email"] == user["email"]


@pytest.mark.rule("G-066")
def test_a_guest_who_is_invited_stays_a_guest_until_it_is_accepted(database: str, ada: Client) -> None:
    guest = ada.data("POST", "/guests", 201, json={"email": address(), "first_name": "Mo"})
    task = one_off(ada, owners=to(ada, guests=(guest["email"],)))
    user = shaped(
        UserShape, ada.data("POST", "/users/invite", json={"email": guest["email"], "role": "standard"})
    )
    assert (user["id"], user["status"], user["role"], user["first_name"]) == (
        guest["id"],
        "invited",
        "standard",
        "Mo",
    )
    assert ada.data("GET", f"/guests/{guest['email']}")["link"] == guest["link"]
    assert ada.data("GET", f"/tasks/{task['id']}")["owners"]["guests"] == [guest["email"]]
    assert user["id"] in {one["id"] for one in ada.data("GET", "/users?status=invited")}
    assert ada.data("POST", f"/users/{user['id']}/resend-invite")["role"] == "standard"
    assert ada.delete(f"/users/{user['id']}/invite").status_code == 204
    assert ada.get(f"/users/{user['id']}").status_code == 404
    assert ada.data("GET", f"/guests/{guest['email']}")["link"] == guest["link"]


def test_a_user_of_another_organization_is_the_same_user_here(ada: Client, other_house: House) -> None:
    user = ada.data("POST", "/users/invite", json={"email": other_house.stan.email})
    assert user["id"] == other_house.stan.user_id
    answer = other_house.stan.get(f"{ada.root}/organizations/{ada.organization_id}/me")
    assert (answer.status_code, answer.json()["code"]) == (403, "ORG_FORBIDDEN")
    assert ada.delete(f"/users/{user['id']}/invite").status_code == 204
    assert other_house.stan.get("/me").status_code == 200
    again = ada.data("POST", "/users/invite", json={"email": other_house.stan.email, "role": "standard"})
    assert (again["id"], again["role"], again["status"]) == (user["id"], "standard", "invited")
    assert ada.delete(f"/users/{user['id']}/invite").status_code == 204


@pytest.mark.rule("G-066")
def test_two_who_invite_the_same_person_at_once_invite_one(ada: Client, stan: Client) -> None:
    email = address("twin")
    with ThreadPoolExecutor(4) as threads:
        found = list(
            threads.map(
                lambda client: client.data("POST", "/users/invite", json={"email": email}),
                [ada, stan, ada, stan],
            )
        )
    assert len({one["id"] for one in found}) == 1
    assert len(ada.data("GET", f"/users?q={email}")) == 1
