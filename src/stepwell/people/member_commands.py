"""What changes members: their profile, their role, and whether they belong."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from stepwell.access.members import ADMIN, Member
from stepwell.db.pool import Tenant
from stepwell.errors import Forbidden, invalid
from stepwell.http.call import Call
from stepwell.http.values import whole_number
from stepwell.mail.outbox import Recipient
from stepwell.people.guarding import Subject, bad_request, let_go, let_step_down, locked_member
from stepwell.people.inviting import WITHDRAW, erase_address
from stepwell.people.leaving import HandedOver, deactivate, hand_over
from stepwell.people.letters import Letters
from stepwell.people.member_schemas import UpdateMember
from stepwell.people.noting import note_person
from stepwell.people.preferring import keep_values
from stepwell.people.queries import user_json
from stepwell.people.settling import following
from stepwell.people.stamps import stamp_of

COLUMNS = ("first_name", "last_name", "username")
PREFERENCES = ("date_display", "sounds", "content_language")
ELSEWHERE = "SELECT identity.belongs_elsewhere(%(user_id)s, %(organization_id)s)"
TAKEN = """
    SELECT EXISTS (SELECT FROM people WHERE organization_id = %(organization_id)s AND kind <> 'guest'
                      AND lower(username) = lower(%(username)s) AND id <> %(user_id)s AND status <> 'deleted')
"""
UPDATE = """
    UPDATE people SET first_name = %(first_name)s, last_name = %(last_name)s, username = %(username)s,
           profile = profile || %(profile)s, updated_at = %(at)s
     WHERE organization_id = %(organization_id)s AND id = %(user_id)s
"""
SET_ROLE = """
    WITH invited AS (
        UPDATE invitations SET role = %(role)s WHERE organization_id = %(organization_id)s AND person_id = %(user_id)s
    )
    UPDATE people SET role = %(role)s, updated_at = %(at)s
     WHERE organization_id = %(organization_id)s AND id = %(user_id)s
"""
SET_STATUS = """
    UPDATE people SET status = %(status)s, profile = profile || %(profile)s, updated_at = %(at)s,
           disabled_at = CASE WHEN %(status)s = 'disabled' THEN %(at)s::timestamptz END
     WHERE organization_id = %(organization_id)s AND id = %(user_id)s
"""
APPROVE = """
    UPDATE people SET profile = profile || jsonb_build_object('approved_at', %(stamp)s::text), updated_at = %(at)s
     WHERE organization_id = %(organization_id)s AND id = %(user_id)s AND profile ->> 'approved_at' IS NULL
"""
REVOKE = "SELECT identity.revoke_tokens_of_leaver(%(user_id)s, %(at)s)"
HEIR = """
    SELECT id, email, concat_ws(' ', nullif(first_name, ''), nullif(last_name, '')) FROM people
     WHERE organization_id = %(organization_id)s AND id = %(heir)s AND id <> %(user_id)s
       AND kind = 'member' AND status = 'active'
"""
REMOVED = """
    SELECT json_build_object('id', id, 'email', email, 'first_name', coalesce(first_name, ''),
                             'last_name', coalesce(last_name, ''), 'role', role, 'status', status)::text
      FROM people WHERE organization_id = %(organization_id)s AND id = %(user_id)s
"""
KINDS = ("templates", "processes", "tasks")


def _system(call: Call) -> Member:
    """For what follows from a command when the caller may have ended the own membership with it."""
    return Member(call.member.organization_id, 0, ADMIN)


async def read_as_system(call: Call, user_id: int) -> str:
    """A member's JSON after a command."""
    async with call.db.reading(_system(call)) as tenant:
        return await user_json(tenant, call, user_id)


async def may_update(call: Call, user_id: int) -> None:
    """Raises NotFound, or Forbidden unless it is oneself or an administrator asks, who may change this member."""
    async with call.db.transaction(call.member) as tenant:
        await _refuse_update(call, tenant, await locked_member(tenant, user_id))


