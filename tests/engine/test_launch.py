from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from stepwell.engine.launch import StepLaunch
from stepwell.engine.model import (
    DeadlineSource,
    Directory,
    GroupPeople,
    House,
    People,
    ProcessStatus,
    Refused,
    Span,
    TaskStatus,
    TaskType,
)

from .builders import (
    ADA,
    GONE,
    GROUP,
    LIV,
    NOW,
    PEOPLE,
    ROLE,
    STAN,
    action,
    condition,
    form_field,
    hexed,
    identity,
    launched,
    launched_change,
    rule,
    step,
    task,
    version,
)

REQUIRED: dict[str, Any] = {"required": True}


@pytest.mark.rule("T-101")
def test_a_launch_makes_one_task_a_step_and_says_so() -> None:
    change = launched_change(version(step("b", position=2, step_type="approval"), step("a", position=1)))
    tasks = sorted(change.tasks, key=lambda one: one.position)
    assert [(one.title, one.position, one.type) for one in tasks] == [
        ("a", 1, TaskType.TASK),
        ("b", 2, TaskType.APPROVAL),
    ]
    assert [(event.verb, event.kind) for event in change.events] == [("created", "Process")]
    assert (change.process.starter_id, change.process.owner_id) == (STAN, ADA)


@pytest.mark.rule("T-101")
def test_a_task_takes_over_what_its_step_says() -> None:
    stage, more = {"id": hexed("stage"), "name": "S", "position": 1}, {"id": hexed("f"), "required": True}
    first = step(
        "a",
        position=4,
        alias="first",
        stage_id=hexed("stage"),
        roles=[ROLE.hex],
        everyone_must_complete=True,
        can_complete_only_assignees=True,
        max_assignable=7,
        allow_guest_owners=False,
        webhook="https://x.example",
        prevent_guest_comment=True,
        top_secret=True,
        send_chromeless=True,
        captures=[{**form_field("f"), **more}],
    )
    back = {"value": 1, "unit": "days", "option": "prior_to", "step": hexed("a")}
    of = version(first, step("b", position=5, deadline=back), stages=[stage])
    process = launched(of)
    made, plain = task(process, "a"), task(process, "b")
    assert made == replace(
        plain,
        id=made.id,
        number=1,
        title="a",
        original_title="a",
        position=1,
        step_id=identity("a"),
        alias="first",
        blueprint_position=4,
        stage_id=identity("stage"),
        roles=(ROLE,),
        deadline=made.deadline,
        deadline_source=DeadlineSource.DEFAULT,
        everyone_must_complete=True,
        only_assignees=True,
        max_assignable=7,
        allow_guests=False,
        webhook="https://x.example",
        prevent_guest_comment=True,
        top_secret=True,
        send_chromeless=True,
        has_dependents=True,
        answered=False,
    )
    assert (plain.template_id, plain.created_at, plain.shown_at) == (of.template_id, NOW, NOW)
    assert (plain.starter_id, plain.number, plain.alias, plain.answered) == (STAN, 2, "b", True)
    assert (process.type, process.values, process.created_at) == ("procedure", {}, NOW)


@pytest.mark.rule("T-056")
def test_all_missing_and_wrong_answers_are_told_at_once() -> None:
    of = version(prerun=[form_field("a", **REQUIRED), form_field("b", **REQUIRED), form_field("c", "radio")])
    with pytest.raises(Refused) as refused:
        launched(of, {"a": "  ", "c": "?"})
    assert refused.value.reasons == {
        f"prerun.{hexed('a')}": ["a is required"],
        f"prerun.{hexed('b')}": ["b is required"],
        f"prerun.{hexed('c')}": ["Invalid radio choice selected"],
    }


@pytest.mark.rule("T-056")
def test_a_default_answers_a_required_field_that_was_not_sent_but_not_one_sent_empty() -> None:
    of = version(prerun=[form_field("a", required=True, default_value="x", default_value_enabled=True)])
    assert launched(of).values == {hexed("a"): "x"}
    with pytest.raises(Refused):
        launched(of, {"a": ""})


@pytest.mark.rule("P-052")
def test_the_kickoff_form_is_complete_unless_nobody_has_seen_it() -> None:
    of = version(step("a"), prerun=[form_field("k")])
    process = launched(of)
    assert (process.kickoff_complete, process.kickoff_completed_at, process.kickoff_completed_by) == (
        True,
        NOW,
        STAN,
    )
    unseen = launched(of, submitted=False)
    assert (unseen.kickoff_complete, unseen.kickoff_completed_at, unseen.kickoff_completed_by) == (
        False,
        None,
        None,
    )
    assert launched(of, {"k": "x"}, submitted=False).kickoff_complete
    assert launched(version(step("a"))).kickoff_completed_at is None


