"""Guests as members see them; their links are secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import psycopg
import pytest

from stepwell.organizations.setup import add_guest, enter
from stepwell.people.schemas import GuestShape, MinimalGuestShape
from tests.conftest import Client, House, Server, make_house
from tests.shapes import shaped

NOW = datetime.now(UTC)
GUESTS = (("Mo", "Diaz"), ("Ann", "Berg"), ("Zoe", "Cruz"))


def address(house: House, first: str) -> str:
    return f"{first.lower()}+{house.id.hex[-8:]}@supplier.example"


@pytest.fixture(scope="module")
def inn(database: str, server: Server) -> Iterator[House]:
    """An organization of its own with three guests, of whom Zoe is disabled."""
    with make_house(database, server.origin, "Inn") as made:
        with psycopg.connect(database) as owner:
            for minutes, (first, last) in enumerate(GUESTS):
                at = NOW + timedelta(minutes=minutes)
                add_guest(
                    owner,
                    made.id,
                    address(made, first),
                    at,
                    first_name=first,
                    last_name=last,
                    company_name="Oak Ltd",
                )
            enter(owner, made.id)
            owner.execute("UPDATE people SET disabled_at = now() WHERE first_name = 'Zoe'")
        yield made


@pytest.mark.rule("G-078")
def test_a_guest_is_found_by_address_number_and_code(inn: House) -> None:
    email = address(inn, "Mo")
    guest = shaped(GuestShape, inn.ada.data("GET", f"/guests/{quote(email, safe='')}"))
    assert (guest["email"], guest["first_name"], guest["details"]["company_name"]) == (email, "Mo", "Oak Ltd")
    assert re.fullmatch(r"[A-Za-z0-9_-]{32,48}", guest["guest_code"])
    assert guest["link"] == f"{inn.ada.root.removesuffix('/api')}/{inn.id.hex}/guest/{guest['guest_code']}"
    for key in (email, email.upper(), str(guest["id"]), guest["guest_code"]):
        assert inn.stan.data("GET", f"/guests/{key}") == guest


def test_an_escaped_slash_belongs_to_the_address(database: str, house: House) -> None:
    email = f"sales/{house.id.hex[-8:]}@supplier.example"
    with psycopg.connect(database) as owner:
        add_guest(owner, house.id, email, NOW)
    for prefix in house.ada.root, house.ada.root.removesuffix("/api"):
        path = f"{prefix}/organizations/{house.id.hex}/guests/{quote(email, safe='')}"
        assert house.ada.data("GET", path)["email"] == email
        assert house.ada.get(f"{path}/tasks").json()["data"] == []


@pytest.mark.rule("G-079")
def test_guests_are_listed_in_the_order_they_came(inn: House) -> None:
    answer = inn.stan.get("/guests").json()
    assert [shaped(GuestShape, guest)["first_name"] for guest in answer["data"]] == ["Mo", "Ann", "Zoe"]
    assert answer["meta"]["pagination"]["per_page"] == 999


def test_guests_are_searched_filtered_sorted_and_paged(inn: House) -> None:
    def names(query: str) -> list[str]:
        return [guest["first_name"] for guest in inn.ada.data("GET", f"/guests?{query}")]

    assert names("q=supplier") == ["Mo", "Ann", "Zoe"]
    assert names("q=oak berg") == ["Ann"]
    assert names("status=disabled") == ["Zoe"]
    assert names("status=active") == ["Mo", "Ann"]
    assert names("status=nonsense") == []
    assert names("sort_by=-created_at&per_page=1") == ["Zoe"]
    assert names("sort=email") == ["Ann", "Mo", "Zoe"]
    assert names("without_pagination=true&per_page=1") == ["Mo", "Ann", "Zoe"]


def test_the_short_list_of_guests_has_no_pages(inn: House) -> None:
    answer = inn.ada.get("/guests-list").json()
    assert list(answer) == ["data"]
    rows = [shaped(MinimalGuestShape, guest) for guest in answer["data"]]
    assert [row["full_name"] for row in rows] == ["Mo Diaz", "Ann Berg", "Zoe Cruz"]
    assert [row["disabled_at"] is None for row in rows] == [True, True, False]


def test_light_members_see_guests_on_their_own_tasks_without_the_link(inn: House) -> None:
    template = inn.ada.data("POST", "/checklists", 201, json={"title": "Visit", "type": "procedure"})
    step = inn.ada.data("POST", f"/checklists/{template['id']}/steps", 201, json={"title": "Meet"})
    owners = {"users": [inn.liv.user_id], "guests": [address(inn, "Ann")]}
    launch = {"checklist_id": template["id"], "name": "Visit", "tasks": {step["id"]: {"owners": owners}}}
    inn.ada.data("POST", "/runs", 201, json=launch)
    for path in ("/guests", "/guests-list"):
        assert [(one["email"], one["link"]) for one in inn.liv.data("GET", path)] == [
            (address(inn, "Ann"), None)
        ]
    seen = shaped(GuestShape, inn.liv.data("GET", f"/guests/{address(inn, 'Ann')}"))
    assert (seen["link"], seen["guest_code"]) == (None, None)
    assert inn.liv.get(f"/guests/{address(inn, 'Mo')}").status_code == 403


def test_statistics_of_a_guest(inn: House) -> None:
    bare = inn.ada.data("GET", f"/guests/{address(inn, 'Mo')}?with=stats,nonsense")
    assert shaped(GuestShape, bare, "stats")["stats"] == {
        "assigned_tasks": 0, "active_tasks": 0, "tasks_completed": 0, "completed_tasks": 0,
        "last_task_completed_at": None, "one_off_tasks_completed": 0, "last_one_off_task_completed_at": None,
    }  # fmt: skip
    assert all("stats" in guest for guest in inn.ada.data("GET", "/guests?with=stats"))


def test_unknown_guests_and_members_are_not_found(inn: House, otto: Client) -> None:
    for key in ("nobody@supplier.example", "123456789", "x" * 40, inn.stan.email, str(inn.stan.user_id), "0"):
        assert inn.ada.get(f"/guests/{key}").status_code == 404
    assert otto.get(f"/guests/{address(inn, 'Mo')}").status_code == 404
