"""Deadlines that count from something that never, only sometimes, or only later happens; start dates that are off."""

from __future__ import annotations

from typing import Any

import pytest

from .builders import hexed, identity
from .health import asks, assigned, done, findings, form_field, shows, version

PLAN = form_field("plan", "radio", required=True)
RED, BLUE = asks("plan", "equals", "Red"), asks("plan", "equals", "Blue")


def due(anchor: str, option: str = "from") -> dict[str, Any]:
    return {"value": 2, "unit": "days", "option": option, "step": hexed(anchor)}


def told(*steps: dict[str, Any], rules: list[dict[str, Any]] | None = None) -> list[tuple[str, str, str]]:
    placed = [{**one, "position": place} for place, one in enumerate(steps, start=1)]
    of = version(*placed, prerun=[PLAN], automated_actions=rules or [])
    codes = "orphaned_deadline_anchor", "later_deadline_anchor", "deadline_cycle"
    return [(one.severity, one.code, one.place.label) for one in findings(of, *codes)]


@pytest.mark.rule("T-171")
@pytest.mark.parametrize("option", ["from", "prior_to"])
def test_a_deadline_that_counts_from_what_never_happens_is_an_orphan(option: str) -> None:
    steps = assigned("a"), assigned("b", hide_by_default=True), assigned("c", deadline=due("b", option))
    assert told(*steps) == [("high", "orphaned_deadline_anchor", "c")]


@pytest.mark.rule("T-171")
def test_a_deadline_that_counts_from_what_sometimes_happens_may_be_one() -> None:
    steps = assigned("a"), assigned("b"), assigned("c", deadline=due("b"))
    assert told(*steps, rules=[shows("b", RED)]) == [("medium", "orphaned_deadline_anchor", "c")]
    assert told(*steps, rules=[shows("b", RED), shows("c", BLUE)]) == [
        ("medium", "orphaned_deadline_anchor", "c")
    ]
    assert told(*steps) == []


@pytest.mark.rule("T-171")
@pytest.mark.parametrize(
    "rules",
    [
        [shows("b", RED), shows("c", done("b"))],
        [shows("b", RED), shows("c", RED)],
        [shows("b", RED), shows("d", done("b")), shows("c", done("d"))],
        [shows("b", RED), shows("c", done("b"), done("d", logic="and"))],
        [shows("c", RED, name="1"), shows("b", done("a"))],
    ],
)
def test_what_always_happens_before_or_with_it_is_a_good_anchor(rules: list[dict[str, Any]]) -> None:
    steps = assigned("a"), assigned("b"), assigned("d"), assigned("c", deadline=due("b"))
    assert told(*steps, rules=rules) == []


def test_one_way_around_the_anchor_is_enough_to_orphan_a_deadline() -> None:
    steps = assigned("a"), assigned("b"), assigned("c", deadline=due("b"))
    rules = [shows("b", RED), shows("c", done("b"), name="1"), shows("c", done("a"), name="2")]
    assert told(*steps, rules=rules) == [("medium", "orphaned_deadline_anchor", "c")]


@pytest.mark.rule("T-171")
def test_a_deadline_of_what_never_comes_is_nobodys_concern() -> None:
    never = {"hide_by_default": True}
    assert told(assigned("a"), assigned("b", **never), assigned("c", deadline=due("b"), **never)) == []


def test_a_deadline_from_a_later_step_is_told() -> None:
    assert told(assigned("a", deadline=due("b")), assigned("b")) == [("medium", "later_deadline_anchor", "a")]
    assert told(assigned("a", deadline=due("b", "prior_to")), assigned("b")) == []
    assert told(assigned("a"), assigned("b", deadline=due("a"))) == []


def test_a_later_place_is_no_later_time_when_rules_say_so() -> None:
    steps = assigned("a", deadline=due("b")), assigned("b")
    assert told(*steps, rules=[shows("a", done("b"))]) == []


def test_deadlines_that_wait_for_each_other_are_a_circle() -> None:
    steps = (
        assigned("x", deadline=due("a")), assigned("a", deadline=due("b")), assigned("b", deadline=due("c")),
        assigned("c", deadline=due("a")), assigned("d", deadline=due("a")),
    )  # fmt: skip
    of = version(*steps)
    (found,) = findings(of, "deadline_cycle")
    assert found.severity == "high"
    assert found.message.startswith("The deadlines of “a”, “b” and “c” count from each other")
    assert {found.place.id, *(one.id for one in found.related)} == {
        identity("a"),
        identity("b"),
        identity("c"),
    }
    assert findings(version(*steps[:3], assigned("c")), "deadline_cycle") == []


def test_a_deadline_may_not_count_from_itself() -> None:
    (found,) = findings(version(assigned("a", deadline=due("a"))), "deadline_cycle")
    assert "counts from itself" in found.message


@pytest.mark.rule("T-171", "T-131")
def test_a_start_date_that_is_off_is_told_when_somebody_set_it() -> None:
    three_days = {"value": 3, "unit": "days"}
    (found,) = findings(version(assigned("a", start_date=three_days)))
    assert (found.severity, found.code, found.place.label) == ("medium", "inert_start_date", "a")
    assert findings(version(assigned("a", start_date=three_days, is_soft_start_date=False))) == []


@pytest.mark.rule("T-171", "T-131")
def test_the_factorys_start_date_is_merely_mentioned_once_for_all() -> None:
    (found,) = findings(version(assigned("a"), assigned("b")), "inert_start_date")
    assert (found.severity, found.place.type, [one.label for one in found.related]) == (
        "info",
        "template",
        ["a", "b"],
    )
    assert findings(version(assigned("a", is_soft_start_date=False)), "inert_start_date") == []
