"""Blocks embedded in rich text that show something else: a snippet or another template. They go when it goes."""

from __future__ import annotations

import json
import re
from typing import Any

from stepwell.db.pool import Tenant

BLOCK = r"""<(?P<tag>span|editor-blueprint|editor-snippet)\b[^>]*?\b%s=["']?'?%s'?["']?(?:\s[^>]*)?>.*?</(?P=tag)>"""

# Every text in which blocks may stand; found by the id that a block names, read with a lock in order of id.
FIND = """
    SELECT 'Blueprint', hex(template.id), template.title, hex(template.id),
           jsonb_build_object('summary', template.summary, 'guidance', template.guidance,
                              'kickoff_description', template.kickoff_description)
      FROM templates template
     WHERE template.organization_id = %(organization_id)s
       AND (position(%(name)s in template.summary) > 0 OR position(%(name)s in template.guidance) > 0
            OR position(%(name)s in template.kickoff_description) > 0)
    UNION ALL
    SELECT 'Step', hex(step.id), step.title, hex(step.template_id), jsonb_build_object('summary', step.summary)
      FROM template_steps step
     WHERE step.organization_id = %(organization_id)s AND position(%(name)s in step.summary) > 0
     ORDER BY 1, 2
"""

LOCK = """
    SELECT id FROM templates WHERE organization_id = %(organization_id)s AND id = ANY (%(ids)s::uuid[])
     ORDER BY id FOR UPDATE
"""

WRITE_TEMPLATES = """
    UPDATE templates template
       SET summary = new.summary, guidance = new.guidance, kickoff_description = new.kickoff_description
      FROM jsonb_to_recordset(%(texts)s) AS new (id uuid, summary text, guidance text, kickoff_description text)
     WHERE template.organization_id = %(organization_id)s AND template.id = new.id
"""
WRITE_STEPS = """
    UPDATE template_steps step SET summary = new.summary, updated_at = %(at)s
      FROM jsonb_to_recordset(%(texts)s) AS new (id uuid, template_id uuid, summary text)
     WHERE step.organization_id = %(organization_id)s AND step.template_id = new.template_id AND step.id = new.id
"""
TOUCH = """
    UPDATE templates
       SET updated_at = %(at)s, updated_by = %(user_id)s,
           version = version + CASE WHEN draft_version_id IS NOT NULL THEN 1 ELSE 0 END,
           draft_version_id = NULL, is_published_state = is_published_state AND NOT dual_version_enabled
     WHERE organization_id = %(organization_id)s AND id = ANY (%(ids)s::uuid[])
"""


def without_blocks(text: str | None, attribute: str, name: str) -> str | None:
    """The text without the blocks whose attribute names this id."""
    if text is None:
        return None
    return re.sub(BLOCK % (attribute, re.escape(name)), "", text, flags=re.IGNORECASE | re.DOTALL)


async def strip_references(
    tenant: Tenant, attribute: str, name: str, user_id: int, at: Any
) -> list[dict[str, str]]:
    """Remove the blocks that name `name` from every template and step; running tasks keep theirs (T-009).

    Returns what was edited, as the API lists it. An edited template gets a new version at its next launch.
    """
    found = await tenant.fetch_all(FIND, {"name": name})
    edited: list[dict[str, str]] = []
    templates, steps, touched = [], [], []
    for kind, object_id, title, template_id, texts in found:
        cleaned = {key: without_blocks(text, attribute, name) for key, text in texts.items()}
        if cleaned == texts:
            continue
        edited.append({"type": kind, "title": title, "id": object_id})
        touched.append(template_id)
        if kind == "Step":
            steps.append({"id": object_id, "template_id": template_id, **cleaned})
        else:
            templates.append({"id": object_id, **cleaned})
    if edited:
        wanted = {"at": at, "user_id": user_id, "ids": touched}
        await tenant.execute(LOCK, wanted)
        await tenant.execute(WRITE_TEMPLATES, {"texts": json.dumps(templates)})
        await tenant.execute(WRITE_STEPS, {"texts": json.dumps(steps), "at": at})
        await tenant.execute(TOUCH, wanted)
    return edited
