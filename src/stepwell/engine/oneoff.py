"""One-off tasks that stand in no process: the same work, without rules, dependents or a process status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stepwell.engine.model import Directory, Event, House, Task
from stepwell.engine.work import (
    Actor,
    Completion,
    answered,
    completed_or_part,
    refuse_unless_completable,
    refuse_unless_open,
    reopened,
)


@dataclass(frozen=True, slots=True)
class TaskChange:
    """The task after a decision, and what happened."""

    task: Task
    events: tuple[Event, ...]


def complete_one_off(
    task: Task,
    by: Actor,
    at: datetime,
    directory: Directory,
    is_approved: bool | None = None,
    on_behalf_of: int | None = None,
) -> TaskChange:
    """Complete it, or the person's part of it. Raises Refused with the first kind of reason that holds."""
    completion = Completion(by=by, at=at, is_approved=is_approved, on_behalf_of=on_behalf_of)
    refuse_unless_open(task)
    refuse_unless_completable(task, task.fields, completion)
    done, event = completed_or_part(task, completion, directory)
    return TaskChange(done, (event,))


def reopen_one_off(
    task: Task, at: datetime, house: House, new_deadline: datetime | None = None
) -> TaskChange:
    """Put a completed task back in progress; its answers stay. Raises Refused."""
    again, event = reopened(task, at, house, new_deadline)
    return TaskChange(again, (event,))


def save_one_off_answers(task: Task, sent: Mapping[str, Any], directory: Directory) -> TaskChange:
    """Keep the answers that were sent. Raises Refused, with every wrong answer at once."""
    after, events = answered(task, task.fields, sent, directory)
    return TaskChange(after, events)
