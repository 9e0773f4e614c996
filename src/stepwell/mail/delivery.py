"""Sending a mail of the outbox: who is due, what became of each attempt, and when to try again."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from stepwell.access.members import ADMIN, Member
from stepwell.db.ids import Numbers
from stepwell.db.pool import Tenant
from stepwell.mail.layout import Frame, html_page, text_page
from stepwell.mail.letters import Letter, domain_of, message_of, one_line
from stepwell.mail.plain import plain_of
from stepwell.mail.posts import Post, PutOff, Undeliverable, open_post
from stepwell.mail.telling import tell_of_tasks
from stepwell.services import Services
from stepwell.settings import Settings

log = logging.getLogger("stepwell.mail")
BATCH = (
    50  # recipients that one job serves; what is left is for the next one, so that no mail holds up a worker
)
WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=5),
    timedelta(hours=17),
)
"""How long to wait after each failure; after the last wait comes the last attempt, about a day after the first."""
LONGEST_ERROR = 500

MAIL = """
    SELECT mail.kind, mail.task_id, mail.subject, mail.body, mail.sender_name, mail.reply_to, mail.framed,
           mail.created_at, house.name, house.settings ->> 'org_logo'
      FROM mails mail JOIN organizations house USING (organization_id)
     WHERE mail.organization_id = %(organization_id)s AND mail.id = %(mail_id)s
"""
DUE = """
    SELECT one.place, one.email, one.name, one.is_copy, one.message_id, one.attempts,
           coalesce(person.status IN ('active', 'invited'), true)
      FROM mail_recipients one
      LEFT JOIN people person ON person.organization_id = %(organization_id)s AND person.id = one.person_id
     WHERE one.organization_id = %(organization_id)s AND one.mail_id = %(mail_id)s AND one.state = 'queued'
       AND one.next_attempt_at <= %(at)s
     ORDER BY one.place LIMIT %(limit)s
"""
RECORD = """
    UPDATE mail_recipients one
       SET state = result.state, error = result.error, attempts = one.attempts + 1,
           next_attempt_at = coalesce(result.next, one.next_attempt_at),
           settled_at = CASE WHEN result.state = 'queued' THEN NULL ELSE %(at)s END
      FROM jsonb_to_recordset(%(results)s) AS result (place int, state text, error text, next timestamptz)
     WHERE one.organization_id = %(organization_id)s AND one.mail_id = %(mail_id)s AND one.place = result.place
"""
NEXT = """
    SELECT min(next_attempt_at) FROM mail_recipients
     WHERE organization_id = %(organization_id)s AND mail_id = %(mail_id)s AND state = 'queued'
"""


@dataclass(frozen=True, slots=True)
class Mail:
    id: UUID
    kind: str
    task_id: UUID | None
    subject: str
    body: str
    sender_name: str
    reply_to: str | None
    framed: bool
    at: datetime
    organization: str
    logo: str | None


@dataclass(frozen=True, slots=True)
class Due:
    """A recipient whose turn has come. `welcome`: not deactivated since the mail was written."""

    place: int
    email: str
    name: str
    is_copy: bool
    message_id: str
    attempts: int
    welcome: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one attempt: sent, failed for good, dropped, or queued for another one at `next`."""

    due: Due
    state: str
    error: str | None = None
    next: datetime | None = None


class Record(Protocol):
    """Writes down what became of attempts."""

    def __call__(self, *results: Result) -> Awaitable[None]: ...


async def deliver(services: Services, organization_id: UUID, mail_id: UUID) -> datetime | None:
    """Make one attempt for everybody who is due. Returns when somebody is due again; None: all is settled."""
    acting = Member(organization_id, 0, ADMIN)
    at = services.clock()
    async with services.db.reading(acting) as tenant:
        row = await tenant.fetch_first(MAIL, {"mail_id": mail_id})
        if row is None:
            return None
        mail = Mail(mail_id, *row)
        found = await tenant.fetch_all(DUE, {"mail_id": mail_id, "at": at, "limit": BATCH})

    async def record(*results: Result) -> None:
        async with services.db.transaction(acting) as tenant:
            await _record(tenant, services.numbers, mail, results, at)

    await _attempt_all(services.settings, mail, [Due(*columns) for columns in found], at, record)
    async with services.db.reading(acting) as tenant:
        soonest: datetime | None = await tenant.fetch_value(NEXT, {"mail_id": mail_id})
        return soonest


async def _attempt_all(
    settings: Settings, mail: Mail, due: Sequence[Due], at: datetime, record: Record
) -> None:
    """Each result is recorded before the next attempt, so that a killed worker repeats one mail at most."""
    unwelcome = [Result(one, "dropped", "The person has been deactivated.") for one in due if not one.welcome]
    if unwelcome:
        await record(*unwelcome)
    waiting = [one for one in due if one.welcome]
    if not waiting:
        return
    try:
        async with open_post(settings) as post:
            while waiting:
                await record(await _attempt(post, mail, waiting[0], settings, at))
                waiting.pop(0)
    except PutOff as error:
        await record(*(_put_off(one, error, at) for one in waiting))


async def _attempt(post: Post, mail: Mail, due: Due, settings: Settings, at: datetime) -> Result:
    """Raises PutOff when nobody can be served just now."""
    try:
        await post.hand_over(message_of(_letter(mail, due, settings)))
    except (Undeliverable, ValueError) as error:  # ValueError: an address that no mail can bear
        return Result(due, "failed", _bounded(error))
    except PutOff as error:
        if error.for_all:
            raise
        return _put_off(due, error, at)
    return Result(due, "sent")


def _put_off(due: Due, error: PutOff, at: datetime) -> Result:
    if due.attempts >= len(WAITS):
        return Result(due, "failed", _bounded(error))
    return Result(due, "queued", _bounded(error), at + WAITS[due.attempts])


def _bounded(error: Exception) -> str:
    return one_line(str(error), LONGEST_ERROR)


def _letter(mail: Mail, due: Due, settings: Settings) -> Letter:
    frame = None
    if mail.framed:
        frame = Frame(
            kind=mail.kind,
            organization=mail.organization,
            logo=mail.logo,
            recipient=due.email,
            is_copy=due.is_copy,
            postal_address=settings.mail_postal_address,
        )
    return Letter(
        sender_name=mail.sender_name,
        sender=settings.mail_from,
        to_name=due.name,
        to=due.email,
        reply_to=mail.reply_to,
        subject=mail.subject,
        html=html_page(mail.subject, mail.body, frame),
        text=text_page(plain_of(mail.body), frame),
        message_id=due.message_id,
        thread=f"<task-{mail.task_id.hex}@{domain_of(settings.mail_from)}>" if mail.task_id else None,
        at=mail.at,
    )


async def _record(
    tenant: Tenant, numbers: Numbers, mail: Mail, results: Sequence[Result], at: datetime
) -> None:
    rows = [
        {
            "place": result.due.place,
            "state": result.state,
            "error": result.error,
            "next": result.next.isoformat() if result.next else None,
        }
        for result in results
    ]
    await tenant.execute(RECORD, {"mail_id": mail.id, "results": json.dumps(rows), "at": at})
    failed = [result for result in results if result.state == "failed"]
    if not failed:
        return
    log.warning("Mail %s could not be delivered to %d of its recipients.", mail.id.hex, len(failed))
    if mail.task_id is not None:
        told = [f"The mail to {result.due.email} could not be delivered: {result.error}" for result in failed]
        await tell_of_tasks(tenant, numbers, {mail.task_id: told}, at)
