"""What one happening can read or change, found from the template alone."""

import time
from typing import Any
from uuid import UUID

from stepwell.engine.compile import compile_version
from stepwell.engine.model import People, Version
from stepwell.engine.reach import (
    people_rules_may_assign,
    people_rules_may_assign_at_launch,
    steps_within_reach,
)
from tests.engine.builders import (
    ADA,
    GROUP,
    STAN,
    action,
    answering,
    condition,
    form_field,
    hexed,
    identity,
    launched,
    rule,
    step,
    version,
)  # fmt: skip


def reached(of: Version, name: str) -> set[str]:
    return {one.title for one in of.steps if one.id in steps_within_reach(of, identity(name))}


def due(name: str, option: str = "from") -> dict[str, Any]:
    return {"value": 1, "unit": "days", "option": option, "step": hexed(name)}


def steps(names: str, **more: dict[str, Any]) -> list[dict[str, Any]]:
    return [step(name, **more.get(name, {})) for name in names]


def on(name: str, subject: str, *actions: dict[str, Any], operation: str = "completed") -> dict[str, Any]:
    return rule(name, [condition(subject, operation)], list(actions))


def test_a_step_that_nothing_watches_reaches_itself() -> None:
    assert reached(version(*steps("ab")), "a") == {"a"}


def test_a_rule_brings_its_subjects_and_its_targets() -> None:
    both = rule("r", [condition("a", "completed"), condition("b", "completed")], [action("show", "c")])
    of = version(*steps("abcd"), automated_actions=[both])
    assert reached(of, "a") == {"a", "b", "c"}
    assert reached(of, "c") == {"c"}


def test_showing_leads_no_further() -> None:
    rules = [on("r", "a", action("show", "b")), on("s", "b", action("show", "c"))]
    assert reached(version(*steps("abc"), automated_actions=rules), "a") == {"a", "b"}


def test_a_field_stands_for_its_step() -> None:
    of = version(
        step("a", captures=[form_field("f")]),
        *steps("bc"),
        automated_actions=[
            rule("r", [condition("f", "is_empty", kind="Capture")], [action("show", "b")]),
            rule(
                "s", [condition("b", "completed"), condition("f", "is_empty", kind="Capture")],
                [action("show", "c")],
            ),
        ],
    )  # fmt: skip
    assert reached(of, "a") == {"a", "b", "c"}
    assert reached(of, "b") == {"a", "b", "c"}


def test_the_source_of_an_action_is_read_too() -> None:
    of = version(
        step("a"),
        step("b", captures=[form_field("who", "assignees_form")]),
        *steps("cd"),
        automated_actions=[
            on("r", "a", {**action("assign", "c", "assignment"), "actionable_id": hexed("who"),
                          "actionable_type": "Capture"}),
            on("s", "d", {**action("deadline", "c", "deadline"), "actionable_id": hexed("a"),
                          "actionable_type": "Step"}),
        ],
    )  # fmt: skip
    assert reached(of, "a") == {"a", "b", "c"}
    assert reached(of, "d") == {"a", "c", "d"}


def test_a_reopening_leads_on_to_the_rules_that_wait_for_it() -> None:
    rules = [
        on("r", "a", action("reopen", "b", "status")),
        on("s", "b", action("show", "c"), operation="reopened"),
        on("t", "b", action("show", "d"), operation="completed"),
    ]
    assert reached(version(*steps("abcd"), automated_actions=rules), "a") == {"a", "b", "c"}


def test_an_assignment_leads_on_to_the_rules_that_wait_for_nobody() -> None:
    rules = [
        on("r", "a", action("assign", "b", "assignment")),
        on("s", "b", action("show", "c"), operation="not_assigned"),
        on("t", "b", action("show", "d"), operation="reopened"),
    ]
    assert reached(version(*steps("abcd"), automated_actions=rules), "a") == {"a", "b", "c"}


def test_who_is_removed_may_be_the_last_whose_part_is_missing() -> None:
    rules = [on("r", "a", action("unassign", "b", "assignment")), on("s", "b", action("show", "c"))]
    assert reached(version(*steps("abc"), automated_actions=rules), "a") == {"a", "b", "c"}


