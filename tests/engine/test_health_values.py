"""Conditions that compare with something their subject can never be."""

from __future__ import annotations

from typing import Any

import pytest

from .health import answers, asks, assigned, condition, done, findings, form_field, shows, version

CODES = ("stale_condition_value", "always_true_condition")


def told(one: dict[str, Any]) -> list[tuple[str, str]]:
    of = version(
        assigned("a", captures=[form_field("note")]), assigned("sign", step_type="approval"), assigned("b"),
        prerun=[form_field("plan", "radio"), form_field("tags", "multiselect"), form_field("name"),
                form_field("paper", "file"), form_field("who", "assignees_form")],
        automated_actions=[shows("b", one)],
    )  # fmt: skip
    found = findings(of, *CODES)
    assert all((each.severity, each.place.label) == ("medium", "show b") for each in found)
    return [(each.code, each.message) for each in found]


@pytest.mark.rule("T-171", "T-142")
@pytest.mark.parametrize(
    ("one", "why"),
    [
        (asks("plan", "equals", "Green"), "the answer to “plan” is “Green”, but it offers no “Green”."),
        (
            asks("plan", "equals_any", "Green, Black"),
            "is one of “Green, Black”, but it offers no “Green, Black”.",
        ),
        (asks("plan", "equals", {"id": 9, "text": "Green"}), "is “Green”, but it offers no “Green”."),
        (asks("tags", "contains", "Green"), "contains “Green”, but it offers no “Green”."),
        (asks("name", "greater_than", "a lot"), "is greater than “a lot”, but that is not a number."),
        (asks("tags", "greater_than", "5"), "which a field of this type never answers."),
        (asks("paper", "equals", "x"), "which a field of this type never answers."),
        (asks("who", "contains", "x"), "which a field of this type never answers."),
        (answers("note", "less_than", ""), "but that is not a number."),
        (done("a", "approved"), "the step “a” is approved, but a step of the type “task” never is."),
        (done("sign", "expired"), "the step “sign” expires, but a step of the type “approval” never is."),
        (
            condition("a", "completed", "soon"),
            "the step “a” is completed, but “soon” is no time that is known.",
        ),
    ],
)
def test_what_can_never_be_is_stale(one: dict[str, Any], why: str) -> None:
    ((code, message),) = told(one)
    assert code == "stale_condition_value"
    assert message.endswith(why)


@pytest.mark.rule("T-171", "T-142")
def test_to_exclude_what_is_not_offered_is_always_true() -> None:
    for one in asks("plan", "not_equals", "Green"), asks("tags", "not_contains", "Green"):
        ((code, message),) = told(one)
        assert code == "always_true_condition"
        assert message.endswith("which is always so: there is no such option.")


@pytest.mark.rule("T-171")
@pytest.mark.parametrize(
    "one",
    [
        asks("plan", "equals", "red"),
        asks("plan", "equals", {"id": 3, "text": "renamed since"}),
        asks("plan", "equals_any", "Green, Blue"),
        asks("plan", "contains", "dark"),
        asks("plan", "not_equals", "Red"),
        asks("plan", "is_empty"),
        asks("tags", "equals", "Blue"),
        asks("name", "equals", "Green"),
        asks("name", "greater_than", "1,000"),
        asks("paper", "contains", "pdf"),
        asks("who", "is_empty"),
        done("a"),
        condition("a", "completed", "on_time"),
        condition("a", "completed", None),
        done("sign", "rejected"),
    ],
)
def test_what_can_be_is_left_alone(one: dict[str, Any]) -> None:
    assert told(one) == []
