from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepwell.engine.conditions import Situation, all_met, is_met
from stepwell.engine.deadlines import tasks_by_step
from stepwell.engine.model import NOBODY, People, Process, TaskStatus

from .builders import (
    GROUP,
    NOW,
    STAN,
    THE_CLOCK,
    action,
    completed,
    condition,
    form_field,
    launched,
    reopened,
    rule,
    step,
    task,
    version,
)


def met(process: Process, *conditions: dict[str, Any]) -> bool:
    assert process.version is not None
    made = version(automated_actions=[rule("r", list(conditions), [action("show", "x")])]).rules[0].conditions
    situation = Situation(process.version, process.values, tasks_by_step(process))
    return all_met([is_met(one, situation) for one in made], made)


def on_answer(kind: str, answer: Any, operation: str, statement: Any, **more: Any) -> bool:
    column = more.pop("column_contains_name", None)
    process = launched(version(prerun=[form_field("f", kind, **more)]), {"f": answer} if answer else {})
    return met(process, condition("f", operation, statement, "Prerun", column_contains_name=column))


@pytest.mark.rule("T-138")
@pytest.mark.parametrize(
    ("kind", "how", "true"),
    [
        ("task", {}, {"completed"}),
        ("email", {}, {"completed"}),
        ("approval", {"is_approved": True}, {"completed", "approved"}),
        ("approval", {"is_approved": False}, {"completed", "rejected"}),
        ("expiring", {}, {"completed", "acknowledged"}),
        ("expiring", {"by": THE_CLOCK}, {"expired"}),
        ("expiring", {"is_approved": False}, {"expired"}),
        ("expiring_email", {}, {"completed", "acknowledged"}),
        ("expiring_email", {"by": THE_CLOCK}, {"completed", "expired"}),
    ],
)
def test_each_ending_makes_its_own_conditions_true(kind: str, how: dict[str, Any], true: set[str]) -> None:
    process = completed(launched(version(step("a", step_type=kind))), "a", **how)
    operations = ["completed", "approved", "rejected", "acknowledged", "expired", "reopened", "not_assigned"]
    assert {one for one in [*operations, "unheard_of"] if met(process, condition("a", one))} == true


@pytest.mark.rule("T-155")
def test_a_reopened_task_is_reopened_until_it_is_completed_again() -> None:
    process = reopened(completed(launched(version(step("a"))), "a"), "a")
    assert met(process, condition("a", "reopened"))
    assert not met(process, condition("a", "completed"))
    assert not met(completed(process, "a"), condition("a", "reopened"))


@pytest.mark.rule("T-138", "T-155")
def test_an_open_task_that_somebody_has_is_in_none_of_the_states() -> None:
    process = launched(version(step("a", assignees=[STAN])))
    operations = ["completed", "approved", "rejected", "acknowledged", "expired", "reopened", "not_assigned"]
    assert not any(met(process, condition("a", one)) for one in operations)
    hidden = replace(task(process, "a"), reopened=True, status=TaskStatus.HIDDEN)
    assert not met(process.having(hidden), condition("a", "reopened"))


def test_no_condition_at_all_is_never_met() -> None:
    assert all_met([], []) is False


@pytest.mark.rule("T-138")
def test_nobody_is_assigned_only_to_a_visible_open_task() -> None:
    process = launched(version(step("a")))
    assert met(process, condition("a", "not_assigned"))
    for changed in (
        replace(task(process, "a"), people=People(users=(STAN,))),
        replace(task(process, "a"), status=TaskStatus.HIDDEN, people=NOBODY),
        replace(task(process, "a"), status=TaskStatus.COMPLETED),
    ):
        assert not met(process.having(changed), condition("a", "not_assigned"))


ON_TIME = {"on-time", "on_time", "On time", "ontime"}


