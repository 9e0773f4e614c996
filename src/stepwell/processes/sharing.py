"""Who may see a process: its readers and its public link."""

from __future__ import annotations

from uuid import UUID

from psycopg import sql

from stepwell.access.members import Member
from stepwell.engine.assignment import why_unassignable
from stepwell.engine.model import Change, Event, People
from stepwell.errors import Forbidden, invalid
from stepwell.http.call import Call
from stepwell.people.directory import Mentioned
from stepwell.processes.frames import Work, refuse_archived, working_on
from stepwell.processes.launch_rows import new_public_token
from stepwell.processes.parts import PERMISSIONS
from stepwell.processes.queries import process_answer, read_part
from stepwell.processes.schemas import SetReaders

SET_READERS = """
    UPDATE processes SET everyone_reads = %(everyone)s, reader_users = %(users)s, reader_groups = %(groups)s
     WHERE organization_id = %(organization_id)s AND id = %(process_id)s
"""
COVERED = """
    SELECT coalesce(array_agg(DISTINCT person_id), '{}') FROM group_people
     WHERE organization_id = %(organization_id)s AND group_id = ANY (%(groups)s)
"""
READERS = sql.SQL("""
    SELECT {permissions}::text FROM processes process
     WHERE process.organization_id = %(organization_id)s AND process.id = %(process_id)s
""").format(permissions=PERMISSIONS)
RENEW_LINK = """
    UPDATE processes SET public_token = %(token)s WHERE organization_id = %(organization_id)s AND id = %(process_id)s
"""


def require_governing(work: Work, member: Member) -> None:
    """Raises Forbidden unless the member is an administrator, the owner or the starter, and not a light member."""
    if not work.loaded.governed_by(member) or member.is_light:
        raise Forbidden("Only an administrator, the owner or the starter of the process may change this.")


async def read_readers(call: Call, process_id: UUID) -> str:
    """Who may read the process, as the one permission that a process has."""
    return await read_part(call, process_id, PERMISSIONS)


async def set_readers(call: Call, process_id: UUID, data: SetReaders) -> str:
    """Replace who may read the process; the people involved in it may anyway (P-212)."""
    async with working_on(call, process_id) as work:
        require_governing(work, call.member)
        refuse_archived(work)
        people = People(tuple(dict.fromkeys(data.users)), (), tuple(dict.fromkeys(data.groups)))
        register = await work.know(mentioned=Mentioned(users=set(people.users), groups=set(people.groups)))
        wrong = why_unassignable(people, register.directory, "")
        if wrong:
            raise invalid({name.lstrip("."): messages for name, messages in wrong.items()})
        covered = await work.tenant.fetch_value(COVERED, {"groups": list(people.groups)})
        wanted = {
            "everyone": data.everyone,
            "users": [user for user in people.users if user not in covered],
            "groups": list(people.groups),
            "process_id": process_id,
        }
        await work.tenant.execute(SET_READERS, wanted)
        await _note(work, "Changed who may read the process", "permissions")
        return str((await work.tenant.fetch_last(READERS, {"process_id": process_id}))[0])


async def reset_public_link(call: Call, process_id: UUID) -> str:
    """Give the process another public link; the one before leads nowhere."""
    async with working_on(call, process_id) as work:
        require_governing(work, call.member)
        refuse_archived(work)
        await work.tenant.execute(RENEW_LINK, {"token": new_public_token(), "process_id": process_id})
        await _note(work, "Reset the public link of the process", "public_link")
        return await process_answer(work.tenant, call, process_id)


async def _note(work: Work, description: str, field: str) -> None:
    event = Event(verb="updated", kind="Process", subject="process", subject_id=work.process.id,
                  description=description, field=field)  # fmt: skip
    await work.save(Change(process=work.process, tasks=(), events=(event,)), involved=True)
