"""Changing a task: only what is sent changes, and all that is wrong is told at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from stepwell.engine.assignment import OwnersChange
from stepwell.engine.completion import assign, move_deadline, save_answers
from stepwell.engine.dates import written
from stepwell.engine.editing import edited, with_form
from stepwell.engine.hand import hide, show
from stepwell.engine.model import TaskStatus
from stepwell.engine.order import moved
from stepwell.errors import Forbidden, Refused, invalid, refused
from stepwell.http.call import Call
from stepwell.people.answers import people_named_in
from stepwell.people.directory import Mentioned, Register
from stepwell.processes.filing import replace_filing, why_unknown
from stepwell.processes.launching import instant_of
from stepwell.tasks.access import require_edit, require_work
from stepwell.tasks.completing import complete_in, refuse_closed, reopen_in
from stepwell.tasks.creating import CUSTOM_FIELDS, start_of
from stepwell.tasks.definitions import Definition, changed_definitions, compiled
from stepwell.tasks.edit_schemas import UpdateTask, owners_change
from stepwell.tasks.frames import TaskWork, working_on_task
from stepwell.tasks.queries import task_answer
from stepwell.tasks.schemas import CompleteTask, ReopenTask

PROPERTIES = {
    "title": "title", "summary": "summary", "is_soft_start_date": "soft_start", "task_type": "type",
    "max_assignable": "max_assignable", "webhook": "webhook", "prevent_guest_comment": "prevent_guest_comment",
    "top_secret": "top_secret", "everyone_must_complete": "everyone_must_complete",
    "can_complete_only_assignees": "only_assignees", "send_chromeless": "send_chromeless", "stage_id": "stage_id",
}  # fmt: skip
AFTER_COMPLETION = frozenset({"tags", "folders", "custom_fields", "top_secret", "position"})
NOT_EDITING = frozenset({"taskdata", "status", "is_approved", "completed_at"})
OPEN = (TaskStatus.NOT_STARTED, TaskStatus.IN_PROGRESS)


async def update_task(call: Call, task_id: UUID, data: UpdateTask, process_id: UUID | None = None) -> str:
    """Change what was sent. Returns the task's JSON. Raises NotFound, Forbidden or Refused."""
    async with working_on_task(call, task_id, process_id) as work:
        definitions = await update_in(work, data)
        await write_update(work, data, definitions)
        return await task_answer(work.tenant, call, task_id)


async def update_in(work: TaskWork, data: UpdateTask) -> list[Definition] | None:
    """All decisions about the task in hand; its form if that was replaced. Raises Forbidden or Refused."""
    sent = data.model_fields_set
    _require_rights(work, data)
    register = await work.know(_mentioned(data))
    if "status" in sent and work.task.completed and data.status in OPEN:
        await reopen_in(work, ReopenTask())
    _refuse_closed(work, sent)
    reasons: dict[str, list[str]] = {}
    definitions = await _form(work, data, reasons)
    await _set_properties(work, data, register, reasons)
    with collecting(reasons):
        if "taskdata" in sent:
            work.follow(save_answers(work.process, work.task_id, data.taskdata, work.at, register.directory))
    with collecting(reasons):
        if "owners" in sent and (change := owners_change(data.owners)) != OwnersChange():
            work.follow(
                assign(
                    work.process, work.task_id, change, work.actor, work.at, work.house, register.directory
                )
            )
    if reasons:
        raise invalid(reasons)
    if "position" in sent:
        work.follow(moved(work.process, work.task_id, data.position, work.at))
    if "status" in sent:
        await _set_status(work, data)
    return definitions


async def write_update(work: TaskWork, data: UpdateTask, definitions: list[Definition] | None) -> None:
    """Write what was decided, and what stands beside the task: form, tags, folders, custom fields."""
    if data.model_fields_set or work.events:
        work.touch()
    await work.save()
    if definitions is not None:
        wanted = {"fields": json.dumps(definitions, ensure_ascii=False), "task_id": work.task_id}
        await work.tenant.execute(FORM, wanted)
    sent = data.sent("tags", "folders")
    if sent:
        await replace_filing(
            work.tenant,
            work.call.numbers,
            work.task_id,
            sent.get("tags"),
            sent.get("folders"),
            work.at,
            "Task",
        )
    if "custom_fields" in data.model_fields_set:
        custom = json.dumps(data.custom_fields, ensure_ascii=False)
        await work.tenant.execute(CUSTOM_FIELDS, {"custom_fields": custom, "ids": [work.task_id]})


FORM = "UPDATE tasks SET fields = %(fields)s WHERE organization_id = %(organization_id)s AND id = %(task_id)s"
CURRENT_FORM = "SELECT fields FROM tasks WHERE organization_id = %(organization_id)s AND id = %(task_id)s"
STAGE = """
    SELECT 1 FROM process_stages
     WHERE organization_id = %(organization_id)s AND process_id = %(process_id)s AND id = %(stage_id)s
"""


@contextmanager
def collecting(reasons: dict[str, list[str]]) -> Iterator[None]:
    """Gather wrong fields instead of stopping at the first; a refusal that names no field goes on."""
    try:
        yield
    except Refused as refusal:
        if not refusal.reasons:
            raise
        reasons.update(refusal.reasons)


