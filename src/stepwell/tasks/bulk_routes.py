"""Changing many tasks of a process at once over HTTP."""

from __future__ import annotations

from uuid import UUID

from stepwell.access.members import FULL_MEMBERS
from stepwell.http.answers import Answer, item
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.processes.routes import must_be_visible
from stepwell.tasks import bulk
from stepwell.tasks.bulk_schemas import ChangeManyTasks
from stepwell.tasks.schemas import OneTaskShape


@route("PUT PATCH", "/o/runs/{process_id}/tasks/bulk", body=ChangeManyTasks, answers=OneTaskShape, listed=True,
       allow=FULL_MEMBERS, otherwise=must_be_visible)  # fmt: skip
async def change_tasks(call: Call, process_id: UUID, data: ChangeManyTasks) -> Answer:
    """Assign, date, show, hide, rename or move tasks: all of them, or none when one cannot be; the changed ones."""
    return item(await bulk.change_tasks(call, process_id, data))


@route("PUT", "/o/runs/{process_id}/tasks", body=ChangeManyTasks, answers=OneTaskShape, listed=True,
       allow=FULL_MEMBERS, otherwise=must_be_visible)  # fmt: skip
async def change_tasks_too(call: Call, process_id: UUID, data: ChangeManyTasks) -> Answer:
    """Another path of PUT .../tasks/bulk."""
    return item(await bulk.change_tasks(call, process_id, data))
