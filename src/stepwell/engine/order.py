"""The places of tasks in a process: positions count from 1 without gaps, for everybody alike (P-381)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from stepwell.engine.completion import refuse_archived, settled_change
from stepwell.engine.model import Change, Event, Process, Task


def in_order(process: Process) -> list[Task]:
    """All tasks by position, hidden and archived ones too."""
    return sorted(process.tasks.values(), key=lambda task: (task.position, task.number))


def place_after(process: Process, task_id: UUID, moving: UUID | None = None) -> int:
    """The position that follows a task's, for a new task or for the one that is `moving`."""
    others = [task.id for task in in_order(process) if task.id != moving or task.id == task_id]
    return others.index(task_id) + 2


def added(process: Process, task: Task, position: int | None, at: datetime) -> Change:
    """Put a new one-off task into the process, at a position that others make room for; None is the end.

    A process that was complete becomes active again.
    """
    refuse_archived(process)
    others = in_order(process)
    place = len(others) if position is None else min(max(position, 1) - 1, len(others))
    after = process.having(*renumbered([*others[:place], task, *others[place:]]))
    event = Event(
        verb="created",
        kind="Task",
        subject="task",
        subject_id=task.id,
        description=f"Created task: {task.title}",
    )
    return settled_change(process, after, at, (event,))


def moved(process: Process, task_id: UUID, position: int | None, at: datetime) -> Change:
    """Give a task another position (None: the end); those between move. The same position changes nothing."""
    refuse_archived(process)
    task = process.tasks[task_id]
    others = [one for one in in_order(process) if one.id != task_id]
    place = len(others) if position is None else min(max(position, 1) - 1, len(others))
    after = process.having(*renumbered([*others[:place], task, *others[place:]]))
    new = after.tasks[task_id].position
    if new == task.position:
        return settled_change(process, process, at, ())
    event = Event(
        verb="re-ordered",
        kind="Task",
        subject="task",
        subject_id=task_id,
        description=f"Moved task: {task.title}",
        field="position",
        old=task.position,
        new=new,
    )
    return settled_change(process, after, at, (event,))


def without(process: Process, task_id: UUID, at: datetime, *events: Event) -> Change:
    """Take a task out of the process; the others close up."""
    refuse_archived(process)
    others = [task for task in in_order(process) if task.id != task_id]
    after = replace(process, tasks={task.id: task for task in renumbered(others)})
    return settled_change(process, after, at, events)


def renumbered(tasks: Sequence[Task]) -> list[Task]:
    """These tasks in this order, at the positions 1, 2, 3 ..."""
    return [
        task if task.position == place else replace(task, position=place)
        for place, task in enumerate(tasks, start=1)
    ]
