"""What is told of each change, to the last word: the log, mails and webhooks are made of nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from stepwell.engine import hand
from stepwell.engine.assignment import OwnersChange, listed
from stepwell.engine.completion import assign, complete, move_deadline, reopen, save_answers
from stepwell.engine.kickoff import complete_kickoff, reopen_kickoff, save_kickoff
from stepwell.engine.model import Change, Event, People, Process, Refused, Version

from .builders import (
    ADA,
    BY_ADA,
    BY_STAN,
    HOUSE,
    LIV,
    NOW,
    PEOPLE,
    STAN,
    THE_CLOCK,
    action,
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
)

DAY = timedelta(days=1)
NOON_OF = "2026-06-{}T12:00:00Z"
A_DONE = [condition("a", "completed")]
BY_RULE = {"automation_id": hexed("r"), "alias": "r"}


def of_task(process: Process, name: str, verb: str, description: str, **more: Any) -> Event:
    subject_id = task(process, name).id
    return Event(
        verb=verb, kind="Task", subject="task", subject_id=subject_id, description=description, **more
    )


def of_process(process: Process, verb: str, description: str, **more: Any) -> Event:
    return Event(
        verb=verb,
        kind="Process",
        subject="process",
        subject_id=process.id,
        description=description,
        **more,
    )


def done(process: Process, name: str = "a", **more: Any) -> Change:
    return complete(process, task(process, name).id, BY_ADA, NOW, HOUSE, PEOPLE, **more)


def ruled(*actions: dict[str, Any], **b: Any) -> Version:
    """A template whose rule `r` does this to `b`, or others, when `a` is completed."""
    b = {"deadline": {"value": 5, "unit": "days", "option": "from", "step": "start_run"}, **b}
    return version(step("a"), step("b", **b), automated_actions=[rule("r", A_DONE, list(actions))])


def told_of_rule(change: Change) -> tuple[Event, ...]:
    """What the rule did, without the row that says how it was evaluated."""
    return tuple(event for event in change.events[1:] if event.kind != "execution")


def test_a_completion_and_that_of_the_process() -> None:
    process = launched(version(step("a")))
    assert done(process).events == (
        of_task(process, "a", "completed", "Completed task: a", new="completed"),
        of_process(process, "completed", "Completed process"),
    )


@pytest.mark.parametrize("label", ["Approved", "Rejected"])
def test_a_decision(label: str) -> None:
    process = launched(version(step("a", step_type="approval"), step("b")))
    change = done(process, is_approved=label == "Approved")
    assert change.events == (of_task(process, "a", "completed", f"{label} task: a", new=label.lower()),)


def test_a_part_of_a_task_for_everyone() -> None:
    process = launched(version(step("a", everyone_must_complete=True, assignees=[ADA, STAN])))
    far = "1 of 2 completed"
    assert done(process).events == (
        of_task(process, "a", "updated", f"{far}: a", field="completion_progress", new=far),
    )


def test_a_reopening_with_and_without_a_new_deadline() -> None:
    process = done(launched(version(step("a"), step("b")))).process
    told = of_task(process, "a", "re-opened", "Reopened task: a")
    task_id, later = task(process, "a").id, NOW + 9 * DAY
    assert reopen(process, task_id, BY_ADA, NOW, HOUSE, PEOPLE).events == (told,)
    assert reopen(process, task_id, BY_ADA, NOW, HOUSE, PEOPLE, later).events == (
        replace(told, field="deadline", old=NOON_OF.format(15), new=NOON_OF.format(19)),
    )


def test_answers_each_by_its_label() -> None:
    process = launched(version(step("a", captures=[form_field("f"), form_field("g"), form_field("h")])))
    first = save_answers(process, task(process, "a").id, {"f": "x", "g": "y"}, NOW, PEOPLE)
    second = save_answers(first.process, task(process, "a").id, {"f": "z", "g": "y"}, NOW, PEOPLE)
    like = of_task(process, "a", "updated", "Answered: a")
    assert first.events == (replace(like, field="f", new="x"), replace(like, field="g", new="y"))
    assert second.events == (replace(like, field="f", old="x", new="z"),)
    assert save_answers(first.process, task(process, "a").id, {"f": "x"}, NOW, PEOPLE).events == ()


def test_other_people() -> None:
    process = launched(version(step("a", assignees=[STAN])))
    change = assign(process, task(process, "a").id, OwnersChange(users=(LIV,)), BY_ADA, NOW, HOUSE, PEOPLE)
    assert change.events == (
        of_task(process, "a", "owners-updated", "Changed the assignees of: a", field="owners",
                old=listed(People(users=(STAN,))), new=listed(People(users=(LIV,)))),
    )  # fmt: skip


@pytest.mark.rule("T-121")
def test_a_deadline_set_by_hand_and_what_follows_it() -> None:
    back = {"value": 1, "unit": "days", "option": "prior_to", "step": hexed("a")}
    process = launched(version(step("a"), step("b", deadline=back), step("c")))
    change = move_deadline(process, task(process, "a").id, NOW + 9 * DAY, NOW, HOUSE)
    assert change.events == (
        of_task(process, "a", "updated", "Changed the deadline of: a", field="deadline",
                old=NOON_OF.format(15), new=NOON_OF.format(19)),
        of_task(process, "b", "updated", "Deadline counted from: a", field="deadline",
                old=NOON_OF.format(14), new=NOON_OF.format(18), why={"task_id": task(process, "a").id.hex}),
    )  # fmt: skip
    assert change.tasks == (task(change.process, "a"), task(change.process, "b"))


def test_a_deadline_that_is_moved_in_a_complete_process_completes_it_no_second_time() -> None:
    process = done(launched(version(step("a")))).process
    change = move_deadline(process, task(process, "a").id, NOW + 9 * DAY, NOW, HOUSE)
    assert [event.verb for event in change.events] == ["updated"]


def test_showing_and_hiding_by_hand() -> None:
    process = launched(version(step("a"), step("b")))
    hidden = hand.hide(process, task(process, "a").id, NOW)
    words: dict[str, Any] = {"field": "visibility", "old": "visible", "new": "hidden"}
    assert hidden.events == (of_task(process, "a", "updated", "Hidden: a", **words),)
    words = {"field": "visibility", "old": "hidden", "new": "visible"}
    shown = hand.show(hidden.process, task(process, "a").id, NOW, HOUSE)
    assert shown.events == (of_task(process, "a", "updated", "Shown: a", **words),)
    assert hand.hide(hidden.process, task(process, "a").id, NOW).events == ()
    assert hand.show(shown.process, task(process, "a").id, NOW, HOUSE).events == ()


def test_a_launch_and_one_at_which_everything_would_have_been_hidden() -> None:
    created = launched_change(version(step("a")))
    assert created.events == (of_process(created.process, "created", "Launched process: P"),)
    hidden = launched_change(version(step("a", hide_by_default=True)))
    every = "Every step would have been hidden at launch, so all of them are shown."
    assert of_process(hidden.process, "updated", every, field="visibility") in hidden.events


def test_the_kick_off_form() -> None:
    process = launched(version(step("a"), prerun=[form_field("k")]), {"k": "x"})
    changed = save_kickoff(process, {"k": "y"}, NOW, HOUSE, PEOPLE)
    assert changed.events == (
        of_process(process, "updated", "Changed the kick-off form", field="k", old="x", new="y"),
    )
    reopened = reopen_kickoff(process, NOW)
    assert reopened.events == (
        of_process(process, "re-opened", "Reopened the kick-off form", field="prerun"),
    )
    assert complete_kickoff(reopened.process, BY_ADA, NOW, HOUSE, PEOPLE).events == (
        of_process(process, "completed", "Completed the kick-off form", field="prerun"),
    )


@pytest.mark.rule("T-159")
@pytest.mark.parametrize(("verb", "was", "told"), [("show", True, "Shown"), ("hide", False, "Hidden")])
def test_a_rule_that_shows_or_hides(verb: str, was: bool, told: str) -> None:
    process = launched(ruled(action(verb, "b"), hide_by_default=was))
    old, new = ("hidden", "visible") if was else ("visible", "hidden")
    change = done(process)
    assert told_of_rule(change)[0] == of_task(
        process, "b", "updated", f"{told}: b", field="visibility", old=old, new=new, why=BY_RULE
    )
    [effect] = task(change.process, "b").rule_effects
    assert (effect.kind, effect.before, effect.after, effect.cause, effect.caused_at) == (
        "visibility", old, new, task(process, "a").step_id, NOW,
    )  # fmt: skip


@pytest.mark.rule("T-163")
def test_a_rule_that_assigns() -> None:
    process = launched(ruled(action("assign_only", "b", "assignment", assignees={"users": [LIV]})))
    change = done(process)
    old, new = listed(People()), listed(People(users=(LIV,)))
    assert told_of_rule(change) == (
        of_task(process, "b", "owners-updated", "Changed the assignees of: b",
                field="owners", old=old, new=new, why=BY_RULE),
    )  # fmt: skip
    [effect] = task(change.process, "b").rule_effects
    assert (effect.kind, effect.before, effect.after) == ("assignment", old, new)


@pytest.mark.rule("T-114", "T-170")
def test_a_rule_that_may_not_assign_so_many() -> None:
    many = action("assign", "b", "assignment", assignees={"users": [ADA, LIV]})
    change = done(launched(ruled(many, max_assignable=1)))
    [told] = told_of_rule(change)
    sentence = told.new
    assert told == of_task(
        change.process, "b", "execution_fail", "An automation could not change the assignees of: b",
        field="refused", new=sentence, why=BY_RULE,
    )  # fmt: skip
    assert sentence.startswith("The automation “r” could not change the assignees of this task: ")
    assert "1" in sentence


@pytest.mark.rule("T-165")
def test_a_rule_that_moves_a_deadline() -> None:
    span = {"value": 2, "unit": "days", "option": "from"}
    process = launched(ruled(action("deadline", "b", "deadline", deadline=span)))
    assert told_of_rule(done(process)) == (
        of_task(process, "b", "updated", "Changed the deadline of: b", field="deadline",
                old=NOON_OF.format(15), new=NOON_OF.format(17), why=BY_RULE),
    )  # fmt: skip


@pytest.mark.rule("T-168")
def test_a_rule_that_reopens() -> None:
    process = completed(launched(ruled(action("reopen", "b", "status"))), "b")
    assert told_of_rule(done(process)) == (
        of_task(process, "b", "re-opened", "Reopened task: b", why=BY_RULE),
    )


@pytest.mark.rule("T-169")
def test_a_rule_that_sends_a_webhook() -> None:
    hooks = [action("show", "b"), action("emit_webhook", "b", "webhook", webhook_url="https://x.example")]
    process = launched(ruled(*hooks))
    assert told_of_rule(done(process))[1:] == (
        of_task(process, "b", "emitted", "Webhook of an automation: r",
                field="webhook", new="r", why={**BY_RULE, "action": 1}),
    )  # fmt: skip


REFUSALS: list[tuple[str, Callable[[Process], Change]]] = [
    ("Guests cannot reopen tasks.", lambda p: reopen(p, task(p, "a").id, GUS, NOW, HOUSE, PEOPLE)),
    ("This task is not completed.", lambda p: reopen(p, task(p, "b").id, BY_ADA, NOW, HOUSE, PEOPLE)),
    ("A completed task cannot be updated.", lambda p: reassigned(p, "a")),
    ("This task is archived.", lambda p: reassigned(archived(p, "b"), "b")),
    (
        "This task is archived.",
        lambda p: reopen(archived(p, "a"), task(p, "a").id, BY_ADA, NOW, HOUSE, PEOPLE),
    ),
    ("This task is archived.", lambda p: save_answers(archived(p, "b"), task(p, "b").id, {}, NOW, PEOPLE)),
    ("This task is archived.", lambda p: hand.hide(archived(p, "b"), task(p, "b").id, NOW)),
    ("A completed task cannot be shown or hidden.", lambda p: hand.hide(p, task(p, "a").id, NOW)),
    (
        "A one-off task cannot be shown or hidden.",
        lambda p: hand.hide(p.having(replace(task(p, "b"), oneoff=True)), task(p, "b").id, NOW),
    ),
    ("This process is archived.", lambda p: reassigned(replace(p, archived_at=NOW), "b")),
    ("This process has an open issue. Resolve it first.", lambda p: reassigned(replace(p, issues=1), "b")),
]
GUS = replace(BY_ADA, user_id=None, guest="gus@example.com")


def reassigned(process: Process, name: str) -> Change:
    change = OwnersChange(users=(LIV,))
    return assign(process, task(process, name).id, change, BY_STAN, NOW, HOUSE, PEOPLE)


def archived(process: Process, name: str) -> Process:
    return process.having(replace(task(process, name), archived_at=NOW))


@pytest.mark.parametrize(("message", "refused"), REFUSALS)
def test_a_refusal_says_why(message: str, refused: Callable[[Process], Change]) -> None:
    process = done(launched(version(step("a"), step("b"), step("c")))).process
    with pytest.raises(Refused) as reason:
        refused(process)
    assert (reason.value.message, reason.value.reasons) == (message, {})


@pytest.mark.rule("P-358")
def test_a_new_deadline_in_the_past_is_refused_by_its_field() -> None:
    process = launched(version(step("a", step_type="expiring")))
    process = process.having(replace(task(process, "a"), deadline=NOW))
    expired = completed(process, "a", by=THE_CLOCK)
    with pytest.raises(Refused) as reason:
        reopen(expired, task(expired, "a").id, BY_ADA, NOW + DAY, HOUSE, PEOPLE, NOW)
    assert reason.value.message == "The given data was invalid."
    assert reason.value.reasons == {"deadline": ["The new deadline must be in the future."]}
