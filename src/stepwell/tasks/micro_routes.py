"""The connector's micro-functions on tasks over HTTP."""

from __future__ import annotations

from uuid import UUID

from stepwell.http.answers import Answer
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.tasks import micro, updating
from stepwell.tasks.edit_routes import task_must_be_visible
from stepwell.tasks.edit_schemas import EditDeadline, MicroTask, UpdateTask
from stepwell.tasks.schemas import OneTaskShape, SmallTaskShape
from stepwell.tasks.variables import task_item

ROOT = "/processes/micro-functions/organizations/{org}/tasks"


@route("POST", ROOT, body=MicroTask, answers=SmallTaskShape)
async def create_small_task(call: Call, data: MicroTask) -> Answer:
    """Make a one-off task of a name, a type and a deadline."""
    return await task_item(call, await micro.create_small_task(call, data))


@route("PUT", ROOT + "/{task_id}/edit-deadline", body=EditDeadline, answers=OneTaskShape,
       otherwise=task_must_be_visible)  # fmt: skip
async def edit_deadline(call: Call, task_id: UUID, data: EditDeadline) -> Answer:
    """Set the deadline of a task."""
    return await task_item(
        call, await updating.update_task(call, task_id, UpdateTask(deadline=data.deadline))
    )


@route("PUT", ROOT + "/{task_id}/remove-guest/{guest}", answers=OneTaskShape)
async def remove_guest(call: Call, task_id: UUID, guest: str) -> Answer:
    """Take a guest, named by e-mail address, off a task."""
    return await task_item(call, await micro.remove_assignee(call, task_id, guest=guest))


@route("PUT", ROOT + "/{task_id}/remove-assignee/{user_id}", answers=OneTaskShape)
async def remove_assignee(call: Call, task_id: UUID, user_id: int) -> Answer:
    """Take a member off a task."""
    return await task_item(call, await micro.remove_assignee(call, task_id, user=user_id))
