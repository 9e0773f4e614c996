"""More about steps over HTTP: who completes them, job titles, tags, and many steps at once."""

from __future__ import annotations

from uuid import UUID

from stepwell.access.members import FULL_MEMBERS
from stepwell.http.answers import Answer, item, nothing
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.http.shapes import Hex, Instant, Shape
from stepwell.templates import step_order, step_people, step_tags, steps
from stepwell.templates.parts import must_be_editable, whole_list
from stepwell.templates.step_schemas import (
    AttachTag,
    BatchAssign,
    BulkSteps,
    EditStepType,
    StepRoles,
    StepShape,
)

STEPS = "/o/checklists/{template_id}/steps"
STEP = STEPS + "/{step_id}"
MICRO_FUNCTION = "/processes/micro-functions/organizations/{org}/blueprints/{template_id}/steps/{step_id}"


class StepTagShape(Shape):
    """A tag on a step; `id` is the association's, `tag_id` the tag's."""

    id: int
    tag_id: Hex
    subject_id: Hex
    subject_type: str
    title: str
    color: str
    type: str
    auto_generated: bool
    created_at: Instant
    deleted_at: Instant | None


@route(
    "PUT",
    MICRO_FUNCTION + "/edit-step-type",
    body=EditStepType,
    answers=StepShape,
    allow=FULL_MEMBERS,
    otherwise=must_be_editable,
)
async def edit_step_type(call: Call, template_id: str, step_id: UUID, data: EditStepType) -> Answer:
    """Whether `all` assignees must complete the task or `any` of them may."""
    return item(await step_order.set_everyone(call, template_id, step_id, data.stepType == "all"))


@route(
    "PUT",
    STEP + "/roles",
    body=StepRoles,
    answers=StepShape,
    allow=FULL_MEMBERS,
    otherwise=must_be_editable,
)
async def set_roles(call: Call, template_id: str, step_id: UUID, data: StepRoles) -> Answer:
    """Set the job titles of a step."""
    return item(await step_order.set_roles(call, template_id, step_id, data.roles))


@route(
    "POST",
    STEP + "/tags",
    body=AttachTag,
    answers=StepTagShape,
    status=201,
    also=[200],
    allow=FULL_MEMBERS,
    otherwise=must_be_editable,
)
async def tag_step(call: Call, template_id: str, step_id: UUID, data: AttachTag) -> Answer:
    """Put a tag on a step; 200 when it is there already."""
    is_new, association = await step_tags.tag_step(call, template_id, step_id, data.tag_id)
    return item(association, 201 if is_new else 200)


@route("DELETE", STEP + "/tags/{association_id}", status=204, allow=FULL_MEMBERS)
async def untag_step(call: Call, template_id: str, step_id: UUID, association_id: int) -> Answer:
    """Take a tag from a step, by the id of the association."""
    await step_tags.untag_step(call, template_id, step_id, association_id)
    return nothing()


@route(
    "PUT",
    STEPS + "/batch-assign",
    body=BatchAssign,
    answers=StepShape,
    many=True,
    allow=FULL_MEMBERS,
    otherwise=must_be_editable,
)
async def batch_assign(call: Call, template_id: str, data: BatchAssign) -> Answer:
    """Assign people to steps and take people from steps; answers the steps that changed."""
    page = await step_people.batch_assign(call, template_id, data)
    return call.listing(page, whole_list(page))


@route(
    "POST",
    STEPS + "/bulk",
    body=BulkSteps,
    answers=StepShape,
    many=True,
    status=201,
    allow=FULL_MEMBERS,
    otherwise=must_be_editable,
)
async def create_steps(call: Call, template_id: str, data: BulkSteps) -> Answer:
    """Append one step for each line of text."""
    page = await steps.create_steps(call, template_id, data.steps)
    answer = call.listing(page, whole_list(page))
    return Answer(201, answer.body, answer.headers)
