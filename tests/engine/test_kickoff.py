from __future__ import annotations

import pytest

from stepwell.engine.kickoff import complete_kickoff, reopen_kickoff, save_kickoff
from stepwell.engine.model import ProcessStatus, Refused

from .builders import (
    ADA,
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
    open_again = reopen_kickoff(done, NOW).process
    assert (open_again.status, open_again.kickoff_complete) == (ProcessStatus.ACTIVE, False)
    cleared = save_kickoff(open_again, {"k": ""}, NOW, HOUSE, PEOPLE).process
    with pytest.raises(Refused):
        complete_kickoff(cleared, BY_ADA, NOW, HOUSE, PEOPLE)
    again = complete_kickoff(cleared, BY_ADA, NOW, HOUSE, PEOPLE, {"k": "z"}).process
    assert (again.status, again.kickoff_completed_by) == (ProcessStatus.COMPLETE, ADA)


@pytest.mark.rule("P-054")
def test_submitting_again_evaluates_the_rules_on_the_form() -> None:
    process = reopen_kickoff(launched(OF, {"k": "y"}), NOW).process
    change = complete_kickoff(process, BY_ADA, NOW, HOUSE, PEOPLE)
    assert [event.kind for event in change.events] == ["Process", "execution"]


def test_submitting_a_complete_form_or_reopening_an_open_one_changes_nothing() -> None:
    process = launched(OF, {"k": "y"})
    assert complete_kickoff(process, BY_ADA, NOW, HOUSE, PEOPLE).process == process
    open_again = reopen_kickoff(process, NOW).process
    assert reopen_kickoff(open_again, NOW).process == open_again
