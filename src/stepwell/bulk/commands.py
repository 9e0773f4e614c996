"""One action on many processes or tasks: the ordinary command for each, one after the other (P-228).

What one of them refuses does not keep the others from it.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import psycopg

from stepwell.access.members import ADMINS, EVERY_ROLE, FULL_MEMBERS, require_role
from stepwell.bulk.schemas import ManyProcesses, ManyTasks, Parameters
from stepwell.db.pool import RETRIES
from stepwell.errors import Conflict, Forbidden, NotFound, Refused, TooMany, invalid
from stepwell.http.call import Call
from stepwell.processes.commands import archive_process, delete_process, restore_process
from stepwell.processes.schemas import UpdateProcess
from stepwell.processes.updating import update_process
from stepwell.tags.attaching import attach_tag
from stepwell.tags.schemas import AttachTag
from stepwell.tasks.archiving import archive_task, restore_task
from stepwell.tasks.completing import complete_task, reopen_task
from stepwell.tasks.edit_schemas import UpdateTask
from stepwell.tasks.schemas import CompleteTask, ReopenTask
from stepwell.tasks.updating import update_task

Act = Callable[[UUID], Awaitable[object]]
ROLES = {
    "delete": ADMINS, "archive": FULL_MEMBERS, "activate": FULL_MEMBERS, "tag": FULL_MEMBERS,
    "move-folder": FULL_MEMBERS,
}  # fmt: skip
"""Who may do it at all; the command of each object says who may do it there."""

WANTED = {
    "assign": "owners", "deadline": "deadline", "tag": "tag_id", "move-folder": "folder_id", "owner": "owner_id",
}  # fmt: skip


async def change_tasks(call: Call, data: ManyTasks) -> str:
    """Do something with tasks. Returns the JSON of what became of each. Raises Forbidden, or Refused without what
    it takes."""
    if data.action == "tag":
        require_role(call.member, FULL_MEMBERS)
    return await _each(data.task_ids, _for_task(call, data.action, _wanted(data.action, data.params)))


async def change_processes(call: Call, data: ManyProcesses) -> str:
    """Do something with processes. Returns the JSON of what became of each. Raises Forbidden, or Refused without
    what it takes."""
    require_role(call.member, ROLES.get(data.action, EVERY_ROLE))
    return await _each(data.run_ids, _for_process(call, data.action, _wanted(data.action, data.params)))


def _wanted(action: str, params: Parameters) -> Parameters:
    name = WANTED.get(action)
    if name is not None and name not in params.model_fields_set:
        raise invalid({f"params.{name}": [f"The {name.replace('_', ' ')} field is required."]})
    return params


def _for_task(call: Call, action: str, params: Parameters) -> Act:
    match action:
        case "complete":
            approved = params.is_approved if "is_approved" in params.model_fields_set else None
            return lambda one: complete_task(call, CompleteTask(task_id=one, is_approved=approved))
        case "reopen":
            return lambda one: reopen_task(call, one, ReopenTask())
        case "archive":
            return lambda one: archive_task(call, one)
        case "restore":
            return lambda one: restore_task(call, one)
        case "tag":
            return lambda one: attach_tag(call, _tag(one, "Task", params))
        case _:
            change = UpdateTask.model_construct(**_changed(action, params))
            return lambda one: update_task(call, one, change)


def _for_process(call: Call, action: str, params: Parameters) -> Act:
    match action:
        case "archive":
            return lambda one: archive_process(call, one)
        case "activate":
            return lambda one: restore_process(call, one)
        case "delete":
            return lambda one: delete_process(call, one)
        case "tag":
            return lambda one: attach_tag(call, _tag(one, "Run", params))
        case _:
            change = UpdateProcess.model_construct(**_changed(action, params))
            return lambda one: update_process(call, one, change)


def _changed(action: str, params: Parameters) -> dict[str, Any]:
    """The keys of a PUT that do the same."""
    match action:
        case "assign":
            return {"owners": params.owners}
        case "deadline":
            return {"deadline": params.deadline}
        case "move-folder":
            return {"folders": [params.folder_id]}
        case "owner":
            return {"owner_id": params.owner_id}
        case _:
            return {"starred": params.starred}


def _tag(subject_id: UUID, kind: str, params: Parameters) -> AttachTag:
    return AttachTag.read({"tag_id": params.tag_id.hex, "subject_id": subject_id.hex, "subject_type": kind})


async def _each(ids: Sequence[UUID], act: Act) -> str:
    outcomes = [await _outcome(one, act) for one in dict.fromkeys(ids)]
    return json.dumps(outcomes, ensure_ascii=False)


async def _outcome(one: UUID, act: Act) -> dict[str, Any]:
    for attempt in range(RETRIES):
        try:
            await act(one)
        except (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected):
            if attempt == RETRIES - 1:
                raise
        except NotFound:
            return {"id": one.hex, "ok": False, "message": "Resource not found"}
        except Refused as refusal:
            reasons = [message for messages in refusal.reasons.values() for message in messages]
            return {"id": one.hex, "ok": False, "message": " ".join(reasons) or refusal.message}
        except (Forbidden, Conflict, TooMany) as refusal:
            return {"id": one.hex, "ok": False, "message": refusal.message}
        else:
            break
    return {"id": one.hex, "ok": True, "message": None}
