"""Changing groups over HTTP: administrators, and standard members where the organization lets them."""

from __future__ import annotations

from uuid import UUID

from stepwell.access.members import FULL_MEMBERS
from stepwell.http.answers import Answer, item, nothing
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.people import group_commands as commands
from stepwell.people.group_schemas import CreateGroup, GroupGuest, GroupMember, UpdateGroup
from stepwell.people.schemas import GroupShape

first = commands.may_manage_groups


@route(
    "POST", "/o/groups", body=CreateGroup, answers=GroupShape, status=201, allow=FULL_MEMBERS, otherwise=first
)
async def create_group(call: Call, data: CreateGroup) -> Answer:
    """Create a group of members and guests."""
    return item(await commands.create_group(call, data), 201)


@route("PUT PATCH", "/o/groups/{group_id}", body=UpdateGroup, answers=GroupShape, status=201, allow=FULL_MEMBERS,
       otherwise=first)  # fmt: skip
async def update_group(call: Call, group_id: UUID, data: UpdateGroup) -> Answer:
    """Change a group; a list that is sent replaces."""
    return item(await commands.update_group(call, group_id, data), 201)


@route("DELETE", "/o/groups/{group_id}", status=204, allow=FULL_MEMBERS)
async def delete_group(call: Call, group_id: UUID) -> Answer:
    """Delete a group; on open tasks its people take its place."""
    await commands.remove_group(call, group_id)
    return nothing()


@route("POST", "/o/groups/{group_id}/members", body=GroupMember, answers=GroupShape, allow=FULL_MEMBERS,
       otherwise=first)  # fmt: skip
async def add_group_member(call: Call, group_id: UUID, data: GroupMember) -> Answer:
    """Add one member to a group."""
    return item(await commands.join_group(call, group_id, [data.user_id], []))


@route("DELETE", "/o/groups/{group_id}/members/{user_id}", answers=GroupShape, allow=FULL_MEMBERS)
async def remove_group_member(call: Call, group_id: UUID, user_id: int) -> Answer:
    """Take one member out of a group."""
    return item(await commands.leave_group(call, group_id, user_id))


@route("POST", "/o/groups/{group_id}/guests", body=GroupGuest, answers=GroupShape, allow=FULL_MEMBERS,
       otherwise=first)  # fmt: skip
async def add_group_guest(call: Call, group_id: UUID, data: GroupGuest) -> Answer:
    """Add one guest to a group; an unknown address becomes a guest."""
    return item(await commands.join_group(call, group_id, [], [data.email]))


@route("DELETE", "/o/groups/{group_id}/guests/{guest}", answers=GroupShape, allow=FULL_MEMBERS)
async def remove_group_guest(call: Call, group_id: UUID, guest: str) -> Answer:
    """Take one guest out of a group."""
    return item(await commands.leave_group(call, group_id, await commands.guest_id_of(call, guest)))
