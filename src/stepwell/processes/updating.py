"""Changing a process: only what is sent, and only what differs counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import sql

from stepwell.engine.assignment import why_unassignable
from stepwell.engine.kickoff import save_kickoff
from stepwell.engine.model import Change, Event, People, Refused
from stepwell.engine.reach import people_rules_may_assign
from stepwell.errors import Forbidden, invalid
from stepwell.http.call import Call
from stepwell.people.answers import people_named_in
from stepwell.people.directory import Mentioned, Register
from stepwell.processes.filing import replace_filing, why_unknown
from stepwell.processes.frames import CalledWork, refuse_archived, working_on
from stepwell.processes.launching import instant_of
from stepwell.processes.queries import process_answer
from stepwell.processes.schemas import UpdateProcess
from stepwell.templates.commands import set_star

COLUMNS = ("name", "summary", "is_public", "publicly_hidden_fields", "users", "groups", "parent_id", "due_date",
           "assign_someone_else", "can_add_oot")  # fmt: skip
UNORDERED = frozenset({"users", "groups", "publicly_hidden_fields", "tags", "folders"})
GOVERNED = frozenset({*COLUMNS, "owner_id"} - {"name"})
LIGHT_MAY = frozenset({"name", "summary"})
CALLED = {"owner_id": "owner", "summary": "notes", "is_public": "public link", "parent_id": "parent",
          "publicly_hidden_fields": "publicly hidden parts"}  # fmt: skip

CURRENT = """
    SELECT process.name, process.summary, process.owner_id, process.is_public, process.publicly_hidden_fields,
           process.users, process.groups, process.parent_id, process.assign_someone_else, process.can_add_oot,
           date_trunc('second', coalesce(process.due_date, process.max_deadline)) AS due_date,
           ARRAY(SELECT tag_id FROM tag_associations
                  WHERE organization_id = %(organization_id)s AND subject_id = process.id) AS tags,
           ARRAY(SELECT folder_id FROM folder_objects
                  WHERE organization_id = %(organization_id)s AND subject_id = process.id) AS folders
      FROM processes process
     WHERE process.organization_id = %(organization_id)s AND process.id = %(process_id)s
"""
CURRENT_NAMES = ("name", "summary", "owner_id", "is_public", "publicly_hidden_fields", "users", "groups", "parent_id",
                 "assign_someone_else", "can_add_oot", "due_date", "tags", "folders")  # fmt: skip
CYCLE = """
    WITH RECURSIVE above AS (
        SELECT id, parent_id, 1 AS depth FROM processes
         WHERE organization_id = %(organization_id)s AND id = %(parent_id)s
        UNION ALL
        SELECT process.id, process.parent_id, depth + 1 FROM above JOIN processes process
            ON process.organization_id = %(organization_id)s AND process.id = above.parent_id
         WHERE depth < 1000
    )
    SELECT count(*), coalesce(bool_or(id = %(process_id)s), false) FROM above
"""


@dataclass(frozen=True, slots=True)
class Update:
    """What the caller wants changed: the keys that differ, with the values they have now."""

    data: UpdateProcess
    current: Mapping[str, Any]
    changed: Mapping[str, Any]


async def update_process(
    call: Call, process_id: UUID, data: UpdateProcess, *, whole_number_progress: bool = False
) -> str:
    """Change what was sent, nothing else. Returns the process's JSON, `progress` as an object or as the percent.

    Raises NotFound, Forbidden (a field that the caller may not change), Refused with all that is wrong.
    """
    async with working_on(call, process_id) as work:
        row = await work.tenant.fetch_one(CURRENT, {"process_id": process_id})
        current = dict(zip(CURRENT_NAMES, row, strict=True))
        update = Update(data, current, _changed(data, current, work))
        register = await _register(work, data)
        _require_rights(work, update, register)
        if data.model_fields_set:
            refuse_archived(work)
        answered = await _checked(work, update, register)
        await _write(work, update, answered)
        if "starred" in data.model_fields_set:
            await set_star(work.tenant, call.member, process_id, data.starred)
        return await process_answer(
            work.tenant, call, process_id, whole_number_progress=whole_number_progress
        )


def _changed(data: UpdateProcess, current: Mapping[str, Any], work: CalledWork) -> dict[str, Any]:
    """What differs from the present value: a field sent as it is never matters (P-202)."""
    sent = data.sent("owner_id", "tags", "folders", *COLUMNS)
    if "due_date" in sent:
        sent["due_date"] = instant_of(sent["due_date"], work.house)
    for name in UNORDERED & sent.keys():
        sent[name] = list(dict.fromkeys(sent[name]))
    return {name: value for name, value in sent.items() if not _same(name, value, current[name])}


def _same(name: str, value: Any, present: Any) -> bool:
    return set(value) == set(present) if name in UNORDERED else bool(value == present)


async def _register(work: CalledWork, data: UpdateProcess) -> Register:
    mentioned = Mentioned(users=set(data.users), groups=set(data.groups))
    mentioned.users |= {data.owner_id} if data.owner_id else set()
    mentioned.add(people_rules_may_assign(work.process, None))
    for value in data.prerun.values():
        mentioned.add(people_named_in(value))
    return await work.know(mentioned=mentioned)


def _require_rights(work: CalledWork, update: Update, register: Register) -> None:
    """Raises Forbidden for a change that is not the caller's to make (P-202)."""
    member, governs = work.call.member, work.loaded.governed_by(work.call.member)
    if governs and member.is_full:
        return
    if member.is_light:
        beyond = update.changed.keys() - (LIGHT_MAY if governs else set())
        if beyond or (not governs and _answers_differ(work, update, register)):
            raise Forbidden(
                "Light members may change the name, the notes and the answers of their own processes."
            )
    elif update.changed.keys() & GOVERNED:
        raise Forbidden("Only an administrator, the owner or the starter of the process may change this.")


