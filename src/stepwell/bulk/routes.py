"""Actions on many processes or tasks over HTTP."""

from __future__ import annotations

from stepwell.bulk import commands
from stepwell.bulk.schemas import ManyProcesses, ManyTasks, OutcomeShape
from stepwell.http.answers import Answer, item
from stepwell.http.call import Call
from stepwell.http.routing import route


@route("POST", "/o/tasks/bulk", body=ManyTasks, answers=OutcomeShape, listed=True)
async def change_tasks(call: Call, data: ManyTasks) -> Answer:
    """Complete, reopen, archive, restore, assign, date, tag or file up to 100 tasks, each as far as it goes."""
    return item(await commands.change_tasks(call, data))


@route("POST", "/o/runs/bulk", body=ManyProcesses, answers=OutcomeShape, listed=True)
async def change_processes(call: Call, data: ManyProcesses) -> Answer:
    """Archive, restore, delete, tag, file, hand over or star up to 100 processes, each as far as it goes."""
    return item(await commands.change_processes(call, data))
