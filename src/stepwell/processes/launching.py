"""Launching a process: the template's frozen version, what the launcher wants, and all of it written at once."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from stepwell.access.members import Member
from stepwell.db.ids import new_id
from stepwell.db.pool import Tenant
from stepwell.engine.assignment import refuse_unassignable
from stepwell.engine.calendar import end_of_day
from stepwell.engine.launch import Launch, StepLaunch, launch
from stepwell.engine.model import Change, House, People, Process, Version
from stepwell.errors import Forbidden, Refused, invalid
from stepwell.events.log import Author, Subject, append
from stepwell.http.call import Call
from stepwell.people.answers import people_named_in
from stepwell.people.directory import Mentioned, Register, ensure_guests, register_of
from stepwell.processes.filing import check_filing, file_process
from stepwell.processes.naming import process_name
from stepwell.processes.queries import process_json
from stepwell.processes.schemas import LaunchProcess, TaskOverride, step_key
from stepwell.processes.store import counted, insert_tasks, save_people
from stepwell.processes.viewers import sync_viewers
from stepwell.templates.access import GRANTS, find_template, wanted_of
from stepwell.templates.commands import set_star
from stepwell.templates.versions import freeze

NO_LAUNCH = "Permission denied: cannot launch process from this template."
UNKNOWN_TEMPLATE = {"checklist_id": ["The selected checklist id is invalid."]}

TEMPLATE = (
    """
    SELECT template.id, template.title, template.created_by, template.owner_id, template.archived_at,
           template.draft_version_id, template.published_version_id, template.dual_version_enabled,
           template.auto_naming, template.default_process_name_format, template.allow_launcher_change_name,
           template.can_add_oot, template.folderize_process, template.tag_process, template.default_folder,
           template.folder_changeable_by_launcher, template.is_public, template.custom_fields,
           reading.everyone, reading.users, reading.groups, """
    + GRANTS
    + """
      FROM templates template
      LEFT JOIN template_permissions reading
             ON reading.organization_id = template.organization_id AND reading.template_id = template.id
                AND reading.permission = 'PROCESS_READ'
     WHERE template.organization_id = %(organization_id)s
       AND (template.id = %(template_id)s OR template.alias = %(alias)s)
"""
)


@dataclass(frozen=True, slots=True)
class LaunchedTemplate:
    """What a launch must know of the template besides its version."""

    id: UUID
    title: str
    created_by: int
    owner_id: int
    archived_at: datetime | None
    draft_version_id: UUID | None
    published_version_id: UUID | None
    dual_version_enabled: bool
    auto_naming: bool
    default_process_name_format: str | None
    allow_launcher_change_name: bool
    can_add_oot: bool
    folderize_process: bool
    tag_process: bool
    default_folder: UUID | None
    folder_changeable_by_launcher: bool
    is_public: bool
    custom_fields: dict[str, Any]
    everyone_reads: bool | None
    reader_users: list[int] | None
    reader_groups: list[UUID] | None
    grants: list[str]

    @property
    def naming(self) -> dict[str, Any]:
        return {
            "auto_naming": self.auto_naming,
            "default_process_name_format": self.default_process_name_format,
            "allow_launcher_change_name": self.allow_launcher_change_name,
        }


async def launch_process(call: Call, data: LaunchProcess) -> str:
    """Launch a process. Returns its JSON.

    Raises Forbidden without the right to launch, and Refused with everything that is wrong (T-101).
    """
    async with call.db.transaction(call.member) as tenant:
        template = await _template(tenant, call.member, data)
        version = await _version(call, tenant, template)
        register = await register_of(tenant, _mentioned(version, data, call.member))
        starter = data.user_id if data.user_id and call.member.is_admin else call.member.user_id
        await _check_people(register, data)
        filing = await check_filing(tenant, template, data)
        at = call.services.clock()
        numbers = iter(await call.numbers.take(tenant.organization_id, "task", len(version.steps)))
        wanted = Launch(
            process_id=new_id(),
            name="",
            starter_id=starter,
            owner_id=data.owner_id or starter,
            answers=data.prerun,
            steps=_steps(version, data.tasks, register.house),
            people_by_role=_roles(data),
        )
        change = launch(
            version, wanted, register.house, register.directory, at, new_id, lambda: next(numbers)
        )
        name = process_name(version, template.naming, data.name, change.process.values, register.house, at)
        await write_launch(call, tenant, change, register, launch_columns(template, version, data, name), at)
        await file_process(tenant, call.numbers, change.process.id, filing, at)
        if data.starred:
            await set_star(tenant, call.member, change.process.id, True)
        return await process_json(tenant, call, change.process.id)


async def _template(tenant: Tenant, member: Member, data: LaunchProcess) -> LaunchedTemplate:
    if data.checklist_id is None and data.checklist_public_name is None:
        raise invalid({"checklist_id": ["The checklist id field is required."]})
    wanted = wanted_of(member) | {"template_id": data.checklist_id, "alias": data.checklist_public_name}
    row = await tenant.fetch_first(TEMPLATE, wanted)
    if row is None:
        raise invalid(UNKNOWN_TEMPLATE)
    template = LaunchedTemplate(*row)
    governs = member.is_admin or member.user_id in (template.created_by, template.owner_id)
    if not governs and "PROCESS_LAUNCH" not in template.grants:
        raise Forbidden(NO_LAUNCH)
    if template.archived_at is not None:
        raise invalid(UNKNOWN_TEMPLATE)
    return template


async def _version(call: Call, tenant: Tenant, template: LaunchedTemplate) -> Version:
    """The version that launches use now; an edited draft is frozen first, under the template's lock (T-032)."""
    version_id = template.draft_version_id
    if template.dual_version_enabled:
        version_id = template.published_version_id
        if version_id is None:
            message = "This template is not published."
            raise Refused(message, {"checklist_id": [message]})
    elif version_id is None:
        locked = await find_template(tenant, call.member, template.id, lock=True)
        version_id = await freeze(tenant, locked, call.member.user_id, call.services.clock())
    return await call.services.versions.version(tenant, version_id)


