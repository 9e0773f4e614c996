"""Variables in texts that stand for nothing, or for what is not answered yet."""

from __future__ import annotations

from collections.abc import Iterator

from stepwell.engine.health.findings import (
    Examined,
    Finding,
    Place,
    Severity,
    Text,
    place_of_field,
    place_of_step,
    place_of_template,
)
from stepwell.engine.health.outlook import Outlook
from stepwell.engine.health.wording import quoted
from stepwell.engine.model import FormField, Version
from stepwell.engine.variables import INVISIBLE, TOKEN

SYSTEM = frozenset({"current-task-id", "current-process-id", "date", "template_name"})


def wrong_variables(examined: Examined, outlook: Outlook) -> Iterator[Finding]:
    """Variables that no field has, and those of fields that come later, or that nobody ever sees (T-174)."""
    version = examined.version
    by_alias: dict[str, FormField] = {}
    for one in version.field_by_id.values():
        by_alias.setdefault(one.alias, one)
    for text in examined.texts:
        for name in dict.fromkeys(_names(text.text)):
            if not name or name.lower() in SYSTEM:
                continue
            field = by_alias.get(name)
            place = _place(version, text)
            token = quoted("{{" + name + "}}")
            if field is None:
                message = (
                    f"{text.where} uses the variable {token}, but no field has this name: it stays empty."
                )
                yield Finding(Severity.MEDIUM, "unknown_variable", place, message)
            elif why := _why_blank(examined, outlook, text, field):
                severity, code, reason = why
                message = f"{text.where} uses the answer to {quoted(field.label)}, {reason}."
                yield Finding(severity, code, place, message, (place_of_field(version, field),))


def _names(text: str) -> list[str]:
    return [found.group(1).translate(INVISIBLE).strip() for found in TOKEN.finditer(text)]


def _place(version: Version, text: Text) -> Place:
    step = version.step_by_id.get(text.step_id) if text.step_id is not None else None
    return place_of_step(step) if step is not None else place_of_template(version)


def _why_blank(
    examined: Examined, outlook: Outlook, text: Text, field: FormField
) -> tuple[Severity, str, str] | None:
    """Why the answer is not there yet when the text is first read."""
    version = examined.version
    owner = version.step_by_id.get(version.step_of_field.get(field.id, field.id))
    if owner is None:
        return None
    if text.step_id is None:
        return Severity.MEDIUM, "later_variable", "which is given only after the launch"
    if owner.id not in outlook.reached:
        return Severity.MEDIUM, "later_variable", f"but the step {quoted(owner.title)} can never be shown"
    here = version.step_by_id[text.step_id]
    if owner.id == here.id:
        return Severity.LOW, "later_variable", "which is given only in this step"
    if owner.position > here.position:
        return Severity.MEDIUM, "later_variable", f"which is given only later, in {quoted(owner.title)}"
    return None
