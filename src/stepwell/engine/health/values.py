"""Conditions that compare with something their subject can never be."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from stepwell.engine.conditions import ANY_TIME, EXPIRING, NEGATIVE
from stepwell.engine.health.contradictions import compares_no_number, never_answers
from stepwell.engine.health.findings import Examined, Finding, Severity, place_of_field, place_of_rule
from stepwell.engine.health.outlook import Outlook
from stepwell.engine.health.wording import condition_in_words, quoted, statement_in_words
from stepwell.engine.model import Condition, FormField, Rule, Step, TaskType
from stepwell.engine.operands import folded, operands

CHOICES = frozenset({"radio", "dropdown", "multiselect"})
CLAUSES = ANY_TIME | {"on-time", "ontime", "early-24", "early24", "late-24", "late24"}
ENDINGS = {
    "approved": {TaskType.APPROVAL},
    "rejected": {TaskType.APPROVAL},
    "acknowledged": EXPIRING,
    "expired": EXPIRING,
}


def _on_fields(
    examined: Examined, judged: Callable[[FormField, Condition], tuple[str, str] | None]
) -> Iterator[Finding]:
    version = examined.version
    for rule in version.rules:
        for condition in rule.conditions:
            field = version.field_by_id.get(condition.subject_id)
            found = judged(field, condition) if field is not None else None
            if field is not None and found is not None:
                code, why = found
                message = f"The rule {quoted(rule.name)} asks whether {condition_in_words(version, condition)}, {why}."
                yield Finding(
                    Severity.MEDIUM, code, place_of_rule(rule), message, (place_of_field(version, field),)
                )


def stale_values(examined: Examined, outlook: Outlook) -> Iterator[Finding]:
    """Conditions that wait for an option that is gone, or compare what is no number (T-142, T-143)."""
    del outlook
    yield from _on_fields(examined, _why_stale)
    for rule, condition, step in _on_steps(examined):
        why = _why_no_ending(step, condition)
        if why:
            words = condition_in_words(examined.version, condition)
            message = f"The rule {quoted(rule.name)} waits until {words}, {why}."
            yield Finding(Severity.MEDIUM, "stale_condition_value", place_of_rule(rule), message)


def always_true_conditions(examined: Examined, outlook: Outlook) -> Iterator[Finding]:
    """Conditions that exclude what the field does not offer anyway."""
    del outlook
    yield from _on_fields(examined, _why_always_true)


def _why_stale(field: FormField, condition: Condition) -> tuple[str, str] | None:
    if condition.operation in ("equals", "equals_any", "contains") and field.type in CHOICES:
        gone = _not_offered(field, condition)
        if gone:
            return "stale_condition_value", f"but it offers no {gone}"
    if compares_no_number(field, condition):
        return "stale_condition_value", "but that is not a number"
    if never_answers(field, condition):
        return "stale_condition_value", "which a field of this type never answers"
    return None


def _why_always_true(field: FormField, condition: Condition) -> tuple[str, str] | None:
    if condition.operation not in NEGATIVE or field.type not in CHOICES or not _not_offered(field, condition):
        return None
    return "always_true_condition", "which is always so: there is no such option"


def _not_offered(field: FormField, condition: Condition) -> str:
    """What the condition names that no option is, or contains; empty when some option fits."""
    wanted = operands(field, condition.statement, in_list=condition.operation == "equals_any")
    texts = [folded(option.text) for option in field.options]
    within = "contains" in condition.operation
    if any((one in text if within else one == text) for one in wanted for text in texts):
        return ""
    return statement_in_words(field, condition.statement)


def _on_steps(examined: Examined) -> Iterator[tuple[Rule, Condition, Step]]:
    for rule in examined.version.rules:
        for condition in rule.conditions:
            step = examined.version.step_by_id.get(condition.subject_id)
            if step is not None and condition.subject == "Step":
                yield rule, condition, step


def _why_no_ending(step: Step, condition: Condition) -> str:
    """What is wrong with a condition about how a step ends."""
    types = ENDINGS.get(condition.operation)
    if types is not None and step.type not in types:
        return f"but a step of the type {quoted(str(step.type))} never is"
    if condition.operation == "completed" and isinstance(condition.statement, str):
        clause = folded(condition.statement).replace("_", "-").replace(" ", "-")
        if clause not in CLAUSES:
            return f"but {quoted(condition.statement)} is no time that is known"
    return ""
