"""Rules that set deadlines: from where they count, and that shifting does not add up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from stepwell.engine.completion import complete, move_deadline
from stepwell.engine.kickoff import save_kickoff
from stepwell.engine.model import Change, DayHours, DeadlineSource, House, Process, TaskStatus, Version

from .builders import (
    BY_ADA,
    HOUSE,
    NOW,
    PEOPLE,
    action,
    answering,
    completed,
    condition,
    form_field,
    hexed,
    launched,
    reopened,
    rule,
    step,
    task,
    version,
)  # fmt: skip

A_DONE = [condition("a", "completed")]
NEW_YORK = ZoneInfo("America/New_York")
OFFICE = House(
    zone=NEW_YORK, week=(DayHours(True, 9 * 60, 17 * 60),) * 5 + (DayHours(working=False),) * 2
)  # fmt: skip
DAYS = timedelta(days=1)


def moving(
    target: str, value: int, option: str = "from", unit: str = "days", source: str = "", kind: str = "Capture"
) -> dict[str, Any]:
    more = {"actionable_id": hexed(source), "actionable_type": kind} if source else {}
    span = {"value": value, "unit": unit, "option": option}
    return action("deadline", target, "deadline", deadline=span, **more)


def due(days: int, option: str = "from", base: str = "") -> dict[str, Any]:
    return {"value": days, "unit": "days", "option": option, "step": hexed(base) if base else "start_run"}


def doing(*actions: dict[str, Any], **b: Any) -> Version:
    """A template whose rule does this when `a`, which asks for the date `f`, is completed; `b` is due in 5 days."""
    return version(
        step("a", captures=[form_field("f", "date"), form_field("t", "date", collect_time=True)]),
        step("b", **{"deadline": due(5), **b}),
        step("c", deadline=due(3)),
        automated_actions=[rule("r", A_DONE, list(actions))],
    )


def done(process: Process, name: str = "a", at: datetime = NOW, house: House = HOUSE) -> Change:
    return complete(process, task(process, name).id, BY_ADA, at, house, PEOPLE)


def deadline_of_b(process: Process) -> datetime | None:
    return task(process, "b").deadline


@pytest.mark.rule("T-165")
def test_without_a_base_the_deadline_that_the_target_has_is_shifted() -> None:
    process = done(launched(doing(moving("b", 2), moving("c", 1, "before")))).process
    assert (task(process, "b").deadline, task(process, "c").deadline) == (NOW + 7 * DAYS, NOW + 2 * DAYS)
    assert task(process, "b").deadline_source is DeadlineSource.RULE


@pytest.mark.rule("T-165")
def test_a_target_without_a_deadline_counts_from_the_firing() -> None:
    of = doing(moving("b", 2), deadline=due(1, base="c"))
    later = NOW + 3 * DAYS
    process = done(launched(of), at=later).process
    assert deadline_of_b(process) == later + 2 * DAYS


@pytest.mark.rule("T-165")
def test_another_step_s_deadline_is_a_base() -> None:
    process = done(launched(doing(moving("b", 2, "before", source="c", kind="Step")))).process
    assert deadline_of_b(process) == NOW + 1 * DAYS


@pytest.mark.rule("T-165", "P-486")
def test_a_date_field_is_a_base() -> None:
    of = doing(moving("b", 2, "before", source="f"), moving("c", 1, source="t"))
    process = answering(launched(of), "a", f="2026-07-10", t="2026-07-10T15:30:00Z")
    process = done(process).process
    assert deadline_of_b(process) == datetime(2026, 7, 8, tzinfo=UTC)
    assert task(process, "c").deadline == datetime(2026, 7, 11, 15, 30, tzinfo=UTC)


@pytest.mark.rule("T-165")
@pytest.mark.parametrize("source", ["f", "c", "gone"])
def test_a_missing_base_skips_the_action_in_silence(source: str) -> None:
    kind = "Step" if source == "c" else "Capture"
    of = version(
        step("a", captures=[form_field("f", "date")]),
        step("b", deadline=due(5)),
        step("c", deadline=due(1, base="d")),
        step("d"),
        automated_actions=[rule("r", A_DONE, [moving("b", 2, source=source, kind=kind)])],
    )
    change = done(launched(of))
    assert deadline_of_b(change.process) == NOW + 5 * DAYS
    assert task(change.process, "b").deadline_source is DeadlineSource.STEP
    assert not [event for event in change.events if event.field == "refused"]


@pytest.mark.rule("T-165")
def test_only_a_date_field_is_a_base() -> None:
    of = version(
        step("a", captures=[form_field("f")]),
        step("b", deadline=due(5)),
        automated_actions=[rule("r", A_DONE, [moving("b", 2, source="f")])],
    )
    process = done(answering(launched(of), "a", f="2026-07-10")).process
    assert deadline_of_b(process) == NOW + 5 * DAYS


@pytest.mark.rule("T-165", "P-392")
def test_completed_and_archived_targets_keep_their_deadline_and_hidden_ones_do_not() -> None:
    of = doing(moving("b", 2), moving("c", 2))
    finished = completed(launched(of), "b")
    assert deadline_of_b(done(finished).process) == NOW + 5 * DAYS
    process = launched(of)
    process = process.having(
        replace(task(process, "b"), archived_at=NOW), replace(task(process, "c"), status=TaskStatus.HIDDEN)
    )
    process = done(process).process
    assert (task(process, "b").deadline, task(process, "c").deadline) == (NOW + 5 * DAYS, NOW + 5 * DAYS)


@pytest.mark.rule("T-165", "T-129")
def test_the_result_is_moved_to_working_time() -> None:
    friday = datetime(2026, 3, 6, 10, 0, tzinfo=NEW_YORK)
    process = launched(doing(moving("b", 3, source="c", kind="Step")), at=friday, house=OFFICE)
    assert task(process, "c").deadline == datetime(2026, 3, 9, 10, 0, tzinfo=NEW_YORK)
    process = done(process, house=OFFICE).process
    assert deadline_of_b(process) == datetime(2026, 3, 12, 10, 0, tzinfo=NEW_YORK)
    weekend = doing(moving("b", 5, source="c", kind="Step"))
    process = done(launched(weekend, at=friday, house=OFFICE), house=OFFICE).process
    assert deadline_of_b(process) == datetime(2026, 3, 16, 9, 0, tzinfo=NEW_YORK)


def test_a_deadline_beyond_the_calendar_is_left_out() -> None:
    process = done(launched(doing(moving("b", 120_000, unit="months"), moving("c", 1)))).process
    assert (task(process, "b").deadline, task(process, "c").deadline) == (NOW + 5 * DAYS, NOW + 4 * DAYS)


@pytest.mark.rule("T-124", "P-485")
def test_a_deadline_that_a_rule_set_is_not_counted_from_its_base_again() -> None:
    of = doing(moving("b", 2), deadline=due(1, base="c"))
    process = done(launched(of)).process
    process = completed(process, "c", at=NOW + 9 * DAYS)
    assert deadline_of_b(process) == NOW + 2 * DAYS


@pytest.mark.rule("T-121", "P-483")
def test_what_counts_back_from_a_deadline_follows_the_rule_and_the_log_says_why() -> None:
    of = version(
        step("a"),
        step("b", deadline=due(5)),
        step("c", deadline=due(1, "prior_to", "b")),
        automated_actions=[rule("r", A_DONE, [moving("b", 2)])],
    )
    change = done(launched(of))
    assert task(change.process, "c").deadline == NOW + 6 * DAYS
    told = {event.subject_id: event for event in change.events if event.field == "deadline"}
    moved, followed = (told[task(change.process, name).id] for name in "bc")
    assert (moved.old, moved.new) == ("2026-06-15T12:00:00Z", "2026-06-17T12:00:00Z")
    assert moved.why == {"automation_id": hexed("r"), "alias": "r"}
    assert followed.why == {
        "automation_id": hexed("r"),
        "alias": "r",
        "task_id": task(change.process, "b").id.hex,
    }


@pytest.mark.rule("T-137")
def test_the_step_that_triggers_may_be_the_target() -> None:
    again = rule("r", [condition("a", "reopened")], [moving("a", 1)])
    process = launched(version(step("a", deadline=due(5)), automated_actions=[again]))
    process = reopened(completed(process, "a"), "a")
    assert task(process, "a").deadline == NOW + 6 * DAYS


LOOP_RULES = [
    rule("a", [condition("check", "rejected")], [action("reopen", "draft", "status"), moving("b", 2)]),
    rule("b", [condition("draft", "completed")], [action("reopen", "check", "status")]),
]


def loop(base: dict[str, Any]) -> Version:
    """A rejection loop that moves the deadline of `b`."""
    steps = (step("draft"), step("check", step_type="approval"), step("b", deadline=base), step("x"))
    return version(*steps, automated_actions=LOOP_RULES)


def rejected(process: Process, at: datetime = NOW, house: House = HOUSE) -> Process:
    if not task(process, "draft").completed:
        process = done(process, "draft", at, house).process
    check = task(process, "check").id
    return complete(process, check, BY_ADA, at, house, PEOPLE, is_approved=False).process


@pytest.mark.rule("T-166")
def test_scenario_s22_shifting_does_not_accumulate() -> None:
    launch = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
    house = House(zone=NEW_YORK)
    process = launched(loop(due(5)), at=launch, house=house)
    assert deadline_of_b(process) == datetime(2026, 3, 9, 10, 0, tzinfo=NEW_YORK)
    twice = rejected(rejected(process, house=house), house=house)
    assert deadline_of_b(twice) == datetime(2026, 3, 11, 10, 0, tzinfo=NEW_YORK)
    by_hand = datetime(2026, 3, 12, 10, 0, tzinfo=NEW_YORK)
    moved = move_deadline(twice, task(twice, "b").id, by_hand, NOW, house).process
    for _ in range(3):
        moved = rejected(moved, house=house)
        assert deadline_of_b(moved) == datetime(2026, 3, 14, 10, 0, tzinfo=NEW_YORK)


@pytest.mark.rule("T-167")
def test_a_date_alone_is_its_first_minute_where_the_organization_is() -> None:
    house = House(zone=NEW_YORK)
    process = answering(launched(doing(moving("b", 2, "before", source="f"))), "a", f="2026-07-10")
    process = done(process, house=house).process
    assert deadline_of_b(process) == datetime(2026, 7, 8, tzinfo=NEW_YORK)


@pytest.mark.rule("T-166")
def test_each_rule_shifts_from_what_it_found_first() -> None:
    of = version(
        step("a"),
        step("b", deadline=due(5)),
        step("x"),
        automated_actions=[
            rule("r", A_DONE, [moving("b", 2)]),
            rule("s", [condition("x", "completed")], [moving("b", 10)]),
        ],
    )
    process = completed(completed(launched(of), "a"), "x")
    assert deadline_of_b(process) == NOW + 17 * DAYS
    for hour, (name, days) in enumerate([("a", 7), ("x", 17)] * 2, start=1):
        process = completed(reopened(process, name), name, at=NOW + timedelta(hours=hour))
        assert deadline_of_b(process) == NOW + days * DAYS


@pytest.mark.rule("T-166")
def test_a_target_that_had_no_deadline_counts_from_each_firing() -> None:
    process = rejected(launched(loop(due(1, base="x"))))
    assert deadline_of_b(process) == NOW + 2 * DAYS
    assert deadline_of_b(rejected(process, NOW + 4 * DAYS)) == NOW + 6 * DAYS


@pytest.mark.rule("T-166", "P-486")
def test_a_date_that_was_changed_counts_when_the_rule_fires_again() -> None:
    of = doing(moving("b", 1, source="f"))
    process = done(answering(launched(of), "a", f="2026-07-10")).process
    process = done(answering(reopened(process, "a"), "a", f="2026-08-10")).process
    assert deadline_of_b(process) == datetime(2026, 8, 11, tzinfo=UTC)


@pytest.mark.rule("T-165", "T-167", "T-083", "T-129", "P-486")
@pytest.mark.parametrize("event", ["2026-06-10", "2026-06-10T00:00:00.000Z"])
def test_scenario_s21_countdown_from_a_date(event: str) -> None:
    of = version(
        step("X"),
        step("Y"),
        prerun=[form_field("event", "date")],
        automated_actions=[
            rule("r", [condition("event", "is_not_empty", kind="Prerun")],
                 [moving("X", 2, "before", source="event", kind="Prerun"),
                  moving("Y", 3, "before", "weeks", source="event", kind="Prerun")])
        ],
    )  # fmt: skip
    launch = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
    process = launched(of, {"event": event}, at=launch, house=OFFICE)
    assert task(process, "X").deadline == datetime(2026, 6, 8, 13, 0, tzinfo=UTC)
    assert task(process, "Y").deadline == datetime(2026, 5, 20, 13, 0, tzinfo=UTC)
    again = save_kickoff(process, {"event": "2026-06-09"}, NOW, OFFICE, PEOPLE)
    assert task(again.process, "X").deadline == datetime(2026, 6, 8, 13, 0, tzinfo=UTC)
    assert task(again.process, "Y").deadline == datetime(2026, 5, 19, 13, 0, tzinfo=UTC)
    blank = launched(of, at=launch, house=OFFICE)
    default = datetime(2026, 3, 9, 10, 0, tzinfo=NEW_YORK)
    assert (task(blank, "X").deadline, task(blank, "X").deadline_source) == (default, DeadlineSource.DEFAULT)
