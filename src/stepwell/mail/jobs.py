"""The job that sends a mail of the outbox, and has itself called again for whoever must wait."""

from __future__ import annotations

import contextlib
from uuid import UUID

from procrastinate import JobContext, RetryStrategy
from procrastinate.exceptions import AlreadyEnqueued

from stepwell.jobs import jobs, services_of
from stepwell.mail.delivery import deliver
from stepwell.mail.outbox import PRIORITY, QUEUE, SEND

# What is expected to go wrong is written to the outbox; this is for the rest, a database that was away for example.
UNEXPECTED = RetryStrategy(max_attempts=8, exponential_wait=4)


@jobs.task(name=SEND, queue=QUEUE, priority=PRIORITY, pass_context=True, retry=UNEXPECTED)
async def send_mail(context: JobContext, organization_id: str, mail_id: str) -> None:
    """Make the attempts that are due. Jobs of one mail, whose lock is its id, never run side by side."""
    again = await deliver(services_of(context), UUID(organization_id), UUID(mail_id))
    if again is not None:
        # A worker that was killed at this point does the job once more; one that waits is enough.
        later = send_mail.configure(lock=mail_id, queueing_lock=f"mail {mail_id}", schedule_at=again)
        with contextlib.suppress(AlreadyEnqueued):
            await later.defer_async(organization_id=organization_id, mail_id=mail_id)
