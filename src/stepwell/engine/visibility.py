"""Showing and hiding a task: what the state becomes, whoever decides it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from stepwell.engine.answers import why_incomplete, with_defaults
from stepwell.engine.forms import fields_of
from stepwell.engine.model import Answers, Event, FormField, House, Process, Task, TaskStatus
from stepwell.engine.variables import filled_default, source_of


def shown(process: Process, task: Task, at: datetime, house: House) -> Task:
    """A hidden task made visible: not started, or in progress if it had been reopened (T-159).

    Its deadline stays; a soft start begins now; defaults become answers where none is (T-076).
    """
    fields = fields_of(process, task)

    def filled(field: FormField, answers: Answers) -> Any:
        now = process.having(replace(task, values=answers))
        return filled_default(field, source_of(now, house, {}), task)

    values = with_defaults(fields, task.values, at.astimezone(house.zone).date(), filled)
    return replace(
        task,
        status=TaskStatus.IN_PROGRESS if task.reopened else TaskStatus.NOT_STARTED,
        shown_at=at,
        starts_at=task.starts_at or at,
        values=values,
        answered=not why_incomplete(fields, values),
    )


def hidden(task: Task) -> Task:
    """An open task taken out of sight; all it holds is kept (T-158)."""
    return replace(task, status=TaskStatus.HIDDEN)


def visibility_event(task: Task, show: bool, why: Mapping[str, Any] | None = None) -> Event:
    return Event(
        verb="updated",
        kind="Task",
        subject="task",
        subject_id=task.id,
        description=f"{'Shown' if show else 'Hidden'}: {task.title}",
        field="visibility",
        old="hidden" if show else "visible",
        new="visible" if show else "hidden",
        why=why,
    )
