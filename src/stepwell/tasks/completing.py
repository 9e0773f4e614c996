"""Completing and reopening tasks, of a process or on their own."""

from __future__ import annotations

import json
from uuid import UUID

from stepwell.engine.completion import complete, reopen
from stepwell.engine.model import Change, Directory, Process, Task, TaskType
from stepwell.errors import Forbidden, invalid, refused
from stepwell.events.log import BOT
from stepwell.http.call import Call
from stepwell.people.directory import Mentioned
from stepwell.processes.launching import instant_of
from stepwell.tasks.access import require_work
from stepwell.tasks.frames import TaskWork, working_on_task
from stepwell.tasks.queries import task_answer
from stepwell.tasks.rule_changes import changed_by_rules
from stepwell.tasks.schemas import CompleteTask, DecideTask, ReopenTask


async def complete_task(call: Call, data: CompleteTask, process_id: UUID | None = None) -> str:
    """Complete a task and write all that follows from it. Returns the task's JSON.

    Raises NotFound (unknown, or not of `process_id`), Forbidden (not the caller's to do), Refused.
    """
    async with working_on_task(call, data.task_id, process_id, within_reach=True) as work:
        await complete_in(work, data)
        return await changed_json(work, await work.save())


async def decide_task(
    call: Call, task_id: UUID, data: DecideTask, types: frozenset[TaskType], is_approved: bool | None
) -> str:
    """Complete a task of one of these types with a decision. Raises Refused for a task of another type."""
    async with working_on_task(call, task_id, within_reach=True) as work:
        if work.task.type not in types:
            raise refused("task_type", "This is not possible for a task of this type.")
        sent = CompleteTask(
            task_id=task_id, is_approved=is_approved, comment=data.comment, override_user=data.override_user
        )
        await complete_in(work, sent)
        return await changed_json(work, await work.save())


async def complete_in(work: TaskWork, data: CompleteTask) -> None:
    """Complete the task in hand, with the comments that come with it (P-311, P-322)."""
    refuse_closed(work.process, work.task)
    require_work(work.call.member, work.task, mine=work.mine)
    directory = await _directory(work, data)
    decision = complete(
        work.process, work.task_id, work.actor, work.at, work.house, directory, data.is_approved,
        data.override_user,
    )  # fmt: skip
    work.follow(decision)
    for event in decision.events:
        if event.field == "completion_progress" and event.subject_id == work.task_id:
            await work.say(str(event.new), BOT)
    if data.comment:
        await work.say(data.comment)


async def reopen_task(call: Call, task_id: UUID, data: ReopenTask, process_id: UUID | None = None) -> str:
    """Put a completed task back in progress. Returns the task's JSON (T-094, P-350)."""
    async with working_on_task(call, task_id, process_id, within_reach=True) as work:
        await reopen_in(work, data)
        return await changed_json(work, await work.save())


async def reopen_in(work: TaskWork, data: ReopenTask) -> None:
    """Reopen the task in hand, with the reason that comes with it."""
    require_work(work.call.member, work.task, mine=work.mine)
    deadline = instant_of(data.deadline, work.house)
    directory = await work.directory()
    decision = reopen(
        work.process, work.task_id, work.actor, work.at, work.house, directory, deadline,
        reverse_rules=data.reverse_rules is True,
    )  # fmt: skip
    work.follow(decision)
    if data.comment:
        await work.say(data.comment)


def refuse_closed(process: Process, task: Task) -> None:
    """What is said before the question of rights (api-processes-tasks 9.1). Raises Refused."""
    if process.archived_at is not None:
        raise refused("status", "This process is archived.")
    if task.archived_at is not None:
        raise refused("status", "This task is archived.")
    if task.completed:
        raise refused("task_id", "This task is already completed.")
    if not task.visible:
        raise refused("status", "A hidden task (auto-skipped) cannot be completed.")


async def _directory(work: TaskWork, data: CompleteTask) -> Directory:
    """Only a completion by several people, on somebody's behalf, or with rules that assign has to know people."""
    other = data.override_user
    if not work.task.everyone_must_complete and other is None:
        return await work.directory()
    register = await work.know(Mentioned(users={other} if other else set()))
    if other is not None and other != work.call.member.user_id:
        if not work.governed:
            raise Forbidden("Only an administrator, the owner or the starter may complete for somebody else.")
        if other not in register.directory.active:
            raise invalid({"override_user": ["The selected override user is invalid."]})
    return register.directory


async def changed_json(work: TaskWork, change: Change) -> str:
    """The task's JSON; of a task in a process with `tasks_changed_by_rules`: by task id what rules changed."""
    text = await task_answer(work.tenant, work.call, work.task_id)
    if work.process_id is None:
        return text
    others = changed_by_rules(work.base.process.tasks, work.task_id, change)
    return f'{text.removesuffix("}")},"tasks_changed_by_rules":{json.dumps(others, ensure_ascii=False)}}}'
