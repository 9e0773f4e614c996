"""Rules that set each other off until the engine stops them."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from stepwell.engine.health.findings import Examined, Finding, Severity, place_of_rule
from stepwell.engine.health.outlook import Outlook
from stepwell.engine.health.wording import listed, quoted
from stepwell.engine.model import Action, Rule, Version

SETS_OFF = {
    ("status", "reopen"): "reopened",
    ("assignment", "unassign"): "not_assigned",
    ("assignment", "clear_assignees"): "not_assigned",
}
MOST_NAMED = 5


def rule_loops(examined: Examined, outlook: Outlook) -> Iterator[Finding]:
    """Circles of rules in which each reopens, or empties, the step that the next one waits for (T-148, T-150)."""
    version = examined.version
    rules = {rule.id: rule for rule in version.rules if outlook.may_fire(rule)}
    follows = {
        rule.id: {one for action in rule.actions for one in _set_off(version, action) if one in rules}
        for rule in rules.values()
    }
    left = _on_circles(follows)
    while left:
        start = next(rule_id for rule_id in rules if rule_id in left)
        circle = _reachable(start, follows, left)
        left -= circle
        yield _loop([rule for rule_id, rule in rules.items() if rule_id in circle])


def _set_off(version: Version, action: Action) -> Iterator[UUID]:
    """The rules that look at what the action does."""
    operation = SETS_OFF.get((action.type, action.verb))
    for rule in version.rules_watching.get(action.target_step_id, ()) if operation else ():
        if any(
            one.operation == operation and one.subject_id == action.target_step_id for one in rule.conditions
        ):
            yield rule.id


def _on_circles(follows: dict[UUID, set[UUID]]) -> set[UUID]:
    """What is left when rules that set nothing off, or that nothing sets off, are taken away again and again."""
    left = {one for one, others in follows.items() if others}
    while True:
        caused = {other for one in left for other in follows[one]}
        kept = {one for one in left if one in caused and follows[one] & left}
        if kept == left:
            return left
        left = kept


def _reachable(start: UUID, follows: dict[UUID, set[UUID]], within: set[UUID]) -> set[UUID]:
    found, waiting = {start}, [start]
    while waiting:
        new = (follows[waiting.pop()] & within) - found
        found |= new
        waiting += new
    return found


def _loop(circle: list[Rule]) -> Finding:
    first, *others = circle
    if others:
        names = listed(quoted(rule.name) for rule in circle[:MOST_NAMED])
        message = f"The rules {names} set each other off in a circle, which is stopped after one round."
    else:
        message = f"The rule {quoted(first.name)} sets itself off, which is stopped after one round."
    related = tuple(map(place_of_rule, others))
    return Finding(Severity.MEDIUM, "rule_loop", place_of_rule(first), message, related)
