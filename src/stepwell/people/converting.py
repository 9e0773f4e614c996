"""Members become guests and guests become members; their tasks stay theirs (T-204, P-776)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from stepwell.access.members import ADMIN, Member
from stepwell.db.pool import Tenant
from stepwell.engine.model import People
from stepwell.errors import NotFound
from stepwell.http.call import Call
from stepwell.mail.outbox import Recipient
from stepwell.people.directory import new_guest_code
from stepwell.people.finding import Guest, locked_guest
from stepwell.people.guarding import Subject, bad_request, let_go, locked_member
from stepwell.people.inviting import USER, Invited, send_invitation
from stepwell.people.noting import note_person
from stepwell.people.queries import guest_json, user_json
from stepwell.people.regrouping import GROUPS_OF, LOCK, follow_groups, leave_groups
from stepwell.people.settling import settle
from stepwell.people.stamps import stamp_of
from stepwell.people.swapping import Swap, swap_on_tasks

IN_PLACE = """
    UPDATE people SET kind = 'member', role = %(role)s, status = 'invited', guest_code = NULL, disabled_at = NULL,
           first_name = coalesce(first_name, split_part(email, '@', 1)), last_name = coalesce(last_name, ''),
           profile = profile || %(profile)s, updated_at = %(at)s
     WHERE organization_id = %(organization_id)s AND id = %(guest_id)s
"""
RETIRE = """
    UPDATE people SET status = 'deleted', email = email || '.deleted.' || id, updated_at = %(at)s
     WHERE organization_id = %(organization_id)s AND id = %(guest_id)s
"""
UNDER_ANOTHER_NUMBER = """
    INSERT INTO people (organization_id, id, kind, email, username, first_name, last_name, role, status, profile,
                        created_at, updated_at)
    VALUES (%(organization_id)s, %(user_id)s, 'member', %(email)s, split_part(%(email)s, '@', 1), %(first_name)s,
            %(last_name)s, %(role)s, 'invited', %(profile)s, %(at)s, %(at)s)
    ON CONFLICT (organization_id, id) DO UPDATE
       SET kind = 'member', email = EXCLUDED.email, first_name = EXCLUDED.first_name, last_name = EXCLUDED.last_name,
           role = EXCLUDED.role, status = 'invited', profile = EXCLUDED.profile, disabled_at = NULL, updated_at = %(at)s
     WHERE people.status = 'deleted'
"""
MOVE_GROUPS = """
    UPDATE group_people SET person_id = %(user_id)s
     WHERE organization_id = %(organization_id)s AND person_id = %(guest_id)s
"""
MOVE_HISTORY = """
    UPDATE task_people mine SET person_id = %(user_id)s
     WHERE mine.organization_id = %(organization_id)s AND mine.person_id = %(guest_id)s
       AND NOT EXISTS (SELECT FROM task_people other WHERE other.organization_id = %(organization_id)s
                          AND other.task_id = mine.task_id AND other.person_id = %(user_id)s)
"""
BECOME_GUEST = """
    UPDATE people SET kind = 'guest', role = NULL, status = 'active', is_default_admin = false, disabled_at = NULL,
           guest_code = %(code)s, profile = profile || '{"was_member": true}', updated_at = %(at)s
     WHERE organization_id = %(organization_id)s AND id = %(user_id)s
"""
DROP_GRANTS = """
    WITH grants AS (
        UPDATE template_permissions SET users = array_remove(users, %(user_id)s)
         WHERE organization_id = %(organization_id)s AND users @> ARRAY[%(user_id)s]::bigint[]
    ), defaults AS (
        UPDATE templates SET users = array_remove(users, %(user_id)s)
         WHERE organization_id = %(organization_id)s AND users @> ARRAY[%(user_id)s]::bigint[]
    ), titles AS (
        UPDATE job_titles SET users = array_remove(users, %(user_id)s)
         WHERE organization_id = %(organization_id)s AND users @> ARRAY[%(user_id)s]::bigint[]
    ), invited AS (
        DELETE FROM invitations WHERE organization_id = %(organization_id)s AND person_id = %(user_id)s
    )
    UPDATE processes SET reader_users = array_remove(reader_users, %(user_id)s)
     WHERE organization_id = %(organization_id)s AND reader_users @> ARRAY[%(user_id)s]::bigint[]
