"""Invitations: who is asked to become a member, by a link that is good until another one is sent (G-066, G-067)."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stepwell.access.members import ADMIN, Member
from stepwell.access.switches import require_switch
from stepwell.db.ids import GLOBAL
from stepwell.db.pool import Tenant
from stepwell.errors import Conflict, Forbidden, NotFound, invalid
from stepwell.http.call import Call
from stepwell.mail.outbox import Recipient
from stepwell.people.guarding import LOCK_HOUSE
from stepwell.people.leaving import deactivate
from stepwell.people.letters import Letters
from stepwell.people.member_schemas import InviteMember
from stepwell.people.noting import note_person
from stepwell.people.queries import user_json
from stepwell.people.stamps import stamp_of

SWITCH = "allow_user_invite"
KNOWN = """
    SELECT id, kind, status, role, concat_ws(' ', nullif(first_name, ''), nullif(last_name, '')) FROM people
     WHERE organization_id = %(organization_id)s AND email = %(email)s FOR UPDATE
"""
FREE_ADDRESS = """
    UPDATE people SET email = email || '.deleted.' || id
     WHERE organization_id = %(organization_id)s AND id = %(id)s AND status = 'deleted'
"""
USER = "SELECT identity.user_of(%(email)s, %(offered)s, %(at)s)"
DEFAULTS = """
    SELECT timezone, coalesce(settings -> 'cadence_days', '["Monday", "Wednesday", "Friday"]')
      FROM organizations WHERE organization_id = %(organization_id)s
"""
JOIN = """
    INSERT INTO people (organization_id, id, kind, email, username, first_name, last_name, role, status, profile,
                        created_at, updated_at)
    SELECT %(organization_id)s, %(user_id)s, 'member', %(email)s,
           split_part(%(email)s, '@', 1) || CASE WHEN EXISTS (
               SELECT FROM people WHERE organization_id = %(organization_id)s
                  AND lower(username) = split_part(%(email)s, '@', 1)) THEN %(user_id)s::text ELSE '' END,
           %(first_name)s, %(last_name)s, %(role)s, 'invited', %(profile)s, %(at)s, %(at)s
    ON CONFLICT (organization_id, id) DO UPDATE
       SET kind = 'member', email = EXCLUDED.email, username = EXCLUDED.username, first_name = EXCLUDED.first_name,
           last_name = EXCLUDED.last_name, role = EXCLUDED.role, status = 'invited', profile = EXCLUDED.profile,
           guest_code = NULL, disabled_at = NULL, is_default_admin = false, created_at = %(at)s, updated_at = %(at)s
     WHERE people.status = 'deleted'
    RETURNING id
"""  # somebody who was deleted here comes back under the number of the same user
INVITATION = """
    INSERT INTO invitations (organization_id, person_id, code_hash, role, invited_by, sent_at)
    VALUES (%(organization_id)s, %(person_id)s, %(hash)s, %(role)s, %(invited_by)s, %(at)s)
    ON CONFLICT (organization_id, person_id) DO UPDATE SET code_hash = EXCLUDED.code_hash, sent_at = EXCLUDED.sent_at
"""  # the role of the first one stays
PENDING = """
    SELECT person.kind, person.email, concat_ws(' ', nullif(person.first_name, ''), nullif(person.last_name, '')),
           invitation.role
      FROM people person LEFT JOIN invitations invitation
        ON invitation.organization_id = person.organization_id AND invitation.person_id = person.id
     WHERE person.organization_id = %(organization_id)s AND person.id = %(person_id)s AND person.status <> 'deleted'
       AND (person.kind IN ('member', 'bot') OR invitation.role IS NOT NULL)
       FOR UPDATE OF person
"""
WITHDRAW = "DELETE FROM invitations WHERE organization_id = %(organization_id)s AND person_id = %(person_id)s"
NOT_PENDING = {"status": ["There is no invitation that waits to be accepted."]}


def new_invitation_code(organization_id: str) -> str:
    """The secret in an invitation's link; it begins with the organization, under which its hash is looked up."""
    return f"{organization_id}{secrets.token_urlsafe(32)}"


def hash_of_code(code: str) -> bytes:
    """What is kept of a code."""
    return hashlib.sha256(code.encode()).digest()


@dataclass(frozen=True, slots=True)
class Invited:
    """Whom an invitation goes to, and with which role."""

    to: Recipient
    role: str


async def may_invite(call: Call) -> None:
    """Raises Forbidden: said before a wrong field is."""
    async with call.db.reading(call.member) as tenant:
        await require_switch(tenant, call.member, SWITCH)


