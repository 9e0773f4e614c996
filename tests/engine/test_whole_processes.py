"""What must hold for any template, whatever people do to its process and in whatever order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stepwell.engine import hand
from stepwell.engine.completion import complete, reopen, save_answers
from stepwell.engine.kickoff import save_kickoff
from stepwell.engine.model import Process, Refused, TaskStatus, Version
from stepwell.engine.progress import counts, progress, settle, whole_progress
from stepwell.engine.rules import MOST_FIRINGS, TaskCompleted, TaskReopened, evaluate_rules
from tests.examples import times

from .builders import (
    BY_ADA,
    HOUSE,
    NOW,
    PEOPLE,
    action,
    completed,
    condition,
    form_field,
    hexed,
    launched,
    reopened,
    rule,
    step,
    task,
    version,
)

NAMES = "abcd"
names = st.sampled_from(NAMES)
logics = st.sampled_from(["and", "or", "xor"])
deadlines = st.one_of(
    st.none(),
    st.builds(
        lambda value, option, base: {"value": value, "unit": "days", "option": option, "step": base},
        st.integers(0, 30),
        st.sampled_from(["from", "prior_to"]),
        st.sampled_from(["start_run", *map(hexed, NAMES)]),
    ),
)


def conditions(*operations: str) -> st.SearchStrategy[dict[str, Any]]:
    of_step = st.builds(
        lambda name, operation, logic: condition(name, operation, logic=logic),
        names,
        st.sampled_from(operations),
        logics,
    )
    on_field = st.builds(
        lambda name, operation, logic: condition(f"f{name}", operation, "x", "Capture", logic=logic),
        names,
        st.sampled_from(["equals", "not_equals", "is_empty", "contains"]),
        logics,
    )
    on_kickoff = st.builds(
        lambda operation, logic: condition("k", operation, "x", "Prerun", logic=logic),
        st.sampled_from(["equals", "not_equals", "is_empty"]),
        logics,
    )
    return of_step | on_field | on_kickoff


@st.composite
def templates(draw: st.DrawFn, *operations: str) -> Version:
    steps = [
        step(
            name,
            step_type=draw(st.sampled_from(["task", "approval", "expiring"])),
            deadline=draw(deadlines),
            hide_by_default=draw(st.sampled_from([False, False, True])),
            captures=[form_field(f"f{name}")],
        )
        for name in NAMES
    ]
    some_conditions = st.lists(conditions(*operations), min_size=1, max_size=3)
    some_actions = st.lists(
        st.builds(action, st.sampled_from(["show", "hide"]), names), min_size=1, max_size=2
    )
    rules = [
        rule(f"r{number}", draw(some_conditions), draw(some_actions))
        for number in range(draw(st.integers(0, 5)))
    ]
    return version(*steps, prerun=[form_field("k")], automated_actions=rules)


any_template = templates("completed", "approved", "rejected", "acknowledged", "reopened", "not_assigned")
acts = st.lists(
    st.tuples(
        st.sampled_from(["complete", "reject", "reopen", "answer", "clear", "hide", "show", "kickoff"]), names
    ),
    max_size=12,
)


def done(process: Process, act: str, name: str) -> Process:
    task_id = task(process, name).id
    match act:
        case "complete" | "reject":
            decision = act == "complete"
            return complete(process, task_id, BY_ADA, NOW, HOUSE, PEOPLE, is_approved=decision).process
        case "reopen":
            return reopen(process, task_id, BY_ADA, NOW, HOUSE, PEOPLE).process
        case "answer" | "clear":
            value = "x" if act == "answer" else None
            return save_answers(process, task_id, {f"f{name}": value}, NOW, PEOPLE).process
        case "hide":
            return hand.hide(process, task_id, NOW).process
        case "show":
            return hand.show(process, task_id, NOW, HOUSE).process
        case _:
            return save_kickoff(process, {"k": name.replace("a", "x")}, NOW, HOUSE, PEOPLE).process


def walked(process: Process, acts: list[tuple[str, str]]) -> list[Process]:
    """The process after each act; what is refused is left out."""
    states = [process]
    for act, name in acts:
        try:
            states.append(done(states[-1], act, name))
        except Refused:
            continue
    return states


@given(any_template, acts)
def test_visible_and_hidden_tasks_are_those_of_the_version(of: Version, acts: list[tuple[str, str]]) -> None:
    for process in walked(launched(of), acts):
        assert {one.step_id for one in process.tasks.values()} == set(of.step_by_id)
        hidden = sum(one.status is TaskStatus.HIDDEN for one in process.tasks.values())
        assert progress(counts(process)).total + hidden == len(of.steps)
        assert whole_progress(counts(process)).total == len(of.steps)


@given(any_template, acts)
def test_something_is_visible_after_launch_and_the_status_is_settled(
    of: Version, acts: list[tuple[str, str]]
) -> None:
    process = launched(of)
    assert any(one.visible for one in process.tasks.values())
    for state in walked(process, acts):
        assert settle(state, NOW) == state


@given(any_template, acts)
def test_a_process_never_loses_a_value_nobody_cleared(of: Version, acts: list[tuple[str, str]]) -> None:
    kept = [one for one in acts if one[0] != "clear"]
    before = launched(of)
    for after in walked(before, kept):
        for task_id, one in before.tasks.items():
            assert one.values.items() <= after.tasks[task_id].values.items()
        assert before.values.keys() <= after.values.keys()
        before = after


@given(any_template, acts, names)
def test_evaluating_twice_changes_nothing_more(of: Version, acts: list[tuple[str, str]], name: str) -> None:
    process = walked(launched(of), acts)[-1]
    event = TaskCompleted(task(process, name).step_id)
    once, _ = evaluate_rules(process, event, NOW, HOUSE, PEOPLE)
    twice, events = evaluate_rules(once, event, NOW, HOUSE, PEOPLE)
    assert twice.fired >= once.fired
    thrice = process
    for _ in range(len(of.rules) + 1):
        thrice, events = evaluate_rules(thrice, event, NOW, HOUSE, PEOPLE)
    assert not [one for one in events if one.verb == "executed"]


@given(any_template, acts, names)
def test_every_list_of_rules_ends(of: Version, acts: list[tuple[str, str]], name: str) -> None:
    process = walked(launched(of), acts)[-1]
    for event in (TaskReopened(task(process, name).step_id), TaskCompleted(task(process, name).step_id)):
        after, events = evaluate_rules(process, event, NOW, HOUSE, PEOPLE)
        assert sum(one.verb == "executed" for one in events) <= MOST_FIRINGS
        assert len(after.tasks) == len(process.tasks)


def again(process: Process, name: str) -> Process:
    """Reopened and completed with the same decision at the same time."""
    decision = task(process, name).is_approved
    return completed(reopened(process, name), name, is_approved=decision)


@times(2)
@given(templates("completed", "approved", "rejected", "acknowledged"), acts, names)
def test_reopening_and_completing_alike_reaches_the_same_state(
    of: Version, acts: list[tuple[str, str]], name: str
) -> None:
    process = walked(launched(of), acts)[-1]
    if not task(process, name).completed or task(process, name).expired:
        return
    # The first time, rules may fire that were disarmed or not true before; from then on nothing moves.
    settled = again(process, name)
    assert again(settled, name) == settled


@given(any_template, acts)
def test_completed_tasks_are_never_hidden_and_never_dated_anew(
    of: Version, acts: list[tuple[str, str]]
) -> None:
    before = launched(of)
    for after in walked(before, acts):
        for task_id, one in before.tasks.items():
            if one.completed and after.tasks[task_id].completed:
                assert after.tasks[task_id] == one
        before = after


@given(any_template)
def test_a_launch_depends_on_nothing_but_its_arguments(of: Version) -> None:
    assert launched(of) == launched(of)
    later = launched(of, at=NOW + timedelta(days=1))
    assert [one.status for one in later.tasks.values()] == [one.status for one in launched(of).tasks.values()]
    assert replace(later, tasks={}).values == launched(of).values
