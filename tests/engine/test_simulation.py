"""Playing a template through in memory gives what really running it gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepwell.engine.completion import complete, reopen, save_answers
from stepwell.engine.launch import Launch, StepLaunch
from stepwell.engine.model import Process, Refused, Version
from stepwell.engine.simulation import MOST_MOMENTS, Act, Moment, Stage, simulate
from stepwell.engine.work import Actor

from .builders import (
    ADA,
    BY_ADA,
    BY_LIV,
    BY_STAN,
    HOUSE,
    LIV,
    NOW,
    PEOPLE,
    STAN,
    action,
    condition,
    form_field,
    hexed,
    identity,
    launched,
    rule,
    step,
    task,
    version,
)
from .test_whole_processes import any_template

START = Launch(process_id=identity("run"), name="", starter_id=STAN, owner_id=ADA)
DAY = timedelta(days=1)


def played(of: Version, *acts: Act, until: Any = None, start: Launch = START, **stage: Any) -> list[Moment]:
    return simulate(Stage(version=of, house=HOUSE, directory=PEOPLE, **stage), start, acts, NOW, until)


def act(name: str, kind: str = "complete", by: Actor | None = BY_ADA, **more: Any) -> Act:
    return Act(step_id=identity(name), kind=kind, by=by, **more)


def refusal(of: Version, *acts: Act, **stage: Any) -> dict[str, list[str]]:
    with pytest.raises(Refused) as refused:
        played(of, *acts, **stage)
    return refused.value.reasons


def state(process: Process) -> dict[Any, Any]:
    """The process by step, without the ids and numbers that only storage gives."""
    return {
        "status": process.status, "values": process.values, "fired": process.fired, "at": process.completed_at,
        "tasks": {
            task.step_id: replace(task, id=identity(""), number=0) for task in process.tasks.values()
        },
    }  # fmt: skip


def really(process: Process, one: Act, at: Any) -> Process:
    task_id = task_id_of(process, one)
    if one.kind == "reopen":
        return reopen(process, task_id, BY_ADA, at, HOUSE, PEOPLE).process
    if one.values:
        process = save_answers(process, task_id, one.values, at, PEOPLE).process
    if one.kind == "answer":
        return process
    return complete(process, task_id, BY_ADA, at, HOUSE, PEOPLE, one.is_approved).process


def task_id_of(process: Process, one: Act) -> Any:
    found = process.task_of(one.step_id)
    assert found is not None
    return found.id


some_acts = st.lists(
    st.builds(
        lambda name, kind, text, decision, later: (
            Act(step_id=identity(name), kind=kind, values={f"f{name}": text} if text or kind == "answer" else {},
                is_approved=decision, by=BY_ADA), later,
        ),
        st.sampled_from("abcd"), st.sampled_from(["complete", "complete", "reopen", "answer"]),
        st.sampled_from(["", "x", "y"]), st.booleans(), st.integers(0, 3),
    ),
    max_size=10,
)  # fmt: skip


@pytest.mark.rule("T-039")
@given(any_template, some_acts)
def test_a_simulation_is_what_really_happens(of: Version, wanted: list[tuple[Act, int]]) -> None:
    """What really is refused is left out; the clock does not run, since every hour is before any deadline."""
    process = launched(of)
    states, acts, at = [process], [], NOW
    for one, minutes in wanted:
        at += timedelta(minutes=minutes)
        if any(task.deadline and task.deadline <= at for task in process.tasks.values()):
            return  # the clock would have its turn; that is another test
        try:
            process = really(process, one, at)
        except Refused:
            continue
        states.append(process)
        acts.append(replace(one, at=at))
    moments = played(of, *acts)
    assert [state(moment.process) for moment in moments] == [state(one) for one in states]
    assert all(one.id == one.step_id for one in moments[-1].process.tasks.values())


@pytest.mark.rule("T-039")
def test_each_moment_says_what_happened_and_which_rules_saw_what() -> None:
    of = version(
        step("a", assignees=[ADA], captures=[form_field("kind", "radio")]), step("b", assignees=[STAN]),
        automated_actions=[rule("r", [condition("kind", "equals", "Red", "Capture")], [action("show", "b")])],
    )  # fmt: skip
    launch, done = played(of, act("a", values={"kind": "Red"}, by=None))
    assert (launch.what, launch.number, launch.step_id, launch.by) == ("launched", None, None, None)
    assert launch.changed == {identity("a"), identity("b")}
    assert (done.what, done.number, done.by) == ("completed", 0, Actor(user_id=ADA))
    assert task(done.process, "b").visible
    assert not task(launch.process, "b").visible
    (executed,) = (event for event in done.events if event.kind == "execution")
    assert (executed.verb, executed.new["rules"][0]["isMet"]) == ("executed", True)
    assert done.events[0].field == "kind"  # the answer is told as well


@pytest.mark.rule("T-039", "T-088")
def test_the_clock_ends_what_expires_before_the_next_thing_happens() -> None:
    two_days = {"value": 2, "unit": "days", "option": "from", "step": "start_run"}
    from_e = {"value": 1, "unit": "days", "option": "from", "step": hexed("e")}
    of = version(
        step("a"), step("e", step_type="expiring", deadline=two_days),
        step("f", step_type="expiring_email", deadline=from_e),
        step("boss"), automated_actions=[rule("r", [condition("e", "expired")], [action("show", "boss")])],
    )  # fmt: skip
    moments = played(of, act("a", at=NOW + 9 * DAY))
    assert [(one.what, one.at) for one in moments] == [
        ("launched", NOW), ("expired", NOW + 2 * DAY), ("expired", NOW + 3 * DAY), ("completed", NOW + 9 * DAY),
    ]  # fmt: skip
    assert task(moments[1].process, "e").expired
    assert task(moments[1].process, "boss").visible
    assert (moments[1].number, moments[1].by, moments[1].step_id) == (None, None, identity("e"))
    assert [one.what for one in played(of, act("a", at=NOW + DAY))] == ["launched", "completed"]
    assert len(played(of, until=NOW + 5 * DAY)) == 3


@pytest.mark.rule("T-039")
def test_the_clock_may_be_told_to_end_a_task_now() -> None:
    of = version(step("a"), step("e", step_type="expiring"))
    done = played(of, act("e", "expire"))[-1]
    assert (done.what, done.by, task(done.process, "e").expired) == ("expired", None, True)
    assert list(refusal(of, act("a", "expire"))) == ["completions.0"]


def test_who_is_not_named_is_whoever_is_to_do_it() -> None:
    of = version(
        step("mine", assignees=[LIV, ADA]), step("nobody"), step("guest", guests=["zoe@example.com"]),
        step("all", assignees=[LIV, STAN], everyone_must_complete=True),
    )  # fmt: skip
    names = ["mine", "nobody", "guest", "all", "all"]
    moments = played(of, *(act(name, by=None) for name in names))[1:]
    assert [moment.by for moment in moments] == [BY_LIV, BY_STAN, BY_ADA, BY_LIV, BY_STAN]
    assert [task(moment.process, "all").status for moment in moments[-2:]] == ["in-progress", "completed"]


@pytest.mark.parametrize(
    ("acts", "reasons"),
    [
        ([act("b")], {"completions.0": ["A hidden task cannot be completed (auto-skipped)."]}),
        ([act("a"), act("a")], {"completions.1": ["This task is already completed."]}),
        ([act("a", "reopen")], {"completions.0": ["This task is not completed."]}),
        ([act("form")], {f"completions.0.values.{hexed('need')}": ["need is required"]}),
        (
            [act("form", values={"need": "x", "pick": "Green"})],
            {f"completions.0.values.{hexed('pick')}": ["Invalid radio choice selected"]},
        ),
        ([act("sign")], {"completions.0.is_approved": ["The is approved field is required."]}),
        ([act("a", "answer")], {"completions.0.values": ["The values field is required."]}),
        (
            [act("a", at=NOW - DAY)],
            {"completions.0.at": ["The at must not lie before what happened earlier."]},
        ),
        ([act("a", by=BY_LIV)], {"completions.0.by": ["Only the people assigned to this task may do this."]}),
        ([act("gone")], {"completions.0": ["This step was left out at launch."]}),
    ],
)
def test_what_is_refused_is_refused_under_its_number(acts: list[Act], reasons: dict[str, list[str]]) -> None:
    fields = [form_field("need", required=True), form_field("pick", "radio")]
    of = version(
        step("a"), step("b", hide_by_default=True), step("form", captures=fields),
        step("sign", step_type="approval"), step("gone"),
    )  # fmt: skip
    start = replace(START, steps={identity("gone"): StepLaunch(removed=True)})
    assert refusal(of, *acts, start=start, may_work=lambda _, by: by != BY_LIV) == reasons


def test_a_refused_launch_is_refused_as_one() -> None:
    of = version(step("a"), prerun=[form_field("need", required=True)])
    assert refusal(of) == {f"prerun.{hexed('need')}": ["need is required"]}


def test_titles_read_as_they_would() -> None:
    of = version(step("a", title="Greet {{name}}", captures=[form_field("who", "assignees_form")]),
                 step("b", title="Meet {{who}}"), prerun=[form_field("name")])  # fmt: skip
    start = replace(START, answers={"name": "Amara"})
    first, last = played(
        of, act("a", values={"who": {"users": [LIV]}}), start=start, names={str(LIV): "Liv Moe"}
    )
    assert task(first.process, "a").title == "Greet Amara"
    assert task(last.process, "b").title == "Meet Liv Moe"


@pytest.mark.rule("T-039")
def test_a_template_that_would_follow_is_told_and_left_out() -> None:
    follow = {"id": hexed("other"), "tasks_within_process": True}
    of = version(step("a", bp_to_launch=follow))
    launch, done = played(of, act("a"))
    assert (launch.follow_ups, done.follow_ups) == (frozenset(), {identity("a")})
    assert done.process.follow_ups == frozenset()
    assert done.process.status == "complete"


def test_there_is_an_end_to_it() -> None:
    of = version(step("a"))
    acts = [act("a"), *(act("a", kind) for kind in ("reopen", "complete") * MOST_MOMENTS)]
    assert refusal(of, *acts) == {"completions": [f"No more than {MOST_MOMENTS} moments can be simulated."]}


def test_a_reopening_says_which_deadline_it_gave() -> None:
    of = version(step("a"))
    *_, plain = played(of, act("a"), act("a", "reopen"))
    assert (plain.events[0].verb, plain.events[0].field) == ("re-opened", None)
    *_, dated = played(of, act("a"), act("a", "reopen", deadline=NOW + 9 * DAY))
    assert (dated.events[0].verb, dated.events[0].field) == ("re-opened", "deadline")
    assert (dated.events[0].old, dated.events[0].new) == ("2026-06-15T12:00:00Z", "2026-06-19T12:00:00Z")
