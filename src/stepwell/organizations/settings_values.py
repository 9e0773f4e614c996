"""How the settings of an organization are spelled: time zones, days, working hours, spans and holidays."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from stepwell.http.values import truth, whole_number
from stepwell.people.directory import WEEKDAYS

CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
UNITS = ("minutes", "hours", "days", "weeks", "months")
LONGEST_SPAN = 10_000
MOST_HOLIDAYS = 1000


def _error(message: str) -> PydanticCustomError:
    return PydanticCustomError("setting", message)


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _error("The {field} must be a valid time zone.") from None
    return value


def _days(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise _error("The {field} must be an array.")
    named = [one.strip().capitalize() if isinstance(one, str) else one for one in value]
    if not all(one in WEEKDAYS for one in named):
        raise _error("The {field} must be names of weekdays.")
    return [day for day in WEEKDAYS if day in named]


def _week(value: Any) -> dict[str, dict[str, Any]]:
    """The days that were sent, by name; what else a day holds is kept."""
    if not isinstance(value, dict):
        raise _error("The {field} must be an object.")
    week = {str(name).strip().capitalize(): _day(day) for name, day in value.items()}
    if not week.keys() <= set(WEEKDAYS):
        raise _error("The {field} must be names of weekdays.")
    return week


def _day(value: Any) -> dict[str, Any]:
    working = truth(value.get("is_working")) if isinstance(value, dict) else None
    if working is None:
        raise _error("Each day of the {field} must say whether it is working.")
    day = {**value, "is_working": working}
    if not working:
        return day
    day["mode"] = value.get("mode") or "all"
    if day["mode"] not in ("all", "fixed"):
        raise _error("The mode of a day in the {field} must be all or fixed.")
    if day["mode"] == "fixed":
        start, end = day.get("start"), day.get("end")
        if not all(isinstance(one, str) and CLOCK.fullmatch(one) for one in (start, end)):
            raise _error("A day of fixed hours in the {field} needs a start and an end such as 09:00.")
        if str(end) <= str(start):
            raise _error("A day in the {field} must end after it starts.")
    return day


def _span(key: str, units: tuple[str, ...], most: int) -> Any:
    def read(value: Any) -> dict[str, Any]:
        unit = value.get(key) if isinstance(value, dict) else None
        number = whole_number(value.get("value")) if isinstance(value, dict) else None
        if not isinstance(unit, str) or unit.strip().lower() not in units:
            raise _error(f"The {key} of the {{field}} must be one of {', '.join(units)}.")
        if number is None or not 1 <= number <= most:
            raise _error(f"The value of the {{field}} must be from 1 to {most}.")
        return {key: unit.strip().lower(), "value": number}

    return read


def _old_settings(value: Any) -> str | None:
    """The object with the work week and holidays that old clients send, or its text; kept as text."""
    if value is None:
        return None
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise _error("The {field} must be an object.") from None
    if not isinstance(value, dict):
        raise _error("The {field} must be an object.")
    determine = value.get("determine_deadline") or {}
    holidays = value.get("holidays") or []
    if not isinstance(determine, dict) or not isinstance(holidays, list) or len(holidays) > MOST_HOLIDAYS:
        raise _error("The holidays of the {field} must be an array.")
    if not all(_is_holiday(one) for one in holidays):
        raise _error("The holidays of the {field} must be days such as 12-25 or 2026-12-25.")
    kept = {
        "determine_deadline": {
            name: int(bool(truth(determine.get(name)))) for name in ("workdays", "holidays")
        },
        "workdays": _days(value.get("workdays") or []),
        "holidays": holidays,
    }
    return json.dumps(kept)


def _is_holiday(value: Any) -> bool:
    if not isinstance(value, str) or not re.fullmatch(r"(\d{4}-)?\d\d-\d\d", value):
        return False
    try:
        date.fromisoformat(value if len(value) == 10 else f"2000-{value}")
    except ValueError:
        return False
    return True


def _extension(value: Any) -> str:
    text = value.strip().lower().removeprefix(".") if isinstance(value, str) else ""
    if not re.fullmatch(r"[a-z0-9]{1,10}", text):
        raise _error("The {field} must be a file extension.")
    return text


TimeZone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_timezone)]
Days = Annotated[list[str], BeforeValidator(_days)]
Week = Annotated[dict[str, dict[str, Any]], BeforeValidator(_week)]
Deadline = Annotated[dict[str, Any], BeforeValidator(_span("type", UNITS, LONGEST_SPAN))]
Age = Annotated[dict[str, Any], BeforeValidator(_span("unit", ("days", "weeks"), 520))]
OldSettings = Annotated[str | None, BeforeValidator(_old_settings)]
Extensions = Annotated[list[Annotated[str, BeforeValidator(_extension)]], Field(max_length=200)]
