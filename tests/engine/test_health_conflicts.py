"""Rules that do opposite things to one step."""

from __future__ import annotations

from typing import Any

import pytest

from .builders import ADA, STAN, action, identity, rule
from .health import asks, assigned, done, findings, form_field, shows, version

PLAN, NAME = form_field("plan", "radio", required=True), form_field("name")
RED, BLUE = asks("plan", "equals", "Red"), asks("plan", "equals", "Blue")


def conflicts(*rules: dict[str, Any]) -> list[tuple[str, str]]:
    of = version(
        assigned("a"), assigned("b"), assigned("c", step_type="approval"), assigned("t"),
        prerun=[PLAN, NAME], automated_actions=list(rules),
    )  # fmt: skip
    found = findings(of, "conflicting_rules", "ordered_override")
    assert all(one.place.id == identity("t") and len(one.related) == 2 for one in found)
    return [(one.severity, one.message) for one in found]


def assigns(name: str, verb: str, user: int, *conditions: dict[str, Any]) -> dict[str, Any]:
    act = {**action(verb, "t", "assignment"), "assignees": {"users": [user]}}
    return rule(name, list(conditions), [act])


def dates(name: str, days: int, *conditions: dict[str, Any]) -> dict[str, Any]:
    act = {
        **action("deadline", "t", "deadline"),
        "deadline": {"value": days, "unit": "days", "option": "from"},
    }
    return rule(name, list(conditions), [act])


@pytest.mark.rule("T-171", "T-154")
def test_with_the_same_condition_the_later_rule_always_wins() -> None:
    assert conflicts(shows("t", RED), shows("t", RED, verb="hide")) == [
        (
            "medium",
            "The rule “show t” shows the step “t”, “hide t” hides it. When both apply, “hide t” always wins.",
        )
    ]


@pytest.mark.rule("T-171")
def test_what_depends_on_who_finishes_first_is_a_conflict() -> None:
    ((severity, message),) = conflicts(shows("t", done("a")), shows("t", done("b"), verb="hide"))
    assert severity == "high"
    assert message.endswith("then it depends on what happens first which of them counts.")


@pytest.mark.rule("T-171")
def test_what_comes_first_for_certain_is_overridden() -> None:
    at_launch, later = shows("t", RED), shows("t", done("a"), verb="hide")
    assert conflicts(at_launch, later)[0][0] == "medium"
    ((severity, message),) = conflicts(later, at_launch)
    assert (severity, message[-27:]) == ("medium", "apply, “hide t” always wins."[-27:])
    chain = [shows("b", done("a")), shows("t", done("a")), shows("t", done("b"), verb="hide")]
    assert [severity for severity, _ in conflicts(*chain)] == ["medium"]


@pytest.mark.rule("T-171")
def test_rules_that_never_both_apply_do_not_conflict() -> None:
    assert conflicts(shows("t", RED), shows("t", BLUE, verb="hide")) == []
    assert conflicts(shows("t", done("c", "approved")), shows("t", done("c", "rejected"), verb="hide")) == []
    assert conflicts(shows("t", RED), shows("t", asks("plan", "equals", "Green"), verb="hide")) == []
    assert conflicts(shows("t", RED), shows("t", asks("plan", "contains", "red"))) == []


@pytest.mark.rule("T-171")
def test_assignments_conflict_when_the_last_one_counts() -> None:
    a, b = done("a"), done("b")
    assert len(conflicts(assigns("1", "assign", ADA, a), assigns("2", "unassign", ADA, b))) == 1
    assert len(conflicts(assigns("1", "assign", ADA, a), assigns("2", "assign_only", STAN, b))) == 1
    assert len(conflicts(assigns("1", "assign_only", ADA, a), assigns("2", "assign_only", STAN, b))) == 1
    assert len(conflicts(assigns("1", "assign", ADA, a), assigns("2", "clear_assignees", 0, b))) == 1
    assert conflicts(assigns("1", "assign", ADA, a), assigns("2", "assign", STAN, b)) == []
    assert conflicts(assigns("1", "assign", ADA, a), assigns("2", "unassign", STAN, b)) == []
    assert conflicts(assigns("1", "assign_only", ADA, a), assigns("2", "assign_only", ADA, b)) == []
    assert conflicts(assigns("1", "unassign", ADA, a), assigns("2", "clear_assignees", 0, b)) == []


@pytest.mark.rule("T-171")
def test_two_deadlines_conflict_unless_they_are_the_same() -> None:
    ((severity, message),) = conflicts(dates("1", 1, done("a")), dates("2", 2, done("b")))
    assert severity == "high"
    assert message.startswith("The rule “1” gives the step “t” one deadline, “2” another.")
    assert conflicts(dates("1", 1, done("a")), dates("2", 1, done("b"))) == []


def test_no_more_than_a_few_are_told_of_one_step() -> None:
    rules = [shows("t", asks("name", "contains", f"{one}"), name=f"s{one}") for one in range(8)]
    rules += [
        shows("t", asks("name", "contains", f"x{one}"), name=f"h{one}", verb="hide") for one in range(8)
    ]
    assert len(conflicts(*rules)) == 5
