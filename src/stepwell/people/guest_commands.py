"""What changes guests: who they are, whether their link works, and that they are there."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from stepwell.comments.limits import refuse_too_many_invites
from stepwell.db.ids import GLOBAL
from stepwell.db.pool import Tenant
from stepwell.engine.model import People
from stepwell.errors import Conflict, Forbidden, invalid
from stepwell.http.call import Call
from stepwell.mail.outbox import Recipient
from stepwell.people.directory import new_guest_code
from stepwell.people.finding import Guest, locked_guest
from stepwell.people.guarding import LOCK_HOUSE
from stepwell.people.guest_schemas import CreateGuest, GuestFields, UpdateGuest
from stepwell.people.letters import Letters
from stepwell.people.noting import note_person
from stepwell.people.queries import guest_json
from stepwell.people.regrouping import leave_groups
from stepwell.people.settling import settle
from stepwell.people.stamps import stamp_of
from stepwell.people.swapping import Swap, swap_on_tasks

NAMES = ("first_name", "last_name")
KNOWN = """
    SELECT id, kind, status FROM people
     WHERE organization_id = %(organization_id)s AND email = %(email)s FOR UPDATE
"""
MEMBERS = """
    SELECT id FROM people WHERE organization_id = %(organization_id)s AND id = ANY (%(ids)s)
       AND kind = 'member' AND status IN ('active', 'invited')
"""
INSERT = """
    INSERT INTO people (organization_id, id, kind, email, username, first_name, last_name, status, guest_code, profile,
                        created_at, updated_at)
    VALUES (%(organization_id)s, %(guest_id)s, 'guest', %(email)s, split_part(%(email)s, '@', 1), %(first_name)s,
            %(last_name)s, 'active', %(code)s, %(profile)s, %(at)s, %(at)s)
    ON CONFLICT (organization_id, email) DO UPDATE
       SET status = 'active', first_name = EXCLUDED.first_name, last_name = EXCLUDED.last_name, disabled_at = NULL,
           guest_code = EXCLUDED.guest_code, profile = EXCLUDED.profile, created_at = %(at)s, updated_at = %(at)s
     WHERE people.kind = 'guest' AND people.status = 'deleted'
    RETURNING id
"""
UPDATE = """
    UPDATE people SET first_name = %(first_name)s, last_name = %(last_name)s, profile = %(profile)s, updated_at = %(at)s
     WHERE organization_id = %(organization_id)s AND id = %(guest_id)s
"""
HAS_OPEN_TASKS = """
    SELECT EXISTS (SELECT FROM task_people
                    WHERE organization_id = %(organization_id)s AND person_id = %(guest_id)s AND open)
"""
SET_STATUS = """
    UPDATE people SET status = %(status)s, profile = profile || %(profile)s, updated_at = %(at)s,
           disabled_at = CASE WHEN %(status)s = 'disabled' THEN %(at)s::timestamptz END
     WHERE organization_id = %(organization_id)s AND id = %(guest_id)s
"""
SET_CODE = """
    WITH replaced AS (
        INSERT INTO replaced_guest_codes (organization_id, code_hash, person_id, replaced_at)
        VALUES (%(organization_id)s, %(hash)s, %(guest_id)s, %(at)s)
    )
    UPDATE people SET guest_code = %(code)s, updated_at = %(at)s
     WHERE organization_id = %(organization_id)s AND id = %(guest_id)s
