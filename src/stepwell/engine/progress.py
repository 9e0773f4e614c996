"""How far a process is, and the status that follows from its tasks (P-002 to P-012)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from stepwell.engine.follow_up import waits_for_tasks
from stepwell.engine.model import Process, ProcessStatus
from stepwell.engine.tally import Tally, tally_of

TYPES_WITHOUT_TASKS = frozenset({"form", "document"})


@dataclass(frozen=True, slots=True)
class Progress:
    complete: int
    total: int
    percent: int


def counts(process: Process) -> Tally:
    """The counts of all tasks of a process, those included that were not loaded."""
    return tally_of(process.tasks.values()).plus(process.elsewhere)


def progress(tally: Tally, complete: bool = False) -> Progress:
    """How far the visible tasks are. `percent` is whole, half goes up; 0 when nothing is visible,
    but a process that is `complete` says 100."""
    return _progress(tally.complete, tally.visible, complete)


def whole_progress(tally: Tally, complete: bool = False) -> Progress:
    """Like `progress`, but over all tasks of the process, hidden ones included (P-009)."""
    return _progress(tally.whole_complete, tally.whole, complete)


def _progress(done: int, total: int, complete: bool) -> Progress:
    if not total:
        return Progress(0, 0, 100 if complete else 0)
    return Progress(done, total, (200 * done + total) // (2 * total))


def status_of(process: Process) -> ProcessStatus:
    """The status of a process; the first that holds wins (P-003)."""
    if process.archived_at is not None:
        return ProcessStatus.ARCHIVED
    if process.issues:
        return ProcessStatus.ISSUE
    tally = counts(process)
    if tally.problems:
        return ProcessStatus.PROBLEM
    return ProcessStatus.COMPLETE if _is_finished(process, tally) else ProcessStatus.ACTIVE


def _is_finished(process: Process, tally: Tally) -> bool:
    """Whether nothing is left to do; an empty project never is (P-005)."""
    if not process.kickoff_complete or tally.open or waits_for_tasks(process):
        return False
    return tally.complete > 0 or process.type in TYPES_WITHOUT_TASKS


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
