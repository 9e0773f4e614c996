"""Changing the properties of one task: what it is called, what it is, who may do it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from stepwell.engine.answers import why_incomplete
from stepwell.engine.completion import refuse_archived, refuse_open_issue, reopen, settled_change
from stepwell.engine.dates import written
from stepwell.engine.forms import fields_of
from stepwell.engine.model import (
    Change,
    Directory,
    Event,
    FormField,
    House,
    Process,
    Refused,
    Task,
    change_between,
)
from stepwell.engine.work import INVALID, SHARED, Actor

NAMES = {
    "type": "task_type", "summary": "summary", "starts_at": "started_at", "soft_start": "is_soft_start_date",
    "only_assignees": "can_complete_only_assignees",
}  # fmt: skip
UNTOLD = frozenset({"summary"})  # too long for the log: that it changed is enough


def edited(process: Process, task_id: UUID, properties: Mapping[str, Any], at: datetime) -> Change:
    """Set properties by the engine's names. Each that differs is an event of its own; nothing else changes.

    Raises Refused for an archived task, and for a type that not everyone can complete while everyone must.
    """
    refuse_archived(process)
    task = process.tasks[task_id]
    if task.archived_at is not None:
        raise Refused("This task is archived.")
    differing = {name: value for name, value in properties.items() if getattr(task, name) != value}
    after = replace(task, **differing)
    concerned = differing.keys() & {"everyone_must_complete", "type"}
    if concerned and after.everyone_must_complete and after.type not in SHARED:
        name = "everyone_must_complete" if "everyone_must_complete" in concerned else "task_type"
        raise Refused(INVALID, {name: ["Only tasks and approvals can be completed by everyone."]})
    events = tuple(_changed(task, name, value) for name, value in differing.items())
    return settled_change(process, process.having(after), at, events)


def _changed(task: Task, name: str, value: Any) -> Event:
    told = NAMES.get(name, name)
    return Event(
        verb="updated",
        kind="Task",
        subject="task",
        subject_id=task.id,
        description=f"Changed the {told.replace('_', ' ')} of: {task.title}",
        field=told,
        old=None if name in UNTOLD else _plain(getattr(task, name)),
        new=None if name in UNTOLD else _plain(value),
    )


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return written(value)
        case UUID():
            return value.hex
        case _:
            return value


def with_form(process: Process, task_id: UUID, fields: tuple[FormField, ...], at: datetime) -> Change:
    """Give a one-off task another form; answers to fields that are gone go with them."""
    refuse_archived(process)
    task = process.tasks[task_id]
    kept = {field.key for field in fields}
    values = {key: value for key, value in task.values.items() if key in kept}
    after = replace(task, fields=fields, values=values, answered=not why_incomplete(fields, values))
    event = replace(_changed(task, "fields", None), old=None, field="form_fields",
                    description=f"Changed the form of: {task.title}")  # fmt: skip
    return settled_change(process, process.having(after), at, (event,))


def without_part(process: Process, task_id: UUID, by: Actor, at: datetime) -> Change:
    """Take back the own part of a task that everyone must complete (P-325). Raises Refused when there is none."""
    refuse_archived(process)
    refuse_open_issue(process)
    task = process.tasks[task_id]
    if task.completed:
        raise Refused("This task is already completed.")
    if by.key not in task.parts:
        raise Refused("You have not completed your part of this task.")
    parts = {person: decision for person, decision in task.parts.items() if person != by.key}
    event = replace(_changed(task, "parts", None), field="completion_progress", old=None,
                    description=f"Took back a part of: {task.title}")  # fmt: skip
    return settled_change(process, process.having(replace(task, parts=parts)), at, (event,))


def restarted(
    process: Process, task_id: UUID, by: Actor, at: datetime, house: House, directory: Directory
) -> Change:
    """Do a task over again: reopened if it is completed, its answers and the parts of it cleared."""
    change = None
    after = process
    if process.tasks[task_id].completed:
        change = reopen(process, task_id, by, at, house, directory)
        after = change.process
    refuse_archived(after)
    refuse_open_issue(after)
    task = after.tasks[task_id]
    if task.archived_at is not None:
        raise Refused("This task is archived.")
    blank = replace(task, values={}, parts={}, answered=not why_incomplete(fields_of(after, task), {}))
    event = replace(_changed(task, "values", None), field="taskdata", old=None,
                    description=f"Restarted task: {task.title}")  # fmt: skip
    events = (*(change.events if change is not None else ()), event)
    cleared = settled_change(after, after.having(blank), at, ())
    return change_between(process, cleared.process, events)


def archived(process: Process, task_id: UUID, at: datetime) -> Change:
    """Put a one-off task aside. Raises Refused for a task of a template; one that is archived stays as it is."""
    refuse_archived(process)
    task = _one_off(process, task_id)
    if task.archived_at is not None:
        return settled_change(process, process, at, ())
    after = replace(task, archived_at=at)
    return settled_change(process, process.having(after), at, (_told(task, "archived"),))


def unarchived(process: Process, task_id: UUID, at: datetime) -> Change:
    """Bring an archived one-off task back; one that is not archived stays as it is."""
    refuse_archived(process)
    task = _one_off(process, task_id)
    if task.archived_at is None:
        return settled_change(process, process, at, ())
    after = replace(task, archived_at=None)
    return settled_change(process, process.having(after), at, (_told(task, "unarchived"),))


def _one_off(process: Process, task_id: UUID) -> Task:
    task = process.tasks[task_id]
    if not task.oneoff:
        message = "Only one-off tasks can be archived. Archive the process instead."
        raise Refused(message, {"status": [message]})
    return task


def _told(task: Task, verb: str) -> Event:
    return Event(
        verb=verb,
        kind="Task",
        subject="task",
        subject_id=task.id,
        description=f"{verb.capitalize()} task: {task.title}",
    )
