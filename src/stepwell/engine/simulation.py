"""A process played through in memory: launched, then worked on as told, by the engine that real processes run on.

Nothing is stored and nothing is sent. What would follow a task as another template is told, and left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from stepwell.engine.by_clock import expire
from stepwell.engine.completion import complete, reopen, save_answers
from stepwell.engine.follow_up import without_follow_up
from stepwell.engine.launch import Launch, launch
from stepwell.engine.model import Change, Directory, Event, House, Process, Refused, Task, Version
from stepwell.engine.progress import settle
from stepwell.engine.variables import with_titles
from stepwell.engine.work import EXPIRING, SHARED, Actor, required_people

MOST_MOMENTS = 1000  # with those that the clock adds
NOT_YOURS = "Only the people assigned to this task may do this."


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that is done to the task of a step. `by` None: whoever is to do it; `at` None: at once."""

    step_id: UUID
    kind: str = "complete"  # complete | reopen | answer | expire
    values: Mapping[str, Any] = field(default_factory=dict)
    is_approved: bool | None = None
    by: Actor | None = None
    at: datetime | None = None
    deadline: datetime | None = None  # of a reopening


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One thing that happened, and all that followed. `number`: which of the acts it was; None: the launch, or
    the clock."""

    what: str  # launched | completed | reopened | answered | expired
    number: int | None
    step_id: UUID | None
    by: Actor | None
    at: datetime
    process: Process
    events: tuple[Event, ...]
    changed: frozenset[UUID]  # steps
    follow_ups: frozenset[UUID] = frozenset()  # steps whose template would follow now


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What a simulation plays on. `may_work`: whether somebody may do a task as it is now; None: anybody may."""

    version: Version
    house: House
    directory: Directory
    names: Mapping[str, str] = field(default_factory=dict)  # of people and groups in titles
    may_work: Callable[[Task, Actor], bool] | None = None


def simulate(
    stage: Stage, wanted: Launch, acts: Sequence[Act], at: datetime, until: datetime | None = None
) -> list[Moment]:
    """The launch and every moment after it, in order; tasks have the ids of their steps.

    Before each act, and in the end up to `until`, the clock ends the tasks that expire. Raises Refused: for the
    launch as a launch does, for an act under `completions.<number>`.
    """
    ids = (step.id for step in stage.version.steps if not wanted.of(step).removed)
    numbers = iter(range(1, len(stage.version.steps) + 1))
    change = launch(stage.version, wanted, stage.house, stage.directory, at, ids.__next__, numbers.__next__)
    moments = [_moment(stage, None, change, "launched", at)]
    for number, act in enumerate(acts):
        now = moments[-1].at
        if act.at is not None and act.at < now:
            message = "The at must not lie before what happened earlier."
            raise Refused(message, {f"completions.{number}.at": [message]})
        now = act.at or now
        _extend(moments, _clock(stage, moments[-1], now))
        _extend(moments, [_acted(stage, moments[-1].process, act, number, now)])
    if until is not None and until > moments[-1].at:
        _extend(moments, _clock(stage, moments[-1], until))
    return moments


def _extend(moments: list[Moment], more: Iterable[Moment]) -> None:
    for moment in more:
        if len(moments) == MOST_MOMENTS:
            message = f"No more than {MOST_MOMENTS} moments can be simulated."
            raise Refused(message, {"completions": [message]})
        moments.append(moment)


def _moment(
    stage: Stage,
    before: Process | None,
    change: Change,
    what: str,
    at: datetime,
    act: Act | None = None,
    number: int | None = None,
    by: Actor | None = None,
    step_id: UUID | None = None,
) -> Moment:
    after = change.process
    follow_ups = after.follow_ups
    for one in follow_ups:
        after = without_follow_up(after, one)
    if follow_ups:
        after = settle(after, at)
    after = with_titles(after, stage.house, stage.names)
    old: Mapping[UUID, Task] = before.tasks if before is not None else {}
    changed = (task.step_id for task in after.tasks.values() if task != old.get(task.id))
    return Moment(
        what=what,
        number=number,
        step_id=act.step_id if act is not None else step_id,
        by=by,
        at=at,
        process=after,
        events=change.events,
        changed=frozenset(one for one in changed if one is not None),
        follow_ups=follow_ups,
    )


