"""Lists of tasks. The ids of the page are found first, in index order where there is one; only then are rows made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any
from uuid import UUID

from psycopg import sql

from stepwell.db.pool import Tenant
from stepwell.db.totals import kept_total
from stepwell.errors import Forbidden
from stepwell.http.call import Call
from stepwell.http.paging import Page, Window
from stepwell.http.values import uuid_of, whole_number
from stepwell.processes.queries import SEEN as PROCESS_SEEN
from stepwell.processes.queries import wanted_of
from stepwell.tasks.filters import OPEN, Filters, filters_of
from stepwell.tasks.queries import JOINED, SEEN
from stepwell.tasks.shapes import MINE as MINE_TOO
from stepwell.tasks.shapes import task_columns

LIST = """
    WITH {reachable} page AS (
        SELECT found.id, row_number() OVER () AS place
          FROM (SELECT {id} AS id FROM {source} WHERE {conditions} ORDER BY {order}
                 LIMIT %(limit)s OFFSET %(offset)s) found
    )
    SELECT ({total}), coalesce(json_agg(to_json(one) ORDER BY page.place), '[]')::text, count(*),
           ({overdue}), ({due_soon})
      FROM page CROSS JOIN LATERAL (SELECT {columns} FROM {joined}
             WHERE task.organization_id = %(organization_id)s AND task.id = page.id) one
"""
SEARCHED = """
    WITH {reachable} found AS MATERIALIZED (
        SELECT {id} AS id, row_number() OVER (ORDER BY {order}) AS place FROM {source} WHERE {conditions}
    ), page AS (
        SELECT found.id, found.place FROM found ORDER BY found.place LIMIT %(limit)s OFFSET %(offset)s
    )
    SELECT (SELECT count(*) FROM found), coalesce(json_agg(to_json(one) ORDER BY page.place), '[]')::text, count(*),
           ({overdue}), ({due_soon})
      FROM page CROSS JOIN LATERAL (SELECT {columns} FROM {joined}
             WHERE task.organization_id = %(organization_id)s AND task.id = page.id) one
"""
"""Says the same as LIST where each row must be looked at: all rows are looked at once, for the page and the total."""
COUNT = "SELECT count(*) FROM {source} WHERE {conditions}"
PLACE = """
    WITH {reachable} found AS (
        SELECT {id} AS id, row_number() OVER (ORDER BY {order}) AS place FROM {source} WHERE {conditions}
    )
    SELECT place FROM found WHERE id = %(current_task)s
"""

SEEN_TASK = SEEN.as_string(None)
TASKS = JOINED.as_string(None)
MINE = "task_people mine"
MINE_WITH_TASKS = """
    task_people mine
    JOIN tasks task ON task.organization_id = mine.organization_id AND task.id = mine.task_id
    LEFT JOIN processes process
           ON process.organization_id = task.organization_id AND process.id = task.process_id
"""
PERSONS = "mine.organization_id = %(organization_id)s AND mine.person_id = %(person_id)s"
OF_ORGANIZATION = "task.organization_id = %(organization_id)s"
REACHABLE = """
    reachable AS MATERIALIZED (
        SELECT task.* FROM process_viewers viewer
          JOIN tasks task ON task.organization_id = viewer.organization_id AND task.process_id = viewer.process_id
         WHERE viewer.organization_id = %(organization_id)s AND viewer.person_id = %(user_id)s
         UNION ALL
        SELECT task.* FROM tasks task
         WHERE task.organization_id = %(organization_id)s AND task.process_id IS NULL
           AND (task.starter_id = %(user_id)s OR %(user_id)s = ANY (task.mentioned)
                OR task.id IN (SELECT mine.task_id FROM task_people mine
                                WHERE mine.organization_id = %(organization_id)s AND mine.person_id = %(user_id)s))),
"""
"""All that a light member may reach: few tasks of many, so they are gathered first."""
REACHABLE_TASKS = """
    reachable task LEFT JOIN processes process
            ON process.organization_id = task.organization_id AND process.id = task.process_id
"""
SECRET_SEEN = f"""
    (NOT task.top_secret OR (task.oneoff AND task.starter_id = %(user_id)s)
     OR (task.process_id IS NULL AND %(user_id)s = ANY (task.mentioned)) OR {MINE_TOO.as_string(None)})
