"""What the clock does to tasks whose deadline has passed: expiring ones end, very old ones are closed.

Both take some tasks of a process that were found in the database. Whoever was faster may have changed them
since, so each is looked at again, also after what the one before it has set off.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from stepwell.engine.calendar import shifted
from stepwell.engine.completion import complete, settled_change
from stepwell.engine.deadlines import start_held_deadlines
from stepwell.engine.model import Change, Directory, Event, House, Process, Refused, Task, change_between
from stepwell.engine.work import BOT, EXPIRING, Completion, finished

FEWEST_MONTHS, MOST_MONTHS = 2, 24  # after which an organization may have tasks closed
AUTO_COMPLETED = "task_auto_completed"


def expire(
    process: Process, task_ids: Iterable[UUID], at: datetime, house: House, directory: Directory
) -> Change:
    """End those of the tasks that expire at their deadline and have reached it (T-088).

    An open issue of the task or the process holds it back (P-334). `directory` knows everybody whom the rules
    that follow may name.
    """
    after = process
    events: list[Event] = []
    for task_id in task_ids:
        task = after.tasks.get(task_id)
        if task is None or task.type not in EXPIRING or not _is_past(task, at):
            continue
        try:
            change = complete(after, task_id, BOT, at, house, directory)
        except Refused:
            continue
        after = change.process
        events.extend(change.events)
    return change_between(process, after, tuple(events))


def _is_past(task: Task, at: datetime) -> bool:
    return task.open and task.deadline is not None and task.deadline <= at


def forgotten_since(at: datetime, months: int, house: House) -> datetime:
    """The latest deadline that makes an open task of today a very old one."""
    return shifted(house, at, -min(max(months, FEWEST_MONTHS), MOST_MONTHS), "months")


def close_forgotten(
    process: Process, task_ids: Iterable[UUID], at: datetime, house: House, months: int
) -> Change:
    """Complete those of the tasks that are overdue by more than so many months, in silence (P-492).

    No form is checked and no rule is run; each event says in `why` that nobody is to be told. What an issue
    freezes stays open.
    """
    limit = forgotten_since(at, months, house)
    after = process
    events: list[Event] = []
    for task_id in task_ids:
        task = after.tasks.get(task_id)
        frozen = after.issues or after.archived_at is not None
        if task is None or task.issues or frozen or not _is_past(task, limit):
            continue
        done, told = finished(task, Completion(by=BOT, at=at))
        after, moved = start_held_deadlines(after.having(done), done, house)
        events += [replace(told, description=f"Closed as very old: {task.title}", new="completed"), *moved]
    why = {"event": AUTO_COMPLETED, "months": months}
    change = settled_change(process, after, at, tuple(events))
    return replace(
        change, events=tuple(replace(event, why={**(event.why or {}), **why}) for event in change.events)
    )
