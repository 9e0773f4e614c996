"""Steps of a template over HTTP."""

from __future__ import annotations

from uuid import UUID

from stepwell.access.members import FULL_MEMBERS
from stepwell.http.answers import Answer, item, nothing
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.templates import step_order, step_queries, steps
from stepwell.templates.parts import must_be_editable
from stepwell.templates.step_schemas import CreateStep, MoveStep, PatchStep, StepShape, UpdateStep

STEPS = "/o/checklists/{template_id}/steps"
STEP = STEPS + "/{step_id}"


@route("GET", STEPS, answers=StepShape, many=True)
async def list_steps(call: Call, template_id: str) -> Answer:
    """The steps of a template, in order."""
    window = call.window()
    return call.listing(await step_queries.list_steps(call, template_id, window), window)


@route(
    "POST",
    STEPS,
    body=CreateStep,
    answers=StepShape,
    status=201,
    allow=FULL_MEMBERS,
    otherwise=must_be_editable,
)
async def create_step(call: Call, template_id: str, data: CreateStep) -> Answer:
    """Append a step; only `title` is required."""
    return item(await steps.create_step(call, template_id, data), 201)


@route("GET", STEP, answers=StepShape)
async def get_step(call: Call, template_id: str, step_id: UUID) -> Answer:
    """One step with its form fields."""
    return item(await step_queries.read_step(call.db, call.member, template_id, step_id, call.includes))


@route("PUT", STEP, body=UpdateStep, answers=StepShape, allow=FULL_MEMBERS, otherwise=must_be_editable)
async def update_step(call: Call, template_id: str, step_id: UUID, data: UpdateStep) -> Answer:
    """Change a step; `title` is required, all else is changed only when it is sent.

    A body of `position` alone moves the step.
    """
    return await _changed(call, template_id, step_id, data)


@route("PATCH", STEP, body=PatchStep, answers=StepShape, allow=FULL_MEMBERS, otherwise=must_be_editable)
async def patch_step(call: Call, template_id: str, step_id: UUID, data: PatchStep) -> Answer:
    """Change a step; no key is required."""
    return await _changed(call, template_id, step_id, data)


async def _changed(call: Call, template_id: str, step_id: UUID, data: UpdateStep | PatchStep) -> Answer:
    if "position" in data.model_fields_set:
        place = MoveStep(position=data.position)
        return item(await step_order.move_step(call, template_id, step_id, place))
    return item(await steps.update_step(call, template_id, step_id, data))


@route("DELETE", STEP, status=204, allow=FULL_MEMBERS)
async def delete_step(call: Call, template_id: str, step_id: UUID) -> Answer:
    """Delete a step for good; refused while rules or other steps' deadlines depend on it."""
    await steps.delete_step(call, template_id, step_id)
    return nothing()


@route(
    "PUT PATCH",
    STEP + "/reorder",
    body=MoveStep,
    answers=StepShape,
    allow=FULL_MEMBERS,
    otherwise=must_be_editable,
)
async def move_step(call: Call, template_id: str, step_id: UUID, data: MoveStep) -> Answer:
    """Put a step at a place, and into a milestone if `stage_id` is sent; the others make room."""
    return item(await step_order.move_step(call, template_id, step_id, data))


@route("POST", STEP + "/clone", answers=StepShape, status=201, allow=FULL_MEMBERS)
async def clone_step(call: Call, template_id: str, step_id: UUID) -> Answer:
    """Copy a step to the place after it, with its fields and tags but not its rules."""
    return item(await step_order.clone_step(call, template_id, step_id), 201)