def _clock(stage: Stage, last: Moment, until: datetime) -> Iterator[Moment]:
    """The tasks that end by themselves until then, soonest first, and what follows from each."""
    process, now = last.process, last.at
    while True:
        due = [
            (task.deadline, task.position, task)
            for task in process.tasks.values()
            if task.type in EXPIRING and task.open and task.deadline is not None and task.deadline <= until
        ]
        if not due:
            return
        deadline, _, task = min(due, key=lambda one: one[:2])
        now = max(now, deadline)
        change = expire(process, [task.id], now, stage.house, stage.directory)
        if not change.events:
            return
        moment = _moment(stage, process, change, "expired", now, step_id=task.step_id)
        yield moment
        process = moment.process


def _acted(stage: Stage, process: Process, act: Act, number: int, at: datetime) -> Moment:
    """The moment after an act. Raises Refused with its number in front of every reason."""
    task = process.task_of(act.step_id)
    if task is None:
        raise _under(number, Refused("This step was left out at launch."))
    by = act.by or _whoever(stage, process, task)
    try:
        if act.kind != "expire" and stage.may_work is not None and not stage.may_work(task, by):
            raise Refused(NOT_YOURS, {"by": [NOT_YOURS]})
        what, change = _done(stage, process, task, act, by, at)
    except Refused as refusal:
        raise _under(number, refusal) from None
    by_clock = what == "expired"
    return _moment(stage, process, change, what, at, act, number, None if by_clock else by)


def _done(
    stage: Stage, process: Process, task: Task, act: Act, by: Actor, at: datetime
) -> tuple[str, Change]:
    house, directory = stage.house, stage.directory
    if act.kind == "reopen":
        return "reopened", reopen(process, task.id, by, at, house, directory, act.deadline)
    if act.kind == "expire":
        if task.type not in EXPIRING:
            raise Refused("Only a task that expires can end by the clock.")
        return "expired", complete(process, task.id, Actor(), at, house, directory)
    events: tuple[Event, ...] = ()
    if act.values:
        answered = save_answers(process, task.id, act.values, at, directory)
        process, events = answered.process, answered.events
        if act.kind == "answer":
            return "answered", answered
    elif act.kind == "answer":
        raise Refused("There is no answer.", {"values": ["The values field is required."]})
    change = complete(process, task.id, by, at, house, directory, act.is_approved)
    return "completed", replace(change, events=(*events, *change.events))


def _whoever(stage: Stage, process: Process, task: Task) -> Actor:
    """Who does a task when nobody is named: the first of its people, or with nobody the starter.

    Where everyone must complete it, the first one whose part is still missing.
    """
    users, guests = stage.directory.expanded(task.people)
    people = [Actor(user_id=user) for user in (*task.people.users, *sorted(users - {*task.people.users}))]
    people += [Actor(guest=guest) for guest in sorted(guests)]
    if task.everyone_must_complete and task.type in SHARED:
        required = required_people(task, stage.directory)
        people = [one for one in people if one.key in required and one.key not in task.parts] or people
    return people[0] if people else Actor(user_id=process.starter_id)


def _under(number: int, refusal: Refused) -> Refused:
    """The refusal of an act, each reason under its number."""
    prefix = f"completions.{number}"
    if not refusal.reasons:
        return Refused(refusal.message, {prefix: [refusal.message]})
    reasons = {
        f"{prefix}.{path.replace('taskdata.', 'values.', 1) if path.startswith('taskdata.') else path}": messages
        for path, messages in refusal.reasons.items()
    }
    return Refused(refusal.message, reasons)
