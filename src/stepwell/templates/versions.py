"""Frozen versions: made at the first launch or publication after an edit, compiled once, kept in memory."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from datetime import datetime
from uuid import UUID

from stepwell.db.ids import new_id
from stepwell.db.pool import Tenant
from stepwell.engine.compile import compile_version
from stepwell.engine.model import Version
from stepwell.templates.access import TemplateFound
from stepwell.templates.embeds import contents_of, snippets_in, with_snippets
from stepwell.templates.shapes import DEFINITION

KEPT = 500  # compiled versions in memory; they never change, so nothing goes stale

STORE = """
    INSERT INTO template_versions (organization_id, id, template_id, number, definition, hash, texts,
      created_by, created_at)
    VALUES (%(organization_id)s, %(id)s, %(template_id)s, %(number)s, %(definition)s, %(hash)s, %(texts)s,
      %(user_id)s, %(at)s)
"""
LOAD = """
    SELECT template_id, number, definition || jsonb_build_object('inserted', inserted) FROM template_versions
     WHERE organization_id = %(organization_id)s AND id = %(id)s
"""


async def freeze(tenant: Tenant, template: TemplateFound, user_id: int, at: datetime) -> UUID:
    """The id of the frozen version that equals the draft of a locked template; made now if there is none."""
    if template.draft_version_id is not None:
        return template.draft_version_id
    definition = await tenant.fetch_value(DEFINITION, {"template_id": template.id})
    if snippets := snippets_in(definition):  # from here on the process shows what they say now (T-181)
        definition = with_snippets(definition, await contents_of(tenant, snippets))
    text = json.dumps(definition, ensure_ascii=False, sort_keys=True)
    version_id = new_id()
    await tenant.execute(
        STORE,
        {
            "id": version_id,
            "template_id": template.id,
            "number": template.version,
            "definition": text,
            "texts": json.dumps(
                {step["id"]: step["summary"] for step in definition["steps"] if step["summary"]}
            ),
            "hash": hashlib.sha256(text.encode()).digest(),
            "user_id": user_id,
            "at": at,
        },
    )
    await tenant.execute(
        "UPDATE templates SET draft_version_id = %(id)s"
        " WHERE organization_id = %(organization_id)s AND id = %(template_id)s",
        {"id": version_id, "template_id": template.id},
    )
    return version_id


class VersionShelf:
    """Compiled versions by organization and id, the least recently used one goes first."""

    def __init__(self) -> None:
        self._compiled: OrderedDict[tuple[UUID, UUID], Version] = OrderedDict()

    async def version(self, tenant: Tenant, version_id: UUID) -> Version:
        """The compiled version. Raises NotFound when the organization has none with this id."""
        key = (tenant.organization_id, version_id)
        compiled = self._compiled.get(key)
        if compiled is None:
            template_id, number, definition = await tenant.fetch_one(LOAD, {"id": version_id})
            compiled = compile_version(
                {**definition, "id": template_id.hex, "version_id": version_id.hex, "version": number}
            )
            self._compiled[key] = compiled
        self._compiled.move_to_end(key)
        if len(self._compiled) > KEPT:
            self._compiled.popitem(last=False)
        return compiled
