"""Which steps always, never or sometimes come: proofs over all answers, never the result of trying some."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given

from stepwell.engine.health.dependence import depends_on
from stepwell.engine.health.findings import Examined
from stepwell.engine.health.outlook import outlook_of
from stepwell.engine.model import Version

from .builders import identity, launched
from .health import answers, asks, assigned, done, form_field, labels, seen, shows, version
from .test_whole_processes import acts, any_template, walked

PLAN = form_field("plan", "radio", required=True)  # Red, Dark Red, Blue
OPTIONAL = form_field("tier", "dropdown")


@pytest.mark.rule("T-172")
def test_a_step_that_rules_show_in_every_case_always_comes() -> None:
    of = version(
        assigned("a"), assigned("b"), assigned("c"),
        automated_actions=[shows("b", done("a")), shows("c", done("b"))],
    )  # fmt: skip
    assert labels(of) == {"a": "always", "b": "always", "c": "always"}


@pytest.mark.rule("T-172")
def test_a_chain_of_a_hundred_rules_in_any_order_is_followed() -> None:
    names = [f"s{number}" for number in range(100)]
    rules = [shows(after, done(before)) for before, after in pairwise(names)]
    for given_rules in (rules, rules[::-1]):
        of = version(*map(assigned, names), automated_actions=given_rules)
        assert set(labels(of).values()) == {"always"}


@pytest.mark.rule("T-172")
def test_rules_that_leave_no_answer_out_show_a_step_always() -> None:
    of = version(
        assigned("a"), assigned("b"), assigned("c"), prerun=[PLAN, OPTIONAL],
        automated_actions=[
            shows("b", asks("plan", "contains", "Red"), name="1"), shows("b", asks("plan", "equals", "Blue"), name="2"),
            shows("c", asks("tier", "contains", "Red"), name="3"), shows("c", asks("tier", "equals", "Blue"), name="4"),
        ],
    )  # fmt: skip
    assert labels(of) == {"a": "always", "b": "always", "c": "depends"}


@pytest.mark.rule("T-172")
def test_the_two_ends_of_a_step_leave_no_case_out() -> None:
    of = version(
        assigned("a", step_type="approval"), assigned("t", step_type="expiring"), assigned("b"), assigned("c"),
        assigned("d"),
        automated_actions=[
            shows("b", done("a", "approved"), name="1"), shows("b", done("a", "rejected"), name="2"),
            shows("c", done("t", "acknowledged"), done("t", "expired", logic="or")), shows("d", done("t")),
        ],
    )  # fmt: skip
    assert labels(of) == {"a": "always", "t": "always", "b": "always", "c": "always", "d": "depends"}


@pytest.mark.rule("T-172")
def test_a_known_answer_turns_depends_into_always_or_never() -> None:
    of = version(
        assigned("a"), assigned("red"), assigned("after"), assigned("gone"), prerun=[PLAN],
        automated_actions=[
            shows("red", asks("plan", "equals", "Red")), shows("after", done("red")),
            shows("gone", asks("plan", "equals", "Red"), verb="hide"),
        ],
    )  # fmt: skip
    assert labels(of) == {"a": "always", "red": "depends", "after": "depends", "gone": "depends"}
    assert labels(of, plan="Red") == {"a": "always", "red": "always", "after": "always", "gone": "never"}
    assert labels(of, plan="Blue") == {"a": "always", "red": "never", "after": "never", "gone": "always"}


@pytest.mark.rule("T-172")
def test_it_is_told_on_what_a_step_depends() -> None:
    of = version(
        assigned("a", captures=[form_field("kind", "radio")]), assigned("sign", step_type="approval"),
        assigned("b"), assigned("c"), prerun=[PLAN],
        automated_actions=[
            shows("b", answers("kind", "equals", "Red"), done("sign", "approved", logic="and")),
            shows("c", done("b"), asks("plan", "equals", "Blue", logic="or")),
        ],
    )  # fmt: skip
    outlook = seen(of)
    on = {place.label: place.type for place in depends_on(outlook, identity("b"))}
    assert on == {"kind": "field", "sign": "step"}
    assert {place.label for place in depends_on(outlook, identity("c"))} == {"kind", "sign", "plan"}
    assert depends_on(outlook, identity("a")) == ()


@pytest.mark.rule("T-171")
def test_steps_that_show_each_other_are_never_reached() -> None:
    of = version(
        assigned("a"), assigned("b"), assigned("c"),
        automated_actions=[shows("b", done("c")), shows("c", done("b"))],
    )  # fmt: skip
    assert labels(of) == {"a": "always", "b": "never", "c": "never"}


@pytest.mark.rule("T-162")
def test_when_nothing_would_be_visible_everything_is() -> None:
    of = version(
        assigned("b"), assigned("c"), automated_actions=[shows("b", done("c")), shows("c", done("b"))]
    )
    assert seen(of).all_hidden
    assert labels(of) == {"b": "always", "c": "always"}


@pytest.mark.rule("T-162")
def test_as_long_as_nothing_may_be_visible_nothing_is_called_never() -> None:
    rules = [shows("a", asks("plan", "equals", "Red")), shows("c", done("b")), shows("b", done("c"))]
    some = version(assigned("a"), assigned("b"), assigned("c"), prerun=[PLAN], automated_actions=rules)
    assert "never" not in labels(some).values()
    rules[0] = shows("a", asks("plan", "is_not_empty"))
    each = version(assigned("a"), assigned("b"), assigned("c"), prerun=[PLAN], automated_actions=rules)
    assert labels(each) == {"a": "always", "b": "never", "c": "never"}


def test_a_step_that_may_be_hidden_is_no_certain_ground() -> None:
    of = version(
        assigned("a"), assigned("b"), assigned("c"), prerun=[PLAN],
        automated_actions=[shows("b", asks("plan", "equals", "Red"), verb="hide"), shows("c", done("b"))],
    )  # fmt: skip
    assert labels(of) == {"a": "always", "b": "depends", "c": "depends"}


@pytest.mark.rule("T-171", "T-172")
@given(any_template, acts)
def test_what_is_called_never_never_comes_and_what_is_called_always_does(
    of: Version, acts: list[tuple[str, str]]
) -> None:
    """Nobody shows, hides or answers what is hidden: of that the outlook knows nothing."""
    outlook = outlook_of(Examined(version=of))
    by_rules = [one for one in acts if one[0] in ("complete", "reject", "kickoff")]
    states = walked(launched(of), by_rules * 3)
    for process in states:
        for one in process.tasks.values():
            assert one.step_id is not None
            assert outlook.label(one.step_id) != "never" or not one.visible
        fired = {rule for rule in of.rules if rule.id in process.fired}
        assert all(outlook.may_fire(rule) for rule in fired)
    end = states[-1]
    if not any(one.open for one in end.tasks.values()):
        always = {
            one.step_id
            for one in end.tasks.values()
            if outlook.label(one.step_id or identity("")) == "always"
        }
        assert always <= {one.step_id for one in end.tasks.values() if one.visible}


@pytest.mark.rule("T-171")
@given(any_template, acts)
def test_reopening_brings_nothing_that_is_called_never(of: Version, acts: list[tuple[str, str]]) -> None:
    outlook = outlook_of(Examined(version=of))
    by_rules = [one for one in acts if one[0] in ("complete", "reject", "kickoff", "reopen")]
    for process in walked(launched(of), by_rules * 3):
        visible = {one.step_id for one in process.tasks.values() if one.visible}
        assert visible <= outlook.reached
        assert all(outlook.may_fire(rule) for rule in of.rules if rule.id in process.fired)
