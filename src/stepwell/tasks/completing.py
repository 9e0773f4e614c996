"""Completing and reopening tasks, of a process or on their own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from stepwell.engine.completion import complete, reopen
from stepwell.engine.model import Change, Directory, Task
from stepwell.errors import Forbidden, NotFound, Refused, refused
from stepwell.http.call import Call
from stepwell.people.directory import Mentioned
from stepwell.processes.frames import Work, working_on
from stepwell.processes.launching import instant_of
from stepwell.tasks.access import require_work
from stepwell.tasks.queries import task_json
from stepwell.tasks.schemas import CompleteTask, ReopenTask


async def complete_task(call: Call, process_id: UUID, data: CompleteTask) -> str:
    """Complete a task of a process and write all that follows from it. Returns the task's JSON.

    Raises NotFound (no such task in this process), Forbidden (not the caller's to do), Refused.
    """
    async with working_on(call, process_id) as work:
        task = task_in(work, data.task_id)
        refuse_closed(work, task)
        require_work(call.member, task, mine=task.id in work.loaded.mine)
        directory = await _directory(work, task, data)
        change = complete(
            work.process, task.id, work.actor, work.at, work.house, directory, data.is_approved,
            data.override_user,
        )  # fmt: skip
        await work.save(change)
        return await _changed_json(work, task.id, change)


async def reopen_task(call: Call, process_id: UUID, task_id: UUID, data: ReopenTask) -> str:
    """Put a completed task of a process back in progress. Returns the task's JSON (T-094, P-350)."""
    async with working_on(call, process_id) as work:
        task = task_in(work, task_id)
        require_work(call.member, task, mine=task.id in work.loaded.mine)
        change = reopen(
            work.process, task.id, work.actor, work.at, work.house, instant_of(data.deadline, work.house)
        )
        await work.save(change)
        return await _changed_json(work, task.id, change)


def task_in(work: Work, task_id: UUID) -> Task:
    """The task of the locked process. Raises NotFound."""
    task = work.process.tasks.get(task_id)
    if task is None:
        raise NotFound
    return task


def refuse_closed(work: Work, task: Task) -> None:
    """What is said before the question of rights (api-processes-tasks 9.1). Raises Refused."""
    if work.process.archived_at is not None:
        raise refused("status", "This process is archived.")
    if task.archived_at is not None:
        raise refused("status", "This task is archived.")
    if task.completed:
        raise refused("task_id", "This task is already completed.")
    if not task.visible:
        raise refused("status", "A hidden task (auto-skipped) cannot be completed.")


async def _directory(work: Work, task: Task, data: CompleteTask) -> Directory:
    """Only a completion by several people, or on somebody's behalf, has to know who they are."""
    if not task.everyone_must_complete and data.override_user is None:
        return Directory()
    mentioned = Mentioned(users={data.override_user} if data.override_user else set())
    register = await work.know(task, mentioned=mentioned)
    other = data.override_user
    if other is not None and other != work.call.member.user_id:
        if not work.loaded.governed_by(work.call.member):
            raise Forbidden("Only an administrator, the owner or the starter may complete for somebody else.")
        if other not in register.directory.assignable:
            raise Refused(
                "The given data was invalid.", {"override_user": ["The selected override user is invalid."]}
            )
    return register.directory


async def _changed_json(work: Work, task_id: UUID, change: Change) -> str:
    """The task's JSON with `tasks_changed_by_rules`: an object by task id, empty when rules changed nothing."""
    text = await task_json(work.tenant, work.call, task_id, work.process.id)
    changed = json.dumps(changed_by_rules(work.process.tasks, task_id, change), ensure_ascii=False)
    return f'{text.removesuffix("}")},"tasks_changed_by_rules":{changed}}}'


def changed_by_rules(before: Mapping[UUID, Task], task_id: UUID, change: Change) -> dict[str, Any]:
    """What became of other tasks (T-156)."""
    changed: dict[str, Any] = {}
    for task in change.tasks:
        old = before.get(task.id)
        if task.id == task_id or old is None:
            continue
        what: dict[str, Any] = {"status": str(task.status)}
        if old.visible != task.visible:
            what["action"] = "show" if task.visible else "hide"
        if old.deadline != task.deadline:
            what["deadline"] = task.deadline.strftime("%Y-%m-%dT%H:%M:%SZ") if task.deadline else None
            what.setdefault("action", "deadline")
        if old.people != task.people:
            what["owners"] = {"users": list(task.people.users), "guests": list(task.people.guests),
                              "groups": [group.hex for group in task.people.groups]}  # fmt: skip
            what.setdefault("action", "assignment")
        changed[task.id.hex] = what
    return changed
