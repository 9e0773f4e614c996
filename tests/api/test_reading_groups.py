"""Groups and job titles as members see them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from stepwell.organizations.setup import add_guest, create_group, create_job_title
from stepwell.people.schemas import GroupShape, JobTitleShape, MinimalGuestShape, MinimalUserShape
from tests.conftest import Client, House, Server, make_house
from tests.shapes import shaped

NOW = datetime.now(UTC)
GUEST = "mo@supplier.example"


@pytest.fixture(scope="module")
def yard(database: str, server: Server) -> Iterator[House]:
    """An organization of its own with twelve groups and two job titles."""
    with make_house(database, server.origin, "Yard") as made:
        with psycopg.connect(database) as owner:
            guest = add_guest(owner, made.id, GUEST, NOW, first_name="Mo")
            people = [made.stan.user_id, guest, made.ada.user_id]
            create_group(owner, made.id, "Night shift", people, NOW, "Loading bay")
            for number in range(11):
                create_group(owner, made.id, f"Crew {number:02}", [], NOW + timedelta(minutes=1 + number))
            create_job_title(owner, made.id, "Welder", [made.stan.user_id], NOW, "Certified")
            create_job_title(owner, made.id, "Buyer", [], NOW)
        yield made


@pytest.mark.rule("G-087")
def test_a_group_has_its_members_and_guests(yard: House, otto: Client) -> None:
    listed = yard.liv.data("GET", "/groups")[0]
    group = shaped(GroupShape, yard.liv.data("GET", f"/groups/{listed['id']}"))
    assert group == listed
    assert (group["name"], group["description"], group["logo"]) == ("Night shift", "Loading bay", None)
    assert group["members"] == sorted([yard.ada.user_id, yard.stan.user_id])
    assert group["guests"] == [GUEST]
    assert otto.get(f"/groups/{group['id']}").status_code == 404
    assert yard.ada.get(f"/groups/{uuid4().hex}").status_code == 404
    assert yard.ada.get("/groups/1").status_code == 404


def test_groups_are_walked_page_by_page(yard: House) -> None:
    first = yard.stan.get("/groups").json()
    assert [group["name"] for group in first["data"]][:2] == ["Night shift", "Crew 00"]
    pagination = first["meta"]["pagination"]
    assert (pagination["total"], pagination["count"], pagination["total_pages"]) == (12, 10, 2)
    assert pagination["has_more_pages"]
    rest = yard.stan.get(pagination["links"]["next"]).json()
    assert [shaped(GroupShape, group)["name"] for group in rest["data"]] == ["Crew 09", "Crew 10"]
    assert rest["meta"]["pagination"]["links"]["prev"] == rest["meta"]["pagination"]["links"]["previous"]


def test_groups_are_searched_and_sorted(yard: House) -> None:
    def names(query: str) -> list[str]:
        return [group["name"] for group in yard.ada.data("GET", f"/groups?{query}")]

    assert names("q=LOADING") == ["Night shift"]
    assert names("q=crew 07") == ["Crew 07"]
    assert names("sort_by=name&sort=desc&per_page=2") == ["Night shift", "Crew 10"]
    assert names("sort_by=-created_at&limit=1") == ["Crew 10"]
    assert names("q=nobody") == []


def test_includes_of_a_group(yard: House) -> None:
    group = yard.ada.data("GET", "/groups?q=night&with=users,guest_details,assets")[0]
    shaped(GroupShape, group, "users", "guest_details", "assets")
    users = [shaped(MinimalUserShape, user)["first_name"] for user in group["users"]["data"]]
    assert users == ["Ada", "Stan"]
    assert [shaped(MinimalGuestShape, guest)["email"] for guest in group["guest_details"]["data"]] == [GUEST]
    assert group["guests"] == [GUEST]


@pytest.mark.rule("G-088")
def test_job_titles_by_name(yard: House, otto: Client) -> None:
    answer = yard.liv.get("/roles").json()
    titles = [shaped(JobTitleShape, title) for title in answer["data"]]
    assert [(title["name"], title["users"]) for title in titles] == [
        ("Buyer", []),
        ("Welder", [yard.stan.user_id]),
    ]
    assert answer["meta"]["pagination"]["total"] == 2
    assert yard.liv.data("GET", f"/roles/{titles[1]['id']}") == titles[1]
    assert [title["name"] for title in yard.ada.data("GET", "/roles?q=certified")] == ["Welder"]
    assert otto.get(f"/roles/{titles[0]['id']}").status_code == 404
    assert yard.ada.get(f"/roles/{uuid4().hex}").status_code == 404
