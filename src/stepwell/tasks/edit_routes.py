"""Making, changing and removing tasks over HTTP."""

from __future__ import annotations

from uuid import UUID

from stepwell.access.members import FULL_MEMBERS
from stepwell.http.answers import Answer, nothing
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.tasks import acting, archiving, cloning, creating, linking, queries, updating
from stepwell.tasks.edit_schemas import CreateTask, HideTask, LinkTask, MoveTask, UpdateTask
from stepwell.tasks.schemas import OneTaskShape
from stepwell.tasks.variables import task_item


async def task_must_be_visible(call: Call, task_id: UUID, process_id: UUID | None = None) -> None:
    """Said before a wrong field is: there is no such task, or the caller may not see it."""
    await queries.read_task(call, task_id, process_id)


@route("POST", "/o/tasks", body=CreateTask, answers=OneTaskShape, status=201)
async def create_task(call: Call, data: CreateTask) -> Answer:
    """Make a one-off task: on its own, in a process (`run_id`), or one for each assignee."""
    return await task_item(call, await creating.create_task(call, data), 201)


@route(
    "PUT PATCH", "/o/tasks/{task_id}", body=UpdateTask, answers=OneTaskShape, otherwise=task_must_be_visible
)
async def update_task(call: Call, task_id: UUID, data: UpdateTask) -> Answer:
    """Change a one-off task, or a task of a process by its id alone; only the keys sent change."""
    return await task_item(call, await updating.update_task(call, task_id, data))


@route("PUT PATCH", "/o/runs/{process_id}/tasks/{task_id}", body=UpdateTask, answers=OneTaskShape,
       otherwise=task_must_be_visible)  # fmt: skip
async def update_task_of_process(call: Call, process_id: UUID, task_id: UUID, data: UpdateTask) -> Answer:
    """Change a task of a process; only the keys sent change."""
    return await task_item(call, await updating.update_task(call, task_id, data, process_id))


@route("DELETE", "/o/tasks/{task_id}", status=204)
async def archive_task(call: Call, task_id: UUID) -> Answer:
    """Archive a one-off task; it can be restored."""
    await archiving.archive_task(call, task_id)
    return nothing()


@route("PUT", "/o/tasks/{task_id}/restore", answers=OneTaskShape)
async def restore_task(call: Call, task_id: UUID) -> Answer:
    """Restore an archived one-off task."""
    return await task_item(call, await archiving.restore_task(call, task_id))


@route("DELETE", "/o/tasks/{task_id}/delete", status=204)
async def delete_task(call: Call, task_id: UUID) -> Answer:
    """Delete a one-off task for good."""
    await archiving.delete_task(call, task_id)
    return nothing()


@route("POST", "/o/tasks/{task_id}/clone", answers=OneTaskShape, status=201, allow=FULL_MEMBERS)
async def clone_task(call: Call, task_id: UUID) -> Answer:
    """Copy a task; in a process the copy stands right after it."""
    return await task_item(call, await cloning.clone_task(call, task_id), 201)


@route("PUT", "/o/tasks/{task_id}/link", body=LinkTask, answers=OneTaskShape, otherwise=task_must_be_visible)
async def link_task(call: Call, task_id: UUID, data: LinkTask) -> Answer:
    """Link a one-off task to a process, a template or a step of one."""
    return await task_item(call, await linking.link_task(call, task_id, data))


@route("POST", "/o/tasks/{task_id}/link", body=LinkTask, answers=OneTaskShape, otherwise=task_must_be_visible)
async def link_task_too(call: Call, task_id: UUID, data: LinkTask) -> Answer:
    """Another method of PUT .../link."""
    return await task_item(call, await linking.link_task(call, task_id, data))


@route("DELETE", "/o/tasks/{task_id}/link", answers=OneTaskShape)
async def unlink_task(call: Call, task_id: UUID) -> Answer:
    """Take a one-off task out of its process, or off its template."""
    return await task_item(call, await linking.unlink_task(call, task_id))


@route("PUT", "/o/runs/{process_id}/tasks/{task_id}/hide", body=HideTask, answers=OneTaskShape,
       otherwise=task_must_be_visible)  # fmt: skip
async def hide_task_of_process(call: Call, process_id: UUID, task_id: UUID, data: HideTask) -> Answer:
    """Hide a task; no rule shows it again."""
    return await task_item(
        call, await acting.set_hidden(call, task_id, data, hidden=True, process_id=process_id)
    )


@route("PUT", "/o/runs/{process_id}/tasks/{task_id}/show", body=HideTask, answers=OneTaskShape,
       otherwise=task_must_be_visible)  # fmt: skip
async def show_task_of_process(call: Call, process_id: UUID, task_id: UUID, data: HideTask) -> Answer:
    """Show a hidden task; no rule hides it again."""
    return await task_item(
        call, await acting.set_hidden(call, task_id, data, hidden=False, process_id=process_id)
    )


@route("POST", "/o/tasks/{task_id}/hide", body=HideTask, answers=OneTaskShape, otherwise=task_must_be_visible)
async def hide_task(call: Call, task_id: UUID, data: HideTask) -> Answer:
    """Hide a task of a process by its id alone."""
    return await task_item(call, await acting.set_hidden(call, task_id, data, hidden=True))


@route("POST", "/o/tasks/{task_id}/show", body=HideTask, answers=OneTaskShape, otherwise=task_must_be_visible)
async def show_task(call: Call, task_id: UUID, data: HideTask) -> Answer:
    """Show a hidden task of a process by its id alone."""
    return await task_item(call, await acting.set_hidden(call, task_id, data, hidden=False))


@route("PUT", "/o/tasks/{task_id}/move", body=MoveTask, answers=OneTaskShape, otherwise=task_must_be_visible)
async def move_task(call: Call, task_id: UUID, data: MoveTask) -> Answer:
    """Give a task another place in its process."""
    return await task_item(call, await acting.move_task(call, task_id, data))


@route("POST", "/o/tasks/{task_id}/restart", answers=OneTaskShape)
async def restart_task(call: Call, task_id: UUID) -> Answer:
    """Reopen a task and clear its answers."""
    return await task_item(call, await acting.restart_task(call, task_id))


@route("POST", "/o/tasks/{task_id}/assign-me", answers=OneTaskShape)
async def assign_to_me(call: Call, task_id: UUID) -> Answer:
    """Add the caller to the assignees."""
    return await task_item(call, await acting.assign_to_me(call, task_id))


@route("POST", "/o/tasks/{task_id}/take-over", answers=OneTaskShape)
async def take_over_task(call: Call, task_id: UUID) -> Answer:
    """Make the caller the only assignee."""
    return await task_item(call, await acting.take_over_task(call, task_id))


@route("DELETE", "/o/tasks/{task_id}/my-completion", answers=OneTaskShape)
async def take_back_part(call: Call, task_id: UUID) -> Answer:
    """Take back the caller's part of a task that everyone must complete."""
    return await task_item(call, await acting.take_back_part(call, task_id))
