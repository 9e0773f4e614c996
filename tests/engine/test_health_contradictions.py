"""Whether conditions can hold together, and whether one always does."""

from __future__ import annotations

from typing import Any

import pytest

from stepwell.engine.health.clauses import clauses_of
from stepwell.engine.health.contradictions import Logic

from .health import answers, asks, condition, done, form_field, rule, step, version

FIELDS = [
    form_field("plan", "radio", required=True),
    form_field("tier", "dropdown"),
    form_field("tags", "multiselect"),
    form_field("name"),
    form_field("day", "date"),
    form_field("paper", "file"),
]
STEPS = [
    step("work", captures=[form_field("note"), form_field("kind", "radio", required=True)]),
    step("sign", step_type="approval"),
    step("timer", step_type="expiring", captures=[form_field("seen", "radio", required=True)]),
    step("late", deadline={"value": 1, "unit": "days", "option": "from", "step": "work"}),
]


def logic_of(*conditions: dict[str, Any]) -> tuple[Logic, Any]:
    of = version(*STEPS, prerun=FIELDS, automated_actions=[rule("r", list(conditions), [])])
    return Logic(of, {}), of.rules[0].conditions


@pytest.mark.rule("T-171")
@pytest.mark.parametrize(
    "conditions",
    [
        [asks("plan", "equals", "Red"), asks("plan", "equals", "Blue")],
        [asks("plan", "equals", "Red"), asks("plan", "not_equals", "red ")],
        [asks("plan", "equals", "Green")],
        [asks("plan", "is_empty")],
        [asks("plan", "contains", "red"), asks("plan", "equals", "Blue")],
        [asks("tier", "equals_any", "Red, Blue"), asks("tier", "equals", "Dark Red")],
        [asks("tags", "equals", "Red"), asks("tags", "is_empty")],
        [asks("tags", "contains", "Red"), asks("tags", "not_contains", "re")],
        [asks("name", "equals", "a"), asks("name", "equals", "b")],
        [asks("name", "equals", "acme"), asks("name", "not_contains", "cm")],
        [asks("name", "contains", "acme"), asks("name", "not_contains", "cm")],
        [asks("name", "is_empty"), asks("name", "contains", "a")],
        [asks("name", "greater_than", "5"), asks("name", "less_than", "5")],
        [asks("name", "greater_than_or_equals", "6"), asks("name", "less_than_or_equals", "5")],
        [asks("name", "greater_than", "many")],
        [asks("day", "equals", "2026-01-01"), asks("day", "equals", "2026-01-02")],
        [asks("day", "is_empty"), asks("day", "is_not_empty")],
        [asks("paper", "equals", "a.pdf")],
        [done("sign", "approved"), done("sign", "rejected")],
        [done("work", "approved")],
        [done("work"), done("work", "reopened")],
        [done("timer"), done("timer", "expired")],
        [done("timer", "acknowledged"), done("timer", "expired")],
        [condition("work", "completed", "early_24"), condition("work", "completed", "late_24")],
        [condition("work", "completed", "whenever")],
        [done("missing")],
        [asks("missing", "is_empty")],
        [answers("plan", "equals", "Red")],
    ],
)
def test_what_can_never_hold_is_recognised(conditions: list[dict[str, Any]]) -> None:
    logic, clause = logic_of(*conditions)
    assert logic.why_impossible(clause) is not None


@pytest.mark.rule("T-171")
@pytest.mark.parametrize(
    "conditions",
    [
        [asks("plan", "equals", "Red")],
        [asks("plan", "contains", "red"), asks("plan", "not_equals", "Red")],
        [asks("tier", "is_empty"), asks("tier", "not_equals", "Red")],
        [asks("tags", "equals", "Red"), asks("tags", "equals", "Blue")],
        [asks("tags", "contains", "Red"), asks("tags", "not_contains", "Blue")],
        [asks("name", "contains", "a"), asks("name", "contains", "b"), asks("name", "not_contains", "c")],
        [asks("name", "equals_any", "a, b"), asks("name", "equals", "b")],
        [asks("name", "greater_than", "5"), asks("name", "less_than", "6")],
        [asks("name", "less_than_or_equals", "5"), asks("name", "greater_than_or_equals", "5")],
        [asks("name", "equals", "7"), asks("name", "greater_than", "5")],
        [asks("day", "greater_than", "2026-01-01"), asks("day", "less_than", "2026-01-01")],
        [asks("paper", "contains", "pdf"), asks("paper", "not_contains", "doc")],
        [done("sign", "approved"), done("sign")],
        [done("work", "reopened"), done("work", "not_assigned")],
        [done("timer", "expired"), done("work")],
        [condition("work", "completed", "on-time"), condition("work", "completed", "early_24")],
        [answers("note", "is_empty"), done("work")],
        [answers("seen", "is_empty")],
    ],
)
def test_what_may_hold_is_never_called_impossible(conditions: list[dict[str, Any]]) -> None:
    logic, clause = logic_of(*conditions)
    assert logic.why_impossible(clause) is None


@pytest.mark.rule("T-172")
@pytest.mark.parametrize(
    ("one", "is_certain"),
    [
        (done("work"), True),
        (done("sign"), True),
        (done("timer"), False),
        (done("sign", "approved"), False),
        (condition("work", "completed", "on-time"), False),
        (asks("plan", "is_not_empty"), True),
        (asks("tier", "is_not_empty"), False),
        (asks("plan", "equals_any", "Red, Dark Red, Blue"), True),
        (asks("plan", "not_equals", "Green"), True),
        (asks("name", "equals", "a"), False),
        (asks("name", "is_empty"), False),
        (answers("kind", "contains", "e"), True),
        (answers("seen", "is_not_empty"), False),
        (done("missing"), False),
    ],
)
def test_certain_is_only_what_every_answer_fulfils(one: dict[str, Any], is_certain: bool) -> None:
    logic, (condition_,) = logic_of(one)
    assert logic.is_certain(condition_) is is_certain


@pytest.mark.rule("T-145")
def test_conditions_read_from_left_to_right_become_alternatives() -> None:
    _, (a, b, c, d) = logic_of(
        done("work"), done("sign", logic="and"), done("timer", logic="or"), done("late", logic="and")
    )
    assert clauses_of((a, b, c, d)) == ((a, b, d), (c, d))
    assert clauses_of(()) == ()


def test_a_condition_with_another_word_counts_for_nothing() -> None:
    _, (a, b) = logic_of(done("work"), done("sign", logic="xor"))
    assert clauses_of((a, b)) == ((a,),)


def test_two_possible_clauses_may_exclude_each_other() -> None:
    logic, (red, blue, work) = logic_of(
        asks("plan", "equals", "Red"), asks("plan", "equals", "Blue"), done("work")
    )
    assert not logic.are_possible((red,), (blue,))
    assert logic.are_possible((red,), (red, work))
