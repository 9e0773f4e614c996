"""What an organization lets standard members do, or keeps to its administrators."""

from __future__ import annotations

from stepwell.access.members import Member
from stepwell.db.pool import Tenant
from stepwell.errors import Forbidden

SWITCH = """
    SELECT coalesce((settings ->> %(name)s)::boolean, true) FROM organizations
     WHERE organization_id = %(organization_id)s
"""


async def require_switch(tenant: Tenant, member: Member, name: str) -> None:
    """Raises Forbidden unless the member is an administrator, or a standard member and the switch is on."""
    if member.is_admin:
        return
    if not member.is_full or not await tenant.fetch_value(SWITCH, {"name": name}):
        raise Forbidden
