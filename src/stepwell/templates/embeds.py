"""Blocks embedded in rich text that show something else: a snippet or another template. They go when it goes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from stepwell.db.pool import Tenant

ID = r"""<(?P<tag>span|%s)\b[^>]*?\b%s=["']?'?%s'?["']?(?:\s[^>]*)?>.*?</(?P=tag)>"""
WORDS = {"data-blueprint-id": "editor-blueprint", "data-snippet-id": "editor-snippet"}
FLAGS = re.IGNORECASE | re.DOTALL
SNIPPET = re.compile(ID % ("editor-snippet", "data-snippet-id", r"(?P<id>[0-9]{1,15})"), FLAGS)
TEMPLATE = re.compile(ID % ("editor-blueprint", "data-blueprint-id", "[0-9a-f]{32}"), FLAGS)

HOLDS = "position(%(attribute)s in {0}) > 0 AND position(%(name)s in {0}) > 0"
TEXTS = "concat_ws(' ', template.summary, template.guidance, template.kickoff_description)"

# Every text in which blocks may stand, of the templates that are locked first, so that no edit comes in between.
LOCK = f"""
    SELECT hex(template.id) FROM templates template
     WHERE template.organization_id = %(organization_id)s
       AND (template.id IN (SELECT step.template_id FROM template_steps step
                             WHERE step.organization_id = %(organization_id)s AND {HOLDS.format("step.summary")})
            OR template.id IN (SELECT field.template_id FROM template_fields field
                                WHERE field.organization_id = %(organization_id)s AND {HOLDS.format("field.guidance")})
            OR ({HOLDS.format(TEXTS)}))
     ORDER BY template.id FOR UPDATE
"""  # noqa: S608 - constants only
FIND = """
    SELECT 'Blueprint', hex(template.id), template.title, hex(template.id), hex(template.id),
           jsonb_build_object('summary', template.summary, 'guidance', template.guidance,
                              'kickoff_description', template.kickoff_description)
      FROM templates template
     WHERE template.organization_id = %(organization_id)s AND template.id = ANY (%(ids)s::uuid[])
    UNION ALL
    SELECT 'Step', hex(step.id), step.title, hex(step.template_id), hex(step.id),
           jsonb_build_object('summary', step.summary)
      FROM template_steps step
     WHERE step.organization_id = %(organization_id)s AND step.template_id = ANY (%(ids)s::uuid[])
    UNION ALL
    SELECT CASE WHEN step.id IS NULL THEN 'Blueprint' ELSE 'Step' END, hex(coalesce(step.id, template.id)),
           coalesce(step.title, template.title), hex(template.id), hex(field.id),
           jsonb_build_object('guidance', field.guidance)
      FROM template_fields field
      JOIN templates template ON template.organization_id = field.organization_id AND template.id = field.template_id
      LEFT JOIN template_steps step ON step.organization_id = field.organization_id
            AND step.template_id = field.template_id AND step.id = field.step_id
     WHERE field.organization_id = %(organization_id)s AND field.template_id = ANY (%(ids)s::uuid[])
     ORDER BY 1, 2, 5
"""

WRITE = (
    """
    UPDATE templates template
       SET summary = new.summary, guidance = new.guidance, kickoff_description = new.kickoff_description
      FROM jsonb_to_recordset(%(texts)s) AS new (id uuid, summary text, guidance text, kickoff_description text)
     WHERE template.organization_id = %(organization_id)s AND template.id = new.id
    """,
    """
    UPDATE template_steps step SET summary = new.summary, updated_at = %(at)s
      FROM jsonb_to_recordset(%(texts)s) AS new (id uuid, template_id uuid, summary text)
     WHERE step.organization_id = %(organization_id)s AND step.template_id = new.template_id AND step.id = new.id
    """,
    """
    UPDATE template_fields field SET guidance = new.guidance, updated_at = %(at)s
      FROM jsonb_to_recordset(%(texts)s) AS new (id uuid, template_id uuid, guidance text)
     WHERE field.organization_id = %(organization_id)s AND field.template_id = new.template_id
       AND field.id = new.id
    """,
)
RENEW = """
    UPDATE templates
       SET updated_at = CASE WHEN %(edited)s THEN %(at)s ELSE updated_at END,
           updated_by = CASE WHEN %(edited)s THEN %(user_id)s ELSE updated_by END,
           version = version + CASE WHEN draft_version_id IS NOT NULL THEN 1 ELSE 0 END,
           draft_version_id = NULL, is_published_state = is_published_state AND NOT dual_version_enabled
     WHERE organization_id = %(organization_id)s AND id = ANY (%(ids)s::uuid[])
"""


def without_blocks(text: str | None, attribute: str, name: str) -> str | None:
    """The text without the blocks whose attribute names this id."""
    if text is None:
        return None
    return re.sub(ID % (WORDS[attribute], attribute, re.escape(name)), "", text, flags=FLAGS)


async def strip_references(
    tenant: Tenant, attribute: str, name: str, user_id: int, at: datetime
) -> list[dict[str, str]]:
    """Remove the blocks that name `name` from every template and step; running tasks keep theirs (T-009).

    Returns what was edited, as the API lists it. An edited template gets a new version at its next launch.
    """
    rows = await tenant.fetch_all(LOCK, {"attribute": attribute, "name": name})
    found = await tenant.fetch_all(FIND, {"ids": [row[0] for row in rows]}) if rows else []
    edited: dict[str, dict[str, str]] = {}
    touched: set[str] = set()
    written: tuple[list[dict[str, Any]], ...] = ([], [], [])
    for kind, object_id, title, template_id, part_id, texts in found:
        cleaned = {key: without_blocks(text, attribute, name) for key, text in texts.items()}
        if cleaned != texts:
            edited[object_id] = {"type": kind, "title": title, "id": object_id}
            touched.add(template_id)
            place = 0 if part_id == template_id else 1 if part_id == object_id else 2
            written[place].append({"id": part_id, "template_id": template_id, **cleaned})
    for statement, texts in zip(WRITE, written, strict=True):
        if texts:
            await tenant.execute(statement, {"texts": json.dumps(texts, ensure_ascii=False), "at": at})
    if touched:
        wanted = {"ids": sorted(touched), "at": at, "user_id": user_id, "edited": True}
        await tenant.execute(RENEW, wanted)
    return list(edited.values())


async def renew_versions(tenant: Tenant, attribute: str, name: str, at: datetime) -> None:
    """What is shown in blocks has changed: templates that show it get a new version at their next launch (T-181)."""
    rows = await tenant.fetch_all(LOCK, {"attribute": attribute, "name": name})
    wanted = {"ids": [row[0] for row in rows], "at": at, "user_id": 0, "edited": False}
    await tenant.execute(RENEW, wanted)


def snippets_in(value: Any) -> list[int]:
    """The snippets whose blocks stand in any text of some JSON."""
    if isinstance(value, str):
        return [int(found.group("id")) for found in SNIPPET.finditer(value)] if "data-" in value else []
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return [snippet for part in parts for snippet in snippets_in(part)]


def with_snippets(value: Any, contents: Mapping[int, str]) -> Any:
    """Some JSON with the contents of snippets in place of their blocks; a snippet that is gone is nothing."""
    if isinstance(value, str):
        if "data-snippet-id" not in value:
            return value
        return SNIPPET.sub(lambda found: contents.get(int(found.group("id")), ""), value)
    if isinstance(value, Mapping):
        return {key: with_snippets(one, contents) for key, one in value.items()}
    return [with_snippets(one, contents) for one in value] if isinstance(value, list) else value


def without_templates(value: Any) -> Any:
    """Some JSON without the blocks that show other templates."""
    if isinstance(value, str):
        return TEMPLATE.sub("", value) if "data-blueprint-id" in value else value
    if isinstance(value, Mapping):
        return {key: without_templates(one) for key, one in value.items()}
    return [without_templates(one) for one in value] if isinstance(value, list) else value


CONTENTS = (
    "SELECT id, content FROM snippets WHERE organization_id = %(organization_id)s AND id = ANY (%(ids)s)"
)


async def contents_of(tenant: Tenant, snippets: list[int]) -> dict[int, str]:
    """What snippets say now."""
    rows = await tenant.fetch_all(CONTENTS, {"ids": snippets}) if snippets else []
    return {int(snippet): str(content) for snippet, content in rows}
