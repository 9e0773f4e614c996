"""The jobs that send what rules have emitted; they commit or vanish with the command that made them."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from stepwell.events.log import Happened, Job

TASK, QUEUE = "stepwell.webhooks.emit", "webhooks"
EMITTED, FIELD = "emitted", "webhook"  # a reminder is emitted, too


def webhook_jobs(organization_id: UUID, happened: Happened) -> Iterator[Job]:
    """For every emitted event of these, which are appended after `last_event`, the job that sends it; those of one
    process are sent one by one and in their order."""
    for subject, events in happened:
        for number, event in enumerate(events, start=subject.last_event + 1):
            if event.verb == EMITTED and event.field == FIELD:
                named = {
                    "organization_id": organization_id.hex,
                    "process_id": subject.id.hex,
                    "number": number,
                }
                yield Job(QUEUE, TASK, f"webhook {subject.id.hex}", named)
