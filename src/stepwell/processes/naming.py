"""What a launched process is called (T-049, T-050)."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from stepwell.engine.dates import in_words
from stepwell.engine.model import Answers, House, Process, Version
from stepwell.engine.variables import INVISIBLE, MARKUP, Source, source_at_launch

LONGEST = 550
NAMEABLE = frozenset({"text", "email", "date", "radio", "dropdown", "multiselect", "assignees_form"})
VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
EMPTY = "\x00"  # marks an empty value until the separators around it are dropped
LEADING = re.compile(rf"^(?:\s*{EMPTY}\s*(?:[-|:/]\s*)?)+")
FOLLOWING = re.compile(rf"(?:\s*[-|:/]\s*|\s+)?{EMPTY}")


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
    names: Mapping[str, str],
    house: House,
    at: datetime,
) -> str:
    """The name sent, the one the template generates, or the template's title and the date.

    `names`: what the members (by their id as text) and groups (in hex) are called that the answers name.
    """
    day = at.astimezone(house.zone).date()
    today = in_words(day)
    if sent and not (naming.is_automatic and not naming.launcher_may_change):
        return sent
    if naming.pattern:
        fields = [field for field in version.kickoff if field.type in NAMEABLE]
        source = source_at_launch(version, fields, answers, day, house, names)
        if name := _rendered(naming.pattern, source):
            return name
    return f"{version.title[: LONGEST - len(today) - 3]} - {today}"


def follow_up_name(
    version: Version, pattern: str | None, trigger: Process, house: House, at: datetime
) -> str:
    """What a process is called that the completion of a task of `trigger` launches (T-099).

    Of the answers only short texts of the kick-off form may stand in it.
    """
    local = at.astimezone(house.zone)
    if pattern and trigger.version is not None:
        fields = [field for field in trigger.version.kickoff if field.type == "text"]
        source = source_at_launch(version, fields, trigger.values, local.date(), house, {})
        if name := _rendered(pattern, source):
            return name
    clock = f"{local.hour % 12 or 12}:{local:%M}{'am' if local.hour < 12 else 'pm'}"
    return f"{local:%b} {local.day}, {clock} - {version.title}"[:LONGEST]


def _rendered(pattern: str, source: Source) -> str:
    """The pattern with its variables replaced; blanks and separators vanish around an empty value only."""

    def value_of(found: re.Match[str]) -> str:
        meant = source.of(found.group(1), None)
        # Markup that somebody typed as an answer stands in no name; the template's title is its own.
        value = meant if isinstance(meant, str) else MARKUP.sub("", source.plain(found.group(1), None))
        return value.replace(EMPTY, "").strip() or EMPTY

    plain = (
        html.unescape(MARKUP.sub("", pattern)).translate(INVISIBLE).replace("\xa0", " ").replace(EMPTY, "")
    )
    return FOLLOWING.sub("", LEADING.sub("", VARIABLE.sub(value_of, plain))).strip()[:LONGEST].strip()
