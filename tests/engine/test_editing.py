from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from stepwell.engine.editing import archived, edited, restarted, unarchived, with_form, without_part
from stepwell.engine.model import Process, ProcessStatus, Refused, Task, TaskStatus, TaskType

from .builders import (
    ADA,
    BY_ADA,
    BY_STAN,
    HOUSE,
    NOW,
    PEOPLE,
    answering,
    completed,
    form_field,
    launched,
    made_field,
    step,
    task,
    version,
)

PROCESS = launched(version(step("A", captures=[form_field("f", required=True)]), step("B")))
EXTRA = Task(
    id=UUID(int=77), number=77, title="X", original_title="X", position=3, created_at=NOW, oneoff=True,
    fields=(made_field(),), values={made_field().key: "kept"},
)  # fmt: skip


def change(process: Process, name: str, **properties: Any) -> Task:
    return task(edited(process, task(process, name).id, properties, NOW).process, name)


def test_only_what_differs_is_an_event() -> None:
    of = task(PROCESS, "A")
    found = edited(PROCESS, of.id, {"title": "New", "webhook": None, "type": TaskType.APPROVAL}, NOW)
    assert [(event.field, event.old, event.new) for event in found.events] == [
        ("title", "A", "New"),
        ("task_type", "task", "approval"),
    ]
    assert [one.id for one in found.tasks] == [of.id]
    assert edited(PROCESS, of.id, {"title": "A"}, NOW).tasks == ()


def test_texts_stay_out_of_the_log() -> None:
    (event,) = edited(PROCESS, task(PROCESS, "A").id, {"summary": "long"}, NOW).events
    assert (event.field, event.old, event.new) == ("summary", None, None)


@pytest.mark.rule("P-320")
def test_everyone_and_the_type_must_agree() -> None:
    for properties, field in (
        ({"type": TaskType.EMAIL, "everyone_must_complete": True}, "everyone_must_complete"),
        ({"everyone_must_complete": True, "type": TaskType.EXPIRING}, "everyone_must_complete"),
    ):
        with pytest.raises(Refused) as refusal:
            change(PROCESS, "A", **properties)
        assert refusal.value.reasons.keys() == {field}
    shared = PROCESS.having(replace(task(PROCESS, "A"), everyone_must_complete=True))
    with pytest.raises(Refused) as refusal:
        change(shared, "A", type=TaskType.EMAIL)
    assert refusal.value.reasons.keys() == {"task_type"}
    assert change(shared, "A", title="N").title == "N"


def test_nothing_changes_in_what_is_archived() -> None:
    gone = replace(PROCESS, archived_at=NOW)
    with pytest.raises(Refused, match="process is archived"):
        change(gone, "A", title="N")
    with pytest.raises(Refused, match="task is archived"):
        change(PROCESS.having(replace(task(PROCESS, "A"), archived_at=NOW)), "A", title="N")


def test_answers_go_with_their_fields() -> None:
    process = PROCESS.having(EXTRA)
    other = made_field(required=True)
    kept = with_form(process, EXTRA.id, (other,), NOW).process.tasks[EXTRA.id]
    assert (dict(kept.values), kept.answered) == ({other.key: "kept"}, True)
    bare = with_form(process, EXTRA.id, (), NOW).process.tasks[EXTRA.id]
    assert dict(bare.values) == {}


@pytest.mark.rule("P-325")
def test_only_an_own_part_of_an_open_task_is_taken_back() -> None:
    half = PROCESS.having(replace(task(PROCESS, "B"), everyone_must_complete=True, parts={str(ADA): None}))
    after = without_part(half, task(half, "B").id, BY_ADA, NOW).process
    assert dict(task(after, "B").parts) == {}
    with pytest.raises(Refused, match="have not completed your part"):
        without_part(half, task(half, "B").id, BY_STAN, NOW)
    with pytest.raises(Refused, match="open issue"):
        without_part(replace(half, issues=1), task(half, "B").id, BY_ADA, NOW)


def test_a_restart_clears_answers_and_reopens() -> None:
    done = completed(answering(PROCESS, "A", f="x"), "A")
    again = restarted(done, task(done, "A").id, BY_ADA, NOW, HOUSE, PEOPLE)
    of = task(again.process, "A")
    assert (of.status, dict(of.values), of.answered) == (TaskStatus.IN_PROGRESS, {}, False)
    assert [event.verb for event in again.events] == ["re-opened", "updated"]
    still = restarted(PROCESS, task(PROCESS, "B").id, BY_ADA, NOW, HOUSE, PEOPLE).process
    assert task(still, "B").status is TaskStatus.NOT_STARTED


@pytest.mark.rule("P-378")
def test_only_one_off_tasks_are_archived() -> None:
    process = completed(answering(PROCESS, "A", f="x"), "A")
    process = completed(process, "B").having(EXTRA)
    with pytest.raises(Refused, match="Only one-off tasks"):
        archived(process, task(process, "A").id, NOW)
    gone = archived(process, EXTRA.id, NOW)
    assert gone.process.status is ProcessStatus.COMPLETE
    assert archived(gone.process, EXTRA.id, NOW).events == ()
    back = unarchived(gone.process, EXTRA.id, NOW).process
    assert (back.tasks[EXTRA.id].archived_at, back.status) == (None, ProcessStatus.ACTIVE)
    assert unarchived(back, EXTRA.id, NOW).events == ()
