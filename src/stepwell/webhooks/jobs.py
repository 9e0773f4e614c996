"""The job that sends what a rule has emitted."""

from __future__ import annotations

from uuid import UUID

from procrastinate import JobContext

from stepwell.jobs import jobs, services_of
from stepwell.webhooks.deferring import QUEUE, TASK
from stepwell.webhooks.emitting import emit


@jobs.task(name=TASK, queue=QUEUE, pass_context=True)
async def emit_webhook(context: JobContext, organization_id: str, process_id: str, number: int) -> None:
    """Make the one attempt for this event of a process."""
    await emit(services_of(context), UUID(organization_id), UUID(process_id), number)