@pytest.mark.rule("T-109")
@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (StepLaunch(), People((LIV, ADA), (), (GROUP,))),
        (StepLaunch(owners=People()), People((LIV, ADA), (), (GROUP,))),
        (StepLaunch(owners=People((STAN,))), People((STAN,))),
        (StepLaunch(unassigned=True), People()),
    ],
)
def test_owners_of_the_launch_replace_those_of_the_step(wish: StepLaunch, expected: People) -> None:
    of = version(step("a", assignees=[LIV], groups=[GROUP.hex], roles=[ROLE.hex], assign_run_starter=True))
    assert task(launched(of, roles={ROLE: People((ADA,))}, a=wish), "a").people == expected


@pytest.mark.rule("T-110")
@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({}, (STAN,)),
        ({"assignees": [LIV]}, (LIV,)),
        ({"groups": [GROUP.hex]}, ()),
        ({"assign_run_starter": False}, ()),
        ({"assign_run_starter": False, "guests": ["x@example.com"]}, (ADA,)),
    ],
)
def test_the_starter_comes_in_only_where_nobody_else_is(
    entry: dict[str, Any], expected: tuple[int, ...]
) -> None:
    of = version(step("a", **{"assign_run_starter": True, **entry}))
    assert task(launched(of), "a").people.users == expected


@pytest.mark.rule("P-103")
def test_those_who_left_are_not_assigned_and_a_guest_who_joined_is_a_member() -> None:
    of = version(step("a", assignees=[GONE], guests=["Ada@example.com"]))
    assert task(launched(of), "a").people == People((ADA,))


@pytest.mark.rule("P-445")
@pytest.mark.parametrize(
    ("active", "companion"),
    [({ADA, STAN, LIV}, (ADA,)), ({STAN, LIV}, (STAN,)), ({LIV}, (LIV,)), (set(), ())],
)
def test_guests_never_stand_alone(active: set[int], companion: tuple[int, ...]) -> None:
    directory = Directory(active=frozenset(active), default_admin=LIV)
    of = version(step("a", guests=["x@example.com"]))
    assert task(launched(of, directory=directory), "a").people.users == companion


@pytest.mark.rule("T-113")
def test_a_member_in_a_group_stands_beside_guests() -> None:
    of = version(step("a", guests=["x@example.com"], groups=[GROUP.hex]))
    assert task(launched(of), "a").people.users == ()
    only_guests = Directory(
        active=frozenset({ADA}),
        groups={GROUP: GroupPeople(guests=("y@example.com",))},
        assignable=frozenset({ADA}),
    )
    assert task(launched(of, directory=only_guests), "a").people.users == (ADA,)


@pytest.mark.rule("T-114")
@pytest.mark.parametrize(("limit", "fits"), [(None, True), (0, True), (3, True), (2, False)])
def test_more_people_than_may_be_are_refused_with_groups_counted(limit: int | None, fits: bool) -> None:
    of = version(step("a", assignees=[LIV], groups=[GROUP.hex], max_assignable=limit))
    if fits:
        launched(of)
        return
    with pytest.raises(Refused) as refused:
        launched(of)
    assert refused.value.reasons == {
        f"tasks.{hexed('a')}.owners": ["No more than 2 people can be assigned."],
    }


@pytest.mark.rule("T-114")
def test_a_group_larger_than_the_house_allows_is_refused() -> None:
    of = version(step("a", groups=[GROUP.hex]))
    launched(of, directory=Directory(groups=PEOPLE.groups, largest_group=3))
    with pytest.raises(Refused) as refused:
        launched(of, directory=Directory(groups=PEOPLE.groups, largest_group=2))
    assert refused.value.reasons == {
        f"tasks.{hexed('a')}.owners": ["A group of more than 2 people cannot be assigned."],
    }