"""
COUNTED_BY_FULL_MEMBERS = f"""
    {SECRET_SEEN} AND (task.process_id IS NULL OR task.process_id NOT IN (
        SELECT restricted.id FROM processes restricted
         WHERE restricted.organization_id = %(organization_id)s AND NOT restricted.everyone_reads
           AND NOT EXISTS (SELECT FROM process_viewers viewer
                            WHERE viewer.organization_id = %(organization_id)s
                              AND viewer.process_id = restricted.id AND viewer.person_id = %(user_id)s)))
"""  # noqa: S608 - of constants
"""Says the same as SEEN for admin and standard members, but what they do not see is gathered once: for many rows."""
PERSONS_STATES = {
    "open": "mine.open",
    "listed": "mine.listed",
    "completed": "mine.listed AND NOT mine.open",
}
PERSONS_TOTALS = {
    "open": kept_total("open", "%(person_id)s::text"),
    "listed": kept_total("listed", "%(person_id)s::text"),
    "completed": f"{kept_total('listed', '%(person_id)s::text')} - {kept_total('open', '%(person_id)s::text')}",
}
ALL_TASKS = "SELECT total(%(organization_id)s, 'tasks', '')"
ALL_SEEN_BY_FULL_MEMBERS = (
    sql.SQL("""
    SELECT total(%(organization_id)s, 'tasks', '')
         - (SELECT coalesce(sum(process.visible_tasks), 0) FROM processes process
             WHERE process.organization_id = %(organization_id)s AND NOT process.everyone_reads
               AND process.archived_at IS NULL AND NOT {process_seen})
         - (SELECT count(*) FROM {joined}
             WHERE task.organization_id = %(organization_id)s AND task.top_secret AND NOT {seen}
               AND task.status <> 'auto-skipped' AND task.archived_at IS NULL
               AND (task.process_id IS NULL OR {process_seen}))
""")
    .format(process_seen=PROCESS_SEEN, joined=JOINED, seen=SEEN)
    .as_string(None)
)

# name -> (ascending, descending); the id breaks ties in the same direction, so that an index can be read backwards
ORDERS = {
    "position": ("{task}.position ASC", "{task}.position DESC"),
    "deadline": ("{own}.deadline ASC", "{own}.deadline DESC"),
    "created_at": ("{own}.created_at ASC", "{own}.created_at DESC"),
    "completed_at": ("{task}.completed_at ASC NULLS LAST", "{task}.completed_at DESC NULLS LAST"),
    "title": ("lower({task}.title) ASC", "lower({task}.title) DESC"),
    "last_updated": ("{task}.updated_at ASC", "{task}.updated_at DESC"),
    "updated_at": ("{task}.updated_at ASC", "{task}.updated_at DESC"),
    "problems": ("({task}.issues = 0) ASC", "({task}.issues = 0) DESC"),
}
TURNED = {"newest": "-created_at", "-newest": "created_at", "completed_newest": "-completed_at",
          "-completed_newest": "completed_at"}  # fmt: skip
KEPT_ORDERS = frozenset({"deadline", "created_at"})  # task_people repeats these

OVERDUE = "{own}.deadline < %(now)s"
DUE_SOON = "{own}.deadline BETWEEN %(now)s AND %(now)s + interval '24 hours'"

MEMBER = """
    SELECT id FROM people WHERE organization_id = %(organization_id)s AND id = %(wanted_id)s AND kind = 'member'
"""
GUEST = """
    SELECT id FROM people WHERE organization_id = %(organization_id)s AND kind = 'guest'
       AND (id = %(wanted_id)s OR email = %(email)s OR guest_code = %(code)s)
"""
GROUP = "SELECT 1 FROM groups WHERE organization_id = %(organization_id)s AND id = %(group_id)s"
VISIBLE_PROCESS = sql.SQL("""
    SELECT {seen} FROM processes process
     WHERE process.organization_id = %(organization_id)s AND process.id = %(process_id)s
""").format(seen=PROCESS_SEEN)


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose or which tasks a list holds, before filters.

    `person_id`: those that this person is assigned to. `seen`: what each row is asked, and `counted` what is asked
    of many; empty where the caller sees all of the scope. `whole`: the scope is all that the caller sees, which has
    totals of its own.
    """

    conditions: tuple[str, ...]
    wanted: Mapping[str, Any]
    seen: tuple[str, ...]
    counted: tuple[str, ...]
    person_id: int | None = None
    whole: bool = False
    reachable: bool = False  # from REACHABLE
    order: str = "-created_at"


