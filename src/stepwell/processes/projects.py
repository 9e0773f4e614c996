"""A process without a template: a project, to which one-off tasks are added.

It belongs to the organization's own hidden template MISC, which is no row: its id is the organization's.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from stepwell.db.ids import new_id
from stepwell.db.pool import Tenant
from stepwell.engine.model import Change, Event, Process
from stepwell.http.call import Call
from stepwell.people.directory import Register
from stepwell.processes.launch_rows import write_launch

MISC = "MISC"


async def start_project(
    call: Call, tenant: Tenant, register: Register, name: str, owner_id: int, at: datetime, **columns: Any
) -> Process:
    """Start a project of the caller's. `columns` replace the defaults of `processes`, such as `summary`.

    `register` must know the caller and the owner.
    """
    process = Process(
        id=new_id(), version=None, starter_id=call.member.user_id, owner_id=owner_id, created_at=at
    )
    event = Event(verb="created", kind="Process", subject="process", subject_id=process.id,
                  description=f"Launched process: {name}", new=name)  # fmt: skip
    change = Change(process=process, tasks=(), events=(event,))
    defaults = {
        "template_id": tenant.organization_id, "template_title": MISC, "version_id": None, "type": "procedure",
        "name": name, "summary": None, "parent_id": None, "kickoff_fields": 0, "assign_someone_else": True,
        "can_add_oot": True, "is_public": False, "hidden_fields": "[]", "users": [], "groups": [],
        "everyone_reads": True, "reader_users": [], "reader_groups": [], "custom_fields": "{}", "origin": "api",
    }  # fmt: skip
    await write_launch(call, tenant, change, register, defaults | columns, at)
    return process
