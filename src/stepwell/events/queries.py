"""The activity feed: what happened, as far as the caller may know of it (P-880 to P-885)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from psycopg import sql

from stepwell.db.pool import Tenant
from stepwell.errors import Forbidden, NotFound, invalid
from stepwell.events.filters import Filters, filters_of
from stepwell.events.shapes import ACTIVITY, AUDITED
from stepwell.http.call import Call
from stepwell.http.paging import Page, Sorting, Window
from stepwell.http.values import uuid_of
from stepwell.processes.queries import SEEN as PROCESS_SEEN
from stepwell.processes.queries import wanted_of
from stepwell.tasks.queries import JOINED as TASK_JOINED
from stepwell.tasks.queries import SEEN as TASK_SEEN
from stepwell.templates.access import GRANTS

COUNTED = 10_000  # rows; a longer feed is not counted to its end
SCANNED = 100_000  # of the newest rows in the range of days that a feed looks at
SCANNED_FOR_OTHERS = 20_000  # of those whose visibility has to be looked up for each row

ORDER = Sorting({"created_at": ("event.at",)}, default="-created_at", tie_breaker="event.id")

TEMPLATE_READABLE = sql.SQL(
    "(%(is_admin)s OR template.created_by = %(user_id)s OR template.owner_id = %(user_id)s OR "
    + GRANTS
    + " && '{CHECKLIST_READ,CHECKLIST_EDIT}'::text[])"
)
NOT_SECRET = sql.SQL("""
    (event.object_type <> 'Task' OR NOT EXISTS (
        SELECT FROM {joined} WHERE task.organization_id = %(organization_id)s AND task.id = event.object_id
           AND task.top_secret AND NOT ({seen})))
""").format(joined=TASK_JOINED, seen=TASK_SEEN)
READABLE = sql.SQL("""
    (%(is_admin)s OR (CASE event.subject_type
        WHEN 'Run' THEN EXISTS (SELECT FROM processes process
             WHERE process.organization_id = %(organization_id)s AND process.id = event.subject_id AND {process_seen})
        WHEN 'Task' THEN EXISTS (SELECT FROM {task_joined}
             WHERE task.organization_id = %(organization_id)s AND task.id = event.subject_id AND {task_seen})
        WHEN 'Checklist' THEN EXISTS (SELECT FROM templates template
             WHERE template.organization_id = %(organization_id)s AND template.id = event.subject_id
               AND {template_readable})
        ELSE false END AND {not_secret}))
""").format(
    process_seen=PROCESS_SEEN,
    task_joined=TASK_JOINED,
    task_seen=TASK_SEEN,
    template_readable=TEMPLATE_READABLE,
    not_secret=NOT_SECRET,
)
"""Without an entity, the feed holds what happened to objects that the caller may read; the rest is for admins."""

FEED = """
    WITH newest AS NOT MATERIALIZED (
        SELECT event.* FROM events event
         WHERE event.organization_id = %(organization_id)s AND {range} ORDER BY {order} LIMIT %(scanned)s
    ), found AS NOT MATERIALIZED (
        SELECT event.* FROM newest event WHERE {conditions}
    ), page AS (
        SELECT event.*, row_number() OVER (ORDER BY {order}) AS place FROM found event
         ORDER BY {order} LIMIT %(limit)s OFFSET %(offset)s
    )
    SELECT (SELECT count(*) FROM (SELECT FROM found LIMIT %(counted)s) counted),
           coalesce(json_agg(to_json(one) ORDER BY event.place), '[]')::text, count(*)
      FROM page event
      LEFT JOIN people actor ON actor.organization_id = %(organization_id)s
            AND (actor.id = event.actor_id OR (event.actor_type = 'bot' AND actor.kind = 'bot'))
     CROSS JOIN LATERAL ({audited}) audited
     CROSS JOIN LATERAL (SELECT {columns}) one
