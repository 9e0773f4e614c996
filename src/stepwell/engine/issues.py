"""Issues: what reporting and resolving one does to a task and to its process.

An issue of a task keeps the task from being completed. An issue of the process itself freezes all of its
tasks. What was said is a comment; its id is in the event.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from stepwell.engine.completion import BOT, refuse_archived, reopen, settled_change
from stepwell.engine.model import Change, Directory, Event, House, Process, Refused, Task, TaskStatus


def report_task_issue(
    process: Process, task_id: UUID, comment_id: UUID, at: datetime, house: House, directory: Directory
) -> Change:
    """Note an issue of a task; a completed one is reopened with all that follows (P-621, P-622).

    Raises Refused for archived and hidden tasks, and for a completed one of a frozen process.
    """
    refuse_archived(process)
    task = process.tasks[task_id]
    _refuse_unreportable(task)
    after = process
    events: tuple[Event, ...] = (_told(task, "issue-reported", comment_id),)
    if task.completed:
        again = reopen(process, task_id, BOT, at, house, directory)
        after, events = again.process, (*events, *again.events)
    return settled_change(process, after.having(_with_issues(after.tasks[task_id], 1)), at, events)


def resolve_task_issue(process: Process, task_id: UUID, comment_id: UUID, at: datetime) -> Change:
    """Note that one issue of a task is resolved; the others stay (P-625)."""
    refuse_archived(process)
    task = process.tasks[task_id]
    after = process.having(_with_issues(task, -1))
    return settled_change(process, after, at, (_told(task, "issue-resolved", comment_id),))


def report_process_issue(process: Process, comment_id: UUID, at: datetime) -> Change:
    """Note an issue of the process itself: until it is resolved, no task changes (P-630)."""
    refuse_archived(process)
    after = replace(process, issues=process.issues + 1)
    return settled_change(process, after, at, (_told_of_process(process, "issue-reported", comment_id),))


def resolve_process_issue(process: Process, comment_id: UUID, at: datetime) -> Change:
    """Note that one issue of the process itself is resolved."""
    refuse_archived(process)
    after = replace(process, issues=max(process.issues - 1, 0))
    return settled_change(process, after, at, (_told_of_process(process, "issue-resolved", comment_id),))


def start_by_comment(process: Process, task_id: UUID, at: datetime) -> Change:
    """An assignee has said something: a task not yet started is in progress now (P-021).

    The tasks of a frozen or archived process stay as they are; saying something is possible all the same.
    """
    task = process.tasks[task_id]
    if process.issues or process.archived_at is not None or task.archived_at is not None:
        return settled_change(process, process, at, ())
    return settled_change(process, process.having(_begun(task)), at, ())


def _begun(task: Task) -> Task:
    """The task in progress if it was not started; any other stays as it is."""
    return replace(task, status=TaskStatus.IN_PROGRESS) if task.status is TaskStatus.NOT_STARTED else task


def _with_issues(task: Task, more: int) -> Task:
    return replace(task, issues=max(task.issues + more, 0))


def _refuse_unreportable(task: Task) -> None:
    if task.archived_at is not None:
        raise Refused("This task is archived.")
    if task.status is TaskStatus.HIDDEN:
        raise Refused("An issue cannot be reported on a hidden task (auto-skipped).")


def _told(task: Task, verb: str, comment_id: UUID) -> Event:
    return _event(verb, "task", task.id, f"{SAID[verb]} task: {task.title}", comment_id)


def _told_of_process(process: Process, verb: str, comment_id: UUID) -> Event:
    return _event(verb, "process", process.id, f"{SAID[verb]} process", comment_id)


SAID = {"issue-reported": "Reported an issue on", "issue-resolved": "Resolved an issue on"}


def _event(verb: str, subject: str, subject_id: UUID, description: str, comment_id: UUID) -> Event:
    return Event(
        verb=verb,
        kind="Comment",
        subject=subject,
        subject_id=subject_id,
        description=description,
        new={"comment_id": comment_id.hex},
    )
