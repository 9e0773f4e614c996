"""Who is involved in a process, expanded: kept by the command that changes it, read by every list."""

from __future__ import annotations

from uuid import UUID

from stepwell.db.pool import Tenant

SYNC = """
    WITH process AS (
        SELECT * FROM processes WHERE organization_id = %(organization_id)s AND id = %(process_id)s
    ), working AS (
        SELECT process.owner_id AS person_id FROM process
        UNION SELECT process.starter_id FROM process
        UNION SELECT unnest(process.users) FROM process
        UNION SELECT member.person_id FROM process
                JOIN group_people member ON member.organization_id = process.organization_id
                                        AND member.group_id = ANY (process.groups)
        UNION SELECT person.person_id FROM tasks task
                JOIN task_people person ON person.organization_id = task.organization_id
                                       AND person.task_id = task.id
               WHERE task.organization_id = %(organization_id)s AND task.process_id = %(process_id)s
    ), wanted AS (
        SELECT person_id FROM working
        UNION SELECT unnest(process.mentioned || process.reader_users) FROM process
        UNION SELECT member.person_id FROM process
                JOIN group_people member ON member.organization_id = process.organization_id
                                        AND member.group_id = ANY (process.reader_groups)
    ), gone AS (
        DELETE FROM process_viewers viewer
         WHERE viewer.organization_id = %(organization_id)s AND viewer.process_id = %(process_id)s
           AND viewer.person_id NOT IN (SELECT person_id FROM wanted)
    ), added AS (
        INSERT INTO process_viewers AS viewer
               (organization_id, process_id, person_id, restricted, archived, created_at)
        SELECT process.organization_id, process.id, person.id, NOT process.everyone_reads,
               process.archived_at IS NOT NULL, process.created_at
          FROM process JOIN people person ON person.organization_id = process.organization_id
           AND person.id IN (SELECT person_id FROM wanted)
         ORDER BY person.id
        ON CONFLICT (organization_id, process_id, person_id) DO UPDATE
           SET restricted = EXCLUDED.restricted, archived = EXCLUDED.archived
         WHERE (viewer.restricted, viewer.archived) <> (EXCLUDED.restricted, EXCLUDED.archived)
    )
    UPDATE processes SET collaborators = ARRAY(
               SELECT person.id FROM people person
                WHERE person.organization_id = %(organization_id)s AND person.kind = 'member'
                  AND person.id IN (SELECT person_id FROM working) ORDER BY person.id)
     WHERE organization_id = %(organization_id)s AND id = %(process_id)s
"""


async def sync_viewers(tenant: Tenant, process_id: UUID) -> None:
    """Write anew who is involved in a locked process, after its tasks, users, groups or readers changed."""
    await tenant.execute(SYNC, {"process_id": process_id})