"""


@dataclass(frozen=True, slots=True)
class Entity:
    """What a feed is about: `check` raises NotFound or Forbidden, `condition` finds its events by an index."""

    id: UUID
    condition: str
    check: Callable[[Tenant, Call, UUID], Awaitable[None]]


async def _check_process(tenant: Tenant, call: Call, process_id: UUID) -> None:
    await _check(tenant, call, PROCESS, process_id)


async def _check_task(tenant: Tenant, call: Call, task_id: UUID) -> None:
    await _check(tenant, call, TASK, task_id)


async def _check_template(tenant: Tenant, call: Call, template_id: UUID) -> None:
    await _check(tenant, call, TEMPLATE, template_id)


async def _no_check(tenant: Tenant, call: Call, id: UUID) -> None:
    """Steps and comments may be gone while their history is not; each row is asked whether it may be read."""
    del tenant, call, id


async def _check(tenant: Tenant, call: Call, query: sql.Composed, id: UUID) -> None:
    row = await tenant.fetch_first(query, wanted_of(call.member, call.now, call.origin) | {"entity_id": id})
    if row is None:
        raise NotFound
    if not row[0]:
        raise Forbidden("You may not see this activity.")


PROCESS = sql.SQL("""
    SELECT {seen} FROM processes process
     WHERE process.organization_id = %(organization_id)s AND process.id = %(entity_id)s
""").format(seen=PROCESS_SEEN)
TASK = sql.SQL("""
    SELECT {seen} FROM {joined} WHERE task.organization_id = %(organization_id)s AND task.id = %(entity_id)s
""").format(seen=TASK_SEEN, joined=TASK_JOINED)
TEMPLATE = sql.SQL("""
    SELECT {readable} FROM templates template
     WHERE template.organization_id = %(organization_id)s AND template.id = %(entity_id)s
""").format(readable=TEMPLATE_READABLE)

OF_THREAD = """
    event.subject_id = (SELECT coalesce(comment.process_id, comment.subject_id) FROM comments comment
                         WHERE comment.organization_id = %(organization_id)s AND comment.id = %(entity_id)s)
    AND event.new ->> 'comment_id' = hex(%(entity_id)s)
"""
KINDS = {
    "run": ("event.subject_id = %(entity_id)s", _check_process),
    "process": ("event.subject_id = %(entity_id)s", _check_process),
    "checklist": ("event.subject_id = %(entity_id)s", _check_template),
    "blueprint": ("event.subject_id = %(entity_id)s", _check_template),
    "task": ("event.object_id = %(entity_id)s", _check_task),
    "step": ("event.object_id = %(entity_id)s", _no_check),
    "thread": (OF_THREAD, _no_check),
}


def entity_of(kind: str, id: UUID) -> Entity:
    condition, check = KINDS[kind]
    return Entity(id, condition, check)


def asked_entity(call: Call) -> Entity | None:
    """What `entity_type` and `entity_id` name. Raises Refused for one without the other, NotFound for no id."""
    kind, id = (call.text("entity_type") or "").lower(), call.text("entity_id")
    if not kind and id is None:
        return None
    if kind not in KINDS:
        message = "The selected entity type is invalid." if kind else "The entity type field is required."
        raise invalid({"entity_type": [message]})
    if id is None:
        raise invalid({"entity_id": ["The entity id field is required."]})
    found = uuid_of(id)
    if found is None:
        raise NotFound
    return entity_of(kind, found)


async def read_feed(call: Call, window: Window, entity: Entity | None) -> Page:
    """A page of what happened, newest first. Raises NotFound or Forbidden for an entity out of the caller's sight."""
    filters = filters_of(call)
    wanted = wanted_of(call.member, call.now, call.origin) | filters.wanted
    wanted |= {
        "limit": window.limit,
        "offset": window.offset,
        "counted": COUNTED + 1 if window.all_rows else COUNTED,
    }
    wanted |= {"scanned": SCANNED if call.member.is_admin or entity else SCANNED_FOR_OTHERS}
    async with call.db.reading(call.member) as tenant:
        if entity is not None:
            await entity.check(tenant, call, entity.id)
            wanted["entity_id"] = entity.id
        total, items, count = await tenant.fetch_one(_feed(call, filters, entity), wanted)
    return Page(total, items, count)


def _feed(call: Call, filters: Filters, entity: Entity | None) -> sql.Composed:
    range_: list[sql.SQL] = [*filters.range, sql.SQL(entity.condition if entity else "true")]
    visible: sql.Composable = sql.SQL("true") if call.member.is_admin else READABLE
    return sql.SQL(FEED).format(
        range=sql.SQL(" AND ").join(range_),
        order=ORDER.clause(*call.order()),
        conditions=sql.SQL(" AND ").join([*filters.conditions, visible]),
        audited=AUDITED,
        columns=ACTIVITY,
    )
