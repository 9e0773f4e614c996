"""The outbox: a command writes its mails in its own transaction, with the jobs that send them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from stepwell.db.ids import new_id
from stepwell.db.pool import Tenant
from stepwell.mail.letters import LONGEST_NAME, domain_of, one_line

LONGEST_BODY = 500_000  # characters of HTML
CUT = "<p>… The rest of this mail was too long to be sent.</p>"
SEND = "stepwell.mail.send"
QUEUE = "mail"
PRIORITY = -10  # below all other jobs: a mail server that hangs must not hold up what people wait for


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who gets a mail of his own. `person_id` None: somebody who is not of the organization."""

    person_id: int | None
    email: str
    name: str
    is_copy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMail:
    """What is to be sent to each of the recipients. `body` is HTML that is safe to show."""

    kind: str
    subject: str
    body: str
    sender_name: str
    reply_to: str | None
    recipients: Sequence[Recipient]
    task_id: UUID | None = None
    framed: bool = True


QUEUE_MAILS = """
    WITH written AS (
        INSERT INTO mails (organization_id, id, kind, task_id, subject, body, sender_name, reply_to, framed, created_at)
        SELECT %(organization_id)s, mail.id, mail.kind, mail.task_id, mail.subject, mail.body, mail.sender_name,
               mail.reply_to, mail.framed, %(at)s
          FROM jsonb_to_recordset(%(mails)s) AS mail (id uuid, kind text, task_id uuid, subject text, body text,
               sender_name text, reply_to text, framed boolean)
    ), addressed AS (
        INSERT INTO mail_recipients (organization_id, mail_id, place, person_id, email, name, is_copy, message_id,
                                     next_attempt_at)
        SELECT %(organization_id)s, one.mail_id, one.place, one.person_id, one.email, one.name, one.is_copy,
               one.message_id, %(at)s
          FROM jsonb_to_recordset(%(recipients)s) AS one (mail_id uuid, place int, person_id bigint, email text,
               name text, is_copy boolean, message_id text)
    )
    SELECT procrastinate_defer_jobs_v1(array_agg(
               ROW(%(queue)s, %(task)s, %(priority)s::int, job ->> 'mail_id', NULL, job, NULL)
                   ::procrastinate_job_to_defer_v1))
      FROM jsonb_array_elements(%(jobs)s::jsonb) job
"""  # the job commits or vanishes with the mail that it names


async def queue_mails(tenant: Tenant, mails: Sequence[NewMail], mail_from: str, at: datetime) -> None:
    """Have these mails sent if the transaction commits, each to all of its recipients."""
    numbered = [(new_id(), mail) for mail in mails]
    wanted = {
        "mails": json.dumps([_row(mail_id, mail) for mail_id, mail in numbered], ensure_ascii=False),
        "recipients": json.dumps(
            [
                _addressed(mail_id, place, one, domain_of(mail_from))
                for mail_id, mail in numbered
                for place, one in enumerate(mail.recipients, start=1)
            ],
            ensure_ascii=False,
        ),
        "jobs": json.dumps(
            [
                {"organization_id": tenant.organization_id.hex, "mail_id": mail_id.hex}
                for mail_id, _ in numbered
            ]
        ),
        "queue": QUEUE,
        "task": SEND,
        "priority": PRIORITY,
        "at": at,
    }
    await tenant.execute(QUEUE_MAILS, wanted)


def _row(mail_id: UUID, mail: NewMail) -> dict[str, object]:
    return {
        "id": mail_id.hex,
        "kind": mail.kind,
        "task_id": mail.task_id.hex if mail.task_id else None,
        "subject": one_line(mail.subject),
        "body": mail.body,
        "sender_name": one_line(mail.sender_name, LONGEST_NAME),
        "reply_to": mail.reply_to,
        "framed": mail.framed,
    }


def _addressed(mail_id: UUID, place: int, recipient: Recipient, domain: str) -> dict[str, object]:
    return {
        "mail_id": mail_id.hex,
        "place": place,
        "person_id": recipient.person_id,
        "email": recipient.email,
        "name": recipient.name,
        "is_copy": recipient.is_copy,
        "message_id": f"<{mail_id.hex}.{place}@{domain}>",
    }
