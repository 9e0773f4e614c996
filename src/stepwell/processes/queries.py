"""What reads processes: one statement each, the JSON made by the database."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

from psycopg import sql

from stepwell.access.members import Member
from stepwell.db.pool import Tenant
from stepwell.errors import Forbidden
from stepwell.http.call import Call
from stepwell.http.paging import Page, Sorting, Window
from stepwell.processes.answers_shape import KICKOFF_FORM
from stepwell.processes.filters import Filters, filters_of
from stepwell.processes.includes import FORMS
from stepwell.processes.shapes import process_columns

ORDER = Sorting(
    {
        "created_at": ("process.created_at",),
        "last_updated": ("process.updated_at",),
        "updated_at": ("process.updated_at",),
        "name": ("lower(process.name)",),
        "due_date": ("coalesce(process.due_date, process.max_deadline)",),
        "problems": ("(process.status IN ('issue', 'problem'))",),
        "status": ("process.status",),
        "completed_at": ("process.completed_at",),
    },
    default="-created_at",
    tie_breaker="process.id",
)

INVOLVED = """
    EXISTS (SELECT FROM process_viewers viewer WHERE viewer.organization_id = %(organization_id)s
               AND viewer.process_id = process.id AND viewer.person_id = %(user_id)s)
"""
SEEN = sql.SQL(f"(%(is_admin)s OR (%(is_full)s AND process.everyone_reads) OR {INVOLVED})")
"""P-210 to P-212: whether the caller may see the process."""

ONE = """
    SELECT {seen}, to_json(one)::text FROM processes process, LATERAL (SELECT {columns}) one
     WHERE process.organization_id = %(organization_id)s AND process.id = %(process_id)s
"""

LIST = """
    WITH page AS (
        SELECT process.id, row_number() OVER () AS place
          FROM (SELECT process.id FROM {source} WHERE {filters} ORDER BY {order}
                 LIMIT %(limit)s OFFSET %(offset)s) process
    )
    SELECT ({total}), coalesce(json_agg(to_json(one) ORDER BY place), '[]')::text, count(*)
      FROM page JOIN LATERAL (SELECT {columns} FROM processes process
             WHERE process.organization_id = %(organization_id)s AND process.id = page.id) one ON true
"""
COUNT = "SELECT count(*) FROM {source} WHERE {filters}"


def wanted_of(member: Member, now: datetime, web: str) -> dict[str, Any]:
    """The parameters that every process and task shape wants."""
    return {
        "user_id": member.user_id,
        "is_admin": member.is_admin,
        "is_full": member.is_full,
        "now": now,
        "web": web,
    }


def asked_for(call: Call) -> frozenset[str]:
    """The includes; `form_fields_values=true` is another way to ask for one of them."""
    return call.includes | {"form_fields"} if call.flag("form_fields_values") else call.includes


async def process_answer(
    tenant: Tenant, call: Call, process_id: UUID, *, whole_number_progress: bool = False
) -> str:
    """The process after a command, as its last statement: the answer travels with the commit.

    Whoever may change a process gets it answered, even if the change took it out of the caller's sight.
    """
    columns = process_columns(asked_for(call), whole_number_progress=whole_number_progress)
    wanted = wanted_of(call.member, call.now, call.origin) | {"process_id": process_id}
    row = await tenant.fetch_last(sql.SQL(ONE).format(seen=SEEN, columns=columns), wanted)
    return str(row[1])


async def process_json(
    tenant: Tenant, call: Call, process_id: UUID, *, whole_number_progress: bool = False
) -> str:
    """The process as the API has it, with the includes asked for. Raises NotFound or Forbidden."""
    columns = process_columns(asked_for(call), whole_number_progress=whole_number_progress)
    query = sql.SQL(ONE).format(seen=SEEN, columns=columns)
    wanted = wanted_of(call.member, call.now, call.origin) | {"process_id": process_id}
    seen, text = await tenant.fetch_one(query, wanted)
    return str(text) if seen else _not_involved()


def _not_involved() -> NoReturn:
    raise Forbidden("You are not involved in this process.")


PART = """
    SELECT {seen}, {part}::text FROM processes process
     WHERE process.organization_id = %(organization_id)s AND process.id = %(process_id)s
