"""Who is involved in a process, expanded: kept by the command that changes it, read by every list."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from stepwell.db.pool import Tenant

SYNC = """
    WITH process AS (
        SELECT * FROM processes WHERE organization_id = %(organization_id)s AND id = ANY (%(process_ids)s)
    ), working AS (
        SELECT process.id AS process_id, process.owner_id AS person_id FROM process
        UNION SELECT process.id, process.starter_id FROM process
        UNION SELECT process.id, unnest(process.users) FROM process
        UNION SELECT process.id, member.person_id FROM process
                JOIN group_people member ON member.organization_id = process.organization_id
                                        AND member.group_id = ANY (process.groups)
        UNION SELECT task.process_id, person.person_id FROM tasks task
                JOIN task_people person ON person.organization_id = task.organization_id
                                       AND person.task_id = task.id
               WHERE task.organization_id = %(organization_id)s AND task.process_id = ANY (%(process_ids)s)
    ), wanted AS (
        SELECT process_id, person_id FROM working
        UNION SELECT process.id, unnest(process.mentioned || process.reader_users) FROM process
        UNION SELECT process.id, member.person_id FROM process
                JOIN group_people member ON member.organization_id = process.organization_id
                                        AND member.group_id = ANY (process.reader_groups)
    ), gone AS (
        DELETE FROM process_viewers viewer
         WHERE viewer.organization_id = %(organization_id)s AND viewer.process_id = ANY (%(process_ids)s)
           AND (viewer.process_id, viewer.person_id) NOT IN (SELECT process_id, person_id FROM wanted)
    ), added AS (
        INSERT INTO process_viewers AS viewer
               (organization_id, process_id, person_id, restricted, archived, created_at)
        SELECT process.organization_id, process.id, person.id, NOT process.everyone_reads,
               process.archived_at IS NOT NULL, process.created_at
          FROM wanted JOIN process ON process.id = wanted.process_id
          JOIN people person ON person.organization_id = process.organization_id AND person.id = wanted.person_id
         ORDER BY person.id, process.id
        ON CONFLICT (organization_id, process_id, person_id) DO UPDATE
           SET restricted = EXCLUDED.restricted, archived = EXCLUDED.archived
         WHERE (viewer.restricted, viewer.archived) <> (EXCLUDED.restricted, EXCLUDED.archived)
    ), members AS (
        SELECT working.process_id, array_agg(person.id ORDER BY person.id) AS ids
          FROM working JOIN people person ON person.organization_id = %(organization_id)s
           AND person.id = working.person_id AND person.kind = 'member'
         GROUP BY working.process_id
    )
    UPDATE processes SET collaborators = coalesce(members.ids, '{}')
      FROM process LEFT JOIN members ON members.process_id = process.id
     WHERE processes.organization_id = %(organization_id)s AND processes.id = process.id
"""


async def sync_viewers(tenant: Tenant, process_id: UUID) -> None:
    """Write anew who is involved in a locked process, after its tasks, users, groups or readers changed."""
    await sync_viewers_of(tenant, [process_id])


async def sync_viewers_of(tenant: Tenant, process_ids: Sequence[UUID]) -> None:
    """The same for several locked processes at once."""
    await tenant.execute(SYNC, {"process_ids": list(process_ids)})
