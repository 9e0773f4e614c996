"""Putting one-off tasks aside, bringing them back, and deleting them for good (P-378)."""

from __future__ import annotations

from uuid import UUID

from stepwell.engine.editing import archived, unarchived
from stepwell.engine.model import Event
from stepwell.engine.order import without
from stepwell.errors import Forbidden, refused
from stepwell.http.call import Call
from stepwell.organizations.log import append_to_organization
from stepwell.processes.viewers import sync_viewers
from stepwell.tasks.access import require_edit
from stepwell.tasks.frames import TaskWork, working_on_task
from stepwell.tasks.queries import task_answer

NOT_ONE_OFF = "Only one-off tasks can be archived. Archive the process instead."


async def archive_task(call: Call, task_id: UUID) -> None:
    """Put a one-off task aside; repeated, it changes nothing. Raises NotFound, Forbidden or Refused."""
    async with working_on_task(call, task_id) as work:
        _require_filing(work)
        work.follow(archived(work.process, task_id, work.at))
        await work.save()


async def restore_task(call: Call, task_id: UUID) -> str:
    """Bring an archived one-off task back. Returns its JSON."""
    async with working_on_task(call, task_id) as work:
        _require_filing(work)
        work.follow(unarchived(work.process, task_id, work.at))
        await work.save()
        return await task_answer(work.tenant, call, task_id)


def _require_filing(work: TaskWork) -> None:
    """The creator, or who may edit the task."""
    if work.task.starter_id != work.call.member.user_id or not work.task.oneoff:
        require_edit(work.call.member, work.task, mine=work.mine)


DELETE_AROUND = """
    WITH comments_gone AS (
        DELETE FROM comments WHERE organization_id = %(organization_id)s AND subject_id = %(task_id)s
    ), tags_gone AS (
        DELETE FROM tag_associations WHERE organization_id = %(organization_id)s AND subject_id = %(task_id)s
    ), folders_gone AS (
        DELETE FROM folder_objects WHERE organization_id = %(organization_id)s AND subject_id = %(task_id)s
    ), stars_gone AS (
        DELETE FROM stars WHERE organization_id = %(organization_id)s AND subject_id = %(task_id)s
    ), events_gone AS (
        DELETE FROM events WHERE organization_id = %(organization_id)s AND subject_id = %(task_id)s
    )
    DELETE FROM tasks WHERE organization_id = %(organization_id)s AND id = %(task_id)s
"""


async def delete_task(call: Call, task_id: UUID) -> None:
    """Remove a one-off task for good, with its answers and comments; that it was deleted remains in the log.

    Raises NotFound, Forbidden (neither the creator nor an administrator), Refused (a task of a template).
    """
    async with working_on_task(call, task_id) as work:
        if not (call.member.is_admin or work.task.starter_id == call.member.user_id):
            raise Forbidden("Only the creator of the task or an administrator may delete it.")
        if not work.task.oneoff:
            raise refused("status", NOT_ONE_OFF)
        deleted = Event(
            verb="deleted",
            kind="Task",
            subject="task",
            subject_id=task_id,
            description=f"Deleted task: {work.task.title}",
        )
        if work.process_id is None:
            await work.tenant.execute(DELETE_AROUND, {"task_id": task_id})
            await append_to_organization(call, work.tenant, work.at, [deleted])
            return
        work.follow(without(work.process, task_id, work.at, deleted))
        await work.save()
        await work.tenant.execute(DELETE_AROUND, {"task_id": task_id})
        await sync_viewers(work.tenant, work.process_id)
