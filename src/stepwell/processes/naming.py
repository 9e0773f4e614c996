"""What a launched process is called (T-049, T-050)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from stepwell.engine.model import Answers, FormField, House, Version

LONGEST = 550
NAMEABLE = frozenset({"text", "email", "date", "radio", "dropdown", "multiselect", "assignees_form"})
VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
EMPTY = "\x00"  # marks an empty value until the separators around it are dropped
INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060"))


def process_name(
    version: Version, naming: dict[str, Any], sent: str | None, answers: Answers, house: House, at: datetime
) -> str:
    """The name sent, the one the template generates, or the template's title and the date.

    `naming` holds `auto_naming`, `default_process_name_format` and `allow_launcher_change_name`.
    """
    day = at.astimezone(house.zone).strftime("%b %d, %Y")
    generated = naming["auto_naming"] and naming["default_process_name_format"]
    if sent and not (generated and not naming["allow_launcher_change_name"]):
        return sent
    if generated:
        name = _rendered(str(generated), version, answers, day)
        if name:
            return name
    return f"{version.title[: LONGEST - len(day) - 3]} - {day}"


def _rendered(pattern: str, version: Version, answers: Answers, day: str) -> str:
    values = {"DATE": day, "TEMPLATE_NAME": version.title}
    for field in version.kickoff:
        if field.type in NAMEABLE:
            values[field.alias] = _plain(field, answers.get(field.key))

    def value_of(found: re.Match[str]) -> str:
        return values.get(found.group(1).translate(INVISIBLE).strip(), "") or EMPTY

    text = VARIABLE.sub(value_of, re.sub(r"<[^>]*>", "", pattern))
    text = re.sub(rf"(\s*[-|:/]\s*)?{EMPTY}", "", text) if not text.startswith(EMPTY) else text
    text = re.sub(rf"^({EMPTY}\s*[-|:/]?\s*)+", "", text).replace(EMPTY, "")
    return " ".join(text.split())[:LONGEST].strip()


def _plain(field: FormField, value: Any) -> str:
    """An answer as plain text for a name."""
    match value:
        case None:
            return ""
        case dict() if field.type == "dropdown":
            return str(value.get("text", ""))
        case dict():
            return ", ".join(str(email) for email in value.get("guests", []))
        case list():
            chosen = [entry for entry in value if isinstance(entry, dict) and entry.get("selected")]
            return ", ".join(str(entry.get("text", "")) for entry in chosen)
        case _:
            return re.sub(r"<[^>]*>", "", str(value)).strip()
