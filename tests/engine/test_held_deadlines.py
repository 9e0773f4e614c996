"""Deadlines of steps: what they count from, which of them wait, and that they are computed once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepwell.engine import hand
from stepwell.engine.calendar import shifted
from stepwell.engine.completion import BOT, complete
from stepwell.engine.deadlines import tasks_by_step
from stepwell.engine.model import DayHours, DeadlineSource, House, Process, Span, StepDeadline
from stepwell.engine.progress import counts

from .builders import HOUSE, NOW, PEOPLE, completed, hexed, launched, step, task, version

DAY = timedelta(days=1)
WEEKDAYS = House(week=(DayHours(True, 9 * 60, 17 * 60),) * 5 + (DayHours(False),) * 2)
UNITS = ["minutes", "hours", "days", "weeks", "months"]
AFTER = {
    "minutes": "2026-06-10T12:02", "hours": "2026-06-10T14:00", "days": "2026-06-12T12:00", "weeks": "2026-06-24T12:00",
    "months": "2026-08-10T12:00",
}  # fmt: skip
BEFORE_THE_TENTH_OF_JULY = {
    "minutes": "2026-07-10T11:58", "hours": "2026-07-10T10:00", "days": "2026-07-08T12:00", "weeks": "2026-06-26T12:00",
    "months": "2026-05-10T12:00",
}  # fmt: skip


def due(value: int, unit: str, option: str, base: str | None = None) -> dict[str, Any]:
    anchor = hexed(base) if base else "start_run"
    return {"deadline": {"value": value, "unit": unit, "option": option, "step": anchor}}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.rule("P-472", "T-121")
@pytest.mark.parametrize("unit", UNITS)
def test_a_deadline_counts_from_launch_from_a_completion_or_back_from_a_deadline(unit: str) -> None:
    of = version(
        step("launch", **due(2, unit, "from")),
        step("base", **due(1, "months", "from")),
        step("completion", **due(2, unit, "from", "base")),
        step("back", **due(2, unit, "prior_to", "base")),
    )
    process = launched(of)
    assert task(process, "launch").deadline == at(AFTER[unit])
    assert task(process, "base").deadline == at("2026-07-10T12:00")
    assert task(process, "back").deadline == at(BEFORE_THE_TENTH_OF_JULY[unit])
    later = NOW + timedelta(days=3)
    dated = completed(process, "base", at=later)
    assert task(dated, "completion").deadline == shifted(HOUSE, later, 2, unit)
    assert task(dated, "back").deadline == at(BEFORE_THE_TENTH_OF_JULY[unit])


@pytest.mark.rule("P-473", "G-029")
def test_what_was_computed_is_moved_to_working_time_in_the_end_and_forward_only() -> None:
    of = version(
        step("saturday", **due(3, "days", "from")),  # launched on a Wednesday at noon
        step("monday", **due(5, "days", "from")),
        step("saturday too", **due(2, "days", "prior_to", "monday")),
    )
    process = launched(of, house=WEEKDAYS)
    assert task(process, "saturday").deadline == at("2026-06-15T09:00")
    assert task(process, "monday").deadline == at("2026-06-15T12:00")
    assert task(process, "saturday too").deadline == at("2026-06-15T09:00")


@pytest.mark.rule("P-474", "T-125")
@pytest.mark.parametrize(
    ("default", "expected"),
    [(Span(5, "days"), "2026-06-15T12:00"), (Span(30, "minutes"), "2026-06-10T12:30"),
     (Span(1, "hours"), "2026-06-10T13:00"), (Span(1, "months"), "2026-07-10T12:00")],
)  # fmt: skip
def test_a_step_without_a_deadline_gets_the_default_of_the_organization(default: Span, expected: str) -> None:
    found = task(launched(version(step("a")), house=House(default_deadline=default)), "a")
    assert (found.deadline, found.deadline_source) == (at(expected), DeadlineSource.DEFAULT)


@pytest.mark.rule("P-480", "T-122")
def test_a_held_task_has_no_deadline_is_never_late_and_may_be_completed_early() -> None:
    of = version(
        step("base", **due(30, "days", "from")),
        step("held", **due(1, "minutes", "from", "base")),
        step("early", **due(1, "minutes", "from", "base")),
    )
    process = launched(of)
    assert (task(process, "base").has_dependents, task(process, "held").has_dependents) == (True, False)
    assert (task(process, "held").deadline, task(process, "held").open) == (None, True)
    assert counts(process).open_deadlines == (NOW + 30 * DAY,)
    assert counts(process).latest == NOW + 30 * DAY
    early = completed(process, "early", at=NOW + 9 * DAY)
    assert (task(early, "early").completed, counts(early).late) == (True, 0)
    dated = completed(early, "base", at=NOW + 10 * DAY)
    assert task(dated, "held").deadline == NOW + 10 * DAY + timedelta(minutes=1)
    assert task(dated, "early").deadline is None


@pytest.mark.rule("P-480", "P-482", "T-123")
def test_a_hidden_base_holds_its_dependents_until_it_is_shown_and_completed() -> None:
    of = version(
        step("base", hide_by_default=True), step("held", **due(2, "days", "from", "base")), step("other")
    )
    process = completed(launched(of), "other", at=NOW + DAY)
    assert task(process, "held").deadline is None
    shown = hand.show(process, task(process, "base").id, NOW + 2 * DAY, HOUSE).process
    assert task(shown, "held").deadline is None
    assert task(completed(shown, "base", at=NOW + 3 * DAY), "held").deadline == NOW + 5 * DAY


@pytest.mark.rule("P-481", "T-122")
def test_an_expiring_step_that_counts_from_an_unfinished_one_has_nothing_to_expire_by() -> None:
    of = version(step("base"), step("ends", step_type="expiring", **due(1, "days", "from", "base")))
    process = launched(of)
    assert task(process, "ends").deadline is None
    assert task(process, "ends").deadline not in counts(process).open_deadlines
    ends = task(completed(process, "base", at=NOW + 9 * DAY), "ends")
    assert (ends.deadline, ends.completed) == (NOW + 10 * DAY, False)


@pytest.mark.rule("P-484")
def test_the_clock_that_closes_a_base_dates_its_dependents_like_a_person() -> None:
    of = version(
        step("base", step_type="expiring", **due(1, "days", "from")),
        step("held", **due(2, "days", "from", "base")),
    )
    process = launched(of)
    closed = complete(process, task(process, "base").id, BOT, NOW + DAY, HOUSE, PEOPLE).process
    assert task(closed, "held").deadline == NOW + 3 * DAY


@pytest.mark.rule("T-127", "P-365")
def test_a_task_shown_late_keeps_the_deadline_that_counts_from_the_launch() -> None:
    process = launched(version(step("late", hide_by_default=True, **due(1, "days", "from")), step("other")))
    later = NOW + 9 * DAY
    shown = task(hand.show(process, task(process, "late").id, later, HOUSE).process, "late")
    assert (shown.deadline, shown.shown_at) == (NOW + DAY, later)
    assert task(process, "late").shown_at is None


# Any template: every step counts from the launch, or from or back from an earlier or later one.
anchors = st.sampled_from(["start_run", *map(hexed, "abcde")])
rules = st.none() | st.builds(
    lambda value, unit, option, base: {"value": value, "unit": unit, "option": option, "step": base},
    st.integers(0, 90), st.sampled_from(UNITS), st.sampled_from(["from", "prior_to"]), anchors,
)  # fmt: skip
templates = st.tuples(*[rules] * 5).map(
    lambda rules: version(*(step(name, deadline=rule) for name, rule in zip("abcde", rules, strict=True)))
)
orders = st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 5000)), unique_by=lambda one: one[0])


def walk(process: Process, order: list[tuple[str, int]]) -> list[Process]:
    """The process after each completion; hours pass in between."""
    states, now = [process], NOW
    for name, minutes in order:
        now += timedelta(minutes=minutes)
        states.append(completed(states[-1], name, at=now))
    return states


def waits(process: Process, rule: StepDeadline | None, seen: frozenset[object] = frozenset()) -> bool:
    """Whether a deadline cannot be known yet: its base is open, or has none itself, or waits for itself."""
    if rule is None or rule.anchor is None:
        return False
    if process.version is None or rule.anchor in seen:
        return True
    base = tasks_by_step(process)[rule.anchor]
    if rule.option == "from":
        return not base.completed
    return base.deadline is None


@given(templates, orders)
def test_exactly_those_are_held_whose_base_is_unfinished_or_held(
    of: Any, order: list[tuple[str, int]]
) -> None:
    for process in walk(launched(of), order):
        for one in process.tasks.values():
            assert one.step_id is not None
            rule = of.step_by_id[one.step_id].deadline
            if not one.completed:
                assert (one.deadline is None) == waits(process, rule), one.title


@given(templates, orders)
def test_no_completion_moves_the_deadline_of_what_does_not_count_from_it(
    of: Any, order: list[tuple[str, int]]
) -> None:
    states = walk(launched(of), order)
    for before, after in pairwise(states):
        for task_id, one in before.tasks.items():
            if one.deadline != after.tasks[task_id].deadline:
                assert one.deadline is None, "a deadline that was known moved although nothing was reopened"
                assert not one.completed
