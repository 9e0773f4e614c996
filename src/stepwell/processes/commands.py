"""What changes processes: one transaction each."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg import sql

from stepwell.access.members import Member
from stepwell.engine.assignment import refuse_unassignable
from stepwell.engine.kickoff import complete_kickoff, reopen_kickoff, save_kickoff
from stepwell.engine.model import Change, Event, People, ProcessStatus
from stepwell.engine.progress import settle
from stepwell.errors import Forbidden, Refused, invalid
from stepwell.http.call import Call
from stepwell.organizations.log import append_to_organization
from stepwell.people.answers import people_named_in
from stepwell.people.directory import Mentioned, Register
from stepwell.processes.filing import check_known, replace_filing
from stepwell.processes.frames import Work, refuse_archived, working_on
from stepwell.processes.launching import instant_of
from stepwell.processes.queries import process_json
from stepwell.processes.schemas import UpdateProcess
from stepwell.templates.commands import set_star

GOVERNED = frozenset({"summary", "owner_id", "is_public", "publicly_hidden_fields", "users", "groups", "parent_id",
                      "due_date", "assign_someone_else", "can_add_oot"})  # fmt: skip
LIGHT_MAY = frozenset({"name", "summary", "prerun", "starred"})
COLUMNS = ("name", "summary", "is_public", "publicly_hidden_fields", "users", "groups", "parent_id", "due_date",
           "assign_someone_else", "can_add_oot")  # fmt: skip

CURRENT = """
    SELECT json_build_object('name', name, 'summary', summary, 'is_public', is_public, 'owner_id', owner_id,
               'publicly_hidden_fields', publicly_hidden_fields, 'users', users, 'groups', hexes(groups),
               'parent_id', hex(parent_id), 'due_date', due_date, 'assign_someone_else', assign_someone_else,
               'can_add_oot', can_add_oot)
      FROM processes WHERE organization_id = %(organization_id)s AND id = %(process_id)s
