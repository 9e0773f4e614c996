"""Parts of a template in one answer: form fields, deadlines, versions."""

from __future__ import annotations

from stepwell.http.answers import Answer, item
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.templates import deadlines, form_fields
from stepwell.templates.deadlines import SetDeadlines, StepDeadlineShape
from stepwell.templates.form_fields import FormFieldsShape, VersionShape
from stepwell.templates.routes import must_be_editable


@route("GET", "/o/checklists/{template_id}/form-fields", answers=FormFieldsShape)
async def get_form_fields(call: Call, template_id: str) -> Answer:
    """All form fields: of the steps, and of the kick-off form."""
    return item(await form_fields.read_form_fields(call, template_id))


@route("GET", "/o/checklists/{template_id}/steps-deadlines", answers=StepDeadlineShape, listed=True)
async def get_deadlines(call: Call, template_id: str) -> Answer:
    """Every step's deadline."""
    return item(await deadlines.read_deadlines(call, template_id))


@route(
    "PUT",
    "/o/checklists/{template_id}/steps-deadlines",
    body=SetDeadlines,
    answers=StepDeadlineShape,
    listed=True,
    otherwise=must_be_editable,
)
async def set_deadlines(call: Call, template_id: str, data: SetDeadlines) -> Answer:
    """Set the deadlines of several steps; what is left out of one stays."""
    return item(await deadlines.set_deadlines(call, template_id, data))


@route("GET", "/o/checklists/{template_id}/versions", answers=VersionShape, listed=True)
async def list_versions(call: Call, template_id: str) -> Answer:
    """The versions that processes were launched from, newest first."""
    return item(await form_fields.read_versions(call, template_id))
