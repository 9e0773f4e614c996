"""What reads comments: one statement each, the JSON made by the database."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import sql

from stepwell.comments.shapes import COMMENT
from stepwell.db.pool import Tenant
from stepwell.errors import Forbidden, NotFound
from stepwell.http.call import Call
from stepwell.http.paging import Page, Sorting, Window
from stepwell.processes.queries import SEEN as PROCESS_SEEN
from stepwell.processes.queries import wanted_of
from stepwell.tasks.queries import JOINED
from stepwell.tasks.queries import SEEN as TASK_SEEN

ONE = sql.SQL("""
    SELECT to_json(one)::text FROM (
        SELECT {columns} FROM comments comment
         WHERE comment.organization_id = %(organization_id)s AND comment.id = %(comment_id)s) one
""")
LIST = sql.SQL("""
    WITH found AS (
        SELECT comment.id, comment.created_at FROM comments comment
         WHERE comment.organization_id = %(organization_id)s AND {condition} AND {filters}
    ), page AS (
        SELECT comment.id, row_number() OVER (ORDER BY {order}) AS place
          FROM found comment ORDER BY place LIMIT %(limit)s OFFSET %(offset)s
    )
    SELECT (SELECT count(*) FROM found), coalesce(json_agg(to_json(one) ORDER BY place), '[]')::text, count(*)
      FROM page, LATERAL (SELECT {columns} FROM comments comment
             WHERE comment.organization_id = %(organization_id)s AND comment.id = page.id) one
""")
FILTERS = ("label", "state", "author_type")
ORDER = Sorting({"created_at": ("comment.created_at",)}, default="created_at", tie_breaker="comment.id")
OF_SUBJECT = sql.SQL("comment.subject_id = %(subject_id)s")

TASK = sql.SQL("""
    SELECT {seen}, task.process_id FROM {joined}
     WHERE task.organization_id = %(organization_id)s AND task.id = %(task_id)s
""").format(seen=TASK_SEEN, joined=JOINED)
PROCESS = sql.SQL("""
    SELECT {seen} FROM processes process
     WHERE process.organization_id = %(organization_id)s AND process.id = %(process_id)s
""").format(seen=PROCESS_SEEN)


async def comment_json(
    tenant: Tenant, now: datetime, comment_id: UUID, columns: sql.Composable = COMMENT
) -> str:
    """The comment as the API has it. Raises NotFound."""
    query = ONE.format(columns=columns)
    return str(await tenant.fetch_value(query, {"comment_id": comment_id, "now": now}))


async def require_task_seen(tenant: Tenant, call: Call, task_id: UUID, process_id: UUID | None) -> None:
    """Raises NotFound (unknown, or not of `process_id`) or Forbidden."""
    wanted = wanted_of(call.member, call.now, call.origin) | {"task_id": task_id}
    seen, found_process = await tenant.fetch_one(TASK, wanted)
    if process_id is not None and found_process != process_id:
        raise NotFound
    if not seen:
        raise Forbidden("You may not see this task.")


async def require_process_seen(tenant: Tenant, call: Call, process_id: UUID) -> None:
    """Raises NotFound or Forbidden."""
    wanted = wanted_of(call.member, call.now, call.origin) | {"process_id": process_id}
    if not await tenant.fetch_value(PROCESS, wanted):
        raise Forbidden("You are not involved in this process.")


async def comments_of_task(call: Call, window: Window, task_id: UUID, process_id: UUID | None = None) -> Page:
    """What was said about a task, oldest first."""
    async with call.db.reading(call.member) as tenant:
        await require_task_seen(tenant, call, task_id, process_id)
        return await list_comments(tenant, call, window, OF_SUBJECT, subject_id=task_id)


async def comments_of_process(call: Call, window: Window, process_id: UUID) -> Page:
    """What was said about a process as a whole, oldest first."""
    async with call.db.reading(call.member) as tenant:
        await require_process_seen(tenant, call, process_id)
        return await list_comments(tenant, call, window, OF_SUBJECT, subject_id=process_id)


async def list_comments(
    tenant: Tenant,
    call: Call,
    window: Window,
    condition: sql.Composable,
    columns: sql.Composable = COMMENT,
    **wanted: Any,
) -> Page:
    """A page of the comments that hold `condition`, narrowed by FILTERS of the query string."""
    filters: list[sql.Composable] = [sql.SQL("true")]
    for name in FILTERS:
        if words := call.words(name):
            filters.append(sql.SQL("comment.{0} = ANY ({1})").format(sql.SQL(name), sql.Placeholder(name)))
            wanted[name] = [word.lower() for word in words]
    query = LIST.format(
        condition=condition,
        filters=sql.SQL(" AND ").join(filters),
        order=ORDER.clause(*call.order()),
        columns=columns,
    )
    paging = {"limit": window.limit, "offset": window.offset, "now": call.now}
    total, items, count = await tenant.fetch_one(query, {**wanted, **paging})
    return Page(total, items, count)
