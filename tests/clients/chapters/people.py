"""Who is there."""

from __future__ import annotations

from tests.clients.story import GUEST, Story


def meet_the_organization(story: Story) -> None:
    organization = story.sdk.get_organization(story.org)
    assert (organization.id, organization.name, organization.timezone) == (story.org, "Sdk", "UTC")
    assert organization.users_count == 3
    mine = story.sdk.get_current_user_organizations()
    assert [one.id for one in mine.data] == [story.org]
    assert mine.meta.total == 1


def meet_the_members(story: Story) -> None:
    sdk, org, house = story.sdk, story.org, story.house
    me = sdk.get_current_user_info(org)
    assert (me.id, me.email, me.role, me.status) == (house.ada.user_id, house.ada.email, "admin", "active")
    assert sdk.get_user(org, house.liv.user_id).role == "light"
    everybody = sdk.get_organization_users(org, with_groups=True)
    assert [user.first_name for user in everybody.data] == ["Ada", "Liv", "Stan"]
    short = sdk.get_organization_users_list(org)
    assert {user.email for user in short.data} == {house.ada.email, house.stan.email, house.liv.email}
    assert sdk.users.get_user_by_email(org, house.stan.email).id == house.stan.user_id
    found = sdk.users.search_members_by_name(org, "liv")
    assert [user.id for user in found["users"]] == [house.liv.user_id]
    everyone = sdk.users.get_all_organization_members(org)
    assert (len(everyone["users"].data), len(everyone["guests"].data)) == (3, 1)
    assert sdk.users.validate_invitation_data(
        {"email": "new@sdk.example", "first_name": "N", "last_name": "O"}
    )
    assert "Sdk" in sdk.users.get_invitation_template_message("Sdk")


def meet_the_guests_and_groups(story: Story) -> None:
    sdk, org = story.sdk, story.org
    guest = sdk.get_guest(org, GUEST)
    assert (guest.email, guest.first_name, guest.details.company_name) == (GUEST, "Mo", "Oak Ltd")
    assert f"/{org}/guest/{guest.extra['guest_code']}" in guest.link
    assert [one.email for one in sdk.get_organization_guests(org, with_stats=True).data] == [GUEST]
    assert [one.email for one in sdk.get_organization_guests_list(org).data] == [GUEST]
    assert sdk.users.get_guest_by_email(org, GUEST).email == GUEST
    [group] = sdk.get_groups(org, q="night")
    assert sdk.get_group(org, group.id).members == sorted([story.house.stan.user_id, story.house.liv.user_id])
    assert group.guests == [GUEST]
    story.ids["group"] = group.id
