"""The parts of a template that paths name: whether they exist, and their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from psycopg import sql

from stepwell.db.pool import Tenant
from stepwell.errors import NotFound
from stepwell.http.call import Call
from stepwell.http.paging import Page, Window
from stepwell.templates.access import find_template, require_edit
from stepwell.templates.drafts import Draft

STEP = """
    SELECT title FROM template_steps
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s AND id = %(step_id)s
"""
CAPTURE = """
    SELECT label FROM template_fields
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s AND id = %(capture_id)s
       AND step_id = %(step_id)s
"""
PRERUN = """
    SELECT label FROM template_fields
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s AND id = %(prerun_id)s
       AND step_id IS NULL
"""
RULE = """
    SELECT name FROM template_rules
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s AND id = %(rule_id)s
"""
STAGE = """
    SELECT name FROM template_stages
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s AND id = %(stage_id)s
"""
PARTS = {"step_id": STEP, "capture_id": CAPTURE, "prerun_id": PRERUN, "rule_id": RULE, "stage_id": STAGE}

Part = TypeVar("Part")


async def title_of(tenant: Tenant, template_id: UUID, name: str, ids: dict[str, UUID]) -> str:
    """What the part that path parameter `name` names is called. Raises NotFound."""
    return str(await tenant.fetch_value(PARTS[name], {"template_id": template_id, **ids}))


async def must_be_editable(call: Call, template_id: str, **ids: UUID | int) -> None:
    """Said before a wrong field is: the template or part does not exist, or the caller may not edit it."""
    async with call.db.reading(call.member) as tenant:
        template = await find_template(tenant, call.member, template_id)
        require_edit(call.member, template)
        known = {name: part_id for name, part_id in ids.items() if isinstance(part_id, UUID)}
        for name in known:
            await title_of(tenant, template.id, name, known)


def moved(parts: Sequence[Part], part: Part, position: int) -> list[Part]:
    """The parts with one of them, or a new one, at this place from 1; a place beyond the end is the end."""
    others = [one for one in parts if one != part]
    return [*others[: position - 1], part, *others[position - 1 :]]


POSITIONS = """
    SELECT id FROM {table}
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s ORDER BY position, id
"""
RENUMBER = """
    UPDATE {table} part SET position = place.position
      FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY place (id, position)
     WHERE part.organization_id = %(organization_id)s AND part.template_id = %(template_id)s
       AND part.id = place.id AND part.position <> place.position
"""


async def order_of(draft: Draft, table: str) -> list[UUID]:
    """The ids of the template's steps, rules or stages in their order."""
    query = sql.SQL(POSITIONS).format(table=sql.Identifier(table))
    return [row[0] for row in await draft.tenant.fetch_all(query, {"template_id": draft.id})]


async def set_order(draft: Draft, table: str, ids: Sequence[UUID]) -> None:
    """Number all of the template's steps, rules or stages from 1 in this order."""
    query = sql.SQL(RENUMBER).format(table=sql.Identifier(table))
    await draft.tenant.execute(query, {"template_id": draft.id, "ids": list(ids)})


def require_part(ids: Sequence[UUID], part: UUID) -> None:
    """Raises NotFound unless the id is one of these."""
    if part not in ids:
        raise NotFound


def whole_list(page: Page) -> Window:
    """The window of a list that is never cut into pages."""
    return Window(1, max(page.total, 1), all_rows=True)
