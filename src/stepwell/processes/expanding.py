"""The people of tasks that are assigned to groups, expanded anew.

They are read live as long as a task is not completed, and then kept as they were (G-087).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from stepwell.db.pool import Tenant
from stepwell.engine.model import Task

EXPAND = """
    WITH task AS (
        SELECT id, users, guests, groups, status, archived_at, deadline, created_at FROM tasks
         WHERE organization_id = %(organization_id)s AND status <> 'completed'
           AND (groups && %(groups)s OR id = ANY (%(task_ids)s))
    ), wanted AS (
        SELECT task.id AS task_id, unnest(task.users) AS person_id FROM task
        UNION
        SELECT task.id, guest.id FROM task
          JOIN people guest ON guest.organization_id = %(organization_id)s AND guest.email = ANY (task.guests)
           AND guest.kind = 'guest'
        UNION
        SELECT task.id, person.id FROM task
          JOIN group_people member ON member.organization_id = %(organization_id)s
           AND member.group_id = ANY (task.groups)
          JOIN people person ON person.organization_id = %(organization_id)s AND person.id = member.person_id
           AND (person.kind = 'guest' OR person.status IN ('active', 'invited'))
    ), gone AS (
        DELETE FROM task_people person USING task
         WHERE person.organization_id = %(organization_id)s AND person.task_id = task.id
           AND NOT EXISTS (SELECT FROM wanted WHERE wanted.task_id = task.id AND wanted.person_id = person.person_id)
    )
    INSERT INTO task_people (organization_id, task_id, person_id, open, listed, deadline, created_at)
    SELECT %(organization_id)s, task.id, wanted.person_id, task.status <> 'auto-skipped' AND task.archived_at IS NULL,
           task.status <> 'auto-skipped' AND task.archived_at IS NULL, task.deadline, task.created_at
      FROM wanted JOIN task ON task.id = wanted.task_id
        ON CONFLICT DO NOTHING
"""


async def expand_groups(tenant: Tenant, groups: Sequence[UUID], task_ids: Sequence[UUID] = ()) -> None:
    """Write anew who has the tasks of these groups, or these tasks, that are not completed."""
    await tenant.execute(EXPAND, {"groups": list(groups), "task_ids": list(task_ids)})


async def expand_reopened(tenant: Tenant, before: Mapping[UUID, Task], tasks: Iterable[Task]) -> bool:
    """Give the tasks of groups that were completed and are not any more to whoever is in the groups now.

    Returns whether there were any.
    """
    reopened = [
        task.id
        for task in tasks
        if task.people.groups and not task.completed and task.id in before and before[task.id].completed
    ]
    if reopened:
        await expand_groups(tenant, [], reopened)
    return bool(reopened)
