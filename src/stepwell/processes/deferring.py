"""The job that does what completed tasks have asked for, deferred by the command that completes them."""

from __future__ import annotations

from uuid import UUID

from stepwell.engine.model import Process
from stepwell.events.log import Job

TASK, QUEUE = "stepwell.processes.follow_up", "follow_ups"


def follow_up_job(organization_id: UUID, before: Process, after: Process) -> Job | None:
    """The job that looks at a process in which something more is to follow than before; one by one in a process."""
    if not after.follow_ups - before.follow_ups:
        return None
    named = {"organization_id": organization_id.hex, "process_id": after.id.hex}
    return Job(QUEUE, TASK, f"follow-up {after.id.hex}", named)
