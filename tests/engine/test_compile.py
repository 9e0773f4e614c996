from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepwell.engine.compile import compile_version
from stepwell.engine.model import NOBODY, People, Span, StepDeadline, TaskType

from .builders import (
    GROUP,
    ROLE,
    action,
    condition,
    form_field,
    hexed,
    identity,
    launched,
    rule,
    step,
    version,
)


def test_steps_fields_rules_and_conditions_stand_in_the_order_of_their_positions() -> None:
    swapped = [condition("a", "completed", position=2), condition("b", "completed", position=1)]
    of = version(
        step("b", position=2, captures=[form_field("g", position=2), form_field("f", position=1)]),
        step("a", position=1),
        automated_actions=[
            {**rule("s", swapped, [action("show", "a")]), "position": 2},
            {**rule("r", swapped, [action("show", "a")]), "position": 1},
        ],
    )
    assert [one.title for one in of.steps] == ["a", "b"]
    assert [one.label for one in of.steps[1].fields] == ["f", "g"]
    assert [one.name for one in of.rules] == ["r", "s"]
    assert [one.subject_id for one in of.rules[0].conditions] == [identity("b"), identity("a")]


def test_a_step_watches_for_its_fields() -> None:
    of = version(
        step("a", captures=[form_field("f")]),
        step("b"),
        automated_actions=[rule("r", [condition("f", "is_empty", None, "Capture")], [action("show", "b")])],
    )
    assert of.rules_watching == {identity("f"): of.rules, identity("a"): of.rules}


def test_a_step_is_read_as_the_api_writes_it() -> None:
    deadline = {"value": "3", "unit": "day", "option": "before", "step": hexed("b")}
    [one] = version(
        step(
            "a",
            step_type="approval",
            assignees=[1, "2", 2],
            guests=["X@Example.com"],
            groups=[GROUP.hex],
            roles=[{"id": ROLE.hex}],
            max_assignable=0,
            deadline=deadline,
            start_date={"value": 1, "unit": "weeks"},
            skip_start_process=True,
        )
    ).steps
    assert (one.type, one.people) == (TaskType.APPROVAL, People((1, 2), ("x@example.com",), (GROUP,)))
    assert (one.roles, one.max_assignable, one.mandatory) == ((ROLE,), None, True)
    assert (one.deadline, one.start) == (StepDeadline(3, "days", "prior_to", identity("b")), Span(1, "weeks"))


@pytest.mark.rule("T-133")
@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Step", "Step"),
        ("task", "Step"),
        ("App\\Models\\Capture", "Capture"),
        ("field", "Capture"),
        ("kickoff", "Prerun"),
    ],
)
def test_subjects_may_be_written_in_other_words(sent: str, kept: str) -> None:
    made = version(automated_actions=[rule("r", [condition("a", "is", "x", sent)], [action("show", "a")])])
    assert (made.rules[0].conditions[0].subject, made.rules[0].conditions[0].operation) == (kept, "equals")


def test_what_has_no_meaning_is_left_out() -> None:
    of = version(
        {"title": "no id"},
        step(
            "a",
            step_type="dance",
            deadline={"value": 1, "unit": "moons", "option": "from", "step": "start_run"},
        ),
        automated_actions=[rule("r", [condition("a", "completed")], [{"action_type": "visibility"}])],
    )
    assert [(one.type, one.deadline, one.people) for one in of.steps] == [(TaskType.TASK, None, NOBODY)]
    assert of.rules[0].actions == ()


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(hexed("a")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "version_id",
                    "version",
                    "title",
                    "type",
                    "prerun",
                    "steps",
                    "automated_actions",
                    "captures",
                    "field_type",
                    "label",
                    "alias",
                    "options",
                    "columns",
                    "text",
                    "field_validation",
                    "position",
                    "deadline",
                    "value",
                    "unit",
                    "option",
                    "step",
                    "start_date",
                    "assignees",
                    "guests",
                    "groups",
                    "roles",
                    "conditions",
                    "then_actions",
                    "conditionable_id",
                    "operation",
                    "logic",
                    "statement",
                    "target_step_id",
                    "action_type",
                    "action_verb",
                    "default_value",
                    "default_value_enabled",
                    "required",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


@given(st.dictionaries(st.sampled_from(["prerun", "steps", "automated_actions", "version", "id"]), anything))
def test_whatever_is_stored_compiles_and_launches(definition: dict[str, Any]) -> None:
    of = compile_version(definition)
    assert all(of.step_by_id[one.id] for one in of.steps)
    if not any(one.required for one in of.kickoff):
        launched(of)
