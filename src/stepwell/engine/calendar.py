"""Arithmetic with deadlines: elapsed time, wall-clock steps and the organization's working time."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta

from stepwell.engine.model import DayHours, House, Refused

NINE_O_CLOCK = 9 * 60
END_OF_DAY = 24 * 60
ALWAYS_ENOUGH_MOVES = 20  # a week of closed days, and zones that skip or repeat one
BEYOND_THE_CALENDAR = "This date is beyond the calendar."


def shifted(house: House, at: datetime, value: int, unit: str) -> datetime:
    """`at` moved by `value` units, which may be negative; not yet moved to working time (T-126).

    Minutes and hours are elapsed time; days, weeks and months are steps on the wall clock of the
    organization, where the 31st becomes the last day of a shorter month.
    """
    try:
        match unit:
            case "minutes":
                return at + timedelta(minutes=value)
            case "hours":
                return at + timedelta(hours=value)
            case "days" | "weeks":
                local = at.astimezone(house.zone)
                moved = local.replace(tzinfo=None) + timedelta(days=value * (7 if unit == "weeks" else 1))
                return _on_the_wall(house, moved, local.fold)
            case "months":
                return _months_later(house, at, value)
    except (OverflowError, ValueError) as beyond:
        raise Refused(BEYOND_THE_CALENDAR) from beyond
    raise Refused(f"The unit {unit!r} is not known.")


def _months_later(house: House, at: datetime, value: int) -> datetime:
    local = at.astimezone(house.zone)
    years, month = divmod(local.month - 1 + value, 12)
    year = local.year + years
    if not 1 <= year <= 9999:
        raise OverflowError
    day = min(local.day, monthrange(year, month + 1)[1])
    return _on_the_wall(house, local.replace(tzinfo=None, year=year, month=month + 1, day=day), local.fold)


def _on_the_wall(house: House, local: datetime, fold: int) -> datetime:
    """The instant when the clocks show `local`. `fold` 1 is its second time where clocks go back; a time that
    they leave out is as much later as they are put forward, never earlier.
    """
    first, second = (local.replace(tzinfo=house.zone, fold=time).astimezone(UTC) for time in (0, 1))
    return max(first, second) if fold else first


def forward(house: House, at: datetime) -> datetime:
    """`at`, or the start of the next working period when it falls outside working time (T-129)."""
    if not any(hours.working for hours in house.week):
        return at
    moved = at
    try:
        # More than once, since a clock change may turn an opening hour into a time outside the hours.
        for _ in range(ALWAYS_ENOUGH_MOVES):
            if is_working_time(house, moved):
                return moved
            moved = _next_opening(house, moved)
    except (OverflowError, ValueError) as beyond:
        raise Refused(BEYOND_THE_CALENDAR) from beyond
    return moved


def is_working_time(house: House, at: datetime) -> bool:
    local = at.astimezone(house.zone)
    start, end = _hours(house.week[local.weekday()])
    return house.week[local.weekday()].working and start <= _minutes(local) <= end


def end_of_day(house: House, day: date) -> datetime:
    """The instant that a date without a time means: the end of its working hours, else 23:59:59 (P-476)."""
    hours = house.week[day.weekday()]
    end = _hours(hours)[1] if hours.working else END_OF_DAY
    try:
        if end >= END_OF_DAY:
            local = datetime.combine(day, time(23, 59, 59), house.zone)
        else:
            local = datetime.combine(day, time(end // 60, end % 60), house.zone)
        return local.astimezone(UTC)
    except OverflowError as beyond:
        raise Refused(BEYOND_THE_CALENDAR) from beyond


def _hours(hours: DayHours) -> tuple[int, int]:
    """Start and end in minutes after midnight; hours that end before they start count as all hours."""
    start = hours.start or 0
    end = END_OF_DAY if hours.end is None else hours.end
    return (start, end) if start <= end else (0, END_OF_DAY)


def _minutes(local: datetime) -> float:
    return local.hour * 60 + local.minute + local.second / 60 + local.microsecond / 60_000_000


def _next_opening(house: House, at: datetime) -> datetime:
    """The first opening after `at`, which lies outside working time; some day of the week is working."""
    local = at.astimezone(house.zone)
    hours = house.week[local.weekday()]
    if hours.working and _minutes(local) < _hours(hours)[0]:
        return _instant(house, local.date(), _hours(hours)[0], at)
    day = local.date() + timedelta(days=1)
    while not house.week[day.weekday()].working:
        day += timedelta(days=1)
    hours = house.week[day.weekday()]
    counts_all_hours = _hours(hours) == (0, END_OF_DAY)
    return _instant(house, day, NINE_O_CLOCK if counts_all_hours else _hours(hours)[0], at)


def _instant(house: House, day: date, minutes: int, after: datetime) -> datetime:
    """That minute of that local day; its second occurrence where clocks go back and the first is over."""
    local = datetime.combine(day, time(), house.zone) + timedelta(minutes=minutes)
    first = local.astimezone(UTC)
    return first if first > after else local.replace(fold=1).astimezone(UTC)
