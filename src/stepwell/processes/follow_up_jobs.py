"""The job that launches or inserts what completed tasks of a process have asked for."""

from __future__ import annotations

from uuid import UUID

from procrastinate import JobContext, RetryStrategy

from stepwell.jobs import jobs, services_of
from stepwell.processes.deferring import QUEUE, TASK
from stepwell.processes.following import follow_up


@jobs.task(
    name=TASK, queue=QUEUE, pass_context=True, retry=RetryStrategy(max_attempts=12, exponential_wait=2)
)
async def follow_up_later(context: JobContext, organization_id: str, process_id: str) -> None:
    """Do what is due in a process; what was done already is not done again."""
    await follow_up(services_of(context), UUID(organization_id), UUID(process_id))
