"""Reminding people of tasks over HTTP."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel

from stepwell.access.members import FULL_MEMBERS
from stepwell.http.answers import Answer, item
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.http.shapes import Shape
from stepwell.tasks import reminding


class SentToShape(BaseModel):
    """Who was mailed; guests by their addresses."""

    users: list[int]
    guests: list[str]


class ReminderShape(Shape):
    sent_to: SentToShape


@route("POST", "/o/tasks/{task_id}/reminder", answers=ReminderShape, allow=FULL_MEMBERS)
async def send_reminder(call: Call, task_id: UUID) -> Answer:
    """Mail everybody who has the task but the sender; once in ten minutes."""
    return item(await reminding.send_reminder(call, task_id))


@route("POST", "/o/tasks/{task_id}/remind", answers=ReminderShape, allow=FULL_MEMBERS)
async def remind(call: Call, task_id: UUID) -> Answer:
    """The same as `reminder`."""
    return item(await reminding.send_reminder(call, task_id))
