"""The jobs that time itself causes. One periodic job of a kind finds the organizations that have something to do and
defers a job for each; of several that wait for one organization, one is enough.
"""

from __future__ import annotations

import contextlib
from typing import Any
from uuid import UUID

from procrastinate import JobContext
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.tasks import Task

from stepwell.clock.archiving import archive_finished_processes
from stepwell.clock.cleaning import delete_finished_jobs
from stepwell.clock.closing import close_forgotten_tasks, expire_due_tasks
from stepwell.clock.due import organizations_due
from stepwell.jobs import jobs, services_of
from stepwell.services import Services

QUEUE = "clock"


async def defer_where_due(services: Services, kind: str, job: Task[Any, Any, Any]) -> None:
    """Have a job done for each organization that has something to do of this kind."""
    for organization_id in await organizations_due(services.db, kind, services.clock()):
        once = job.configure(queueing_lock=f"{kind} {organization_id.hex}")
        with contextlib.suppress(AlreadyEnqueued):
            await once.defer_async(organization_id=organization_id.hex)


@jobs.task(name="stepwell.clock.expire", queue=QUEUE, pass_context=True)
async def expire(context: JobContext, organization_id: str) -> None:
    """End what expires in one organization."""
    await expire_due_tasks(services_of(context), UUID(organization_id))


@jobs.periodic(cron="*/5 * * * *")
@jobs.task(name="stepwell.clock.expire_everywhere", queue=QUEUE, queueing_lock="expiring", pass_context=True)
async def expire_everywhere(context: JobContext, timestamp: int) -> None:
    """Every five minutes (P-334)."""
    del timestamp
    await defer_where_due(services_of(context), "expiring", expire)


@jobs.task(name="stepwell.clock.close_forgotten", queue=QUEUE, pass_context=True)
async def close_forgotten(context: JobContext, organization_id: str) -> None:
    """Close what is very old in one organization."""
    await close_forgotten_tasks(services_of(context), UUID(organization_id))


@jobs.periodic(cron="0 3 * * *")
@jobs.task(
    name="stepwell.clock.close_forgotten_everywhere",
    queue=QUEUE,
    queueing_lock="forgotten",
    pass_context=True,
)
async def close_forgotten_everywhere(context: JobContext, timestamp: int) -> None:
    """Every day at three (P-492)."""
    del timestamp
    await defer_where_due(services_of(context), "forgotten", close_forgotten)


@jobs.task(name="stepwell.clock.archive_finished", queue=QUEUE, pass_context=True)
async def archive_finished(context: JobContext, organization_id: str) -> None:
    """Archive what has been complete for long in one organization."""
    await archive_finished_processes(services_of(context), UUID(organization_id))


@jobs.periodic(cron="40 * * * *")
@jobs.task(
    name="stepwell.clock.archive_finished_everywhere",
    queue=QUEUE,
    queueing_lock="archiving",
    pass_context=True,
)
async def archive_finished_everywhere(context: JobContext, timestamp: int) -> None:
    """Every hour (P-225)."""
    del timestamp
    await defer_where_due(services_of(context), "finished", archive_finished)


@jobs.periodic(cron="20 * * * *")
@jobs.task(
    name="stepwell.clock.delete_finished_jobs", queue=QUEUE, queueing_lock="finished jobs", pass_context=True
)
async def clean(context: JobContext, timestamp: int) -> None:
    """Every hour, so that what is deleted at once stays little."""
    del timestamp
    await delete_finished_jobs(services_of(context))
