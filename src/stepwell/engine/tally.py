"""What is counted of a process's tasks, so that a decision about a few of them needs none of the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stepwell.engine.model import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts of tasks; `whole` ones include hidden tasks, all others are of visible ones."""

    visible: int = 0
    complete: int = 0
    whole: int = 0
    whole_complete: int = 0
    late: int = 0  # completed after their deadline
    problems: int = 0  # with an unresolved issue
    open_deadlines: tuple[datetime, ...] = ()  # ascending
    latest: datetime | None = None  # the latest deadline of all
    latest_is_bound: bool = False  # nothing is due later than `latest`, but maybe everything earlier

    @property
    def open(self) -> int:
        return self.visible - self.complete

    def plus(self, other: Tally) -> Tally:
        """The counts of both together."""
        latest, is_bound = _later(self, other)
        return Tally(
            visible=self.visible + other.visible,
            complete=self.complete + other.complete,
            whole=self.whole + other.whole,
            whole_complete=self.whole_complete + other.whole_complete,
            late=self.late + other.late,
            problems=self.problems + other.problems,
            open_deadlines=tuple(merge(self.open_deadlines, other.open_deadlines)),
            latest=latest,
            latest_is_bound=is_bound,
        )

    def without(self, part: Tally) -> Tally:
        """The counts of those that are not in `part`, which all of these are."""
        deadlines = list(self.open_deadlines)
        for deadline in part.open_deadlines:
            deadlines.remove(deadline)
        latest = self.latest if self.visible > part.visible else None
        return Tally(
            visible=self.visible - part.visible,
            complete=self.complete - part.complete,
            whole=self.whole - part.whole,
            whole_complete=self.whole_complete - part.whole_complete,
            late=self.late - part.late,
            problems=self.problems - part.problems,
            open_deadlines=tuple(deadlines),
            latest=latest,
            latest_is_bound=latest is not None and latest == part.latest,
        )


NO_TASKS = Tally()


def _later(one: Tally, other: Tally) -> tuple[datetime | None, bool]:
    if one.latest is None or other.latest is None:
        known = one if one.latest is not None else other
        return known.latest, known.latest_is_bound
    later = max(one.latest, other.latest)
    # A bound that something real reaches is no longer only a bound.
    exact = any(tally.latest == later and not tally.latest_is_bound for tally in (one, other))
    return later, not exact


def tally_of(tasks: Iterable[Task]) -> Tally:
    """The counts of these tasks; archived ones count nowhere."""
    visible = complete = whole = whole_complete = late = problems = 0
    deadlines: list[datetime] = []
    latest: datetime | None = None
    for task in tasks:
        if task.archived_at is not None:
            continue
        whole += 1
        whole_complete += task.completed
        if not task.visible:
            continue
        visible += 1
        problems += task.issues > 0
        if task.deadline is not None and (latest is None or task.deadline > latest):
            latest = task.deadline
        if task.completed:
            complete += 1
            late += was_late(task)
        elif task.deadline is not None:
            deadlines.append(task.deadline)
    return Tally(
        visible=visible,
        complete=complete,
        whole=whole,
        whole_complete=whole_complete,
        late=late,
        problems=problems,
        open_deadlines=tuple(sorted(deadlines)),
        latest=latest,
    )


def was_late(task: Task) -> bool:
    """Whether a completed task was completed after its deadline."""
    if task.completed_at is None or task.deadline is None:
        return False
    return task.completed_at > task.deadline
