"""Why a task is visible, or hidden."""

from __future__ import annotations

from typing import Any

from stepwell.engine.dates import written_or_none
from stepwell.engine.health.wording import listed, quoted
from stepwell.engine.model import Rule
from stepwell.engine.rules import initially_hidden
from stepwell.explaining.reasons import (
    Reason,
    actor_of,
    because_of_rule,
    conditions_told,
    evaluated_conditions,
)
from stepwell.explaining.why_queries import Facts, Happened


def why_visible(facts: Facts) -> dict[str, Any]:
    """How the task came to be visible or hidden, oldest first; the last reason is the one that counts."""
    task = facts.task
    visible = task.status != "auto-skipped" and task.archived_at is None
    reasons = [*_at_first(facts), *(one for event in facts.events if (one := _reason(facts, event)))]
    return {
        "visible": visible,
        "by_hand": task.shown_by_hand is not None,
        "because": reasons[-1].sentence if reasons else "",
        "reasons": [reason.json() for reason in reasons],
        "waiting_rules": [_waiting(facts, rule) for rule in _showing(facts)] if _is_hidden(facts) else [],
    }


def _is_hidden(facts: Facts) -> bool:
    return facts.task.status == "auto-skipped" and facts.task.shown_by_hand is None


def _at_first(facts: Facts) -> list[Reason]:
    task, version = facts.task, facts.version
    if task.oneoff or version is None or task.step_id is None:
        created = next((event for event in facts.events if event.verb == "created"), None)
        who = f"{actor_of(created)} created it" if created is not None else "It was created"
        return [Reason(kind="created", sentence=f"{who}.", at=task.created_at, event=created)]
    if task.step_id not in initially_hidden(version):
        sentence = "It is visible from the launch on: no rule has to show the step first."
        return [Reason(kind="launch", sentence=sentence, at=task.created_at)]
    names = listed(quoted(rule.name) for rule in _showing(facts))
    why = f"the rule {names} has to show it first" if len(_showing(facts)) == 1 else ""
    why = why or (
        f"one of the rules {names} has to show it first" if names else "the step is hidden by default"
    )
    reasons = [Reason(kind="launch", sentence=f"It started hidden: {why}.", at=task.created_at)]
    if facts.all_shown is not None:
        event_id, at = facts.all_shown
        sentence = "At launch every step would have been hidden, so all of them were shown."
        reasons.append(Reason(kind="launch", sentence=sentence, at=at, event_id=event_id))
    return reasons


def _showing(facts: Facts) -> list[Rule]:
    """The rules that show the step of the task."""
    rules = facts.version.rules if facts.version is not None else ()
    return [
        rule
        for rule in rules
        if any(
            action.type == "visibility"
            and action.verb == "show"
            and action.target_step_id == facts.task.step_id
            for action in rule.actions
        )
    ]


def _reason(facts: Facts, event: Happened) -> Reason | None:
    if event.verb in ("archived", "unarchived"):
        did = "archived it" if event.verb == "archived" else "brought it back from the archive"
        return Reason(kind="archived", sentence=f"{actor_of(event)} {did}.", event=event)
    if event.field != "visibility":
        return None
    did = "showed it" if event.new == "visible" else "hid it"
    if event.why and "automation_id" in event.why:
        return because_of_rule(facts, event, did)
    return Reason(
        kind="hand", sentence=f"{actor_of(event)} {did} by hand; rules leave that alone.", event=event
    )


def _waiting(facts: Facts, rule: Rule) -> dict[str, Any]:
    """A rule that would show the task: what it waits for, and how its newest evaluation came out."""
    assert facts.version is not None
    last = facts.evaluations.get(rule.id)
    conditions = evaluated_conditions(facts, last.state) if last is not None else []
    missing = [one["sentence"] for one in conditions if not one["isMet"]]
    if last is None:
        when = conditions_told(facts, rule)
        sentence = f"The rule {quoted(rule.name)} shows it when {when}; it was not looked at yet."
    elif last.fired:
        sentence = f"The rule {quoted(rule.name)} has fired already."
    else:
        sentence = (
            f"The rule {quoted(rule.name)} did not show it: it is not so that {listed(missing, 'or that')}."
        )
    return {
        "automation_id": rule.id.hex,
        "alias": rule.name,
        "sentence": sentence,
        "evaluated_at": written_or_none(last.at) if last is not None else None,
        "event_id": last.id if last is not None else None,
        "conditions": conditions,
    }
