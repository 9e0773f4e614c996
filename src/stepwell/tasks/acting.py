"""What people do to a task beside completing and editing it: hiding, moving, claiming, taking over, starting again."""

from __future__ import annotations

from uuid import UUID

from stepwell.engine.assignment import OwnersChange
from stepwell.engine.completion import assign
from stepwell.engine.editing import restarted, without_part
from stepwell.engine.hand import hide, show
from stepwell.engine.model import People
from stepwell.engine.order import moved
from stepwell.engine.work import EMAILS
from stepwell.errors import Forbidden, refused
from stepwell.events.log import BOT
from stepwell.http.call import Call
from stepwell.tasks.access import require_edit, require_work
from stepwell.tasks.creating import place_in
from stepwell.tasks.edit_schemas import HideTask, MoveTask
from stepwell.tasks.frames import TaskWork, working_on_task
from stepwell.tasks.queries import task_answer


async def set_hidden(
    call: Call, task_id: UUID, data: HideTask, *, hidden: bool, process_id: UUID | None = None
) -> str:
    """Hide or show a task of a process by hand, for good (P-361, P-362). Returns its JSON.

    Raises NotFound, Forbidden or Refused (completed, archived, one-off).
    """
    async with working_on_task(call, task_id, process_id) as work:
        require_edit(call.member, work.task, mine=work.mine)
        before = work.task.visible
        if hidden:
            work.follow(hide(work.process, task_id, work.at))
        else:
            work.follow(show(work.process, task_id, work.at, work.house))
        if before == hidden:
            await work.say("Hidden by hand" if hidden else "Shown by hand", BOT)
        if data.comment:
            await work.say(data.comment)
        await work.save()
        return await task_answer(work.tenant, call, task_id)


async def move_task(call: Call, task_id: UUID, data: MoveTask) -> str:
    """Give a task another place in its process; completed ones too. Returns its JSON (P-381)."""
    async with working_on_task(call, task_id) as work:
        require_edit(call.member, work.task, mine=work.mine)
        if work.process.archived_at is not None:
            raise refused("status", "Cannot update archived processes.")
        work.follow(moved(work.process, task_id, place_in(work.process, data.place, task_id), work.at))
        await work.save()
        return await task_answer(work.tenant, call, task_id)


async def restart_task(call: Call, task_id: UUID) -> str:
    """Have a task done over again, without its answers. Returns its JSON. Raises Forbidden but for those who govern."""
    async with working_on_task(call, task_id) as work:
        if not work.governed:
            raise Forbidden("Only an administrator, the owner or the starter may restart a task.")
        directory = await work.directory()
        work.follow(restarted(work.process, task_id, work.actor, work.at, work.house, directory))
        await work.save()
        return await task_answer(work.tenant, call, task_id)


async def assign_to_me(call: Call, task_id: UUID) -> str:
    """Add the caller to the assignees. Returns the task's JSON (P-437)."""
    async with working_on_task(call, task_id) as work:
        require_work(call.member, work.task, mine=work.mine)
        await _assign(work, OwnersChange(add=People(users=(call.member.user_id,))))
        await work.save()
        return await task_answer(work.tenant, call, task_id)


async def take_over_task(call: Call, task_id: UUID) -> str:
    """Make the caller, who is one of several assignees, the only one. Returns the task's JSON (P-438)."""
    async with working_on_task(call, task_id) as work:
        if not work.mine:
            raise Forbidden("Only one of the people assigned to this task may take it over.")
        if work.task.type in EMAILS:
            raise refused("task_type", "E-mail tasks cannot be taken over.")
        if work.task.everyone_must_complete:
            raise refused(
                "everyone_must_complete", "A task that everyone must complete cannot be taken over."
            )
        users, guests = (await work.know()).directory.expanded(work.task.people)
        if len(users) + len(guests) < 2:
            raise refused("owners", "Nobody else is assigned to this task.")
        await _assign(work, OwnersChange(users=(call.member.user_id,), guests=(), groups=()))
        await work.save()
        return await task_answer(work.tenant, call, task_id)


async def _assign(work: TaskWork, change: OwnersChange) -> None:
    register = await work.know()
    work.follow(
        assign(work.process, work.task_id, change, work.actor, work.at, work.house, register.directory)
    )


async def take_back_part(call: Call, task_id: UUID) -> str:
    """Take back the caller's part of a task that everyone must complete. Returns its JSON (P-325)."""
    async with working_on_task(call, task_id) as work:
        require_work(call.member, work.task, mine=work.mine)
        work.follow(without_part(work.process, task_id, work.actor, work.at))
        await work.save()
        return await task_answer(work.tenant, call, task_id)