"""


async def create_guest(call: Call, data: CreateGuest) -> str:
    """Make somebody a guest, or complete what is known of one (T-209, G-079). Returns the guest's JSON."""
    at = call.services.clock()
    new_number = (await call.numbers.take(GLOBAL, "person"))[0]
    async with call.db.transaction(call.member) as tenant:
        await tenant.execute(LOCK_HOUSE)  # also for the count of invitations
        row = await tenant.fetch_first(KNOWN, {"email": data.email})
        if row is not None and row[1] != "guest":
            raise invalid({"email": [f"{data.email} is the address of a member and cannot be a guest"]})
        await _refuse_strangers(tenant, data)
        if row is not None and row[2] != "deleted":
            await _complete(tenant, await locked_guest(tenant, data.email), data, at)
            return await guest_json(tenant, call, row[0])
        await refuse_too_many_invites(tenant, call.services.settings.guest_invites_per_hour, 1, at)
        names, profile = _parts(data)
        profile |= {"invited_by": call.member.user_id}
        wanted = {
            **{name: names.get(name) for name in NAMES},
            "email": data.email,
            "guest_id": new_number,
            "code": new_guest_code(),
            "profile": json.dumps(profile),
            "at": at,
        }
        inserted = await tenant.fetch_first(INSERT, wanted)
        if inserted is None:
            raise Conflict("Somebody else has just made this guest. Please try again.")
        guest_id = inserted[0]
        await note_person(call, tenant, at, "created", "Guest", guest_id, f"Invited guest: {data.email}")
        return await guest_json(tenant, call, guest_id)


def _parts(data: GuestFields) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was sent: the names, and what the profile holds."""
    sent = data.sent()
    sent.pop("email", None)
    names = {name: sent.pop(name) for name in NAMES if name in sent}
    return names, sent


async def _refuse_strangers(tenant: Tenant, data: GuestFields) -> None:
    named = data.associated_members or []
    known = {row[0] for row in await tenant.fetch_all(MEMBERS, {"ids": named})} if named else set()
    reasons = {
        f"associated_members.{place}": [f"The selected associated_members.{place} is invalid."]
        for place, one in enumerate(named)
        if one not in known
    }
    if reasons:
        raise invalid(reasons)


async def _complete(tenant: Tenant, guest: Guest, data: GuestFields, at: datetime) -> None:
    """Set what was empty until now; the rest stays."""
    names, profile = _parts(data)
    had = {"first_name": guest.first_name, "last_name": guest.last_name}
    kept = {name: had[name] or names.get(name) for name in NAMES}
    added = {name: value for name, value in profile.items() if guest.profile.get(name) is None}
    await _write(tenant, guest, kept, guest.profile | added, at)


async def _write(
    tenant: Tenant, guest: Guest, names: dict[str, Any], profile: dict[str, Any], at: datetime
) -> None:
    wanted = {**names, "guest_id": guest.id, "profile": json.dumps(profile, ensure_ascii=False), "at": at}
    await tenant.execute(UPDATE, wanted)


async def update_guest(call: Call, key: str, data: UpdateGuest) -> str:
    """Change what was sent; the address stays for ever. Returns the guest's JSON."""
    at = call.services.clock()
    async with call.db.transaction(call.member) as tenant:
        guest = await locked_guest(tenant, key)
        names, profile = _parts(data)
        if data.email not in (None, guest.email):
            raise invalid({"email": ["The address of a guest cannot be changed."]})
        if not names and not profile:
            raise invalid({"associated_members": ["The associated members field is required."]})
        await _refuse_strangers(tenant, data)
        names = {"first_name": guest.first_name, "last_name": guest.last_name} | names
        await _write(tenant, guest, names, guest.profile | profile, at)
        await note_person(call, tenant, at, "updated", "Guest", guest.id, f"Changed guest: {guest.email}")
        return await guest_json(tenant, call, guest.id)


async def disable_guest(call: Call, key: str) -> str:
    """Switch a guest's link off; not while something is to do (G-084). Returns the guest's JSON."""
    at = call.services.clock()
    async with call.db.transaction(call.member) as tenant:
        guest = await locked_guest(tenant, key)
        if guest.status != "disabled":
            if await tenant.fetch_value(HAS_OPEN_TASKS, {"guest_id": guest.id}):
                raise Forbidden("Cannot disable guest with incomplete tasks")
            profile = {"disabled_by": call.member.user_id, "reactivated_at": None, "reactivated_by": None}
            await _set_status(tenant, guest, "disabled", profile, at)
            await note_person(
                call, tenant, at, "disabled", "Guest", guest.id, f"Disabled guest: {guest.email}"
            )
        return await guest_json(tenant, call, guest.id)


