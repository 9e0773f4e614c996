from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from stepwell.engine.completion import move_deadline
from stepwell.engine.deadlines import release_dependents
from stepwell.engine.launch import StepLaunch
from stepwell.engine.model import DayHours, DeadlineSource, House, Process

from .builders import (
    HOUSE,
    NOW,
    action,
    completed,
    condition,
    hexed,
    launched,
    reopened,
    rule,
    step,
    task,
    version,
)

DAY = timedelta(days=1)


def due(value: int, unit: str, option: str, base: str | None = None) -> dict[str, Any]:
    anchor = hexed(base) if base else "start_run"
    return {"deadline": {"value": value, "unit": unit, "option": option, "step": anchor}}


def deadlines(process: Process) -> list[datetime | None]:
    return [one.deadline for one in process.tasks.values()]


@pytest.mark.rule("T-121")
def test_a_deadline_counts_from_launch_and_never_before_it() -> None:
    of = version(step("a", **due(3, "day", "after")), step("b", **due(3, "days", "prior_to")))
    assert deadlines(launched(of)) == [NOW + 3 * DAY, NOW]


@pytest.mark.rule("T-121")
def test_a_deadline_before_a_later_step_follows_that_step() -> None:
    of = version(
        step("a", **due(1, "days", "before", "b")), step("b", **due(1, "days", "before", "c")), step("c")
    )
    process = launched(of)
    assert deadlines(process) == [NOW + 3 * DAY, NOW + 4 * DAY, NOW + 5 * DAY]
    change = move_deadline(process, task(process, "c").id, NOW + 9 * DAY, NOW, HOUSE)
    assert deadlines(change.process) == [NOW + 7 * DAY, NOW + 8 * DAY, NOW + 9 * DAY]
    assert [event.field for event in change.events] == ["deadline"] * 3


@pytest.mark.rule("P-484")
def test_a_held_deadline_starts_with_the_completion_of_its_base_and_what_counts_back_from_it_too() -> None:
    of = version(
        step("a"), step("b", **due(2, "days", "from", "a")), step("c", **due(1, "days", "prior_to", "b"))
    )
    process = launched(of)
    assert deadlines(process)[1:] == [None, None]
    assert task(process, "a").has_dependents
    later = NOW + timedelta(hours=5)
    assert deadlines(completed(process, "a", at=later))[1:] == [later + 2 * DAY, later + DAY]


@pytest.mark.rule("T-123")
def test_a_reopened_base_keeps_the_deadline_and_its_next_completion_moves_it() -> None:
    of = version(step("a"), step("b", **due(2, "days", "from", "a")))
    again = reopened(completed(launched(of), "a"), "a")
    assert deadlines(again)[1] == NOW + 2 * DAY
    assert deadlines(completed(again, "a", at=NOW + DAY))[1] == NOW + 3 * DAY


@pytest.mark.rule("T-124")
@pytest.mark.parametrize("source", [DeadlineSource.HAND, DeadlineSource.RULE])
def test_a_deadline_set_by_hand_or_rule_is_never_computed_again(source: DeadlineSource) -> None:
    process = launched(version(step("a"), step("b", **due(2, "days", "from", "a"))))
    fixed = replace(task(process, "b"), deadline=NOW, deadline_source=source)
    assert task(completed(process.having(fixed), "a"), "b") == fixed


@pytest.mark.rule("T-124")
def test_a_completed_task_keeps_its_deadline() -> None:
    process = completed(launched(version(step("a"), step("b", **due(2, "days", "from", "a")))), "b")
    assert task(completed(process, "a"), "b").deadline is None


@pytest.mark.rule("T-128")
def test_a_deadline_of_the_launch_is_moved_to_working_time_and_stays() -> None:
    weekdays = House(week=(DayHours(),) * 5 + (DayHours(False),) * 2)
    saturday = datetime(2026, 6, 13, 12, tzinfo=UTC)
    process = launched(
        version(step("a")), house=weekdays, a=StepLaunch(deadline=saturday, starts_at=saturday)
    )
    monday = datetime(2026, 6, 15, 9, tzinfo=UTC)
    found = task(process, "a")
    assert (found.deadline, found.starts_at, found.deadline_source) == (monday, monday, DeadlineSource.HAND)


@pytest.mark.rule("P-482")
def test_a_base_that_is_left_out_or_archived_gives_the_default() -> None:
    of = version(step("a"), step("b", **due(2, "hours", "from", "a")))
    left_out = launched(of, a=StepLaunch(removed=True))
    assert deadlines(left_out) == [NOW + 5 * DAY]
    process = launched(of)
    released = release_dependents(process, task(process, "a"), NOW + DAY, HOUSE)
    assert deadlines(released)[1] == NOW + 6 * DAY
    assert (
        task(released, "b").deadline_source is task(left_out, "b").deadline_source is DeadlineSource.DEFAULT
    )


def test_deadlines_that_were_stored_in_a_circle_stay_held() -> None:
    of = version(
        step("a", **due(1, "days", "prior_to", "b")),
        step("b", **due(1, "days", "prior_to", "a")),
        step("c", **due(1, "days", "prior_to", "c")),
    )
    process = launched(of)
    assert deadlines(process) == [None, None, None]
    assert completed(process, "a").tasks


def test_a_long_chain_of_deadlines_is_dated() -> None:
    names = [f"s{number}" for number in range(2000)]
    chained = [step(a, **due(1, "minutes", "prior_to", b)) for a, b in pairwise(names)]
    process = launched(version(*chained, step(names[-1])))
    assert None not in deadlines(process)


@pytest.mark.rule("T-122")
def test_a_deadline_that_waits_for_another_step_is_none_whatever_else_happens() -> None:
    of = version(
        step("a"),
        step("b", step_type="expiring", **due(0, "days", "from", "a")),
        step("c", hide_by_default=True),
    )
    process = launched(of)
    waiting = task(process, "b")
    assert (waiting.deadline, waiting.visible) == (None, True)
    assert task(process, "a").has_dependents
    assert not task(process, "c").has_dependents
    early = completed(process, "b")
    assert task(early, "b").completed
    assert task(completed(early, "a"), "b").deadline is None


@pytest.mark.rule("T-127")
def test_a_task_that_is_shown_late_keeps_the_deadline_counted_from_the_launch() -> None:
    shows = rule("r", [condition("a", "completed")], [action("show", "b")])
    of = version(
        step("a"), step("b", hide_by_default=True, **due(2, "days", "from")), automated_actions=[shows]
    )
    late = completed(launched(of), "a", at=NOW + 5 * DAY)
    assert task(late, "b").visible
    assert task(late, "b").deadline == NOW + 2 * DAY


@pytest.mark.rule("T-130")
@pytest.mark.parametrize(("days", "due_on"), [(1, 11), (2, 12), (3, 15), (4, 15), (5, 15), (6, 16)])
def test_days_are_calendar_days_also_where_only_some_are_working_days(days: int, due_on: int) -> None:
    """Launched on Wednesday, June 10: three days later is a Saturday, which is moved to Monday and not counted on."""
    week = (DayHours(),) * 5 + (DayHours(working=False),) * 2
    of = version(step("a", **due(days, "days", "from")))
    (found,) = deadlines(launched(of, house=House(week=week)))
    assert found is not None
    assert (found.month, found.day) == (6, due_on)
