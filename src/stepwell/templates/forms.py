"""The form of a step, or the kick-off form, of a locked draft: its fields in order, written as a set."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any
from uuid import UUID

from psycopg import sql

from stepwell.db.ids import new_id
from stepwell.db.pool import Tenant
from stepwell.engine.answer_types import hex_id
from stepwell.errors import NotFound, Refused, invalid
from stepwell.http.paging import Page, Window
from stepwell.templates.aliases import Aliases, aliases_of
from stepwell.templates.dependents import refuse_used_fields
from stepwell.templates.drafts import Draft
from stepwell.templates.field_definitions import (
    FieldRow,
    FieldSettings,
    NewField,
    as_definition,
    defined,
    new_row,
)
from stepwell.templates.parts import moved
from stepwell.templates.shapes import FIELD

MOST_FIELDS = 1000
NAMES = tuple(one.name for one in fields(FieldRow))
TYPES = {
    "id": "uuid", "step_id": "uuid", "position": "int", "required": "boolean", "options": "jsonb",
    "columns": "jsonb", "field_validation": "jsonb", "default_value": "jsonb",
    "default_value_enabled": "boolean", "collect_time": "boolean", "use_wysiwyg_editor": "boolean",
    "settings": "jsonb", "list": "jsonb",
}  # fmt: skip
COLUMNS = sql.SQL(", ").join(map(sql.Identifier, NAMES))

LOAD = sql.SQL("""
    SELECT {columns} FROM template_fields
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s
       AND step_id IS NOT DISTINCT FROM %(step_id)s
     ORDER BY position, id
""").format(columns=COLUMNS)
SAVE = sql.SQL("""
    INSERT INTO template_fields (organization_id, template_id, {columns}, created_at, updated_at)
    SELECT %(organization_id)s, %(template_id)s, {columns}, %(at)s, %(at)s
      FROM jsonb_to_recordset(%(fields)s) AS new ({typed})
        ON CONFLICT (organization_id, template_id, id) DO UPDATE SET {changes}
""").format(
    columns=COLUMNS,
    typed=sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(TYPES.get(name, "text"))) for name in NAMES
    ),
    changes=sql.SQL(", ").join(
        sql.SQL("{0} = EXCLUDED.{0}").format(sql.Identifier(name))
        for name in (*NAMES, "updated_at")
        if name != "id"
    ),
)
DELETE = """
    DELETE FROM template_fields
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s AND id = ANY (%(ids)s)
"""
ONE = sql.SQL("""
    SELECT to_json(one)::text FROM (
        SELECT {field} FROM template_fields field
         WHERE field.organization_id = %(organization_id)s AND field.template_id = %(template_id)s
           AND field.id = %(field_id)s) one
""").format(field=FIELD)
LIST = sql.SQL("""
    SELECT (SELECT count(*) FROM template_fields
             WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s
               AND step_id IS NOT DISTINCT FROM %(step_id)s),
           coalesce(json_agg(to_json(one) ORDER BY one.position, one.id), '[]')::text, count(*)
      FROM (SELECT {field} FROM template_fields field
             WHERE field.organization_id = %(organization_id)s AND field.template_id = %(template_id)s
               AND field.step_id IS NOT DISTINCT FROM %(step_id)s
             ORDER BY field.position, field.id LIMIT %(limit)s OFFSET %(offset)s) one