@pytest.mark.rule("T-139")
@pytest.mark.parametrize(
    ("hours_early", "true"),
    [
        (24, {*ON_TIME, "early_24", "early-24", "Early 24", "early24"}),
        (23, ON_TIME),
        (0, ON_TIME),
        (-1, set()),
        (-23, set()),
        (-24, {"late_24", "late-24", "Late 24", "late24"}),
    ],
)
def test_the_time_clause_looks_at_the_deadline(hours_early: int, true: set[str]) -> None:
    process = completed(launched(version(step("a"))), "a")
    deadline = NOW + timedelta(hours=hours_early)
    dated = process.having(replace(task(process, "a"), deadline=deadline))
    undated = process.having(replace(task(process, "a"), deadline=None))
    early, late = ["early_24", "early-24", "Early 24", "early24"], ["late_24", "late-24", "Late 24", "late24"]
    clauses = [*ON_TIME, *early, *late, "whenever", 7]
    assert {one for one in clauses if met(dated, condition("a", "completed", one))} == true
    assert not any(met(undated, condition("a", "completed", one)) for one in clauses)
    for clause in (None, "", "any_time", "Any time", "anytime", "any", "completed"):
        assert met(undated, condition("a", "completed", clause))


@pytest.mark.rule("T-141", "T-142")
@pytest.mark.parametrize(
    ("kind", "answer", "operation", "statement", "expected"),
    [
        ("text", "Big Order", "contains", "big", True),
        ("text", "Big Order", "contains", "", True),
        ("text", "Big Order", "not_contains", "big", False),
        ("text", "Big", "equals", " BIG ", True),
        ("text", "Big", "equals_any", "small, big", True),
        ("text", "Big", "equals", "small, big", False),
        ("text", "small, big", "equals", "small, big", True),
        ("text", "True", "equals", True, True),
        ("text", "false", "equals", False, True),
        ("text", "Big", "equals_any", '["small", "big"]', True),
        ("text", "Big", "not_equals", "small", True),
        ("dropdown", "Blue", "equals", {"id": 3, "text": "Old name"}, True),
        ("dropdown", "Blue", "equals", '{"id": 3}', True),
        ("dropdown", "Dark Red", "contains", "red", True),
        ("dropdown", "Blue", "equals", "Green", False),
        ("dropdown", "Blue", "not_equals", "Green", True),
        ("radio", "Blue", "equals_any", "red,blue", True),
        ("multiselect", ["Red", "Blue"], "equals", "blue", True),
        ("multiselect", ["Red", "Blue"], "not_equals", "blue", False),
        ("multiselect", ["Red"], "equals_any", ["Blue", "Red"], True),
        ("multiselect", ["Red"], "not_equals", "blue", True),
        ("multiselect", ["Red"], "contains", "re", True),
        ("multiselect", ["Red"], "not_contains", "bl", True),
        ("multiselect", ["Red"], "greater_than", 0, False),
        ("date", "2026-06-10", "equals", "2026-06-10", True),
        ("date", "2026-06-10", "contains", "2026-06", True),
        ("date", "2026-06-10", "equals", "2026-06-10T00:00:00Z", True),
        ("date", "2026-06-10", "equals_any", "2026-06-09, 2026-06-10T00:00:00Z", True),
        ("date", "2026-06-10", "less_than_or_equals", "2026-06-10", True),
        ("date", "2026-06-10", "greater_than_or_equals", "2026-06-11", False),
        ("date", "2026-06-10", "greater_than", "2026-06-09", True),
        ("date", "2026-06-10", "less_than", "2026-06-10", False),
        ("file", [{"id": "a", "filename": "Offer.pdf"}], "contains", "offer", True),
        ("file", [{"id": "a", "filename": "Offer.pdf"}], "equals", "Offer.pdf", False),
        ("file", [{"id": "a", "filename": "Offer.pdf"}], "contains", "filename", False),
        ("file", [{"full_url": "https://x.example/offer.pdf", "url": "x"}], "contains", "offer", True),
        ("file", [{"url": "https://x.example/offer.pdf"}], "contains", "offer", True),
        ("file", [{"id": "a", "filename": "Offer.pdf"}], "not_equals", "x", False),
        ("table", ["pen", "9"], "contains", "PEN", True),
        ("table", ["pen", "9"], "not_contains", "ink", True),
        ("table", ["pen", "9"], "equals", "pen", False),
        ("assignees_form", {"users": [1]}, "is_not_empty", None, True),
        ("assignees_form", {"groups": [GROUP.hex]}, "is_not_empty", None, True),
        ("assignees_form", {"guests": ["x@example.com"]}, "is_not_empty", None, True),
        ("assignees_form", {"users": [1]}, "contains", "1", False),
        ("assignees_form", {"users": [1]}, "not_contains", "7", False),
        ("text", "a", "resembles", "a", False),
    ],
)
def test_field_operations(kind: str, answer: Any, operation: str, statement: Any, expected: bool) -> None:
    assert on_answer(kind, answer, operation, statement) is expected


