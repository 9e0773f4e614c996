"""Showing and hiding by hand: a choice that rules leave alone from then on (P-361, P-362)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from stepwell.engine.completion import refuse_archived, refuse_open_issue, settled_change
from stepwell.engine.model import Change, House, Process, Refused, Task, TaskStatus
from stepwell.engine.visibility import hidden, shown, visibility_event


def show(process: Process, task_id: UUID, at: datetime, house: House) -> Change:
    """Show a hidden task and keep it shown. Raises Refused for completed, archived and one-off tasks."""
    task = _changeable(process, task_id)
    was_hidden = task.status is TaskStatus.HIDDEN
    after = shown(process, task, at, house) if was_hidden else task
    events = (visibility_event(task, True),) if was_hidden else ()
    return settled_change(process, process.having(replace(after, shown_by_hand=True)), at, events)


def hide(process: Process, task_id: UUID, at: datetime) -> Change:
    """Hide an open task and keep it hidden. Raises Refused for completed, archived and one-off tasks."""
    task = _changeable(process, task_id)
    events = () if task.status is TaskStatus.HIDDEN else (visibility_event(task, False),)
    return settled_change(process, process.having(replace(hidden(task), shown_by_hand=False)), at, events)


def _changeable(process: Process, task_id: UUID) -> Task:
    refuse_archived(process)
    refuse_open_issue(process)
    task = process.tasks[task_id]
    if task.archived_at is not None:
        raise Refused("This task is archived.")
    if task.oneoff:
        raise Refused("A one-off task cannot be shown or hidden.")
    if task.completed:
        raise Refused("A completed task cannot be shown or hidden.")
    return task