"""


async def update_process(call: Call, process_id: UUID, data: UpdateProcess) -> str:
    """Change what was sent, nothing else. Returns the process's JSON.

    Raises NotFound, Forbidden (a field that the caller may not change), Refused.
    """
    integer = call.client in ("", "APIClient")  # decision 3: these clients expect the percent alone
    async with working_on(call, process_id) as work:
        current = await work.tenant.fetch_value(CURRENT, {"process_id": process_id})
        changed = _changed(data, current, work)
        _require_rights(call.member, work, changed)
        if changed.keys() | (data.model_fields_set & {"prerun", "tags", "folders"}):
            refuse_archived(work)
        register = await _register(work, data)
        _check_people(register, work, changed)
        await _write(work, data, changed, current)
        if "starred" in data.model_fields_set:
            await set_star(work.tenant, call.member, process_id, data.starred)
        return await process_json(work.tenant, call, process_id, whole_number_progress=integer)


def _changed(data: UpdateProcess, current: dict[str, Any], work: Work) -> dict[str, Any]:
    """The columns whose value differs from the present one: a field sent as it is never matters (P-202)."""
    sent = data.sent("owner_id", *COLUMNS)
    if "due_date" in sent:
        sent["due_date"] = instant_of(sent["due_date"], work.house)
    for name in ("users", "groups", "publicly_hidden_fields"):
        if name in sent:
            sent[name] = list(dict.fromkeys(sent[name]))
    return {name: value for name, value in sent.items() if _plain(value) != current[name]}


def _plain(value: Any) -> Any:
    match value:
        case UUID():
            return value.hex
        case list():
            return [_plain(one) for one in value]
        case date() | datetime():
            return value.isoformat()
        case _:
            return value


def _require_rights(member: Member, work: Work, changed: dict[str, Any]) -> None:
    governs = work.loaded.governed_by(member)
    if member.is_light:
        if changed.keys() - LIGHT_MAY or (changed and not governs):
            raise Forbidden(
                "Light members may change the name, the notes and the answers of their own processes."
            )
    elif not governs and changed.keys() & GOVERNED:
        raise Forbidden("Only an administrator, the owner or the starter of the process may change this.")


async def _register(work: Work, data: UpdateProcess) -> Register:
    mentioned = Mentioned(users=set(data.users), groups=set(data.groups))
    mentioned.users |= {data.owner_id} if data.owner_id else set()
    for value in data.prerun.values():
        mentioned.add(people_named_in(value))
    return await work.know(mentioned=mentioned)


def _check_people(register: Register, work: Work, changed: dict[str, Any]) -> None:
    del work
    if "owner_id" in changed and changed["owner_id"] not in register.directory.active:
        raise invalid({"owner_id": ["The selected owner id is invalid."]})
    people = People(tuple(changed.get("users", ())), (), tuple(changed.get("groups", ())))
    try:
        refuse_unassignable(people, register.directory, "")
    except Refused as refusal:
        raise invalid({name.lstrip("."): messages for name, messages in refusal.reasons.items()}) from None


async def _write(work: Work, data: UpdateProcess, changed: dict[str, Any], current: dict[str, Any]) -> None:
    tenant, process_id = work.tenant, work.process.id
    register = work.register
    assert register is not None
    change = Change(process=work.process, tasks=(), events=())
    if "prerun" in data.model_fields_set and data.prerun:
        if work.call.member.is_light and not work.loaded.governed_by(work.call.member):
            raise Forbidden
        change = save_kickoff(work.process, data.prerun, work.at, register.house, register.directory)
    if data.model_fields_set & {"tags", "folders"}:
        await check_known(tenant, data.tags, data.folders)
    await _set_columns(work, changed)
    process = replace(change.process, owner_id=changed.get("owner_id", work.process.owner_id))
    events = (*change.events, *(_changed_event(process_id, name, current[name], value)
                                for name, value in sorted(changed.items())))  # fmt: skip
    touched = bool(events) or bool(data.model_fields_set)
    if touched:
        involved = bool(changed.keys() & {"owner_id", "users", "groups"})
        await work.save(Change(process=process, tasks=change.tasks, events=events), involved=involved)
    tags, folders = (data.sent(name).get(name) for name in ("tags", "folders"))
    await replace_filing(tenant, work.call.numbers, process_id, tags, folders, work.at)


def _changed_event(process_id: UUID, name: str, old: Any, new: Any) -> Event:
    return Event(
        verb="updated",
        kind="Process",
        subject="process",
        subject_id=process_id,
        description=f"Changed the {name.replace('_', ' ')} of the process",
        field=name,
        old=old,
        new=_plain(new),
    )


async def _set_columns(work: Work, changed: dict[str, Any]) -> None:
    values = {name: value for name, value in changed.items() if name in COLUMNS}
    if not values:
        return
    if "publicly_hidden_fields" in values:
        values["publicly_hidden_fields"] = json.dumps(values["publicly_hidden_fields"])
    changes = [sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in values]
    query = sql.SQL(
        "UPDATE processes SET {} WHERE organization_id = %(organization_id)s AND id = %(process_id)s"
    ).format(sql.SQL(", ").join(changes))
    await work.tenant.execute(query, {**values, "process_id": work.process.id})


ARCHIVE_PROCESS = """
    UPDATE processes SET archived_at = %(archived_at)s
     WHERE organization_id = %(organization_id)s AND id = %(process_id)s
"""
ARCHIVE_TASKS = """
    WITH moved AS (
        UPDATE tasks SET archived_at = %(archived_at)s
         WHERE organization_id = %(organization_id)s AND process_id = %(process_id)s
           AND archived_at IS NOT DISTINCT FROM %(before)s
        RETURNING id, status, deadline
    ), listed AS (
        UPDATE task_people person
           SET open = %(archived_at)s IS NULL AND moved.status IN ('not-started', 'in-progress')
          FROM moved WHERE person.organization_id = %(organization_id)s AND person.task_id = moved.id
    )
    UPDATE process_viewers SET archived = %(archived_at)s IS NOT NULL
     WHERE organization_id = %(organization_id)s AND process_id = %(process_id)s
