"""What a launched process is called (T-049, T-050)."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stepwell.engine.dates import in_words, parsed
from stepwell.engine.model import Answers, FormField, House, Version

LONGEST = 550
NAMEABLE = frozenset({"text", "email", "date", "radio", "dropdown", "multiselect", "assignees_form"})
VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
TAG = re.compile(r"</?[a-zA-Z][^>]*>")
EMPTY = "\x00"  # marks an empty value until the separators around it are dropped
LEADING = re.compile(rf"^(?:\s*{EMPTY}\s*(?:[-|:/]\s*)?)+")
FOLLOWING = re.compile(rf"(?:\s*[-|:/]\s*|\s+)?{EMPTY}")
INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060"))


@dataclass(frozen=True, slots=True)
class Naming:
    """How a template names its processes; `pattern` None: it does not."""

    pattern: str | None
    launcher_may_change: bool

    @property
    def is_automatic(self) -> bool:
        return bool(self.pattern)


def process_name(
    version: Version,
    naming: Naming,
    sent: str | None,
    answers: Answers,
    names: Mapping[int, str],
    house: House,
    at: datetime,
) -> str:
    """The name sent, the one the template generates, or the template's title and the date.

    `names`: what the members are called that the answers name.
    """
    today = in_words(at.astimezone(house.zone).date())
    if sent and not (naming.is_automatic and not naming.launcher_may_change):
        return sent
    if naming.pattern:
        values = {"DATE": today, "TEMPLATE_NAME": version.title}
        for field in version.kickoff:
            if field.type in NAMEABLE:
                values[field.alias] = _plain(field, answers.get(field.key), names, house)
        name = _rendered(naming.pattern, values)
        if name:
            return name
    return f"{version.title[: LONGEST - len(today) - 3]} - {today}"


def users_answered(version: Version, answers: Answers) -> list[int]:
    """The members that the kick-off answers name."""
    picked = [answers.get(field.key) for field in version.kickoff if field.type == "assignees_form"]
    return [user for value in picked if isinstance(value, dict) for user in value.get("users", [])]


def _rendered(pattern: str, values: Mapping[str, str]) -> str:
    """The pattern with its variables replaced; blanks and separators vanish around an empty value only."""

    def value_of(found: re.Match[str]) -> str:
        return values.get(found.group(1).translate(INVISIBLE).strip(), "").strip() or EMPTY

    plain = html.unescape(TAG.sub("", pattern)).replace("\xa0", " ").replace(EMPTY, "")
    return FOLLOWING.sub("", LEADING.sub("", VARIABLE.sub(value_of, plain))).strip()[:LONGEST].strip()


def _plain(field: FormField, value: Any, names: Mapping[int, str], house: House) -> str:
    """An answer as plain text for a name."""
    match value:
        case None:
            return ""
        case str() if field.type == "date":
            return _date(value, house)
        case dict() if field.type == "dropdown":
            return str(value.get("text", ""))
        case dict():
            members = [names[user] for user in value.get("users", []) if user in names]
            return ", ".join([*members, *map(str, value.get("guests", []))])
        case list():
            chosen = [entry for entry in value if isinstance(entry, dict) and entry.get("selected")]
            return ", ".join(str(entry.get("text", "")) for entry in chosen)
        case _:
            return TAG.sub("", str(value)).replace(EMPTY, "")


def _date(value: str, house: House) -> str:
    """A date answer in words; with the time only where the field collects one."""
    found = parsed(value)
    if isinstance(found, datetime):
        local = found.astimezone(house.zone)
        return f"{in_words(local.date())} {local.hour % 12 or 12}:{local:%M%p}".replace("AM", "am").replace(
            "PM", "pm"
        )
    return in_words(found) if found is not None else value