async def invite(call: Call, data: InviteMember) -> str:
    """Ask somebody to become a member; who is invited already is sent a new link and nothing else changes.

    Returns the JSON of the invited member. A guest stays one until it is accepted.
    """
    at = call.services.clock()
    offered = (await call.numbers.take(GLOBAL, "person"))[0]
    async with call.db.transaction(call.member) as tenant:
        await require_switch(tenant, call.member, SWITCH)
        if data.role == ADMIN and not call.member.is_admin:
            raise Forbidden("Your role does not allow inviting administrators.")
        await tenant.execute(
            LOCK_HOUSE
        )  # who invites the same address at the same moment waits, and sends it again
        row = await tenant.fetch_first(KNOWN, {"email": data.email})
        person_id, kind, status, role, name = row or (0, "", "deleted", None, "")
        if kind == "bot" or (kind == "member" and status in ("active", "disabled")):
            raise invalid({"email": ["This email address already belongs to a member of this organization."]})
        if status == "deleted":
            await tenant.execute(FREE_ADDRESS, {"id": person_id})
            person_id = await _join(call, tenant, data, offered, at)
            await note_person(
                call, tenant, at, "invited", "User", person_id, f"Invited: {data.email}", new=data.role
            )
            name = f"{data.first_name or ''} {data.last_name or ''}".strip()
        invited = Invited(Recipient(person_id, data.email, name), role or data.role)
        await send_invitation(call, tenant, invited, at, data.message)
        return await user_json(tenant, call, person_id)


async def _join(call: Call, tenant: Tenant, data: InviteMember, offered: int, at: datetime) -> int:
    zone, days = await tenant.fetch_one(DEFAULTS)
    profile: dict[str, Any] = {
        "timezone": data.timezone or zone,
        "invited_by": call.member.user_id,
        "approved_at": stamp_of(at),
        "digest_days": days,
    }
    user_id = await tenant.fetch_value(USER, {"email": data.email, "offered": offered, "at": at})
    wanted = {
        "user_id": user_id,
        "email": data.email,
        "first_name": data.first_name or data.email.split("@")[0][:32],
        "last_name": data.last_name or "",
        "role": data.role,
        "profile": json.dumps(profile),
        "at": at,
    }
    row = await tenant.fetch_first(JOIN, wanted)
    if row is None:
        raise Conflict("Somebody else has just changed this person. Please try again.")
    return int(row[0])


async def send_invitation(
    call: Call, tenant: Tenant, invited: Invited, at: datetime, message: str | None = None
) -> None:
    """Make a link, the only good one from now on, and mail it."""
    code = new_invitation_code(call.member.organization_id.hex)
    wanted = {
        "person_id": invited.to.person_id,
        "hash": hash_of_code(code),
        "role": invited.role,
        "invited_by": call.member.user_id,
        "at": at,
    }
    await tenant.execute(INVITATION, wanted)
    link = f"{call.services.settings.web_address}/invitations/{code}"
    await Letters(call, tenant, at).invite(invited.to, link, message)


async def resend_invitation(call: Call, user_id: int) -> str:
    """Send a new link to somebody who has not accepted yet; the old one is dead. Returns the member's JSON."""
    at = call.services.clock()
    async with call.db.transaction(call.member) as tenant:
        _, email, name, role = await tenant.fetch_one(PENDING, {"person_id": user_id})
        if role is None:
            raise invalid(NOT_PENDING)
        await send_invitation(call, tenant, Invited(Recipient(user_id, email, name), role), at)
        return await user_json(tenant, call, user_id)


async def withdraw_invitation(call: Call, user_id: int) -> None:
    """End an invitation; whoever was no guest before is gone, and the address is free again."""
    at = call.services.clock()
    organization_id = call.member.organization_id
    async with call.db.transaction(call.member) as tenant:
        kind, email, _, role = await tenant.fetch_one(PENDING, {"person_id": user_id})
        if role is None:
            raise invalid(NOT_PENDING)
        await tenant.execute(WITHDRAW, {"person_id": user_id})
        await note_person(
            call, tenant, at, "withdrawn", "User", user_id, f"Withdrew the invitation of: {email}"
        )
    if kind == "member":
        await deactivate(call.services, organization_id, user_id)
        async with call.db.transaction(Member(organization_id, 0, ADMIN)) as tenant:
            await erase_address(tenant, user_id, at)


ERASE = """
    UPDATE people SET status = 'deleted', email = email || '.deleted.' || id, updated_at = %(at)s,
           last_name = CASE WHEN %(marked)s THEN concat(last_name, '(Deleted)') ELSE last_name END
     WHERE organization_id = %(organization_id)s AND id = %(user_id)s AND kind = 'member' AND status = 'disabled'
    RETURNING id
"""


async def erase_address(tenant: Tenant, user_id: int, at: datetime, *, marked: bool = False) -> None:
    """Delete a disabled member; the address can be invited again. Raises NotFound when it has just been done."""
    row = await tenant.fetch_first(ERASE, {"user_id": user_id, "marked": marked, "at": at})
    if row is None:
        raise NotFound
    await tenant.execute("SELECT identity.free_address_of_leaver(%(user_id)s)", {"user_id": user_id})
