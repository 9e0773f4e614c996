"""Tasks over HTTP."""

from __future__ import annotations

from uuid import UUID

from stepwell.engine.model import TaskType
from stepwell.http.answers import Answer
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.processes.queries import read_process
from stepwell.tasks import completing, queries
from stepwell.tasks.schemas import ChangedTaskShape, CompleteTask, DecideTask, OneTaskShape, ReopenTask
from stepwell.tasks.variables import task_item


async def process_must_be_visible(call: Call, process_id: UUID) -> None:
    """Said before a wrong field is: the process does not exist, or the caller may not see it."""
    await read_process(call, process_id)


@route("GET", "/o/tasks/{task_id}", answers=OneTaskShape)
async def get_task(call: Call, task_id: UUID) -> Answer:
    """One task, of a process or on its own."""
    return await task_item(call, await queries.read_task(call, task_id))


@route("GET", "/o/runs/{process_id}/tasks/{task_id}", answers=OneTaskShape)
async def get_task_of_process(call: Call, process_id: UUID, task_id: UUID) -> Answer:
    """One task of this process; 404 when it belongs to another one."""
    return await task_item(call, await queries.read_task(call, task_id, process_id))


@route("POST", "/o/runs/{process_id}/completed-tasks", body=CompleteTask, answers=ChangedTaskShape,
       otherwise=process_must_be_visible)  # fmt: skip
async def complete_task_of_process(call: Call, process_id: UUID, data: CompleteTask) -> Answer:
    """Complete a task of a process. 422 names each reason to refuse by its field."""
    return await task_item(call, await completing.complete_task(call, data, process_id))


@route("POST", "/o/completed-tasks", body=CompleteTask, answers=ChangedTaskShape)
async def complete_task(call: Call, data: CompleteTask) -> Answer:
    """Complete a one-off task, or a task of a process by its id alone."""
    return await task_item(call, await completing.complete_task(call, data))


@route(
    "DELETE POST", "/o/runs/{process_id}/completed-tasks/{task_id}", body=ReopenTask, answers=ChangedTaskShape
)
async def reopen_task_of_process(call: Call, process_id: UUID, task_id: UUID, data: ReopenTask) -> Answer:
    """Put a completed task of a process back in progress."""
    return await task_item(call, await completing.reopen_task(call, task_id, data, process_id))


@route("DELETE POST", "/o/completed-tasks/{task_id}", body=ReopenTask, answers=ChangedTaskShape)
async def reopen_task(call: Call, task_id: UUID, data: ReopenTask) -> Answer:
    """Put a completed one-off task, or a task of a process by its id alone, back in progress."""
    return await task_item(call, await completing.reopen_task(call, task_id, data))


@route("POST", "/o/tasks/{task_id}/approve", body=DecideTask, answers=ChangedTaskShape)
async def approve_task(call: Call, task_id: UUID, data: DecideTask) -> Answer:
    """Approve an approval task."""
    return await task_item(call, await completing.decide_task(call, task_id, data, APPROVALS, True))


@route("POST", "/o/tasks/{task_id}/reject", body=DecideTask, answers=ChangedTaskShape)
async def reject_task(call: Call, task_id: UUID, data: DecideTask) -> Answer:
    """Reject an approval task; the comment is the reason."""
    return await task_item(call, await completing.decide_task(call, task_id, data, APPROVALS, False))


@route("POST", "/o/tasks/{task_id}/acknowledge", body=DecideTask, answers=ChangedTaskShape)
async def acknowledge_task(call: Call, task_id: UUID, data: DecideTask) -> Answer:
    """Acknowledge an expiring task."""
    return await task_item(call, await completing.decide_task(call, task_id, data, EXPIRING, True))


@route("POST", "/o/tasks/{task_id}/send-email", body=DecideTask, answers=ChangedTaskShape)
async def send_email_of_task(call: Call, task_id: UUID, data: DecideTask) -> Answer:
    """Send an e-mail task now, which completes it."""
    return await task_item(call, await completing.decide_task(call, task_id, data, EMAILS, None))


APPROVALS = frozenset({TaskType.APPROVAL})
EXPIRING = frozenset({TaskType.EXPIRING})
EMAILS = frozenset({TaskType.EMAIL, TaskType.EXPIRING_EMAIL})
