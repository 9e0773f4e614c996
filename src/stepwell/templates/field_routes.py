"""Form fields of steps over HTTP. There is no reading of a single one (405): clients read the step."""

from __future__ import annotations

from uuid import UUID

from stepwell.access.members import FULL_MEMBERS
from stepwell.http.answers import Answer, item, nothing
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.templates import fields
from stepwell.templates.field_definitions import FieldSettings, NewField
from stepwell.templates.field_schemas import MoveField, ReorderCaptures
from stepwell.templates.parts import must_be_editable, whole_list
from stepwell.templates.schemas import FieldShape

CAPTURES = "/o/checklists/{template_id}/steps/{step_id}/captures"
CAPTURE = CAPTURES + "/{capture_id}"


@route("GET", CAPTURES, answers=FieldShape, many=True)
async def list_captures(call: Call, template_id: str, step_id: UUID) -> Answer:
    """The form fields of a step, in order."""
    window = call.window()
    return call.listing(await fields.list_fields(call.db, call.member, template_id, step_id, window), window)


@route(
    "POST",
    CAPTURES,
    body=NewField,
    answers=FieldShape,
    status=201,
    allow=FULL_MEMBERS,
    otherwise=must_be_editable,
)
async def create_capture(call: Call, template_id: str, step_id: UUID, data: NewField) -> Answer:
    """Add a form field to a step; `label`, `field_type` and `required` are required."""
    return item(await fields.create_field(call, template_id, step_id, data), 201)


@route(
    "PUT PATCH",
    CAPTURES,
    body=ReorderCaptures,
    answers=FieldShape,
    many=True,
    allow=FULL_MEMBERS,
    otherwise=must_be_editable,
)
async def reorder_captures(call: Call, template_id: str, step_id: UUID, data: ReorderCaptures) -> Answer:
    """Give form fields their places; the others make room. Answers all fields of the step."""
    page = await fields.reorder_fields(call, template_id, step_id, "capture_id", data.placed)
    return call.listing(page, whole_list(page))


@route(
    "PUT PATCH",
    CAPTURE,
    body=FieldSettings,
    answers=FieldShape,
    allow=FULL_MEMBERS,
    otherwise=must_be_editable,
)
async def update_capture(
    call: Call, template_id: str, step_id: UUID, capture_id: UUID, data: FieldSettings
) -> Answer:
    """Change a form field; what is not sent stays."""
    return item(await fields.update_field(call, template_id, step_id, capture_id, data))


@route("DELETE", CAPTURE, status=204, allow=FULL_MEMBERS)
async def delete_capture(call: Call, template_id: str, step_id: UUID, capture_id: UUID) -> Answer:
    """Delete a form field for good; refused while a rule uses it."""
    await fields.delete_field(call, template_id, step_id, capture_id)
    return nothing()


@route(
    "PUT PATCH",
    CAPTURE + "/move-out",
    body=MoveField,
    answers=FieldShape,
    allow=FULL_MEMBERS,
    otherwise=must_be_editable,
)
async def move_capture(
    call: Call, template_id: str, step_id: UUID, capture_id: UUID, data: MoveField
) -> Answer:
    """Move a form field to another step; its id and all that refers to it stay."""
    return item(await fields.move_field(call, template_id, step_id, capture_id, data))
