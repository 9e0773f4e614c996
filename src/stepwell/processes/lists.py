"""Lists of processes. The ids of a page are found first, in index order; only then are rows made.

A full member sees what is open to all and what he is involved in: two ranges, each in order and each cut at the end
of the page wanted, so that the cost does not grow with what lies beyond it.
"""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

from stepwell.access.members import Member
from stepwell.db.totals import kept_total
from stepwell.http.call import Call
from stepwell.http.paging import Page, Sorting, Window
from stepwell.processes.filters import Filters, filters_of
from stepwell.processes.queries import asked_for, wanted_of
from stepwell.processes.shapes import process_columns

ORDERS = {
    "created_at": ("process.created_at",),
    "last_updated": ("process.updated_at",),
    "updated_at": ("process.updated_at",),
    "name": ("lower(process.name)",),
    "due_date": ("coalesce(process.due_date, process.max_deadline)",),
    "problems": ("(process.status IN ('issue', 'problem'))",),
    "status": ("process.status",),
    "completed_at": ("process.completed_at",),
}
ORDER = Sorting(ORDERS, default="-created_at", tie_breaker="process.id")
# The viewers' rows repeat when a process was made, so that their own index gives the newest first.
ORDER_OF_VIEWED = Sorting(
    ORDERS | {"created_at": ("viewer.created_at",)}, default="-created_at", tie_breaker="viewer.process_id"
)

ALL = sql.SQL("processes process")
VIEWED = sql.SQL("""
    process_viewers viewer
    JOIN processes process ON process.organization_id = viewer.organization_id AND process.id = viewer.process_id
""")
OF_ORGANIZATION = sql.SQL("process.organization_id = %(organization_id)s")
OF_CALLER = sql.SQL("viewer.organization_id = %(organization_id)s AND viewer.person_id = %(user_id)s")

RANGE = """
    (SELECT process.id FROM {source} WHERE {conditions} ORDER BY {order} LIMIT %(reach)s)
"""
LIST = """
    WITH page AS (
        SELECT found.id, row_number() OVER () AS place
          FROM (SELECT process.id FROM processes process
                 WHERE process.organization_id = %(organization_id)s AND process.id = ANY (ARRAY({ranges}))
                 ORDER BY {order} LIMIT %(limit)s OFFSET %(offset)s) found
    )
    SELECT ({total}), coalesce(json_agg(to_json(one) ORDER BY place), '[]')::text, count(*)
      FROM page JOIN LATERAL (SELECT {columns} FROM processes process
             WHERE process.organization_id = %(organization_id)s AND process.id = page.id) one ON true
"""
# The near ones come as an array: of a joined range the planner expects a tenth of all processes, because it does
# not know the limit, and would read all of them to find a page.
COUNT = "(SELECT count(*) FROM {source} WHERE {conditions})"


@dataclass(frozen=True, slots=True)
class Range:
    """Some of the processes that the caller sees, in an order; ranges of one caller do not overlap."""

    source: sql.SQL
    conditions: sql.Composed
    order: sql.Composed


async def list_processes(call: Call, window: Window) -> Page:
    """The processes that the caller may see, newest first unless another order is asked for."""
    filters = filters_of(call)
    asked = call.order()
    ranges = _ranges(call.member, filters, asked)
    total = _kept_total(call.member) if filters.only_live else _counted(ranges)
    query = sql.SQL(LIST).format(
        ranges=sql.SQL(" UNION ALL ").join(
            sql.SQL(RANGE).format(source=one.source, conditions=one.conditions, order=one.order)
            for one in ranges
        ),
        order=ORDER.clause(*asked),
        total=total,
        columns=process_columns(asked_for(call)),
    )
    wanted = wanted_of(call.member, call.now, call.origin) | filters.wanted
    wanted |= {"limit": window.limit, "offset": window.offset, "reach": window.limit + window.offset}
    total_rows, items, count = await call.db.read_one(call.member, query, wanted)
    return Page(total_rows, items, count)


def _ranges(member: Member, filters: Filters, asked: list[str]) -> list[Range]:
    def of_all(*more: str) -> Range:
        conditions = [OF_ORGANIZATION, *map(sql.SQL, more), *filters.conditions]
        return Range(ALL, sql.SQL(" AND ").join(conditions), ORDER.clause(*asked))

    def of_viewed(*more: str) -> Range:
        live = ["NOT viewer.archived"] if filters.only_live else []
        conditions = [OF_CALLER, *map(sql.SQL, [*more, *live]), *filters.conditions]
        return Range(VIEWED, sql.SQL(" AND ").join(conditions), ORDER_OF_VIEWED.clause(*asked))

    if member.is_admin:
        return [of_all()]
    if member.is_full:
        return [of_all("process.everyone_reads"), of_viewed("viewer.restricted")]
    return [of_viewed()]


def _kept_total(member: Member) -> sql.Composable:
    """The total that triggers keep, when nothing but liveness is asked for."""
    if member.is_admin:
        return sql.SQL(kept_total("live"))
    if member.is_full:
        return sql.SQL(f"{kept_total('open to all')} + {kept_total('restricted', '%(user_id)s::text')}")
    return sql.SQL(kept_total("viewed", "%(user_id)s::text"))


def _counted(ranges: list[Range]) -> sql.Composable:
    return sql.SQL(" + ").join(
        sql.SQL(COUNT).format(source=one.source, conditions=one.conditions) for one in ranges
    )