async def enable_guest(call: Call, key: str) -> str:
    """Switch a guest's link on again: the same one (T-210). Returns the guest's JSON."""
    at = call.services.clock()
    async with call.db.transaction(call.member) as tenant:
        guest = await locked_guest(tenant, key)
        if guest.status == "disabled":
            profile = {
                "disabled_by": None,
                "reactivated_at": stamp_of(at),
                "reactivated_by": call.member.user_id,
            }
            await _set_status(tenant, guest, "active", profile, at)
            await note_person(call, tenant, at, "enabled", "Guest", guest.id, f"Enabled guest: {guest.email}")
        return await guest_json(tenant, call, guest.id)


async def _set_status(
    tenant: Tenant, guest: Guest, status: str, profile: dict[str, Any], at: datetime
) -> None:
    wanted = {"guest_id": guest.id, "status": status, "profile": json.dumps(profile), "at": at}
    await tenant.execute(SET_STATUS, wanted)


async def delete_guest(call: Call, key: str) -> str:
    """Remove a guest from the organization and from all that is to do; what is done keeps the address (P-776).

    Returns the guest's JSON as it was last.
    """
    at = call.services.clock()
    async with call.db.transaction(call.member) as tenant:
        guest = await locked_guest(tenant, key, named_by_body=True)
    # First, so that the same request does the rest when tasks were held by others.
    await swap_on_tasks(call.services, call.member.organization_id, gone(guest))
    async with call.db.transaction(call.member) as tenant:
        guest = await locked_guest(tenant, key, named_by_body=True)
        to_settle = await leave_groups(tenant, guest.id)
        await _set_status(tenant, guest, "deleted", {}, at)
        await note_person(call, tenant, at, "deleted", "Guest", guest.id, f"Removed guest: {guest.email}")
        answer = await guest_json(tenant, call, guest.id)
    await settle(call, to_settle)
    return answer


def gone(guest: Guest) -> Swap:
    """A guest stands on tasks no more."""
    return Swap(People(guests=(guest.email,)), People(), (guest.id,))


async def reset_link(call: Call, key: str) -> str:
    """Give a guest a new link and send it; the old one is dead at once (T-210). Returns the guest's JSON."""
    at = call.services.clock()
    code = new_guest_code()
    async with call.db.transaction(call.member) as tenant:
        guest = await locked_guest(tenant, key)
        old = hashlib.sha256(guest.code.encode()).digest()
        await tenant.execute(SET_CODE, {"guest_id": guest.id, "hash": old, "code": code, "at": at})
        await _mail_link(call, tenant, guest, code, at)
        await note_person(
            call, tenant, at, "updated", "Guest", guest.id, f"Renewed the link of: {guest.email}"
        )
        return await guest_json(tenant, call, guest.id)


async def send_link(call: Call, key: str) -> str:
    """Send a guest the link again. Returns the guest's JSON."""
    at = call.services.clock()
    async with call.db.transaction(call.member) as tenant:
        guest = await locked_guest(tenant, key)
        if guest.status == "disabled":
            raise invalid({"status": ["The link of a disabled guest cannot be sent."]})
        await _mail_link(call, tenant, guest, guest.code, at)
        return await guest_json(tenant, call, guest.id)


async def _mail_link(call: Call, tenant: Tenant, guest: Guest, code: str, at: datetime) -> None:
    link = f"{call.services.settings.web_address}/{call.member.organization_id.hex}/guest/{code}"
    await Letters(call, tenant, at).send_guest_link(Recipient(guest.id, guest.email, guest.name), link)
