"""What reads tasks: one statement each, the JSON made by the database."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID

from psycopg import sql

from stepwell.db.pool import Tenant
from stepwell.errors import Forbidden, NotFound
from stepwell.http.call import Call
from stepwell.processes.queries import SEEN as PROCESS_SEEN
from stepwell.processes.queries import wanted_of
from stepwell.tasks.shapes import MINE, task_columns

SEEN = sql.SQL("""
    CASE WHEN %(is_admin)s THEN true
         WHEN task.process_id IS NULL
         THEN (%(is_full)s AND NOT task.top_secret) OR task.starter_id = %(user_id)s
              OR %(user_id)s = ANY (task.mentioned) OR {mine}
         ELSE {process_seen} AND (NOT task.top_secret OR {mine}
              OR (task.oneoff AND task.starter_id = %(user_id)s)) END
""").format(mine=MINE, process_seen=PROCESS_SEEN)
"""P-214, P-215: whether the caller may see the task; wants the aliases `task` and `process` (left joined)."""

JOINED = sql.SQL("""
    tasks task LEFT JOIN processes process
            ON process.organization_id = task.organization_id AND process.id = task.process_id
""")

ONE = """
    SELECT one.seen, one.process_id, to_json(shape)::text
      FROM (SELECT {seen} AS seen, task.process_id, task.id FROM {joined}
             WHERE task.organization_id = %(organization_id)s AND task.id = %(task_id)s) one,
           LATERAL (SELECT {columns} FROM {joined}
                     WHERE task.organization_id = %(organization_id)s AND task.id = one.id) shape
"""


ANSWERED = """
    SELECT to_json(shape)::text
      FROM (SELECT {columns} FROM {joined}
             WHERE task.organization_id = %(organization_id)s AND task.id = %(task_id)s) shape
"""


async def task_answer(tenant: Tenant, call: Call, task_id: UUID) -> str:
    """The task after a command, as its last statement: the answer travels with the commit.

    Whoever may change a task gets it answered, even if the change took it out of the caller's sight.
    """
    wanted = wanted_of(call.member, call.now, call.origin) | {"task_id": task_id}
    return str((await tenant.fetch_last(_answered(call.includes), wanted))[0])


async def task_json(tenant: Tenant, call: Call, task_id: UUID, process_id: UUID | None = None) -> str:
    """The task as the API has it, with its text and the includes asked for.

    Raises NotFound (unknown, or not of `process_id`) or Forbidden.
    """
    query = _one(call.includes)
    wanted = wanted_of(call.member, call.now, call.origin) | {"task_id": task_id}
    seen, found_process, text = await tenant.fetch_one(query, wanted)
    if process_id is not None and found_process != process_id:
        raise NotFound
    if not seen:
        raise Forbidden("You may not see this task.")
    return str(text)


@lru_cache(maxsize=200)
def _one(includes: frozenset[str]) -> str:
    """Composing costs more than running it, and few combinations of includes are ever asked for."""
    columns = task_columns(includes, summary=True)
    return sql.SQL(ONE).format(seen=SEEN, joined=JOINED, columns=columns).as_string(None)


@lru_cache(maxsize=200)
def _answered(includes: frozenset[str]) -> str:
    columns = task_columns(includes, summary=True)
    return sql.SQL(ANSWERED).format(joined=JOINED, columns=columns).as_string(None)


async def read_task(call: Call, task_id: UUID, process_id: UUID | None = None) -> str:
    """One task, of a process or on its own."""
    async with call.db.reading(call.member) as tenant:
        return await task_json(tenant, call, task_id, process_id)
