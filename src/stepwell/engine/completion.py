"""Completing, reopening and answering the tasks of a process, and all that follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from stepwell.engine.assignment import OwnersChange, changed_owners, refuse_too_many, with_companion
from stepwell.engine.dates import written_or_none
from stepwell.engine.deadlines import explicit_deadline, follow_deadline, start_held_deadlines
from stepwell.engine.follow_up import with_follow_up_due
from stepwell.engine.forms import fields_of
from stepwell.engine.model import (
    Change,
    Directory,
    Event,
    House,
    Process,
    ProcessStatus,
    Refused,
    Task,
    change_between,
)
from stepwell.engine.progress import settle
from stepwell.engine.reversal import take_back
from stepwell.engine.rules import AssigneesChanged, TaskCompleted, TaskReopened, evaluate_rules
from stepwell.engine.triggers import Trigger
from stepwell.engine.work import (
    BOT,
    Actor,
    Completion,
    answered,
    completed_or_part,
    reassigned,
    refuse_unless_completable,
    refuse_unless_open,
    reopened,
)

__all__ = ["BOT", "Actor", "assign", "complete", "move_deadline", "reopen", "save_answers"]


def complete(
    process: Process,
    task_id: UUID,
    by: Actor,
    at: datetime,
    house: House,
    directory: Directory,
    is_approved: bool | None = None,
    on_behalf_of: int | None = None,
) -> Change:
    """Complete a task, or the person's part of it, and let the rest follow.

    BOT completes an expiring task as the clock does. The caller has found that `by` may do it, and that
    `on_behalf_of`, who is then recorded as the completer, is an active member. Raises Refused with the first
    kind of reason that holds; missing answers are told all at once.
    """
    task = process.tasks[task_id]
    completion = Completion(by=by, at=at, is_approved=is_approved, on_behalf_of=on_behalf_of)
    refuse_archived(process)
    refuse_unless_open(task)
    refuse_open_issue(process)
    refuse_unless_completable(task, fields_of(process, task), completion)
    after, event = completed_or_part(task, completion, directory)
    followed, events = _after_work(process, after, by, at, house, directory)
    return settled_change(process, followed, at, (event, *events))


def _after_work(
    process: Process,
    task: Task,
    by: Actor,
    at: datetime,
    house: House,
    directory: Directory,
    also: Iterable[Trigger] = (),
) -> tuple[Process, tuple[Event, ...]]:
    """What follows from a task's work, if it is completed now and not only one part further."""
    after = process.having(task)
    if not task.completed:
        return after, ()
    after, moved = start_held_deadlines(with_follow_up_due(after, task), task, house)
    trigger = TaskCompleted(None if task.oneoff else task.step_id)
    after, executed = evaluate_rules(after, trigger, at, house, directory, by, also)
    return after, (*moved, *executed)


def reopen(
    process: Process,
    task_id: UUID,
    by: Actor,
    at: datetime,
    house: House,
    directory: Directory,
    new_deadline: datetime | None = None,
    *,
    reverse_rules: bool = False,
) -> Change:
    """Put a completed task back in progress and run the rules that wait for a reopening.

    Effects of the completion stay, or with `reverse_rules` are taken back where nothing has changed them since
    (P-354). Raises Refused when it is not completed, archived, or blocked by an issue of the process, and for
    guests, who never reopen.
    """
    if by.guest is not None:
        raise Refused("Guests cannot reopen tasks.")
    refuse_archived(process)
    before = process.tasks[task_id]
    task, event = reopened(before, at, house, new_deadline)
    refuse_open_issue(process)
    after, moved = follow_deadline(process.having(task), task, house)
    undone: tuple[Event, ...] = ()
    also: tuple[Trigger, ...] = ()
    if reverse_rules and not task.oneoff:
        after, undone, also = take_back(after, before, at, house, directory)
    trigger = TaskReopened(None if task.oneoff else task.step_id)
    after, executed = evaluate_rules(after, trigger, at, house, directory, by, also)
    return settled_change(process, after, at, (event, *moved, *undone, *executed))


def save_answers(
    process: Process, task_id: UUID, sent: Mapping[str, Any], at: datetime, directory: Directory
) -> Change:
    """Keep answers of a task; hidden tasks may be answered too. Saving triggers no rule (T-147).

    Raises Refused with every wrong answer under `taskdata.<field id>`.
    """
    refuse_archived(process)
    refuse_open_issue(process)
    task = process.tasks[task_id]
    after, events = answered(task, fields_of(process, task), sent, directory)
    return settled_change(process, process.having(after), at, events)


def assign(
    process: Process,
    task_id: UUID,
    change: OwnersChange,
    by: Actor,
    at: datetime,
    house: House,
    directory: Directory,
) -> Change:
    """Change who a task is assigned to. Raises Refused under `owners`.

    A member is put beside guests who would stand alone (P-445). If all who are left have done their part, the
    task completes (P-323).
    """
    refuse_archived(process)
    refuse_open_issue(process)
    task = process.tasks[task_id]
    if task.archived_at is not None:
        raise Refused("This task is archived.")
    if task.completed:
        raise Refused("A completed task cannot be updated.")
    people = changed_owners(task.people, change, directory, "owners")
    refuse_too_many(people, task.max_assignable, directory, "owners")
    people = with_companion(people, (process.owner_id, process.starter_id, by.user_id), directory)
    if people == task.people:
        return settled_change(process, process, at, ())
    task, events = reassigned(process, task, people, at, directory)
    after, executed = after_reassignment(process, task, by, at, house, directory)
    return settled_change(process, after, at, (*events, *executed))


def after_reassignment(
    process: Process, task: Task, by: Actor, at: datetime, house: House, directory: Directory
) -> tuple[Process, tuple[Event, ...]]:
    """What follows when a task has other people, and from its completion if that was the consequence."""
    changed = AssigneesChanged(None if task.oneoff else task.step_id)
    if task.completed:
        return _after_work(process, task, BOT, at, house, directory, also=(changed,))
    return evaluate_rules(process.having(task), changed, at, house, directory, by)


def move_deadline(
    process: Process, task_id: UUID, deadline: datetime | None, at: datetime, house: House
) -> Change:
    """Set a task's deadline by hand, moved to working time; what counts back from it follows."""
    refuse_open_issue(process)
    task = process.tasks[task_id]
    moved = explicit_deadline(task, deadline, house)
    event = Event(
        verb="updated",
        kind="Task",
        subject="task",
        subject_id=task.id,
        description=f"Changed the deadline of: {task.title}",
        field="deadline",
        old=written_or_none(task.deadline),
        new=written_or_none(moved.deadline),
    )
    after, followed = follow_deadline(process.having(moved), moved, house)
    return settled_change(process, after, at, (event, *followed))


def refuse_archived(process: Process) -> None:
    if process.archived_at is not None:
        raise Refused("This process is archived.")


def refuse_open_issue(process: Process) -> None:
    if process.issues:
        raise Refused("This process has an open issue. Resolve it first.")


def settled_change(before: Process | None, after: Process, at: datetime, events: tuple[Event, ...]) -> Change:
    """The change, with the status that the tasks now give the process; its completion is an event too."""
    settled = settle(after, at)
    was_complete = before is not None and before.status is ProcessStatus.COMPLETE
    if settled.status is ProcessStatus.COMPLETE and not was_complete:
        completed = Event(
            verb="completed",
            kind="Process",
            subject="process",
            subject_id=settled.id,
            description="Completed process",
        )
        events = (*events, completed)
    return change_between(before, settled, events)
