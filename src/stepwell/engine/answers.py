"""Answers to form fields: one validator for kick-off forms, tasks and one-off tasks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from stepwell.engine.answer_types import NORMALISERS, hex_id, text
from stepwell.engine.answer_values import (
    InvalidAnswer,
    broken_text_rules,
    chosen,
    is_blank,
    refuse_unstorable,
)
from stepwell.engine.model import NOTHING, Answers, Directory, FormField, Refused

__all__ = ["InvalidAnswer", "default_answer", "is_blank", "merge", "normalise", "why_incomplete"]

INVALID = "The given data was invalid."
TODAY = re.compile(r"(?:today|current[ _-]?date)\s*(?:([+-])\s*(\d{1,6}))?", re.IGNORECASE)
TYPES_WITHOUT_DEFAULT = frozenset({"file", "table", "assignees_form"})

Filled = Callable[[FormField, Answers], Any]
"""The default of a field with its variables resolved, as the answers are by then."""


def normalise(field: FormField, value: Any, directory: Directory) -> Any | None:
    """The value as it is stored, or None when it clears the answer (T-078, T-080). Raises InvalidAnswer."""
    refuse_unstorable(value)
    if _clears(field, value):
        return None
    return NORMALISERS.get(field.type, text)(field, value, directory)


def _clears(field: FormField, value: Any) -> bool:
    if value is None or (isinstance(value, (list, tuple, Mapping)) and not value):
        return True
    if isinstance(value, str):
        return value == "" and field.type != "table"
    if isinstance(value, (int, float)) and value == 0:
        # A number field would otherwise have no way to say nought.
        return field.type != "text" and (field.type != "number" or value is False)
    return False


def merge(
    fields: Iterable[FormField],
    current: Answers,
    sent: Mapping[str, Any],
    directory: Directory,
    prefix: str,
) -> Answers:
    """`current` with the answers that were sent; keys are field ids or aliases, unknown ones are dropped.

    Raises Refused with every wrong field at once, each under `prefix.<field id>`.
    """
    by_id = {field.key: field for field in fields}
    by_alias = {field.alias: field for field in by_id.values() if field.alias}
    answers = dict(current)
    reasons: dict[str, list[str]] = {}
    for key, value in sent.items():
        field_id = hex_id(key)
        field = by_id.get(field_id.hex) if field_id is not None else by_alias.get(key)
        if field is None:
            continue
        try:
            answer = normalise(field, value, directory)
        except InvalidAnswer as invalid:
            reasons[f"{prefix}.{field.key}"] = [invalid.message]
            continue
        if answer is None:
            answers.pop(field.key, None)
        else:
            answers[field.key] = answer
    if reasons:
        raise Refused(INVALID, reasons)
    return answers


def why_incomplete(fields: Iterable[FormField], answers: Answers) -> dict[str, list[str]]:
    """Field key -> what keeps the form from being completed, if anything (T-071, T-072, T-087)."""
    reasons: dict[str, list[str]] = {}
    for field in fields:
        messages = _missing(field, answers.get(field.key))
        if messages:
            reasons[field.key] = messages
    return reasons


def _missing(field: FormField, value: Any) -> list[str]:
    if field.required and is_blank(field, value):
        return [f"{field.label} is required"]
    if field.type == "multiselect" and field.must_all_checked:
        ticked = {entry.get("id") for entry in chosen(value if isinstance(value, (list, tuple)) else ())}
        if not all(option.id in ticked for option in field.options):
            return [f"All items of {field.label} must be checked"]
    if field.type == "text" and isinstance(value, str):
        return broken_text_rules(field, value)
    return []


def default_answer(
    field: FormField, today: date, filled: Filled | None = None, answers: Answers = NOTHING
) -> Any | None:
    """The answer a field starts with, or None. A default that is no answer to the field is none at all.

    `filled` resolves the variables of a default that has some.
    """
    if field.default is None or field.type in TYPES_WITHOUT_DEFAULT:
        return None
    value = field.default
    if filled is not None and isinstance(value, str) and "{{" in value:
        value = filled(field, answers)
    if field.type in ("date", "datetime") and isinstance(value, str):
        relative = TODAY.fullmatch(value.strip())
        if relative is not None:
            return _relative_date(field, relative, today)
    try:
        return normalise(field, value, Directory())
    except InvalidAnswer:
        return None


def _relative_date(field: FormField, relative: re.Match[str], today: date) -> Any | None:
    sign, days = relative.groups()
    try:
        day = today + timedelta(days=int(f"{sign or '+'}{days or 0}"))
        return normalise(field, day.isoformat(), Directory())
    except (OverflowError, InvalidAnswer):
        return None


def with_defaults(
    fields: Iterable[FormField], answers: Answers, today: date, filled: Filled | None = None
) -> Answers:
    """`answers` with the default of each field that is still blank (T-076); the same object if none is.

    `filled` resolves the variables of a default; a field may name one before it, whose default counts.
    """
    for field in fields:
        if field.default is not None and is_blank(field, answers.get(field.key)):
            answer = default_answer(field, today, filled, answers)
            if answer is not None:
                answers = {**answers, field.key: answer}
    return answers