@dataclass(frozen=True, slots=True)
class Rows:
    """The parts of the statement that finds the ids of a page."""

    reachable: str
    id: str
    source: str
    conditions: str
    order: str
    total: str
    overdue: str
    due_soon: str
    searched: bool


async def list_tasks(call: Call, window: Window) -> tuple[Page, Window]:
    """Every task that the caller may see, of processes and on their own."""
    if call.member.is_light:
        scope = Scope((OF_ORGANIZATION,), {}, (SECRET_SEEN,), (SECRET_SEEN,), reachable=True)
    elif call.member.is_admin:
        scope = Scope((OF_ORGANIZATION,), {}, (), (), whole=True)
    else:
        scope = Scope((OF_ORGANIZATION,), {}, (SEEN_TASK,), (COUNTED_BY_FULL_MEMBERS,), whole=True)
    filters = filters_of(call)
    async with call.db.reading(call.member) as tenant:
        return await _page(tenant, call, scope, filters, window)


async def list_tasks_of_member(call: Call, user_id: int, window: Window) -> tuple[Page, Window]:
    """The tasks a member is assigned to, directly or by a group, as far as the caller may see them.

    Raises NotFound when there is no such member.
    """
    filters = filters_of(call, default_status="active")
    async with call.db.reading(call.member) as tenant:
        if user_id != call.member.user_id:
            await tenant.fetch_one(MEMBER, {"wanted_id": user_id})
        return await _page(tenant, call, _of_person(call, user_id), filters, window)


async def list_tasks_of_guest(call: Call, guest: str, window: Window) -> tuple[Page, Window]:
    """The tasks of a guest, who is named by code, address or id. Raises NotFound."""
    filters = filters_of(call, default_status="active")
    wanted = {"wanted_id": whole_number(guest) or 0, "email": guest.strip().lower(), "code": guest.strip()}
    async with call.db.reading(call.member) as tenant:
        guest_id = await tenant.fetch_value(GUEST, wanted)
        return await _page(tenant, call, _of_person(call, guest_id), filters, window)


def _of_person(call: Call, person_id: int) -> Scope:
    seen = () if call.member.is_admin or person_id == call.member.user_id else (SEEN_TASK,)
    return Scope((PERSONS,), {"person_id": person_id}, seen, seen, person_id)


async def list_tasks_of_group(call: Call, group_id: UUID, window: Window) -> tuple[Page, Window]:
    """The tasks assigned to a group, as far as the caller may see them. Raises NotFound."""
    conditions = (OF_ORGANIZATION, "task.groups <> '{}' AND task.groups @> ARRAY[%(group_id)s::uuid]")
    seen = () if call.member.is_admin else (SEEN_TASK,)
    scope = Scope(conditions, {"group_id": group_id}, seen, seen)
    filters = filters_of(call)
    async with call.db.reading(call.member) as tenant:
        await tenant.fetch_one(GROUP, scope.wanted)
        return await _page(tenant, call, scope, filters, window)


async def list_tasks_of_process(call: Call, process_id: UUID, window: Window) -> tuple[Page, Window]:
    """The tasks of a process in their order, hidden ones too. Raises NotFound or Forbidden."""
    filters = filters_of(call, of_process=True)
    conditions = (OF_ORGANIZATION, "task.process_id = %(process_id)s")
    seen = () if call.member.is_admin else (SECRET_SEEN,)
    scope = Scope(conditions, {"process_id": process_id}, seen, seen, order="position")
    async with call.db.reading(call.member) as tenant:
        wanted = wanted_of(call.member, call.now, call.origin) | dict(scope.wanted)
        if not await tenant.fetch_value(VISIBLE_PROCESS, wanted):
            raise Forbidden("You are not involved in this process.")
        return await _page(tenant, call, scope, filters, window)


async def _page(
    tenant: Tenant, call: Call, scope: Scope, filters: Filters, window: Window
) -> tuple[Page, Window]:
    rows = rows_of(call, scope, filters)
    wanted = wanted_of(call.member, call.now, call.origin) | filters.wanted | dict(scope.wanted)
    window = await _window_asked_for(tenant, call, rows, wanted, window)
    query = _statement(rows, call.includes)
    wanted |= {"limit": window.limit, "offset": window.offset}
    total, items, count, overdue, due_soon = await tenant.fetch_one(query, wanted)
    return Page(total, items, count, f',"overdue_tasks":{overdue},"tasks_due_soon":{due_soon}'), window


