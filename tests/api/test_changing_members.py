"""Profiles and roles of members."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest

from stepwell.organizations.schemas import OrganizationShape
from stepwell.organizations.setup import NewMember, add_member
from stepwell.people.schemas import MinimalUserShape, UserShape
from tests.api.drawn import draw, join_as, step
from tests.api.joining import mails_to
from tests.conftest import Client, Server, make_house
from tests.shapes import shaped

KEEP_DEFAULT = (
    "Cannot modify the default administrator. Please assign another member as default administrator first."
)
PROFILE: dict[str, Any] = {
    "first_name": "Deana", "last_name": "Quist", "timezone": "Europe/Oslo", "phone": "+47 1", "job_title": "Welder",
    "job_description": "Welds", "team": "Night", "country_id": 7, "date_format": "dd/mm/yyyy", "step_preferences": True,
}  # fmt: skip


@pytest.fixture
def dee(database: str, ada: Client) -> Client:
    return join_as(database, ada, "standard", "Dee")


def bot_of(client: Client) -> int:
    return int(next(one["id"] for one in client.data("GET", "/users?with_bots=true") if one["type"] == "bot"))


@pytest.mark.rule("G-040", "G-038")
def test_what_is_sent_of_a_profile_changes_and_the_member_is_told(
    database: str, ada: Client, dee: Client
) -> None:
    body = {
        **PROFILE,
        "date_format": "DD/MM/YYYY",
        "email": "else@staff.example",
        "username": f"dee-{dee.user_id}",
    }
    after = shaped(UserShape, ada.data("PUT", f"/users/{dee.user_id}", json=body))
    assert {name: after[name] for name in PROFILE} == PROFILE
    assert (after["email"], after["username"], after["UTC_offset"][0]) == (
        dee.email,
        f"dee-{dee.user_id}",
        "+",
    )
    kind, _, text = mails_to(database, ada, dee.email)[-1]
    assert kind == "profile_changed"
    assert "first name, last name, username, country id, date format" in text
    again = ada.data("PATCH", f"/users/{dee.user_id}", json=PROFILE)
    assert again == after
    assert len(mails_to(database, ada, dee.email)) == 1
    mine = shaped(UserShape, dee.data("PUT", f"/users/{dee.user_id}", json={"phone": "", "team": None}))
    assert (mine["phone"], mine["team"], mine["job_title"]) == (None, None, "Welder")


@pytest.mark.rule("G-038", "G-040")
def test_everybody_changes_the_own_profile_and_how_things_are_shown(database: str, ada: Client) -> None:
    lea = join_as(database, ada, "light", "Lea")
    body = {
        "last_name": "Ek",
        "locale": "nb",
        "date_display": "hard",
        "sounds": "no",
        "content_language": "fr",
    }
    after = shaped(UserShape, lea.data("PUT", "/me", json=body))
    assert (after["full_name"], after["locale"]) == ("Lea Ek", "nb")
    kept = {one["slug"]: one["value"] for one in lea.data("GET", "/me/preferences")}
    assert kept == {"date_display": "hard", "sounds": "false", "content_language": "fr"}
    assert lea.data("PATCH", "/me", json={})["last_name"] == "Ek"


@pytest.mark.rule("G-040")
def test_every_wrong_field_of_a_profile_is_named(ada: Client, dee: Client, stan: Client) -> None:
    wrong = {"first_name": None, "last_name": "www.evil.example", "timezone": "", "phone": "1" * 21, "country_id": 9999,
             "date_format": "iso", "step_preferences": "maybe", "username": "a b"}  # fmt: skip
    for client, path in ((ada, f"/users/{dee.user_id}"), (dee, "/me")):
        answer = client.put(path, json=wrong)
        assert (answer.status_code, set(answer.json()["errors"])) == (422, set(wrong))
    assert answer.json()["errors"]["first_name"] == ["The first name field is required."]
    taken = ada.data("GET", f"/users/{stan.user_id}")["username"].upper()
    answer = ada.put(f"/users/{dee.user_id}", json={"username": taken})
    assert answer.json()["errors"] == {"username": ["The username has already been taken."]}


@pytest.mark.rule("G-040", "G-076", "T-201")
def test_who_may_change_a_profile(
    database: str, ada: Client, stan: Client, dee: Client, otto: Client
) -> None:
    body = {"phone": "1" * 21}
    for method, path in (("PUT", ""), ("PUT", "/role"), ("PUT", "/approve"), ("PUT", "/enable"), ("DELETE", ""),
                         ("DELETE", "/disable"), ("DELETE", "/delete"), ("PUT", "/to/guest"),
                         ("POST", "/reassign")):  # fmt: skip
        assert stan.request(method, f"/users/{dee.user_id}{path}", json=body).status_code == 403, path
        assert otto.request(method, f"/users/{dee.user_id}{path}", json=body).status_code == 404, path
        assert ada.request(method, f"/users/{2**50}{path}", json=body).status_code == 404, path
    bot = ada.put(f"/users/{bot_of(ada)}", json=body)
    assert (bot.status_code, bot.json()["message"]) == (403, "Bot users cannot be edited.")
    for path in ("role", "approve"):
        answer = ada.put(f"/users/{bot_of(ada)}/{path}", json={"role": "light"})
        assert (answer.status_code, answer.json()["message"]) == (403, "Bot users cannot be edited.")
    with psycopg.connect(database) as owner:
        add_member(
            owner, UUID(otto.organization_id), NewMember(dee.email, "light", "Dee", "Else"), datetime.now(UTC)
        )
    answer = ada.put(f"/users/{dee.user_id}", json={"phone": "1"})
    message = "This person belongs to several organizations and can only edit their own profile."
    assert (answer.status_code, answer.json()["message"]) == (403, message)
    assert dee.data("PUT", "/me", json={"phone": "1"})["phone"] == "1"


@pytest.mark.rule("G-070", "G-057", "T-202")
def test_a_role_changes_at_once_and_the_member_is_told(database: str, ada: Client, dee: Client) -> None:
    after = shaped(UserShape, ada.data("PUT", f"/users/{dee.user_id}/role", json={"role": "Light"}))
    assert (after["role"], after["user_role"], after["type"]) == ("light", "light", "light")
    assert dee.post("/checklists", json={"title": "Mine", "type": "procedure"}).status_code == 403
    assert ada.data("PATCH", f"/users/{dee.user_id}/role", json={"role": "admin"})["role"] == "admin"
    assert dee.put("", json={}).status_code == 200
    assert [kind for kind, *_ in mails_to(database, ada, dee.email)] == ["role_changed"] * 2
    assert "is now admin. It was light." in mails_to(database, ada, dee.email)[-1][2]
    assert ada.data("PUT", f"/users/{dee.user_id}/role", json={"role": "admin"})["role"] == "admin"
    assert len(mails_to(database, ada, dee.email)) == 2
    assert ada.data("PUT", f"/users/{dee.user_id}/role", json={"role": "standard"})["role"] == "standard"
    for role in ("owner", None, 5):
        answer = ada.put(f"/users/{dee.user_id}/role", json={"role": role})
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["role"])


@pytest.mark.rule("G-070")
def test_a_light_member_keeps_no_right_to_edit_that_was_given_by_name(
    database: str, ada: Client, dee: Client
) -> None:
    template = draw(database, dee, step("A"))
    ada.data("PUT", f"/users/{dee.user_id}/role", json={"role": "light"})
    assert dee.put(f"/checklists/{template.id}", json={"title": "X"}).status_code == 403
    ada.data("PUT", f"/users/{dee.user_id}/role", json={"role": "standard"})
    assert dee.put(f"/checklists/{template.id}", json={"title": "X"}).status_code == 200


@pytest.mark.rule("G-058", "G-070", "G-072", "T-203")
def test_the_default_administrator_is_named_by_the_present_one_and_cannot_step_down(
    database: str, server: Server
) -> None:
    with make_house(database, server.origin, "Yard") as yard:
        ada, stan = yard.ada, yard.stan
        default = shaped(MinimalUserShape, yard.liv.data("GET", "/default-administrator"))
        assert default["id"] == ada.user_id
        refused = ada.put(f"/users/{ada.user_id}/role", json={"role": "standard"})
        assert (refused.status_code, refused.json()["message"]) == (400, KEEP_DEFAULT)
        for wrong in (stan.user_id, 2**50, "x", None):
            answer = ada.put("/default-administrator", json={"user_id": wrong})
            assert (answer.status_code, list(answer.json()["errors"])) == (422, ["user_id"])
        ada.data("PUT", f"/users/{stan.user_id}/role", json={"role": "admin"})
        answer = stan.put("/default-administrator", json={"user_id": stan.user_id})
        assert answer.status_code == yard.liv.put("/default-administrator", json={}).status_code == 403
        shaped(OrganizationShape, ada.data("PUT", "/default-administrator", json={"user_id": stan.user_id}))
        assert [one["id"] for one in ada.data("GET", "/users") if one["is_default_admin"]] == [stan.user_id]
        assert yard.liv.data("GET", "/default-administrator")["id"] == stan.user_id
        assert ada.data("PUT", f"/users/{ada.user_id}/role", json={"role": "light"})["role"] == "light"
        assert ada.put(f"/users/{stan.user_id}/role", json={"role": "light"}).status_code == 403
        assert stan.put(f"/users/{stan.user_id}/role", json={"role": "light"}).status_code == 400


@pytest.mark.rule("G-069")
def test_a_member_who_signed_up_alone_is_approved_once(ada: Client, dee: Client) -> None:
    assert ada.data("GET", f"/users/{dee.user_id}")["approved_at"] is None
    after = shaped(UserShape, ada.data("PUT", f"/users/{dee.user_id}/approve"))
    assert after["approved_at"] is not None
    assert ada.data("PUT", f"/users/{dee.user_id}/approve") == after
