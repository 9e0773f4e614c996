"""A task between its row and the engine: the columns once, for reading, inserting and updating alike."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from types import MappingProxyType
from typing import Any
from uuid import UUID

from stepwell.engine.answers import why_incomplete
from stepwell.engine.compile import compile_field
from stepwell.engine.effects import as_entry, effect_of
from stepwell.engine.model import DeadlineSource, FormField, People, RuleEffect, Task, TaskStatus, TaskType

COLUMNS: Mapping[str, str] = {
    "id": "uuid", "number": "bigint", "template_id": "uuid", "step_id": "uuid", "linked_step_id": "uuid",
    "alias": "text", "title": "text", "original_title": "text", "summary": "text", "task_type": "text",
    "status": "text", "position": "int", "blueprint_position": "int", "stage_id": "uuid", "users": "bigint[]",
    "guests": "text[]", "groups": "uuid[]", "roles": "uuid[]", "starts_at": "timestamptz", "soft_start": "boolean",
    "deadline": "timestamptz", "deadline_source": "text", "is_approved": "boolean", "expired": "boolean",
    "reopened": "boolean", "shown_by_hand": "boolean", "shown_at": "timestamptz", "oneoff": "boolean",
    "everyone_must_complete": "boolean", "only_assignees": "boolean", "max_assignable": "int",
    "allow_guests": "boolean", "prevent_guest_comment": "boolean", "top_secret": "boolean",
    "send_chromeless": "boolean", "has_dependents": "boolean", "webhook": "text", "answers": "jsonb",
    "parts": "jsonb", "rule_effects": "jsonb", "issues": "int", "answered": "boolean", "starter_id": "bigint",
    "completer_id": "bigint", "completer_guest": "text", "created_at": "timestamptz",
    "completed_at": "timestamptz", "archived_at": "timestamptz",
}  # fmt: skip

SELECTED = ", ".join(f"task.{name}" for name in COLUMNS) + ", task.fields"
RECORD = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())

INSERT = f"""
    INSERT INTO tasks (organization_id, process_id, updated_at, {", ".join(COLUMNS)}, fields)
    SELECT %(organization_id)s, %(process_id)s::uuid, %(at)s, {", ".join(f"new.{name}" for name in COLUMNS)},
           coalesce(new.fields, '[]')
      FROM jsonb_to_recordset(%(tasks)s) AS new ({RECORD}, fields jsonb)
"""  # noqa: S608 - of constants

RENAMED = {"task_type": "type", "answers": "values"}
COMPOSED = frozenset({"users", "guests", "groups"})
FIXED = frozenset({"id", "number", "created_at"})
COLUMNS_OF: Mapping[str, tuple[str, ...]] = {
    **{RENAMED.get(name, name): (name,) for name in COLUMNS if name not in COMPOSED | FIXED},
    "people": tuple(sorted(COMPOSED)),
}
"""Attribute of a task -> the columns that keep it, as far as they can change."""
ATTRIBUTES = tuple(name for name in COLUMNS if name not in COMPOSED)
values_of = attrgetter(*(RENAMED.get(name, name) for name in ATTRIBUTES))


def task_of(row: Sequence[Any]) -> Task:
    """The engine's task of the columns in SELECTED."""
    *columns, fields = row
    values = dict(zip(COLUMNS, columns, strict=True))
    people = People(*(tuple(values.pop(name)) for name in ("users", "guests", "groups")))
    values["type"] = TaskType(values.pop("task_type"))
    values["status"] = TaskStatus(values["status"])
    values["deadline_source"] = DeadlineSource(values["deadline_source"])
    values["values"] = values.pop("answers")
    values["roles"] = tuple(values["roles"])
    values["rule_effects"] = tuple(map(effect_of, values["rule_effects"]))
    return Task(people=people, fields=tuple(filter(None, map(compile_field, fields))), **values)


def row_of(task: Task, form: Iterable[FormField]) -> dict[str, Any]:
    """The columns of a new task that are not null; `form` are the fields it asks for, which decide `answered`."""
    pairs = zip(ATTRIBUTES, values_of(task), strict=True)
    row = {name: value for name, value in pairs if value is not None}
    people = task.people
    row |= {"users": people.users, "guests": people.guests, "groups": people.groups}
    row["answered"] = not why_incomplete(form, task.values)
    return row


def column_of(task: Task, name: str) -> Any:
    """One column of a task; `plain` says what JSON has for what is none of its values."""
    if name in COMPOSED:
        return getattr(task.people, name)
    return getattr(task, RENAMED.get(name, name))


def changed_columns(before: Task, after: Task) -> set[str]:
    """The columns in which a task differs from what it was."""
    changed: set[str] = set()
    for attribute, columns in COLUMNS_OF.items():
        old, new = getattr(before, attribute), getattr(after, attribute)
        if old is not new and old != new:
            changed.update(columns)
    return changed


def plain(value: Any) -> Any:
    """What JSON has instead of a value that it does not know."""
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, RuleEffect):
        return as_entry(value)
    return dict(value) if isinstance(value, Mapping) else list(value)


def as_records(
    tasks: Iterable[Task],
    form_of: Callable[[Task], Iterable[FormField]],
    definitions: Mapping[UUID, Any] = MappingProxyType({}),
) -> str:
    """Tasks as the JSON text that INSERT and UPDATE take.

    `definitions`: the own forms of new one-off tasks by task id, in the API's shape; the engine keeps less of them.
    """
    rows = [row_of(task, form_of(task)) | {"fields": definitions.get(task.id, [])} for task in tasks]
    return json.dumps(rows, ensure_ascii=False, default=plain)
