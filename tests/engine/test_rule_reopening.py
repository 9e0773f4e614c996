"""Rules that reopen, what follows from that, and that every loop ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from stepwell.engine.completion import complete, reopen
from stepwell.engine.issues import report_task_issue
from stepwell.engine.kickoff import save_kickoff
from stepwell.engine.model import Change, DeadlineSource, Process, ProcessStatus, TaskStatus, Version
from stepwell.engine.rules import MOST_FIRINGS

from .builders import (
    BY_ADA,
    HOUSE,
    NOW,
    PEOPLE,
    THE_CLOCK,
    action,
    answering,
    completed,
    condition,
    form_field,
    hexed,
    identity,
    launched,
    reopened,
    rule,
    step,
    task,
    version,
)  # fmt: skip

DAYS = timedelta(days=1)


def again(target: str) -> dict[str, Any]:
    return action("reopen", target, "status")


def on(name: str, subject: str, *actions: dict[str, Any], operation: str = "completed") -> dict[str, Any]:
    return rule(name, [condition(subject, operation)], list(actions))


def steps(names: str, *rules: dict[str, Any], **more: dict[str, Any]) -> Version:
    return version(*(step(name, **more.get(name, {})) for name in names), automated_actions=list(rules))


def done(process: Process, name: str) -> Change:
    return complete(process, task(process, name).id, BY_ADA, NOW, HOUSE, PEOPLE)


def states(process: Process) -> str:
    """The names of the completed tasks."""
    return "".join(sorted(one.title for one in process.tasks.values() if one.completed))


@pytest.mark.rule("T-168", "P-356")
def test_a_completed_target_is_reopened_as_by_hand() -> None:
    of = version(
        step("a"),
        step("b", step_type="approval", captures=[form_field("f")], assignees=[1]),
        automated_actions=[on("r", "a", again("b"))],
    )
    process = completed(answering(launched(of), "b", f="x"), "b", is_approved=True)
    by_hand = reopened(process, "b")
    change = done(process, "a")
    assert task(change.process, "b") == task(by_hand, "b")
    assert task(change.process, "b").status is TaskStatus.IN_PROGRESS
    [event] = [event for event in change.events if event.verb == "re-opened"]
    assert event.why == {"automation_id": hexed("r"), "alias": "r"}


@pytest.mark.rule("T-168", "P-356")
def test_open_hidden_and_archived_targets_stay_as_they_are() -> None:
    of = steps("abcd", on("r", "a", again("b"), again("c"), again("d")), c={"hide_by_default": True})
    process = completed(launched(of), "d")
    process = process.having(replace(task(process, "d"), archived_at=NOW))
    change = done(process, "a")
    assert not [event for event in change.events if event.verb == "re-opened"]
    assert states(change.process) == "ad"
    assert identity("r") in change.process.fired


@pytest.mark.rule("P-356")
def test_the_task_that_triggered_a_rule_is_never_reopened_by_it() -> None:
    of = version(
        step("a", captures=[form_field("f")]),
        automated_actions=[rule("r", [condition("f", "equals", "x", "Capture")], [again("a")])],
    )
    assert task(completed(answering(launched(of), "a", f="x"), "a"), "a").completed


@pytest.mark.rule("P-356")
def test_not_even_by_way_of_another_task() -> None:
    of = steps("ab", on("r", "a", again("b")), on("s", "b", again("a"), operation="reopened"))
    process = completed(launched(of), "b")
    assert states(done(process, "a").process) == "a"


@pytest.mark.rule("T-168")
def test_a_complete_process_becomes_active_again() -> None:
    waits = rule("r", [condition("a", "reopened")], [again("b")])
    process = launched(steps("ab", waits))
    process = completed(completed(process, "a"), "b")
    assert process.status is ProcessStatus.COMPLETE
    process = reopened(process, "a")
    assert (process.status, process.completed_at, states(process)) == (ProcessStatus.ACTIVE, None, "")


@pytest.mark.rule("T-168", "P-358")
def test_an_expired_target_gets_a_new_deadline() -> None:
    of = steps("ab", on("r", "a", again("b")), b={"step_type": "expiring"})
    process = launched(of)
    process = complete(process, task(process, "b").id, THE_CLOCK, NOW, HOUSE, PEOPLE).process
    later = NOW + 30 * DAYS
    process = complete(process, task(process, "a").id, BY_ADA, later, HOUSE, PEOPLE).process
    assert (task(process, "b").deadline, task(process, "b").expired) == (later + 5 * DAYS, False)


@pytest.mark.rule("T-148", "P-394")
def test_a_reopening_by_a_rule_is_looked_at_after_the_pass() -> None:
    of = steps(
        "abcd",
        on("opens", "a", again("b")),
        on("notices", "b", action("hide", "c"), operation="reopened"),
        on("last", "a", action("hide", "d")),
    )
    change = done(completed(launched(of), "b"), "a")
    rows = [event.description for event in change.events if event.kind == "execution"]
    assert rows == ["Executed automation: opens", "Executed automation: last", "Executed automation: notices"]
    assert task(change.process, "c").status is TaskStatus.HIDDEN


@pytest.mark.rule("P-394")
def test_events_are_worked_off_first_in_first_out() -> None:
    of = steps(
        "abcde",
        on("opens", "a", again("c"), again("b")),
        on("of b", "b", action("hide", "d"), operation="reopened"),
        on("of c", "c", again("e"), operation="reopened"),
        on("of e", "e", action("hide", "d"), operation="reopened"),
    )
    process = completed(completed(completed(launched(of), "b"), "c"), "e")
    rows = [
        event.description.split(": ")[1] for event in done(process, "a").events if event.kind == "execution"
    ]
    assert rows == ["opens", "of c", "of b", "of e"]


LOOP = (
    on("a", "check", again("draft"), operation="rejected"),
    on("b", "draft", again("check")),
    on("c", "check", action("show", "publish"), operation="approved"),
)


@pytest.mark.rule("T-168", "T-149", "T-148", "P-355")
def test_scenario_s10_rejection_loop() -> None:
    of = version(
        step("draft", captures=[form_field("f")]),
        step("check", step_type="approval"),
        step("publish"),
        automated_actions=list(LOOP),
    )
    process = completed(answering(launched(of), "draft", f="x"), "draft")
    for _ in range(3):
        assert not task(process, "check").completed
        process = completed(process, "check", is_approved=False)
        assert task(process, "check").is_approved is False
        draft = task(process, "draft")
        assert (draft.status, dict(draft.values)) == (TaskStatus.IN_PROGRESS, {hexed("f"): "x"})
        process = completed(process, "draft")
        check = task(process, "check")
        assert (check.status, check.is_approved) == (TaskStatus.IN_PROGRESS, None)
        assert not task(process, "publish").visible
    process = completed(process, "check", is_approved=True)
    assert task(process, "publish").visible


@pytest.mark.rule("T-149")
def test_a_reopening_by_a_rule_arms_the_rules_on_that_step_and_its_fields() -> None:
    of = version(
        step("a"),
        step("b", captures=[form_field("f")]),
        step("c"),
        automated_actions=[
            on("opens", "a", again("b")),
            rule("reads", [condition("f", "is_empty", kind="Capture")], [action("hide", "c")]),
        ],
    )
    process = completed(launched(of), "b")
    assert process.fired == {identity("reads")}
    assert completed(process, "a").fired == {identity("opens")}


@pytest.mark.rule("T-155")
def test_a_reopened_task_is_not_completed_to_rules_until_it_is_again() -> None:
    both = [condition("a", "completed"), condition("x", "completed")]
    of = steps("axb", rule("r", both, [action("hide", "b")]))
    process = reopened(completed(launched(of), "a"), "a")
    process = completed(process, "x")
    assert task(process, "b").visible
    assert not task(completed(process, "a"), "b").visible


@pytest.mark.rule("T-168")
def test_a_changed_kick_off_answer_may_reopen_a_task() -> None:
    reopening = rule("r", [condition("k", "equals", "x", "Prerun")], [again("a")])
    of = version(step("a"), step("b"), prerun=[form_field("k")], automated_actions=[reopening])
    process = completed(launched(of), "a")
    change = save_kickoff(process, {"k": "x"}, NOW, HOUSE, PEOPLE)
    assert task(change.process, "a").reopened
    assert change.tasks == (task(change.process, "a"),)


@pytest.mark.rule("T-150")
def test_a_rule_fires_once_for_one_originating_event() -> None:
    of = steps(
        "abcd",
        on("opens", "a", again("b"), again("c")),
        rule("r", [condition("b", "reopened"), condition("c", "reopened", logic="or")], [again("d")]),
        on("back", "d", action("hide", "d"), operation="reopened"),
    )
    process = completed(completed(completed(launched(of), "b"), "c"), "d")
    change = done(process, "a")
    rows = [event.description for event in change.events if event.kind in ("execution", "Process")]
    assert rows == [
        "Executed automation: opens",
        "Executed automation: r",
        "automation loop stopped: r",
        "Executed automation: back",
    ]
    [stopped] = [event for event in change.events if event.description.startswith("automation loop")]
    assert (stopped.verb, stopped.kind, stopped.subject) == ("execution_fail", "Process", "process")
    assert (stopped.subject_id, stopped.why) == (
        change.process.id,
        {"automation_id": hexed("r"), "alias": "r"},
    )


@pytest.mark.rule("T-150")
def test_no_more_than_a_hundred_rules_fire_for_one_event() -> None:
    count = MOST_FIRINGS + 20
    of = version(step("a"), step("b"), automated_actions=[on(f"r{n}", "a", again("b")) for n in range(count)])
    change = done(launched(of), "a")
    verbs = [event.verb for event in change.events if event.kind == "execution"]
    assert verbs == ["executed"] * MOST_FIRINGS
    assert sum(event.description.startswith("automation loop stopped") for event in change.events) == 20
    assert len(change.process.fired) == MOST_FIRINGS


@pytest.mark.rule("T-168", "T-121")
def test_what_counts_back_from_a_reopened_task_s_deadline_follows() -> None:
    before_b = {"value": 1, "unit": "days", "option": "prior_to", "step": hexed("b")}
    of = steps("abc", on("r", "a", again("b")), b={"step_type": "expiring"}, c={"deadline": before_b})
    process = launched(of)
    process = complete(process, task(process, "b").id, THE_CLOCK, NOW, HOUSE, PEOPLE).process
    later = NOW + 30 * DAYS
    process = complete(process, task(process, "a").id, BY_ADA, later, HOUSE, PEOPLE).process
    assert task(process, "c").deadline == later + 4 * DAYS
    assert task(process, "c").deadline_source is DeadlineSource.STEP


@pytest.mark.rule("P-357")
def test_an_issue_that_reopens_runs_the_rules_that_wait_for_a_reopening() -> None:
    of = steps("ab", rule("r", [condition("a", "reopened")], [action("hide", "b")]))
    process = completed(launched(of), "a")
    said = identity("comment")
    process = report_task_issue(process, task(process, "a").id, said, NOW, HOUSE, PEOPLE).process
    assert not task(process, "b").visible


@pytest.mark.rule("T-169")
def test_a_webhook_is_sent_once_for_a_firing_and_its_address_stays_out_of_the_log() -> None:
    url = "https://hook.example/secret"
    hook = action("emit_webhook", "b", "webhook", webhook_url=url, alias_name="Tell the till")
    of = steps("ab", on("r", "a", action("hide", "b"), hook))
    change = done(launched(of), "a")
    [event] = [event for event in change.events if event.verb == "emitted"]
    assert (event.subject_id, event.field, event.new) == (
        task(change.process, "b").id,
        "webhook",
        "Tell the till",
    )
    assert event.why == {"automation_id": hexed("r"), "alias": "r", "action": 1}
    assert "secret" not in str(change.events)
    silent = reopen(change.process, task(change.process, "a").id, BY_ADA, NOW, HOUSE, PEOPLE)
    assert not [event for event in silent.events if event.verb == "emitted"]
    assert [event.verb for event in done(silent.process, "a").events].count("emitted") == 1


def test_a_webhook_without_an_address_is_none() -> None:
    of = steps("ab", on("r", "a", action("emit_webhook", "b", "webhook")))
    assert "emitted" not in [event.verb for event in done(launched(of), "a").events]
