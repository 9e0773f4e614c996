"""Fields of the kick-off form over HTTP, one at a time; as a whole the form is written with its template."""

from __future__ import annotations

from uuid import UUID

from stepwell.access.members import FULL_MEMBERS
from stepwell.http.answers import Answer, item, nothing
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.templates import fields
from stepwell.templates.field_definitions import FieldSettings, NewField
from stepwell.templates.field_schemas import ReorderPreruns
from stepwell.templates.parts import must_be_editable, whole_list
from stepwell.templates.schemas import FieldShape

PRERUNS = "/o/checklists/{template_id}/preruns"
PRERUN = PRERUNS + "/{prerun_id}"


@route("GET", PRERUNS, answers=FieldShape, many=True)
async def list_preruns(call: Call, template_id: str) -> Answer:
    """The fields of the kick-off form, in order."""
    window = call.window()
    return call.listing(await fields.list_fields(call.db, call.member, template_id, None, window), window)


@route(
    "POST",
    PRERUNS,
    body=NewField,
    answers=FieldShape,
    status=201,
    allow=FULL_MEMBERS,
    otherwise=must_be_editable,
)
async def create_prerun(call: Call, template_id: str, data: NewField) -> Answer:
    """Add a field to the kick-off form; `label`, `field_type` and `required` are required."""
    return item(await fields.create_field(call, template_id, None, data), 201)


@route(
    "PUT PATCH",
    PRERUNS,
    body=ReorderPreruns,
    answers=FieldShape,
    many=True,
    allow=FULL_MEMBERS,
    otherwise=must_be_editable,
)
async def reorder_preruns(call: Call, template_id: str, data: ReorderPreruns) -> Answer:
    """Give fields their places; the others make room. Answers the whole form."""
    page = await fields.reorder_fields(call, template_id, None, "prerun_id", data.placed)
    return call.listing(page, whole_list(page))


@route(
    "PUT PATCH",
    PRERUN,
    body=FieldSettings,
    answers=FieldShape,
    allow=FULL_MEMBERS,
    otherwise=must_be_editable,
)
async def update_prerun(call: Call, template_id: str, prerun_id: UUID, data: FieldSettings) -> Answer:
    """Change a field of the kick-off form; what is not sent stays."""
    return item(await fields.update_field(call, template_id, None, prerun_id, data))


@route("DELETE", PRERUN, status=204, allow=FULL_MEMBERS)
async def delete_prerun(call: Call, template_id: str, prerun_id: UUID) -> Answer:
    """Delete a field of the kick-off form for good; refused while a rule uses it."""
    await fields.delete_field(call, template_id, None, prerun_id)
    return nothing()
