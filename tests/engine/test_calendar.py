from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepwell.engine.calendar import end_of_day, forward, is_working_time, shifted
from stepwell.engine.model import DayHours, House, Refused

OFFICE = (DayHours(True, 9 * 60, 17 * 60),) * 5 + (DayHours(False),) * 2
ALL_HOURS_MON_TO_FRI = (DayHours(),) * 5 + (DayHours(False),) * 2
FRIDAY = datetime(2026, 6, 12, 12, 0, tzinfo=UTC)
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu", "Africa/Casablanca"]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.rule("T-126")
@pytest.mark.parametrize(
    ("start", "value", "unit", "end"),
    [
        ("2026-03-28T12:00+01:00", 1, "days", "2026-03-29T12:00+02:00"),
        ("2026-03-28T12:00+01:00", 24, "hours", "2026-03-29T13:00+02:00"),
        ("2026-03-22T12:00+01:00", 1, "weeks", "2026-03-29T12:00+02:00"),
        ("2026-01-31T12:00+01:00", 1, "months", "2026-02-28T12:00+01:00"),
        ("2028-01-31T12:00+01:00", 1, "months", "2028-02-29T12:00+01:00"),
        ("2026-01-15T12:00+01:00", -2, "months", "2025-11-15T12:00+01:00"),
        ("2026-06-10T12:00+02:00", 90, "minutes", "2026-06-10T13:30+02:00"),
    ],
)
def test_days_keep_the_wall_clock_and_hours_elapse(start: str, value: int, unit: str, end: str) -> None:
    assert shifted(House(zone=ZoneInfo("Europe/Berlin")), at(start), value, unit) == at(end)


@pytest.mark.parametrize("unit", ["minutes", "hours", "days", "weeks", "months"])
@pytest.mark.parametrize("value", [10**5 * 12 * 60 * 24 * 366, -(10**12), 10**30])
def test_a_deadline_beyond_the_calendar_is_refused(unit: str, value: int) -> None:
    with pytest.raises(Refused):
        shifted(House(zone=ZoneInfo("Europe/Berlin")), FRIDAY, value, unit)


@pytest.mark.parametrize("moment", [datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)])
@pytest.mark.parametrize("zone", ["Pacific/Apia", "America/New_York"])
def test_the_ends_of_the_calendar_are_refused_and_no_bug(moment: datetime, zone: str) -> None:
    house = House(zone=ZoneInfo(zone), week=OFFICE)
    with suppress(Refused):
        forward(house, moment)
    with suppress(Refused):
        end_of_day(house, moment.date())


@pytest.mark.rule("T-129")
@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-06-12T12:00", "2026-06-12T12:00"),
        ("2026-06-12T08:59", "2026-06-12T09:00"),
        ("2026-06-12T17:00", "2026-06-12T17:00"),
        ("2026-06-12T17:01", "2026-06-15T09:00"),
        ("2026-06-13T12:00", "2026-06-15T09:00"),
    ],
)
def test_a_deadline_moves_to_the_next_office_hours(start: str, end: str) -> None:
    assert forward(House(week=OFFICE), at(f"{start}+00:00")) == at(f"{end}+00:00")


@pytest.mark.rule("P-475")
def test_a_day_of_all_hours_reached_by_a_move_starts_at_nine() -> None:
    house = House(week=ALL_HOURS_MON_TO_FRI)
    assert forward(house, at("2026-06-13T03:00+00:00")) == at("2026-06-15T09:00+00:00")
    assert forward(house, at("2026-06-15T03:00+00:00")) == at("2026-06-15T03:00+00:00")


@pytest.mark.rule("T-129")
def test_a_week_without_working_days_moves_nothing() -> None:
    assert forward(House(week=(DayHours(False),) * 7), FRIDAY) == FRIDAY


@pytest.mark.rule("P-476")
def test_a_date_alone_means_the_end_of_its_working_hours() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert end_of_day(House(zone=berlin, week=OFFICE), date(2026, 6, 12)) == at("2026-06-12T17:00+02:00")
    assert end_of_day(House(zone=berlin), date(2026, 6, 12)) == at("2026-06-12T23:59:59+02:00")


minutes = st.integers(0, 24 * 60)
days = st.one_of(
    st.just(DayHours()),
    st.just(DayHours(False)),
    st.builds(lambda a, b: DayHours(True, min(a, b), max(a, b)), minutes, minutes),
)
houses = st.builds(House, zone=st.sampled_from(ZONES).map(ZoneInfo), week=st.tuples(*[days] * 7))


# Around clock changes, and the day that Samoa left out.
def minutes_around(day: datetime) -> st.SearchStrategy[datetime]:
    return st.integers(-5000, 5000).map(lambda minutes: day + timedelta(minutes=minutes))


moments = st.one_of(
    st.integers(0, 28_000_000).map(lambda minutes: at("1995-01-01T00:00+00:00") + timedelta(minutes=minutes)),
    minutes_around(at("2026-03-29T00:00+00:00")),
    minutes_around(at("2026-11-01T00:00+00:00")),
    minutes_around(at("2011-12-30T00:00+00:00")),
)


@pytest.mark.rule("T-129")
def test_an_hour_that_comes_twice_is_not_moved_back_to_its_first_time() -> None:
    night = (DayHours(True, 105, 240),) * 7
    house = House(zone=ZoneInfo("America/New_York"), week=night)
    assert forward(house, at("2026-11-01T06:30+00:00")) == at("2026-11-01T06:45+00:00")


@given(houses, moments)
def test_forward_lands_in_working_time_never_back_and_once(house: House, moment: datetime) -> None:
    moved = forward(house, moment)
    assert moved >= moment
    assert forward(house, moved) == moved
    if any(hours.working for hours in house.week):
        assert is_working_time(house, moved)


@given(
    houses, moments, st.integers(-500, 500), st.sampled_from(["minutes", "hours", "days", "weeks", "months"])
)
def test_shifting_keeps_its_direction(house: House, moment: datetime, value: int, unit: str) -> None:
    moved = shifted(house, moment, value, unit)
    leap = timedelta(hours=26)  # a wall clock may itself be moved, by a day in Samoa
    assert moved >= moment - leap if value >= 0 else moved <= moment + leap
