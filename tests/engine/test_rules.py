from __future__ import annotations

from typing import Any

import pytest

from stepwell.engine import hand
from stepwell.engine.completion import complete, save_answers
from stepwell.engine.executions import LONGEST_VALUE
from stepwell.engine.model import Process, ProcessStatus, TaskStatus
from stepwell.engine.rules import KickoffChanged, Launched, TaskCompleted, evaluate_rules

from .builders import (
    ADA,
    BY_ADA,
    HOUSE,
    NOW,
    PEOPLE,
    action,
    answering,
    completed,
    condition,
    form_field,
    identity,
    launched,
    launched_change,
    reopened,
    rule,
    step,
    task,
    version,
)


def visible(process: Process) -> str:
    return "".join(sorted(one.title for one in process.tasks.values() if one.visible))


def three(*rules: dict[str, Any], **more: Any) -> Any:
    return version(step("a"), step("b"), step("c"), automated_actions=list(rules), **more)


A_DONE = [condition("a", "completed")]


@pytest.mark.rule("T-146")
def test_a_completion_runs_the_rules_on_the_step_and_on_its_fields() -> None:
    of = version(
        step("a", captures=[form_field("f")]),
        step("b"),
        step("c"),
        automated_actions=[
            rule("on step", A_DONE, [action("show", "b")]),
            rule("on field", [condition("f", "equals", "x", "Capture")], [action("show", "c")]),
        ],
    )
    process = launched(of)
    assert visible(process) == "a"
    assert visible(completed(process, "a")) == "ab"
    assert visible(completed(answering(process, "a", f="x"), "a")) == "abc"


@pytest.mark.rule("T-147")
def test_saving_an_answer_triggers_no_rule() -> None:
    shows = rule("r", [condition("f", "equals", "x", "Capture")], [action("show", "b")])
    process = launched(version(step("a", captures=[form_field("f")]), step("b"), automated_actions=[shows]))
    change = save_answers(process, task(process, "a").id, {"f": "x"}, NOW, PEOPLE)
    assert visible(change.process) == "a"
    assert [event.field for event in change.events] == ["f"]


@pytest.mark.rule("T-146")
def test_a_launch_runs_rules_on_the_kickoff_form_and_on_nobody_assigned() -> None:
    of = three(
        rule("k", [condition("k", "equals", "x", "Prerun")], [action("show", "b")]),
        rule("n", [condition("a", "not_assigned")], [action("hide", "c")]),
        prerun=[form_field("k")],
    )
    assert visible(launched(of, {"k": "x"})) == "ab"
    assert visible(launched(of)) == "a"


@pytest.mark.rule("T-154")
def test_of_two_rules_that_disagree_the_later_wins() -> None:
    hides, shows = rule("h", A_DONE, [action("hide", "b")]), rule("s", A_DONE, [action("show", "b")])
    assert visible(completed(launched(three(hides, shows)), "a")) == "abc"
    assert visible(completed(launched(three(shows, hides)), "a")) == "ac"


@pytest.mark.rule("T-148")
def test_a_later_rule_sees_what_an_earlier_one_did() -> None:
    both = [condition("a", "completed"), condition("b", "not_assigned")]
    of = three(rule("r", A_DONE, [action("show", "b")]), rule("s", both, [action("hide", "c")]))
    assert visible(completed(launched(of), "a")) == "ab"


@pytest.mark.rule("T-153")
def test_what_a_rule_did_stays_when_its_condition_turns_false() -> None:
    process = completed(launched(three(rule("r", A_DONE, [action("show", "b")]))), "a")
    assert visible(reopened(process, "a")) == "abc"


@pytest.mark.rule("T-149")
def test_a_rule_fires_once_and_again_after_a_reopening() -> None:
    of = three(
        rule(
            "r", [condition("a", "completed"), condition("c", "completed", logic="or")], [action("hide", "b")]
        )
    )
    process = completed(launched(of), "a")
    assert process.fired == {identity("r")}
    again = completed(process, "c")
    assert not [event for event in complete_events(process, "c") if event == "execution"]
    armed = reopened(again, "a")
    assert armed.fired == frozenset()
    assert completed(armed, "a").fired == {identity("r")}


def complete_events(process: Process, name: str) -> list[str]:
    change = complete(process, task(process, name).id, BY_ADA, NOW, HOUSE, PEOPLE)
    return [event.kind for event in change.events]


@pytest.mark.rule("T-149")
def test_a_changed_kickoff_answer_arms_its_rules_again() -> None:
    of = three(
        rule("r", [condition("k", "is_not_empty", None, "Prerun")], [action("show", "b")]),
        prerun=[form_field("k")],
    )
    process = launched(of, {"k": "x"})
    assert evaluate_rules(process, KickoffChanged(frozenset()), NOW, HOUSE, PEOPLE)[1] == ()
    _, events = evaluate_rules(process, KickoffChanged(frozenset({identity("k")})), NOW, HOUSE, PEOPLE)
    assert [event.verb for event in events] == ["executed"]


