"""Saving answers one at a time over HTTP."""

from __future__ import annotations

from uuid import UUID

from stepwell.access.members import FULL_MEMBERS
from stepwell.http.answers import Answer, item
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.processes.answers_shape import FieldWithAnswerShape
from stepwell.tasks import answering
from stepwell.tasks.answer_schemas import SaveAnswers, SaveOneAnswer, SaveValue
from stepwell.tasks.edit_routes import task_must_be_visible


@route("POST", "/o/tasks/{task_id}/captures", body=SaveAnswers, answers=FieldWithAnswerShape,
       otherwise=task_must_be_visible)  # fmt: skip
async def save_captures(call: Call, task_id: UUID, data: SaveAnswers) -> Answer:
    """Save one answer (`id`, `value`), or several, of a task."""
    return item(await answering.save_captures(call, task_id, data))


@route("PUT PATCH", "/o/runs/{process_id}/tasks/{task_id}/captures/{field_id}", body=SaveOneAnswer,
       answers=FieldWithAnswerShape)  # fmt: skip
async def save_capture(
    call: Call, process_id: UUID, task_id: UUID, field_id: UUID, data: SaveOneAnswer
) -> Answer:
    """Save the answer to one field of a task."""
    sent = SaveAnswers(answers={field_id.hex: data.value})
    return item(await answering.save_captures(call, task_id, sent, process_id))


@route("PUT PATCH POST", "/o/form-field/value", body=SaveValue, answers=FieldWithAnswerShape)
async def save_value(call: Call, data: SaveValue) -> Answer:
    """Save the answer to one field, of a task or of a kick-off form. 422 names what is wrong at `form_value`."""
    return item(await answering.save_value(call, data))


@route("POST", "/o/guests/{guest}/form-field/value", body=SaveValue, answers=FieldWithAnswerShape,
       allow=FULL_MEMBERS, otherwise=answering.guest_must_exist)  # fmt: skip
async def save_value_for_guest(call: Call, guest: str, data: SaveValue) -> Answer:
    """Save the answer to one field of a task on behalf of a guest who is assigned to it."""
    return item(await answering.save_value(call, data, guest))
