"""What happened to an organization itself, or to something that is gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from stepwell.db.pool import Tenant
from stepwell.engine.model import Event
from stepwell.events.log import Author, Subject, append
from stepwell.http.call import Call

LAST = """
    UPDATE organizations SET last_event = last_event + %(count)s
     WHERE organization_id = %(organization_id)s RETURNING last_event - %(count)s
"""


async def append_to_organization(call: Call, tenant: Tenant, at: datetime, events: Sequence[Event]) -> None:
    """Append to the organization's own log; locks its row until the transaction ends."""
    last = await tenant.fetch_value(LAST, {"count": len(events)})
    subject = Subject("Organization", tenant.organization_id, last)
    await append(tenant, call.numbers, Author(call.member.user_id), at, subject, events)
