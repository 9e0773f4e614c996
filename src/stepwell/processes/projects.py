"""Projects: processes without a template, which hold one-off tasks only (P-130)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid5

from stepwell.db.ids import new_id
from stepwell.db.pool import Tenant
from stepwell.engine.completion import settled_change
from stepwell.engine.model import Event, Process, Task
from stepwell.errors import Forbidden, invalid
from stepwell.events.log import Author
from stepwell.http.call import Call
from stepwell.people.directory import Mentioned, Register, register_of
from stepwell.processes.filing import file_process, filing_of
from stepwell.processes.launch_rows import write_launch
from stepwell.processes.queries import process_answer
from stepwell.processes.schemas import LONGEST_NAME, LaunchProcess
from stepwell.templates.commands import set_star

TITLE = "MISC"


def misc_template(organization_id: UUID) -> UUID:
    """The id that all projects of an organization have as that of their template, which does not exist as such."""
    return uuid5(organization_id, TITLE)


def project(starter_id: int, at: datetime) -> Process:
    """A new project of this member's, still without tasks."""
    return Process(id=new_id(), version=None, starter_id=starter_id, owner_id=starter_id, created_at=at)


async def write_project(
    call: Call,
    tenant: Tenant,
    process: Process,
    name: str,
    register: Register,
    *,
    events: Iterable[Event] = (),
    definitions: Mapping[UUID, Any] = MappingProxyType({}),
    **columns: Any,
) -> None:
    """Write a new project with the tasks it has; `columns` override those of a plain one."""
    created = Event(
        verb="created",
        kind="Process",
        subject="process",
        subject_id=process.id,
        description=f"Launched process: {name}",
        new=name,
    )
    change = settled_change(None, process, process.created_at, (created, *events))
    plain = _columns(tenant.organization_id, name[:LONGEST_NAME])
    author = Author(call.member.user_id)
    await write_launch(
        call.numbers, tenant, author, change, register, plain | columns, process.created_at, definitions
    )


def _columns(organization_id: UUID, name: str) -> dict[str, Any]:
    return {
        "template_id": misc_template(organization_id),
        "template_title": TITLE,
        "version_id": None,
        "type": "procedure",
        "name": name,
        "summary": None,
        "parent_id": None,
        "kickoff_fields": 0,
        "assign_someone_else": True,
        "can_add_oot": True,
        "is_public": False,
        "hidden_fields": "[]",
        "users": [],
        "groups": [],
        "everyone_reads": True,
        "reader_users": [],
        "reader_groups": [],
        "custom_fields": "{}",
        "origin": "api",
        "origin_id": None,
        "depth": 0,
    }


class NoDemands:
    """What a template would demand of filing; a project has none."""

    folderize_process = False
    tag_process = False
    default_folder = None
    folder_changeable_by_launcher = True


async def start_project(call: Call, data: LaunchProcess) -> str:
    """Start an empty project. Returns its JSON.

    Raises Forbidden for light members, and Refused without a name or with all else that is wrong.
    """
    if call.member.is_light:
        raise Forbidden("Light members cannot start a project.")
    async with call.db.transaction(call.member) as tenant:
        owner = data.owner_id or call.member.user_id
        mentioned = Mentioned(users={owner, call.member.user_id, *data.users}, groups=set(data.groups))
        register = await register_of(tenant, mentioned)
        filing, reasons = await filing_of(tenant, NoDemands(), data)
        if data.name is None:
            reasons["name"] = ["The name field is required."]
        if owner not in register.directory.active:
            reasons["owner_id"] = ["The selected owner id is invalid."]
        if not register.directory.assignable.issuperset(data.users):
            reasons["users"] = ["Some users are not valid members of this organization"]
        if not register.directory.groups.keys() >= set(data.groups):
            reasons["groups"] = ["Some groups are not valid groups of this organization"]
        if reasons or data.name is None:
            raise invalid(reasons)
        at = call.services.clock()
        process = replace(project(call.member.user_id, at), owner_id=owner)
        await write_project(
            call, tenant, process, data.name, register,
            summary=data.summary, parent_id=data.parent_id, assign_someone_else=data.assign_someone_else,
            is_public=data.is_public, hidden_fields=json.dumps(data.publicly_hidden_fields),
            users=list(dict.fromkeys(data.users)), groups=list(dict.fromkeys(data.groups)),
        )  # fmt: skip
        await file_process(tenant, call.numbers, process.id, filing, at)
        if data.starred:
            await set_star(tenant, call.member, process.id, True)
        return await process_answer(tenant, call, process.id)


def with_tasks(process: Process, tasks: Iterable[Task]) -> Process:
    """The project with these tasks, in their order."""
    placed = (replace(task, position=place) for place, task in enumerate(tasks, start=1))
    return process.having(*placed)
