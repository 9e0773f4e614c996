"""E-mail steps: whoever completes one, a person or the clock, has its mail sent to those it is assigned to.

Nothing is sent before. Subject and text are fixed here, at the moment of sending (T-089, T-178).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import sql

from stepwell.db.pipeline import Row
from stepwell.db.pool import Tenant
from stepwell.engine.markup import clean_html
from stepwell.engine.model import Change, House, Process, Task
from stepwell.engine.variables import has_variables, rich_text, source_of
from stepwell.engine.work import EMAILS
from stepwell.mail.outbox import CUT, LONGEST_BODY, NewMail, Recipient, queue_mails
from stepwell.mail.telling import tell_of_tasks
from stepwell.processes.reading import whole_processes
from stepwell.processes.titles import names_in
from stepwell.services import Services
from stepwell.tasks.shapes import STEP_TEXT

KIND = "email_task"

TEXTS = sql.SQL("""
    SELECT task.id, task.process_id, coalesce(task.summary, {step_text}, ''),
           (SELECT name FROM organizations WHERE organization_id = %(organization_id)s)
      FROM tasks task
      LEFT JOIN processes process ON process.organization_id = %(organization_id)s AND process.id = task.process_id
     WHERE task.organization_id = %(organization_id)s AND task.id = ANY (%(task_ids)s)
""").format(step_text=STEP_TEXT)

# Members may switch these mails off; guests may not (G-052). Nobody who is deactivated is written to.
PERSON = sql.SQL("""
    person.id, person.email, shown_name(person),
    person.kind = 'guest' OR (coalesce(person.profile ->> 'email_all', 'true') <> 'false'
                              AND coalesce(person.profile ->> 'email_task_assigned', 'true') <> 'false')
""")
ASSIGNED = sql.SQL("""
    SELECT assigned.task_id, {person}
      FROM task_people assigned
      JOIN people person ON person.organization_id = %(organization_id)s AND person.id = assigned.person_id
     WHERE assigned.organization_id = %(organization_id)s AND assigned.task_id = ANY (%(task_ids)s)
       AND person.kind IN ('member', 'guest') AND person.status IN ('active', 'invited')
     ORDER BY assigned.task_id, person.id
""").format(person=PERSON)
NAMED = sql.SQL("""
    SELECT {person} FROM people person
     WHERE person.organization_id = %(organization_id)s AND person.status = 'active'
       AND (person.id = ANY (%(ids)s) OR person.email = ANY (%(emails)s))
""").format(person=PERSON)


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    email: str
    name: str
    willing: bool  # has not switched such mails off

    def addressed(self, *, is_copy: bool = False) -> Recipient:
        return Recipient(self.id, self.email, self.name, is_copy)


@dataclass(frozen=True, slots=True)
class Sent:
    """A sent task with what its mail needs."""

    task: Task
    body: str
    organization: str
    assigned: Sequence[Person]
    sender: Person | None  # None: the clock sent it
    owner: Person | None  # of the process


async def mail_all_sent_steps(
    tenant: Tenant,
    services: Services,
    changes: Iterable[tuple[Process, Change]],
    house: House,
    at: datetime,
) -> None:
    """Queue the mails that follow from changes that have just been written, each with what its process was before.

    Without a sent step nothing is done.
    """
    steps = [
        (task, change.process.owner_id)
        for before, change in changes
        for task in change.tasks
        if task.type in EMAILS and task.completed and _is_new(before, task)
    ]
    if not steps:
        return
    mails: list[NewMail] = []
    unsent: dict[UUID, list[str]] = {}
    for sent in await _gathered(tenant, services, steps, house):
        recipients = _recipients(sent)
        if recipients:
            mails.append(_mail(sent, recipients))
        elif sent.sender is None:
            unsent[sent.task.id] = [f"Nothing was sent for {sent.task.title}: nobody can be written to."]
    if mails:
        await queue_mails(tenant, mails, services.settings.mail_from, at)
    if unsent:
        await tell_of_tasks(tenant, services.numbers, unsent, at)


def _is_new(before: Process, task: Task) -> bool:
    old = before.tasks.get(task.id)
    return old is None or not old.completed


def _recipients(sent: Sent) -> list[Recipient]:
    """All who are assigned but the sender, who gets a copy if anybody is written to (P-337, P-338)."""
    sender = sent.sender
    others = [one for one in sent.assigned if one.willing and (sender is None or one.id != sender.id)]
    found = [one.addressed() for one in others]
    if found and sender is not None and sender.willing:
        found.append(sender.addressed(is_copy=True))
    return found


def _mail(sent: Sent, recipients: Sequence[Recipient]) -> NewMail:
    """From whoever sent it. What the clock sends comes from the organization, and the owner takes the replies."""
    replied = sent.sender or sent.owner
    return NewMail(
        kind=KIND,
        subject=sent.task.title,
        body=sent.body,
        sender_name=sent.sender.name if sent.sender else sent.organization,
        reply_to=replied.email if replied else None,
        recipients=recipients,
        task_id=sent.task.id,
        framed=not sent.task.send_chromeless,
    )


async def _gathered(
    tenant: Tenant, services: Services, steps: Sequence[tuple[Task, int]], house: House
) -> list[Sent]:
    """The sent tasks, given with the owners of their processes."""
    tasks = [task for task, _ in steps]
    ids = {"task_ids": [task.id for task in tasks]}
    senders = {task.completer_id for task in tasks if task.completer_id is not None}
    guests = {task.completer_guest for task in tasks if task.completer_guest is not None}
    named = {"ids": list(senders | {owner_id for _, owner_id in steps}), "emails": list(guests)}
    assigned = await tenant.execute(ASSIGNED, ids)
    people = await tenant.execute(NAMED, named)
    texts = await tenant.fetch_all(TEXTS, ids)
    known = [Person(*row) for row in await people.fetchall()]
    by_id: dict[int | None, Person] = {one.id: one for one in known}
    by_address: dict[str | None, Person] = {one.email: one for one in known}
    by_task: dict[UUID, list[Person]] = {}
    for task_id, *columns in await assigned.fetchall():
        by_task.setdefault(task_id, []).append(Person(*columns))
    bodies = await _bodies(tenant, services, texts, house)
    organization = str(texts[0][3])
    return [
        Sent(
            task,
            bodies[task.id],
            organization,
            by_task.get(task.id, []),
            by_id.get(task.completer_id) or by_address.get(task.completer_guest),
            by_id.get(owner_id),
        )
        for task, owner_id in steps
    ]


async def _bodies(
    tenant: Tenant, services: Services, texts: Sequence[Row], house: House
) -> Mapping[UUID, str]:
    """What each mail says: the description with its variables, answers made safe, and not too long for a mail."""
    bodies = {row[0]: clean_html(str(row[2])) for row in texts}
    varying = [row for row in texts if has_variables(row[2])]
    if varying:
        inside = {row[1] for row in varying if row[1] is not None}
        alone = {row[0] for row in varying if row[1] is None}
        processes = await whole_processes(tenant, services.versions, inside, alone)
        names = await names_in(tenant, *processes.values())
        for task_id, process_id, text, _ in varying:
            process = processes[process_id or task_id]
            source = source_of(process, house, names, alone=process_id is None)
            bodies[task_id] = rich_text(text, source, process.tasks[task_id])
    return {task_id: _bounded(body) for task_id, body in bodies.items()}


def _bounded(body: str) -> str:
    return body if len(body) <= LONGEST_BODY else clean_html(body[:LONGEST_BODY]) + CUT