async def _refuse_update(call: Call, tenant: Tenant, member: Subject) -> None:
    if member.is_bot:
        raise Forbidden("Bot users cannot be edited.")
    if member.id == call.member.user_id:
        return
    if not call.member.is_admin:
        raise Forbidden
    if await tenant.fetch_value(ELSEWHERE, {"user_id": member.id}):
        raise Forbidden("This person belongs to several organizations and can only edit their own profile.")


async def update_member(call: Call, user_id: int, data: UpdateMember) -> str:
    """Change what was sent of a profile (G-040); the member is told what. Returns the member's JSON."""
    at = call.services.clock()
    async with call.db.transaction(call.member) as tenant:
        member = await locked_member(tenant, user_id)
        await _refuse_update(call, tenant, member)
        sent = data.sent()
        if "username" in sent and await tenant.fetch_value(
            TAKEN, {"user_id": user_id, "username": sent["username"]}
        ):
            raise invalid({"username": ["The username has already been taken."]})
        shown = {name: sent.pop(name) for name in PREFERENCES if name in sent}
        await keep_values(tenant, user_id, shown, at)
        had = {name: getattr(member, name) for name in COLUMNS}
        columns = had | {name: sent.pop(name) for name in COLUMNS if name in sent}
        changed = [name for name in COLUMNS if columns[name] != had[name]]
        changed += [name for name in sorted(sent) if member.profile.get(name) != sent[name]]
        if changed:
            profile = json.dumps(sent, ensure_ascii=False)
            await tenant.execute(UPDATE, {"user_id": user_id, "profile": profile, "at": at, **columns})
            await Letters(call, tenant, at).tell_profile(_to(member), changed)
            what = f"Changed the profile of {member.email}: {', '.join(changed)}"
            await note_person(call, tenant, at, "updated", "User", user_id, what)
        return await user_json(tenant, call, user_id)


def _to(member: Subject) -> Recipient:
    return Recipient(member.id, member.email, member.name)


async def change_role(call: Call, user_id: int, role: str) -> str:
    """Give a member another role, at once (G-070). Returns the member's JSON."""
    at = call.services.clock()
    async with call.db.transaction(call.member) as tenant:
        member = await locked_member(tenant, user_id)
        if member.is_bot:
            raise Forbidden("Bot users cannot be edited.")
        if member.role != role:
            if member.role == ADMIN:
                await let_step_down(tenant, member)
            await tenant.execute(SET_ROLE, {"user_id": user_id, "role": role, "at": at})
            await Letters(call, tenant, at).tell_role(_to(member), member.role, role)
            what = f"Changed the role of {member.email}"
            await note_person(call, tenant, at, "role_changed", "User", user_id, what, member.role, role)
    return await read_as_system(call, user_id)


async def approve_member(call: Call, user_id: int) -> str:
    """Let somebody in who signed up alone (G-069). Returns the member's JSON."""
    at = call.services.clock()
    async with call.db.transaction(call.member) as tenant:
        member = await locked_member(tenant, user_id)
        if member.is_bot:
            raise Forbidden("Bot users cannot be edited.")
        await tenant.execute(APPROVE, {"user_id": user_id, "stamp": stamp_of(at), "at": at})
        if member.profile.get("approved_at") is None:
            await note_person(call, tenant, at, "approved", "User", user_id, f"Approved: {member.email}")
        return await user_json(tenant, call, user_id)


async def disable_member(call: Call, user_id: int) -> str:
    """End a membership for now (G-071); with an heir named, all that is to do moves. Returns the member's JSON."""
    await _end(call, user_id, bot="Bot users cannot be disabled.")
    return await read_as_system(call, user_id)


async def remove_member(call: Call, user_id: int) -> str:
    """End a membership in one step (G-073). Returns who it was."""
    await _end(call, user_id, bot="You can't remove a bot user from this organization!")
    async with call.db.reading(_system(call)) as tenant:
        return str(await tenant.fetch_value(REMOVED, {"user_id": user_id}))