def _answers_differ(work: CalledWork, update: Update, register: Register) -> bool:
    """Whether the answers sent would change something; wrong ones would."""
    live = replace(work.process, archived_at=None)
    try:
        change = save_kickoff(live, update.data.prerun, work.at, register.house, register.directory)
    except Refused:
        return True
    return dict(change.process.values) != dict(live.values)


async def _checked(work: CalledWork, update: Update, register: Register) -> Change:
    """The change that the kick-off answers make. Raises Refused with everything that is wrong with the update."""
    reasons = _why_wrong_people(update, register)
    reasons |= await why_unknown(
        work.tenant, tags=update.changed.get("tags", ()), folders=update.changed.get("folders", ())
    )
    if (parent_id := update.changed.get("parent_id")) is not None:
        found, is_cycle = await work.tenant.fetch_one(
            CYCLE, {"parent_id": parent_id, "process_id": work.process.id}
        )
        if is_cycle or not found:
            reasons["parent_id"] = ["The selected parent id is invalid."]
    answered = Change(process=work.process, tasks=(), events=())
    if update.data.prerun:
        try:
            answered = save_kickoff(
                work.process, update.data.prerun, work.at, register.house, register.directory
            )
        except Refused as refusal:
            reasons |= refusal.reasons
    if reasons:
        raise invalid(reasons)
    return answered


def _why_wrong_people(update: Update, register: Register) -> dict[str, list[str]]:
    """New people must be assignable, the owner active; whoever stays may have left meanwhile."""
    changed, current = update.changed, update.current
    reasons: dict[str, list[str]] = {}
    if "owner_id" in changed and changed["owner_id"] not in register.directory.active:
        reasons["owner_id"] = ["The selected owner id is invalid."]
    users, groups = (
        tuple(one for one in changed.get(name, ()) if one not in current[name])
        for name in ("users", "groups")
    )
    wrong = why_unassignable(People(users, (), groups), register.directory, "")
    return reasons | {name.lstrip("."): messages for name, messages in wrong.items()}


async def _write(work: CalledWork, update: Update, answered: Change) -> None:
    changed = update.changed
    events = (*answered.events, *(_changed_event(work.process.id, name, update.current[name], value)
                                  for name, value in sorted(changed.items())))  # fmt: skip
    if not events:
        return
    await _set_columns(work, changed)
    process = replace(answered.process, owner_id=changed.get("owner_id", work.process.owner_id))
    involved = bool(changed.keys() & {"owner_id", "users", "groups"})
    await work.save(Change(process=process, tasks=answered.tasks, events=events), involved=involved)
    await replace_filing(
        work.tenant, work.call.numbers, work.process.id, changed.get("tags"), changed.get("folders"), work.at
    )


def _changed_event(process_id: UUID, name: str, old: Any, new: Any) -> Event:
    return Event(
        verb="updated",
        kind="Process",
        subject="process",
        subject_id=process_id,
        description=f"Changed the {CALLED.get(name, name.replace('_', ' '))} of the process",
        field=name,
        old=_plain(old),
        new=_plain(new),
    )


def _plain(value: Any) -> Any:
    match value:
        case UUID():
            return value.hex
        case list():
            return [_plain(one) for one in value]
        case datetime():
            return value.strftime("%Y-%m-%dT%H:%M:%SZ")
        case _:
            return value


async def _set_columns(work: CalledWork, changed: Mapping[str, Any]) -> None:
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
