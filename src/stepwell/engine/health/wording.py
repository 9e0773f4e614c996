"""Conditions and lists in plain English, with the names that people know."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from stepwell.engine.model import Condition, FormField, Version

LONGEST = 80
OF_STEP = {
    "completed": "is completed",
    "approved": "is approved",
    "rejected": "is rejected",
    "acknowledged": "is acknowledged",
    "expired": "expires",
    "reopened": "is reopened",
    "not_assigned": "has nobody assigned",
}
OF_FIELD = {
    "equals": "is",
    "not_equals": "is not",
    "equals_any": "is one of",
    "contains": "contains",
    "not_contains": "does not contain",
    "greater_than": "is greater than",
    "less_than": "is less than",
    "greater_than_or_equals": "is at least",
    "less_than_or_equals": "is at most",
}
BLANK = {"is_empty": "is empty", "is_not_empty": "is answered"}
CLAUSES = {"on-time": " on time", "early-24": " a day early or more", "late-24": " a day late or more"}


def quoted(text: str) -> str:
    short = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return f"“{short}”"


def listed(texts: Iterable[str], joint: str = "and") -> str:
    """`A`, `A and B`, `A, B and C`."""
    *first, last = list(texts) or [""]
    return f"{', '.join(first)} {joint} {last}" if first else last


def condition_in_words(version: Version, condition: Condition) -> str:
    """One condition, without its logic."""
    if condition.subject == "Step":
        step = version.step_by_id.get(condition.subject_id)
        name = f"the step {quoted(step.title)}" if step is not None else "a step that no longer exists"
        verb = OF_STEP.get(condition.operation, condition.operation)
        return f"{name} {verb}{_clause(condition)}"
    field = version.field_by_id.get(condition.subject_id)
    name = f"the answer to {quoted(field.label)}" if field is not None else "a field that no longer exists"
    if condition.operation in BLANK:
        return f"{name} {BLANK[condition.operation]}"
    verb = OF_FIELD.get(condition.operation, condition.operation)
    return f"{name} {verb} {statement_in_words(field, condition.statement)}"


def _clause(condition: Condition) -> str:
    if condition.operation != "completed" or not isinstance(condition.statement, str):
        return ""
    return CLAUSES.get(condition.statement.strip().lower().replace("_", "-"), "")


def statement_in_words(field: FormField | None, statement: Any) -> str:
    """What a field is compared with; options are called by their text."""
    if isinstance(statement, (list, tuple)):
        return listed((statement_in_words(field, one) for one in statement), "or")
    if isinstance(statement, Mapping):
        return quoted(str(statement.get("text") or statement.get("id") or ""))
    if isinstance(statement, str) and statement.lstrip().startswith(("[", "{")):
        try:
            inner = json.loads(statement)
        except (ValueError, RecursionError):
            return quoted(statement)
        return statement_in_words(field, inner) if isinstance(inner, (list, dict)) else quoted(statement)
    return quoted("" if statement is None else str(statement))


def conditions_in_words(version: Version, conditions: Iterable[Condition]) -> str:
    """Conditions with their logic, as they are read: from left to right."""
    words = ""
    for condition in conditions:
        one = condition_in_words(version, condition)
        words = f"{words} {condition.logic} {one}" if words else one
    return words