def _mentioned(version: Version, data: LaunchProcess, member: Member) -> Mentioned:
    mentioned = Mentioned(users={member.user_id, *data.users}, groups=set(data.groups))
    mentioned.users |= {user for user in (data.owner_id, data.user_id) if user}
    for step in version.steps:
        mentioned.add(step.people)
        mentioned.roles.update(step.roles)
    for override in data.tasks.values():
        if override.owners is not None:
            mentioned.add(override.owners.people())
    for people in _roles(data).values():
        mentioned.add(people)
    mentioned.roles.update(_roles(data))
    for value in data.prerun.values():
        mentioned.add(people_named_in(value))
    return mentioned


def _roles(data: LaunchProcess) -> dict[UUID, People]:
    return {UUID(key): bucket.people() for key, bucket in (data.roles or {}).items() if _is_hex(key)}


def _is_hex(key: str) -> bool:
    return step_key(key) != key or len(key) == 32


async def _check_people(register: Register, data: LaunchProcess) -> None:
    """Owner and starter are active members, run members and groups exist. Raises Refused with every wrong key."""
    reasons: dict[str, list[str]] = {}
    for name in ("owner_id", "user_id"):
        user = getattr(data, name)
        if user is not None and user not in register.directory.active:
            reasons[name] = [f"The selected {name.replace('_', ' ')} is invalid."]
    if reasons:
        raise invalid(reasons)
    refuse_unassignable(People(tuple(data.users), (), tuple(data.groups)), register.directory, "run")


def _steps(version: Version, overrides: Mapping[str, TaskOverride], house: House) -> dict[UUID, StepLaunch]:
    """The overrides by step id; a key is a step's id or its alias. Raises Refused for a key that is no step."""
    by_key = {step.id.hex: step.id for step in version.steps} | {
        step.alias: step.id for step in version.steps
    }
    steps: dict[UUID, StepLaunch] = {}
    for key, override in overrides.items():
        step_id = by_key.get(step_key(key))
        if step_id is None:
            raise invalid({f"tasks.{key}": ["This is not a step of the template."]})
        steps[step_id] = StepLaunch(
            owners=override.owners.people() if override.owners is not None else None,
            unassigned=override.unassigned,
            removed=override.removed,
            deadline=instant_of(override.deadline, house),
            starts_at=instant_of(override.started_at, house),
            position=override.position,
            max_assignable=override.max_assignable or None,
            title=override.title,
            summary=override.summary,
        )
    return steps


def instant_of(value: date | datetime | None, house: House) -> datetime | None:
    """A due day alone is the end of that working day (P-476)."""
    if value is None or isinstance(value, datetime):
        return value
    return end_of_day(house, value)


