"""Explaining a task over HTTP."""

from __future__ import annotations

import json
from uuid import UUID

from stepwell.explaining.schemas import WhyShape
from stepwell.explaining.why_deadline import why_due
from stepwell.explaining.why_people import why_assigned
from stepwell.explaining.why_queries import Facts, read_facts
from stepwell.explaining.why_visibility import why_visible
from stepwell.http.answers import Answer, item
from stepwell.http.call import Call
from stepwell.http.routing import route


@route("GET", "/o/tasks/{task_id}/why", answers=WhyShape)
async def explain_task(call: Call, task_id: UUID) -> Answer:
    """Why a task is visible or hidden, whose it is, and due when it is due."""
    return _answer(await read_facts(call, task_id, None))


@route("GET", "/o/runs/{process_id}/tasks/{task_id}/why", answers=WhyShape)
async def explain_task_of_process(call: Call, process_id: UUID, task_id: UUID) -> Answer:
    """Why a task of this process is as it is; 404 when it belongs to another one."""
    return _answer(await read_facts(call, task_id, process_id))


def _answer(facts: Facts) -> Answer:
    task = facts.task
    explained = {
        "task_id": task.id.hex,
        "run_id": task.process_id.hex if task.process_id is not None else None,
        "step_id": task.step_id.hex if task.step_id is not None else None,
        "title": task.title,
        "status": task.status,
        "visibility": why_visible(facts),
        "people": why_assigned(facts),
        "deadline": why_due(facts),
    }
    return item(json.dumps(explained, ensure_ascii=False))
