"""Rules that never do anything, or that say what another one says already."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from uuid import UUID

from stepwell.engine.health.explaining import why_never
from stepwell.engine.health.findings import (
    Examined,
    Finding,
    Place,
    Severity,
    place_of_rule,
    place_of_step,
)
from stepwell.engine.health.outlook import Outlook
from stepwell.engine.health.wording import conditions_in_words, listed, quoted
from stepwell.engine.model import NOBODY, Action, Condition, Rule, Version

MOST_NAMED = 4


def empty_rules(examined: Examined, outlook: Outlook) -> Iterator[Finding]:
    """Rules without conditions or without actions are never looked at (T-132)."""
    del outlook
    for rule in examined.version.rules:
        if rule.conditions and rule.actions:
            continue
        missing = "has nothing to do" if rule.conditions else "has no conditions"
        message = f"The rule {quoted(rule.name)} {missing}, so that it never does anything."
        yield Finding(Severity.LOW, "empty_rule", place_of_rule(rule), message)


def rules_that_never_fire(examined: Examined, outlook: Outlook) -> Iterator[Finding]:
    """Rules whose conditions can never be fulfilled; those about nothing that exists are never even looked at."""
    for rule in examined.version.rules:
        if not rule.conditions or not rule.actions or outlook.may_fire(rule):
            continue
        code = "inert_rule"
        message = f"The rule {quoted(rule.name)} can never fire, since {why_never(outlook, rule)}."
        if not any(outlook.logic.exists(condition) for condition in rule.conditions):
            code = "never_evaluated_rule"
            message = f"The rule {quoted(rule.name)} is never looked at: nothing that it asks about exists any more."
        yield Finding(Severity.MEDIUM, code, place_of_rule(rule), message)


def rules_without_effect(examined: Examined, outlook: Outlook) -> Iterator[Finding]:
    """Rules that fire but change nothing."""
    for rule in examined.version.rules:
        if not outlook.may_fire(rule) or not rule.actions:
            continue
        if any(_has_effect(examined.version, outlook, action) for action in rule.actions):
            continue
        message = f"The rule {quoted(rule.name)} can fire, but nothing that it does changes anything."
        related = tuple(_places(examined.version, rule))
        yield Finding(Severity.LOW, "inert_rule", place_of_rule(rule), message, related)


def _places(version: Version, rule: Rule) -> Iterator[Place]:
    for action in rule.actions:
        step = version.step_by_id.get(action.target_step_id)
        if step is not None:
            yield place_of_step(step)


def _has_effect(version: Version, outlook: Outlook, action: Action) -> bool:
    """False only if the action certainly changes nothing that anybody sees."""
    step = version.step_by_id.get(action.target_step_id)
    if step is None:
        return False
    match action.type, action.verb:
        case "visibility", "show":
            return True
        case "visibility", "hide":
            return step.id in outlook.reached
        case "assignment", "clear_assignees" | "unassign":
            nobody = not step.people and not step.roles and not step.assign_starter
            return not nobody or _is_assigned_by_rule(version, step.id)
        case "assignment", "assign" | "assign_only":
            return action.source_id is not None or action.people != NOBODY
        case "deadline", "deadline":
            return action.shift is not None
        case "status", "reopen":
            return step.id in outlook.reached
        case "webhook", "emit_webhook":
            return True
    return False


def _is_assigned_by_rule(version: Version, step_id: UUID) -> bool:
    return any(
        action.type == "assignment" and action.verb in ("assign", "assign_only")
        for rule in version.rules
        for action in rule.actions
        if action.target_step_id == step_id
    )


def repeated_rules(examined: Examined, outlook: Outlook) -> Iterator[Finding]:
    """Rules that are the same, and rules with the same conditions, which could be one."""
    del outlook
    by_conditions: dict[str, list[Rule]] = {}
    for rule in examined.version.rules:
        if rule.conditions and rule.actions:
            by_conditions.setdefault(signature(rule.conditions), []).append(rule)
    for rules in by_conditions.values():
        different: dict[str, Rule] = {}
        for rule in rules:
            first = different.setdefault(repr(rule.actions), rule)
            if first is not rule:
                message = f"The rules {quoted(first.name)} and {quoted(rule.name)} are the same."
                place, related = place_of_rule(rule), (place_of_rule(first),)
                yield Finding(Severity.LOW, "duplicate_rule", place, message, related)
        if len(different) > 1:
            yield _same_trigger(examined.version, list(different.values()))


def _same_trigger(version: Version, rules: Sequence[Rule]) -> Finding:
    names = listed(quoted(rule.name) for rule in rules[:MOST_NAMED])
    many = f"{len(rules)} rules, such as {names}," if len(rules) > MOST_NAMED else f"The rules {names}"
    words = conditions_in_words(version, rules[0].conditions)
    message = f"{many} could be one: they apply when {words}."
    place, *related = map(place_of_rule, rules)
    return Finding(Severity.LOW, "same_trigger", place, message, tuple(related))


def signature(conditions: Sequence[Condition]) -> str:
    """A text that two lists of conditions share when they say the same; the first one's logic is never read."""
    entries = [
        [one.subject_id.hex, one.operation, one.statement, one.column, one.logic if index else "and"]
        for index, one in enumerate(conditions)
    ]
    return json.dumps(entries, sort_keys=True, default=str)