@pytest.mark.rule("T-133")
def test_contains_may_look_at_one_column_of_a_table() -> None:
    assert on_answer("table", ["pen", "9"], "contains", "9", column_contains_name="price")
    assert not on_answer("table", ["pen", "9"], "contains", "9", column_contains_name="item")
    assert not on_answer("table", ["pen", "9"], "contains", "9", column_contains_name="colour")


@pytest.mark.rule("T-143")
@pytest.mark.parametrize(
    ("answer", "operation", "statement", "expected"),
    [
        ("1,500", "greater_than", "1000", True),
        ("$1 500.50 kg", "greater_than", "€1,500", True),
        ("10", "greater_than", "9", True),
        ("9", "greater_than", "9", False),
        ("9", "less_than", 9, False),
        ("9", "greater_than_or_equals", 9, True),
        ("9", "less_than_or_equals", "9.0", True),
        ("nine", "greater_than", "1", False),
        ("nine", "less_than", "1", False),
        ("9", "less_than", "many", False),
        ("9", "less_than", None, False),
    ],
)
def test_numbers_are_compared_as_people_write_them(
    answer: str, operation: str, statement: Any, expected: bool
) -> None:
    assert on_answer("text", answer, operation, statement, suffix="kg", prefix="$") is expected


@pytest.mark.rule("T-144", "P-391")
@pytest.mark.parametrize("operation", ["is_empty", "not_equals", "not_contains"])
def test_a_blank_answer_speaks_from_launch_in_the_kickoff_and_after_completion_in_a_task(
    operation: str,
) -> None:
    of = version(step("a", captures=[form_field("f")]), prerun=[form_field("k")])
    process = launched(of)
    in_task, in_kickoff = condition("f", operation, "x", "Capture"), condition("k", operation, "x", "Prerun")
    assert met(process, in_kickoff)
    assert not met(process, in_task)
    assert not met(process.having(replace(task(process, "a"), status=TaskStatus.HIDDEN)), in_task)
    assert met(completed(process, "a"), in_task)
    assert not met(completed(process, "a"), condition("f", "equals", "", "Capture"))


@pytest.mark.rule("T-145", "P-391")
@pytest.mark.parametrize(
    ("results", "logic", "expected"),
    [
        ([True, False, True], ["or", "and", "or"], True),
        ([True, True, False], ["or", "or", "and"], False),
        ([False, True], ["or", "xor"], False),
        ([True, False], ["", "and"], False),
        ([False, True], ["and", "or"], True),
    ],
)
def test_conditions_join_left_to_right(results: list[bool], logic: list[str], expected: bool) -> None:
    entries = [condition("a", "completed", logic=one) for one in logic]
    conditions = version(automated_actions=[rule("r", entries, [action("show", "a")])]).rules[0].conditions
    assert all_met(results, conditions) is expected


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
kinds = st.sampled_from(
    ["text", "dropdown", "multiselect", "date", "file", "table", "assignees_form", "radio"]
)
operations = st.sampled_from(
    [
        "contains",
        "not_contains",
        "equals",
        "not_equals",
        "equals_any",
        "greater_than",
        "less_than",
        "is_empty",
        "?",
    ]
)


@given(kinds, operations, anything, anything)
def test_whatever_is_stored_a_condition_has_an_answer(
    kind: str, operation: str, value: Any, wanted: Any
) -> None:
    process = launched(version(prerun=[form_field("f", kind)]))
    assert process.version is not None
    stored = replace(process, values={process.version.kickoff[0].key: value})
    assert met(stored, condition("f", operation, wanted, "Prerun")) in (True, False)
