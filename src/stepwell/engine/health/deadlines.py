"""Deadlines that count from something that never, only sometimes, or only later happens; start dates that are off."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from stepwell.engine.compile import DEFAULT_START
from stepwell.engine.health.dominance import dominance_of
from stepwell.engine.health.findings import Examined, Finding, Severity, place_of_step, place_of_template
from stepwell.engine.health.outlook import Outlook
from stepwell.engine.health.wording import listed, quoted
from stepwell.engine.model import Step, Version


def deadline_cycles(examined: Examined, outlook: Outlook) -> Iterator[Finding]:
    """Steps whose deadlines wait for each other, so that none of them is ever due."""
    del outlook
    version = examined.version
    settled: set[UUID] = set()
    for step in version.steps:
        chain: list[Step] = []
        one: Step | None = step
        while one is not None and one.id not in settled and one.id not in {link.id for link in chain}:
            chain.append(one)
            one = _anchor(version, one)
        if one is not None and one.id not in settled:
            circle = chain[[link.id for link in chain].index(one.id) :]
            names = listed(quoted(link.title) for link in circle)
            message = f"The deadlines of {names} count from each other, so that none of them is ever due."
            if len(circle) == 1:
                message = f"The deadline of {names} counts from itself, so that it is never due."
            related = tuple(map(place_of_step, circle[1:]))
            yield Finding(Severity.HIGH, "deadline_cycle", place_of_step(circle[0]), message, related)
        settled.update(link.id for link in chain)


def _anchor(version: Version, step: Step) -> Step | None:
    if step.deadline is None or step.deadline.anchor is None:
        return None
    return version.step_by_id.get(step.deadline.anchor)


def orphaned_anchors(examined: Examined, outlook: Outlook) -> Iterator[Finding]:
    """Deadlines that count from a step that never happens, or does not happen whenever they count."""
    version = examined.version
    dominance = dominance_of(outlook)
    for step in version.steps:
        anchor = _anchor(version, step)
        if anchor is None or anchor.id == step.id or step.id not in outlook.reached:
            continue
        ours, theirs = quoted(step.title), quoted(anchor.title)
        label = outlook.label(anchor.id)
        if label == "never":
            severity, told = Severity.HIGH, f"counts from {theirs}, a step that can never be shown"
        elif label == "depends" and not dominance.happens_with(anchor.id, step.id):
            severity, told = Severity.MEDIUM, f"counts from {theirs}, a step that does not happen every time"
        else:
            continue
        message = f"The deadline of {ours} {told}; {ours} would then wait for a date that never comes."
        yield Finding(
            severity, "orphaned_deadline_anchor", place_of_step(step), message, (place_of_step(anchor),)
        )


def later_anchors(examined: Examined, outlook: Outlook) -> Iterator[Finding]:
    """Deadlines that count from the completion of a step that comes afterwards."""
    version = examined.version
    dominance = dominance_of(outlook)
    for step in version.steps:
        anchor = _anchor(version, step)
        if anchor is None or step.deadline is None or step.deadline.option != "from":
            continue
        if anchor.position <= step.position or anchor.id not in outlook.reached:
            continue
        if dominance.happens_before(anchor.id, step.id):
            continue
        message = (
            f"The deadline of {quoted(step.title)} counts from the completion of {quoted(anchor.title)}, which comes"
            f" later: until then {quoted(step.title)} has no date."
        )
        yield Finding(
            Severity.MEDIUM, "later_deadline_anchor", place_of_step(step), message, (place_of_step(anchor),)
        )


def inert_start_dates(examined: Examined, outlook: Outlook) -> Iterator[Finding]:
    """Start dates that are switched off by "Start anytime": those that somebody set, and the factory's (T-131)."""
    del outlook
    version = examined.version
    off = [step for step in version.steps if step.soft_start]
    for step in off:
        if step.start != DEFAULT_START:
            message = (
                f"The step {quoted(step.title)} has a start date of {step.start.value} {step.start.unit} after launch,"
                " but “Start anytime” is on, so that it counts for nothing."
            )
            yield Finding(Severity.MEDIUM, "inert_start_date", place_of_step(step), message)
    factory = tuple(place_of_step(step) for step in off if step.start == DEFAULT_START)
    if factory:
        many = f"{len(factory)} steps" if len(factory) > 1 else "One step"
        message = f"{many} can be started at any time, so that the start date of two hours after launch is not used."
        yield Finding(Severity.INFO, "inert_start_date", place_of_template(version), message, factory)
