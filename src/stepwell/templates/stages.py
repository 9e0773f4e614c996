"""Milestones of a template (`stages` in the API): what reads and what changes them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from psycopg import sql

from stepwell.access.members import Member
from stepwell.db.ids import new_id
from stepwell.db.pool import Database, Tenant
from stepwell.errors import invalid
from stepwell.http.call import Call
from stepwell.http.paging import Page, Window
from stepwell.templates.access import find_template
from stepwell.templates.drafts import Draft, editing
from stepwell.templates.parts import moved, order_of, require_part, set_order, title_of
from stepwell.templates.shapes import STAGE, STEP
from stepwell.templates.stage_schemas import NewStage, StageSettings

TABLE = "template_stages"
STEPS = sql.SQL("""
    (SELECT json_build_object('data', coalesce(json_agg(to_json(mapped) ORDER BY mapped.position), '[]'))
       FROM (SELECT {step} FROM template_steps step
              WHERE step.organization_id = %(organization_id)s AND step.template_id = stage.template_id
                AND step.stage_id = stage.id) mapped)
""").format(step=STEP)
ONE = """
    SELECT to_json(one)::text FROM (
        SELECT {columns} FROM template_stages stage
         WHERE stage.organization_id = %(organization_id)s AND stage.template_id = %(template_id)s
           AND stage.id = %(stage_id)s) one
"""
LIST = """
    SELECT (SELECT count(*) FROM template_stages
             WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s),
           coalesce(json_agg(to_json(one) ORDER BY one.position, one.id), '[]')::text, count(*)
      FROM (SELECT {columns} FROM template_stages stage
             WHERE stage.organization_id = %(organization_id)s AND stage.template_id = %(template_id)s
             ORDER BY stage.position, stage.id LIMIT %(limit)s OFFSET %(offset)s) one
"""
INSERT = """
    INSERT INTO template_stages (organization_id, template_id, id, name, position, created_at, updated_at)
    VALUES (%(organization_id)s, %(template_id)s, %(stage_id)s, %(name)s, %(position)s, %(at)s, %(at)s)
"""
RENAME = """
    UPDATE template_stages SET name = %(name)s, updated_at = %(at)s
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s AND id = %(stage_id)s
"""
DELETE = """
    WITH unmapped AS (
        UPDATE template_steps SET stage_id = NULL
         WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s
           AND stage_id = %(stage_id)s
    )
    DELETE FROM template_stages
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s AND id = %(stage_id)s
"""
MAP = """
    UPDATE template_steps
       SET stage_id = CASE WHEN id = ANY (%(steps)s) THEN %(stage_id)s::uuid END, updated_at = %(at)s
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s
       AND (id = ANY (%(steps)s)) IS DISTINCT FROM (stage_id IS NOT DISTINCT FROM %(stage_id)s::uuid)