"""


async def archive_process(call: Call, process_id: UUID) -> str:
    """Take a process with its tasks out of sight; repeated, it changes nothing (P-220)."""
    integer = call.client in ("", "APIClient")
    async with working_on(call, process_id) as work:
        if work.process.archived_at is None:
            await _set_archived(work, work.at, "archived")
        return await process_json(work.tenant, call, process_id, whole_number_progress=integer)


async def restore_process(call: Call, process_id: UUID) -> str:
    """Bring an archived process back with the tasks that were archived with it (P-222)."""
    async with working_on(call, process_id) as work:
        if work.process.archived_at is not None:
            await _set_archived(work, None, "unarchived")
        return await process_json(work.tenant, call, process_id)


async def _set_archived(work: Work, archived_at: datetime | None, verb: str) -> None:
    before = work.process
    wanted = {"process_id": before.id, "archived_at": archived_at, "before": before.archived_at}
    await work.tenant.execute(ARCHIVE_PROCESS, wanted)
    await work.tenant.execute(ARCHIVE_TASKS, wanted)
    tasks = {
        task.id: replace(task, archived_at=archived_at) if task.archived_at == before.archived_at else task
        for task in before.tasks.values()
    }
    after = settle(replace(before, archived_at=archived_at, tasks=tasks), work.at)
    event = Event(verb=verb, kind="Process", subject="process", subject_id=before.id,
                  description=f"{verb.capitalize()} process: {work.loaded.name}")  # fmt: skip
    await work.save(Change(process=after, tasks=(), events=(event,)))


DELETE = "DELETE FROM processes WHERE organization_id = %(organization_id)s AND id = %(process_id)s"
DELETE_AROUND = """
    WITH subjects AS (
        SELECT id FROM tasks WHERE organization_id = %(organization_id)s AND process_id = %(process_id)s
        UNION SELECT %(process_id)s
    ), comments_gone AS (
        DELETE FROM comments WHERE organization_id = %(organization_id)s
           AND subject_id IN (SELECT id FROM subjects)
    ), tags_gone AS (
        DELETE FROM tag_associations WHERE organization_id = %(organization_id)s
           AND subject_id IN (SELECT id FROM subjects)
    ), folders_gone AS (
        DELETE FROM folder_objects WHERE organization_id = %(organization_id)s
           AND subject_id IN (SELECT id FROM subjects)
    ), stars_gone AS (
        DELETE FROM stars WHERE organization_id = %(organization_id)s AND subject_id IN (SELECT id FROM subjects)
    )
    DELETE FROM events WHERE organization_id = %(organization_id)s AND subject_id = %(process_id)s
"""


async def delete_process(call: Call, process_id: UUID) -> None:
    """Remove an archived process for good; one event of the organization remains (P-224)."""
    async with working_on(call, process_id) as work:
        if work.process.status is not ProcessStatus.ARCHIVED:
            message = "Archive the process first: only archived processes can be deleted permanently."
            raise Refused(message, {"status": [message]})
        await work.tenant.execute(DELETE_AROUND, {"process_id": process_id})
        await work.tenant.execute(DELETE, {"process_id": process_id})
        await append_organization_event(work)


async def append_organization_event(work: Work) -> None:
    """The organization's log keeps that the process was deleted, and its name."""
    event = Event(verb="deleted", kind="Process", subject="process", subject_id=work.process.id,
                  description=f"Deleted process: {work.loaded.name}")  # fmt: skip
    await append_to_organization(work.call, work.tenant, work.at, [event])


async def submit_kickoff(call: Call, process_id: UUID, answers: dict[str, Any]) -> str:
    """Complete the kick-off form of a running process; repeated, it changes nothing (P-054)."""
    async with working_on(call, process_id) as work:
        _require_kickoff_rights(work)
        mentioned = Mentioned()
        for value in answers.values():
            mentioned.add(people_named_in(value))
        register = await work.know(mentioned=mentioned)
        await work.save(
            complete_kickoff(
                work.process, work.actor, work.at, register.house, register.directory, answers or None
            )
        )
        return await process_json(work.tenant, call, process_id)


async def reopen_kickoff_form(call: Call, process_id: UUID) -> str:
    """Open the kick-off form of a running process again; its answers stay."""
    async with working_on(call, process_id) as work:
        _require_kickoff_rights(work)
        await work.save(reopen_kickoff(work.process, work.at))
        return await process_json(work.tenant, call, process_id)


def _require_kickoff_rights(work: Work) -> None:
    """P-056: admin, owner, starter, and standard members who see the process."""
    if work.call.member.is_light and not work.loaded.governed_by(work.call.member):
        raise Forbidden("Your role does not allow changing the kick-off form of this process.")
