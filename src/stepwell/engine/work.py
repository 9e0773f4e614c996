"""What a person does to one task, whether it stands in a process or alone: complete, reopen, answer.

The caller has asked before whether the person may.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from stepwell.engine.answers import merge, why_incomplete
from stepwell.engine.assignment import listed
from stepwell.engine.dates import written_or_none
from stepwell.engine.deadlines import default_deadline, explicit_deadline
from stepwell.engine.model import (
    Directory,
    Event,
    FormField,
    House,
    People,
    Process,
    Refused,
    Task,
    TaskStatus,
    TaskType,
)

INVALID = "The given data was invalid."
EXPIRING = frozenset({TaskType.EXPIRING, TaskType.EXPIRING_EMAIL})
EMAILS = frozenset({TaskType.EMAIL, TaskType.EXPIRING_EMAIL})
SHARED = frozenset(
    {TaskType.TASK, TaskType.APPROVAL}
)  # the types where everyone can have a part of their own


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a member, a guest, or with neither the system itself."""

    user_id: int | None = None
    guest: str | None = None

    @property
    def is_bot(self) -> bool:
        return self.user_id is None and self.guest is None

    @property
    def key(self) -> str:
        """The key under which this person's part of a task is kept."""
        return str(self.user_id) if self.user_id is not None else (self.guest or "").lower()


BOT = Actor()


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """How a task is to be completed. `on_behalf_of` is recorded as the completer instead of the actor."""

    by: Actor
    at: datetime
    is_approved: bool | None = None
    on_behalf_of: int | None = None

    @property
    def completer(self) -> Actor:
        return self.by if self.on_behalf_of is None else Actor(user_id=self.on_behalf_of)


def refuse_unless_open(task: Task) -> None:
    """The first reasons not to complete: archived, completed, hidden, in this order."""
    if task.archived_at is not None:
        raise Refused("This task is archived.")
    if task.completed:
        raise Refused("This task is already completed.")
    if task.status is TaskStatus.HIDDEN:
        raise Refused("A hidden task cannot be completed (auto-skipped).")


def refuse_unless_completable(task: Task, fields: Sequence[FormField], completion: Completion) -> None:
    """The last reasons not to complete: an issue, the form, a missing decision. The clock needs no form."""
    if task.issues:
        raise Refused("This task has an unresolved issue. Resolve it first.")
    if completion.by.is_bot and task.type in EXPIRING:
        return
    missing = why_incomplete(fields, task.values)
    if missing:
        raise Refused(INVALID, {f"taskdata.{key}": messages for key, messages in missing.items()})
    if task.type is TaskType.APPROVAL and completion.is_approved is None:
        raise Refused(INVALID, {"is_approved": ["The is approved field is required."]})


def completed_or_part(task: Task, completion: Completion, directory: Directory) -> tuple[Task, Event]:
    """The task after a completion: done, or one part further when everyone must complete it (T-090)."""
    if task.everyone_must_complete and task.type in SHARED:
        required = required_people(task, directory)
        person = completion.completer.key
        if person in required:
            return _with_part(task, completion, required)
    return finished(task, completion)


def required_people(task: Task, directory: Directory) -> frozenset[str]:
    """The keys of all whose part is needed: members who can act and guests, groups expanded (P-321)."""
    users, guests = directory.expanded(task.people)
    return frozenset(
        {str(user) for user in users & directory.assignable} | {guest.lower() for guest in guests}
    )


def _with_part(task: Task, completion: Completion, required: frozenset[str]) -> tuple[Task, Event]:
    person = completion.completer.key
    if person in task.parts:
        raise Refused("You have already completed your part of this task.")
    parts = {**task.parts, person: completion.is_approved if task.type is TaskType.APPROVAL else None}
    task = replace(task, parts=parts, status=TaskStatus.IN_PROGRESS)
    rejected = task.type is TaskType.APPROVAL and completion.is_approved is False
    if rejected or is_done_by_all(task, required):
        return finished(task, completion)
    done = sum(key in parts for key in required)
    told = f"{done} of {len(required)} completed"
    return task, _event(task, "updated", f"{told}: {task.title}", field="completion_progress", new=told)


def is_done_by_all(task: Task, required: frozenset[str]) -> bool:
    return bool(required) and required <= task.parts.keys()