"""


async def list_stages(
    db: Database, member: Member, key: str, window: Window, includes: Collection[str]
) -> Page:
    """The milestones of a template, in order. Raises NotFound."""
    query = sql.SQL(LIST).format(columns=_columns(includes))
    async with db.reading(member) as tenant:
        template = await find_template(tenant, member, key)
        wanted = {"template_id": template.id, "limit": window.limit, "offset": window.offset}
        return Page(*await tenant.fetch_one(query, wanted))


async def create_stage(call: Call, key: str, data: NewStage) -> str:
    """Add a milestone at the place wanted, the end by default. Returns its JSON."""
    async with editing(call, key) as draft:
        order, stage_id = await order_of(draft, TABLE), new_id()
        wanted = {"template_id": draft.id, "stage_id": stage_id, "name": data.name, "at": draft.at}
        await draft.tenant.execute(INSERT, wanted | {"position": len(order) + 1})
        await set_order(draft, TABLE, moved(order, stage_id, data.position or len(order) + 1))
        note(draft, "created", stage_id, f"Added milestone: {data.name}", new=data.name)
        return await _finished(draft, stage_id, call.includes)


async def update_stage(call: Call, key: str, stage_id: UUID, data: StageSettings) -> str:
    """Rename or move a milestone. Returns its JSON."""
    async with editing(call, key) as draft:
        order = await order_of(draft, TABLE)
        require_part(order, stage_id)
        before = await title_of(draft.tenant, draft.id, "stage_id", {"stage_id": stage_id})
        name = data.name if "name" in data.model_fields_set else before
        if name != before:
            wanted = {"template_id": draft.id, "stage_id": stage_id, "name": name, "at": draft.at}
            await draft.tenant.execute(RENAME, wanted)
            note(draft, "updated", stage_id, f"Renamed milestone: {name}", "name", before, name)
        old = order.index(stage_id) + 1
        if data.position is not None and data.position != old:
            after = moved(order, stage_id, data.position)
            await set_order(draft, TABLE, after)
            new = after.index(stage_id) + 1
            note(draft, "re-ordered", stage_id, f"Moved milestone: {name}", "position", old, new)
        return await _finished(draft, stage_id, call.includes)


async def delete_stage(call: Call, key: str, stage_id: UUID) -> None:
    """Delete a milestone; its steps stay, in no milestone (T-105)."""
    async with editing(call, key) as draft:
        order = await order_of(draft, TABLE)
        require_part(order, stage_id)
        name = await title_of(draft.tenant, draft.id, "stage_id", {"stage_id": stage_id})
        await draft.tenant.execute(DELETE, {"template_id": draft.id, "stage_id": stage_id})
        await set_order(draft, TABLE, [one for one in order if one != stage_id])
        note(draft, "deleted", stage_id, f"Deleted milestone: {name}", old=name)


async def set_steps(call: Call, key: str, stage_id: UUID, steps: list[UUID]) -> str:
    """Make these the steps of a milestone, in this order; those it had before are in none.

    The steps share out the places that they have among all steps. Raises Refused for a step that is not
    one of the template. Returns the milestone's JSON with its steps.
    """
    async with editing(call, key) as draft:
        name = await title_of(draft.tenant, draft.id, "stage_id", {"stage_id": stage_id})
        order = await order_of(draft, "template_steps")
        wanted = list(dict.fromkeys(steps))
        reasons = {
            f"steps.{index}": [f"The selected steps.{index} is invalid."]
            for index, step_id in enumerate(steps)
            if step_id not in order
        }
        if reasons:
            raise invalid(reasons)
        parameters = {"template_id": draft.id, "stage_id": stage_id, "steps": wanted, "at": draft.at}
        await draft.tenant.execute(MAP, parameters)
        mapped, places = set(wanted), iter(wanted)
        await set_order(draft, "template_steps", [next(places) if one in mapped else one for one in order])
        description = f"Changed the steps of milestone: {name}"
        note(draft, "updated", stage_id, description, "steps", None, [step_id.hex for step_id in wanted])
        return await _finished(draft, stage_id, {*call.includes, "steps"})


async def _finished(draft: Draft, stage_id: UUID, includes: Collection[str]) -> str:
    await draft.finish()
    return await stage_json(draft.tenant, draft.id, stage_id, includes)


async def stage_json(tenant: Tenant, template_id: UUID, stage_id: UUID, includes: Collection[str]) -> str:
    """One milestone as the API has it. Raises NotFound."""
    query = sql.SQL(ONE).format(columns=_columns(includes))
    return str(await tenant.fetch_value(query, {"template_id": template_id, "stage_id": stage_id}))


def _columns(includes: Collection[str]) -> sql.Composed:
    return (
        sql.SQL("{}, {} AS steps").format(STAGE, STEPS)
        if "steps" in includes
        else sql.SQL("{}").format(STAGE)
    )


def note(
    draft: Draft,
    verb: str,
    stage_id: UUID,
    description: str,
    name: str | None = None,
    old: Any = None,
    new: Any = None,
) -> None:
    """Remember one thing that happened to a milestone."""
    draft.note(verb, description, subject="stage", subject_id=stage_id, field=name, old=old, new=new)