def test_deadlines_that_follow_are_within_reach_over_any_distance() -> None:
    of = version(
        *steps(
            "abcde", b={"deadline": due("a")}, c={"deadline": due("b", "prior_to")}, d={"deadline": due("b")}
        ),
    )
    assert reached(of, "a") == {"a", "b", "c"}
    assert reached(of, "b") == {"b", "c", "d"}


def test_a_rule_that_moves_a_deadline_moves_what_counts_back_from_it() -> None:
    of = version(
        *steps("abcd", c={"deadline": due("b", "prior_to")}, d={"deadline": due("b")}),
        automated_actions=[on("r", "a", action("deadline", "b", "deadline"))],
    )
    assert reached(of, "a") == {"a", "b", "c"}


def test_loops_end() -> None:
    rules = [
        on("r", "a", action("reopen", "b", "status"), operation="reopened"),
        on("s", "b", action("reopen", "a", "status"), operation="reopened"),
    ]
    of = version(*steps("ab", a={"deadline": due("b")}, b={"deadline": due("a")}), automated_actions=rules)
    assert reached(of, "a") == reached(of, "b") == {"a", "b"}


def test_what_is_no_step_of_the_template_is_left_out() -> None:
    of = version(step("a"), automated_actions=[on("r", "a", action("show", "gone"))])
    assert steps_within_reach(of, identity("a")) == {identity("a")}
    assert steps_within_reach(of, UUID(int=7)) == frozenset()


def test_two_hundred_steps_and_five_hundred_rules_are_cheap() -> None:
    names = [f"s{number}" for number in range(200)]
    rules = [
        on(f"r{number}", names[number % 200], action("reopen", names[(7 * number + 1) % 200], "status"),
           operation=("completed", "reopened")[number % 2])
        for number in range(500)
    ]  # fmt: skip
    of = compile_version({"steps": [step(name) for name in names], "automated_actions": rules})
    started = time.perf_counter()
    for name in names:
        steps_within_reach(of, identity(name))
    first = time.perf_counter() - started
    assert first < 2
    for name in names:
        steps_within_reach(of, identity(name))
    assert time.perf_counter() - started - first < first


def assigning(target: str, source: str = "", **people: Any) -> dict[str, Any]:
    more = {"actionable_id": hexed(source), "actionable_type": "Capture"} if source else {}
    buckets = {"users": [], "guests": [], "groups": [], **people}
    return {**action("assign", target, "assignment"), "assignees": buckets, **more}


def test_people_to_know_are_those_of_the_rules_within_reach() -> None:
    of = version(
        step("a", captures=[form_field("who", "assignees_form")]),
        step("b", assignees=[ADA]),
        *steps("cd"),
        automated_actions=[
            on("r", "a", assigning("b", guests=["Zoe@example.com"])),
            on("s", "a", assigning("c", "who", groups=[GROUP.hex])),
            on("t", "d", assigning("c", users=[3])),
        ],
    )
    process = launched(of)
    guests = ("zoe@example.com",)
    assert people_rules_may_assign(process, identity("a")) == People((ADA,), guests, (GROUP,))
    process = answering(process, "a", **{hexed("who"): {"users": [STAN], "guests": [], "groups": []}})
    assert people_rules_may_assign(process, identity("a")) == People((ADA, STAN), guests, (GROUP,))
    assert not people_rules_may_assign(process, identity("b"))
    assert not people_rules_may_assign(process, None)


def test_people_to_know_at_launch_are_those_of_rules_on_the_kickoff_form() -> None:
    of = version(
        *steps("ab"),
        prerun=[form_field("mail", "email")],
        automated_actions=[
            rule(
                "r",
                [condition("mail", "is_not_empty", kind="Prerun")],
                [assigning("a", "mail", users=[STAN])],
            ),
            on("s", "b", assigning("a", users=[3])),
            on("t", "b", assigning("a", users=[ADA]), operation="not_assigned"),
        ],
    )
    assert people_rules_may_assign_at_launch(of) == People((STAN, ADA))
