"""What changes tags themselves; only administrators do."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from stepwell.db.ids import new_id
from stepwell.db.pool import Tenant
from stepwell.engine.model import Event
from stepwell.errors import invalid
from stepwell.http.call import Call
from stepwell.organizations.log import append_to_organization
from stepwell.tags.queries import tag_json
from stepwell.tags.schemas import CreateTag, UpdateTag

INSERT = """
    INSERT INTO tags (organization_id, id, title, color, kind, created_at)
    VALUES (%(organization_id)s, %(tag_id)s, %(title)s, %(color)s, %(kind)s, %(at)s)
"""
UPDATE = """
    UPDATE tags SET title = coalesce(%(title)s, title), color = coalesce(%(color)s, color)
     WHERE organization_id = %(organization_id)s AND id = %(tag_id)s
"""
TAKEN = """
    SELECT EXISTS (SELECT FROM tags WHERE organization_id = %(organization_id)s
                      AND lower(title) = lower(%(title)s) AND id <> %(tag_id)s)
"""
FIND = "SELECT title FROM tags WHERE organization_id = %(organization_id)s AND id = %(tag_id)s FOR UPDATE"
DELETE = "DELETE FROM tags WHERE organization_id = %(organization_id)s AND id = %(tag_id)s RETURNING title"


async def create_tag(call: Call, data: CreateTag) -> str:
    """Create a tag. Returns its JSON. Raises Refused for a title that is taken, in whatever case (T-196)."""
    tag_id, at = new_id(), call.services.clock()
    async with call.db.transaction(call.member) as tenant:
        await _refuse_taken(tenant, tag_id, data.title)
        wanted = {"tag_id": tag_id, "title": data.title, "color": data.color, "kind": data.type, "at": at}
        await tenant.execute(INSERT, wanted)
        await _note(call, tenant, at, "created", tag_id, f"Created tag: {data.title}")
        return await tag_json(tenant, tag_id, statistics=False)


async def update_tag(call: Call, tag_id: UUID, data: UpdateTag) -> str:
    """Rename or recolour a tag. Returns its JSON."""
    at = call.services.clock()
    async with call.db.transaction(call.member) as tenant:
        title = await tenant.fetch_value(FIND, {"tag_id": tag_id})
        if data.title is not None:
            await _refuse_taken(tenant, tag_id, data.title)
        await tenant.execute(UPDATE, {"tag_id": tag_id, "title": data.title, "color": data.color})
        await _note(call, tenant, at, "updated", tag_id, f"Changed tag: {data.title or title}")
        return await tag_json(tenant, tag_id, statistics="statistics" in call.includes)


async def delete_tag(call: Call, tag_id: UUID) -> None:
    """Remove a tag from everything that carries it, for good; one that is unknown is gone already."""
    at = call.services.clock()
    async with call.db.transaction(call.member) as tenant:
        row = await tenant.fetch_first(DELETE, {"tag_id": tag_id})
        if row is not None:
            await _note(call, tenant, at, "deleted", tag_id, f"Deleted tag: {row[0]}")


async def _refuse_taken(tenant: Tenant, tag_id: UUID, title: str) -> None:
    if await tenant.fetch_value(TAKEN, {"tag_id": tag_id, "title": title}):
        raise invalid({"title": ["The title has already been taken."]})


async def _note(call: Call, tenant: Tenant, at: datetime, verb: str, tag_id: UUID, description: str) -> None:
    event = Event(verb=verb, kind="Tag", subject="Tag", subject_id=tag_id, description=description)
    await append_to_organization(call, tenant, at, [event])
