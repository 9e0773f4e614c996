"""What must hold for any list of rules with actions of every kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from stepwell.engine.assignment import OwnersChange
from stepwell.engine.completion import assign, complete, reopen
from stepwell.engine.model import Change, Directory, Event, Process, Refused, Task, Version
from stepwell.engine.reach import people_rules_may_assign, steps_within_reach
from stepwell.engine.rules import MOST_FIRINGS, TaskCompleted, TaskReopened, evaluate_rules
from tests.examples import times

from .builders import (
    ADA,
    BY_ADA,
    BY_STAN,
    GONE,
    GROUP,
    HOUSE,
    LIV,
    NOW,
    PEOPLE,
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
    task,
    version,
)  # fmt: skip
from .test_whole_processes import NAMES, acts, conditions, deadlines, names, walked

OPERATIONS = ("completed", "approved", "rejected", "acknowledged", "reopened", "not_assigned")
sources = st.sampled_from(["", "pa", "pb", "k"])
people = st.builds(
    lambda users, guests, groups: {"users": users, "guests": guests, "groups": groups},
    st.lists(st.sampled_from([ADA, STAN, LIV, GONE]), max_size=2),
    st.lists(st.sampled_from(["gus@example.com", "zoe@example.com", "ada@example.com"]), max_size=1),
    st.lists(st.just(GROUP.hex), max_size=1),
)


def assigning(verb: str, target: str, whom: dict[str, Any], source: str) -> dict[str, Any]:
    return action(verb, target, "assignment", assignees=whom, actionable_id=hexed(source) if source else None)


def moving(target: str, days: int, option: str, base: str) -> dict[str, Any]:
    span = {"value": days, "unit": "days", "option": option}
    return action("deadline", target, "deadline", deadline=span, actionable_id=hexed(base) if base else None)


visibility = st.builds(action, st.sampled_from(["show", "hide"]), names)
assignment = st.builds(
    assigning,
    st.sampled_from(["assign", "assign_only", "unassign", "clear_assignees"]),
    names,
    people,
    sources,
)
deadline = st.builds(
    moving,
    names,
    st.integers(0, 9),
    st.sampled_from(["from", "before"]),
    st.sampled_from(["", "a", "b", "da", "dk"]),
)
reopening = st.builds(lambda target: action("reopen", target, "status"), names)
webhook = st.builds(
    lambda target: action("emit_webhook", target, "webhook", webhook_url="https://x.example"), names
)
every_action = st.one_of(visibility, assignment, deadline, reopening, webhook)


@st.composite
def templates(
    draw: st.DrawFn,
    actions: st.SearchStrategy[dict[str, Any]] = every_action,
    operations: tuple[str, ...] = OPERATIONS,
    dated: st.SearchStrategy[Any] = deadlines,
) -> Version:
    """Four steps, of which `a` and `b` ask for people and `a` for a date, and rules with any actions on them."""
    asked = {
        "a": [form_field("pa", "assignees_form"), form_field("da", "date")],
        "b": [form_field("pb", "email")],
    }
    steps = [
        step(
            name,
            step_type=draw(st.sampled_from(["task", "approval", "expiring"])),
            deadline=draw(dated),
            hide_by_default=draw(st.sampled_from([False, False, True])),
            captures=[form_field(f"f{name}"), *asked.get(name, [])],
            assignees=draw(st.lists(st.sampled_from([ADA, STAN, LIV]), max_size=2, unique=True)),
            max_assignable=draw(st.sampled_from([None, None, 2])),
            everyone_must_complete=draw(st.sampled_from([False, False, True])),
        )
        for name in NAMES
    ]
    some_conditions = st.lists(conditions(*operations), min_size=1, max_size=2)
    rules = [
        rule(f"r{number}", draw(some_conditions), draw(st.lists(actions, min_size=1, max_size=3)))
        for number in range(draw(st.integers(1, 6)))
    ]
    return version(*steps, prerun=[form_field("k"), form_field("dk", "date")], automated_actions=rules)


def worked_on(of: Version, acts: list[tuple[str, str]]) -> Process | None:
    """A process in which things have happened; None where the launch itself is refused."""
    try:
        process = launched(of)
    except Refused:
        return None
    return walked(process, acts)[-1]


@given(templates(), acts, names)
def test_every_list_of_rules_ends(of: Version, acts: list[tuple[str, str]], name: str) -> None:
    process = worked_on(of, acts)
    if process is None:
        return
    for event in (TaskReopened(identity(name)), TaskCompleted(identity(name))):
        after, events = evaluate_rules(process, event, NOW, HOUSE, PEOPLE)
        fired = [one.new["automation_id"] for one in events if one.verb == "executed"]
        assert len(fired) == len(set(fired)) <= MOST_FIRINGS
        assert after.tasks.keys() == process.tasks.keys()


@given(templates(), acts, names)
def test_evaluating_again_and_again_comes_to_rest(
    of: Version, acts: list[tuple[str, str]], name: str
) -> None:
    process = worked_on(of, acts)
    if process is None:
        return
    event = TaskCompleted(identity(name))
    for _ in range(len(of.rules) * (len(NAMES) + 1) + 1):
        process, _ = evaluate_rules(process, event, NOW, HOUSE, PEOPLE)
    after, events = evaluate_rules(process, event, NOW, HOUSE, PEOPLE)
    assert after == process
    assert not [one for one in events if one.verb == "executed"]


def happening(
    process: Process, what: str, name: str, directory: Directory = PEOPLE, at: datetime = NOW
) -> Change | None:
    """What is done by hand to the task of a step; None when it is refused."""
    task_id = task(process, name).id
    try:
        if what == "complete":
            return complete(process, task_id, BY_STAN, at, HOUSE, directory, is_approved=True)
        if what == "assign":
            return assign(
                process, task_id, OwnersChange(users=(), guests=(), groups=()), BY_ADA, at, HOUSE, directory
            )
        backwards = what == "reverse"
        return reopen(process, task_id, BY_ADA, at, HOUSE, directory, reverse_rules=backwards)
    except Refused:
        return None


happenings = st.sampled_from(["complete", "complete", "assign", "reopen", "reverse"])


MANY = "abcdefgh"


def chain(chance: Random) -> Version:
    """Eight steps and rules of one condition each, so that most tasks are out of reach of most others."""

    def some_action() -> dict[str, Any]:
        target, kind = chance.choice(MANY), chance.randrange(4)
        if kind == 0:
            verb = chance.choice(["assign", "assign_only", "unassign", "clear_assignees"])
            whom = {
                "users": chance.sample([ADA, STAN, LIV, GONE], 1),
                "groups": chance.choice([[], [GROUP.hex]]),
            }
            return assigning(verb, target, whom, chance.choice(["", f"p{chance.choice(MANY)}"]))
        if kind == 1:
            return moving(target, chance.randint(1, 9), "from", chance.choice(["", chance.choice(MANY)]))
        return (
            action("reopen", target, "status")
            if kind == 2
            else action(chance.choice(["show", "hide"]), target)
        )

    def some_condition() -> dict[str, Any]:
        if chance.randrange(4) == 0:
            return condition(f"p{chance.choice(MANY)}", "is_not_empty", None, "Capture")
        return condition(
            chance.choice(MANY), chance.choice(["completed", "completed", "reopened", "not_assigned"])
        )

    def some_deadline() -> dict[str, Any] | None:
        base, option = hexed(chance.choice(MANY)), chance.choice(["from", "prior_to"])
        return chance.choice([None, {"value": 1, "unit": "days", "option": option, "step": base}])

    steps = [
        step(
            one,
            deadline=some_deadline(),
            captures=[form_field(f"p{one}", "assignees_form")],
            assignees=chance.sample([ADA, STAN, LIV], chance.randrange(3)),
            guests=chance.choice([[], ["zoe@example.com"]]),
            groups=chance.choice([[], [], [GROUP.hex]]),
            everyone_must_complete=chance.randrange(3) == 0,
        )
        for one in MANY
    ]
    rules = [
        rule(f"r{number}", [some_condition()], [some_action() for _ in range(chance.randint(1, 2))])
        for number in range(chance.randint(1, 8))
    ]
    return version(*steps, automated_actions=rules)


def chained(seed: int) -> tuple[Process, str]:
    """A process of such a template in which some tasks are answered and completed, and a step of it."""
    chance = Random(seed)
    process = launched(chain(chance))
    for one in chance.sample(MANY, chance.randrange(5)):
        if not task(process, one).completed:
            picked = {"users": [chance.choice([ADA, STAN, LIV])], "guests": [], "groups": []}
            process = answering(process, one, **{f"p{one}": picked})
        done = happening(process, "complete", one)
        process = done.process if done is not None else process
    return process, chance.choice(MANY)


seeds = st.integers(0, 2**32)


@times(4)
@given(seeds, happenings)
def test_the_tasks_within_reach_are_all_that_a_command_needs(seed: int, what: str) -> None:
    process, name = chained(seed)
    assert process.version is not None
    reached = steps_within_reach(process.version, identity(name))
    some = replace(process, tasks={id: one for id, one in process.tasks.items() if one.step_id in reached})
    whole, partly = happening(process, what, name), happening(some, what, name)
    assert (whole is None) == (partly is None)
    if whole is not None and partly is not None:
        assert by_id(whole) == by_id(partly)
        assert told(whole) == told(partly)
        assert whole.process.fired == partly.process.fired


def by_id(change: Change) -> dict[UUID, Task]:
    return {one.id: one for one in change.tasks}


def told(change: Change) -> list[Event]:
    """The events, but for that of a process that is complete, which is not a matter of rules."""
    return [one for one in change.events if (one.kind, one.verb) != ("Process", "completed")]


@times(4)
@given(seeds, happenings)
def test_the_people_that_rules_may_assign_are_all_that_a_command_must_know(seed: int, what: str) -> None:
    process, name = chained(seed)
    known = people_rules_may_assign(process, identity(name))
    own = task(process, name).people
    groups = {*known.groups, *own.groups}
    grouped = {user for group in groups for user in PEOPLE.groups[group].users}
    users = {ADA, STAN, *known.users, *own.users, *grouped}
    emails = {*known.guests, *own.guests}
    directory = replace(
        PEOPLE,
        assignable=PEOPLE.assignable & users,
        active=PEOPLE.active & users,
        groups={group: PEOPLE.groups[group] for group in groups},
        member_emails={email: user for email, user in PEOPLE.member_emails.items() if email in emails},
    )
    whole, partly = happening(process, what, name), happening(process, what, name, directory)
    assert (whole is None) == (partly is None)
    if whole is not None and partly is not None:
        assert by_id(whole) == by_id(partly)


@given(
    templates(st.one_of(visibility, assignment, deadline), ("completed", "approved"), st.none()), acts, names
)
def test_taking_back_right_away_leaves_the_others_as_they_were(
    of: Version, acts: list[tuple[str, str]], name: str
) -> None:
    before = worked_on(of, acts)
    if before is None or task(before, name).everyone_must_complete:
        return
    later = NOW + timedelta(days=1)  # an earlier completion of the same task had its effects before that
    done = happening(before, "complete", name, at=later)
    if (
        done is None or len(ended(done.process)) > len(ended(before)) + 1
    ):  # all who were left had done their part
        return
    back = happening(done.process, "reverse", name, at=later)
    assert back is not None
    for task_id, one in before.tasks.items():
        if one.step_id != identity(name):
            after = back.process.tasks[task_id]
            assert (after.visible, after.people, after.deadline) == (one.visible, one.people, one.deadline)


def ended(process: Process) -> list[Task]:
    return [one for one in process.tasks.values() if one.completed]
