"""What a condition compares: the operands in its statement, and numbers and dates as people write them."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from stepwell.engine.answer_values import NUMBER
from stepwell.engine.dates import parsed
from stepwell.engine.model import FormField

LONGEST_NUMBER = 120
SEPARATORS = re.compile(r"[\s,'’_]")  # between thousands


def folded(text: str) -> str:
    """Text as conditions compare it: case and surrounding spaces do not count (T-142)."""
    return text.strip().casefold()


def operands(field: FormField, statement: Any, in_list: bool = False) -> list[str]:
    """The texts a statement names, folded; `in_list` also splits a plain text at its commas.

    An option given with its id is read as that option's current text. A text may be the JSON of any form.
    """
    value = _from_json(statement) if isinstance(statement, str) else statement
    if isinstance(value, (list, tuple)):
        return [folded(_text(field, entry)) for entry in value]
    text = _text(field, value)
    if in_list and "," in text:
        # The whole text too: an option's own text may hold a comma.
        return [folded(text), *(folded(part) for part in text.split(","))]
    return [folded(text)]


def _from_json(statement: str) -> Any:
    if not statement.lstrip().startswith(("[", "{", '"')):
        return statement
    try:
        return json.loads(statement)
    except (ValueError, RecursionError):
        return statement


def _text(field: FormField, value: Any) -> str:
    if isinstance(value, Mapping):
        option_id = value.get("id")
        for option in field.options:
            if option_id is not None and str(option.id) == str(option_id):
                return option.text
        value = value.get("text")
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)[:LONGEST_NUMBER]


def number(field: FormField, text: str) -> Decimal | None:
    """The number in a text, without the field's prefix and suffix, currency signs and separators (T-143)."""
    bare = text.strip()
    prefix, suffix = folded(field.prefix), folded(field.suffix)
    if prefix and folded(bare).startswith(prefix):
        bare = folded(bare).removeprefix(prefix)
    if suffix and folded(bare).endswith(suffix):
        bare = folded(bare).removesuffix(suffix)
    bare = "".join(char for char in bare if unicodedata.category(char) != "Sc")
    bare = SEPARATORS.sub("", bare)
    if len(bare) > LONGEST_NUMBER or not NUMBER.fullmatch(bare):
        return None
    return Decimal(bare)


def same_day_or_instant(moment: date, other: date) -> bool:
    """Whether two dates are the same; where one has no time, days are compared."""
    left, right = _comparable(moment, other)
    return left == right


def is_later(moment: date, other: date) -> bool:
    left, right = _comparable(moment, other)
    return left > right


def _comparable(moment: date, other: date) -> tuple[date, date]:
    if isinstance(moment, datetime) and isinstance(other, datetime):
        return moment, other
    return _day(moment), _day(other)


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def moments(texts: list[str]) -> list[date]:
    """The dates among the operands; what is no date is left out."""
    found = (parsed(text.upper()) for text in texts)  # operands are folded, `Z` is not
    return [moment for moment in found if moment is not None]
