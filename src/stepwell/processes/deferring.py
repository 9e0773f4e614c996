"""The job that does what completed tasks have asked for, deferred by the command that completes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from uuid import UUID

from stepwell.db.pool import Tenant
from stepwell.engine.model import Process

TASK, QUEUE = "stepwell.processes.follow_up", "follow_ups"

DEFER = """
    SELECT procrastinate_defer_jobs_v1(array_agg(
               ROW(%(queue)s, %(task)s, 0, 'follow-up ' || (job ->> 'process_id'), NULL, job,
                   NULL)::procrastinate_job_to_defer_v1))
      FROM jsonb_array_elements(%(jobs)s::jsonb) job
"""  # the job commits or vanishes with the completion; those of one process are done one by one


async def defer_follow_ups(tenant: Tenant, before: Mapping[UUID, Process], *after: Process) -> None:
    """Have a job look at each process in which something more is to follow than `before`."""
    due = [process.id for process in after if process.follow_ups - before[process.id].follow_ups]
    if due:
        organization_id = tenant.organization_id.hex
        jobs = [{"organization_id": organization_id, "process_id": process_id.hex} for process_id in due]
        await tenant.execute(DEFER, {"queue": QUEUE, "task": TASK, "jobs": json.dumps(jobs)})