async def _end(call: Call, user_id: int, bot: str) -> None:
    """Disable a member, then do what follows from it; asked for again it does what is left."""
    at = call.services.clock()
    async with call.db.transaction(call.member) as tenant:
        member = await locked_member(tenant, user_id)
        if member.is_bot:
            raise bad_request(bot)
        heir = await _heir(call, tenant, user_id)
        if member.status != "disabled":
            await let_go(tenant, member)
            profile = {"disabled_by": call.member.user_id, "reactivated_at": None, "reactivated_by": None}
            await _set_status(tenant, user_id, "disabled", profile, at)
            await tenant.execute(WITHDRAW, {"person_id": user_id})
            await tenant.execute(REVOKE, {"user_id": user_id, "at": at})
            await note_person(call, tenant, at, "disabled", "User", user_id, f"Disabled: {member.email}")
    async with following():
        moved = await deactivate(
            call.services, call.member.organization_id, user_id, heir.person_id if heir is not None else None
        )
    if heir is not None:
        await _tell_heir(call, member, heir, moved)


async def _heir(call: Call, tenant: Tenant, user_id: int) -> Recipient | None:
    """Who takes over, if anybody is to. Raises Refused unless it is another active member."""
    if not call.flag("with_reassignment"):
        return None
    heir = whole_number(call.text("to"))
    row = await tenant.fetch_first(HEIR, {"heir": heir, "user_id": user_id})
    if row is None:
        given = call.text("to") is not None
        raise invalid({"to": ["The selected to is invalid." if given else "The to field is required."]})
    return Recipient(*row)


async def _tell_heir(call: Call, member: Subject, heir: Recipient, moved: HandedOver) -> None:
    """One mail for all of it."""
    if not any(getattr(moved, kind) for kind in KINDS):
        return
    counts = [f"{getattr(moved, kind)} {kind}" for kind in KINDS if getattr(moved, kind)]
    async with call.db.transaction(_system(call)) as tenant:
        await Letters(call, tenant, call.services.clock()).tell_taken_over(heir, member.name, counts)


async def reassign(call: Call, user_id: int, to: int, kinds: Collection[str]) -> HandedOver:
    """Hand over what a member has, who stays. Returns how much moved."""
    async with call.db.transaction(call.member) as tenant:
        member = await locked_member(tenant, user_id)
        row = await tenant.fetch_first(HEIR, {"heir": to, "user_id": user_id})
        if row is None:
            raise invalid({"to": ["The selected to is invalid."]})
    wanted: Sequence[str] = [kind for kind in KINDS if kind in kinds] or KINDS
    async with following():
        moved = await hand_over(call.services, call.member.organization_id, user_id, to, wanted)
    await _tell_heir(call, member, Recipient(*row), moved)
    return moved


async def enable_member(call: Call, user_id: int) -> str:
    """Let a disabled member in again, with the old role (G-071). Returns the member's JSON."""
    at = call.services.clock()
    async with call.db.transaction(call.member) as tenant:
        member = await locked_member(tenant, user_id)
        if member.status == "disabled":
            by = call.member.user_id
            profile = {"disabled_by": None, "reactivated_at": stamp_of(at), "reactivated_by": by}
            await _set_status(tenant, user_id, "active", profile, at)
            await Letters(call, tenant, at).tell_active_again(_to(member))
            await note_person(call, tenant, at, "enabled", "User", user_id, f"Enabled: {member.email}")
        elif member.status == "invited":
            raise invalid({"status": ["The invitation has not been accepted yet."]})
        return await user_json(tenant, call, user_id)


async def delete_member(call: Call, user_id: int) -> str:
    """Delete a disabled member for good; history stays, under a marked name (G-074). Returns the member's JSON."""
    at = call.services.clock()
    async with call.db.transaction(call.member) as tenant:
        member = await locked_member(tenant, user_id)
        if member.status != "disabled":
            raise bad_request("Please disable the user before deletion.")
        await erase_address(tenant, user_id, at, marked=True)
        await note_person(call, tenant, at, "deleted", "User", user_id, f"Deleted: {member.email}")
        return await user_json(tenant, call, user_id)


async def _set_status(
    tenant: Tenant, user_id: int, status: str, profile: dict[str, Any], at: datetime
) -> None:
    wanted = {"user_id": user_id, "status": status, "profile": json.dumps(profile), "at": at}
    await tenant.execute(SET_STATUS, wanted)
