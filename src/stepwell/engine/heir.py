"""What becomes of tasks whose people leave: somebody else has them, or those who remain (P-323, P-444, P-445)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from stepwell.engine.assignment import union, with_companion
from stepwell.engine.completion import after_reassignment, settled_change
from stepwell.engine.model import Change, Directory, Event, House, People, Process, Task
from stepwell.engine.work import BOT, reassigned


def handed_over(
    process: Process,
    task_ids: Sequence[UUID],
    old: int,
    new: int,
    at: datetime,
    house: House,
    directory: Directory,
) -> Change:
    """The process with `new` in the place of `old` on those of these tasks that are still to do.

    Unlike an assignment by hand it is not kept up by an open issue.
    """
    after = process
    events: list[Event] = []
    for task_id in task_ids:
        before = after.tasks[task_id]
        if old in before.people.users and _is_to_do(before):
            people = in_the_place_of(before.people, old, new)
            after, told = _with_people(after, before, people, at, house, directory)
            events.extend(told)
    return settled_change(process, after, at, tuple(events))


def left(
    process: Process, task_ids: Sequence[UUID], at: datetime, house: House, directory: Directory
) -> Change:
    """The process after somebody has left a group or the organization: guests who then stand alone get a member
    beside them (P-445), and a task completes when all who remain have done their part (P-323)."""
    after = process
    events: list[Event] = []
    for task_id in task_ids:
        before = after.tasks[task_id]
        if not _is_to_do(before):
            continue
        people = with_companion(before.people, (process.owner_id, process.starter_id), directory)
        settled, told = _with_people(after, before, people, at, house, directory)
        if people != before.people or settled.tasks[task_id].completed:
            after = settled
            events.extend(event for event in told if event.field != "owners" or event.old != event.new)
    return settled_change(process, after, at, tuple(events))


def in_the_place_of(people: People, old: int, new: int) -> People:
    """The people with another member in somebody's place, each once."""
    users = tuple(new if user == old else user for user in people.users)
    return union(People(users, people.guests, people.groups))


def _is_to_do(task: Task) -> bool:
    return not task.completed and task.archived_at is None


def _with_people(
    process: Process, task: Task, people: People, at: datetime, house: House, directory: Directory
) -> tuple[Process, tuple[Event, ...]]:
    task, told = reassigned(process, task, people, at, directory)
    after, followed = after_reassignment(process, task, BOT, at, house, directory)
    return after, (*told, *followed)
