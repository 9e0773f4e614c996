"""Launching a process: the template's frozen version, what the launcher wants, and all of it written at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from stepwell.access.members import Member
from stepwell.db.ids import new_id
from stepwell.db.pool import Tenant
from stepwell.engine.assignment import why_unassignable
from stepwell.engine.calendar import end_of_day
from stepwell.engine.launch import Launch, StepLaunch, launch
from stepwell.engine.model import Event, House, People, Process, Version
from stepwell.errors import Forbidden, Refused, invalid
from stepwell.events.log import Author
from stepwell.http.call import Call
from stepwell.http.values import uuid_of
from stepwell.people.answers import people_named_in
from stepwell.people.directory import Mentioned, Register, register_of
from stepwell.processes.filing import file_process, filing_of
from stepwell.processes.launch_rows import write_launch
from stepwell.processes.launched_template import (
    UNKNOWN_TEMPLATE,
    LaunchedTemplate,
    find_launched,
    mentioned_by,
    version_to_launch,
)
from stepwell.processes.naming import process_name
from stepwell.processes.projects import start_project
from stepwell.processes.queries import process_answer
from stepwell.processes.schemas import LaunchProcess, TaskOverride, step_key
from stepwell.processes.titles import names_in
from stepwell.templates.commands import set_star

NO_LAUNCH = "Permission denied: cannot launch process from this template."


async def launch_process(call: Call, data: LaunchProcess) -> str:
    """Launch a process. Returns its JSON.

    Raises Forbidden without the right to launch, and Refused with everything that is wrong (T-101).
    """
    if data.empty_process and data.checklist_id is None and data.checklist_public_name is None:
        return await start_project(call, data)
    async with call.db.transaction(call.member) as tenant:
        template = await _template(tenant, call.member, data)
        starter = _starter(call.member, data)
        version = await version_to_launch(call.services, tenant, call.member, template)
        register = await register_of(tenant, mentioned_in_launch(version, data, call.member))
        filing, reasons = await filing_of(tenant, template, data)
        reasons |= why_wrong_launch(version, data, register)
        at = call.services.clock()
        numbers = iter(await call.numbers.take(tenant.organization_id, "task", len(version.steps)))
        wanted = wanted_launch(version, data, register.house, new_id(), starter)
        try:
            change = launch(
                version, wanted, register.house, register.directory, at, new_id, lambda: next(numbers)
            )
        except Refused as refusal:
            raise invalid(reasons | refusal.reasons) from None
        if reasons:
            raise invalid(reasons)
        name = await _name(tenant, template, version, data, change.process, register.house, at)
        change = replace(change, events=tuple(named(event, name) for event in change.events))
        columns = launch_columns(template, version, data, name)
        await write_launch(call.numbers, tenant, Author(call.member.user_id), change, register, columns, at)
        await file_process(tenant, call.numbers, change.process.id, filing, at)
        if data.starred:
            await set_star(tenant, call.member, change.process.id, True)
        return await process_answer(tenant, call, change.process.id)


def _starter(member: Member, data: LaunchProcess) -> int:
    """Only an administrator may launch in another member's name."""
    starter = data.user_id or member.user_id
    if starter != member.user_id and not member.is_admin:
        raise Forbidden("Only an administrator may launch a process for somebody else.")
    return starter


async def _name(
    tenant: Tenant,
    template: LaunchedTemplate,
    version: Version,
    data: LaunchProcess,
    process: Process,
    house: House,
    at: datetime,
) -> str:
    names = await names_in(tenant, process) if template.naming.is_automatic else {}
    return process_name(version, template.naming, data.name, process.values, names, house, at)


def named(event: Event, name: str) -> Event:
    """The name is known only after the answers have been checked."""
    is_launch = event.verb == "created" and event.subject == "process"
    return replace(event, description=f"Launched process: {name}", new=name) if is_launch else event


