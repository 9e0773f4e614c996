"""Steps that nobody would see, or that nobody would do."""

from __future__ import annotations

import pytest

from stepwell.engine.model import Directory

from .builders import ADA, GONE, ROLE, STAN, action, identity, rule
from .health import asks, assigned, done, findings, form_field, shows, step, version

PLAN = form_field("plan", "radio", required=True)


@pytest.mark.rule("T-171")
@pytest.mark.parametrize(
    ("rules", "hidden", "why"),
    [
        ([], True, "it starts hidden, and no rule shows it"),
        ([shows("b", asks("plan", "equals", "Green"))], False, "“plan” is “Green”: that can never be"),
        (
            [shows("b", asks("plan", "equals", "Red"), asks("plan", "equals", "Blue"))],
            False,
            "the answer to “plan” is “Red” and the answer to “plan” is “Blue”: that cannot be at once",
        ),
        ([shows("b", done("gone"))], False, "it asks about something that no longer exists"),
        ([shows("b", done("b"))], False, "would show it only after something that happens in it"),
        (
            [shows("b", done("c")), shows("c", done("b"))],
            False,
            "the rule “show b” can never fire, since it waits for “c”, a step that can never be shown",
        ),
        (
            [shows("b", asks("plan", "is_not_empty"), verb="hide")],
            False,
            "a rule hides it at every launch, and none shows it again",
        ),
    ],
)
def test_a_step_that_no_answer_shows_is_told_with_the_reason(
    rules: list[dict[str, object]], hidden: bool, why: str
) -> None:
    of = version(
        assigned("a"),
        assigned("b", hide_by_default=hidden),
        assigned("c"),
        prerun=[PLAN],
        automated_actions=rules,
    )
    found = next(one for one in findings(of, "unreachable_step") if one.place.id == identity("b"))
    assert found.severity == "high"
    assert (found.place.type, found.place.label, found.place.alias) == ("step", "b", "b")
    assert why in found.message


@pytest.mark.rule("T-171")
def test_a_step_that_some_answer_shows_is_reachable() -> None:
    rules = [shows("b", asks("plan", "equals", "Red")), shows("c", done("b"))]
    of = version(assigned("a"), assigned("b"), assigned("c"), prerun=[PLAN], automated_actions=rules)
    assert findings(of) == []


def test_steps_that_would_all_be_hidden_are_told_once() -> None:
    of = version(assigned("a", hide_by_default=True), assigned("b", hide_by_default=True))
    assert [one.code for one in findings(of)] == ["everything_hidden"]
    assert findings(version(assigned("a"), assigned("b")), "everything_hidden") == []


def test_a_procedure_has_steps_and_a_form_needs_none() -> None:
    assert [(one.code, one.place.type) for one in findings(version())] == [("no_steps", "template")]
    assert findings(version(type="form")) == []


@pytest.mark.rule("T-171")
def test_a_step_with_nobody_is_told() -> None:
    found = findings(version(step("a")))
    assert [(one.severity, one.code) for one in found] == [("high", "unassigned_step")]
    assert (
        found[0].message
        == "The step “a” would be nobody's. Nobody is assigned to it, and no rule assigns anybody."
    )


@pytest.mark.rule("T-171")
def test_an_e_mail_to_nobody_has_no_recipient() -> None:
    for kind in "email", "expiring_email":
        (found,) = findings(version(step("a", step_type=kind)))
        assert found.code == "unassigned_step"
        assert "It has no recipient" in found.message


@pytest.mark.rule("T-171")
def test_what_only_its_assignees_may_complete_needs_some() -> None:
    found = findings(version(step("a", can_complete_only_assignees=True)))
    assert [(one.severity, one.code) for one in found] == [("high", "no_completable_path")]
    assert findings(version(assigned("a", can_complete_only_assignees=True))) == []


@pytest.mark.rule("T-171")
@pytest.mark.parametrize(
    "people",
    [
        {"assignees": [ADA]},
        {"guests": ["gus@example.com"]},
        {"groups": ["a" * 32]},
        {"roles": [ROLE.hex]},
        {"assign_run_starter": True},
    ],
)
def test_anybody_is_somebody(people: dict[str, object]) -> None:
    assert findings(version(step("a", **people))) == []


@pytest.mark.rule("T-171")
def test_a_rule_that_may_fire_assigns_a_step() -> None:
    def ruled(*conditions: dict[str, object], verb: str = "assign") -> list[str]:
        act = {**action(verb, "b", "assignment"), "assignees": {"users": [ADA]}}
        of = version(
            assigned("a"), step("b"), prerun=[PLAN], automated_actions=[rule("r", [*conditions], [act])]
        )
        return [one.code for one in findings(of, "unassigned_step")]

    assert ruled(asks("plan", "equals", "Red")) == []
    assert ruled(asks("plan", "equals", "Red"), verb="unassign") == ["unassigned_step"]
    assert ruled(asks("plan", "equals", "Green")) == ["unassigned_step"]


def test_the_launcher_may_be_asked_for_the_guest() -> None:
    assert findings(version(step("a")), asked_at_launch=frozenset({identity("a")})) == []


@pytest.mark.rule("T-171")
def test_those_who_have_left_are_nobody() -> None:
    directory = Directory(assignable=frozenset({ADA, STAN}), active=frozenset({ADA}))
    (found,) = findings(version(step("a", assignees=[GONE])), directory=directory)
    assert "Everybody who is assigned to it has left" in found.message
    (found,) = findings(version(step("a", assignees=[GONE], step_type="email")), directory=directory)
    assert "All its recipients have left" in found.message
    assert findings(version(step("a", assignees=[GONE, STAN])), directory=directory) == []


@pytest.mark.rule("T-171")
def test_a_step_that_never_comes_needs_nobody() -> None:
    of = version(assigned("a"), step("b", hide_by_default=True))
    assert [one.code for one in findings(of)] == ["unreachable_step"]
