"""The outbox as an operator sees it: what became of mails, and sending failed ones again. As the schema's owner."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from stepwell.mail.outbox import PRIORITY, QUEUE, SEND
from stepwell.organizations.setup import Owner, enter

LATEST = """
    SELECT mail.id, mail.created_at, one.state, one.email, mail.subject, one.error
      FROM mails mail JOIN mail_recipients one ON one.organization_id = %(organization_id)s AND one.mail_id = mail.id
     WHERE mail.organization_id = %(organization_id)s AND (%(state)s::text IS NULL OR one.state = %(state)s)
     ORDER BY mail.created_at DESC, mail.id DESC, one.place LIMIT %(count)s
"""
RETRY = """
    WITH again AS (
        UPDATE mail_recipients SET state = 'queued', attempts = 0, next_attempt_at = %(at)s, settled_at = NULL
         WHERE organization_id = %(organization_id)s AND state = 'failed'
           AND (%(mail_id)s::uuid IS NULL OR mail_id = %(mail_id)s)
        RETURNING mail_id
    ), jobs AS (
        SELECT procrastinate_defer_jobs_v1(array_agg(
                   ROW(%(queue)s, %(task)s, %(priority)s::int, hex(mail_id), NULL,
                       jsonb_build_object('organization_id', hex(%(organization_id)s), 'mail_id', hex(mail_id)),
                       NULL)::procrastinate_job_to_defer_v1))
          FROM (SELECT DISTINCT mail_id FROM again) mail
        HAVING count(*) > 0
    )
    SELECT (SELECT count(*) FROM again), (SELECT count(*) FROM jobs)
"""


def latest_mails(
    owner: Owner, organization_id: UUID, state: str | None, count: int
) -> Sequence[tuple[UUID, datetime, str, str, str, str | None]]:
    """Id, time, state, address, subject and error for each recipient, the newest mail first; None: of any state."""
    enter(owner, organization_id)
    wanted = {"organization_id": organization_id, "state": state, "count": count}
    return owner.execute(LATEST, wanted).fetchall()


def retry_failed(owner: Owner, organization_id: UUID, mail_id: UUID | None, at: datetime) -> int:
    """Have failed mails sent again, or those of one mail. Returns to how many recipients."""
    enter(owner, organization_id)
    wanted: dict[str, object] = {"organization_id": organization_id, "mail_id": mail_id, "at": at}
    wanted |= {"queue": QUEUE, "task": SEND, "priority": PRIORITY}
    row = owner.execute(RETRY, wanted).fetchone()
    return int(row[0]) if row else 0
