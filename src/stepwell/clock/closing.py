"""What the clock closes: expiring tasks at their deadline, and very old ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from stepwell.clock.due import ANY_TASK, BATCH, EXPIRING, by_itself
from stepwell.clock.sweeping import Sweep, sweep
from stepwell.engine.by_clock import close_forgotten, expire, forgotten_since
from stepwell.engine.model import Change, Directory, House, Process, Task, TaskType
from stepwell.people.directory import house_of
from stepwell.services import Services

EXPIRED = "This task has expired: nobody acknowledged it before its deadline."
SETTINGS = """
    SELECT timezone, working_days, default_deadline,
           settings -> 'auto_complete_tasks' IS DISTINCT FROM 'false',
           coalesce((settings ->> 'auto_complete_task_months')::int, 18)
      FROM organizations WHERE organization_id = %(organization_id)s
"""


async def expire_due_tasks(services: Services, organization_id: UUID, *, batch: int = BATCH) -> int:
    """End the expiring tasks whose deadline has passed, and send the e-mails that are due (P-334, P-336).

    Returns how many.
    """
    what = Sweep(query=EXPIRING, decide=expire, remark=_remark_on_expiry)
    return await sweep(services, organization_id, what, services.clock(), batch=batch)


def _remark_on_expiry(task: Task) -> str | None:
    return EXPIRED if task.type is TaskType.EXPIRING else None


async def close_forgotten_tasks(services: Services, organization_id: UUID, *, batch: int = BATCH) -> int:
    """Close what has been overdue for longer than the organization wants to see, in silence (P-492).

    Returns how many.
    """
    async with services.db.reading(by_itself(organization_id)) as tenant:
        *house, wanted, months = await tenant.fetch_one(SETTINGS)
    if not wanted:
        return 0

    def decide(
        process: Process, task_ids: Sequence[UUID], at: datetime, house: House, directory: Directory
    ) -> Change:
        del directory
        return close_forgotten(process, task_ids, at, house, months)

    what = Sweep(query=ANY_TASK, decide=decide, sets_off_rules=False)
    until = forgotten_since(services.clock(), months, house_of(*house))
    return await sweep(services, organization_id, what, until, batch=batch)
