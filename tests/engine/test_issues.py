from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from stepwell.engine.assignment import OwnersChange
from stepwell.engine.completion import assign, move_deadline
from stepwell.engine.hand import hide, show
from stepwell.engine.issues import (
    report_process_issue,
    report_task_issue,
    resolve_process_issue,
    resolve_task_issue,
    start_by_comment,
)
from stepwell.engine.model import Process, ProcessStatus, Refused, TaskStatus

from .builders import (
    BY_ADA,
    HOUSE,
    NOW,
    PEOPLE,
    action,
    answering,
    completed,
    condition,
    form_field,
    launched,
    reopened,
    rule,
    step,
    task,
    version,
)

SAID = UUID(int=77)
LATER = NOW + timedelta(hours=3)


def reported(process: Process, name: str) -> Process:
    return report_task_issue(process, task(process, name).id, SAID, LATER, HOUSE, PEOPLE).process


def resolved(process: Process, name: str) -> Process:
    return resolve_task_issue(process, task(process, name).id, SAID, LATER).process


def frozen(process: Process) -> Process:
    return report_process_issue(process, SAID, LATER).process


@pytest.mark.rule("P-003", "P-621", "P-625")
def test_a_task_is_free_when_the_last_of_its_issues_is_resolved() -> None:
    process = launched(version(step("a"), step("b")))
    troubled = reported(reported(process, "a"), "a")
    assert task(troubled, "a").issues == 2
    assert troubled.status is ProcessStatus.PROBLEM
    half = resolved(troubled, "a")
    assert half.status is ProcessStatus.PROBLEM
    with pytest.raises(Refused, match="unresolved issue"):
        completed(half, "a")
    free = resolved(half, "a")
    assert (free.status, task(free, "a").issues) == (ProcessStatus.ACTIVE, 0)
    assert completed(free, "a").tasks[task(free, "a").id].completed


@pytest.mark.rule("P-007", "P-357", "P-622")
def test_an_issue_reopens_a_completed_task_and_the_process() -> None:
    done = completed(launched(version(step("a"))), "a")
    assert done.status is ProcessStatus.COMPLETE
    change = report_task_issue(done, task(done, "a").id, SAID, LATER, HOUSE, PEOPLE)
    again = task(change.process, "a")
    assert (again.status, again.completed_at, again.completer_id) == (TaskStatus.IN_PROGRESS, None, None)
    assert (change.process.status, change.process.completed_at) == (ProcessStatus.PROBLEM, None)
    assert [event.verb for event in change.events] == ["issue-reported", "re-opened"]
    assert change.events[0].new == {"comment_id": SAID.hex}


@pytest.mark.rule("P-622")
def test_the_rules_that_wait_for_a_reopening_run_when_an_issue_reopens() -> None:
    shows_b = rule("r", [condition("a", "reopened")], [action("show", "b")])
    process = completed(launched(version(step("a"), step("b"), automated_actions=[shows_b])), "a")
    assert task(process, "b").status is TaskStatus.HIDDEN
    assert task(reported(process, "a"), "b").visible


@pytest.mark.rule("P-623")
def test_hidden_and_archived_tasks_have_no_new_issues() -> None:
    process = launched(version(step("a"), step("b")))
    hidden = hide(process, task(process, "a").id, NOW).process
    archived = process.having(replace(task(process, "a"), archived_at=NOW))
    for wrong in (hidden, archived, replace(process, archived_at=NOW)):
        with pytest.raises(Refused):
            reported(wrong, "a")


@pytest.mark.rule("P-003", "P-630")
def test_an_issue_of_the_process_comes_before_those_of_its_tasks() -> None:
    troubled = frozen(reported(launched(version(step("a"))), "a"))
    assert (troubled.status, troubled.issues) == (ProcessStatus.ISSUE, 1)
    free = resolve_process_issue(troubled, SAID, LATER)
    assert (free.process.status, free.process.issues) == (ProcessStatus.PROBLEM, 0)
    assert [event.verb for event in free.events] == ["issue-resolved"]
    assert free.tasks == ()


