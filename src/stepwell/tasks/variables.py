"""Descriptions as they read now: their variables are replaced each time a task is answered (P-027)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from stepwell.db.pool import Tenant
from stepwell.engine.model import House, Process
from stepwell.engine.variables import has_variables, rich_text, source_of
from stepwell.http.answers import Answer, item
from stepwell.http.call import Call
from stepwell.people.directory import house_of
from stepwell.processes.frames import HOUSE
from stepwell.processes.reading import whole_processes
from stepwell.processes.titles import names_in


async def rendered(call: Call, text: str) -> str:
    """A task's JSON, or a list of them, with its descriptions rendered; most texts have no variable at all."""
    if "{{" not in text:
        return text
    answer = json.loads(text)
    found = [task for task in _tasks_in(answer) if has_variables(task.get("summary"))]
    if not found:
        return text
    async with call.db.reading(call.member) as tenant:
        await _render(tenant, call, found)
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":"))


async def task_item(call: Call, text: str, status: int = 200) -> Answer:
    """A task's JSON in its envelope, with its description rendered."""
    return item(await rendered(call, text), status)


def _tasks_in(answer: Any) -> Iterator[dict[str, Any]]:
    for one in answer if isinstance(answer, list) else [answer]:
        if isinstance(one, dict) and "taskdata" in one:
            yield one


async def _render(tenant: Tenant, call: Call, tasks: Iterable[dict[str, Any]]) -> None:
    tasks = list(tasks)
    house = house_of(*(await tenant.fetch_one(HOUSE)))
    processes = await _processes(tenant, call, tasks)
    names = await names_in(tenant, *processes.values())
    for task in tasks:
        key = UUID(task["run_id"] or task["id"])
        if key in processes:
            task["summary"] = _described(processes[key], task, house, names)


def _described(process: Process, task: dict[str, Any], house: House, names: dict[str, str]) -> str:
    source = source_of(process, house, names, alone=task["run_id"] is None)
    return rich_text(task["summary"], source, process.tasks[UUID(task["id"])])


async def _processes(tenant: Tenant, call: Call, tasks: list[dict[str, Any]]) -> dict[UUID, Process]:
    """The processes of the tasks, with all their answers; a task on its own is a project that holds it alone."""
    ids = {UUID(run) for run in {task["run_id"] for task in tasks} if run}
    lone = [UUID(task["id"]) for task in tasks if not task["run_id"]]
    return await whole_processes(tenant, call.services.versions, ids, lone)
