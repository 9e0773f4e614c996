"""Reminders that a person sends at once to those who have an open task (P-734)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from html import escape
from uuid import UUID

from stepwell.db.pipeline import Row
from stepwell.engine.model import Event
from stepwell.errors import TooMany, refused
from stepwell.http.call import Call
from stepwell.mail.outbox import NewMail, Recipient, queue_mails
from stepwell.tasks.frames import TaskWork, working_on_task

REMINDER = "reminder"
ONE_IN = timedelta(minutes=10)
KIND = "task_reminder"

LATEST = """
    SELECT max(at) FROM events event
     WHERE event.organization_id = %(organization_id)s AND event.object_id = %(task_id)s
       AND event.field = 'reminder'
"""
SENDER = """
    SELECT shown_name(person), person.email FROM people person
     WHERE person.organization_id = %(organization_id)s AND person.id = %(user_id)s
"""
# Whoever switched off all mail is not written to, whatever it is; guests cannot (G-051).
ASSIGNED = """
    SELECT person.id, person.email, shown_name(person), person.kind
      FROM task_people assigned
      JOIN people person ON person.organization_id = %(organization_id)s AND person.id = assigned.person_id
     WHERE assigned.organization_id = %(organization_id)s AND assigned.task_id = %(task_id)s
       AND person.kind IN ('member', 'guest') AND person.status IN ('active', 'invited')
       AND person.id <> %(user_id)s
       AND (person.kind = 'guest' OR coalesce(person.profile ->> 'email_all', 'true') <> 'false')
     ORDER BY person.id
"""


async def send_reminder(call: Call, task_id: UUID) -> str:
    """Mail all who have the task, but the sender. Returns whom, as JSON.

    Raises NotFound, Forbidden, Refused (not open), TooMany (another one was sent just now).
    """
    async with working_on_task(call, task_id) as work:
        if not work.task.open or work.process.archived_at is not None:
            raise refused("status", "Only for an open task can a reminder be sent.")
        await _refuse_another(work)
        wanted = {"task_id": task_id, "user_id": call.member.user_id}
        name, email = await work.tenant.fetch_one(SENDER, wanted)
        people = await work.tenant.fetch_all(ASSIGNED, wanted)
        if people:
            mail = _mail(work, name, email, people)
            await queue_mails(work.tenant, [mail], call.services.settings.mail_from, work.at)
        users = [id for id, _, _, kind in people if kind == "member"]
        guests = [address for _, address, _, kind in people if kind == "guest"]
        work.events.append(_event(work, {"users": users, "guests": guests}))
        await work.save()
        return json.dumps({"sent_to": {"users": users, "guests": guests}})


async def _refuse_another(work: TaskWork) -> None:
    latest = await work.tenant.fetch_value(LATEST, {"task_id": work.task_id})
    if latest is not None and work.at < latest + ONE_IN:
        seconds = int((latest + ONE_IN - work.at).total_seconds()) + 1
        raise TooMany("A reminder of this task was sent less than 10 minutes ago.", seconds)


def _mail(work: TaskWork, name: str, email: str, people: Sequence[Row]) -> NewMail:
    task = work.task
    due = ""
    if task.deadline is not None:
        due = f" It is due {task.deadline.astimezone(work.house.zone):%Y-%m-%d %H:%M %Z}."
    where = f" in {escape(work.base.loaded.name)}" if work.process_id is not None else ""
    body = f"<p>{escape(name)} reminds you of <strong>{escape(task.title)}</strong>{where}.{due}</p>"
    return NewMail(
        kind=KIND,
        subject=task.title,
        body=body,
        sender_name=name,
        reply_to=email,
        recipients=[Recipient(id, address, shown) for id, address, shown, _ in people],
        task_id=task.id,
    )


def _event(work: TaskWork, sent_to: dict[str, list[int] | list[str]]) -> Event:
    return Event(
        verb="emitted",
        kind="Task",
        subject="task",
        subject_id=work.task_id,
        description=f"Sent a reminder of: {work.task.title}",
        field=REMINDER,
        new=sent_to,
    )
