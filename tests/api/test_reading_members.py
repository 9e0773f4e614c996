"""Who the members of an organization are, and what each role sees of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx
import psycopg
import pytest

from stepwell.organizations.setup import NewMember, add_member, create_group, enter
from stepwell.people.schemas import MinimalUserShape, UserShape
from stepwell.people.shapes import OPEN_TO_LIGHT_MEMBERS
from tests.conftest import Client, House, Server, make_house, start_server
from tests.shapes import shaped

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def crew(database: str, server: Server) -> Iterator[House]:
    """An organization of its own, with two more members than its cast."""
    with make_house(database, server.origin, "Crew") as made:
        with psycopg.connect(database) as owner:
            for first, status in (("Bea", "invited"), ("Dan", "disabled")):
                email = f"{first.lower()}.{made.id.hex}@crew.example"
                user_id = add_member(owner, made.id, NewMember(email, "light", first, "Boat"), NOW)
                enter(owner, made.id)
                owner.execute("UPDATE people SET status = %s WHERE id = %s", [status, user_id])
        yield made


@pytest.mark.rule("G-009", "G-045", "T-202")
def test_myself_in_an_organization_has_every_key(ada: Client, stan: Client, liv: Client) -> None:
    for client, role in ((ada, "admin"), (stan, "standard"), (liv, "light")):
        me = shaped(UserShape, client.data("GET", "/me"))
        assert (me["id"], me["email"], me["role"]) == (client.user_id, client.email, role)
        assert (me["status"], me["active"], me["timezone"], me["UTC_offset"]) == (
            "active",
            True,
            "UTC",
            "+00:00",
        )


@pytest.mark.rule("G-065", "G-076", "T-202")
def test_the_list_holds_every_status_by_name_and_no_bot(crew: House) -> None:
    answer = crew.ada.get("/users").json()
    users = [shaped(UserShape, user) for user in answer["data"]]
    assert [user["first_name"] for user in users] == ["Ada", "Bea", "Dan", "Liv", "Stan"]
    assert [user["status"] for user in users] == ["active", "invited", "disabled", "active", "active"]
    assert answer["meta"]["pagination"] == {
        "total": 5, "count": 5, "per_page": 9999, "current_page": 1, "total_pages": 1, "has_more_pages": False,
        "links": {},
    }  # fmt: skip
    with_bots = crew.ada.data("GET", "/users?with_bots=true")
    assert [user["type"] for user in with_bots if user["role"] is None] == ["bot"]


def test_the_list_is_searched_filtered_sorted_and_paged(crew: House) -> None:
    def names(query: str) -> list[str]:
        return [user["first_name"] for user in crew.ada.data("GET", f"/users?{query}")]

    assert names("q=BOAT be") == ["Bea"]
    assert names(f"q={crew.stan.email}") == ["Stan"]
    assert names("status=invited,disabled") == ["Bea", "Dan"]
    assert names("role=ADMIN") == ["Ada"]
    assert names("sort=-first_name&limit=2") == ["Stan", "Liv"]
    assert names("per_page=2&page=3") == ["Stan"]
    assert names("per_page=2&page=9") == []
    assert names("status=nonsense") == []
    assert names("q=%00&sort=nonsense&page=-1&per_page=x") == ["Ada", "Bea", "Dan", "Liv", "Stan"]


def test_light_members_see_only_names_and_roles_of_others(crew: House) -> None:
    for user in crew.liv.data("GET", "/users"):
        shaped(UserShape, user)
        shown = {name for name, value in user.items() if value is not None}
        if user["id"] == crew.liv.user_id:
            assert user["timezone"] == "UTC"
        else:
            assert shown <= OPEN_TO_LIGHT_MEMBERS, user


def test_addresses_on_the_net_are_for_administrators_and_oneself(crew: House, database: str) -> None:
    with psycopg.connect(database) as owner:
        enter(owner, crew.id)
        owner.execute(
            """UPDATE people SET profile = profile || '{"last_known_ip": "192.0.2.7"}' WHERE id = %s""",
            [crew.stan.user_id],
        )
    seen = {
        client.user_id: {user["id"]: user["last_known_ip"] for user in client.data("GET", "/users")}
        for client in (crew.ada, crew.stan, crew.liv)
    }
    assert seen[crew.ada.user_id][crew.stan.user_id] == "192.0.2.7"
    assert seen[crew.stan.user_id][crew.stan.user_id] == "192.0.2.7"
    assert seen[crew.liv.user_id][crew.stan.user_id] is None


def test_the_short_list_has_no_pages(crew: House) -> None:
    answer = crew.liv.get("/users-list").json()
    assert list(answer) == ["data"]
    assert [shaped(MinimalUserShape, user)["first_name"] for user in answer["data"]] == [
        "Ada", "Bea", "Dan", "Liv", "Stan",
    ]  # fmt: skip


def test_a_profile_is_for_administrators_and_oneself(
    ada: Client, stan: Client, liv: Client, otto: Client
) -> None:
    assert shaped(UserShape, ada.data("GET", f"/users/{liv.user_id}"))["role"] == "light"
    assert shaped(UserShape, stan.data("GET", f"/users/{stan.user_id}"))["role"] == "standard"
    for client in (stan, liv):
        assert client.get(f"/users/{ada.user_id}").status_code == 403
    for unknown in (str(otto.user_id), "999999999999", "me", "0", "-1"):
        assert ada.get(f"/users/{unknown}").status_code == 404


def test_the_operator_may_open_profiles_to_standard_members(
    house: House, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEPWELL_MEMBER_PROFILE_VISIBLE", "true")
    server = start_server(database, tmp_path / "server.log", "--no-worker")
    try:
        path = f"{server.api}/organizations/{house.id.hex}/users/{house.ada.user_id}"
        for client, status in ((house.stan, 200), (house.liv, 403)):
            headers = {"Authorization": f"Bearer {client.token}"}
            assert httpx.get(path, headers=headers).status_code == status
    finally:
        server.process.terminate()
        server.process.wait(10)


def test_includes_of_a_member(house: House, database: str) -> None:
    with psycopg.connect(database) as owner:
        people = [house.ada.user_id, house.liv.user_id]
        group = create_group(owner, house.id, f"Crew {house.id.hex}", people, NOW)
    house.ada.data("POST", "/checklists", 201, json={"title": "Counted", "type": "procedure"})
    user = house.ada.data(
        "GET", f"/users/{house.ada.user_id}?with=groups,stats,country,auth_methods,assets,nonsense"
    )
    shaped(UserShape, user, "groups", "stats", "country", "auth_methods", "assets")
    mine = {one["id"]: one for one in user["groups"]["data"]}[group.hex]
    assert mine["members"] == sorted(people)
    assert mine["guests"] == []
    stats = user["stats"]["data"]
    assert stats["checklists_created"] >= 1
    assert set(stats) == {
        "steps_created", "last_step_created_at", "tasks_completed", "completed_tasks", "processes_launched",
        "checklists_created", "active_tasks",
    }  # fmt: skip
    assert all("groups" in one for one in house.ada.data("GET", "/users?with=groups,stats"))


@pytest.mark.rule("G-007")
@pytest.mark.parametrize(
    "path", ["/me", "/users", "/users-list", "/users/1", "/guests", "/groups", "/roles", ""]
)
def test_a_foreign_organization_is_closed(ada: Client, otto: Client, path: str) -> None:
    for organization in (UUID(otto.organization_id).hex, "0" * 32, "none"):
        answer = ada.get(f"{ada.root}/organizations/{organization}{path}")
        assert (answer.status_code, answer.json()["code"]) == (403, "ORG_FORBIDDEN")
