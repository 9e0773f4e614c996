"""What is due: pages of tasks whose deadline has passed, as ranges of an index."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from psycopg import sql

from stepwell.access.members import ADMIN, Member
from stepwell.db.pool import Database, Tenant
from stepwell.processes.several import Wanted

BATCH = 500  # tasks that one transaction takes
START = (datetime.min.replace(tzinfo=UTC), UUID(int=0))  # before every deadline

ORGANIZATIONS = "SELECT organization_id FROM identity.organizations_due($1, $2) AS due (organization_id)"


async def organizations_due(db: Database, kind: str, at: datetime) -> list[UUID]:
    """The organizations that have something to do of this kind: expiring, forgotten or finished."""
    async with db.connection() as connection:
        cursor = await connection.execute(ORGANIZATIONS, [kind, at])
        return [row[0] for row in await cursor.fetchall()]


def by_itself(organization_id: UUID) -> Member:
    """Whose transaction it is when nobody asked for it."""
    return Member(organization_id, 0, ADMIN)


@dataclass(frozen=True, slots=True)
class DueTask(Wanted):
    """A task whose deadline has passed."""

    deadline: datetime


PAGE = sql.SQL("""
    SELECT task.id, task.process_id, task.step_id, process.version_id, task.deadline
      FROM tasks task
      LEFT JOIN processes process ON process.organization_id = %(organization_id)s AND process.id = task.process_id
     WHERE task.organization_id = %(organization_id)s AND task.status IN ('not-started', 'in-progress')
       AND task.archived_at IS NULL AND task.deadline IS NOT NULL AND {of_kind}
       AND (task.deadline, task.id) > (%(after)s, %(after_id)s) AND task.deadline <= %(until)s
     ORDER BY task.deadline, task.id LIMIT %(batch)s
""")
EXPIRING = PAGE.format(of_kind=sql.SQL("task.task_type IN ('expiring', 'expiring_email')"))
ANY_TASK = PAGE.format(of_kind=sql.SQL("true"))


async def due_page(
    tenant: Tenant, query: sql.Composed, until: datetime, after: tuple[datetime, UUID], batch: int
) -> list[DueTask]:
    """The next tasks, soonest deadline first, that were due at `until`."""
    wanted = {"until": until, "after": after[0], "after_id": after[1], "batch": batch}
    return [DueTask(*row) for row in await tenant.fetch_all(query, wanted)]
