"""The version that a process runs on once another template's steps were inserted into it.

It is the two versions put together, so that steps, fields, rules and milestones are found where they always are. Two
processes that insert the same version into the same one share the result.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from stepwell.db.pool import Tenant
from stepwell.engine.model import Version
from stepwell.templates.versions import VersionShelf

JOINED = ("steps", "automated_actions", "stages")

KNOWN = """
    SELECT 1 FROM template_versions WHERE organization_id = %(organization_id)s AND id = %(id)s
"""
DEFINED = """
    SELECT number, definition, texts, coalesce(base_id, id), inserted FROM template_versions
     WHERE organization_id = %(organization_id)s AND id = %(id)s
"""
STORE = """
    INSERT INTO template_versions (organization_id, id, template_id, number, definition, hash, texts, base_id,
           inserted, created_at)
    VALUES (%(organization_id)s, %(id)s, %(template_id)s, %(number)s, %(definition)s, %(hash)s, %(texts)s,
           %(base_id)s, %(inserted)s, %(at)s)
    ON CONFLICT DO NOTHING
"""


async def extended(
    tenant: Tenant, shelf: VersionShelf, base: Version, added: Version, at: datetime
) -> Version:
    """The version `base` with the steps, rules and milestones of `added` behind its own."""
    version_id = uuid5(base.id, added.id.hex)
    if await tenant.fetch_first(KNOWN, {"id": version_id}) is None:
        await _store(tenant, version_id, base, added, at)
    return await shelf.version(tenant, version_id)


async def _store(tenant: Tenant, version_id: UUID, base: Version, added: Version, at: datetime) -> None:
    number, definition, texts, base_id, inserted = await tenant.fetch_one(DEFINED, {"id": base.id})
    _, further, further_texts, _, _ = await tenant.fetch_one(DEFINED, {"id": added.id})
    part = {
        "id": added.template_id.hex,
        "title": added.title,
        "prerun": further["prerun"],
        "steps": [step.id.hex for step in added.steps],
    }
    text = json.dumps(joined(definition, further), ensure_ascii=False, sort_keys=True)
    wanted = {
        "id": version_id,
        "template_id": base.template_id,
        "number": number,
        "definition": text,
        "hash": hashlib.sha256(text.encode()).digest(),
        "texts": json.dumps(texts | further_texts),
        "base_id": base_id,
        "inserted": json.dumps([*inserted, part]),
        "at": at,
    }
    await tenant.execute(STORE, wanted)


def joined(definition: dict[str, Any], further: dict[str, Any]) -> dict[str, Any]:
    """The first definition with the parts of the second behind its own, numbered on."""
    together = dict(definition)
    for name in JOINED:
        own = definition[name]
        together[name] = own + [
            {**one, "position": len(own) + place} for place, one in enumerate(further[name], start=1)
        ]
    return together
