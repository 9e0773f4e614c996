"""Rules that assign people: whom they name, whom they add, replace and remove, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from stepwell.engine.assignment import OwnersChange
from stepwell.engine.completion import assign, complete
from stepwell.engine.kickoff import save_kickoff
from stepwell.engine.model import Change, Directory, GroupPeople, People, Process, Task, TaskStatus, Version

from .builders import (
    ADA,
    BY_ADA,
    BY_LIV,
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
    completed,
    condition,
    form_field,
    hexed,
    launched,
    launched_change,
    rule,
    step,
    task,
    version,
)  # fmt: skip

A_DONE = [condition("a", "completed")]


def naming(verb: str, target: str = "b", source: str = "", **people: Any) -> dict[str, Any]:
    """An assignment action; `source` is a field of step a."""
    more = {"actionable_id": hexed(source), "actionable_type": "Capture"} if source else {}
    buckets = {"users": [], "guests": [], "groups": [], **people}
    return action(verb, target, "assignment", assignees=buckets, **more)


def doing(
    *actions: dict[str, Any], field: str = "assignees_form", b: dict[str, Any] | None = None
) -> Version:
    """A template whose rule does this when `a`, which asks for `who`, is completed; STAN holds `b`."""
    validation = ["email"] if field == "text" else []
    return version(
        step("a", captures=[form_field("who", field, field_validation=validation)]),
        step("b", **{"assignees": [STAN], **(b or {})}),
        step("c"),
        automated_actions=[rule("r", A_DONE, list(actions))],
    )


def done(process: Process, name: str = "a", directory: Directory = PEOPLE) -> Change:
    return complete(process, task(process, name).id, BY_ADA, NOW, HOUSE, directory)


def people_of_b(of: Version, answer: Any = None, directory: Directory = PEOPLE) -> People:
    process = launched(of)
    if answer is not None:
        process = answering(process, "a", who=answer)
    return task(done(process, directory=directory).process, "b").people


def picked(*users: int, guests: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"users": list(users), "guests": list(guests), "groups": []}


@pytest.mark.rule("T-163", "P-392")
def test_assigning_adds_to_who_is_there() -> None:
    assert people_of_b(doing(naming("assign", users=[LIV]))).users == (STAN, LIV)
    more = people_of_b(doing(naming("assign", guests=["Zoe@example.com"], groups=[GROUP.hex])))
    assert more == People((STAN,), ("zoe@example.com",), (GROUP,))


@pytest.mark.rule("T-163", "P-392")
def test_assigning_only_replaces_every_bucket() -> None:
    of = doing(naming("assign_only", users=[LIV]), b={"guests": ["zoe@example.com"], "groups": [GROUP.hex]})
    assert people_of_b(of) == People((LIV,))


@pytest.mark.rule("T-163", "P-392")
def test_unassigning_removes_exactly_who_is_named() -> None:
    of = doing(
        naming("unassign", users=[STAN, ADA], groups=[GROUP.hex]),
        b={"assignees": [STAN, LIV], "groups": [GROUP.hex]},
    )
    assert people_of_b(of) == People((LIV,))


@pytest.mark.rule("T-163", "P-392")
def test_clearing_leaves_nobody() -> None:
    of = doing(action("clear_assignees", "b", "assignment"), b={"guests": ["zoe@example.com"]})
    assert people_of_b(of) == People()


@pytest.mark.rule("T-163", "P-392")
@pytest.mark.parametrize("verb", ["assign", "assign_only", "unassign"])
def test_the_source_field_is_asked_before_the_people_of_the_action(verb: str) -> None:
    of = doing(naming(verb, source="who", users=[ADA]), b={"assignees": [STAN, LIV, ADA]})
    after = {"assign": (STAN, LIV, ADA), "assign_only": (LIV,), "unassign": (STAN, ADA)}
    assert people_of_b(of, picked(LIV)).users == after[verb]
    fallback = {"assign": (STAN, LIV, ADA), "assign_only": (ADA,), "unassign": (STAN, LIV)}
    assert people_of_b(of).users == fallback[verb]


@pytest.mark.rule("T-163", "P-392")
@pytest.mark.parametrize("verb", ["assign", "assign_only", "unassign"])
def test_a_blank_source_and_nobody_in_the_action_change_nothing(verb: str) -> None:
    assert people_of_b(doing(naming(verb, source="who"))) == People((STAN,))


@pytest.mark.rule("T-164")
@pytest.mark.parametrize("field", ["text", "email"])
def test_an_address_is_its_member_or_else_a_guest(field: str) -> None:
    of = doing(naming("assign_only", source="who"), field=field)
    assert people_of_b(of, " ADA@example.com ") == People((ADA,))
    assert people_of_b(of, "New@example.com") == People((ADA,), ("new@example.com",))
    removing = doing(naming("unassign", source="who"), field=field, b={"assignees": [ADA, LIV]})
    assert people_of_b(removing, "ada@example.com") == People((LIV,))


@pytest.mark.rule("T-164")
def test_any_other_field_names_nobody() -> None:
    of = doing(naming("assign", source="who", users=[LIV]), field="textarea")
    assert people_of_b(of, "new@example.com").users == (STAN, LIV)


@pytest.mark.rule("T-163")
def test_an_assignee_field_alone_assigns_nobody() -> None:
    assert people_of_b(doing(naming("assign", "c", users=[ADA])), picked(LIV)) == People((STAN,))


@pytest.mark.rule("T-119")
def test_who_has_left_is_never_assigned_and_the_others_are() -> None:
    assert people_of_b(doing(naming("assign", users=[GONE, LIV]))).users == (STAN, LIV)
    assert people_of_b(doing(naming("assign_only", users=[GONE]))).users == (STAN,)
    unknown = "f" * 32
    assert people_of_b(doing(naming("assign_only", groups=[unknown]))) == People((STAN,))


@pytest.mark.rule("T-163", "P-392")
def test_completed_and_archived_targets_keep_their_people() -> None:
    of = doing(naming("assign_only", users=[LIV]), naming("assign_only", "c", users=[LIV]))
    process = completed(launched(of), "b")
    change = done(process)
    assert task(change.process, "b").people.users == (STAN,)
    assert task(change.process, "c").people.users == (LIV,)
    process = process.having(replace(task(process, "c"), archived_at=NOW))
    assert task(done(process).process, "c").people == People()


@pytest.mark.rule("T-158")
def test_a_hidden_target_is_assigned_too() -> None:
    of = doing(naming("assign", users=[LIV]), b={"hide_by_default": True})
    found = task(done(launched(of)).process, "b")
    assert (found.status, found.people.users) == (TaskStatus.HIDDEN, (STAN, LIV))


def test_a_target_that_is_not_there_is_passed_over() -> None:
    of = doing(naming("assign", "gone", users=[LIV]), naming("assign", users=[LIV]))
    assert people_of_b(of).users == (STAN, LIV)


@pytest.mark.rule("T-137")
def test_a_rule_may_assign_the_step_that_it_waits_for() -> None:
    of = version(
        step("a"), automated_actions=[rule("r", [condition("a", "not_assigned")], [naming("assign", "a", users=[LIV])])]
    )  # fmt: skip
    assert task(launched(of), "a").people.users == (LIV,)


@pytest.mark.rule("T-113", "P-445")
def test_a_member_stands_beside_a_guest_whom_a_rule_assigns() -> None:
    only_guest = doing(naming("assign_only", guests=["zoe@example.com"]))
    assert people_of_b(only_guest) == People((ADA,), ("zoe@example.com",))
    in_a_group = Directory(
        assignable=PEOPLE.assignable, active=PEOPLE.active, groups={GROUP: GroupPeople((LIV,))}
    )
    of = doing(naming("assign_only", guests=["zoe@example.com"], groups=[GROUP.hex]))
    assert people_of_b(of, directory=in_a_group) == People((), ("zoe@example.com",), (GROUP,))
    last_leaves = doing(naming("unassign", users=[STAN]), b={"guests": ["zoe@example.com"]})
    assert people_of_b(last_leaves) == People((ADA,), ("zoe@example.com",))


@pytest.mark.rule("P-445")
def test_who_acts_is_the_third_to_stand_beside_a_guest() -> None:
    of = doing(naming("assign_only", guests=["zoe@example.com"]))
    process = launched(of)
    only_liv = replace(PEOPLE, active=frozenset({LIV}), default_admin=None)
    change = complete(process, task(process, "a").id, BY_LIV, NOW, HOUSE, only_liv)
    assert task(change.process, "b").people.users == (LIV,)


@pytest.mark.rule("T-114", "T-170")
def test_too_many_people_are_refused_and_the_rest_of_the_rule_runs() -> None:
    of = doing(naming("assign", users=[LIV]), action("hide", "c"), b={"max_assignable": 1})
    change = done(launched(of))
    assert task(change.process, "b").people.users == (STAN,)
    assert task(change.process, "c").status is TaskStatus.HIDDEN
    [refused] = [event for event in change.events if event.field == "refused"]
    assert (refused.subject_id, refused.verb) == (task(change.process, "b").id, "execution_fail")
    assert refused.new == (
        "The automation “r” could not change the assignees of this task: No more than 1 people can be assigned."
    )
    assert refused.why == {"automation_id": hexed("r"), "alias": "r"}


@pytest.mark.rule("T-114")
def test_everybody_in_a_group_counts_and_a_group_may_be_too_large() -> None:
    of = doing(naming("assign_only", groups=[GROUP.hex]), b={"max_assignable": 2})
    assert people_of_b(of) == People((STAN,))
    assert people_of_b(doing(naming("assign_only", groups=[GROUP.hex]), b={"max_assignable": 3})).groups
    of = doing(naming("assign", groups=[GROUP.hex]))
    assert people_of_b(of, directory=replace(PEOPLE, largest_group=2)) == People((STAN,))


@pytest.mark.rule("T-114")
def test_taking_people_away_is_never_refused() -> None:
    process = launched(doing(naming("unassign", users=[LIV])))
    crowded = replace(task(process, "b"), people=People((ADA, STAN, LIV)), max_assignable=1)
    assert task(done(process.having(crowded)).process, "b").people.users == (ADA, STAN)


@pytest.mark.rule("P-394", "T-148")
def test_a_change_of_assignees_is_an_event_of_its_own_after_the_pass() -> None:
    of = version(
        step("a"),
        step("b", assignees=[STAN]),
        step("c"),
        automated_actions=[
            rule("clears", A_DONE, [action("clear_assignees", "b", "assignment")]),
            rule("hides", [condition("b", "not_assigned")], [action("hide", "c")]),
            rule("last", A_DONE, [action("show", "c")]),
        ],
    )
    change = done(launched(of))
    rows = [event.description for event in change.events if event.kind == "execution"]
    assert rows == ["Executed automation: clears", "Executed automation: last", "Executed automation: hides"]
    assert task(change.process, "c").status is TaskStatus.HIDDEN


def assigned(process: Process, name: str, *users: int) -> Process:
    wanted = OwnersChange(users=users)
    return assign(process, task(process, name).id, wanted, BY_ADA, NOW, HOUSE, PEOPLE).process


@pytest.mark.rule("P-390")
def test_assigning_by_hand_runs_the_rules_that_wait_for_nobody() -> None:
    of = version(
        step("a", assignees=[STAN]),
        step("b"),
        automated_actions=[rule("r", [condition("a", "not_assigned")], [naming("assign", "b", users=[LIV])])],
    )
    process = launched(of)
    assert task(process, "b").people == People()
    assert task(assigned(process, "a"), "b").people.users == (LIV,)


@pytest.mark.rule("P-323")
def test_removing_the_last_who_had_not_done_the_part_completes_the_task() -> None:
    of = version(
        step("a"),
        step("b", assignees=[STAN, LIV], everyone_must_complete=True),
        step("c", deadline={"value": 1, "unit": "days", "option": "from", "step": hexed("b")}),
        step("d"),
        automated_actions=[
            rule("r", A_DONE, [naming("unassign", "b", users=[LIV])]),
            rule("s", [condition("b", "completed")], [naming("assign", "d", users=[ADA])]),
        ],
    )
    process = launched(of)
    process = complete(process, task(process, "b").id, BY_STAN, NOW, HOUSE, PEOPLE).process
    assert not task(process, "b").completed
    process = done(process).process
    assert task(process, "b").completed
    assert task(process, "c").deadline is not None
    assert task(process, "d").people.users == (ADA,)


@pytest.mark.rule("T-170", "P-393")
def test_the_log_names_the_rule_that_changed_the_people() -> None:
    change = done(launched(doing(naming("assign", users=[LIV]))))
    [event] = [event for event in change.events if event.verb == "owners-updated"]
    assert event.why == {"automation_id": hexed("r"), "alias": "r"}
    assert event.old == {"users": [STAN], "guests": [], "groups": []}
    assert event.new == {"users": [STAN, LIV], "guests": [], "groups": []}


def kickoff_template(verb: str, *fallback: int) -> Version:
    naming_rule = rule(
        "1", [condition("plan", "is_not_empty", kind="Prerun")],
        [action(verb, "s", "assignment", actionable_id=hexed("who"), actionable_type="Prerun",
                assignees={"users": list(fallback)})],
    )  # fmt: skip
    return version(
        step("s", assign_run_starter=True),
        prerun=[form_field("plan"), form_field("who", "assignees_form")],
        automated_actions=[naming_rule],
    )


@pytest.mark.rule("T-163")
def test_scenario_s14_add_versus_replace_from_an_assignee_picker() -> None:
    def people(of: Version, **answers: Any) -> tuple[int, ...]:
        return task(launched(of, {"plan": "x", **answers}), "s").people.users

    assert people(kickoff_template("assign", ADA), who=picked(LIV)) == (STAN, LIV)
    assert people(kickoff_template("assign", ADA)) == (STAN, ADA)
    assert people(kickoff_template("assign_only", ADA), who=picked(LIV)) == (LIV,)
    assert people(kickoff_template("assign_only", ADA)) == (ADA,)
    assert people(kickoff_template("assign_only")) == (STAN,)
    bare = version(step("s", assign_run_starter=True), prerun=[form_field("who", "assignees_form")])
    assert people(bare, who=picked(LIV)) == (STAN,)


@pytest.mark.rule("T-114", "T-170")
def test_scenario_s15_a_launch_tells_a_refused_assignment_too() -> None:
    of = kickoff_template("assign", ADA)
    limited = launched_change(
        version(
            step("s", assignees=[STAN], max_assignable=1),
            prerun=[form_field("plan")],
            automated_actions=[
                rule("1", [condition("plan", "is_not_empty", kind="Prerun")], [naming("assign", "s", users=[ADA])])
            ],
        ),
        {"plan": "x"},
    )  # fmt: skip
    assert task(limited.process, "s").people.users == (STAN,)
    assert [event.field for event in limited.events].count("refused") == 1
    assert not [event for event in launched_change(of, {"plan": "x"}).events if event.field == "refused"]


@pytest.mark.rule("T-149", "P-390")
def test_a_corrected_kickoff_answer_assigns_again() -> None:
    of = kickoff_template("assign_only")
    process = launched(of, {"plan": "x", "who": picked(LIV)})
    again = save_kickoff(process, {"who": picked(ADA), "plan": "y"}, NOW, HOUSE, PEOPLE).process
    assert holder(again) == (ADA,)
    unchanged = save_kickoff(process, {"who": picked(ADA)}, NOW, HOUSE, PEOPLE).process
    assert holder(unchanged) == (LIV,)


def holder(process: Process) -> tuple[int, ...]:
    found: Task = task(process, "s")
    return found.people.users
