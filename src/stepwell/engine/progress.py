"""How far a process is, and the status that follows from its tasks (P-002 to P-012)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from stepwell.engine.model import Process, ProcessStatus, Task

TYPES_WITHOUT_TASKS = frozenset({"form", "document"})


@dataclass(frozen=True, slots=True)
class Progress:
    complete: int
    total: int
    percent: int


def progress(tasks: Iterable[Task], complete: bool = False) -> Progress:
    """How far the visible tasks are. `percent` is whole, half goes up; 0 when nothing is visible,
    but a process that is `complete` says 100."""
    return _counted([task for task in tasks if task.visible], complete)


def whole_progress(tasks: Iterable[Task], complete: bool = False) -> Progress:
    """Like `progress`, but over all tasks of the process, hidden ones included (P-009)."""
    return _counted([task for task in tasks if task.archived_at is None], complete)


def _counted(tasks: list[Task], complete: bool) -> Progress:
    total, done = len(tasks), sum(task.completed for task in tasks)
    if not total:
        return Progress(0, 0, 100 if complete else 0)
    return Progress(done, total, (200 * done + total) // (2 * total))


def status_of(process: Process) -> ProcessStatus:
    """The status of a process; the first that holds wins (P-003)."""
    if process.archived_at is not None:
        return ProcessStatus.ARCHIVED
    if process.issues:
        return ProcessStatus.ISSUE
    if any(task.visible and task.issues for task in process.tasks.values()):
        return ProcessStatus.PROBLEM
    return ProcessStatus.COMPLETE if is_finished(process) else ProcessStatus.ACTIVE


def is_finished(process: Process) -> bool:
    """Whether nothing is left to do; an empty project never is (P-005)."""
    if not process.kickoff_complete or any(task.open for task in process.tasks.values()):
        return False
    some_done = any(task.visible and task.completed for task in process.tasks.values())
    return some_done or process.type in TYPES_WITHOUT_TASKS


def settle(process: Process, at: datetime) -> Process:
    """The process with the status its tasks give it; `completed_at` is set on entering `complete` and
    cleared on leaving it (P-006, P-007). Archiving keeps it: the process may come back complete."""
    status = status_of(process)
    completed_at: datetime | None = None
    if status is ProcessStatus.COMPLETE:
        completed_at = process.completed_at or at
    elif status is ProcessStatus.ARCHIVED:
        completed_at = process.completed_at
    if (status, completed_at) == (process.status, process.completed_at):
        return process
    return replace(process, status=status, completed_at=completed_at)


def open_deadlines(process: Process) -> tuple[datetime, ...]:
    """The deadlines of the open, visible tasks, soonest first; what is overdue or due soon follows."""
    deadlines = (task.deadline for task in process.tasks.values() if task.open)
    return tuple(sorted(deadline for deadline in deadlines if deadline is not None))


def late_completed(process: Process) -> int:
    """How many visible tasks were completed after their deadline."""
    return sum(was_late(task) for task in process.tasks.values() if task.visible)


def was_late(task: Task) -> bool:
    if not task.completed or task.deadline is None or task.completed_at is None:
        return False
    return task.completed_at > task.deadline


def latest_deadline(process: Process) -> datetime | None:
    """The latest deadline among the visible tasks: the due date of the process (P-011)."""
    deadlines = (task.deadline for task in process.tasks.values() if task.visible)
    return max((deadline for deadline in deadlines if deadline is not None), default=None)
