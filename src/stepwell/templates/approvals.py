"""What becomes of a publication when the approval that was asked for is given or refused (T-034)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from stepwell.db.ids import Numbers
from stepwell.db.pool import Tenant
from stepwell.engine.model import Event, Task, TaskType
from stepwell.events.log import Author, Subject, append

PROPOSED = """
    SELECT title, is_published_state, last_event FROM templates
     WHERE organization_id = %(organization_id)s AND id = %(template_id)s AND publication_task_id = %(task_id)s
       FOR UPDATE
"""
DECIDED = """
    UPDATE templates
       SET is_published_state = CASE WHEN NOT %(approved)s THEN is_published_state
                                     ELSE NOT dual_version_enabled
                                          OR coalesce(proposed_version_id = draft_version_id, false) END,
           published_version_id = CASE WHEN %(approved)s AND dual_version_enabled
                                       THEN coalesce(proposed_version_id, published_version_id)
                                       ELSE published_version_id END,
           publication_task_id = NULL, proposed_version_id = NULL, last_event = %(last_event)s
     WHERE organization_id = %(organization_id)s AND id = %(template_id)s
"""


async def settle_publication(
    tenant: Tenant,
    numbers: Numbers,
    before: Mapping[UUID, Task],
    tasks: Iterable[Task],
    author: Author,
    at: datetime,
) -> None:
    """Publish what a task approves that has just been completed; a rejected proposal is forgotten."""
    for task in tasks:
        was_open = task.id in before and not before[task.id].completed
        if task.type is TaskType.APPROVAL and task.completed and was_open and task.template_id is not None:
            await _decide(tenant, numbers, task, task.template_id, author, at)


async def _decide(
    tenant: Tenant, numbers: Numbers, task: Task, template_id: UUID, author: Author, at: datetime
) -> None:
    wanted = {"template_id": template_id, "task_id": task.id}
    row = await tenant.fetch_first(PROPOSED, wanted)
    if row is None:
        return
    title, was_published, last_event = row
    approved = task.is_approved is True
    told = Event(
        verb="updated", kind="Blueprint", subject="template", subject_id=template_id,
        description=f"{'Approved' if approved else 'Rejected'} the publication of template: {title}",
        field="is_published_state", old=was_published, new=approved or was_published,
    )  # fmt: skip
    subject = Subject("Checklist", template_id, last_event)
    last = await append(tenant, numbers, author, at, subject, [told])
    await tenant.execute(DECIDED, {**wanted, "approved": approved, "last_event": last})
