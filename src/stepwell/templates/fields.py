"""What changes single form fields, of a step or (step None) of the kick-off form: one transaction each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from stepwell.access.members import Member
from stepwell.db.ids import new_id
from stepwell.db.pool import Database
from stepwell.errors import invalid
from stepwell.http.call import Call
from stepwell.http.paging import EVERYTHING, Page, Window
from stepwell.templates.access import find_template
from stepwell.templates.aliases import aliases_of
from stepwell.templates.dependents import refuse_used_fields
from stepwell.templates.drafts import Draft, editing
from stepwell.templates.field_definitions import FieldSettings, NewField, defined, new_row
from stepwell.templates.field_schemas import MoveField, Placed
from stepwell.templates.forms import Form, field_json, form_of, form_page, note, note_changes, save
from stepwell.templates.parts import title_of


async def list_fields(db: Database, member: Member, key: str, step_id: UUID | None, window: Window) -> Page:
    """The fields of a form, in order. Raises NotFound."""
    async with db.reading(member) as tenant:
        template = await find_template(tenant, member, key)
        if step_id is not None:
            await title_of(tenant, template.id, "step_id", {"step_id": step_id})
        return await form_page(tenant, template.id, step_id, window)


async def create_field(call: Call, key: str, step_id: UUID | None, data: NewField) -> str:
    """Add a field at the place wanted, at the end by default. Returns its JSON."""
    async with editing(call, key) as draft:
        form = await _form(draft, step_id)
        aliases = await aliases_of(draft.tenant, draft.id)
        row = new_row(data, new_id(), step_id, aliases.new(data.label, "field"))
        form.put(row, data.position)
        return await _saved(form, row.id)


async def update_field(
    call: Call, key: str, step_id: UUID | None, field_id: UUID, data: FieldSettings
) -> str:
    """Change what was sent; id and alias stay (T-065 to T-069). Returns the field's JSON."""
    async with editing(call, key) as draft:
        form = await _form(draft, step_id)
        before = form.row(field_id)
        wanted = data.position if data.position != before.position else None
        form.put(defined(data, before), wanted)
        if wanted is not None:
            note(form, "re-ordered", before, "position", before.position, wanted)
        return await _saved(form, field_id)


async def delete_field(call: Call, key: str, step_id: UUID | None, field_id: UUID) -> None:
    """Delete a field for good. Raises Forbidden while a rule uses it (T-045)."""
    async with editing(call, key) as draft:
        form = await _form(draft, step_id)
        row = form.take(field_id)
        await refuse_used_fields(draft, [field_id])
        note(form, "deleted", row, old=row.label)
        await save(form)


async def reorder_fields(
    call: Call, key: str, step_id: UUID | None, name: str, wanted: Sequence[Placed]
) -> Page:
    """Give fields their places; the others make room. Returns all fields of the form.

    Raises Refused, under `name`, for a field that is not in the form.
    """
    async with editing(call, key) as draft:
        form = await _form(draft, step_id)
        places = dict(wanted)
        if not places.keys() <= form.stored.keys():
            raise invalid({name: [f"The selected {name.replace('_', ' ')} is invalid."]})
        rows = [form.take(field_id) for field_id in places]
        for row in sorted(rows, key=lambda one: places[one.id]):
            form.put(row, places[row.id])
            note(form, "re-ordered", row, "position", row.position, places[row.id])
        await save(form)
        await draft.finish()
        return await form_page(draft.tenant, draft.id, step_id, EVERYTHING)


async def move_field(call: Call, key: str, step_id: UUID, field_id: UUID, data: MoveField) -> str:
    """Move a field to another step; its id, alias and all that names it stay (T-046). Returns its JSON."""
    async with editing(call, key) as draft:
        source = await _form(draft, step_id)
        row = source.take(field_id)
        if data.target_step_id == step_id:
            target = source
        else:
            await _require_target(draft, data.target_step_id)
            target = await form_of(draft, data.target_step_id)
        target.put(replace(row, step_id=data.target_step_id), data.position)
        note(target, "re-ordered", row, "step_id", step_id.hex, data.target_step_id.hex)
        await save(*{id(form): form for form in (source, target)}.values())
        await draft.finish()
        return await field_json(draft.tenant, draft.id, field_id)


async def _form(draft: Draft, step_id: UUID | None) -> Form:
    """The form of a step that exists. Raises NotFound."""
    if step_id is not None:
        await title_of(draft.tenant, draft.id, "step_id", {"step_id": step_id})
    return await form_of(draft, step_id)


async def _require_target(draft: Draft, step_id: UUID) -> None:
    known = await draft.tenant.fetch_value(
        "SELECT EXISTS (SELECT FROM template_steps WHERE organization_id = %(organization_id)s"
        " AND template_id = %(template_id)s AND id = %(step_id)s)",
        {"template_id": draft.id, "step_id": step_id},
    )
    if not known:
        raise invalid({"target_step_id": ["The selected target step id is invalid."]})


async def _saved(form: Form, field_id: UUID) -> str:
    note_changes(form)
    await save(form)
    await form.draft.finish()
    return await field_json(form.draft.tenant, form.draft.id, field_id)
