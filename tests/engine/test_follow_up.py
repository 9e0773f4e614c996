"""What a completion has to be followed by, and inserting the tasks of another template."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepwell.engine.compile import compile_version
from stepwell.engine.follow_up import first_active, refuse_unlaunchable, templates_in, without_follow_up
from stepwell.engine.insertion import inserted, refuse_uninsertable
from stepwell.engine.model import Change, Directory, Process, ProcessStatus, Refused, TaskStatus, Version
from stepwell.engine.order import in_order
from stepwell.engine.progress import settle
from stepwell.templates.extending import joined
from tests.engine.builders import (
    ADA,
    HOUSE,
    NOW,
    PEOPLE,
    STAN,
    action,
    completed,
    condition,
    form_field,
    hexed,
    identity,
    ids,
    launched,
    reopened,
    rule,
    step,
    task,
    version,
)

LATER = NOW + timedelta(days=9)
Definition = dict[str, Any]


def following(target: str, inside: bool = False) -> Definition:
    return {"bp_to_launch": {"id": hexed(target), "tasks_within_process": inside}}


def definition(name: str, *steps: Definition, **more: Any) -> Definition:
    base = {"id": hexed(name), "version_id": hexed(f"v {name}"), "title": name, "type": "procedure"}
    return {**base, "steps": list(steps), "stages": [], "automated_actions": [], "prerun": [], **more}


def with_inserted(
    process: Process, host: Definition, target: Definition, after: str, directory: Directory = PEOPLE
) -> Change:
    part = {**target, "steps": [one["id"] for one in target["steps"]]}
    together = compile_version({**joined(host, target), "inserted": [part]})
    numbers = itertools.count(500).__next__
    made = ids()
    for _ in range(500):
        made()
    return inserted(
        process,
        task(process, after).id,
        compile_version(target),
        together,
        HOUSE,
        directory,
        LATER,
        made,
        numbers,
    )


def order(process: Process) -> list[str]:
    assert [one.position for one in in_order(process)] == list(range(1, len(process.tasks) + 1))
    return [one.title for one in in_order(process)]


@pytest.mark.rule("T-096")
def test_a_completion_notes_what_follows_and_a_reopening_keeps_it() -> None:
    process = launched(version(step("a", **following("T")), step("b")))
    assert completed(process, "b").follow_ups == frozenset()
    done = completed(process, "a")
    assert done.follow_ups == {identity("a")}
    assert reopened(done, "a").follow_ups == {identity("a")}
    assert without_follow_up(done, identity("a")).follow_ups == frozenset()


@pytest.mark.rule("T-096", "P-122")
def test_a_part_of_several_is_no_completion() -> None:
    both = following("T") | {"everyone_must_complete": True, "assignees": [ADA, STAN]}
    process = completed(launched(version(step("a", **both))), "a")
    assert process.follow_ups == frozenset()


@pytest.mark.rule("P-127")
@pytest.mark.parametrize(
    ("inside", "status"), [(True, ProcessStatus.ACTIVE), (False, ProcessStatus.COMPLETE)]
)
def test_only_tasks_to_be_inserted_keep_a_process_open(inside: bool, status: ProcessStatus) -> None:
    process = completed(launched(version(step("a", **following("T", inside)))), "a")
    assert process.status is status
    given_up = settle(without_follow_up(process, identity("a")), NOW)
    assert given_up.status is ProcessStatus.COMPLETE


@pytest.mark.rule("T-097", "P-121")
@pytest.mark.parametrize(
    ("target", "message"),
    [
        ({"type": "document"}, "Only procedures and forms can follow a task."),
        ({"prerun": [form_field("who", required=True)]}, "Its kick-off form has required fields."),
    ],
    ids=["document", "required kick-off field"],
)
def test_what_may_not_follow(target: Definition, message: str) -> None:
    with pytest.raises(Refused) as refused:
        refuse_unlaunchable(compile_version(definition("T", **target)))
    assert refused.value.message == message
    refuse_unlaunchable(compile_version(definition("T", type="form", prerun=[form_field("who")])))


@pytest.mark.rule("T-096", "P-127")
def test_inserted_tasks_are_those_of_a_launch_at_that_moment() -> None:
    host = definition("host", step("a"), step("b"), prerun=[form_field("own")])
    due = {"value": 2, "unit": "days", "option": "from", "step": "start_run"}
    target = definition(
        "T",
        step("x", deadline=due, assign_run_starter=True, captures=[form_field("in x")]),
        step("y"),
        step("z"),
        prerun=[form_field("unseen", default_value="yes", default_value_enabled=True)],
        automated_actions=[
            rule("R1", [condition("x", "completed")], [action("show", "y")]),
            rule("R2", [condition("unseen", "equals", "yes", "Prerun")], [action("show", "z")]),
        ],
    )
    process = completed(launched(compile_version(host)), "a")

    change = with_inserted(process, host, target, after="a")

    after = change.process
    assert order(after) == ["a", "x", "y", "z", "b"]
    assert task(after, "x").deadline == LATER + timedelta(days=2)
    assert task(after, "x").people.users == (process.starter_id,)
    assert task(after, "x").template_id == identity("T")
    assert task(after, "y").status is TaskStatus.HIDDEN
    assert task(after, "z").visible
    assert task(after, "a") == task(process, "a")
    assert identity("R2") in after.fired
    assert [event.verb for event in change.events] == ["updated", "executed", "updated"]
    assert task(completed(after, "x"), "y").visible
    assert after.version is not None
    assert templates_in(after.version) == {identity("host"), identity("T")}
    assert [one.label for one in after.version.kickoff] == ["own"]


@pytest.mark.rule("T-098", "P-127")
def test_a_template_is_inserted_once_and_never_into_itself() -> None:
    host, target = definition("host", step("a")), definition("T", step("x"))
    process = launched(compile_version(host))
    refuse_uninsertable(process, compile_version(target))
    after = with_inserted(process, host, target, after="a").process
    for again in (host, target):
        with pytest.raises(Refused, match="only once"):
            refuse_uninsertable(after, compile_version(again))


@pytest.mark.rule("P-122")
def test_whoever_has_left_gets_nothing_that_is_inserted() -> None:
    host, target = definition("host", step("a")), definition("T", step("x", assign_run_starter=True))
    process = launched(compile_version(host))
    left = replace(PEOPLE, active=PEOPLE.active - {process.starter_id})
    after = with_inserted(process, host, target, after="a", directory=left).process
    assert task(after, "x").people.users == (process.owner_id,)
    assert first_active((None, 99), replace(PEOPLE, active=frozenset())) is None
    assert first_active((None, 99), PEOPLE) == PEOPLE.default_admin


@given(st.integers(1, 6), st.integers(0, 5), st.integers(0, 5))
def test_the_others_keep_their_order_around_the_inserted_ones(many: int, at: int, more: int) -> None:
    host = definition("host", *(step(f"h{n}") for n in range(many)))
    target = definition("T", *(step(f"t{n}") for n in range(more)))
    trigger = f"h{at % many}"
    before = launched(compile_version(host))
    after = with_inserted(before, host, target, after=trigger).process
    place = order(before).index(trigger) + 1
    assert order(after) == [*order(before)[:place], *(f"t{n}" for n in range(more)), *order(before)[place:]]


def test_an_old_definition_without_a_follow_up_has_none() -> None:
    odd: list[Any] = [None, [], "x", {"id": None}, {"id": "no id"}]
    steps = [step(f"s{n}", bp_to_launch=value) for n, value in enumerate(odd)]
    found: Version = version(*steps)
    assert all(one.follow_up is None for one in found.steps)