""").format(field=FIELD)


@dataclass(slots=True)
class Form:
    """The fields of one form. What is done to `rows` is written by `save`, numbered from 1."""

    draft: Draft
    step_id: UUID | None
    rows: list[FieldRow]
    stored: dict[UUID, FieldRow] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.stored = {row.id: row for row in self.rows}

    def row(self, field_id: UUID) -> FieldRow:
        """The field with this id. Raises NotFound."""
        for row in self.rows:
            if row.id == field_id:
                return row
        raise NotFound

    def put(self, row: FieldRow, position: int | None = None) -> None:
        """Add a field at a place, the end by default; one that is there already is replaced where it is."""
        places = {one.id: place for place, one in enumerate(self.rows)}
        if row.id in places:
            self.rows[places[row.id]] = row
        if position is not None or row.id not in places:
            self.rows = moved(self.rows, row, position or len(self.rows) + 1)

    def take(self, field_id: UUID) -> FieldRow:
        """The field with this id, which is in the form no longer. Raises NotFound."""
        row = self.row(field_id)
        self.rows = [one for one in self.rows if one.id != field_id]
        return row

    @property
    def changed(self) -> list[FieldRow]:
        """What is new or differs from what is stored."""
        numbered = [replace(row, position=place) for place, row in enumerate(self.rows, start=1)]
        return [row for row in numbered if self.stored.get(row.id) != row]


async def form_of(draft: Draft, step_id: UUID | None) -> Form:
    """The form of a step, or the kick-off form."""
    rows = await draft.tenant.fetch_all(LOAD, {"template_id": draft.id, "step_id": step_id})
    return Form(draft, step_id, [FieldRow(**dict(zip(NAMES, row, strict=True))) for row in rows])


async def save(*forms: Form) -> None:
    """Write what differs, in one statement. A field that one form gave to another is moved."""
    if too_long := [form for form in forms if len(form.rows) > MOST_FIELDS]:
        name = "prerun" if too_long[0].step_id is None else "captures"
        raise invalid({name: [f"The {name} may not have more than {MOST_FIELDS} items."]})
    draft = forms[0].draft
    kept = {row.id for form in forms for row in form.rows}
    gone = [field_id for form in forms for field_id in form.stored if field_id not in kept]
    if gone:
        await draft.tenant.execute(DELETE, {"template_id": draft.id, "ids": gone})
    changed = [as_definition(row) for form in forms for row in form.changed]
    if changed:
        wanted = {"template_id": draft.id, "at": draft.at, "fields": json.dumps(changed, ensure_ascii=False)}
        await draft.tenant.execute(SAVE, wanted)


async def replace_form(form: Form, entries: Sequence[Any], path: str) -> None:
    """Make `entries` the form: a known id or alias is changed, others are new, what is not listed is deleted.

    Raises Refused with every wrong entry under `path`, and Forbidden when a rule uses a field that would go;
    nothing is written then.
    """
    reasons: dict[str, list[str]] = {}
    placed: list[tuple[int, FieldRow]] = []
    aliases = await aliases_of(form.draft.tenant, form.draft.id)
    unlisted = dict(form.stored)
    for index, entry in enumerate(entries[: MOST_FIELDS + 1]):
        try:
            placed.append(_entered(form, entry, index, unlisted, aliases))
        except Refused as refusal:
            where = f"{path}.{index}"
            reasons |= {
                where if key == "body" else f"{where}.{key}": list(messages)
                for key, messages in refusal.reasons.items()
            }
    if reasons:
        raise invalid(reasons)
    await refuse_used_fields(form.draft, unlisted.keys())
    placed.sort(key=lambda one: one[0])
    form.rows = [row for _, row in placed]
    if unlisted or form.changed:
        form.draft.edited = True
    note_changes(form, unlisted.values())
    await save(form)


def _entered(
    form: Form, entry: Any, index: int, unlisted: dict[UUID, FieldRow], aliases: Aliases
) -> tuple[int, FieldRow]:
    """The place and the field of one entry; the field it names is unlisted no longer."""
    known = _meant(entry, unlisted)
    if known is not None:
        change = FieldSettings.read(entry)
        row = defined(change, known)
        del unlisted[known.id]
        return change.position or index + 1, row
    data = NewField.read(entry)
    # The alias comes last, so that a refused entry takes none.
    row = new_row(data, new_id(), form.step_id, "")
    return data.position or index + 1, replace(row, alias=aliases.new(row.label, "field"))


def _meant(entry: Any, unlisted: dict[UUID, FieldRow]) -> FieldRow | None:
    if not isinstance(entry, dict):
        return None
    field_id = hex_id(entry.get("id"))
    if field_id in unlisted:
        return unlisted[field_id]
    alias = entry.get("alias")
    return next((row for row in unlisted.values() if row.alias == alias), None)


def note_changes(form: Form, gone: Iterable[FieldRow] = ()) -> None:
    """Remember in the template's log what was added, changed and deleted (T-035)."""
    for row in gone:
        note(form, "deleted", row, old=row.label)
    for row in form.changed:
        before = form.stored.get(row.id)
        if before is None:
            note(form, "created", row, new=row.label)
            continue
        old, new = as_definition(before), as_definition(row)
        for name in NAMES:
            if old[name] != new[name] and name != "position":
                note(form, "updated", row, name, old[name], new[name])


WORDS = {"created": "Added", "updated": "Changed", "deleted": "Deleted", "re-ordered": "Moved"}


def note(
    form: Form, verb: str, row: FieldRow, name: str | None = None, old: Any = None, new: Any = None
) -> None:
    """Remember one thing that happened to a field."""
    kickoff = form.step_id is None
    what = f"{name.replace('_', ' ')} of " if name and verb == "updated" else ""
    form.draft.note(
        verb,
        f"{WORDS[verb]} {what}{'kick-off field' if kickoff else 'form field'}: {row.label}",
        kind="Blueprint" if kickoff else "Step",
        subject="prerun" if kickoff else "field",
        subject_id=row.id,
        field=name,
        old=old,
        new=new,
    )


async def field_json(tenant: Tenant, template_id: UUID, field_id: UUID) -> str:
    """One field as the API has it. Raises NotFound."""
    return str(await tenant.fetch_value(ONE, {"template_id": template_id, "field_id": field_id}))


async def form_page(tenant: Tenant, template_id: UUID, step_id: UUID | None, window: Window) -> Page:
    """The fields of a form as the API has them, in order."""
    wanted = {"template_id": template_id, "step_id": step_id, "limit": window.limit, "offset": window.offset}
    return Page(*await tenant.fetch_one(LIST, wanted))