"""


async def read_part(call: Call, process_id: UUID, part: sql.Composable) -> str:
    """Something of a process, as JSON. Raises NotFound or Forbidden."""
    query = sql.SQL(PART).format(seen=SEEN, part=part)
    wanted = wanted_of(call.member, call.now, call.origin) | {"process_id": process_id}
    async with call.db.reading(call.member) as tenant:
        seen, text = await tenant.fetch_one(query, wanted)
    return str(text) if seen else _not_involved()


async def read_process(call: Call, process_id: UUID) -> str:
    """One process, archived or not."""
    async with call.db.reading(call.member) as tenant:
        return await process_json(tenant, call, process_id)


async def list_processes(call: Call, window: Window) -> Page:
    """The processes that the caller may see, newest first unless another order is asked for."""
    filters = filters_of(call)
    source, total = _source_and_total(call.member, filters)
    conditions = sql.SQL(" AND ").join(
        [sql.SQL("process.organization_id = %(organization_id)s"), *filters.conditions]
    )
    order = ORDER.clause(*call.order())
    query = sql.SQL(LIST).format(
        source=source,
        filters=conditions,
        order=order,
        total=total if total is not None else sql.SQL(COUNT).format(source=source, filters=conditions),
        columns=process_columns(asked_for(call)),
    )
    wanted = wanted_of(call.member, call.now, call.origin) | filters.wanted
    wanted |= {"limit": window.limit, "offset": window.offset}
    async with call.db.reading(call.member) as tenant:
        total_rows, items, count = await tenant.fetch_one(query, wanted)
    return Page(total_rows, items, count)


FORMS_OF_PROCESS = sql.SQL("""
    json_build_object('id', hex(process.id), 'name', process.name, 'form_fields', {forms}, 'ko_form_fields', {kickoff})
""").format(forms=FORMS, kickoff=KICKOFF_FORM)


async def read_forms(call: Call, process_id: UUID) -> str:
    """All form fields of a process with their answers. Raises NotFound or Forbidden."""
    return await read_part(call, process_id, FORMS_OF_PROCESS)


OPEN_TO_ALL_OR_MINE = """
    (SELECT process.* FROM processes process
      WHERE process.organization_id = %(organization_id)s AND process.everyone_reads
     UNION ALL
     SELECT process.* FROM process_viewers viewer
       JOIN processes process ON process.organization_id = viewer.organization_id
                             AND process.id = viewer.process_id AND NOT process.everyone_reads
      WHERE viewer.organization_id = %(organization_id)s AND viewer.person_id = %(user_id)s) process
"""
MINE = """
    (SELECT process.* FROM process_viewers viewer
       JOIN processes process ON process.organization_id = viewer.organization_id
                             AND process.id = viewer.process_id
      WHERE viewer.organization_id = %(organization_id)s AND viewer.person_id = %(user_id)s) process
"""


def _source_and_total(member: Member, filters: Filters) -> tuple[sql.SQL, sql.SQL | None]:
    """Where the rows come from, and the kept total when nothing but liveness is asked for."""
    if member.is_admin:
        source, total = "processes process", "total(%(organization_id)s, 'live', '')"
    elif member.is_full:
        source = OPEN_TO_ALL_OR_MINE
        total = (
            "total(%(organization_id)s, 'open to all', '')"
            " + total(%(organization_id)s, 'restricted', %(user_id)s::text)"
        )
    else:
        source, total = MINE, "total(%(organization_id)s, 'viewed', %(user_id)s::text)"
    return sql.SQL(source), sql.SQL(f"SELECT {total}") if filters.only_live else None
