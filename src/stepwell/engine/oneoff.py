"""One-off tasks that stand in no process: the same work, without rules, dependents or a process status.

The engine takes such a task as a project that holds nothing else, so that all that is decided about a task of
a process (completing, reopening, answering, assigning) is decided about it by the same functions.
"""

from __future__ import annotations

from dataclasses import replace

from stepwell.engine.model import Change, Event, Process, Task


def alone(task: Task) -> Process:
    """The task as a project of its own. Its creator is the owner, who stands beside guests (P-445)."""
    creator = task.starter_id or 0
    return Process(
        id=task.id,
        version=None,
        starter_id=creator,
        owner_id=creator,
        created_at=task.created_at,
        tasks={task.id: task},
    )


def of_the_task_alone(change: Change) -> Change:
    """The change without what would be said about the project, which does not exist."""
    return replace(change, events=tuple(event for event in change.events if _is_of_task(event)))


def _is_of_task(event: Event) -> bool:
    return event.subject == "task"


def is_alone(process: Process) -> bool:
    """Whether this is such a project and not a process."""
    return process.id in process.tasks
