"""Milestones of a template (`stages` in the API) over HTTP."""

from __future__ import annotations

from uuid import UUID

from stepwell.access.members import FULL_MEMBERS
from stepwell.http.answers import Answer, item, nothing
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.templates import stages
from stepwell.templates.parts import must_be_editable
from stepwell.templates.stage_schemas import NewStage, StageSettings, StageShape, StageSteps

STAGES = "/o/checklists/{template_id}/stages"
STAGE = STAGES + "/{stage_id}"


@route("GET", STAGES, answers=StageShape, many=True)
async def list_stages(call: Call, template_id: str) -> Answer:
    """The milestones of a template, in order."""
    window = call.window()
    page = await stages.list_stages(call.db, call.member, template_id, window, call.includes)
    return call.listing(page, window)


@route(
    "POST",
    STAGES,
    body=NewStage,
    answers=StageShape,
    status=201,
    allow=FULL_MEMBERS,
    otherwise=must_be_editable,
)
async def create_stage(call: Call, template_id: str, data: NewStage) -> Answer:
    """Add a milestone, at `position` or at the end."""
    return item(await stages.create_stage(call, template_id, data), 201)


@route(
    "PUT PATCH",
    STAGE,
    body=StageSettings,
    answers=StageShape,
    allow=FULL_MEMBERS,
    otherwise=must_be_editable,
)
async def update_stage(call: Call, template_id: str, stage_id: UUID, data: StageSettings) -> Answer:
    """Rename or move a milestone."""
    return item(await stages.update_stage(call, template_id, stage_id, data))


@route("DELETE", STAGE, status=204, allow=FULL_MEMBERS)
async def delete_stage(call: Call, template_id: str, stage_id: UUID) -> Answer:
    """Delete a milestone; its steps stay."""
    await stages.delete_stage(call, template_id, stage_id)
    return nothing()


@route(
    "PUT",
    STAGE + "/steps",
    body=StageSteps,
    answers=StageShape,
    allow=FULL_MEMBERS,
    otherwise=must_be_editable,
)
async def set_steps(call: Call, template_id: str, stage_id: UUID, data: StageSteps) -> Answer:
    """Make these the steps of a milestone, in this order. Answers the milestone with its steps."""
    return item(await stages.set_steps(call, template_id, stage_id, data.steps))
