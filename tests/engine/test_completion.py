from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from stepwell.engine.assignment import OwnersChange
from stepwell.engine.completion import Actor, assign, complete, reopen, save_answers
from stepwell.engine.model import Directory, People, Process, ProcessStatus, Refused, Task, TaskStatus

from .builders import (
    ADA,
    BY_ADA,
    BY_LIV,
    BY_STAN,
    GROUP,
    HOUSE,
    LIV,
    NOW,
    PEOPLE,
    STAN,
    THE_CLOCK,
    action,
    answering,
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

GUS = Actor(guest="gus@example.com")
LATER = NOW + timedelta(hours=1)


def refusal(process: Process, name: str, by: Actor = BY_ADA, **more: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        completed(process, name, by=by, **more)
    return refused.value


def changed(process: Process, name: str, **more: Any) -> Process:
    return process.having(replace(task(process, name), **more))


@pytest.mark.rule("P-312")
def test_a_completion_records_who_and_when_and_is_told() -> None:
    process = launched(version(step("a"), step("b")))
    change = complete(process, task(process, "a").id, BY_STAN, LATER, HOUSE, PEOPLE, on_behalf_of=LIV)
    done = task(change.process, "a")
    assert (done.status, done.completed_at, done.completer_id) == (TaskStatus.COMPLETED, LATER, LIV)
    assert change.tasks == (done,)
    assert [(event.verb, event.new) for event in change.events] == [("completed", "completed")]


def test_a_guest_is_recorded_as_completer() -> None:
    done = task(completed(launched(version(step("a"))), "a", by=GUS), "a")
    assert (done.completer_id, done.completer_guest) == (None, "gus@example.com")


@pytest.mark.rule("P-310")
def test_reasons_to_refuse_are_asked_in_order() -> None:
    process = launched(version(step("a", captures=[form_field("f", required=True)], step_type="approval")))
    every = changed(replace(process, archived_at=NOW, issues=1), "a", archived_at=NOW, issues=1)
    steps: list[tuple[str, Callable[[Process], Process]]] = [
        ("This process is archived.", lambda p: replace(p, archived_at=None)),
        ("This task is archived.", lambda p: changed(p, "a", archived_at=None, status=TaskStatus.COMPLETED)),
        ("This task is already completed.", lambda p: changed(p, "a", status=TaskStatus.HIDDEN)),
        (
            "A hidden task cannot be completed (auto-skipped).",
            lambda p: changed(p, "a", status=TaskStatus.IN_PROGRESS),
        ),
        ("This process has an open issue. Resolve it first.", lambda p: replace(p, issues=0)),
        ("This task has an unresolved issue. Resolve it first.", lambda p: changed(p, "a", issues=0)),
    ]
    for message, mended in steps:
        assert refusal(every, "a").message == message
        every = mended(every)
    assert refusal(every, "a").reasons == {f"taskdata.{hexed('f')}": ["f is required"]}
    answered = answering(every, "a", f="x")
    assert refusal(answered, "a").reasons == {"is_approved": ["The is approved field is required."]}
    assert task(completed(answered, "a", is_approved=False), "a").is_approved is False


@pytest.mark.rule("T-087")
def test_every_missing_answer_is_told_at_once() -> None:
    fields = [
        form_field("f", required=True),
        form_field("g", "multiselect", settings={"must_all_checked": True}),
        form_field("h"),
    ]
    assert len(refusal(launched(version(step("a", captures=fields))), "a").reasons) == 2


@pytest.mark.rule("T-086")
@pytest.mark.parametrize(
    ("kind", "sent", "kept", "expired", "label"),
    [
        ("task", True, None, False, "completed"),
        ("email", False, None, False, "sent"),
        ("approval", True, True, False, "approved"),
        ("approval", False, False, False, "rejected"),
        ("expiring", None, True, False, "acknowledged"),
        ("expiring", True, True, False, "acknowledged"),
        ("expiring", False, False, True, "expired"),
        ("expiring_email", None, True, False, "sent"),
        ("expiring_email", False, False, True, "sent"),
    ],
)
def test_each_type_ends_in_its_own_way(
    kind: str, sent: bool | None, kept: bool | None, expired: bool, label: str
) -> None:
    process = launched(version(step("a", step_type=kind)))
    change = complete(process, task(process, "a").id, BY_ADA, NOW, HOUSE, PEOPLE, is_approved=sent)
    done = task(change.process, "a")
    assert (done.is_approved, done.expired, change.events[0].new) == (kept, expired, label)


@pytest.mark.rule("T-088")
def test_the_clock_needs_no_answers_and_is_no_completer_but_waits_for_an_issue() -> None:
    process = launched(version(step("a", step_type="expiring", captures=[form_field("f", required=True)])))
    done = task(completed(process, "a", by=THE_CLOCK), "a")
    assert (done.expired, done.is_approved, done.completer_id, done.completer_guest) == (
        True,
        False,
        None,
        None,
    )
    refusal(changed(process, "a", issues=1), "a", by=THE_CLOCK)


ALL_OF_THEM = {"everyone_must_complete": True, "assignees": [STAN], "groups": [GROUP.hex]}


@pytest.mark.rule("T-090")
def test_everyone_completes_the_own_part_and_the_last_one_the_task() -> None:
    process = launched(version(step("a", **ALL_OF_THEM)))
    change = complete(process, task(process, "a").id, BY_STAN, NOW, HOUSE, PEOPLE)
    assert change.events[0].new == "1 of 3 completed"
    process = change.process
    assert (task(process, "a").status, dict(task(process, "a").parts)) == (
        TaskStatus.IN_PROGRESS,
        {"2": None},
    )
    assert refusal(process, "a", by=BY_STAN).message == "You have already completed your part of this task."
    process = completed(process, "a", by=Actor(guest="Gus@Example.com"))
    assert (task(process, "a").completed, set(task(process, "a").parts)) == (False, {"2", "gus@example.com"})
    assert task(completed(process, "a", by=BY_LIV), "a").completed


@pytest.mark.rule("T-091")
def test_one_who_is_not_assigned_completes_for_everyone() -> None:
    assert task(completed(launched(version(step("a", **ALL_OF_THEM))), "a", by=BY_ADA), "a").completed


@pytest.mark.rule("P-320")
@pytest.mark.parametrize("kind", ["email", "expiring", "expiring_email"])
def test_everyone_does_not_apply_to_other_types(kind: str) -> None:
    process = launched(version(step("a", step_type=kind, **ALL_OF_THEM)))
    assert task(completed(process, "a", by=BY_STAN), "a").completed


@pytest.mark.rule("P-321")
def test_those_who_left_are_not_waited_for() -> None:
    process = launched(version(step("a", everyone_must_complete=True, assignees=[STAN, LIV])))
    without_liv = Directory(assignable=frozenset({STAN}))
    change = complete(process, task(process, "a").id, BY_STAN, NOW, HOUSE, without_liv)
    assert task(change.process, "a").completed


@pytest.mark.rule("P-326")
@pytest.mark.parametrize(
    ("votes", "approved"), [([True, True], True), ([True, False], False), ([False], False), ([True], None)]
)
def test_the_first_rejection_ends_an_approval_by_all(votes: list[bool], approved: bool | None) -> None:
    of = version(step("a", step_type="approval", everyone_must_complete=True, assignees=[STAN, LIV]))
    process = launched(of)
    for vote, by in zip(votes, [BY_STAN, BY_LIV], strict=False):
        process = completed(process, "a", by=by, is_approved=vote)
    assert task(process, "a").is_approved is approved


@pytest.mark.rule("P-323")
def test_a_task_completes_when_those_who_are_left_have_done_their_part() -> None:
    process = launched(version(step("a", everyone_must_complete=True, assignees=[STAN, LIV])))
    process = completed(process, "a", by=BY_STAN)
    change = assign(process, task(process, "a").id, OwnersChange(users=(STAN,)), BY_ADA, NOW, HOUSE, PEOPLE)
    assert task(change.process, "a").completed
    assert change.process.status is ProcessStatus.COMPLETE
    assert [event.verb for event in change.events] == ["owners-updated", "completed", "completed"]


@pytest.mark.rule("P-323", "P-326")
@pytest.mark.parametrize(("votes", "approved"), [((True, True), True), ((), None)])
def test_those_who_are_left_have_decided_an_approval(votes: tuple[bool, ...], approved: bool | None) -> None:
    kind = "approval" if votes else "task"
    of = version(step("a", step_type=kind, everyone_must_complete=True, assignees=[STAN, LIV, ADA]))
    process = launched(of)
    for by, vote in zip((BY_STAN, BY_LIV), votes or (None, None), strict=True):
        process = completed(process, "a", by=by, is_approved=vote)
    assert dict(task(process, "a").parts) == dict(zip(("2", "3"), votes or (None, None), strict=True))
    left = OwnersChange(users=(STAN, LIV))
    change = assign(process, task(process, "a").id, left, BY_ADA, LATER, HOUSE, PEOPLE)
    done = task(change.process, "a")
    assert (done.completed, done.completed_at, done.is_approved) == (True, LATER, approved)


@pytest.mark.rule("P-445")
@pytest.mark.parametrize("what", ["complete", "reopen", "assign"])
def test_who_sets_off_a_rule_stands_beside_the_guests_it_assigns(what: str) -> None:
    named = {"users": [], "guests": ["x@example.com"], "groups": []}
    operation = {"complete": "completed", "reopen": "reopened", "assign": "not_assigned"}[what]
    assigning = rule("r", [condition("a", operation)], [action("assign", "b", "assignment", assignees=named)])
    process = launched(version(step("a", assignees=[ADA]), step("b"), automated_actions=[assigning]))
    only_liv = Directory(assignable=frozenset({LIV}), active=frozenset({LIV}))
    task_id = task(process, "a").id
    if what == "complete":
        change = complete(process, task_id, BY_LIV, NOW, HOUSE, only_liv)
    elif what == "reopen":
        change = reopen(completed(process, "a"), task_id, BY_LIV, NOW, HOUSE, only_liv)
    else:
        change = assign(process, task_id, OwnersChange(users=()), BY_LIV, NOW, HOUSE, only_liv)
    assert task(change.process, "b").people == People((LIV,), ("x@example.com",))


@pytest.mark.rule("T-094")
def test_reopening_keeps_the_answers_and_forgets_the_ending() -> None:
    of = version(step("a", step_type="approval", captures=[form_field("f")], everyone_must_complete=True))
    process = completed(answering(launched(of), "a", f="x"), "a", is_approved=True)
    again = task(reopened(process, "a"), "a")
    assert again.values == {hexed("f"): "x"}
    assert (again.status, again.completed_at, again.completer_id, again.is_approved, dict(again.parts)) == (
        TaskStatus.IN_PROGRESS,
        None,
        None,
        None,
        {},
    )


@pytest.mark.rule("T-094")
def test_reopening_forgets_the_guest_who_completed_and_that_the_time_was_up() -> None:
    process = completed(launched(version(step("a", step_type="expiring"))), "a", by=GUS, is_approved=False)
    again = task(reopened(process, "a"), "a")
    assert (again.completer_guest, again.expired, again.reopened) == (None, False, True)
    done = task(completed(reopened(process, "a"), "a"), "a")
    assert (done.expired, done.reopened) == (False, False)


@pytest.mark.rule("P-325")
def test_reopening_clears_the_parts_of_everyone() -> None:
    process = launched(version(step("a", **ALL_OF_THEM)))
    for by in (BY_STAN, BY_LIV, GUS):
        process = completed(process, "a", by=by)
    assert dict(task(reopened(process, "a"), "a").parts) == {}


@pytest.mark.rule("P-443")
def test_the_address_of_a_member_cannot_be_a_guest() -> None:
    with pytest.raises(Refused) as refused:
        owners(People(), OwnersChange(guests=("Ada@example.com",)))
    assert list(refused.value.reasons) == ["owners.guests"]


@pytest.mark.rule("P-350", "P-303")
def test_only_a_completed_task_of_a_live_process_can_be_reopened_and_never_by_a_guest() -> None:
    process = launched(version(step("a")))
    done = completed(process, "a")
    for wrong in (process, replace(done, archived_at=NOW), replace(done, issues=1)):
        with pytest.raises(Refused):
            reopened(wrong, "a")
    with pytest.raises(Refused):
        reopen(done, task(done, "a").id, GUS, NOW, HOUSE, PEOPLE)


@pytest.mark.rule("P-358")
def test_an_expired_task_gets_a_new_deadline_when_its_own_is_past() -> None:
    process = launched(version(step("a", step_type="expiring")))
    expired = completed(changed(process, "a", deadline=NOW), "a", by=THE_CLOCK)
    assert task(reopened(expired, "a", at=LATER), "a").deadline == LATER + timedelta(days=5)
    chosen = LATER + timedelta(days=1)
    assert task(reopened(expired, "a", at=LATER, new_deadline=chosen), "a").deadline == chosen
    with pytest.raises(Refused):
        reopened(expired, "a", at=LATER, new_deadline=NOW)


@pytest.mark.rule("P-021")
def test_the_first_answer_starts_a_task_and_an_empty_save_does_not() -> None:
    process = launched(version(step("a", captures=[form_field("f", required=True)])))
    assert not task(process, "a").answered
    assert task(answering(process, "a", unknown="x"), "a").status is TaskStatus.NOT_STARTED
    started = task(answering(process, "a", f="x"), "a")
    assert (started.status, started.answered) == (TaskStatus.IN_PROGRESS, True)


@pytest.mark.rule("T-084")
def test_answers_change_until_completion_and_after_reopening() -> None:
    process = launched(version(step("a", captures=[form_field("f")])))
    done = completed(answering(process, "a", f="x"), "a")
    with pytest.raises(Refused, match=r"A completed task cannot be updated\."):
        answering(done, "a", f="y")
    assert task(answering(reopened(done, "a"), "a", f="y"), "a").values == {hexed("f"): "y"}


def test_a_hidden_task_keeps_hidden_when_it_is_answered() -> None:
    process = launched(version(step("a", captures=[form_field("f")], hide_by_default=True), step("b")))
    assert task(answering(process, "a", f="x"), "a").status is TaskStatus.HIDDEN


@pytest.mark.rule("P-006")
def test_the_last_completion_completes_the_process_and_a_reopening_takes_it_back() -> None:
    process = launched(version(step("a")))
    change = complete(process, task(process, "a").id, BY_ADA, LATER, HOUSE, PEOPLE)
    assert (change.process.status, change.process.completed_at) == (ProcessStatus.COMPLETE, LATER)
    assert (change.events[-1].verb, change.events[-1].kind) == ("completed", "Process")
    again = reopened(change.process, "a")
    assert (again.status, again.completed_at) == (ProcessStatus.ACTIVE, None)


def owners(current: People, change: OwnersChange) -> People:
    process = changed(launched(version(step("a"))), "a", people=current)
    after = assign(process, task(process, "a").id, change, BY_STAN, NOW, HOUSE, PEOPLE)
    return task(after.process, "a").people


@pytest.mark.rule("P-435")
def test_a_bucket_that_is_not_given_stays_and_a_given_one_replaces() -> None:
    current = People((ADA,), ("x@example.com",), (GROUP,))
    assert owners(current, OwnersChange(users=(LIV,))) == People((LIV,), ("x@example.com",), (GROUP,))
    assert owners(current, OwnersChange(guests=(), groups=())) == People((ADA,))
    assert owners(current, OwnersChange()) == current


def test_people_can_be_added_and_removed() -> None:
    change = OwnersChange(add=People((LIV,), ("X@Example.com",)), remove=People((ADA,)))
    assert owners(People((ADA, STAN)), change) == People((STAN, LIV), ("x@example.com",))
    with pytest.raises(Refused) as refused:
        owners(People(), OwnersChange(users=(ADA,), add=People((LIV,))))
    assert refused.value.reasons == {"owners": ["Add and remove cannot be mixed with whole lists."]}


@pytest.mark.rule("T-113")
def test_taking_the_last_member_from_guests_puts_the_owner_beside_them() -> None:
    assert owners(People((LIV,), ("x@example.com",)), OwnersChange(users=())).users == (ADA,)


@pytest.mark.rule("P-432")
def test_too_many_people_on_a_task_are_refused() -> None:
    process = changed(launched(version(step("a"))), "a", max_assignable=2)
    with pytest.raises(Refused) as refused:
        assign(process, task(process, "a").id, OwnersChange(groups=(GROUP,)), BY_ADA, NOW, HOUSE, PEOPLE)
    assert list(refused.value.reasons) == ["owners"]


@pytest.mark.rule("P-532")
def test_a_wrong_answer_is_refused_on_saving() -> None:
    process = launched(version(step("a", captures=[form_field("f", "email"), form_field("g", "radio")])))
    with pytest.raises(Refused) as refused:
        save_answers(process, task(process, "a").id, {"f": "?", "g": "?"}, NOW, PEOPLE)
    assert set(refused.value.reasons) == {f"taskdata.{hexed('f')}", f"taskdata.{hexed('g')}"}


def test_a_task_beside_the_process_steps_completes_without_rules() -> None:
    process = launched(version(step("a")))
    extra = Task(
        id=task(process, "a").id.__class__(int=7),
        number=9,
        title="x",
        original_title="x",
        position=2,
        created_at=NOW,
        oneoff=True,
    )
    done = complete(process.having(extra), extra.id, BY_ADA, NOW, HOUSE, PEOPLE).process
    assert done.tasks[extra.id].completed


@pytest.mark.parametrize("operation", ["completed", "reopened", "not_assigned"])
def test_what_is_done_to_a_one_off_task_made_from_a_step_runs_no_rule_about_the_step(operation: str) -> None:
    hiding = rule("r", [condition("a", operation)], [action("hide", "b")])
    process = launched(version(step("a", assignees=[ADA]), step("b"), automated_actions=[hiding]))
    extra = replace(task(process, "a"), id=UUID(int=7), oneoff=True)
    process = process.having(extra)
    done = complete(process, extra.id, BY_ADA, NOW, HOUSE, PEOPLE)
    again = reopen(done.process, extra.id, BY_ADA, NOW, HOUSE, PEOPLE)
    others = assign(process, extra.id, OwnersChange(users=()), BY_ADA, NOW, HOUSE, PEOPLE)
    for change in (done, again, others):
        assert not [event for event in change.events if event.kind == "execution"]
