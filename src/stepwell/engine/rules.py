"""Automation rules: which are looked at when, and which fire (T-146 to T-151). What firing does is in `actions`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from stepwell.engine.actions import act
from stepwell.engine.conditions import Situation, all_met, is_met
from stepwell.engine.deadlines import tasks_by_step
from stepwell.engine.executions import evaluation, loop_stopped
from stepwell.engine.model import Condition, Directory, Event, House, Process, Rule, Version
from stepwell.engine.triggers import (
    AssigneesChanged,
    KickoffChanged,
    Launched,
    Pass,
    TaskCompleted,
    TaskReopened,
    Trigger,
)
from stepwell.engine.work import BOT, Actor

__all__ = [
    "MOST_FIRINGS", "AssigneesChanged", "KickoffChanged", "Launched", "TaskCompleted", "TaskReopened",
    "evaluate_rules", "initially_hidden",
]  # fmt: skip

MOST_FIRINGS = 100


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
    process: Process,
    trigger: Trigger,
    at: datetime,
    house: House,
    directory: Directory,
    by: Actor = BOT,
    also: Iterable[Trigger] = (),
) -> tuple[Process, tuple[Event, ...]]:
    """Run the rules that `trigger` concerns, then those that `also` happened concern, and those that their
    effects concern, until nothing follows.

    `directory` knows everybody in `reach.people_rules_may_assign`; `by` acts, and stands beside guests if need be.
    """
    version = process.version
    if version is None or not version.rules:
        return process, ()
    happened = [one for one in (trigger, *also) if _concerns_any(version, one)]
    if not happened:
        return process, ()
    now = Pass(
        process=process,
        version=version,
        origin=trigger,
        at=at,
        house=house,
        directory=directory,
        by=by,
        trigger=trigger,
        tasks=tasks_by_step(process),
        fired=set(process.fired),
    )
    now.queue.extend(happened)
    while now.queue:
        now.trigger = now.queue.popleft()
        _run(now)
    if now.fired != process.fired:
        return replace(now.process, fired=frozenset(now.fired)), tuple(now.events)
    return now.process, tuple(now.events)


def _concerns_any(version: Version, trigger: Trigger) -> bool:
    return isinstance(trigger, (Launched, KickoffChanged)) or bool(_watching(version, trigger.step_id))


def _run(now: Pass) -> None:
    now.fired -= {rule.id for rule in _armed_again(now.version, now.trigger)}
    for rule in _candidates(now.version, now.trigger):
        if rule.id not in now.fired and rule.conditions and rule.actions:
            _evaluate(now, rule)


def _evaluate(now: Pass, rule: Rule) -> None:
    situation = Situation(now.version, now.process.values, now.tasks)
    met = [is_met(condition, situation) for condition in rule.conditions]
    fires = all_met(met, rule.conditions)
    if fires and (rule.id in now.fired_here or now.firings >= MOST_FIRINGS):
        _stop(now, rule)
        return
    now.events.append(evaluation(now.process, situation, rule, met, fires))
    if not fires:
        return
    now.fired.add(rule.id)
    now.fired_here.add(rule.id)
    now.firings += 1
    for action in rule.actions:
        act(now, rule, action)


def _stop(now: Pass, rule: Rule) -> None:
    """What would fire again, or is one too many, is left out, and the log says so once (T-150)."""
    if rule.id not in now.stopped:
        now.stopped.add(rule.id)
        now.events.append(loop_stopped(now.process, rule))


def _candidates(version: Version, trigger: Trigger) -> Iterable[Rule]:
    """The rules that something concerns, in the order of their positions (T-146)."""
    if isinstance(trigger, Launched):
        return [rule for rule in version.rules if _concerns_launch(rule)]
    if isinstance(trigger, KickoffChanged):
        watching = {rule.id for field_id in trigger.fields for rule in _watching(version, field_id)}
        return [
            rule
            for rule in version.rules
            if rule.id in watching
            or (trigger.resubmitted and any(one.subject == "Prerun" for one in rule.conditions))
        ]
    if isinstance(trigger, TaskCompleted):
        return _watching(version, trigger.step_id)
    operation = "reopened" if isinstance(trigger, TaskReopened) else "not_assigned"
    return [
        rule
        for rule in _watching(version, trigger.step_id)
        if any(_is_about(condition, trigger.step_id, operation) for condition in rule.conditions)
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


def _armed_again(version: Version, trigger: Trigger) -> Iterable[Rule]:
    """The rules that may fire once more: their task was reopened or their kick-off answer changed (T-149)."""
    if isinstance(trigger, TaskReopened):
        return _watching(version, trigger.step_id)
    if isinstance(trigger, KickoffChanged):
        return [rule for field_id in trigger.fields for rule in _watching(version, field_id)]
    return ()


def _watching(version: Version, subject_id: UUID | None) -> tuple[Rule, ...]:
    return version.rules_watching.get(subject_id, ()) if subject_id is not None else ()
