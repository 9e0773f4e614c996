"""Rules and deadlines that name something that is gone."""

from __future__ import annotations

from collections.abc import Iterator

from stepwell.engine.health.findings import Examined, Finding, Place, Severity, place_of_rule, place_of_step
from stepwell.engine.health.outlook import Outlook
from stepwell.engine.health.wording import quoted
from stepwell.engine.model import Rule


def dangling_references(examined: Examined, outlook: Outlook) -> Iterator[Finding]:
    """Conditions, actions and deadlines about steps or fields that the template does not have."""
    version = examined.version
    for rule in version.rules:
        for what in _gone(rule, outlook):
            yield _dangling(place_of_rule(rule), f"The rule {quoted(rule.name)} {what}")
    for step in version.steps:
        anchor = step.deadline.anchor if step.deadline is not None else None
        if anchor is not None and anchor not in version.step_by_id:
            message = f"The deadline of {quoted(step.title)} counts from a step that no longer exists"
            yield _dangling(place_of_step(step), message)


def _gone(rule: Rule, outlook: Outlook) -> Iterator[str]:
    """What a rule names in vain, each kind once."""
    version = outlook.version
    if not all(outlook.logic.exists(condition) for condition in rule.conditions):
        yield "asks about a step or field that no longer exists"
    if any(action.target_step_id not in version.step_by_id for action in rule.actions):
        yield "changes a step that no longer exists"
    sources = [action.source_id for action in rule.actions if action.source_id is not None]
    if any(one not in version.step_by_id and one not in version.field_by_id for one in sources):
        yield "takes people or a date from a step or field that no longer exists"


def _dangling(place: Place, message: str) -> Finding:
    return Finding(Severity.HIGH, "dangling_reference", place, f"{message}.")
