"""Steps that nobody would ever see, or that nobody would do."""

from __future__ import annotations

from collections.abc import Iterator

from stepwell.engine.assignment import people_at_launch
from stepwell.engine.health.explaining import why_never
from stepwell.engine.health.findings import (
    Examined,
    Finding,
    Severity,
    place_of_rule,
    place_of_step,
    place_of_template,
)
from stepwell.engine.health.outlook import Outlook
from stepwell.engine.health.wording import quoted
from stepwell.engine.model import Step, TaskType

EMAILS = frozenset({TaskType.EMAIL, TaskType.EXPIRING_EMAIL})
NOBODY_TO_ASK = 0  # a starter for the sake of asking: only the step's own people count


def unreachable_steps(examined: Examined, outlook: Outlook) -> Iterator[Finding]:
    """Steps that no answer can show."""
    for step in examined.version.steps:
        if step.id in outlook.reached:
            continue
        rules = [*outlook.showing.get(step.id, ()), *outlook.hiding.get(step.id, ())]
        yield Finding(
            Severity.HIGH,
            "unreachable_step",
            place_of_step(step),
            f"The step {quoted(step.title)} can never be shown: {_why_unreachable(outlook, step)}.",
            tuple(map(place_of_rule, rules)),
        )


def _why_unreachable(outlook: Outlook, step: Step) -> str:
    showing = outlook.showing.get(step.id, [])
    if not showing and step.id in outlook.starts_hidden:
        return "it starts hidden, and no rule shows it"
    if not showing:
        return "a rule hides it at every launch, and none shows it again"
    itself = any(step.id in way.needs for way in outlook.ways_of(showing))
    if itself:
        return f"the rule {quoted(showing[0].name)} would show it only after something that happens in it"
    return f"the rule {quoted(showing[0].name)} can never fire, since {why_never(outlook, showing[0])}"


def everything_hidden(examined: Examined, outlook: Outlook) -> Iterator[Finding]:
    """A template of which nothing would be visible: then all of it is, against its rules (T-162)."""
    if outlook.all_hidden:
        yield Finding(
            Severity.MEDIUM,
            "everything_hidden",
            place_of_template(examined.version),
            "Every step starts hidden and nothing in the kick-off form shows one, so that all of them are shown at"
            " once whenever it is launched.",
        )


def no_steps(examined: Examined, outlook: Outlook) -> Iterator[Finding]:
    """A procedure in which there is nothing to do."""
    del outlook
    version = examined.version
    if version.type == "procedure" and not version.steps:
        message = (
            f"The template {quoted(version.title)} has no steps, so that its processes have nothing to do."
        )
        yield Finding(Severity.MEDIUM, "no_steps", place_of_template(version), message)


def unassigned_steps(examined: Examined, outlook: Outlook) -> Iterator[Finding]:
    """Steps that can be visible with nobody to do them, or to receive them."""
    assigned = {
        action.target_step_id
        for rule in examined.version.rules
        if outlook.may_fire(rule)
        for action in rule.actions
        if action.type == "assignment" and action.verb in ("assign", "assign_only")
    }
    for step in examined.version.steps:
        if step.id not in outlook.reached or step.id in assigned or _has_somebody(examined, step):
            continue
        code = "no_completable_path" if step.only_assignees else "unassigned_step"
        yield Finding(Severity.HIGH, code, place_of_step(step), _nobody(step))


def _has_somebody(examined: Examined, step: Step) -> bool:
    if step.roles or step.assign_starter or step.id in examined.asked_at_launch:
        return True
    if examined.directory is None:
        return bool(step.people)
    return bool(people_at_launch(step, None, False, {}, NOBODY_TO_ASK, examined.directory))


def _nobody(step: Step) -> str:
    who = "Everybody who is assigned to it has left" if step.people else "Nobody is assigned to it"
    if step.type in EMAILS:
        who = "All its recipients have left" if step.people else "It has no recipient"
        return (
            f"The e-mail of the step {quoted(step.title)} would go to nobody. {who}, and no rule names one."
        )
    if step.only_assignees:
        return (
            f"Nobody could complete the step {quoted(step.title)}: only the people assigned to it may."
            f" {who}, and no rule assigns anybody."
        )
    return f"The step {quoted(step.title)} would be nobody's. {who}, and no rule assigns anybody."
