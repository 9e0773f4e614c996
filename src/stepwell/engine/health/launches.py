"""Launches that nobody is there for: of this template by others, and of others by this one (T-096, T-097)."""

from __future__ import annotations

from collections.abc import Iterator

from stepwell.engine.answers import TYPES_WITHOUT_DEFAULT
from stepwell.engine.health.findings import (
    Examined,
    Finding,
    Severity,
    place_of_field,
    place_of_step,
    place_of_template,
)
from stepwell.engine.health.outlook import Outlook
from stepwell.engine.health.wording import listed, quoted
from stepwell.engine.model import FormField


def follow_ups_that_fail(examined: Examined, outlook: Outlook) -> Iterator[Finding]:
    """Steps that launch a template which cannot be launched, or not without answers."""
    del outlook
    for one in examined.follow_ups:
        step = examined.version.step_by_id.get(one.step_id)
        if step is None:
            continue
        what = f"When the step {quoted(step.title)} is completed, {quoted(one.title)} should be launched"
        if one.why_not is not None:
            message = f"{what}, but {one.why_not}."
            yield Finding(Severity.HIGH, "follow_up_cannot_launch", place_of_step(step), message)
        elif one.required:
            asked = listed(map(quoted, one.required))
            message = f"{what}, but its kick-off form requires {asked}, and nobody is there to answer."
            yield Finding(Severity.HIGH, "follow_up_needs_answers", place_of_step(step), message)


def launched_without_answers(examined: Examined, outlook: Outlook) -> Iterator[Finding]:
    """A kick-off form with required fields, of a template that is launched when others' steps are completed."""
    del outlook
    version = examined.version
    required = [one for one in version.kickoff if is_asked(one)]
    if required and examined.launched_by:
        by = listed(map(quoted, examined.launched_by))
        asked = listed(quoted(one.label) for one in required)
        message = (
            f"This template is launched by steps of {by}, where nobody answers what is required: {asked}."
        )
        related = tuple(place_of_field(version, one) for one in required)
        yield Finding(Severity.HIGH, "launched_without_answers", place_of_template(version), message, related)


def is_asked(field: FormField) -> bool:
    """Whether a launch without a person fails for this field."""
    return field.required and (field.default is None or field.type in TYPES_WITHOUT_DEFAULT)
