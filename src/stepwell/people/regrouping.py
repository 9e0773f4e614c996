"""Groups change and go: who is in one is read live for all that is not completed (T-115, P-430, P-436).

The first half runs in the transaction that changes the group, and everybody sees at once what is his. The second
half, `settle_after`, runs after it: tasks that wait for nobody any more complete.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from stepwell.db.pool import Tenant
from stepwell.engine.heir import left
from stepwell.processes.each import decide_about_each
from stepwell.processes.expanding import expand_groups
from stepwell.processes.viewers import sync_viewers_of
from stepwell.services import Services
from stepwell.templates.embeds import RENEW

LOCK = """
    SELECT id FROM groups WHERE organization_id = %(organization_id)s AND id = ANY (%(groups)s)
     ORDER BY id FOR UPDATE
"""
REPLACE = """
    WITH gone AS (
        DELETE FROM group_people
         WHERE organization_id = %(organization_id)s AND group_id = %(group_id)s
           AND person_id <> ALL (%(people)s)
    )
    INSERT INTO group_people (organization_id, group_id, person_id)
    SELECT %(organization_id)s, %(group_id)s, person.id FROM people person
     WHERE person.organization_id = %(organization_id)s AND person.id = ANY (%(people)s) AND person.kind <> 'bot'
        ON CONFLICT DO NOTHING
"""
CONCERNED = """
    SELECT DISTINCT process_id FROM tasks
     WHERE organization_id = %(organization_id)s AND groups && %(groups)s AND process_id IS NOT NULL
    UNION
    SELECT id FROM processes
     WHERE organization_id = %(organization_id)s AND (groups && %(groups)s OR reader_groups && %(groups)s)
"""
TO_SETTLE = """
    SELECT id FROM tasks
     WHERE organization_id = %(organization_id)s AND groups && %(groups)s
       AND status <> 'completed' AND archived_at IS NULL AND (parts <> '{}' OR cardinality(guests) > 0)
"""


async def change_group(tenant: Tenant, group_id: UUID, people: Collection[int]) -> Sequence[UUID]:
    """Have these members and guests, and nobody else, in a group. Returns what `settle_after` wants."""
    await tenant.execute(LOCK, {"groups": [group_id]})
    await tenant.execute(REPLACE, {"group_id": group_id, "people": list(people)})
    return await follow_groups(tenant, [group_id])


async def leave_groups(tenant: Tenant, person_id: int) -> Sequence[UUID]:
    """End somebody's memberships in all groups. Returns what `settle_after` wants."""
    wanted = {"person_id": person_id}
    groups = [row[0] for row in await tenant.fetch_all(GROUPS_OF, wanted)]
    if not groups:
        return []
    await tenant.execute(LOCK, {"groups": groups})
    await tenant.execute(LEAVE, wanted)
    return await follow_groups(tenant, groups)


GROUPS_OF = """
    SELECT group_id FROM group_people
     WHERE organization_id = %(organization_id)s AND person_id = %(person_id)s ORDER BY group_id
"""
LEAVE = "DELETE FROM group_people WHERE organization_id = %(organization_id)s AND person_id = %(person_id)s"


async def follow_groups(tenant: Tenant, groups: Sequence[UUID]) -> Sequence[UUID]:
    """Expand the locked groups anew wherever they stand: tasks that are not completed, processes and their readers."""
    wanted = {"groups": list(groups)}
    await expand_groups(tenant, groups)
    concerned = [row[0] for row in await tenant.fetch_all(CONCERNED, wanted)]
    if concerned:
        await sync_viewers_of(tenant, concerned)
    return [row[0] for row in await tenant.fetch_all(TO_SETTLE, wanted)]


async def settle_after(services: Services, organization_id: UUID, task_ids: Sequence[UUID]) -> int:
    """Complete what all who remain have done, and put members beside guests who stand alone. Returns how many."""
    return await decide_about_each(services, organization_id, task_ids, left)


# In the order in which they were assigned, the members and guests of the group stand where the group stood.
ONE_BY_ONE = """
    WITH people AS (
        SELECT coalesce(array_agg(person.id ORDER BY person.id) FILTER (WHERE person.kind = 'member'), '{}') AS users,
               coalesce(array_agg(person.email ORDER BY person.id) FILTER (WHERE person.kind = 'guest'), '{}') AS guests
          FROM group_people member JOIN people person
            ON person.organization_id = %(organization_id)s AND person.id = member.person_id
           AND (person.kind = 'guest' OR person.status IN ('active', 'invited'))
         WHERE member.organization_id = %(organization_id)s AND member.group_id = %(group_id)s
    )
    UPDATE tasks task
       SET groups = array_remove(task.groups, %(group_id)s),
           users = task.users || ARRAY(SELECT unnest(people.users) EXCEPT SELECT unnest(task.users) ORDER BY 1),
           guests = task.guests || ARRAY(SELECT unnest(people.guests) EXCEPT SELECT unnest(task.guests) ORDER BY 1),
           updated_at = %(at)s
      FROM people
     WHERE task.organization_id = %(organization_id)s AND task.groups @> ARRAY[%(group_id)s]::uuid[]
       AND task.status <> 'completed'
"""
OUT_OF_PROCESSES = """
    UPDATE processes
       SET groups = array_remove(groups, %(group_id)s), reader_groups = array_remove(reader_groups, %(group_id)s)
     WHERE organization_id = %(organization_id)s
       AND (groups @> ARRAY[%(group_id)s]::uuid[] OR reader_groups @> ARRAY[%(group_id)s]::uuid[])
"""
OUT_OF_TEMPLATES = """
    WITH grants AS (
        UPDATE template_permissions SET groups = array_remove(groups, %(group_id)s)
         WHERE organization_id = %(organization_id)s AND groups @> ARRAY[%(group_id)s]::uuid[]
    )
    UPDATE template_steps SET groups = array_remove(groups, %(group_id)s), updated_at = %(at)s
     WHERE organization_id = %(organization_id)s AND groups @> ARRAY[%(group_id)s]::uuid[]
    RETURNING template_id
"""


async def delete_group(tenant: Tenant, services: Services, group_id: UUID) -> None:
    """Remove a group: on tasks that are not completed its people stand one by one in its place (P-436)."""
    await tenant.execute(LOCK, {"groups": [group_id]})
    wanted = {"group_id": group_id, "groups": [group_id], "at": services.clock()}
    concerned = [row[0] for row in await tenant.fetch_all(CONCERNED, wanted)]
    await tenant.execute(ONE_BY_ONE, wanted)
    await tenant.execute(OUT_OF_PROCESSES, wanted)
    edited = {row[0] for row in await tenant.fetch_all(OUT_OF_TEMPLATES, wanted)}
    if edited:
        renewed = {"ids": sorted(edited), "edited": False, "user_id": None, "at": wanted["at"]}
        await tenant.execute(RENEW, renewed)
    await tenant.execute(DELETE, wanted)
    if concerned:
        await sync_viewers_of(tenant, concerned)


DELETE = "DELETE FROM groups WHERE organization_id = %(organization_id)s AND id = %(group_id)s"
