"""What makes, changes and deletes steps: one transaction each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from psycopg import sql
from psycopg.types.json import Jsonb

from stepwell.db.ids import new_id
from stepwell.engine.model import NOBODY
from stepwell.errors import refused
from stepwell.http.call import Call
from stepwell.http.paging import Page
from stepwell.templates.aliases import aliases_of
from stepwell.templates.dependents import refuse_used_step
from stepwell.templates.drafts import Draft, editing
from stepwell.templates.forms import form_of, replace_form
from stepwell.templates.parts import order_of, require_part, set_order
from stepwell.templates.step_checks import check_step
from stepwell.templates.step_people import check_people, note_people, people_of
from stepwell.templates.step_queries import step_json, steps_page
from stepwell.templates.step_schemas import EVERYONE_TYPES, OWNERS, CreateStep, StepSettings
from stepwell.templates.step_tags import attach_tags

TABLE = "template_steps"
JSON_COLUMNS = frozenset({"start_date", "deadline", "bp_to_launch", "ai_allowed_app_keys"})
NOT_COLUMNS = frozenset({"captures", "tags", "position"})
LABELS = {"summary": "description", "step_type": "type", "stage_id": "milestone"}

# The columns that a client may set, in the order in which they are read.
COLUMNS = tuple(name for name in StepSettings.model_fields if name not in NOT_COLUMNS)
CURRENT = sql.SQL("""
    SELECT {columns} FROM template_steps
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s AND id = %(step_id)s
""").format(columns=sql.SQL(", ").join(map(sql.Identifier, COLUMNS)))
UPDATE = """
    UPDATE template_steps SET {changes}, updated_at = %(at)s
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s AND id = %(step_id)s
"""
INSERT = """
    INSERT INTO template_steps (organization_id, template_id, position, created_at, updated_at, {names})
    SELECT %(organization_id)s, %(template_id)s, count(*) + 1, %(at)s, %(at)s, {values}
      FROM template_steps WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s
"""
INSERT_MANY = """
    INSERT INTO template_steps (organization_id, template_id, id, position, alias, title,
                                created_at, updated_at)
    SELECT %(organization_id)s, %(template_id)s, new.id, %(last)s + new.place, new.alias, new.title,
           %(at)s, %(at)s
      FROM unnest(%(ids)s::uuid[], %(aliases)s::text[], %(titles)s::text[])
           WITH ORDINALITY new (id, alias, title, place)
"""
DELETE = """
    WITH untagged AS (
        DELETE FROM tag_associations WHERE organization_id = %(organization_id)s AND subject_id = %(step_id)s
    ), uncommented AS (
        DELETE FROM comments WHERE organization_id = %(organization_id)s AND subject_id = %(template_id)s
           AND subject_type = 'Checklist' AND step_id = %(step_id)s
    )
    DELETE FROM template_steps
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s AND id = %(step_id)s
"""


async def create_step(call: Call, key: str, data: CreateStep) -> str:
    """Append a step to a procedure (T-040). Returns its JSON."""
    async with editing(call, key) as draft:
        refuse_other_types(draft)
        step_id = new_id()
        values = columns_of(data)
        await check_step(draft, step_id, values, data.tags)
        people = people_of({name: values.get(name, ()) for name in OWNERS})
        await check_people(draft, NOBODY, people, data.max_assignable)
        if values.get("step_type", "task") not in EVERYONE_TYPES:
            values["everyone_must_complete"] = False
        alias = (await aliases_of(draft.tenant, draft.id)).new(data.title, "step")
        await _insert(draft, {"id": step_id, "alias": alias, **values})
        await attach_tags(draft, step_id, data.tags)
        note(draft, "created", step_id, f"Added step: {data.title}", new=data.title)
        if data.captures:
            await replace_form(await form_of(draft, step_id), data.captures, "captures")
        await draft.finish()
        return await step_json(draft.tenant, draft.id, step_id, call.includes)


async def create_steps(call: Call, key: str, titles: list[str]) -> Page:
    """Append one step a title, in their order (T-023). Returns the new steps."""
    async with editing(call, key) as draft:
        refuse_other_types(draft)
        aliases = await aliases_of(draft.tenant, draft.id)
        ids = [new_id() for _ in titles]
        wanted = {
            "template_id": draft.id,
            "at": draft.at,
            "last": len(await order_of(draft, TABLE)),
            "ids": ids,
            "aliases": [aliases.new(title, "step") for title in titles],
            "titles": titles,
        }
        await draft.tenant.execute(INSERT_MANY, wanted)
        for step_id, title in zip(ids, titles, strict=True):
            note(draft, "created", step_id, f"Added step: {title}", new=title)
        await draft.finish()
        return await steps_page(draft.tenant, draft.id, ids, call.includes)


async def update_step(call: Call, key: str, step_id: UUID, data: StepSettings) -> str:
    """Change what was sent, that alone (T-043). Returns the step's JSON."""
    async with editing(call, key) as draft:
        row = await draft.tenant.fetch_one(CURRENT, {"template_id": draft.id, "step_id": step_id})
        before = dict(zip(COLUMNS, row, strict=True))
        after = before | columns_of(data)
        if after["step_type"] not in EVERYONE_TYPES:
            after["everyone_must_complete"] = False
        changes = {name: after[name] for name in COLUMNS if after[name] != before[name]}
        await check_step(draft, step_id, changes)
        if changes.keys() & {*OWNERS, "max_assignable"}:
            await check_people(draft, people_of(before), people_of(after), after["max_assignable"])
        await _update(draft, step_id, changes)
        if "captures" in data.model_fields_set:
            await replace_form(await form_of(draft, step_id), data.captures, "captures")
        note_changes(draft, step_id, before, after)
        await draft.finish()
        return await step_json(draft.tenant, draft.id, step_id, call.includes)


