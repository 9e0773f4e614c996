"""Changing guests over HTTP."""

from __future__ import annotations

from stepwell.access.members import ADMINS, FULL_MEMBERS
from stepwell.http.answers import Answer, item
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.people import guest_commands as commands
from stepwell.people import queries
from stepwell.people.converting import guest_to_member
from stepwell.people.guest_schemas import BecomeMember, CreateGuest, SentMailShape, UpdateGuest
from stepwell.people.schemas import GuestShape, UserShape


async def must_exist(call: Call, guest: str) -> None:
    """Said before a wrong field is: there is no such guest."""
    await queries.read_guest(call, guest)


@route("POST", "/o/guests", body=CreateGuest, answers=GuestShape, status=201, allow=FULL_MEMBERS)
async def create_guest(call: Call, data: CreateGuest) -> Answer:
    """Make somebody a guest; one who is known already is completed."""
    return item(await commands.create_guest(call, data), 201)


@route("PUT PATCH", "/o/guests/{guest}", body=UpdateGuest, answers=GuestShape, status=201, allow=FULL_MEMBERS,
       otherwise=must_exist)  # fmt: skip
async def update_guest(call: Call, guest: str, data: UpdateGuest) -> Answer:
    """Change what is known of a guest; the address stays."""
    return item(await commands.update_guest(call, guest, data), 201)


@route("DELETE", "/o/guests/{guest}", answers=GuestShape, allow=ADMINS)
async def delete_guest(call: Call, guest: str) -> Answer:
    """Remove a guest from the organization and all open tasks."""
    return item(await commands.delete_guest(call, guest))


@route("DELETE", "/o/guests/{guest}/delete", answers=GuestShape, allow=ADMINS)
async def delete_guest_by_the_old_path(call: Call, guest: str) -> Answer:
    """The same under its older path."""
    return item(await commands.delete_guest(call, guest))


@route("DELETE", "/o/guests/{guest}/disable", answers=GuestShape, allow=ADMINS)
async def disable_guest(call: Call, guest: str) -> Answer:
    """Switch the link of a guest off who has nothing to do."""
    return item(await commands.disable_guest(call, guest))


@route("PUT PATCH", "/o/guests/{guest}/enable", answers=GuestShape, allow=ADMINS)
async def enable_guest(call: Call, guest: str) -> Answer:
    """Switch the link of a guest on again."""
    return item(await commands.enable_guest(call, guest))


@route("POST", "/o/guests/{guest}/to/member", body=BecomeMember, answers=UserShape, allow=ADMINS,
       otherwise=must_exist)  # fmt: skip
async def convert_guest_to_member(call: Call, guest: str, data: BecomeMember) -> Answer:
    """Make a guest an invited member, who keeps all tasks."""
    return item(await guest_to_member(call, guest, data.role))


@route("POST", "/o/guests/{guest}/reset-link", answers=GuestShape, allow=FULL_MEMBERS)
async def reset_guest_link(call: Call, guest: str) -> Answer:
    """Give a guest another link and mail it; the old one is dead."""
    return item(await commands.reset_link(call, guest))


@route("POST", "/o/guests/{guest}/send-link", answers=GuestShape, allow=FULL_MEMBERS)
async def send_guest_link(call: Call, guest: str) -> Answer:
    """Mail a guest the link again."""
    return item(await commands.send_link(call, guest))


@route("GET", "/o/guests/{guest}/emails", answers=SentMailShape, many=True, allow=FULL_MEMBERS)
async def list_guest_mails(call: Call, guest: str) -> Answer:
    """What was written to a guest, the newest first."""
    window = call.window()
    return call.listing(await queries.list_guest_mails(call, guest, window), window)
