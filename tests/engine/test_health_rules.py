"""Rules that never do anything, set each other off, or say what another one says already."""

from __future__ import annotations

from typing import Any

import pytest

from .builders import ADA, action, hexed, identity, rule
from .health import asks, assigned, done, findings, form_field, shows, step, version

PLAN = form_field("plan", "radio", required=True)
RED = asks("plan", "equals", "Red")


def codes(*rules: dict[str, Any], **more: Any) -> list[tuple[str, str, str]]:
    steps = more.pop("steps", [assigned("a"), assigned("b"), assigned("c")])
    of = version(*steps, prerun=[PLAN], automated_actions=list(rules))
    return [(one.severity, one.code, one.place.label) for one in findings(of)]


def does(verb: str, target: str, kind: str, **more: Any) -> dict[str, Any]:
    return {**action(verb, target, kind), **more}


@pytest.mark.rule("T-171")
def test_a_rule_that_can_never_fire_is_inert() -> None:
    hides = shows("b", RED, asks("plan", "equals", "Blue"), verb="hide")
    assert codes(hides) == [("medium", "inert_rule", "hide b")]
    assert codes(shows("b", RED, verb="hide")) == []


@pytest.mark.rule("T-171")
def test_a_rule_about_nothing_that_exists_is_never_evaluated() -> None:
    assert codes(shows("b", done("gone"), verb="hide")) == [
        ("high", "dangling_reference", "hide b"),
        ("medium", "never_evaluated_rule", "hide b"),
    ]
    still = shows("b", done("gone"), {**RED, "logic": "or"}, verb="hide")
    assert codes(still) == [("high", "dangling_reference", "hide b")]


@pytest.mark.rule("T-171")
@pytest.mark.parametrize(
    ("effect", "is_inert"),
    [
        (does("clear_assignees", "b", "assignment"), True),
        (does("unassign", "b", "assignment", assignees={"users": [ADA]}), True),
        (does("clear_assignees", "a", "assignment"), False),
        (does("assign", "b", "assignment", assignees={}), True),
        (does("assign", "b", "assignment", assignees={"users": [ADA]}), False),
        (does("deadline", "a", "deadline"), True),
        (does("deadline", "a", "deadline", deadline={"value": 1, "unit": "days", "option": "from"}), False),
        (does("reopen", "a", "status"), False),
        (does("reopen", "never", "status"), True),
        (does("hide", "never", "visibility"), True),
        (does("emit_webhook", "a", "webhook", webhook_url="https://h.example", alias_name="x"), False),
        (does("dance", "a", "visibility"), True),
    ],
)
def test_a_rule_that_changes_nothing_is_inert(effect: dict[str, Any], is_inert: bool) -> None:
    of = version(
        assigned("a"), step("b", stage_id=None), step("never", hide_by_default=True),
        prerun=[PLAN], automated_actions=[rule("r", [RED], [effect])],
    )  # fmt: skip
    found = findings(of, "inert_rule")
    assert [(one.severity, one.place.label) for one in found] == ([("low", "r")] if is_inert else [])


@pytest.mark.rule("T-171")
def test_an_empty_rule_is_told() -> None:
    assert codes(rule("r", [], [action("hide", "b")])) == [("low", "empty_rule", "r")]
    assert codes(rule("r", [RED], [])) == [("low", "empty_rule", "r")]


@pytest.mark.rule("T-171")
def test_two_rules_that_are_the_same_are_told() -> None:
    first, second = shows("b", RED, name="1"), shows("b", RED, name="2")
    assert codes(first, second) == [("low", "duplicate_rule", "2")]
    assert codes(first, shows("b", asks("plan", "equals", "Blue"), name="2")) == []


@pytest.mark.rule("T-171")
def test_two_rules_with_one_trigger_could_be_one() -> None:
    assert codes(shows("b", RED), shows("c", RED)) == [("low", "same_trigger", "show b")]
    of = version(
        assigned("a"),
        assigned("b"),
        assigned("c"),
        prerun=[PLAN],
        automated_actions=[shows("b", RED), shows("c", RED)],
    )
    (found,) = findings(of)
    assert found.message == (
        "The rules “show b” and “show c” could be one: they apply when the answer to “plan” is “Red”."
    )


def test_many_rules_with_one_trigger_are_told_at_once() -> None:
    of = version(
        *[assigned(name) for name in "abcdefg"],
        prerun=[PLAN],
        automated_actions=[shows(name, RED) for name in "bcdefg"],
    )
    (found,) = findings(of)
    assert found.message.startswith(
        "6 rules, such as “show b”, “show c”, “show d” and “show e”, could be one"
    )
    assert len(found.related) == 5


@pytest.mark.rule("T-171")
def test_what_names_something_deleted_dangles() -> None:
    gone = {"value": 1, "unit": "days", "option": "from", "step": hexed("gone")}
    assert codes(steps=[assigned("a", deadline=gone)]) == [("high", "dangling_reference", "a")]
    assert ("high", "dangling_reference", "r") in codes(
        rule("r", [RED], [action("hide", "gone"), action("hide", "b")])
    )
    from_gone = does("assign", "a", "assignment", actionable_id=hexed("gone"), actionable_type="Prerun")
    assert codes(rule("r", [RED], [from_gone])) == [("high", "dangling_reference", "r")]
    from_plan = does("assign", "a", "assignment", actionable_id=hexed("plan"), actionable_type="Prerun")
    assert codes(rule("r", [RED], [from_plan])) == []


@pytest.mark.rule("T-171", "T-150")
def test_rules_that_set_each_other_off_are_a_loop() -> None:
    reopens = [
        rule("1", [done("a", "reopened")], [does("reopen", "b", "status")]),
        rule("2", [done("b", "reopened")], [does("reopen", "a", "status")]),
    ]
    of = version(assigned("a"), assigned("b"), automated_actions=reopens)
    (found,) = findings(of, "rule_loop")
    assert (found.severity, found.place.label, [one.label for one in found.related]) == ("medium", "1", ["2"])
    assert "“1” and “2” set each other off" in found.message
    assert findings(version(assigned("a"), assigned("b"), automated_actions=reopens[:1]), "rule_loop") == []


@pytest.mark.rule("T-171")
def test_emptying_each_other_is_a_loop_and_assigning_is_none() -> None:
    def looped(verb: str) -> list[str]:
        people = {"assignees": {"users": [ADA]}}
        rules = [
            rule("1", [done("a", "not_assigned")], [does(verb, "b", "assignment", **people)]),
            rule("2", [done("b", "not_assigned")], [does(verb, "a", "assignment", **people)]),
        ]
        of = version(assigned("a"), assigned("b"), automated_actions=rules)
        return [one.code for one in findings(of, "rule_loop")]

    assert looped("clear_assignees") == looped("unassign") == ["rule_loop"]
    assert looped("assign") == []


def test_a_rejected_work_that_is_done_again_is_no_loop() -> None:
    again = rule(
        "again", [done("b", "rejected")], [does("reopen", "a", "status"), does("reopen", "b", "status")]
    )
    of = version(assigned("a"), assigned("b", step_type="approval"), automated_actions=[again])
    assert findings(of) == []
    itself = rule("itself", [done("a", "not_assigned")], [does("clear_assignees", "a", "assignment")])
    (found,) = findings(version(assigned("a"), automated_actions=[itself]), "rule_loop")
    assert found.place.id == identity("itself")
    assert "sets itself off" in found.message
