"""Putting processes and tasks into process folders, and taking them out again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import sql

from stepwell.db.pool import Tenant
from stepwell.engine.model import Change, Event
from stepwell.errors import NotFound, refused
from stepwell.folders.schemas import AddObject
from stepwell.folders.shapes import FILED
from stepwell.http.call import Call
from stepwell.processes.frames import working_on
from stepwell.tasks.frames import working_on_task

NO_SUBJECT = "Subject not found"
NO_FOLDER = "No such a folder exists in Processes."

FOLDER = """
    SELECT name FROM folders
     WHERE organization_id = %(organization_id)s AND id = %(folder_id)s AND kind = 'run'
"""
RELATION = sql.SQL("""
    SELECT to_json(one)::text FROM (
        SELECT {columns} FROM folder_objects filed
         WHERE filed.organization_id = %(organization_id)s AND filed.subject_id = %(subject_id)s
           AND filed.folder_id = %(folder_id)s) one
""").format(columns=FILED)
INSERT = """
    INSERT INTO folder_objects (organization_id, id, folder_id, subject_type, subject_id, created_at)
    VALUES (%(organization_id)s, %(id)s, %(folder_id)s, %(subject_type)s, %(subject_id)s, %(at)s)
"""
FIND = """
    SELECT subject_type, subject_id, folder_id FROM folder_objects
     WHERE organization_id = %(organization_id)s AND id = %(relation_id)s
"""
MOVE = """
    UPDATE folder_objects SET folder_id = %(folder_id)s
     WHERE organization_id = %(organization_id)s AND id = %(relation_id)s
"""
NAME = """
    SELECT folder.name FROM folder_objects filed
      JOIN folders folder ON folder.organization_id = filed.organization_id AND folder.id = filed.folder_id
     WHERE filed.organization_id = %(organization_id)s AND filed.id = %(relation_id)s
"""
DELETE = """
    DELETE FROM folder_objects filed USING folders folder
     WHERE filed.organization_id = %(organization_id)s AND filed.id = %(relation_id)s
       AND folder.organization_id = filed.organization_id AND folder.id = filed.folder_id
    RETURNING folder.name
"""


@dataclass(slots=True)
class Filed:
    """A locked process or task that the caller sees and that is live."""

    tenant: Tenant
    at: datetime
    moved: tuple[str | None, str | None] | None = None  # the folder it left, and the one it is in now


@asynccontextmanager
async def filing(call: Call, kind: str, subject_id: UUID) -> AsyncIterator[Filed]:
    """A transaction on a process or a task; that it moved is logged. Raises NotFound, Forbidden, Refused."""
    if kind == "Run":
        async with working_on(call, subject_id) as work:
            if work.process.archived_at is not None:
                raise refused("subject_id", NO_SUBJECT)
            filed = Filed(work.tenant, work.at)
            yield filed
            if filed.moved is not None:
                event = _event("process", "Process", subject_id, work.loaded.name, *filed.moved)
                await work.save(Change(process=work.process, tasks=(), events=(event,)))
        return
    async with working_on_task(call, subject_id) as on_task:
        if on_task.process.archived_at is not None or on_task.task.archived_at is not None:
            raise refused("subject_id", NO_SUBJECT)
        filed = Filed(on_task.tenant, on_task.at)
        yield filed
        if filed.moved is not None:
            event = _event("task", "Task", subject_id, on_task.task.title, *filed.moved)
            change = Change(process=on_task.process, tasks=(on_task.task,), events=(event,))
            await on_task.base.save(change)


def _event(subject: str, kind: str, subject_id: UUID, title: str, old: str | None, new: str | None) -> Event:
    return Event(
        verb="updated",
        kind=kind,
        subject=subject,
        subject_id=subject_id,
        description=f"Changed the folder of {subject}: {title}",
        field="folders",
        old=old,
        new=new,
    )


async def add_object(call: Call, data: AddObject) -> tuple[bool, str]:
    """Put a process or a task into a folder. Returns whether it is new there, and the relation's JSON."""
    try:
        async with filing(call, data.subject_type, data.subject_id) as filed:
            name = await _known_folder(filed.tenant, data.folder_id)
            present = await _relation(filed.tenant, data.subject_id, data.folder_id)
            if present is not None:
                return False, present
            relation_id = (await call.numbers.take(filed.tenant.organization_id, "folder_object"))[0]
            wanted = data.sent("folder_id", "subject_id", "subject_type")
            await filed.tenant.execute(INSERT, {**wanted, "id": relation_id, "at": filed.at})
            filed.moved = (None, name)
            made = await _relation(filed.tenant, data.subject_id, data.folder_id)
            assert made is not None
            return True, made
    except NotFound:
        raise refused("subject_id", NO_SUBJECT) from None


async def move_object(call: Call, relation_id: int, folder_id: UUID) -> str:
    """Put what lies in one folder into another. Returns the JSON of its relation to that one."""
    kind, subject_id, old_folder = await find_relation(call, relation_id)
    async with filing(call, kind, subject_id) as filed:
        name = await _known_folder(filed.tenant, folder_id)
        if folder_id != old_folder:
            if await _relation(filed.tenant, subject_id, folder_id) is None:
                old = await filed.tenant.fetch_value(NAME, {"relation_id": relation_id})
                await filed.tenant.execute(MOVE, {"relation_id": relation_id, "folder_id": folder_id})
            else:
                old = await filed.tenant.fetch_value(DELETE, {"relation_id": relation_id})
            filed.moved = (old, name)
        text = await _relation(filed.tenant, subject_id, folder_id)
        if text is None:
            raise NotFound
        return text


async def remove_object(call: Call, relation_id: int) -> None:
    """Take something out of a folder. Raises NotFound, Forbidden, Refused (archived)."""
    kind, subject_id, _ = await find_relation(call, relation_id)
    async with filing(call, kind, subject_id) as filed:
        name = await filed.tenant.fetch_value(DELETE, {"relation_id": relation_id})
        filed.moved = (name, None)


async def find_relation(call: Call, relation_id: int) -> tuple[str, UUID, UUID]:
    async with call.db.reading(call.member) as tenant:
        kind, subject_id, folder_id = await tenant.fetch_one(FIND, {"relation_id": relation_id})
    return kind, subject_id, folder_id


async def _known_folder(tenant: Tenant, folder_id: UUID) -> str:
    """The name of the process folder. Raises Refused when there is none of this id."""
    row = await tenant.fetch_first(FOLDER, {"folder_id": folder_id})
    if row is None:
        raise refused("folder_id", NO_FOLDER)
    return str(row[0])


async def _relation(tenant: Tenant, subject_id: UUID, folder_id: UUID) -> str | None:
    row = await tenant.fetch_first(RELATION, {"subject_id": subject_id, "folder_id": folder_id})
    return None if row is None else str(row[0])