@pytest.mark.rule("P-621", "P-625", "P-630")
def test_what_was_said_is_told_with_its_comment() -> None:
    process = completed(launched(version(step("a"), step("b"))), "a")
    a, b, said = task(process, "a").id, task(process, "b").id, {"comment_id": SAID.hex}
    troubled = report_task_issue(process, b, SAID, LATER, HOUSE, PEOPLE)
    free = resolve_task_issue(troubled.process, b, SAID, LATER)
    assert troubled.tasks == (replace(task(process, "b"), issues=1),)
    assert free.tasks == (task(process, "b"),)
    again = report_task_issue(process, a, SAID, LATER, HOUSE, PEOPLE)
    stopped = report_process_issue(process, SAID, LATER)
    going = resolve_process_issue(stopped.process, SAID, LATER)
    told = [change.events[0] for change in (troubled, free, again, stopped, going)]
    assert [(one.verb, one.kind, one.subject, one.subject_id, one.description, one.new) for one in told] == [
        ("issue-reported", "Comment", "task", b, "Reported an issue on task: b", said),
        ("issue-resolved", "Comment", "task", b, "Resolved an issue on task: b", said),
        ("issue-reported", "Comment", "task", a, "Reported an issue on task: a", said),
        ("issue-reported", "Comment", "process", process.id, "Reported an issue on process", said),
        ("issue-resolved", "Comment", "process", process.id, "Resolved an issue on process", said),
    ]
    assert [event.verb for event in again.events] == ["issue-reported", "re-opened"]


@pytest.mark.rule("P-621")
def test_no_issue_is_reported_on_what_nobody_sees() -> None:
    process = launched(version(step("a"), step("b")))
    gone = process.having(replace(task(process, "a"), archived_at=NOW))
    with pytest.raises(Refused, match=r"^This task is archived\.$"):
        reported(gone, "a")
    hidden = process.having(replace(task(process, "a"), status=TaskStatus.HIDDEN))
    with pytest.raises(Refused, match=r"^An issue cannot be reported on a hidden task \(auto-skipped\)\.$"):
        reported(hidden, "a")


@pytest.mark.rule("P-003")
def test_resolving_an_issue_in_a_complete_process_completes_it_no_second_time() -> None:
    process = completed(launched(version(step("a"))), "a")
    for change in (
        resolve_process_issue(process, SAID, LATER),
        resolve_task_issue(process, task(process, "a").id, SAID, LATER),
    ):
        assert [event.verb for event in change.events] == ["issue-resolved"]


ATTEMPTS: dict[str, Callable[[Process], object]] = {
    "complete": lambda process: completed(process, "a"),
    "reopen": lambda process: reopened(process, "b"),
    "answer": lambda process: answering(process, "a"),
    "hide": lambda process: hide(process, task(process, "a").id, NOW),
    "show": lambda process: show(process, task(process, "a").id, NOW, HOUSE),
    "assign": lambda process: assign(
        process, task(process, "a").id, OwnersChange(users=(1,)), BY_ADA, NOW, HOUSE, PEOPLE
    ),
    "move": lambda process: move_deadline(process, task(process, "a").id, LATER, NOW, HOUSE),
    "reopen by an issue": lambda process: reported(process, "b"),
}


@pytest.mark.rule("P-630")
@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_no_task_of_a_frozen_process_changes(attempt: str) -> None:
    process = completed(launched(version(step("a", captures=[form_field("f")]), step("b"))), "b")
    ATTEMPTS[attempt](process)
    with pytest.raises(Refused, match="This process has an open issue"):
        ATTEMPTS[attempt](frozen(process))


@pytest.mark.rule("P-021")
def test_a_comment_starts_a_task_once() -> None:
    process = completed(launched(version(step("a"), step("b"))), "b")
    for name, status in (("a", TaskStatus.IN_PROGRESS), ("b", TaskStatus.COMPLETED)):
        after = start_by_comment(process, task(process, name).id, LATER).process
        assert task(after, name).status is status
    waiting = frozen(process)
    assert start_by_comment(waiting, task(waiting, "a").id, LATER).tasks == ()
