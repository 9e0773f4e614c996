"""The written forms of dates and instants that are accepted everywhere (P-471)."""

from __future__ import annotations

from datetime import UTC, date, datetime

LONGEST = 40  # no accepted form is longer, and nothing longer needs to be looked at


def parsed(text: str) -> date | datetime | None:
    """The calendar date, or the instant in UTC, that `text` names; None when it is neither.

    A time without a zone is UTC. A `datetime` is a `date` too: ask for the narrower one first.
    """
    moment = local_parsed(text)
    if not isinstance(moment, datetime):
        return moment
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def local_parsed(text: str) -> date | datetime | None:
    """Like `parsed`, but in the zone that was written, so that its date is the date as sent."""
    text = text.strip()
    if not text.isascii() or len(text) > LONGEST:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def written(moment: datetime) -> str:
    """An instant as the API writes it: UTC, whole seconds, `Z`."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def in_words(day: date) -> str:
    """A day in the organization's date format: Mar 4, 2026."""
    return f"{day:%b} {day.day}, {day.year}"


def written_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else written(moment)
