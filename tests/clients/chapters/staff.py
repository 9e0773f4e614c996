"""Who joins, changes and leaves."""

from __future__ import annotations

import pytest
from tallyfy import TallyfyError

from tests.clients.story import Story

NEWCOMER = "nora@sdk.example"
CUSTOMER = "max@customer.example"


def gather_a_group(story: Story) -> None:
    sdk, org, house = story.sdk, story.org, story.house
    group = sdk.create_group(org, "Day shift", members=[house.stan.user_id], guests=[CUSTOMER])
    assert (group.members, group.guests) == ([house.stan.user_id], [CUSTOMER])
    after = sdk.update_group(org, group.id, description="Loading bay", members=[house.liv.user_id])
    assert (after.name, after.description, after.members) == ("Day shift", "Loading bay", [house.liv.user_id])
    assert story.there(f"/groups/{group.id}")["guests"] == [CUSTOMER]
    assert sdk.delete_group(org, group.id)
    assert story.gone(f"/groups/{group.id}")


def look_after_a_guest(story: Story) -> None:
    sdk, org = story.sdk, story.org
    guest = sdk.create_guest(org, "eve@customer.example", "Eve", "Ek", phone="+47 1", company_name="Elm")
    assert (guest.email, guest.details.phone_1, guest.details.company_name) == (
        "eve@customer.example",
        "+47 1",
        "Elm",
    )
    after = sdk.update_guest(org, guest.email, first_name="Eva", phone="+47 2")
    assert (after.first_name, after.last_name, after.details.phone_1) == ("Eva", "Ek", "+47 2")
    assert sdk.disable_guest(org, guest.email)
    assert story.there(f"/guests/{guest.email}")["disabled_at"] is not None
    assert sdk.enable_guest(org, guest.email)
    assert story.there(f"/guests/{guest.email}")["disabled_at"] is None


def invite_people(story: Story) -> None:
    sdk, org = story.sdk, story.org
    user = sdk.invite_user_to_organization(org, NEWCOMER, "Nora", "Ny", "standard")
    assert (user.email, user.status, user.role) == (NEWCOMER, "invited", "standard")
    assert sdk.users.resend_invitation(org, NEWCOMER)
    kept = story.there(f"/users/{user.id}")
    assert (kept["first_name"], kept["role"], kept["status"]) == ("Nora", "standard", "invited")
    several = [
        {"email": f"{name}@sdk.example", "first_name": name, "last_name": "Ek"} for name in ("kim", "lou")
    ]
    assert [one.role for one in sdk.users.invite_multiple_users(org, several)] == ["light", "light"]
    last = sdk.users.invite_user_with_custom_role_permissions(
        org, "ida@sdk.example", "Ida", "Ek", "light", {"x": 1}
    )
    assert last.status == "invited"


def change_who_belongs(story: Story) -> None:
    sdk, org, stan = story.sdk, story.org, story.house.stan
    assert sdk.change_user_role(org, stan.user_id, "light")
    assert story.there(f"/users/{stan.user_id}")["role"] == "light"
    assert sdk.approve_user(org, stan.user_id)
    assert story.there(f"/users/{stan.user_id}")["approved_at"] is not None
    assert sdk.disable_user(org, stan.user_id)
    assert story.there(f"/users/{stan.user_id}")["status"] == "disabled"
    assert sdk.enable_user(org, stan.user_id)
    assert story.there(f"/users/{stan.user_id}")["status"] == "active"
    with pytest.raises(TallyfyError, match="default administrator"):
        sdk.disable_user(org, story.ada.user_id)
