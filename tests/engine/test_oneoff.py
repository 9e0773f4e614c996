from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from stepwell.engine.assignment import OwnersChange
from stepwell.engine.completion import assign, complete, reopen, save_answers
from stepwell.engine.model import Change, People, Process, Refused, Task, TaskStatus, TaskType
from stepwell.engine.oneoff import alone, of_the_task_alone

from .builders import BY_LIV, BY_STAN, HOUSE, LIV, NOW, PEOPLE, STAN, THE_CLOCK, form_field, version

FIELD = version(prerun=[form_field("f", "number", required=True)]).kickoff[0]
TASK = Task(
    id=UUID(int=1),
    number=1,
    title="t",
    original_title="t",
    position=1,
    created_at=NOW,
    starter_id=STAN,
    oneoff=True,
    fields=(FIELD,),
)


def after(task: Task, decide: Callable[[Process], Change]) -> Task:
    change = of_the_task_alone(decide(alone(task)))
    assert all(event.subject_id == task.id for event in change.events)
    return change.tasks[0]


def test_it_is_answered_completed_and_reopened() -> None:
    with pytest.raises(Refused):
        complete(alone(TASK), TASK.id, BY_STAN, NOW, HOUSE, PEOPLE)
    answered = after(TASK, lambda one: save_answers(one, TASK.id, {FIELD.key: "5"}, NOW, PEOPLE))
    assert (answered.values, answered.status) == ({FIELD.key: 5}, TaskStatus.IN_PROGRESS)
    done = after(answered, lambda one: complete(one, TASK.id, BY_STAN, NOW, HOUSE, PEOPLE))
    assert (done.completed, done.completer_id) == (True, STAN)
    with pytest.raises(Refused, match="already completed"):
        complete(alone(done), TASK.id, BY_STAN, NOW, HOUSE, PEOPLE)
    again = after(done, lambda one: reopen(one, TASK.id, BY_STAN, NOW, HOUSE, PEOPLE))
    assert (again.status, again.values) == (TaskStatus.IN_PROGRESS, {FIELD.key: 5})


def test_nothing_is_said_about_a_process_that_does_not_exist() -> None:
    task = replace(TASK, fields=())
    change = complete(alone(task), TASK.id, BY_STAN, NOW, HOUSE, PEOPLE)
    assert [event.verb for event in change.events] == ["completed", "completed"]
    assert [event.kind for event in of_the_task_alone(change).events] == ["Task"]


def test_everyone_has_a_part_in_it() -> None:
    task = replace(TASK, fields=(), everyone_must_complete=True, people=People((STAN, LIV)))
    half = after(task, lambda one: complete(one, TASK.id, BY_STAN, NOW, HOUSE, PEOPLE))
    assert not half.completed
    assert after(half, lambda one: complete(one, TASK.id, BY_LIV, NOW, HOUSE, PEOPLE)).completed


def test_its_creator_stands_beside_guests() -> None:
    guests = OwnersChange(guests=("gus@example.com",))
    assigned = after(TASK, lambda one: assign(one, TASK.id, guests, BY_LIV, NOW, HOUSE, PEOPLE))
    assert assigned.people == People((STAN,), ("gus@example.com",))


def test_it_expires_by_the_clock_and_gets_a_new_deadline_when_it_is_reopened() -> None:
    task = replace(TASK, type=TaskType.EXPIRING, deadline=NOW)
    expired = after(task, lambda one: complete(one, TASK.id, THE_CLOCK, NOW, HOUSE, PEOPLE))
    assert expired.expired
    again = after(expired, lambda one: reopen(one, TASK.id, BY_STAN, NOW, HOUSE, PEOPLE))
    assert again.deadline == NOW + timedelta(days=5)
