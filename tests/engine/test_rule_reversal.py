"""Reopening that takes back what the rules did because of the completion."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from stepwell.engine import hand
from stepwell.engine.assignment import OwnersChange
from stepwell.engine.completion import assign, move_deadline, reopen
from stepwell.engine.effects import as_entry, effect_of
from stepwell.engine.model import Change, DeadlineSource, People, Process, TaskStatus, Version

from .builders import (
    ADA,
    BY_ADA,
    HOUSE,
    LIV,
    NOW,
    PEOPLE,
    STAN,
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
)  # fmt: skip

DAYS = timedelta(days=1)
A_DONE = [condition("a", "completed")]
LATER = {"value": 2, "unit": "days", "option": "from"}


def naming(verb: str, target: str, *users: int) -> dict[str, Any]:
    return action(verb, target, "assignment", assignees={"users": list(users)})


def moving(target: str) -> dict[str, Any]:
    return action("deadline", target, "deadline", deadline=LATER)


def on(name: str, subject: str, *actions: dict[str, Any], operation: str = "completed") -> dict[str, Any]:
    return rule(name, [condition(subject, operation)], list(actions))


def doing(*rules: dict[str, Any], names: str = "abcx") -> Version:
    return version(*(step(name, assignees=[STAN]) for name in names), automated_actions=list(rules))


ALL = doing(on("r", "a", action("show", "b"), action("hide", "c"), naming("assign", "x", LIV), moving("x")))


def reverse(process: Process, name: str = "a", at: Any = NOW) -> Change:
    return reopen(process, task(process, name).id, BY_ADA, at, HOUSE, PEOPLE, reverse_rules=True)


def looks(process: Process) -> str:
    """What is visible, who holds x, when it is due."""
    visible = "".join(sorted(one.title for one in process.tasks.values() if one.visible))
    x = task(process, "x")
    assert x.deadline is not None
    return f"{visible} {x.people.users} +{(x.deadline - NOW).days} {x.deadline_source}"


@pytest.mark.rule("P-354", "T-153")
def test_effects_of_the_completion_stay_unless_the_caller_asks() -> None:
    process = completed(launched(ALL), "a")
    assert looks(process) == "abx (2, 3) +7 rule"
    assert looks(reopened(process, "a")) == "abx (2, 3) +7 rule"


@pytest.mark.rule("P-354", "T-155")
def test_visibility_people_and_deadlines_are_taken_back() -> None:
    before = launched(ALL)
    change = reverse(completed(before, "a"))
    assert looks(change.process) == looks(before) == "acx (2,) +5 default"
    told = [
        (event.field, event.old, event.new)
        for event in change.events
        if event.why and "reversed" in event.why
    ]
    assert set(map(str, told)) == {
        str(("visibility", "visible", "hidden")),
        str(("visibility", "hidden", "visible")),
        str(
            (
                "owners",
                {"users": [2, 3], "guests": [], "groups": []},
                {"users": [2], "guests": [], "groups": []},
            )
        ),
        str(("deadline", "2026-06-17T12:00:00Z", "2026-06-15T12:00:00Z")),
    }
    assert not [effect for one in change.process.tasks.values() for effect in one.rule_effects]


@pytest.mark.rule("P-354", "P-355")
def test_completing_again_does_it_all_over() -> None:
    process = completed(launched(ALL), "a")
    again = completed(reverse(process).process, "a")
    assert looks(again) == looks(process)


@pytest.mark.rule("P-354")
def test_completed_targets_stay_as_they_are() -> None:
    process = completed(completed(launched(ALL), "a"), "x")
    after = reverse(process).process
    assert task(after, "x") == task(process, "x")


@pytest.mark.rule("P-354")
def test_what_was_chosen_by_hand_since_stays() -> None:
    process = completed(launched(ALL), "a")
    process = hand.hide(process, task(process, "b").id, NOW).process
    process = hand.show(process, task(process, "b").id, NOW, HOUSE).process
    process = hand.show(process, task(process, "c").id, NOW, HOUSE).process
    x = task(process, "x").id
    process = assign(process, x, OwnersChange(add=People((ADA,))), BY_ADA, NOW, HOUSE, PEOPLE).process
    process = move_deadline(process, x, NOW + 9 * DAYS, NOW, HOUSE).process
    assert looks(process) == looks(reverse(process).process) == "abcx (2, 3, 1) +9 hand"


@pytest.mark.rule("P-354")
def test_each_kind_of_effect_is_taken_back_whatever_became_of_the_others() -> None:
    process = completed(launched(ALL), "a")
    x = task(process, "x").id
    dated = move_deadline(process, x, NOW + 9 * DAYS, NOW, HOUSE).process
    assert looks(reverse(dated).process) == "acx (2,) +9 hand"
    people = OwnersChange(add=People((ADA,)))
    assigned = assign(process, x, people, BY_ADA, NOW, HOUSE, PEOPLE).process
    assert looks(reverse(assigned).process) == "acx (2, 3, 1) +5 default"
    process = completed(launched(doing(on("r", "a", moving("x"), naming("assign", "x", LIV)))), "a")
    assigned = assign(process, task(process, "x").id, people, BY_ADA, NOW, HOUSE, PEOPLE).process
    assert looks(reverse(assigned).process) == "abcx (2, 3, 1) +5 default"


@pytest.mark.rule("P-354")
def test_what_is_taken_back_is_told_with_its_rule() -> None:
    process = completed(launched(ALL), "a")
    told = [event for event in reverse(process).events if event.why and "reversed" in event.why]
    assert [(one.verb, one.kind, one.subject, one.subject_id, one.description) for one in told] == [
        ("updated", "Task", "task", task(process, "b").id, "Hidden: b"),
        ("updated", "Task", "task", task(process, "c").id, "Shown: c"),
        ("updated", "Task", "task", task(process, "x").id, "Changed the deadline of: x"),
        ("owners-updated", "Task", "task", task(process, "x").id, "Changed the assignees of: x"),
    ]
    for one in told:
        assert one.why == {"automation_id": hexed("r"), "alias": "r", "reversed": True}


@pytest.mark.rule("P-354")
def test_archived_tasks_stay_as_they_are() -> None:
    process = completed(launched(ALL), "a")
    process = process.having(replace(task(process, "x"), archived_at=NOW))
    assert task(reverse(process).process, "x") == task(process, "x")


@pytest.mark.rule("P-354")
def test_what_another_rule_has_changed_since_stays() -> None:
    of = doing(
        on("r", "a", action("hide", "c"), naming("assign", "x", LIV), moving("x")),
        on("s", "b", naming("assign", "x", ADA), moving("x")),
    )
    process = completed(completed(launched(of), "a"), "b")
    after = reverse(process).process
    assert looks(after) == "abcx (2, 3, 1) +9 rule"
    assert looks(reverse(after, "b").process) == "abcx (2, 3) +7 rule"


@pytest.mark.rule("P-354")
def test_a_state_that_was_left_and_reached_again_is_another_s() -> None:
    of = doing(
        on("shows", "a", action("show", "c")),
        on("hides", "b", action("hide", "c")),
        on("shows too", "x", action("show", "c")),
    )
    process = launched(of)
    for name in "abx":
        process = completed(process, name)
    assert task(reverse(process).process, "c").visible


@pytest.mark.rule("P-354")
def test_several_rules_of_one_completion_are_taken_back_from_the_last() -> None:
    of = doing(
        on("1", "a", naming("assign", "x", LIV), moving("x"), action("hide", "c")),
        on("2", "a", naming("assign_only", "x", ADA), moving("x"), action("show", "c")),
    )
    before = launched(of)
    process = completed(before, "a")
    assert looks(process) == "abcx (1,) +9 rule"
    assert looks(reverse(process).process) == looks(before)


@pytest.mark.rule("P-354")
def test_only_the_latest_completion_is_taken_back() -> None:
    of = doing(on("r", "a", naming("assign", "x", LIV)))
    process = completed(launched(of), "a")
    process = completed(reopened(process, "a"), "a", at=NOW + DAYS)  # finds LIV assigned: changes nothing
    assert task(reverse(process, at=NOW + 2 * DAYS).process, "x").people.users == (STAN, LIV)


@pytest.mark.rule("P-354")
def test_effects_over_a_cascade_are_those_of_the_completion_too() -> None:
    of = doing(
        on("r", "a", action("reopen", "b", "status")), on("s", "b", action("hide", "c"), operation="reopened")
    )
    process = completed(completed(launched(of), "b"), "a")
    assert not task(process, "c").visible
    after = reverse(process).process
    assert task(after, "c").visible
    assert task(after, "b").status is TaskStatus.IN_PROGRESS  # a reopening is not taken back


@pytest.mark.rule("P-354")
def test_what_a_launch_or_a_reopening_did_is_not_taken_back() -> None:
    of = doing(on("n", "a", action("hide", "c"), operation="reopened"))
    process = reopened(completed(launched(of), "a"), "a")
    [effect] = task(process, "c").rule_effects
    assert (effect.cause, effect.caused_at) == (None, None)
    process = completed(process, "a")
    assert not task(reverse(process).process, "c").visible


@pytest.mark.rule("P-354", "P-390")
def test_people_taken_back_are_a_change_of_assignees() -> None:
    of = version(
        step("a"),
        step("b"),
        step("c"),
        automated_actions=[
            on("r", "a", naming("assign", "b", LIV)),
            on("n", "b", action("hide", "c"), operation="not_assigned"),
            on("k", "a", action("show", "c"), operation="reopened"),
        ],
    )
    process = launched(of)
    process = hand.show(process, task(process, "c").id, NOW, HOUSE).process
    change = reverse(completed(process, "a"))
    assert task(change.process, "b").people == People()
    rows = [event.description for event in change.events if event.kind == "execution"]
    assert rows == ["Executed automation: k"]  # `n` has fired at launch and is not armed again


@pytest.mark.rule("P-354", "P-390")
def test_a_rule_that_waits_for_nobody_hears_of_people_taken_back() -> None:
    waits = on("n", "b", action("hide", "c"), operation="not_assigned")
    of = version(
        step("a"),
        step("b", hide_by_default=True),
        step("c"),
        automated_actions=[on("r", "a", naming("assign", "b", LIV)), waits],
    )
    process = launched(of)
    process = completed(hand.show(process, task(process, "b").id, NOW, HOUSE).process, "a")
    assert task(process, "c").visible
    assert not task(reverse(process).process, "c").visible


@pytest.mark.rule("P-354", "T-119")
def test_who_has_left_meanwhile_does_not_come_back() -> None:
    of = version(
        step("a"),
        step("b", assignees=[STAN]),
        automated_actions=[on("r", "a", naming("assign_only", "b", LIV))],
    )
    process = completed(launched(of), "a")
    b = task(process, "b")
    [effect] = b.rule_effects
    assert effect.before == {"users": [STAN], "guests": [], "groups": []}
    without = PEOPLE.assignable - {STAN}
    gone = type(PEOPLE)(assignable=without, active=without)
    change = reopen(process, task(process, "a").id, BY_ADA, NOW, HOUSE, gone, reverse_rules=True)
    assert task(change.process, "b").people == People()


@pytest.mark.rule("P-354", "T-121")
def test_what_counts_back_from_the_deadline_follows_back() -> None:
    of = version(
        step("a"),
        step("b", deadline={"value": 5, "unit": "days", "option": "from", "step": "start_run"}),
        step("c", deadline={"value": 1, "unit": "days", "option": "prior_to", "step": hexed("b")}),
        automated_actions=[on("r", "a", moving("b"))],
    )
    process = completed(launched(of), "a")
    assert task(process, "c").deadline == NOW + 6 * DAYS
    after = reverse(process).process
    assert (task(after, "b").deadline, task(after, "b").deadline_source) == (
        NOW + 5 * DAYS,
        DeadlineSource.STEP,
    )
    assert task(after, "c").deadline == NOW + 4 * DAYS


def test_effects_survive_being_stored() -> None:
    process = completed(launched(ALL), "a")
    effects = [effect for one in process.tasks.values() for effect in one.rule_effects]
    assert {effect.kind for effect in effects} == {"visibility", "assignment", "deadline"}
    assert [effect_of(as_entry(effect)) for effect in effects] == effects


@pytest.mark.rule("P-354")
def test_a_rule_that_contradicts_itself_is_taken_back_altogether() -> None:
    of = doing(on("r", "a", action("show", "b"), action("hide", "b")))
    before = launched(of)
    assert not task(reverse(completed(before, "a")).process, "b").visible
