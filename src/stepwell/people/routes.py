"""Reading the people of an organization over HTTP."""

from __future__ import annotations

from uuid import UUID

from stepwell.errors import Forbidden
from stepwell.http.answers import Answer, item
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.people import queries
from stepwell.people.schemas import (
    GroupShape,
    GuestShape,
    JobTitleShape,
    MinimalGuests,
    MinimalUsers,
    UserShape,
)

MOST_MEMBERS = 9999
MOST_GUESTS = 999
USER_QUERY = ("q", "status", "role", "with_bots", "with_trashed")


@route("GET", "/o/me", answers=UserShape)
async def get_myself(call: Call) -> Answer:
    """The caller as a member of this organization."""
    return item(await queries.read_user(call, call.member.user_id))


@route("GET", "/o/users", answers=UserShape, many=True, query=USER_QUERY)
async def list_users(call: Call) -> Answer:
    """Members of every status, by name."""
    window = call.window(MOST_MEMBERS, MOST_MEMBERS)
    return call.listing(await queries.list_users(call, window), window)


@route("GET", "/o/users-list", answers=MinimalUsers, query=USER_QUERY)
async def short_list_of_users(call: Call) -> Answer:
    """Members in short, all at once."""
    return item((await queries.short_list_of_users(call)).items)


@route("GET", "/o/users/{user_id}", answers=UserShape)
async def get_user(call: Call, user_id: int) -> Answer:
    """One member: for administrators, and for the member; for others when the operator allows it."""
    found = await queries.read_user(call, user_id)
    open_to_all = call.services.settings.member_profile_visible and call.member.is_full
    if not (call.member.is_admin or user_id == call.member.user_id or open_to_all):
        raise Forbidden("Only administrators see the profiles of others.")
    return item(found)


@route("GET", "/o/guests", answers=GuestShape, many=True, query=("q", "status"))
async def list_guests(call: Call) -> Answer:
    """Guests in the order they came."""
    window = call.window(MOST_GUESTS, MOST_GUESTS)
    return call.listing(await queries.list_guests(call, window), window)


@route("GET", "/o/guests-list", answers=MinimalGuests, query=("q", "status"))
async def short_list_of_guests(call: Call) -> Answer:
    """Guests in short, all at once."""
    return item((await queries.short_list_of_guests(call)).items)


@route("GET", "/o/guests/{guest}", answers=GuestShape)
async def get_guest(call: Call, guest: str) -> Answer:
    """One guest, by e-mail address, number or guest code."""
    return item(await queries.read_guest(call, guest))


@route("GET", "/o/groups", answers=GroupShape, many=True, query=("q"))
async def list_groups(call: Call) -> Answer:
    """Groups in the order they were made."""
    window = call.window()
    return call.listing(await queries.list_groups(call, window), window)


@route("GET", "/o/groups/{group_id}", answers=GroupShape)
async def get_group(call: Call, group_id: UUID) -> Answer:
    """One group with its members and guests."""
    return item(await queries.read_group(call, group_id))


@route("GET", "/o/roles", answers=JobTitleShape, many=True, query=("q",))
async def list_job_titles(call: Call) -> Answer:
    """Job titles by name."""
    window = call.window()
    return call.listing(await queries.list_job_titles(call, window), window)


@route("GET", "/o/roles/{title_id}", answers=JobTitleShape)
async def get_job_title(call: Call, title_id: UUID) -> Answer:
    """One job title."""
    return item(await queries.read_job_title(call, title_id))
