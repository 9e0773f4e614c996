"""Processes that have been complete for long enough are archived, where an organization wants that (P-225, G-026)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from stepwell.clock.due import by_itself
from stepwell.engine.model import ProcessStatus
from stepwell.errors import NotFound
from stepwell.processes.commands import set_archived
from stepwell.processes.frames import start_work_by_clock
from stepwell.services import Services

PAGE = 100  # processes that one statement finds
AUTO_ARCHIVED = "process_auto_archived"
DEFAULT_AGE: dict[str, Any] = {"unit": "weeks", "value": 52}
SETTINGS = """
    SELECT settings -> 'auto_archive' = 'true', settings -> 'auto_archive_processes_after'
      FROM organizations WHERE organization_id = %(organization_id)s
"""
FINISHED = """
    SELECT id, completed_at FROM processes
     WHERE organization_id = %(organization_id)s AND status = 'complete' AND archived_at IS NULL
       AND completed_at < %(until)s AND (completed_at, id) > (%(after)s, %(after_id)s)
     ORDER BY completed_at, id LIMIT %(page)s
"""


async def archive_finished_processes(services: Services, organization_id: UUID, *, page: int = PAGE) -> int:
    """Archive what is complete since longer than the organization has chosen. Returns how many."""
    async with services.db.reading(by_itself(organization_id)) as tenant:
        wanted, age = await tenant.fetch_one(SETTINGS)
    if not wanted:
        return 0
    until = services.clock() - age_of(age)
    after, after_id, count = datetime.min.replace(tzinfo=until.tzinfo), UUID(int=0), 0
    while True:
        async with services.db.reading(by_itself(organization_id)) as tenant:
            more = {"until": until, "after": after, "after_id": after_id, "page": page}
            found = await tenant.fetch_all(FINISHED, more)
        for process_id, completed_at in found:
            count += await _archive(services, organization_id, process_id, until)
            after, after_id = completed_at, process_id
        if len(found) < page:
            return count


def age_of(setting: Any) -> timedelta:
    """How long a process stays after its completion."""
    chosen = setting if isinstance(setting, dict) else DEFAULT_AGE
    days = 1 if str(chosen.get("unit", "weeks")).startswith("day") else 7
    return timedelta(days=days * int(chosen.get("value", DEFAULT_AGE["value"])))


async def _archive(services: Services, organization_id: UUID, process_id: UUID, until: datetime) -> bool:
    """Archive a process unless it has come back to life meanwhile."""
    async with services.db.transaction(by_itself(organization_id)) as tenant:
        try:
            work = await start_work_by_clock(services, tenant, process_id)
        except NotFound:
            return False
        process = work.process
        if (
            process.status is not ProcessStatus.COMPLETE
            or process.completed_at is None
            or process.completed_at >= until
        ):
            return False
        await set_archived(work, work.at, "archived", {"event": AUTO_ARCHIVED})
        return True
