"""Changing members over HTTP."""

from __future__ import annotations

import json
from dataclasses import asdict

from stepwell.access.members import ADMINS, FULL_MEMBERS
from stepwell.http.answers import Answer, item, nothing
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.people import member_commands as commands
from stepwell.people import queries
from stepwell.people.converting import member_to_guest
from stepwell.people.inviting import invite, may_invite, resend_invitation, withdraw_invitation
from stepwell.people.member_schemas import (
    ChangeRole,
    HandedOverShape,
    InviteMember,
    ReachShape,
    Reassign,
    RemovedMemberShape,
    UpdateMember,
    UpdateMyself,
)
from stepwell.people.reaching import read_reach
from stepwell.people.routes import MOST_MEMBERS, USER_QUERY
from stepwell.people.schemas import GroupShape, GuestShape, UserShape

LEAVING = ("with_reassignment", "to")


async def must_exist(call: Call, user_id: int) -> None:
    """Said before a wrong field is: there is no such member."""
    await queries.read_user(call, user_id)


async def myself(call: Call) -> None:
    """Everybody may change the own profile."""
    await commands.may_update(call, call.member.user_id)


@route(
    "POST", "/o/users/invite", body=InviteMember, answers=UserShape, allow=FULL_MEMBERS, otherwise=may_invite
)
async def invite_member(call: Call, data: InviteMember) -> Answer:
    """Invite somebody by mail; an invitation that is pending is sent again."""
    return item(await invite(call, data))


@route("POST", "/o/users", body=InviteMember, answers=UserShape, allow=FULL_MEMBERS, otherwise=may_invite)
async def invite_member_by_the_list(call: Call, data: InviteMember) -> Answer:
    """The same under another path."""
    return item(await invite(call, data))


@route("GET", "/o/members", answers=UserShape, many=True, query=USER_QUERY)
async def list_members(call: Call) -> Answer:
    """Members of every status, by name."""
    window = call.window(MOST_MEMBERS, MOST_MEMBERS)
    return call.listing(await queries.list_users(call, window), window)


@route("POST", "/o/users/{user_id}/resend-invite", answers=UserShape, allow=ADMINS)
async def resend_member_invitation(call: Call, user_id: int) -> Answer:
    """Send somebody who has not accepted a new link; the old one is dead."""
    return item(await resend_invitation(call, user_id))


@route("DELETE", "/o/users/{user_id}/invite", status=204, allow=ADMINS)
async def withdraw_member_invitation(call: Call, user_id: int) -> Answer:
    """End an invitation that has not been accepted."""
    await withdraw_invitation(call, user_id)
    return nothing()


@route("DELETE", "/o/users/{user_id}/withdraw-invite", status=204, allow=ADMINS)
async def withdraw_member_invitation_by_its_other_path(call: Call, user_id: int) -> Answer:
    """The same under another path."""
    return await withdraw_member_invitation(call, user_id)


@route("PUT PATCH", "/o/me", body=UpdateMyself, answers=UserShape, otherwise=myself)
async def update_myself(call: Call, data: UpdateMyself) -> Answer:
    """Change the own profile, and how things are shown."""
    return item(await commands.update_member(call, call.member.user_id, data))


@route("PUT PATCH", "/o/users/{user_id}", body=UpdateMember, answers=UserShape, otherwise=commands.may_update)
async def update_member(call: Call, user_id: int, data: UpdateMember) -> Answer:
    """Change a profile: one's own, or as an administrator that of a member of this organization alone."""
    return item(await commands.update_member(call, user_id, data))


@route("PUT PATCH", "/o/users/{user_id}/role", body=ChangeRole, answers=UserShape, allow=ADMINS,
       otherwise=must_exist)  # fmt: skip
async def change_member_role(call: Call, user_id: int, data: ChangeRole) -> Answer:
    """Give a member another role, at once."""
    return item(await commands.change_role(call, user_id, data.role))


@route("PUT PATCH", "/o/users/{user_id}/approve", answers=UserShape, allow=ADMINS)
async def approve_member(call: Call, user_id: int) -> Answer:
    """Let somebody in who signed up alone."""
    return item(await commands.approve_member(call, user_id))


@route("DELETE", "/o/users/{user_id}/disable", answers=UserShape, query=LEAVING, allow=ADMINS)
async def disable_member(call: Call, user_id: int) -> Answer:
    """End a membership for now."""
    return item(await commands.disable_member(call, user_id))


@route("PUT PATCH", "/o/users/{user_id}/enable", answers=UserShape, allow=ADMINS)
async def enable_member(call: Call, user_id: int) -> Answer:
    """Let a disabled member in again."""
    return item(await commands.enable_member(call, user_id))


@route("DELETE", "/o/users/{user_id}", answers=RemovedMemberShape, query=LEAVING, allow=ADMINS)
async def remove_member(call: Call, user_id: int) -> Answer:
    """End a membership, and with `with_reassignment` hand over what is to do."""
    return item(await commands.remove_member(call, user_id))


@route("DELETE", "/o/users/{user_id}/delete", answers=UserShape, allow=ADMINS)
async def delete_member(call: Call, user_id: int) -> Answer:
    """Delete a disabled member for good."""
    return item(await commands.delete_member(call, user_id))


@route("PUT PATCH", "/o/users/{user_id}/to/guest", answers=GuestShape, allow=ADMINS)
async def convert_member_to_guest(call: Call, user_id: int) -> Answer:
    """Make a member a guest, who keeps what is to do."""
    return item(await member_to_guest(call, user_id))


@route("POST", "/o/users/{user_id}/reassign", body=Reassign, answers=HandedOverShape, allow=ADMINS,
       otherwise=must_exist)  # fmt: skip
async def reassign_work(call: Call, user_id: int, data: Reassign) -> Answer:
    """Hand over what a member has, who stays."""
    kinds = [name for name, wanted in data.sent("tasks", "templates", "processes").items() if wanted]
    return item(json.dumps(asdict(await commands.reassign(call, user_id, data.to, kinds))))


@route("GET", "/o/users/{user_id}/permissions", answers=ReachShape, allow=ADMINS)
async def get_member_permissions(call: Call, user_id: int) -> Answer:
    """The templates and processes that a member can reach."""
    return item(await read_reach(call, user_id))


@route("GET", "/o/users/{user_id}/groups", answers=GroupShape, many=True)
async def list_member_groups(call: Call, user_id: int) -> Answer:
    """The groups that a member is in, in the order they were made."""
    window = call.window()
    return call.listing(await queries.list_groups_of(call, user_id, window), window)
