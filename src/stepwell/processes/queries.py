"""What reads processes: one statement each, the JSON made by the database."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any, NoReturn
from uuid import UUID

from psycopg import sql

from stepwell.access.members import Member
from stepwell.db.pool import Tenant
from stepwell.errors import Forbidden
from stepwell.http.call import Call
from stepwell.processes.answers_shape import KICKOFF_FORM
from stepwell.processes.includes import FORMS
from stepwell.processes.shapes import process_columns

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
    wanted = wanted_of(call.member, call.now, call.origin) | {"process_id": process_id}
    row = await tenant.fetch_last(_one(asked_for(call), whole_number_progress), wanted)
    return str(row[1])


async def process_json(
    tenant: Tenant, call: Call, process_id: UUID, *, whole_number_progress: bool = False
) -> str:
    """The process as the API has it, with the includes asked for. Raises NotFound or Forbidden."""
    query = _one(asked_for(call), whole_number_progress)
    wanted = wanted_of(call.member, call.now, call.origin) | {"process_id": process_id}
    seen, text = await tenant.fetch_one(query, wanted)
    return str(text) if seen else _not_involved()


@lru_cache(maxsize=200)
def _one(includes: frozenset[str], whole_number_progress: bool) -> str:
    """Composing costs more than sending it, and few combinations of includes are ever asked for."""
    columns = process_columns(includes, whole_number_progress=whole_number_progress)
    return sql.SQL(ONE).format(seen=SEEN, columns=columns).as_string(None)


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
    wanted = wanted_of(call.member, call.now, call.origin) | {"process_id": process_id}
    seen, text = await call.db.read_one(call.member, _one(asked_for(call), False), wanted)
    return str(text) if seen else _not_involved()


FORMS_OF_PROCESS = sql.SQL("""
    json_build_object('id', hex(process.id), 'name', process.name, 'form_fields', {forms}, 'ko_form_fields', {kickoff})
""").format(forms=FORMS, kickoff=KICKOFF_FORM)


async def read_forms(call: Call, process_id: UUID) -> str:
    """All form fields of a process with their answers. Raises NotFound or Forbidden."""
    return await read_part(call, process_id, FORMS_OF_PROCESS)
