"""What holds for deadlines in any zone and any working week, clock changes included."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from stepwell.engine.calendar import forward, is_working_time, shifted
from stepwell.engine.model import DayHours, House

ZONES = [
    "UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu", "Africa/Casablanca",
    "Australia/Lord_Howe", "America/St_Johns", "Europe/Dublin", "Antarctica/Troll",
]  # fmt: skip
CHANGES = ["2026-03-08", "2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25", "2026-11-01", "2011-12-30"]
UNITS = {"minutes": timedelta(minutes=1), "hours": timedelta(hours=1)}
STEPS = {"days": 1, "weeks": 7}
BERLIN = House(zone=ZoneInfo("Europe/Berlin"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def near(day: str) -> st.SearchStrategy[datetime]:
    midnight = datetime.fromisoformat(f"{day}T00:00+00:00")
    return st.integers(-40 * 60, 40 * 60).map(lambda minutes: midnight + timedelta(minutes=minutes))


some_days = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
moments = some_days | st.sampled_from(CHANGES).flatmap(near)
zones = st.sampled_from(ZONES).map(ZoneInfo)
minutes = st.integers(0, 24 * 60)
fixed_hours = st.builds(lambda one, two: DayHours(True, min(one, two), max(one, two)), minutes, minutes)
closed = st.just(DayHours(False))
weeks = st.tuples(*[fixed_hours | closed | st.just(DayHours())] * 7)
weeks_of_hours = st.tuples(*[fixed_hours | closed] * 7)
amounts = st.integers(-3000, 3000)


def wall(house: House, moment: datetime) -> datetime:
    """What the clocks of the organization show."""
    return moment.astimezone(house.zone).replace(tzinfo=None)


def on_the_clock(house: House, shown: datetime) -> list[datetime]:
    """The instants at which the clocks show this: none in a gap, two where clocks go back."""
    found = {shown.replace(tzinfo=house.zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(moment for moment in found if wall(house, moment) == shown)


@pytest.mark.rule("T-126", "P-473")
@given(zones, moments, amounts, st.sampled_from(sorted(UNITS)))
def test_minutes_and_hours_elapse_whatever_the_clocks_do(
    zone: ZoneInfo, moment: datetime, value: int, unit: str
) -> None:
    house = House(zone=zone)
    moved = shifted(house, moment, value, unit)
    assert moved - moment == value * UNITS[unit]
    assert shifted(house, moved, -value, unit) == moment


@pytest.mark.rule("T-126", "P-473")
@given(zones, moments, amounts, st.sampled_from(sorted(STEPS)))
@example(ZoneInfo("Europe/Berlin"), at("2026-03-28T01:30+00:00"), 1, "days")  # the clocks leave 02:30 out
@example(
    ZoneInfo("Europe/Berlin"), at("2025-10-26T01:30+00:00"), 22, "weeks"
)  # from a second time into a gap
def test_days_and_weeks_keep_the_time_of_day(zone: ZoneInfo, moment: datetime, value: int, unit: str) -> None:
    house = House(zone=zone)
    moved = shifted(house, moment, value, unit)
    wanted = wall(house, moment) + timedelta(days=value * STEPS[unit])
    if on_the_clock(house, wanted):
        assert moved in on_the_clock(house, wanted)
        assert wall(house, shifted(house, moved, -value, unit)) == wall(house, moment)
    else:
        assert wanted < wall(house, moved) <= wanted + timedelta(days=1)


@pytest.mark.rule("T-126", "P-473")
@given(zones, moments, st.integers(-400, 400))
def test_months_keep_the_day_or_take_the_last_one(zone: ZoneInfo, moment: datetime, value: int) -> None:
    house = House(zone=zone)
    before = wall(house, moment)
    after = wall(house, shifted(house, moment, value, "months"))
    assume(on_the_clock(house, after) and after.time() == before.time())  # no day that a zone left out
    assert (after.year * 12 + after.month) - (before.year * 12 + before.month) == value
    last = (after.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    assert after.day == min(before.day, last.day)
    if before.day <= 28:
        assert (
            wall(house, shifted(house, shifted(house, moment, value, "months"), -value, "months")) == before
        )


@pytest.mark.rule("T-126")
@pytest.mark.parametrize(
    ("start", "value", "unit", "end"),
    [
        ("2026-03-28T02:30+01:00", 1, "days", "2026-03-29T03:30+02:00"),  # 02:30 is left out
        ("2026-10-24T02:30+02:00", 1, "days", "2026-10-25T02:30+02:00"),  # 02:30 comes twice: its first time
        ("2026-10-25T02:30+01:00", 1, "days", "2026-10-26T02:30+01:00"),
        ("2026-10-25T02:30+01:00", 22, "weeks", "2027-03-28T03:30+02:00"),  # from a second time into a gap
    ],
)
def test_a_time_that_the_clocks_leave_out_is_later_and_never_earlier(
    start: str, value: int, unit: str, end: str
) -> None:
    assert shifted(BERLIN, at(start), value, unit) == at(end)


@given(zones, moments, moments, amounts, st.sampled_from(["minutes", "hours", "days", "weeks", "months"]))
def test_a_later_base_never_gives_an_earlier_deadline(
    zone: ZoneInfo, one: datetime, other: datetime, value: int, unit: str
) -> None:
    house = House(zone=zone)
    earlier, later = sorted([one, other])
    first, second = (shifted(house, moment, value, unit) for moment in (earlier, later))
    a_clock_change = timedelta(hours=24 if zone.key == "Pacific/Apia" else 2)
    assert first <= second + (timedelta(0) if unit in UNITS else a_clock_change)


@pytest.mark.rule("T-129", "P-475", "G-029")
@given(zones, weeks, moments)
def test_a_deadline_is_in_working_time_never_earlier_and_settled(
    zone: ZoneInfo, week: tuple[DayHours, ...], moment: datetime
) -> None:
    house = House(zone=zone, week=week)
    moved = forward(house, moment)
    assert moved >= moment
    assert forward(house, moved) == moved
    if is_working_time(house, moment) or not any(hours.working for hours in week):
        assert moved == moment
    else:
        assert is_working_time(house, moved)


@pytest.mark.rule("T-129", "P-475")
@given(zones, weeks_of_hours, moments, moments)
def test_working_time_keeps_the_order_and_wastes_none(
    zone: ZoneInfo, week: tuple[DayHours, ...], one: datetime, other: datetime
) -> None:
    house = House(zone=zone, week=week)
    earlier, later = sorted([one, other])
    moved = forward(house, earlier)
    assert moved <= forward(house, later)
    if earlier < later < moved:
        assert not is_working_time(house, later)


@pytest.mark.rule("T-130", "G-031")
@given(moments, st.integers(0, 400))
def test_days_off_within_a_deadline_count_like_any_other_day(moment: datetime, days: int) -> None:
    office = House(week=(DayHours(True, 9 * 60, 17 * 60),) * 5 + (DayHours(False),) * 2)
    assert shifted(office, moment, days, "days") == moment + timedelta(days=days)
