"""Linking one-off tasks to a process, a template or a step of one, and taking them out again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from stepwell.engine.model import Event, Task
from stepwell.engine.order import added, moved, without
from stepwell.errors import invalid, refused
from stepwell.events.log import BOT, Author, Subject, append
from stepwell.http.call import Call
from stepwell.processes.frames import start_work
from stepwell.processes.viewers import sync_viewers
from stepwell.tasks.access import require_edit
from stepwell.tasks.creating import NO_ADHOC, linked_to, place_in
from stepwell.tasks.edit_schemas import LinkTask
from stepwell.tasks.frames import TaskWork, start_work_on_task, working_on_task
from stepwell.tasks.queries import task_answer

MOVE_ROW = """
    UPDATE tasks SET process_id = %(process_id)s, template_id = %(template_id)s, position = 1, stage_id = NULL
     WHERE organization_id = %(organization_id)s AND id = %(task_id)s
    RETURNING last_event
"""
SAVE_LAST_EVENT = """
    UPDATE tasks SET last_event = %(last_event)s, updated_at = %(at)s
     WHERE organization_id = %(organization_id)s AND id = %(task_id)s
"""
MOVE_COMMENTS = """
    UPDATE comments SET process_id = %(process_id)s, template_id = %(template_id)s
     WHERE organization_id = %(organization_id)s AND subject_id = %(task_id)s
"""
LINK = """
    UPDATE tasks SET template_id = %(template_id)s, linked_step_id = %(step_id)s
     WHERE organization_id = %(organization_id)s AND id = %(task_id)s
"""


async def link_task(call: Call, task_id: UUID, data: LinkTask) -> str:
    """Link a one-off task to a process, or to a template or a step of one. Returns its JSON (P-373)."""
    if data.run_id is not None:
        return await _link_to_process(call, task_id, data, data.run_id)
    async with working_on_task(call, task_id) as work:
        require_edit(call.member, work.task, mine=work.mine)
        _refuse_unlinkable(work)
        template_id, step_id, reasons = await linked_to(
            work.tenant, call.member, data.checklist_id, data.step_id
        )
        if reasons:
            raise invalid(reasons)
        if work.process_id is not None:
            template_id = work.task.template_id
        work.events.append(_told(work.task, "linked", "Linked task to a template"))
        work.touch()
        await work.save()
        wanted = {"template_id": template_id, "step_id": step_id, "task_id": task_id}
        await work.tenant.execute(LINK, wanted)
        return await task_answer(work.tenant, call, task_id)


def _refuse_unlinkable(work: TaskWork) -> None:
    if not work.task.oneoff:
        raise refused("task_id", "Only one-off tasks can be linked and unlinked.")
    if work.task.archived_at is not None:
        raise refused("status", "This task is archived.")
    if work.process.archived_at is not None:
        raise refused("status", "Cannot update archived processes.")


async def _link_to_process(call: Call, task_id: UUID, data: LinkTask, process_id: UUID) -> str:
    """The process is locked before the task, as everywhere; a task that stands in another one leaves that first."""
    async with call.db.transaction(call.member) as tenant:
        target = await start_work(call, tenant, process_id)
        if task_id in target.process.tasks:
            work = TaskWork(target, task_id, target.process)
            require_edit(call.member, work.task, mine=work.mine)
            _refuse_unlinkable(work)
            work.follow(moved(work.process, task_id, place_in(work.process, data.position, task_id), work.at))
            await work.save()
            return await task_answer(tenant, call, task_id)
        work = await start_work_on_task(call, tenant, task_id)
        require_edit(call.member, work.task, mine=work.mine)
        _refuse_unlinkable(work)
        if work.process_id is not None:
            raise refused("run_id", "This task is linked to another process. Unlink it first.")
        if target.process.archived_at is not None:
            raise refused("run_id", "Cannot update archived processes.")
        if not target.loaded.can_add_oot:
            raise refused("run_id", NO_ADHOC)
        position = place_in(target.process, data.position)
        task = replace(work.task, template_id=target.loaded.template_id, position=1)
        wanted: dict[str, Any] = {
            "process_id": process_id,
            "template_id": task.template_id,
            "task_id": task_id,
        }
        await tenant.execute(MOVE_ROW, wanted)
        await tenant.execute(MOVE_COMMENTS, wanted)
        entering = TaskWork(target, task_id, target.process)
        change = added(target.process, task, position, target.at)
        told = _told(task, "linked", f"Linked task to the process: {target.loaded.name}")
        entering.follow(replace(change, events=(told,)))
        await entering.say(f"Linked to the process {target.loaded.name}", BOT)
        await _save_entering(entering, task)
        return await task_answer(tenant, call, task_id)


async def _save_entering(work: TaskWork, task: Task) -> None:
    """Write a process that a task with a row of its own has entered: the row is there already."""
    before = work.base.process.having(task)
    work.base.loaded = replace(work.base.loaded, process=before)
    work.touch()
    await work.save()
    await sync_viewers(work.tenant, work.process.id)


async def unlink_task(call: Call, task_id: UUID) -> str:
    """Take a one-off task out of its process, or off its template; it lives on. Returns its JSON (P-375)."""
    async with working_on_task(call, task_id) as work:
        require_edit(call.member, work.task, mine=work.mine)
        _refuse_unlinkable(work)
        task = work.task
        wanted: dict[str, Any] = {"process_id": None, "template_id": None, "task_id": task_id}
        if work.process_id is None:
            work.events.append(_told(task, "unlinked", "Unlinked task"))
            work.touch()
            await work.save()
            await work.tenant.execute(LINK, {**wanted, "step_id": None})
            return await task_answer(work.tenant, call, task_id)
        process_id = work.process_id
        told = _told(task, "unlinked", f"Unlinked task from the process: {work.base.loaded.name}")
        work.follow(without(work.process, task_id, work.at, told))
        await work.save()
        subject = Subject("Task", task_id, await work.tenant.fetch_value(MOVE_ROW, wanted))
        author = Author(call.member.user_id)
        last = await append(work.tenant, call.numbers, author, work.at, subject, [told])
        stamps = {"task_id": task_id, "last_event": last, "at": work.at}
        await work.tenant.execute(SAVE_LAST_EVENT, stamps)
        await work.tenant.execute(MOVE_COMMENTS, wanted)
        await sync_viewers(work.tenant, process_id)
        return await task_answer(work.tenant, call, task_id)


def _told(task: Task, verb: str, description: str) -> Event:
    return Event(verb=verb, kind="Task", subject="task", subject_id=task.id, description=description)
