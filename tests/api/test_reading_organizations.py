"""The organization, the caller's organizations, and the caller beyond any organization."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import httpx
import psycopg
import pytest

from stepwell.organizations.schemas import OrganizationShape, OwnOrganizationShape
from stepwell.organizations.setup import NewMember, add_member, create_organization, enter
from stepwell.people.schemas import MeShape
from tests.conftest import Client, House, Server, make_house
from tests.shapes import shaped

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def mill(database: str, server: Server) -> Iterator[House]:
    """An organization of its own, with an invited and a disabled member."""
    with make_house(database, server.origin, "Mill") as made:
        with psycopg.connect(database) as owner:
            for status in ("invited", "disabled"):
                email = f"{status}@{made.id.hex}.example"
                user_id = add_member(owner, made.id, NewMember(email, "light", "A", "B"), NOW)
                enter(owner, made.id)
                owner.execute("UPDATE people SET status = %s WHERE id = %s", [status, user_id])
        yield made


def get(client: Client, path: str) -> httpx.Response:
    """GET a path that is not below the organization."""
    return client.get(f"{client.root}{path}")


@pytest.mark.rule("G-008", "G-010", "G-011", "T-152")
def test_the_organization_has_every_key(mill: House) -> None:
    for client in (mill.ada, mill.stan, mill.liv):
        organization = shaped(OrganizationShape, client.data("GET", ""))
        assert (organization["id"], organization["name"]) == (mill.id.hex, "Mill")
        assert organization["users_count"] == 3
        assert set(organization["working_days"]) >= {"Monday", "Sunday"}
        assert organization["default_deadline"] == {"type": "days", "value": 5}
        assert (organization["plan_code"], organization["timezone"]) == ("enterprise-annual", "UTC")


@pytest.mark.rule("G-006")
def test_includes_of_the_organization(mill: House) -> None:
    names = ("subscription", "billing_info", "branding", "domains", "users", "groups")
    organization = mill.ada.data("GET", f"?with={','.join(names)},nonsense")
    shaped(OrganizationShape, organization, *names)
    assert organization["subscription"]["data"]["plan_code"] == "enterprise-annual"
    assert organization["billing_info"] == {"data": {}}
    assert len(organization["users"]["data"]) == 5


@pytest.mark.rule("G-009")
def test_me_belongs_to_no_organization(mill: House) -> None:
    for client in (mill.ada, mill.liv):
        me = shaped(MeShape, get(client, "/me").json()["data"])
        assert (me["id"], me["email"], me["last_name"]) == (client.user_id, client.email, "Mill")
    with_all = get(mill.ada, "/me?with=organizations,country,auth_methods,nonsense").json()["data"]
    shaped(MeShape, with_all, "organizations", "country", "auth_methods")
    assert [one["id"] for one in with_all["organizations"]["data"]] == [mill.id.hex]


@pytest.mark.rule("G-009", "G-015")
def test_my_organizations_are_those_where_i_am_active(mill: House, database: str) -> None:
    made: list[UUID] = []
    with psycopg.connect(database) as owner:
        for name, role in (("Zinc works", "light"), ("Acid works", "standard"), ("Left works", "admin")):
            made.append(create_organization(owner, name, "Asia/Kolkata", NOW))
            add_member(owner, made[-1], NewMember(mill.stan.email, role, "Stan", "Elsewhere"), NOW)
        owner.execute(
            "UPDATE people SET status = 'disabled', disabled_at = now() WHERE last_name = 'Elsewhere'"
        )
    answer = get(mill.stan, "/me/organizations").json()
    found = [shaped(OwnOrganizationShape, one) for one in answer["data"]]
    assert [(one["name"], one["user_role"]) for one in found] == [
        ("Acid works", "standard"), ("Mill", "standard"), ("Zinc works", "light"),
    ]  # fmt: skip
    assert [one["users_count"] for one in found] == [1, 3, 1]
    assert answer["meta"]["pagination"]["total"] == 3
    second = get(mill.stan, "/me/organizations?per_page=1&page=2").json()
    assert [one["name"] for one in second["data"]] == ["Mill"]
    statuses = {
        one["name"]: one["user_status"]
        for one in get(mill.stan, "/me/organizations?status=all").json()["data"]
    }
    assert statuses == {
        "Acid works": "active",
        "Left works": "disabled",
        "Mill": "active",
        "Zinc works": "active",
    }
    there = get(mill.stan, f"/organizations/{made[1].hex}").json()["data"]
    assert there["timezone"] == "Asia/Kolkata"
    assert get(mill.stan, f"/organizations/{made[2].hex}").status_code == 403


def test_nobody_is_nobody(server: Server) -> None:
    for path in ("/me", "/me/organizations"):
        for headers in ({}, {"Authorization": "Bearer sw_unknown"}):
            answer = httpx.get(f"{server.api}{path}", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHENTICATED")


def test_a_user_who_is_active_nowhere_has_no_profile(database: str, server: Server) -> None:
    with make_house(database, server.origin, "Gone") as gone:
        with psycopg.connect(database) as owner:
            enter(owner, gone.id)
            owner.execute("UPDATE people SET status = 'disabled' WHERE id = %s", [gone.liv.user_id])
        assert get(gone.liv, "/me").status_code == 401
        assert get(gone.liv, "/me/organizations").json()["data"] == []
        assert get(gone.ada, "/me").status_code == 200
