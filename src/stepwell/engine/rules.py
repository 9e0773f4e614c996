"""Automation rules: which are looked at when, which fire, and what their actions do (T-146 to T-162)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from stepwell.engine.conditions import Situation, all_met, is_met
from stepwell.engine.deadlines import tasks_by_step
from stepwell.engine.model import Action, Condition, Event, House, Process, Rule, Task, TaskStatus, Version
from stepwell.engine.visibility import hidden, shown, visibility_event

MOST_FIRINGS = 100
WORDS = {
    "equals": "is",
    "not_equals": "is not",
    "equals_any": "is any of",
    "contains": "contains",
    "not_contains": "does not contain",
    "greater_than": "is greater than",
    "less_than": "is less than",
    "greater_than_or_equals": "is greater than or equal to",
    "less_than_or_equals": "is less than or equal to",
    "is_empty": "is empty",
    "is_not_empty": "is not empty",
}


@dataclass(frozen=True, slots=True)
class Launched:
    """The process has started."""


@dataclass(frozen=True, slots=True)
class KickoffChanged:
    """The kick-off form was submitted again, or these of its answers got another value."""

    fields: frozenset[UUID]
    resubmitted: bool = False


@dataclass(frozen=True, slots=True)
class TaskCompleted:
    """A task was completed: by a person, with any decision, or by the clock."""

    step_id: UUID | None


@dataclass(frozen=True, slots=True)
class TaskReopened:
    step_id: UUID | None


@dataclass(frozen=True, slots=True)
class AssigneesChanged:
    step_id: UUID | None


Trigger = Launched | KickoffChanged | TaskCompleted | TaskReopened | AssigneesChanged


@dataclass(slots=True)
class Pass:
    """The state while rules run for one originating event: later rules see what earlier ones did."""

    process: Process
    version: Version
    at: datetime
    house: House
    tasks: dict[UUID, Task]  # by step
    fired: set[UUID]
    fired_here: set[UUID] = field(default_factory=set)
    firings: int = 0
    events: list[Event] = field(default_factory=list)
    queue: deque[Trigger] = field(default_factory=deque)

    def put(self, task: Task) -> None:
        """Keep a changed task of this process."""
        if task.step_id is not None:
            self.tasks[task.step_id] = task


def initially_hidden(version: Version) -> frozenset[UUID]:
    """The steps whose tasks start hidden: by default, or because a rule would show them (T-157)."""
    by_default = {step.id for step in version.steps if step.hide_by_default}
    by_rule = {
        action.target_step_id
        for rule in version.rules
        if rule.conditions
        for action in rule.actions
        if action.type == "visibility" and action.verb == "show"
    }
    return frozenset(by_default | (by_rule & version.step_by_id.keys()))


def evaluate_rules(
    process: Process, event: Trigger, at: datetime, house: House
) -> tuple[Process, tuple[Event, ...]]:
    """Run the rules that `event` concerns, and those that their effects concern, until nothing follows."""
    version = process.version
    if version is None or not version.rules or (isinstance(event, TaskCompleted) and event.step_id is None):
        return process, ()
    if not isinstance(event, (Launched, KickoffChanged)) and not _watching(version, event.step_id):
        return process, ()
    now = Pass(process, version, at, house, tasks_by_step(process), set(process.fired))
    now.queue.append(event)
    while now.queue:
        _run(now, now.queue.popleft())
    changed = [task for task in now.tasks.values() if process.tasks[task.id] is not task]
    after = process.having(*changed) if changed else process
    if now.fired != process.fired:
        after = replace(after, fired=frozenset(now.fired))
    return after, tuple(now.events)


def _run(now: Pass, event: Trigger) -> None:
    now.fired -= {rule.id for rule in _armed_again(now.version, event)}
    for rule in _candidates(now.version, event):
        if rule.id in now.fired or not rule.conditions or not rule.actions:
            continue
        if rule.id in now.fired_here or now.firings >= MOST_FIRINGS:
            now.events.append(_loop_stopped(now.process, rule))
            continue
        _evaluate(now, rule)


def _evaluate(now: Pass, rule: Rule) -> None:
    situation = Situation(now.version, now.process.values, now.tasks)
    met = [is_met(condition, situation) for condition in rule.conditions]
    fires = all_met(met, rule.conditions)
    now.events.append(_evaluation(now, rule, met, fires))
    if not fires:
        return
    now.fired.add(rule.id)
    now.fired_here.add(rule.id)
    now.firings += 1
    for action in rule.actions:
        act = ACTIONS.get(action.type)
        if act is not None:
            act(now, rule, action)


def _candidates(version: Version, event: Trigger) -> Iterable[Rule]:
    """The rules an event concerns, in the order of their positions (T-146)."""
    if isinstance(event, Launched):
        return [rule for rule in version.rules if _concerns_launch(rule)]
    if isinstance(event, KickoffChanged):
        watching = {rule.id for field_id in event.fields for rule in _watching(version, field_id)}
        return [
            rule
            for rule in version.rules
            if rule.id in watching
            or (event.resubmitted and any(c.subject == "Prerun" for c in rule.conditions))
        ]
    if isinstance(event, TaskCompleted):
        return _watching(version, event.step_id)
    operation = "reopened" if isinstance(event, TaskReopened) else "not_assigned"
    return [
        rule
        for rule in _watching(version, event.step_id)
        if any(_is_about(condition, event.step_id, operation) for condition in rule.conditions)
    ]


def _concerns_launch(rule: Rule) -> bool:
    return any(
        condition.subject == "Prerun"
        or (condition.subject == "Step" and condition.operation == "not_assigned")
        for condition in rule.conditions
    )


def _is_about(condition: Condition, step_id: UUID | None, operation: str) -> bool:
    return (
        condition.subject == "Step" and condition.subject_id == step_id and condition.operation == operation
    )


def _armed_again(version: Version, event: Trigger) -> Iterable[Rule]:
    """The rules that may fire once more: their task was reopened or their kick-off answer changed (T-149)."""
    if isinstance(event, TaskReopened):
        return _watching(version, event.step_id)
    if isinstance(event, KickoffChanged):
        return [rule for field_id in event.fields for rule in _watching(version, field_id)]
    return ()


def _watching(version: Version, subject_id: UUID | None) -> tuple[Rule, ...]:
    return version.rules_watching.get(subject_id, ()) if subject_id is not None else ()


def _set_visibility(now: Pass, rule: Rule, action: Action) -> None:
    """Show or hide; a manual choice and a completed task stay as they are (T-159 to T-161)."""
    task = now.tasks.get(action.target_step_id)
    if task is None or task.archived_at is not None or task.completed or task.shown_by_hand is not None:
        return
    why = {"automation_id": rule.id.hex, "alias": rule.name}
    is_hidden = task.status is TaskStatus.HIDDEN
    if action.verb == "show" and is_hidden:
        now.put(shown(now.process, task, now.at, now.house))
        now.events.append(visibility_event(task, True, why))
    elif action.verb == "hide" and not is_hidden:
        now.put(hidden(task))
        now.events.append(visibility_event(task, False, why))


# The actions that have an effect here. One that reopens or assigns appends its trigger to `now.queue`.
ACTIONS: Mapping[str, Callable[[Pass, Rule, Action], None]] = {
    "visibility": _set_visibility,
}


def _evaluation(now: Pass, rule: Rule, met: list[bool], fires: bool) -> Event:
    """One row of the log for one evaluation; clients explain from it why a step is hidden (T-151)."""
    actions: dict[str, dict[str, Any]] = {}
    for action in rule.actions:
        task = now.tasks.get(action.target_step_id)
        if task is not None:
            entry = actions.setdefault(task.id.hex, {"title": task.title, "actions": []})
            entry["actions"].append(action.verb)
    state = {
        "automation_id": rule.id.hex,
        "alias": rule.name,
        "rules": [_explained(now, one, holds) for one, holds in zip(rule.conditions, met, strict=True)],
        "actions": actions,
    }
    return Event(
        verb="executed" if fires else "execution_fail",
        kind="execution",
        subject="process",
        subject_id=now.process.id,
        description=f"{'Executed' if fires else 'Evaluated'} automation: {rule.name}",
        new=state,
    )


def _explained(now: Pass, condition: Condition, holds: bool) -> dict[str, Any]:
    form_field = now.version.field_by_id.get(condition.subject_id)
    step_id = now.version.step_of_field.get(condition.subject_id, condition.subject_id)
    task = now.tasks.get(step_id)
    of_step = condition.subject == "Step"
    return {
        "type": {"Step": "task", "Prerun": "prerun"}.get(condition.subject, "capture"),
        "task_title": task.title if task is not None else None,
        "field_label": form_field.label if form_field is not None else None,
        "operation": condition.operation if of_step else WORDS.get(condition.operation, condition.operation),
        "statement": condition.statement,
        "logic": condition.logic,
        "isMet": holds,
    }


def _loop_stopped(process: Process, rule: Rule) -> Event:
    return Event(
        verb="execution_fail",
        kind="Process",
        subject="process",
        subject_id=process.id,
        description=f"automation loop stopped: {rule.name}",
        why={"automation_id": rule.id.hex, "alias": rule.name},
    )