def launch_columns(
    template: LaunchedTemplate, version: Version, data: LaunchProcess, name: str
) -> dict[str, Any]:
    """The columns of a new process that come from the template and from the launcher."""
    return {
        "template_id": template.id,
        "template_title": version.title,
        "version_id": version.id,
        "type": version.type,
        "name": name,
        "summary": data.summary,
        "parent_id": data.parent_id,
        "kickoff_fields": len(version.kickoff),
        "assign_someone_else": data.assign_someone_else,
        "can_add_oot": template.can_add_oot,
        "is_public": data.is_public,
        "hidden_fields": json.dumps(data.publicly_hidden_fields),
        "users": list(dict.fromkeys(data.users)),
        "groups": list(dict.fromkeys(data.groups)),
        "everyone_reads": bool(template.everyone_reads),
        "reader_users": template.reader_users or [],
        "reader_groups": template.reader_groups or [],
        "custom_fields": json.dumps(template.custom_fields),
        "origin": "api",
    }


INSERT = """
    INSERT INTO processes (organization_id, id, number, template_id, template_title, version_id, type, name, summary,
           status, starter_id, owner_id, parent_id, answers, kickoff_fields, kickoff_complete, kickoff_completed_at,
           kickoff_completed_by, assign_someone_else, can_add_oot, is_public, public_token, publicly_hidden_fields,
           users, groups, everyone_reads, reader_users, reader_groups, complete_tasks, visible_tasks, whole_complete,
           whole_tasks, late_completed, open_deadlines, max_deadline, fired_rules, custom_fields, origin, created_at,
           updated_at, completed_at, last_event)
    VALUES (%(organization_id)s, %(id)s, %(number)s, %(template_id)s, %(template_title)s, %(version_id)s, %(type)s,
           %(name)s, %(summary)s, %(status)s, %(starter_id)s, %(owner_id)s, %(parent_id)s, %(answers)s,
           %(kickoff_fields)s, %(kickoff_complete)s, %(kickoff_completed_at)s, %(kickoff_completed_by)s,
           %(assign_someone_else)s, %(can_add_oot)s, %(is_public)s, %(public_token)s, %(hidden_fields)s, %(users)s,
           %(groups)s, %(everyone_reads)s, %(reader_users)s, %(reader_groups)s, %(complete_tasks)s,
           %(visible_tasks)s, %(whole_complete)s, %(whole_tasks)s, %(late_completed)s, %(open_deadlines)s,
           %(max_deadline)s, %(fired)s, %(custom_fields)s, %(origin)s, %(at)s, %(at)s, %(completed_at)s,
           %(last_event)s)
"""
STAGES = """
    INSERT INTO process_stages (organization_id, process_id, id, name, position)
    SELECT %(organization_id)s, %(process_id)s, (stage ->> 'id')::uuid, stage ->> 'name', (stage ->> 'position')::int
      FROM template_versions version, jsonb_array_elements(version.definition -> 'stages') stage
     WHERE version.organization_id = %(organization_id)s AND version.id = %(version_id)s
"""


async def write_launch(
    call: Call, tenant: Tenant, change: Change, register: Register, columns: dict[str, Any], at: datetime
) -> None:
    """Write a new process with its tasks, people, viewers, milestones and events."""
    process = change.process
    number = (await call.numbers.take(tenant.organization_id, "process"))[0]
    emails = {email for task in change.tasks for email in task.people.guests}
    await ensure_guests(tenant, call.numbers, register, emails, at)
    last = len(change.events)
    await tenant.execute(INSERT, counted(process) | _state(process) | columns | {
        "id": process.id, "number": number, "at": at, "last_event": last, "public_token": secrets.token_urlsafe(24),
    })  # fmt: skip
    if change.tasks:
        await insert_tasks(tenant, process, change.tasks, at)
        await save_people(tenant, {}, change.tasks, register)
    if process.version is not None and any(step.stage_id for step in process.version.steps):
        await tenant.execute(STAGES, {"process_id": process.id, "version_id": process.version.id})
    await sync_viewers(tenant, process.id)
    author = Author(call.member.user_id)
    await append(tenant, call.numbers, author, at, Subject("Run", process.id, 0), change.events)


def _state(process: Process) -> dict[str, Any]:
    return {
        "status": process.status,
        "starter_id": process.starter_id,
        "owner_id": process.owner_id,
        "answers": json.dumps(dict(process.values), ensure_ascii=False),
        "kickoff_complete": process.kickoff_complete,
        "kickoff_completed_at": process.kickoff_completed_at,
        "kickoff_completed_by": process.kickoff_completed_by,
        "completed_at": process.completed_at,
        "fired": list(process.fired),
    }
