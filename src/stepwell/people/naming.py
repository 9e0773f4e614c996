"""Members and guests as bodies name them: who can be meant, and guests made of new addresses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from stepwell.db.ids import Numbers
from stepwell.db.pool import Tenant
from stepwell.errors import invalid
from stepwell.people.directory import new_guests

KNOWN = """
    SELECT id, kind, status, email FROM people
     WHERE organization_id = %(organization_id)s AND (id = ANY (%(ids)s) OR email = ANY (%(emails)s))
"""


async def people_named(
    tenant: Tenant, numbers: Numbers, members: Sequence[int], guests: Sequence[str], at: datetime
) -> list[int]:
    """The person ids of members and of guests' addresses; unknown addresses become guests.

    Raises Refused with everybody who is no active or invited member, and every address that cannot be a guest's.
    """
    rows = await tenant.fetch_all(KNOWN, {"ids": list(members), "emails": list(guests)})
    usable = {id for id, kind, status, _ in rows if kind == "member" and status in ("active", "invited")}
    known = {email: (id, kind, status) for id, kind, status, email in rows}
    reasons = {
        f"members.{place}": [f"The selected members.{place} is invalid."]
        for place, one in enumerate(members)
        if one not in usable
    }
    for place, email in enumerate(guests):
        if email in known and known[email][1] != "guest":
            reasons[f"guests.{place}"] = [f"{email} is the address of a member and cannot be a guest"]
    if reasons:
        raise invalid(reasons)
    present = {
        email: id for email, (id, kind, status) in known.items() if kind == "guest" and status != "deleted"
    }
    unknown = sorted(set(guests) - present.keys())
    if unknown:
        present |= await new_guests(tenant, numbers, unknown, at)
    return list(dict.fromkeys([*members, *(present[email] for email in guests)]))