async def delete_step(call: Call, key: str, step_id: UUID) -> None:
    """Delete a step, its fields and comments for good. Raises Forbidden while others depend on it (T-044)."""
    async with editing(call, key) as draft:
        order = await order_of(draft, TABLE)
        require_part(order, step_id)
        row = await draft.tenant.fetch_one(CURRENT, {"template_id": draft.id, "step_id": step_id})
        title = dict(zip(COLUMNS, row, strict=True))["title"]
        await refuse_used_step(draft, step_id)
        await draft.tenant.execute(DELETE, {"template_id": draft.id, "step_id": step_id})
        await set_order(draft, TABLE, [one for one in order if one != step_id])
        note(draft, "deleted", step_id, f"Deleted step: {title}", old=title)


def columns_of(data: StepSettings) -> dict[str, Any]:
    """The columns that the body sets, objects as they are stored."""
    values = {name: value for name, value in data.sent().items() if name not in NOT_COLUMNS}
    for name in ("start_date", "deadline"):
        if values.get(name) is not None:
            values[name] = values[name].model_dump()
    if values.get("bp_to_launch") is not None:
        values["bp_to_launch"] = {**values["bp_to_launch"].model_dump(), "id": values["bp_to_launch"].id.hex}
    for name in OWNERS:
        if name in values:
            values[name] = list(dict.fromkeys(values[name]))
    return values


def refuse_other_types(draft: Draft) -> None:
    """Raises Refused unless the template is a procedure, which alone has steps."""
    if draft.template.type != "procedure":
        raise refused("type", "Steps cannot be added to this template type.")


async def _insert(draft: Draft, values: Mapping[str, Any]) -> None:
    query = sql.SQL(INSERT).format(
        names=sql.SQL(", ").join(map(sql.Identifier, values)),
        values=sql.SQL(", ").join(map(sql.Placeholder, values)),
    )
    await draft.tenant.execute(query, {**_stored(values), "template_id": draft.id, "at": draft.at})


async def _update(draft: Draft, step_id: UUID, changes: Mapping[str, Any]) -> None:
    if not changes:
        return
    assignments = [sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in changes]
    query = sql.SQL(UPDATE).format(changes=sql.SQL(", ").join(assignments))
    wanted = {"template_id": draft.id, "step_id": step_id, "at": draft.at}
    await draft.tenant.execute(query, {**_stored(changes), **wanted})


def _stored(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: Jsonb(value) if name in JSON_COLUMNS and value is not None else value
        for name, value in values.items()
    }


def note(
    draft: Draft,
    verb: str,
    step_id: UUID,
    description: str,
    name: str | None = None,
    old: Any = None,
    new: Any = None,
) -> None:
    """Remember one thing that happened to a step."""
    draft.note(
        verb, description, kind="Step", subject="step", subject_id=step_id, field=name, old=old, new=new
    )


def note_changes(draft: Draft, step_id: UUID, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Remember each property that got another value; the three lists of people are one (T-035)."""
    if people_of(before) != people_of(after):
        note_people(draft, step_id, after["title"], people_of(before), people_of(after))
    for name in COLUMNS:
        if name in OWNERS or before[name] == after[name]:
            continue
        label = LABELS.get(name, name.replace("_", " "))
        description = f"Changed the {label} of step: {after['title']}"
        note(draft, "updated", step_id, description, name, _logged(before[name]), _logged(after[name]))


def _logged(value: Any) -> Any:
    return value.hex if isinstance(value, UUID) else value
