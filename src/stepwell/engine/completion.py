"""Completing, reopening and answering the tasks of a process, and all that follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from stepwell.engine.assignment import OwnersChange, changed_owners, listed, refuse_too_many, with_companion
from stepwell.engine.dates import written_or_none
from stepwell.engine.deadlines import explicit_deadline, follow_deadline, start_held_deadlines
from stepwell.engine.model import (
    Change,
    Directory,
    Event,
    House,
    People,
    Process,
    ProcessStatus,
    Refused,
    Task,
    change_between,
)
from stepwell.engine.progress import settle
from stepwell.engine.rules import AssigneesChanged, TaskCompleted, TaskReopened, evaluate_rules
from stepwell.engine.visibility import fields_of
from stepwell.engine.work import (
    BOT,
    SHARED,
    Actor,
    Completion,
    answered,
    completed_or_part,
    finished,
    is_done_by_all,
    refuse_unless_completable,
    refuse_unless_open,
    reopened,
    required_people,
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
    followed, events = _after_work(process, after, at, house)
    return settled_change(process, followed, at, (event, *events))


def _after_work(
    process: Process, task: Task, at: datetime, house: House
) -> tuple[Process, tuple[Event, ...]]:
    """What follows from a task's work, if it is completed now and not only one part further."""
    after = process.having(task)
    if not task.completed:
        return after, ()
    after, moved = start_held_deadlines(after, task, house)
    after, executed = evaluate_rules(after, TaskCompleted(None if task.oneoff else task.step_id), at, house)
    return after, (*moved, *executed)


def reopen(
    process: Process,
    task_id: UUID,
    by: Actor,
    at: datetime,
    house: House,
    new_deadline: datetime | None = None,
) -> Change:
    """Put a completed task back in progress and run the rules that wait for a reopening.

    Effects of the completion stay (P-354). Raises Refused when it is not completed, archived, or blocked by
    an issue of the process, and for guests, who never reopen.
    """
    if by.guest is not None:
        raise Refused("Guests cannot reopen tasks.")
    refuse_archived(process)
    task, event = reopened(process.tasks[task_id], at, house, new_deadline)
    refuse_open_issue(process)
    after, moved = follow_deadline(process.having(task), task, house)
    after, executed = evaluate_rules(after, TaskReopened(None if task.oneoff else task.step_id), at, house)
    return settled_change(process, after, at, (event, *moved, *executed))


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
    after, events = _with_people(process, task, people, at, house, directory)
    step_id = None if task.oneoff else task.step_id
    after, executed = evaluate_rules(after, AssigneesChanged(step_id), at, house)
    return settled_change(process, after, at, (*events, *executed))


def _with_people(
    process: Process, task: Task, people: People, at: datetime, house: House, directory: Directory
) -> tuple[Process, tuple[Event, ...]]:
    event = Event(
        verb="owners-updated",
        kind="Task",
        subject="task",
        subject_id=task.id,
        description=f"Changed the assignees of: {task.title}",
        field="owners",
        old=listed(task.people),
        new=listed(people),
    )
    task = replace(task, people=people)
    waits_for_parts = task.open and task.everyone_must_complete and task.type in SHARED and not process.issues
    if waits_for_parts and not task.issues and is_done_by_all(task, required_people(task, directory)):
        decisions = [decision for decision in task.parts.values() if decision is not None]
        completion = Completion(by=BOT, at=at, is_approved=all(decisions) if decisions else None)
        done, told = finished(task, completion)
        followed, events = _after_work(process, done, at, house)
        return followed, (event, told, *events)
    return process.having(task), (event,)


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