"""
WAS_MEMBER = """
    SELECT email FROM people
     WHERE organization_id = %(organization_id)s AND id = %(user_id)s AND kind = 'guest' AND status <> 'deleted'
       AND profile -> 'was_member' = 'true'
"""
REVOKE = "SELECT identity.revoke_tokens_of_leaver(%(user_id)s, %(at)s)"


async def guest_to_member(call: Call, key: str, role: str) -> str:
    """Make a guest an invited member, who has the guest's tasks and groups. Returns the member's JSON."""
    at = call.services.clock()
    async with call.db.transaction(call.member) as tenant:
        guest = await locked_guest(tenant, key)
        user_id = await tenant.fetch_value(USER, {"email": guest.email, "offered": guest.id, "at": at})
        profile = {
            "timezone": guest.profile.get("timezone") or "UTC",
            "phone": guest.profile.get("phone_1"),
            "invited_by": call.member.user_id,
            "approved_at": stamp_of(at),
        }
        wanted = {
            "user_id": user_id,
            "guest_id": guest.id,
            "email": guest.email,
            "first_name": guest.first_name or guest.email.split("@")[0],
            "last_name": guest.last_name or "",
            "role": role,
            "profile": json.dumps(profile, ensure_ascii=False),
            "at": at,
        }
        if user_id == guest.id:
            await tenant.execute(IN_PLACE, wanted)
        else:
            await _move(tenant, guest, wanted)
        invited = Invited(Recipient(user_id, guest.email, guest.name), role)
        await send_invitation(call, tenant, invited, at)
        await note_person(
            call, tenant, at, "converted", "User", user_id, f"Made a member of: {guest.email}", new=role
        )
    both = tuple(dict.fromkeys((guest.id, user_id)))
    await swap_on_tasks(
        call.services,
        call.member.organization_id,
        Swap(People(guests=(guest.email,)), People(users=(user_id,)), both),
    )
    async with call.db.reading(call.member) as tenant:
        return await user_json(tenant, call, user_id)


async def _move(tenant: Tenant, guest: Guest, wanted: dict[str, object]) -> None:
    """The address is that of a user of another organization: all goes to the number of that user."""
    groups = [row[0] for row in await tenant.fetch_all(GROUPS_OF, {"person_id": guest.id})]
    await tenant.execute(LOCK, {"groups": groups})
    await tenant.execute(RETIRE, wanted)
    await tenant.execute(UNDER_ANOTHER_NUMBER, wanted)
    await tenant.execute(MOVE_GROUPS, wanted)
    await tenant.execute(MOVE_HISTORY, wanted)
    await follow_groups(tenant, groups)


async def member_to_guest(call: Call, user_id: int) -> str:
    """Make a member a guest, who keeps what is to do and nothing else. Returns the guest's JSON.

    Asked for again it does the rest of what was interrupted.
    """
    at = call.services.clock()
    to_settle: Sequence[UUID] = ()
    async with call.db.transaction(call.member) as tenant:
        row = await tenant.fetch_first(WAS_MEMBER, {"user_id": user_id})
        if row is not None:
            email = row[0]
        else:
            member = await locked_member(tenant, user_id)
            await _refuse_unconvertible(tenant, member)
            email = member.email
            to_settle = await _become_guest(call, tenant, member, at)
    swap = Swap(People(users=(user_id,)), People(guests=(email,)), (user_id,))
    await swap_on_tasks(call.services, call.member.organization_id, swap)
    await settle(call, to_settle)
    async with call.db.reading(Member(call.member.organization_id, 0, ADMIN)) as tenant:
        return await guest_json(tenant, call, user_id)


async def _refuse_unconvertible(tenant: Tenant, member: Subject) -> None:
    if member.is_bot:
        raise bad_request("Bot users cannot be converted.")
    if member.status == "invited":
        raise NotFound
    await let_go(tenant, member)


async def _become_guest(call: Call, tenant: Tenant, member: Subject, at: datetime) -> Sequence[UUID]:
    wanted = {"user_id": member.id, "code": new_guest_code(), "at": at}
    to_settle = await leave_groups(tenant, member.id)
    await tenant.execute(BECOME_GUEST, wanted)
    await tenant.execute(DROP_GRANTS, wanted)
    await tenant.execute(REVOKE, wanted)
    await note_person(call, tenant, at, "converted", "Guest", member.id, f"Made a guest of: {member.email}")
    return to_settle