async def _template(tenant: Tenant, member: Member, data: LaunchProcess) -> LaunchedTemplate:
    if data.checklist_id is None and data.checklist_public_name is None:
        raise invalid({"checklist_id": ["The checklist id field is required."]})
    template = await find_launched(tenant, member, data.checklist_id, data.checklist_public_name)
    if template is None:
        raise invalid(UNKNOWN_TEMPLATE)
    governs = member.is_admin or member.user_id in (template.created_by, template.owner_id)
    if not governs and "PROCESS_LAUNCH" not in template.grants:
        raise Forbidden(NO_LAUNCH)
    if template.archived_at is not None:
        raise invalid(UNKNOWN_TEMPLATE)
    return template


def wanted_launch(
    version: Version, data: LaunchProcess, house: House, process_id: UUID, starter: int
) -> Launch:
    """What the engine is to launch; the name is found later."""
    return Launch(
        process_id=process_id,
        name="",
        starter_id=starter,
        owner_id=data.owner_id or starter,
        answers=data.prerun,
        steps=_steps(version, data.tasks, house),
        people_by_role=_roles(data),
    )


def mentioned_in_launch(version: Version, data: LaunchProcess, member: Member) -> Mentioned:
    """Everybody whom a launch may have to do with."""
    mentioned = mentioned_by(version)
    mentioned.users |= {member.user_id, *data.users}
    mentioned.groups |= set(data.groups)
    mentioned.users |= {user for user in (data.owner_id, data.user_id) if user}
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
    return {role: bucket.people() for key, bucket in (data.roles or {}).items() if (role := uuid_of(key))}


def why_wrong_launch(version: Version, data: LaunchProcess, register: Register) -> dict[str, list[str]]:
    """What is wrong with what was sent, beside the answers and the people of steps, which the engine checks."""
    return _why_wrong_people(register, data) | _why_wrong_keys(version, data)


def _why_wrong_people(register: Register, data: LaunchProcess) -> dict[str, list[str]]:
    """Owner and starter are active members, run members and groups exist."""
    reasons: dict[str, list[str]] = {}
    for name in ("owner_id", "user_id"):
        user = getattr(data, name)
        if user is not None and user not in register.directory.active:
            reasons[name] = [f"The selected {name.replace('_', ' ')} is invalid."]
    wrong = why_unassignable(People(tuple(data.users), (), tuple(data.groups)), register.directory, "")
    return reasons | {name.lstrip("."): messages for name, messages in wrong.items()}


def _why_wrong_keys(version: Version, data: LaunchProcess) -> dict[str, list[str]]:
    """Keys of `tasks` that are no step of the template, and keys of `roles` that are no id."""
    known = _steps_by_key(version)
    steps = {f"tasks.{key}": ["This is not a step of the template."]
             for key in data.tasks if step_key(key) not in known}  # fmt: skip
    roles = {f"roles.{key}": ["This job title does not exist."]
             for key in data.roles or {} if uuid_of(key) is None}  # fmt: skip
    return steps | roles


def _steps_by_key(version: Version) -> dict[str, UUID]:
    by_alias = {step.alias: step.id for step in version.steps}
    return by_alias | {step.id.hex: step.id for step in version.steps}


def _steps(version: Version, overrides: Mapping[str, TaskOverride], house: House) -> dict[UUID, StepLaunch]:
    """The overrides by step id; a key is a step's id or its alias, and any other key is left out."""
    by_key = _steps_by_key(version)
    steps: dict[UUID, StepLaunch] = {}
    for key, override in overrides.items():
        step_id = by_key.get(step_key(key))
        if step_id is None:
            continue
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
        **_own_columns(data),
        "kickoff_fields": len(version.kickoff),
        "can_add_oot": template.can_add_oot,
        "everyone_reads": bool(template.everyone_reads),
        "reader_users": list(dict.fromkeys(template.reader_users)),
        "reader_groups": list(dict.fromkeys(template.reader_groups)),
        "custom_fields": json.dumps(template.custom_fields),
        "origin": "api",
        "origin_id": None,
        "depth": 0,
    }


def _own_columns(data: LaunchProcess) -> dict[str, Any]:
    """The columns that are the launcher's alone to say."""
    return {
        "summary": data.summary,
        "parent_id": data.parent_id,
        "assign_someone_else": data.assign_someone_else,
        "is_public": data.is_public,
        "hidden_fields": json.dumps(data.publicly_hidden_fields),
        "users": list(dict.fromkeys(data.users)),
        "groups": list(dict.fromkeys(data.groups)),
    }
