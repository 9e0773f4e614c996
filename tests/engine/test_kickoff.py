from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from stepwell.engine.kickoff import complete_kickoff, reopen_kickoff, save_kickoff
from stepwell.engine.model import Change, ProcessStatus, Refused

from .builders import (
    ADA,
    BY_ADA,
    HOUSE,
    LIV,
    NOW,
    PEOPLE,
    action,
    completed,
    condition,
    form_field,
    hexed,
    launched,
    rule,
    step,
    task,
    version,
)

OF = version(
    step("a"),
    step("b"),
    prerun=[form_field("k", required=True), form_field("l")],
    automated_actions=[rule("r", [condition("k", "equals", "x", "Prerun")], [action("show", "b")])],
)


@pytest.mark.rule("P-055")
def test_only_the_answers_that_are_sent_change_and_rules_on_them_run() -> None:
    process = launched(OF, {"k": "y", "l": "1"})
    change = save_kickoff(process, {"k": "x"}, NOW, HOUSE, PEOPLE)
    assert change.process.values == {hexed("k"): "x", hexed("l"): "1"}
    assert task(change.process, "b").visible
    assert [event.kind for event in change.events] == ["Process", "execution", "Task"]
    untouched = save_kickoff(process, {"l": "2"}, NOW, HOUSE, PEOPLE)
    assert [event.kind for event in untouched.events] == ["Process"]


def test_a_required_answer_of_a_complete_form_cannot_be_cleared() -> None:
    with pytest.raises(Refused) as refused:
        save_kickoff(launched(OF, {"k": "y"}), {"k": None}, NOW, HOUSE, PEOPLE)
    assert refused.value.reasons == {f"prerun.{hexed('k')}": ["k is required"]}


@pytest.mark.rule("P-054")
def test_a_reopened_form_takes_the_process_back_until_it_is_submitted_again() -> None:
    done = completed(launched(OF, {"k": "y"}), "a")
    assert done.status is ProcessStatus.COMPLETE
    done = replace(done, kickoff_completed_at=NOW, kickoff_completed_by=LIV)
    open_again = reopen_kickoff(done, NOW).process
    assert (open_again.status, open_again.kickoff_complete) == (ProcessStatus.ACTIVE, False)
    assert (open_again.kickoff_completed_at, open_again.kickoff_completed_by) == (None, None)
    cleared = save_kickoff(open_again, {"k": ""}, NOW, HOUSE, PEOPLE).process
    with pytest.raises(Refused):
        complete_kickoff(cleared, BY_ADA, NOW, HOUSE, PEOPLE)
    later = NOW + timedelta(hours=1)
    again = complete_kickoff(cleared, BY_ADA, later, HOUSE, PEOPLE, {"k": "z"}).process
    assert (again.status, again.kickoff_complete) == (ProcessStatus.COMPLETE, True)
    assert (again.kickoff_completed_at, again.kickoff_completed_by) == (later, ADA)


@pytest.mark.rule("P-054")
def test_submitting_again_evaluates_the_rules_on_the_form() -> None:
    process = reopen_kickoff(launched(OF, {"k": "y"}), NOW).process
    change = complete_kickoff(process, BY_ADA, NOW, HOUSE, PEOPLE)
    assert [event.kind for event in change.events] == ["Process", "execution"]


def test_a_wrong_answer_is_told_under_its_field() -> None:
    process = launched(version(step("a"), prerun=[form_field("mail", "email")]))
    for sent in (save_kickoff(process, {}, NOW, HOUSE, PEOPLE), reopen_kickoff(process, NOW)):
        with pytest.raises(Refused) as saving:
            save_kickoff(sent.process, {"mail": "?"}, NOW, HOUSE, PEOPLE)
        with pytest.raises(Refused) as submitting:
            complete_kickoff(sent.process, BY_ADA, NOW, HOUSE, PEOPLE, {"mail": "?"})
        assert list(saving.value.reasons) == list(submitting.value.reasons) == [f"prerun.{hexed('mail')}"]


def test_a_form_of_an_archived_process_stays_as_it_is() -> None:
    process = replace(launched(OF, {"k": "y"}), archived_at=NOW)
    for refused in (
        lambda: save_kickoff(process, {"k": "x"}, NOW, HOUSE, PEOPLE),
        lambda: complete_kickoff(process, BY_ADA, NOW, HOUSE, PEOPLE),
        lambda: reopen_kickoff(process, NOW),
    ):
        with pytest.raises(Refused, match=r"This process is archived\."):
            refused()


def test_submitting_a_complete_form_or_reopening_an_open_one_changes_nothing() -> None:
    process = completed(launched(OF, {"k": "y"}), "a")
    nothing = Change(process=process, tasks=(), events=())
    assert complete_kickoff(process, BY_ADA, NOW, HOUSE, PEOPLE) == nothing
    assert save_kickoff(process, {"k": "y"}, NOW, HOUSE, PEOPLE) == nothing
    change = reopen_kickoff(process, NOW)
    assert (change.tasks, [event.verb for event in change.events]) == ((), ["re-opened"])
    open_again = change.process
    assert reopen_kickoff(open_again, NOW) == Change(process=open_again, tasks=(), events=())


@pytest.mark.rule("P-054")
def test_reopening_a_form_that_asks_nothing_changes_nothing() -> None:
    process = completed(launched(version(step("a"))), "a")
    assert reopen_kickoff(process, NOW) == Change(process=process, tasks=(), events=())


def test_changing_the_form_of_a_complete_process_completes_it_no_second_time() -> None:
    process = completed(launched(OF, {"k": "y"}), "a")
    change = save_kickoff(process, {"l": "2"}, NOW, HOUSE, PEOPLE)
    assert (change.tasks, [event.field for event in change.events]) == ((), ["l"])