@pytest.mark.rule("T-151")
def test_each_evaluation_is_one_row_that_explains_itself() -> None:
    of = version(
        step("a", captures=[form_field("f")]),
        step("b"),
        automated_actions=[rule("r", [condition("f", "contains", "x", "Capture")], [action("show", "b")])],
    )
    process = launched(of)
    change = complete(process, task(process, "a").id, BY_ADA, NOW, HOUSE, PEOPLE)
    [row] = [event for event in change.events if event.kind == "execution"]
    assert row.verb == "execution_fail"
    assert row.new == {
        "automation_id": identity("r").hex,
        "alias": "r",
        "rules": [
            {
                "type": "capture",
                "task_title": "a",
                "field_label": "f",
                "operation": "contains",
                "statement": "x",
                "logic": "and",
                "isMet": False,
                "value": None,
            }
        ],
        "actions": {task(process, "b").id.hex: {"title": "b", "actions": ["show"]}},
    }


@pytest.mark.rule("T-151")
def test_a_row_says_of_each_condition_what_it_is_about_and_what_it_saw() -> None:
    conditions = [
        condition("a", "completed", "on_time"),
        condition("b", "not_assigned", logic="or"),
        condition("k", "is_not_empty", None, "Prerun"),
        condition("long", "equals", "y", "Prerun"),
        condition("gone", "completed"),
        condition("k", "resembles", "x", "Prerun"),
    ]
    actions = [action("hide", "b"), action("reopen", "b", "status"), action("show", "gone")]
    of = version(
        step("a", step_type="approval"),
        step("b", assignees=[ADA]),
        prerun=[form_field("k", "textarea"), form_field("long", "textarea")],
        automated_actions=[rule("r", conditions, actions)],
    )
    longest = "x" * (LONGEST_VALUE - len('""'))
    process = launched(of, {"k": longest, "long": f"{longest}y"})
    change = complete(process, task(process, "a").id, BY_ADA, NOW, HOUSE, PEOPLE, is_approved=True)
    [row] = [event for event in change.events if event.kind == "execution"]
    assert (row.subject, row.subject_id) == ("process", process.id)
    assert row.description == "Evaluated automation: r"
    seen = ["type", "task_title", "field_label", "operation", "statement", "logic", "isMet", "value"]
    assert [[one[key] for key in seen] for one in row.new["rules"]] == [
        ["task", "a", None, "completed", "on_time", "and", True, "approved"],
        ["task", "b", None, "not_assigned", None, "or", False, "not-started"],
        ["prerun", None, "k", "is not empty", None, "and", True, longest],
        ["prerun", None, "long", "is", "y", "and", False, "…"],
        ["task", None, None, "completed", None, "and", False, None],
        ["prerun", None, "k", "resembles", "x", "and", False, longest],
    ]
    assert row.new["actions"] == {
        task(process, "b").id.hex: {"title": "b", "actions": ["hide", "reopen"]},
    }


@pytest.mark.rule("T-157")
def test_hiding_at_launch_writes_no_row() -> None:
    change = launched_change(three(rule("r", A_DONE, [action("show", "b")])))
    assert [event.kind for event in change.events] == ["Process"]


@pytest.mark.rule("T-161")
def test_a_choice_by_hand_beats_rules() -> None:
    process = launched(three(rule("r", A_DONE, [action("show", "b"), action("hide", "c")])))
    process = hand.hide(process, task(process, "b").id, NOW).process
    process = hand.show(process, task(process, "c").id, NOW, HOUSE).process
    assert visible(completed(process, "a")) == "ac"


@pytest.mark.rule("P-366")
def test_a_completed_task_is_never_hidden() -> None:
    process = completed(launched(three(rule("r", A_DONE, [action("hide", "b"), action("hide", "a")]))), "b")
    assert visible(completed(process, "a")) == "abc"


@pytest.mark.rule("T-159")
def test_a_shown_task_is_not_started_or_in_progress_if_it_had_been_reopened() -> None:
    of = three(
        rule("l", [condition("a", "not_assigned")], [action("show", "b")]),
        rule("h", A_DONE, [action("hide", "b")]),
        rule("s", [condition("c", "completed")], [action("show", "b")]),
    )
    process = launched(of)
    untouched = completed(completed(process, "a"), "c")
    assert task(untouched, "b").status is TaskStatus.NOT_STARTED
    process = reopened(completed(process, "b"), "b")
    assert task(process, "b").status is TaskStatus.IN_PROGRESS
    hidden = completed(process, "a")
    assert task(hidden, "b").status is TaskStatus.HIDDEN
    assert task(completed(hidden, "c"), "b").status is TaskStatus.IN_PROGRESS


@pytest.mark.rule("T-160")
def test_hiding_the_last_open_task_completes_the_process() -> None:
    process = launched(
        version(step("a"), step("b"), automated_actions=[rule("r", A_DONE, [action("hide", "b")])])
    )
    assert completed(process, "a").status is ProcessStatus.COMPLETE


@pytest.mark.rule("T-132")
def test_a_rule_without_conditions_or_actions_is_never_evaluated() -> None:
    of = three(rule("r", [], [action("hide", "b")]), rule("s", A_DONE, []))
    assert complete_events(launched(of), "a") == ["Task"]


def test_an_action_of_an_unknown_kind_changes_nothing() -> None:
    of = three(rule("r", A_DONE, [action("explode", "b", "fireworks"), action("explode", "b")]))
    assert visible(completed(launched(of), "a")) == "abc"


def test_evaluating_the_same_event_twice_changes_nothing_more() -> None:
    process = launched(three(rule("r", A_DONE, [action("show", "b")])))
    process = completed(process, "a")
    for event in (TaskCompleted(identity("a")), Launched()):
        assert evaluate_rules(process, event, NOW, HOUSE, PEOPLE) == (process, ())