@pytest.mark.rule("T-102")
def test_steps_that_are_unknown_or_mandatory_and_people_who_are_unknown_are_refused_at_once() -> None:
    of = version(step("a", skip_start_process=True), step("b"))
    wishes: dict[str, Any] = {
        "a": StepLaunch(removed=True),
        "b": StepLaunch(owners=People((GONE,), ("ada@example.com", "?"), (ROLE,))),
        "c": StepLaunch(),
    }
    with pytest.raises(Refused) as refused:
        launched(of, **wishes)
    b = f"tasks.{hexed('b')}.owners"
    assert refused.value.message == "The given data was invalid."
    assert refused.value.reasons == {
        f"tasks.{hexed('a')}": ["a is mandatory and cannot be removed."],
        f"{b}.users": ["Some users are not valid members of this organization"],
        f"{b}.guests": [
            "ada@example.com is the address of a member and cannot be a guest",
            "? is not a valid email address",
        ],
        f"{b}.groups": ["Some groups are not valid groups of this organization"],
        f"tasks.{hexed('c')}": ["This is not a step of the template."],
    }


@pytest.mark.rule("T-112")
def test_an_unknown_job_title_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        launched(version(step("a")), roles={GROUP: People((ADA,)), ROLE: People((GONE,))})
    assert refused.value.reasons == {
        f"roles.{GROUP.hex}": ["This job title does not exist."],
        f"roles.{ROLE.hex}.users": ["Some users are not valid members of this organization"],
    }


@pytest.mark.rule("T-102")
def test_a_step_can_be_left_out_or_launched_with_other_words_at_another_place() -> None:
    wishes: dict[str, Any] = {
        "a": StepLaunch(removed=True),
        "c": StepLaunch(position=1, title="C!", summary="s", max_assignable=4),
    }
    process = launched(version(step("a"), step("b"), step("c")), **wishes)
    assert [(one.title, one.position) for one in process.tasks.values()] == [("b", 2), ("C!", 1)]
    assert (task(process, "c").summary, task(process, "c").max_assignable) == ("s", 4)


@pytest.mark.rule("T-157")
def test_what_a_rule_would_show_or_hides_by_default_starts_hidden() -> None:
    shows = rule("r", [condition("a", "completed")], [action("show", "b")])
    without_conditions = rule("s", [], [action("show", "c")])
    of = version(
        step("a"),
        step("b"),
        step("c"),
        step("d", hide_by_default=True),
        automated_actions=[shows, without_conditions],
    )
    process = launched(of)
    hidden = {one.title for one in process.tasks.values() if one.status is TaskStatus.HIDDEN}
    assert hidden == {"b", "d"}


@pytest.mark.rule("T-162")
def test_steps_that_would_all_be_hidden_are_all_shown_and_it_is_said() -> None:
    rules = [
        rule("r", [condition("a", "completed")], [action("show", "b")]),
        rule("s", [condition("b", "completed")], [action("show", "a")]),
    ]
    change = launched_change(version(step("a"), step("b"), automated_actions=rules))
    assert all(one.visible for one in change.tasks)
    assert change.events[-1].field == "visibility"


@pytest.mark.rule("T-076")
def test_defaults_are_answers_as_soon_as_the_task_is_visible() -> None:
    defaulted = form_field("f", "date", default_value="today+1", default_value_enabled=True)
    hidden = form_field("g", default_value="x", default_value_enabled=True)
    process = launched(
        version(step("a", captures=[defaulted]), step("b", captures=[hidden], hide_by_default=True))
    )
    assert task(process, "a").values == {hexed("f"): "2026-06-11"}
    assert task(process, "b").values == {}


@pytest.mark.rule("T-131")
def test_a_soft_start_is_when_it_is_shown_and_a_hard_one_counts_from_launch() -> None:
    hard = {"is_soft_start_date": False, "start_date": {"value": 3, "unit": "days"}}
    process = launched(version(step("a"), step("b", **hard), step("c", hide_by_default=True)))
    starts = [task(process, name).starts_at for name in "abc"]
    assert starts == [NOW, NOW + timedelta(days=3), None]


@pytest.mark.rule("T-125")
def test_a_step_without_deadline_gets_the_default_of_the_house() -> None:
    found = task(launched(version(step("a")), house=House(default_deadline=Span(2, "weeks"))), "a")
    assert (found.deadline, found.deadline_source) == (NOW + timedelta(weeks=2), DeadlineSource.DEFAULT)


@pytest.mark.rule("P-005")
@pytest.mark.parametrize(
    ("kind", "status"), [("procedure", ProcessStatus.ACTIVE), ("form", ProcessStatus.COMPLETE)]
)
def test_a_form_is_complete_with_its_kickoff_and_an_empty_procedure_is_not(
    kind: str, status: ProcessStatus
) -> None:
    process = launched(version(type=kind, prerun=[form_field("k")]))
    assert process.status is status