def reassigned(
    process: Process,
    task: Task,
    people: People,
    at: datetime,
    directory: Directory,
    why: Mapping[str, Any] | None = None,
) -> tuple[Task, tuple[Event, ...]]:
    """The task with other people. If all who are left have done their part it is completed (P-323)."""
    event = Event(
        verb="owners-updated",
        kind="Task",
        subject="task",
        subject_id=task.id,
        description=f"Changed the assignees of: {task.title}",
        field="owners",
        old=listed(task.people),
        new=listed(people),
        why=why,
    )
    task = replace(task, people=people)
    waits_for_parts = task.open and task.everyone_must_complete and task.type in SHARED and not process.issues
    if waits_for_parts and not task.issues and is_done_by_all(task, required_people(task, directory)):
        decisions = [decision for decision in task.parts.values() if decision is not None]
        completion = Completion(by=BOT, at=at, is_approved=all(decisions) if decisions else None)
        done, told = finished(task, completion)
        return done, (event, told)
    return task, (event,)


def finished(task: Task, completion: Completion) -> tuple[Task, Event]:
    """The completed task. The clock, and a person who says so, end an expiring one as expired (P-333)."""
    decision, expired = None, False
    if task.type is TaskType.APPROVAL:
        decision = completion.is_approved
    elif task.type in EXPIRING:
        expired = completion.by.is_bot or completion.is_approved is False
        decision = not expired
    completer = completion.completer
    done = replace(
        task,
        status=TaskStatus.COMPLETED,
        completed_at=completion.at,
        completer_id=completer.user_id,
        completer_guest=completer.guest,
        is_approved=decision,
        expired=expired,
        reopened=False,
    )
    label = label_of(done)
    return done, _event(done, "completed", f"{label.capitalize()} task: {done.title}", new=label)


def label_of(task: Task) -> str:
    """How a completed task ended, in one word (P-022)."""
    if task.type is TaskType.APPROVAL and task.is_approved is not None:
        return "approved" if task.is_approved else "rejected"
    if task.type is TaskType.EXPIRING:
        return "expired" if task.expired else "acknowledged"
    return "sent" if task.type in (TaskType.EMAIL, TaskType.EXPIRING_EMAIL) else "completed"


def reopened(task: Task, at: datetime, house: House, new_deadline: datetime | None) -> tuple[Task, Event]:
    """The task in progress again; its answers stay (T-094). Raises Refused when it is not completed.

    One that had expired gets a new deadline if its own is past: the clock would end it at once again (P-358).
    """
    if task.archived_at is not None:
        raise Refused("This task is archived.")
    if not task.completed:
        raise Refused("This task is not completed.")
    was_expired, old_deadline = task.expired, task.deadline
    task = replace(
        task,
        status=TaskStatus.IN_PROGRESS,
        completed_at=None,
        completer_id=None,
        completer_guest=None,
        is_approved=None,
        expired=False,
        reopened=True,
        parts={},
    )
    if new_deadline is not None:
        task = explicit_deadline(task, new_deadline, house)
    if was_expired and task.deadline is not None and task.deadline <= at:
        if new_deadline is not None:
            raise Refused(INVALID, {"deadline": ["The new deadline must be in the future."]})
        task = explicit_deadline(task, default_deadline(house, at), house)
    event = _event(task, "re-opened", f"Reopened task: {task.title}")
    if task.deadline != old_deadline:
        old, new = written_or_none(old_deadline), written_or_none(task.deadline)
        event = replace(event, field="deadline", old=old, new=new)
    return task, event


def answered(
    task: Task, fields: Sequence[FormField], sent: Mapping[str, Any], directory: Directory
) -> tuple[Task, tuple[Event, ...]]:
    """The task with the answers that were sent; the first one starts it (P-021). Unknown keys are dropped.

    Raises Refused for an archived or completed task, or with all the answers that are wrong.
    """
    if task.archived_at is not None:
        raise Refused("This task is archived.")
    if task.completed:
        raise Refused("A completed task cannot be updated.")
    values = merge(fields, task.values, sent, directory, "taskdata")
    if values == task.values:
        return task, ()
    events = answer_events(fields, task.values, values, _event(task, "updated", f"Answered: {task.title}"))
    started = task.status is TaskStatus.NOT_STARTED
    status = TaskStatus.IN_PROGRESS if started else task.status
    return replace(task, values=values, status=status, answered=not why_incomplete(fields, values)), events


def answer_events(
    fields: Sequence[FormField], old: Mapping[str, Any], new: Mapping[str, Any], like: Event
) -> tuple[Event, ...]:
    """One event for each answer that differs, named by the field's label."""
    return tuple(
        replace(like, field=field.label, old=old.get(field.key), new=new.get(field.key))
        for field in fields
        if old.get(field.key) != new.get(field.key)
    )


def _event(task: Task, verb: str, description: str, field: str | None = None, new: Any = None) -> Event:
    return Event(
        verb=verb,
        kind="Task",
        subject="task",
        subject_id=task.id,
        description=description,
        field=field,
        new=new,
    )
