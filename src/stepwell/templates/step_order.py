"""What moves, copies and sorts steps into their kinds: one transaction each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from psycopg import sql

from stepwell.db.ids import new_id
from stepwell.errors import invalid, refused
from stepwell.http.call import Call
from stepwell.templates.aliases import aliases_of
from stepwell.templates.drafts import Draft, editing
from stepwell.templates.forms import form_of, save
from stepwell.templates.parts import moved, order_of, require_part, set_order, title_of
from stepwell.templates.step_checks import check_step
from stepwell.templates.step_queries import step_json
from stepwell.templates.step_schemas import EVERYONE_TYPES, LONGEST_TITLE, MoveStep
from stepwell.templates.step_tags import attach_tags
from stepwell.templates.steps import COLUMNS, TABLE, note

# A copy inserts no template's tasks: one template may do that only once.
COPY = sql.SQL("""
    INSERT INTO template_steps (organization_id, template_id, id, position, alias, title, bp_to_launch, roles,
                                custom_fields, created_at, updated_at, {columns})
    SELECT organization_id, template_id, %(new_id)s, position, %(alias)s, %(title)s,
           CASE WHEN bp_to_launch ->> 'tasks_within_process' = 'true' THEN NULL ELSE bp_to_launch END, roles,
           custom_fields, %(at)s, %(at)s, {columns}
      FROM template_steps
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s AND id = %(step_id)s
""").format(
    columns=sql.SQL(", ").join(
        sql.Identifier(name) for name in COLUMNS if name not in ("title", "bp_to_launch")
    )
)
TAGS = """
    SELECT tag_id FROM tag_associations
     WHERE organization_id = %(organization_id)s AND subject_id = %(step_id)s ORDER BY id
"""
COPY_CUSTOM_FIELDS = """
    UPDATE template_fields copy SET custom_fields = original.custom_fields
      FROM unnest(%(originals)s::uuid[], %(copies)s::uuid[]) pair (original, copy)
      JOIN template_fields original ON original.organization_id = %(organization_id)s
           AND original.template_id = %(template_id)s AND original.id = pair.original
     WHERE copy.organization_id = %(organization_id)s AND copy.template_id = %(template_id)s
       AND copy.id = pair.copy
"""
SET = """
    UPDATE template_steps SET {column} = %(value)s, updated_at = %(at)s
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s AND id = %(step_id)s
    RETURNING title
"""
TYPE = """
    SELECT step_type, everyone_must_complete FROM template_steps
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s AND id = %(step_id)s
"""
KNOWN_ROLES = """
    SELECT ARRAY(SELECT id FROM job_titles
                  WHERE organization_id = %(organization_id)s AND id = ANY (%(roles)s)),
           step.roles
      FROM template_steps step
     WHERE step.organization_id = %(organization_id)s AND step.template_id = %(template_id)s
       AND step.id = %(step_id)s
"""


async def move_step(call: Call, key: str, step_id: UUID, data: MoveStep) -> str:
    """Put a step at a place; a place beyond the end is the end (T-041). Returns its JSON."""
    async with editing(call, key) as draft:
        order = await order_of(draft, TABLE)
        require_part(order, step_id)
        title = await title_of(draft.tenant, draft.id, "step_id", {"step_id": step_id})
        if "stage_id" in data.model_fields_set:
            await check_step(draft, step_id, {"stage_id": data.stage_id})
            await _set(draft, step_id, "stage_id", data.stage_id)
        after = moved(order, step_id, data.position)
        await set_order(draft, TABLE, after)
        old, new = order.index(step_id) + 1, after.index(step_id) + 1
        note(draft, "re-ordered", step_id, f"Moved step: {title}", "position", old, new)
        await draft.finish()
        return await step_json(draft.tenant, draft.id, step_id, call.includes)


async def clone_step(call: Call, key: str, step_id: UUID) -> str:
    """Copy a step, with its fields and tags but no rule, to the place after it (T-042). Returns its JSON."""
    async with editing(call, key) as draft:
        order = await order_of(draft, TABLE)
        require_part(order, step_id)
        original = await title_of(draft.tenant, draft.id, "step_id", {"step_id": step_id})
        title, copy_id = f"{original} - Copy"[:LONGEST_TITLE], new_id()
        aliases = await aliases_of(draft.tenant, draft.id)
        wanted = {
            "template_id": draft.id,
            "step_id": step_id,
            "new_id": copy_id,
            "title": title,
            "at": draft.at,
        }
        await draft.tenant.execute(COPY, wanted | {"alias": aliases.new(title, "step")})
        await set_order(draft, TABLE, moved([*order, copy_id], copy_id, order.index(step_id) + 2))
        form, copies = await form_of(draft, step_id), await form_of(draft, copy_id)
        for row in form.rows:
            copies.put(replace(row, id=new_id(), step_id=copy_id, alias=aliases.new(row.label, "field")))
        await save(copies)
        pairs = {"originals": [row.id for row in form.rows], "copies": [row.id for row in copies.rows]}
        await draft.tenant.execute(COPY_CUSTOM_FIELDS, {"template_id": draft.id, **pairs})
        tags = await draft.tenant.fetch_all(TAGS, {"step_id": step_id})
        await attach_tags(draft, copy_id, [row[0] for row in tags])
        note(draft, "created", copy_id, f"Copied step: {original}", new=title)
        await draft.finish()
        return await step_json(draft.tenant, draft.id, copy_id, call.includes)


async def set_everyone(call: Call, key: str, step_id: UUID, everyone: bool) -> str:
    """Whether all assignees must complete the task. Raises Refused for a type of task that one completes."""
    async with editing(call, key) as draft:
        kind, before = await draft.tenant.fetch_one(TYPE, {"template_id": draft.id, "step_id": step_id})
        if everyone and kind not in EVERYONE_TYPES:
            raise refused("stepType", "Not everyone can be asked to complete a step of this type.")
        if everyone != before:
            title = await _set(draft, step_id, "everyone_must_complete", everyone)
            description = f"Changed who must complete step: {title}"
            note(draft, "updated", step_id, description, "everyone_must_complete", before, everyone)
        await draft.finish()
        return await step_json(draft.tenant, draft.id, step_id, call.includes)


async def set_roles(call: Call, key: str, step_id: UUID, roles: list[UUID]) -> str:
    """Set the job titles of a step. Raises Refused when one does not exist. Returns the step's JSON."""
    async with editing(call, key) as draft:
        wanted = {"template_id": draft.id, "step_id": step_id, "roles": roles}
        known, before = await draft.tenant.fetch_one(KNOWN_ROLES, wanted)
        if not set(roles) <= set(known):
            raise invalid({"roles": ["Some roles do not exist in this organization"]})
        after = list(dict.fromkeys(roles))
        title = await _set(draft, step_id, "roles", after)
        old, new = [role.hex for role in before], [role.hex for role in after]
        note(draft, "updated", step_id, f"Changed the job titles of step: {title}", "roles", old, new)
        await draft.finish()
        return await step_json(draft.tenant, draft.id, step_id, call.includes)


async def _set(draft: Draft, step_id: UUID, column: str, value: Any) -> str:
    """Set one column; returns the step's title."""
    query = sql.SQL(SET).format(column=sql.Identifier(column))
    wanted = {"template_id": draft.id, "step_id": step_id, "value": value, "at": draft.at}
    return str(await draft.tenant.fetch_value(query, wanted))
