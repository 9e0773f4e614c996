"""The activity feed over HTTP."""

from __future__ import annotations

from uuid import UUID

from stepwell.events.queries import Entity, asked_entity, entity_of, read_feed
from stepwell.events.schemas import ActivityShape
from stepwell.http.answers import Answer
from stepwell.http.call import Call
from stepwell.http.routing import route

PER_PAGE = 20
QUERY = ("type", "verb", "actor_type", "actor_id", "actor_email", "source", "created_after", "created_before",
         "search", "field", "origin_type", "origin_id")  # fmt: skip


async def _feed(call: Call, entity: Entity | None) -> Answer:
    window = call.window(PER_PAGE)
    return call.listing(await read_feed(call, window, entity), window)


@route(
    "GET", "/o/activity-feeds", answers=ActivityShape, many=True, query=("entity_type", "entity_id", *QUERY)
)
async def list_activity(call: Call) -> Answer:
    """What happened to the objects that the caller may read, newest first; `entity_type=run` covers all in it."""
    return await _feed(call, asked_entity(call))


@route("GET", "/o/runs/{process_id}/activity-feeds", answers=ActivityShape, many=True, query=QUERY)
async def list_activity_of_process(call: Call, process_id: UUID) -> Answer:
    """What happened to a process and everything in it, newest first."""
    return await _feed(call, entity_of("run", process_id))


@route("GET", "/o/checklists/{template_id}/activity-feeds", answers=ActivityShape, many=True, query=QUERY)
async def list_activity_of_template(call: Call, template_id: UUID) -> Answer:
    """What happened to a template, its steps, fields and rules, newest first."""
    return await _feed(call, entity_of("checklist", template_id))


@route("GET", "/o/tasks/{task_id}/history", answers=ActivityShape, many=True, query=QUERY)
async def list_history_of_task(call: Call, task_id: UUID) -> Answer:
    """What happened to a task, newest first."""
    return await _feed(call, entity_of("task", task_id))
