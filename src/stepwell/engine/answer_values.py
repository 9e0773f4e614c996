"""What is asked of every answer, whatever its type: its safety, blankness, and the rules of a text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stepwell.engine.model import FormField

TEXT_LIMIT = 255
TEXTAREA_LIMIT = 30_000
EMAIL_LIMIT = 254
HUGE = 10.0**75  # beyond it, and for NaN, nobody means the number
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
DEEPEST = 8  # no type of answer nests deeper; recursion elsewhere is then safe
EMAIL = re.compile(r"[^\s@<>(),;:\"\[\]\\]+@[^\s@<>(),;:\"\[\]\\.]+(\.[^\s@<>(),;:\"\[\]\\.]+)+")
URL = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)
NUMBER = re.compile(r"[+-]?(\d{1,100}(\.\d{0,100})?|\.\d{1,100})", re.ASCII)
LETTERS = {"alpha": ("LM", ""), "alpha_num": ("LMN", ""), "alpha_dash": ("LMN", "-_")}
LETTER_RULES = {
    "alpha": "letters",
    "alpha_num": "letters and numbers",
    "alpha_dash": "letters, numbers, dashes and underscores",
}


class InvalidAnswer(Exception):
    """The value is not an answer to this field; `message` says why, in words for the person."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def refuse_unstorable(value: Any, depth: int = 0) -> None:
    """Refuse what neither UTF-8 nor the database can hold, and what is nested deeper than any answer."""
    if depth > DEEPEST:
        raise InvalidAnswer("The value is nested too deeply.")
    if isinstance(value, Mapping):
        for key, inner in value.items():
            refuse_unstorable(key, depth + 1)
            refuse_unstorable(inner, depth + 1)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            refuse_unstorable(inner, depth + 1)
    else:
        _refuse_unstorable_scalar(value)


def _refuse_unstorable_scalar(value: Any) -> None:
    if isinstance(value, str):
        if UNSTORABLE.search(value):
            raise InvalidAnswer("The value contains characters that cannot be stored.")
    elif isinstance(value, (int, float)):
        if not abs(value) <= HUGE:
            raise InvalidAnswer("The number is too large.")
    elif value is not None:
        raise InvalidAnswer("The value is of no known kind.")


def is_blank(field: FormField, value: Any) -> bool:
    """Whether `value` counts as no answer for a required field and for rules (T-056, T-079)."""
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, (list, tuple)):
        return _is_blank_list(field, value)
    if isinstance(value, Mapping):
        buckets = ("users", "guests", "groups")
        return (
            not any(value.get(bucket) for bucket in buckets) if field.type == "assignees_form" else not value
        )
    return value is None or value is False


def _is_blank_list(field: FormField, entries: Sequence[Any]) -> bool:
    if field.type == "multiselect":
        return not chosen(entries)
    if field.type == "table":
        return all(is_blank_cell(cell) for column in entries for cell in cells(column))
    return not entries


def cells(column: Any) -> list[Any]:
    """The cells of one column of a stored table, which holds one cell or a list of them."""
    return list(column) if isinstance(column, (list, tuple)) else [column]


def is_blank_cell(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def chosen(entries: Iterable[Any]) -> list[Mapping[str, Any]]:
    """The entries of a multiselect that are ticked; the others are kept but count as not chosen."""
    return [entry for entry in entries if isinstance(entry, Mapping) and entry.get("selected") is True]


def chosen_texts(entries: Iterable[Any]) -> list[str]:
    return [str(entry.get("text", "")) for entry in chosen(entries)]


def is_email(text: str) -> bool:
    return len(text) <= EMAIL_LIMIT and EMAIL.fullmatch(text) is not None


def broken_text_rules(field: FormField, text: str) -> list[str]:
    """One message for each rule of a text field that `text` breaks; a blank text breaks none (T-071)."""
    if not text.strip():
        return []
    numeric = "numeric" in field.validation
    messages = (_broken(field.label, rule, text, numeric) for rule in field.validation)
    return [message for message in messages if message is not None]


def _broken(label: str, rule: str, text: str, numeric: bool) -> str | None:
    """What `text` does wrong by `rule`, if anything; rules that are not known hold."""
    bare = text.strip()
    if rule == "numeric":
        return None if NUMBER.fullmatch(bare) else f"{label} must be numeric."
    if rule == "email":
        return None if is_email(bare) else f"{label} must be a valid email address."
    if rule == "url":
        return None if URL.fullmatch(bare) else f"{label} must be a valid URL."
    if rule in LETTERS:
        categories, others = LETTERS[rule]
        fits = all(unicodedata.category(char)[0] in categories or char in others for char in bare)
        return None if fits else f"{label} may only contain {LETTER_RULES[rule]}."
    return _out_of_bounds(label, rule, bare, numeric)


def _out_of_bounds(label: str, rule: str, text: str, numeric: bool) -> str | None:
    name, _, bound = rule.partition(":")
    if name not in ("min", "max") or not NUMBER.fullmatch(bound.strip()):
        return None
    if numeric and not NUMBER.fullmatch(text):
        return None  # the rule `numeric` says it already
    size = float(text) if numeric else float(len(text))
    unit = "" if numeric else " characters"
    if name == "min" and size < float(bound):
        return f"{label} must be at least {bound.strip()}{unit}."
    if name == "max" and size > float(bound):
        return f"{label} may not be greater than {bound.strip()}{unit}."
    return None
