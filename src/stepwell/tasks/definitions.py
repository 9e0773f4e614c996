"""The form of a one-off task: its fields as clients define them, and as the task keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields as columns_of
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from stepwell.db.ids import new_id
from stepwell.engine.compile import compile_field
from stepwell.engine.dates import written
from stepwell.engine.model import FormField
from stepwell.errors import Refused, invalid
from stepwell.http.values import Identifier
from stepwell.templates.aliases import Aliases
from stepwell.templates.field_definitions import (
    FieldRow,
    FieldSettings,
    NewField,
    as_definition,
    defined,
    new_row,
)

MOST_FIELDS = 500
Definition = dict[str, Any]
TaskFieldType = Literal[
    "text", "textarea", "radio", "dropdown", "multiselect", "date", "email", "file", "table", "assignees_form",
    "number", "url", "time", "datetime", "checkbox",
]  # fmt: skip
ROW_NAMES = frozenset(column.name for column in columns_of(FieldRow))


class NewTaskField(NewField):
    """A field to be added; the forms of one-off tasks know more types than those of templates."""

    field_type: TaskFieldType  # type: ignore[assignment]  # wider than a template's


class ChangedTaskField(FieldSettings):
    """A field that the form has already: what is absent stays."""

    id: Identifier
    field_type: TaskFieldType = "text"  # type: ignore[assignment]  # wider than a template's


def new_definitions(sent: Sequence[Any], at: datetime) -> list[Definition]:
    """The fields of a new form. Raises Refused with all that is wrong, under `form_fields.<index>.<name>`."""
    return changed_definitions([], sent, at)


def changed_definitions(current: Sequence[Definition], sent: Sequence[Any], at: datetime) -> list[Definition]:
    """The whole form as it is sent: fields with an id are kept and changed, others are new, missing ones go.

    Raises Refused with all that is wrong, under `form_fields.<index>.<name>`.
    """
    by_id = {UUID(str(definition["id"])): definition for definition in current}
    aliases = Aliases({str(definition.get("alias")) for definition in current})
    last = max((int(definition.get("n", 0)) for definition in current), default=0)
    definitions: list[Definition] = []
    reasons: dict[str, list[str]] = {}
    if len(sent) > MOST_FIELDS:
        raise invalid({"form_fields": [f"A form may not have more than {MOST_FIELDS} fields."]})
    for index, entry in enumerate(sent):
        try:
            known = _known(entry, by_id)
            if known is not None:
                definitions.append(_changed(known, entry, index + 1, at))
            else:
                last += 1
                definitions.append(_new(entry, index + 1, last, aliases, at))
        except Refused as refusal:
            reasons |= {f"form_fields.{index}.{name}": told for name, told in refusal.reasons.items()}
    if reasons:
        raise invalid(reasons)
    return sorted(definitions, key=lambda definition: int(definition["position"]))


def _known(entry: Any, by_id: Mapping[UUID, Definition]) -> Definition | None:
    """The definition that an entry changes; each can be named once. Raises Refused for an id of no field."""
    if not isinstance(entry, dict) or not entry.get("id"):
        return None
    found = ChangedTaskField.read({"id": entry["id"]}).id
    if found not in by_id:
        raise invalid({"id": ["The selected id is invalid."]})
    return by_id[found]


def _new(entry: Any, place: int, number: int, aliases: Aliases, at: datetime) -> Definition:
    data = NewTaskField.read(entry)
    row = new_row(data, new_id(), None, aliases.new(data.label, "field"))
    stamps = {"created_at": written(at), "updated_at": written(at)}
    return as_definition(row) | {"position": data.position or place, "n": number, **stamps}


def _changed(known: Definition, entry: Any, place: int, at: datetime) -> Definition:
    data = ChangedTaskField.read(entry)
    kept = {name: value for name, value in known.items() if name in ROW_NAMES}
    row = defined(data, FieldRow(**{**kept, "id": UUID(str(known["id"]))}))
    changed = as_definition(row) | {"position": data.position or place}
    return known | changed | {"updated_at": written(at)}


def compiled(definitions: Sequence[Definition]) -> tuple[FormField, ...]:
    """The fields as the engine takes them, in their order."""
    return tuple(field for one in definitions if (field := compile_field(one)) is not None)


def by_label(fields: Sequence[FormField], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers whose keys may be labels, which is all that the creator of a form knows of it."""
    keys = {field.label: field.key for field in reversed(fields)}
    return {keys.get(key.strip(), key): value for key, value in answers.items()}


def copied_definitions(definitions: Sequence[Definition], at: datetime) -> list[Definition]:
    """The fields of another form as those of a new one: the same questions, with ids and aliases of their own."""
    aliases = Aliases(set())
    stamps = {"created_at": written(at), "updated_at": written(at)}
    return [
        {
            **one,
            "id": new_id().hex,
            "alias": aliases.new(str(one.get("label") or ""), "field"),
            "n": place,
            **stamps,
        }
        for place, one in enumerate(definitions, start=1)
    ]