def _require_rights(work: TaskWork, data: UpdateTask) -> None:
    """A value that is sent as it is needs no right: clients send whole tasks back (P-202)."""
    member, task = work.call.member, work.task
    require_work(member, task, mine=work.mine)
    if member.is_light and _changes(work, data):
        require_edit(member, task, mine=work.mine)
    owners = owners_change(data.owners) if "owners" in data.model_fields_set else OwnersChange()
    if (
        _differs(work, owners)
        and work.mine
        and not work.governed
        and not work.base.loaded.assign_someone_else
    ):
        raise Forbidden("The assignees of this process may not change who is assigned.")


def _changes(work: TaskWork, data: UpdateTask) -> set[str]:
    """The keys beyond answers and status whose values differ from the present ones."""
    task = work.task
    changed = {
        name for name, value in data.sent(*PROPERTIES).items() if getattr(task, PROPERTIES[name]) != value
    }
    sent = data.model_fields_set
    if "deadline" in sent and instant_of(data.deadline, work.house) != task.deadline:
        changed.add("deadline")
    if "started_at" in sent and start_of(data.started_at, work.house) != task.starts_at:
        changed.add("started_at")
    if "position" in sent and data.position != task.position:
        changed.add("position")
    if "owners" in sent and _differs(work, owners_change(data.owners)):
        changed.add("owners")
    return changed | (sent & {"tags", "folders", "custom_fields", "form_fields"}) | (
        {"status"} if "status" in sent and data.status is TaskStatus.HIDDEN else set()
    )  # fmt: skip


def _differs(work: TaskWork, owners: OwnersChange) -> bool:
    people = work.task.people
    pairs = ((owners.users, people.users), (owners.guests, people.guests), (owners.groups, people.groups))
    return bool(owners.add or owners.remove) or any(
        bucket is not None and set(bucket) != set(present) for bucket, present in pairs
    )


def _mentioned(data: UpdateTask) -> Mentioned:
    mentioned = Mentioned()
    if "owners" in data.model_fields_set:
        for bucket in (data.owners, data.owners.add, data.owners.remove):
            if bucket is not None:
                mentioned.add(bucket.people())
    for value in data.taskdata.values():
        mentioned.add(people_named_in(value))
    return mentioned


def _refuse_closed(work: TaskWork, sent: set[str]) -> None:
    """Raises Refused for an archived, frozen or completed task; some things may change after completion (P-314)."""
    if work.process.archived_at is not None:
        raise refused("status", "Cannot update archived processes.")
    if work.task.archived_at is not None:
        raise refused("status", "This task is archived.")
    if work.process.issues:
        raise refused("status", "This process has an open issue. Resolve it first.")
    if not work.task.completed:
        return
    if "status" in sent:
        refuse_closed(work.process, work.task)
    if sent - AFTER_COMPLETION:
        raise refused("status", "A completed task cannot be updated.")


async def _form(work: TaskWork, data: UpdateTask, reasons: dict[str, list[str]]) -> list[Definition] | None:
    if "form_fields" not in data.model_fields_set:
        return None
    if not work.task.oneoff:
        reasons["form_fields"] = ["Only one-off tasks have a form of their own."]
        return None
    current = await work.tenant.fetch_value(CURRENT_FORM, {"task_id": work.task_id})
    definitions: list[Definition] | None = None
    with collecting(reasons):
        definitions = changed_definitions(current, data.form_fields, work.at)
        work.follow(with_form(work.process, work.task_id, compiled(definitions), work.at))
    return definitions


async def _set_properties(
    work: TaskWork, data: UpdateTask, register: Register, reasons: dict[str, list[str]]
) -> None:
    sent = data.model_fields_set
    properties: dict[str, Any] = {PROPERTIES[name]: value for name, value in data.sent(*PROPERTIES).items()}
    if "title" in sent:
        properties["original_title"] = data.title
    if "started_at" in sent:
        properties["starts_at"] = start_of(data.started_at, work.house)
    if data.stage_id is not None and "stage_id" in sent:
        wanted = {"process_id": work.process_id, "stage_id": data.stage_id}
        if await work.tenant.fetch_first(STAGE, wanted) is None:
            reasons["stage_id"] = ["The selected stage id is invalid."]
    if "max_assignable" in sent and data.max_assignable:
        users, guests = register.directory.expanded(work.task.people)
        if "owners" not in sent and len(users) + len(guests) > data.max_assignable:
            reasons["max_assignable"] = ["More people than that are assigned to this task."]
    reasons |= await why_unknown(work.tenant, tags=data.tags, folders=data.folders)
    with collecting(reasons):
        work.follow(edited(work.process, work.task_id, properties, work.at))
    if "deadline" in sent:
        deadline = instant_of(data.deadline, work.house)
        if deadline is None or work.task.deadline is None or written(deadline) != written(work.task.deadline):
            work.follow(move_deadline(work.process, work.task_id, deadline, work.at, work.house))


async def _set_status(work: TaskWork, data: UpdateTask) -> None:
    """A change of status is the action that leads there: completing, reopening, hiding, showing."""
    task = work.task
    if data.status is TaskStatus.COMPLETED:
        await complete_in(work, CompleteTask(task_id=work.task_id, is_approved=data.is_approved))
        if data.completed_at is not None and work.call.member.is_admin and data.completed_at <= work.at:
            work.follow(edited(work.process, work.task_id, {"completed_at": data.completed_at}, work.at))
    elif data.status is TaskStatus.HIDDEN:
        if task.visible:
            work.follow(hide(work.process, work.task_id, work.at))
    elif task.status is TaskStatus.HIDDEN:
        work.follow(show(work.process, work.task_id, work.at, work.house))
    elif not task.completed and task.status != data.status:
        work.follow(edited(work.process, work.task_id, {"status": data.status}, work.at))