async def _window_asked_for(
    tenant: Tenant, call: Call, rows: Rows, wanted: Mapping[str, Any], window: Window
) -> Window:
    """`replace_page` overrides the page; `currentTask` asks for the page that holds this task."""
    replaced = whole_number(call.text("replace_page") or "")
    if replaced is not None and replaced > 0:
        return replace(window, page=replaced)
    current = uuid_of(call.text("currentTask") or "")
    if current is None or window.all_rows:
        return window
    query = PLACE.format(**asdict(rows))
    found = await tenant.fetch_first(query, {**wanted, "current_task": current})
    return window if found is None else replace(window, page=(found[0] - 1) // window.per_page + 1)


@lru_cache(maxsize=1000)
def _statement(rows: Rows, includes: frozenset[str]) -> str:
    """Composing costs more than running it, and the lists that people open are few."""
    parts = {name: sql.SQL(part) for name, part in asdict(rows).items() if isinstance(part, str)}
    return (
        sql.SQL(SEARCHED if rows.searched else LIST)
        .format(**parts, columns=task_columns(includes), joined=JOINED)
        .as_string(None)
    )


def rows_of(call: Call, scope: Scope, filters: Filters) -> Rows:
    """Where the ids come from: from `task_people` alone when that is enough, else from the tasks."""
    name = _order_asked_for(call.order(), scope.order)
    state = filters.state if scope.person_id is not None and not scope.seen else None
    lean = state is not None and name.lstrip("-") in KEPT_ORDERS
    own = "task" if scope.person_id is None else "mine"
    source = MINE if lean else _tasks_of(scope)
    narrowed = [*scope.conditions, *([PERSONS_STATES[state]] if state is not None else filters.conditions)]
    if own == "mine" and filters.state is not None and state is None:
        narrowed.append(PERSONS_STATES[filters.state])  # what `task` says already, but in an index
    counted = COUNT.format(source=source, conditions=" AND ".join([*narrowed, *scope.counted]))
    ascending, descending = ORDERS[name.lstrip("-")]
    direction = "DESC" if name.startswith("-") else "ASC"
    key = "mine.task_id" if own == "mine" else "task.id"
    order = (descending if direction == "DESC" else ascending).format(task="task", own=own)
    return Rows(
        reachable=REACHABLE if scope.reachable else "",
        id=key,
        source=source,
        conditions=" AND ".join([*narrowed, *(scope.counted if filters.searched else scope.seen)]),
        order=f"{order}, {key} {direction}",
        total=_kept_total(call, scope, filters) or counted,
        overdue=_count_of_open(scope, OVERDUE),
        due_soon=_count_of_open(scope, DUE_SOON),
        searched=filters.searched,
    )


def _order_asked_for(asked: list[str], default: str) -> str:
    for name in asked:
        meant = TURNED.get(name, name)
        if meant.lstrip("-") in ORDERS:
            return meant
    return default


def _kept_total(call: Call, scope: Scope, filters: Filters) -> str | None:
    """The total of a list that would be counted all the time; None: count the rows."""
    if filters.state is None:
        return None
    if scope.person_id is not None and not scope.seen:
        return PERSONS_TOTALS[filters.state]
    if scope.whole and filters.state == "listed":
        return ALL_TASKS if call.member.is_admin else ALL_SEEN_BY_FULL_MEMBERS
    return None


def _count_of_open(scope: Scope, due: str) -> str:
    """How many open tasks of the whole scope are due then, whatever the filters."""
    if scope.person_id is not None and not scope.seen:
        conditions = [*scope.conditions, "mine.open", due.format(own="mine")]
        return COUNT.format(source=MINE, conditions=" AND ".join(conditions))
    own = ["mine.open"] if scope.person_id is not None else []
    conditions = [*scope.conditions, *own, OPEN, due.format(own="task"), *scope.counted]
    return COUNT.format(source=_tasks_of(scope), conditions=" AND ".join(conditions))


def _tasks_of(scope: Scope) -> str:
    """Where the rows of a scope come from, with the aliases `task` and `process`, and `mine` for a person's."""
    if scope.person_id is not None:
        return MINE_WITH_TASKS
    return REACHABLE_TASKS if scope.reachable else TASKS
