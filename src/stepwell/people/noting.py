"""One place where changes of people and access are written down."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from stepwell.db.pool import Tenant
from stepwell.engine.model import Event
from stepwell.http.call import Call
from stepwell.organizations.log import append_to_organization


async def note_person(
    call: Call,
    tenant: Tenant,
    at: datetime,
    verb: str,
    kind: str,
    person_id: int,
    description: str,
    old: str | None = None,
    new: str | None = None,
) -> None:
    """Append to the organization's log what was done with somebody, `kind` User or Guest."""
    event = Event(
        verb=verb,
        kind=kind,
        subject=kind,
        subject_id=UUID(int=person_id),
        description=description,
        old=old,
        new=new,
    )
    await append_to_organization(call, tenant, at, [event])
