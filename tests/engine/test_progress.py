from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepwell.engine import hand
from stepwell.engine.model import Change, Process, ProcessStatus, Refused, Task, TaskStatus
from stepwell.engine.progress import (
    Progress,
    counts,
    progress,
    settle,
    status_of,
    whole_progress,
)
from stepwell.engine.tally import tally_of

from .builders import HOUSE, NOW, answering, completed, form_field, launched, step, task, version

OPEN = Task(id=UUID(int=1), number=1, title="t", original_title="t", position=1, created_at=NOW)
COMPLETED = replace(OPEN, status=TaskStatus.COMPLETED, completed_at=NOW)
HIDDEN = replace(OPEN, status=TaskStatus.HIDDEN)
some_tasks = st.lists(st.builds(replace, st.just(OPEN), status=st.sampled_from(TaskStatus)))


@pytest.mark.rule("P-008")
@pytest.mark.parametrize(("done", "of", "percent"), [(0, 0, 0), (1, 3, 33), (1, 8, 13), (199, 200, 100)])
def test_percent_is_whole_and_half_goes_up(done: int, of: int, percent: int) -> None:
    assert progress(tally_of([COMPLETED] * done + [OPEN] * (of - done))).percent == percent
    assert progress(tally_of([]), complete=True).percent == 100


@pytest.mark.rule("P-009")
def test_the_whole_progress_counts_hidden_tasks_too() -> None:
    assert whole_progress(tally_of([COMPLETED, HIDDEN])) == Progress(1, 2, 50)
    assert progress(tally_of([COMPLETED, HIDDEN])) == Progress(1, 1, 100)


@given(some_tasks)
def test_hidden_tasks_count_nowhere(tasks: list[Task]) -> None:
    assert progress(tally_of(tasks)) == progress(tally_of(task for task in tasks if task.visible))


@given(some_tasks)
def test_one_more_completed_task_never_lowers_percent(tasks: list[Task]) -> None:
    assert progress(tally_of([*tasks, COMPLETED])).percent >= progress(tally_of(tasks)).percent


@given(some_tasks)
def test_visible_and_hidden_tasks_are_the_whole(tasks: list[Task]) -> None:
    hidden = sum(task.status is TaskStatus.HIDDEN for task in tasks)
    assert whole_progress(tally_of(tasks)).total == progress(tally_of(tasks)).total + hidden
    assert 0 <= progress(tally_of(tasks)).complete <= progress(tally_of(tasks)).total


@pytest.mark.rule("P-003")
def test_the_first_state_that_holds_is_the_status() -> None:
    process = completed(launched(version(step("a"))), "a")
    troubled = process.having(replace(task(process, "a"), issues=1))
    assert status_of(process) is ProcessStatus.COMPLETE
    assert status_of(troubled) is ProcessStatus.PROBLEM
    assert status_of(replace(troubled, issues=1)) is ProcessStatus.ISSUE
    assert status_of(replace(troubled, issues=1, archived_at=NOW)) is ProcessStatus.ARCHIVED
    assert status_of(replace(process, kickoff_complete=False)) is ProcessStatus.ACTIVE


@pytest.mark.rule("P-005")
def test_an_empty_project_stays_active() -> None:
    project = Process(id=UUID(int=1), version=None, starter_id=1, owner_id=1, created_at=NOW)
    assert settle(project, NOW) == project


@pytest.mark.rule("P-007")
def test_completion_is_timed_on_entering_kept_while_archived_and_cleared_on_leaving() -> None:
    process = completed(launched(version(step("a"))), "a")
    assert settle(process, NOW + timedelta(days=1)).completed_at == NOW
    assert settle(replace(process, archived_at=NOW), NOW).completed_at == NOW
    assert settle(replace(process, issues=1), NOW).completed_at is None


@pytest.mark.rule("P-011")
def test_deadlines_of_visible_tasks_make_those_of_the_process() -> None:
    times = [NOW + timedelta(days=number) for number in range(4)]
    tasks = [
        replace(OPEN, id=UUID(int=2), deadline=times[1]),
        replace(OPEN, id=UUID(int=3), deadline=times[0]),
        replace(HIDDEN, id=UUID(int=4), deadline=times[3]),
        replace(COMPLETED, id=UUID(int=5), deadline=times[2], completed_at=times[3]),
        replace(COMPLETED, id=UUID(int=6), deadline=times[2], completed_at=times[2]),
    ]
    empty = Process(id=UUID(int=1), version=None, starter_id=1, owner_id=1, created_at=NOW)
    process = empty.having(*tasks)
    tally = counts(process)
    assert tally.open_deadlines == (times[0], times[1])
    assert tally.latest == times[2]
    assert tally.late == 1


@pytest.mark.rule("P-361")
def test_what_is_completed_or_stands_alone_cannot_be_hidden_by_hand() -> None:
    process = launched(version(step("a"), step("b")))
    done = completed(process, "a")
    alone = process.having(replace(task(process, "b"), oneoff=True))
    for wrong, name in ((done, "a"), (replace(process, archived_at=NOW), "a")):
        with pytest.raises(Refused):
            hand.hide(wrong, task(wrong, name).id, NOW)
    with pytest.raises(Refused):
        hand.show(alone, task(process, "b").id, NOW, HOUSE)


@pytest.mark.rule("P-361", "P-362")
def test_a_choice_by_hand_is_kept_and_changes_that_task_alone() -> None:
    process = launched(version(step("a", captures=[form_field("f")]), step("b")))
    process = answering(process, "a", f="x")
    kept = hand.show(process, task(process, "a").id, NOW, HOUSE)
    assert kept.tasks == (replace(task(process, "a"), shown_by_hand=True),)
    change = hand.hide(process, task(process, "a").id, NOW)
    assert change.tasks == (replace(task(process, "a"), status=TaskStatus.HIDDEN, shown_by_hand=False),)
    complete = completed(change.process, "b")
    assert complete.status is ProcessStatus.COMPLETE
    assert hand.hide(complete, task(process, "a").id, NOW) == Change(process=complete, tasks=(), events=())


@pytest.mark.rule("P-363")
def test_hiding_by_hand_keeps_what_the_task_holds_and_may_complete_the_process() -> None:
    process = completed(launched(version(step("a"), step("b"))), "a")
    change = hand.hide(process, task(process, "b").id, NOW)
    assert change.process.status is ProcessStatus.COMPLETE
    back = hand.show(change.process, task(process, "b").id, NOW, HOUSE).process
    assert replace(task(back, "b"), shown_by_hand=None) == task(process, "b")
    assert back.status is ProcessStatus.ACTIVE
