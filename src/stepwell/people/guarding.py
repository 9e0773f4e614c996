"""What protects an organization from its administrators: the default one, the last one, and the bot (G-058, G-072)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stepwell.db.pool import Tenant
from stepwell.errors import Forbidden, Malformed, NotFound, invalid
from stepwell.http.call import Call
from stepwell.people.noting import note_person

KEEP_DEFAULT = (
    "Cannot modify the default administrator. Please assign another member as default administrator first."
)

# Whoever changes who governs waits here, so that two who leave at once do not both rely on the other.
LOCK_HOUSE = "SELECT FROM organizations WHERE organization_id = %(organization_id)s FOR UPDATE"
LOCK = """
    SELECT id, kind, email, first_name, last_name, role, status, is_default_admin, profile, username
      FROM people
     WHERE organization_id = %(organization_id)s AND id = %(user_id)s AND kind IN ('member', 'bot')
       AND status <> 'deleted'
       FOR UPDATE
"""
NEXT = """
    SELECT id FROM people
     WHERE organization_id = %(organization_id)s AND kind = 'member' AND status = 'active' AND role = 'admin'
       AND id <> %(user_id)s
     ORDER BY created_at, id LIMIT 1
"""
NAME_DEFAULT = """
    UPDATE people SET is_default_admin = (id = %(user_id)s)
     WHERE organization_id = %(organization_id)s AND (is_default_admin OR id = %(user_id)s)
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """The member, or the bot, that a command is about; its row is locked."""

    id: int
    kind: str
    email: str
    first_name: str | None
    last_name: str | None
    role: str
    status: str
    is_default_admin: bool
    profile: dict[str, Any]
    username: str | None

    @property
    def is_bot(self) -> bool:
        return self.kind == "bot"

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.first_name, self.last_name))) or self.email


async def locked_member(tenant: Tenant, user_id: int) -> Subject:
    """The member or the bot, locked, and who governs with it. Raises NotFound."""
    await tenant.execute(LOCK_HOUSE)
    row = await tenant.fetch_first(LOCK, {"user_id": user_id})
    if row is None:
        raise NotFound
    return Subject(*row)


def bad_request(message: str) -> Malformed:
    """400: a refusal that clients know by its status."""
    return Malformed(message, "BAD_REQUEST")


async def let_go(tenant: Tenant, leaver: Subject) -> None:
    """Have another default administrator before this member stops being active, the longest serving one.

    Raises Malformed (400) when there is no other active administrator.
    """
    if leaver.role != "admin" or leaver.status != "active":
        return
    row = await tenant.fetch_first(NEXT, {"user_id": leaver.id})
    if row is None:
        raise bad_request(KEEP_DEFAULT)
    if leaver.is_default_admin:
        await name_default(tenant, row[0])


async def let_step_down(tenant: Tenant, member: Subject) -> None:
    """Raises Malformed (400) for the default administrator, and for the last active one."""
    if member.is_default_admin or (
        member.status == "active" and await tenant.fetch_first(NEXT, {"user_id": member.id}) is None
    ):
        raise bad_request(KEEP_DEFAULT)


CURRENT = """
    SELECT id FROM people WHERE organization_id = %(organization_id)s AND is_default_admin AND status = 'active'
"""


async def hand_over_default(call: Call, user_id: int) -> None:
    """Name another default administrator: the present one does, or any administrator if that one is gone.

    Raises Forbidden, or Refused unless it is an active administrator.
    """
    at = call.services.clock()
    async with call.db.transaction(call.member) as tenant:
        await tenant.execute(LOCK_HOUSE)
        row = await tenant.fetch_first(CURRENT)
        if row is not None and row[0] != call.member.user_id:
            raise Forbidden("Only the default administrator can name another one.")
        found = await tenant.fetch_first(LOCK, {"user_id": user_id})
        member = Subject(*found) if found is not None else None
        if member is None or member.role != "admin" or member.status != "active":
            raise invalid({"user_id": ["The selected user id is invalid."]})
        await name_default(tenant, user_id)
        what = f"Made the default administrator: {member.email}"
        await note_person(call, tenant, at, "default_administrator", "User", user_id, what)


async def may_hand_over_default(call: Call) -> None:
    """Raises Forbidden: said before a wrong field is."""
    async with call.db.reading(call.member) as tenant:
        row = await tenant.fetch_first(CURRENT)
    if row is not None and row[0] != call.member.user_id:
        raise Forbidden("Only the default administrator can name another one.")


async def name_default(tenant: Tenant, user_id: int) -> None:
    """Make an active administrator the one default one."""
    await tenant.execute(NAME_DEFAULT, {"user_id": user_id})
