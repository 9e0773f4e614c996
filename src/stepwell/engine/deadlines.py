"""Deadlines of tasks that come from their steps: at launch, held for another step, following one (T-121 ff.).

A deadline set by hand or by a rule is fixed, and so is a completed task's: neither is computed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from stepwell.engine.calendar import forward, shifted
from stepwell.engine.dates import written_or_none
from stepwell.engine.effects import without_deadlines
from stepwell.engine.model import (
    DeadlineSource,
    Event,
    House,
    Process,
    Step,
    StepDeadline,
    Task,
    Version,
)

FIXED = frozenset({DeadlineSource.HAND, DeadlineSource.RULE})


def explicit_deadline(task: Task, deadline: datetime | None, house: House) -> Task:
    """The task with a deadline that a person gave, moved to working time (T-128); None takes it away."""
    moved = None if deadline is None else forward(house, deadline)
    return replace(
        task,
        deadline=moved,
        deadline_source=DeadlineSource.HAND,
        rule_effects=without_deadlines(task.rule_effects),
    )


def default_deadline(house: House, at: datetime) -> datetime:
    """The deadline of what has none of its own: the organization's default from `at` (T-125)."""
    return forward(house, shifted(house, at, house.default_deadline.value, house.default_deadline.unit))


def start_of(step: Step, launched_at: datetime, house: House) -> datetime | None:
    """The suggested start: launch plus the step's span; a soft start waits until the task is shown."""
    if step.soft_start:
        return None
    return forward(house, shifted(house, launched_at, step.start.value, step.start.unit))


Dated = tuple[datetime | None, DeadlineSource]


def initial_deadlines(
    version: Version,
    steps: Iterable[UUID],
    given: Mapping[UUID, datetime],
    at: datetime,
    house: House,
) -> Mapping[UUID, Dated]:
    """The deadlines of a launch by step; those `given` by hand are only moved to working time (T-128).

    A base that is left out of the launch never completes, so the organization's default counts instead (P-482).
    """
    default = default_deadline(house, at)
    dated: dict[UUID, Dated] = {
        step_id: (forward(house, deadline), DeadlineSource.HAND) for step_id, deadline in given.items()
    }
    present = dict.fromkeys(steps)
    done: set[UUID] = set()
    for step_id in present:
        chain = []
        anchored: UUID | None = step_id
        # Marked on the way down, so that a stored cycle ends; its deadlines then stay held.
        while anchored in present and anchored not in done:
            done.add(anchored)
            chain.append(anchored)
            rule = version.step_by_id[anchored].deadline
            anchored = rule.anchor if rule is not None else None
        for link in reversed(chain):
            if link not in dated:
                rule = version.step_by_id[link].deadline
                if rule is None or (rule.anchor is not None and rule.anchor not in present):
                    dated[link] = default, DeadlineSource.DEFAULT
                else:
                    base = dated.get(rule.anchor, (None,))[0] if rule.anchor is not None else None
                    dated[link] = _initially(rule, base, at, house), DeadlineSource.STEP
    return dated


def _initially(rule: StepDeadline, base: datetime | None, at: datetime, house: House) -> datetime | None:
    """The deadline by the step's rule at the launch, when nothing is completed yet; `base` is that of its anchor."""
    if rule.anchor is None:
        return forward(house, shifted(house, at, _offset(rule, clamp=True), rule.unit))
    return _counted_from(rule, base if rule.option == "prior_to" else None, house)


def _computed(rule: StepDeadline, base: Task, house: House) -> datetime | None:
    """The deadline by the step's rule, or None while it is held."""
    return _counted_from(rule, base.deadline if rule.option == "prior_to" else base.completed_at, house)


def _counted_from(rule: StepDeadline, moment: datetime | None, house: House) -> datetime | None:
    if moment is None:
        return None
    return forward(house, shifted(house, moment, _offset(rule, clamp=False), rule.unit))


def _offset(rule: StepDeadline, clamp: bool) -> int:
    """The signed number of units; before the launch there is no time, so that is the launch itself."""
    if rule.option != "prior_to":
        return rule.value
    return 0 if clamp else -rule.value


def start_held_deadlines(process: Process, base: Task, house: House) -> tuple[Process, tuple[Event, ...]]:
    """Date what waited for the completion of `base`, and what follows those deadlines in turn (P-484)."""
    return _follow(process, base, house, {"from", "prior_to"})


def follow_deadline(
    process: Process, base: Task, house: House, why: Mapping[str, Any] = MappingProxyType({})
) -> tuple[Process, tuple[Event, ...]]:
    """Let the deadlines that count back from that of `base` follow it, and so on (T-121)."""
    return _follow(process, base, house, {"prior_to"}, why)


def _follow(
    process: Process,
    base: Task,
    house: House,
    options: Iterable[str],
    why: Mapping[str, Any] = MappingProxyType({}),
) -> tuple[Process, tuple[Event, ...]]:
    version = process.version
    if version is None or base.step_id is None or base.step_id not in version.dependents:
        return process, ()
    by_step = tasks_by_step(process)
    changed: dict[UUID, Task] = {}
    waiting: list[tuple[Task, Iterable[str]]] = [(base, options)]
    while waiting:
        anchor, followed = waiting.pop(0)
        for step in version.dependents.get(anchor.step_id or base.step_id, ()):
            task = by_step.get(step.id)
            # Each at most once: a stored cycle must end.
            if task is None or task.id == base.id or task.id in changed or not _may_be_dated(task):
                continue
            if step.deadline is None or step.deadline.option not in followed:
                continue
            deadline = _computed(step.deadline, anchor, house)
            if deadline is not None and deadline != task.deadline:
                changed[task.id] = replace(task, deadline=deadline, deadline_source=DeadlineSource.STEP)
                waiting.append((changed[task.id], ("prior_to",)))
    if not changed:
        return process, ()
    events = tuple(_moved(process.tasks[task.id], task, base, why) for task in changed.values())
    return process.having(*changed.values()), events


def _may_be_dated(task: Task) -> bool:
    return not task.completed and task.archived_at is None and task.deadline_source not in FIXED


def release_dependents(process: Process, base: Task, at: datetime, house: House) -> Process:
    """Date what was held for a task that is archived or unlinked and so never completes (P-482)."""
    version = process.version
    if version is None or base.step_id is None:
        return process
    by_step = tasks_by_step(process)
    held = (by_step.get(step.id) for step in version.dependents.get(base.step_id, ()))
    deadline = default_deadline(house, at)
    released = (
        replace(task, deadline=deadline, deadline_source=DeadlineSource.DEFAULT)
        for task in held
        if task is not None and task.deadline is None and _may_be_dated(task)
    )
    return process.having(*released)


def tasks_by_step(process: Process) -> dict[UUID, Task]:
    """The process's own tasks by the step they were made from; one-off tasks are not among them."""
    return {
        task.step_id: task for task in process.tasks.values() if task.step_id is not None and not task.oneoff
    }


def _moved(before: Task, after: Task, base: Task, why: Mapping[str, Any]) -> Event:
    return Event(
        verb="updated",
        kind="Task",
        subject="task",
        subject_id=after.id,
        description=f"Deadline counted from: {base.title}",
        field="deadline",
        old=written_or_none(before.deadline),
        new=written_or_none(after.deadline),
        why={**why, "task_id": base.id.hex},
    )
