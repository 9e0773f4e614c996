"""What the clock does by itself: expiring tasks end at their deadline, very old ones are closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from stepwell.engine.by_clock import close_forgotten, expire
from stepwell.engine.model import Change, Process, ProcessStatus, TaskStatus

from .builders import (
    HOUSE,
    NOW,
    PEOPLE,
    action,
    completed,
    condition,
    form_field,
    hexed,
    launched,
    reopened,
    step,
    task,
    version,
)
from .builders import rule as rule_of

DAY = timedelta(days=1)
DUE = NOW + 2 * DAY


def after(value: int, base: str | None = None) -> dict[str, Any]:
    anchor = hexed(base) if base else "start_run"
    return {"value": value, "unit": "days", "option": "from", "step": anchor}


def expired(process: Process, *names: str, at: datetime = DUE) -> Change:
    return expire(process, [task(process, name).id for name in names], at, HOUSE, PEOPLE)


def forgotten(process: Process, *names: str, at: datetime, months: int = 18) -> Change:
    return close_forgotten(process, [task(process, name).id for name in names], at, HOUSE, months)


def escalating(**more: Any) -> Process:
    """Work that has to be done, and a task that expires after two days and shows the one who looks after it."""
    shows = rule_of("late", [condition("e", "expired")], [action("show", "boss")])
    e = step("e", step_type="expiring", deadline=after(2), **more)
    return launched(version(step("a"), e, step("boss"), automated_actions=[shows]))


@pytest.mark.rule("T-088", "P-333")
def test_an_expiring_task_ends_at_its_deadline_and_not_before() -> None:
    process = escalating(captures=[form_field("f", required=True)])
    assert expired(process, "e", at=DUE - timedelta(seconds=1)).events == ()
    change = expired(process, "e")
    done = task(change.process, "e")
    assert (done.status, done.completed_at, done.is_approved, done.expired) == (
        TaskStatus.COMPLETED, DUE, False, True,
    )  # fmt: skip
    assert (done.completer_id, done.completer_guest) == (None, None)
    assert change.events[0].description == "Expired task: e"


@pytest.mark.rule("P-490")
def test_an_expired_task_sets_off_the_rules_that_wait_for_it() -> None:
    process = escalating()
    assert not task(process, "boss").visible
    assert task(expired(process, "e").process, "boss").visible
    assert not task(completed(process, "e"), "boss").visible, "somebody looked after it in time"


@pytest.mark.rule("P-334")
def test_an_open_issue_of_the_task_or_of_the_process_holds_the_clock_back() -> None:
    process = escalating()
    with_issue = process.having(replace(task(process, "e"), issues=1))
    for held in (with_issue, replace(process, issues=1), replace(process, archived_at=NOW)):
        change = expired(held, "e")
        assert (change.process, change.tasks, change.events) == (held, (), ())
    assert task(expired(with_issue.having(task(process, "e")), "e").process, "e").expired


@pytest.mark.rule("T-088")
@pytest.mark.parametrize("kind", ["task", "approval", "email"])
def test_other_types_never_expire(kind: str) -> None:
    process = launched(version(step("a", step_type=kind, deadline=after(2))))
    assert expired(process, "a").tasks == ()


@pytest.mark.rule("T-088")
def test_a_hidden_task_expires_only_once_it_is_shown() -> None:
    e = step("e", step_type="expiring", deadline=after(2), hide_by_default=True)
    shows = rule_of("r", [condition("a", "completed")], [action("show", "e")])
    process = launched(version(step("a"), e, automated_actions=[shows]))
    assert expired(process, "e").tasks == ()
    assert task(expired(completed(process, "a", at=DUE + DAY), "e", at=DUE + DAY).process, "e").expired


@pytest.mark.rule("P-481", "T-122")
def test_an_expiring_task_that_waits_for_another_step_never_expires_before_it() -> None:
    process = launched(version(step("a"), step("e", step_type="expiring", deadline=after(1, "a"))))
    assert task(process, "e").deadline is None
    assert expired(process, "e", at=NOW + 1000 * DAY).tasks == ()
    done = completed(process, "a", at=DUE)
    assert expired(done, "e", at=DUE).tasks == ()
    assert task(expired(done, "e", at=DUE + DAY).process, "e").expired


def test_what_the_rules_of_one_task_do_to_the_next_counts() -> None:
    """The second of two due tasks is hidden by a rule of the first, so it does not expire."""
    hides = rule_of("r", [condition("e1", "expired")], [action("hide", "e2")])
    steps = [step(name, step_type="expiring", deadline=after(2)) for name in ("e1", "e2")]
    process = launched(version(*steps, step("b"), automated_actions=[hides]))
    change = expired(process, "e1", "e2")
    assert task(change.process, "e1").expired
    assert task(change.process, "e2").status is TaskStatus.HIDDEN


def test_expiring_twice_changes_nothing_more() -> None:
    once = expired(escalating(), "e").process
    assert expired(once, "e", at=DUE + DAY).tasks == ()


@pytest.mark.rule("P-358")
def test_an_expired_task_that_is_reopened_does_not_end_again_at_once() -> None:
    again = reopened(expired(escalating(), "e").process, "e", at=DUE)
    assert expired(again, "e", at=DUE).tasks == ()
    assert task(again, "e").deadline == DUE + 5 * DAY


@pytest.mark.rule("P-336")
def test_an_auto_send_mail_is_sent_at_its_deadline() -> None:
    process = launched(version(step("m", step_type="expiring_email", deadline=after(2)), step("b")))
    change = expired(process, "m")
    assert task(change.process, "m").completed
    assert [(event.verb, event.new) for event in change.events] == [("completed", "sent")]


@pytest.mark.rule("P-492")
def test_a_task_overdue_by_too_many_months_is_closed_in_silence() -> None:
    shows = rule_of("r", [condition("a", "completed")], [action("show", "b")])
    a = step("a", step_type="approval", deadline=after(2), captures=[form_field("f", required=True)])
    process = launched(version(a, step("b"), step("c", deadline=after(1, "a")), automated_actions=[shows]))
    late = datetime(2027, 12, 12, 12, 0, tzinfo=DUE.tzinfo)
    assert forgotten(process, "a", at=late - timedelta(seconds=1)).tasks == ()
    change = forgotten(process, "a", at=late)
    done = task(change.process, "a")
    assert (done.status, done.completed_at, done.completer_id, done.is_approved) == (
        TaskStatus.COMPLETED, late, None, None,
    )  # fmt: skip
    assert not task(change.process, "b").visible, "no rule is run"
    assert task(change.process, "c").deadline == late + DAY, "what waited for it waits no longer"
    assert [event.kind for event in change.events] == ["Task", "Task"]
    closed, moved = change.events
    assert (closed.verb, closed.description, closed.new) == (
        "completed",
        "Closed as very old: a",
        "completed",
    )
    assert closed.why == {"event": "task_auto_completed", "months": 18}
    assert moved.why == {**closed.why, "task_id": task(process, "a").id.hex}


@pytest.mark.rule("P-492")
def test_the_last_very_old_task_completes_its_process_in_silence() -> None:
    process = launched(version(step("a", deadline=after(2))))
    change = forgotten(process, "a", at=DUE + 100 * DAY, months=2)
    assert change.process.status is ProcessStatus.COMPLETE
    assert [(event.kind, (event.why or {}).get("event")) for event in change.events] == [
        ("Task", "task_auto_completed"), ("Process", "task_auto_completed"),
    ]  # fmt: skip


@pytest.mark.rule("P-492")
def test_what_an_issue_freezes_or_has_no_deadline_is_not_closed_as_very_old() -> None:
    process = launched(version(step("a", deadline=after(2)), step("b", deadline=after(1, "a"))))
    frozen = process.having(replace(task(process, "a"), issues=1))
    for held in (frozen, replace(process, issues=1), replace(process, archived_at=NOW)):
        assert forgotten(held, "a", "b", at=DUE + 1000 * DAY).tasks == ()
