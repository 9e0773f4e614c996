from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from stepwell.engine.model import People, Refused, Task, TaskStatus, TaskType
from stepwell.engine.oneoff import complete_one_off, reopen_one_off, save_one_off_answers

from .builders import BY_LIV, BY_STAN, HOUSE, LIV, NOW, PEOPLE, STAN, THE_CLOCK, form_field, version

FIELD = version(prerun=[form_field("f", "number", required=True)]).kickoff[0]
TASK = Task(
    id=UUID(int=1),
    number=1,
    title="t",
    original_title="t",
    position=1,
    created_at=NOW,
    oneoff=True,
    fields=(FIELD,),
)


def test_it_is_answered_completed_and_reopened() -> None:
    with pytest.raises(Refused):
        complete_one_off(TASK, BY_STAN, NOW, PEOPLE)
    answered = save_one_off_answers(TASK, {FIELD.key: "5"}, PEOPLE)
    assert (answered.task.values, answered.task.status) == ({FIELD.key: 5}, TaskStatus.IN_PROGRESS)
    done = complete_one_off(answered.task, BY_STAN, NOW, PEOPLE).task
    assert (done.completed, done.completer_id) == (True, STAN)
    with pytest.raises(Refused, match="already completed"):
        complete_one_off(done, BY_STAN, NOW, PEOPLE)
    again = reopen_one_off(done, NOW, HOUSE)
    assert (again.task.status, again.task.values) == (TaskStatus.IN_PROGRESS, {FIELD.key: 5})


def test_everyone_has_a_part_in_it() -> None:
    task = replace(TASK, fields=(), everyone_must_complete=True, people=People((STAN, LIV)))
    half = complete_one_off(task, BY_STAN, NOW, PEOPLE).task
    assert not half.completed
    assert complete_one_off(half, BY_LIV, NOW, PEOPLE).task.completed


def test_it_expires_by_the_clock_and_gets_a_new_deadline_when_it_is_reopened() -> None:
    task = replace(TASK, type=TaskType.EXPIRING, deadline=NOW)
    expired = complete_one_off(task, THE_CLOCK, NOW, PEOPLE).task
    assert expired.expired
    assert reopen_one_off(expired, NOW, HOUSE).task.deadline == NOW + timedelta(days=5)
