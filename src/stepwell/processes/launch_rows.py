"""The rows of a new process: itself, its tasks and their people, milestones, tags and events, written at once."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from stepwell.db.ids import Numbers
from stepwell.db.pool import Tenant
from stepwell.engine.model import Change, Event, Process, Stage, Step, Task
from stepwell.engine.progress import counts
from stepwell.events.log import Author, Subject, append_to_several
from stepwell.people.directory import Register, ensure_guests
from stepwell.processes.refusals import with_refusals_told
from stepwell.processes.store import counted, insert_tasks, save_people
from stepwell.processes.titles import retitled
from stepwell.processes.viewers import sync_viewers
from stepwell.webhooks.deferring import webhook_jobs

INSERT = """
    INSERT INTO processes (organization_id, id, number, template_id, template_title, version_id, type, name, summary,
           status, starter_id, owner_id, parent_id, answers, kickoff_fields, kickoff_complete, kickoff_completed_at,
           kickoff_completed_by, assign_someone_else, can_add_oot, is_public, public_token, publicly_hidden_fields,
           users, groups, everyone_reads, reader_users, reader_groups, complete_tasks, visible_tasks, whole_complete,
           whole_tasks, late_completed, problem_tasks, open_deadlines, max_deadline, fired_rules, custom_fields, origin,
           origin_id, chain_depth, created_at, updated_at, completed_at, last_event)
    VALUES (%(organization_id)s, %(id)s, %(number)s, %(template_id)s, %(template_title)s, %(version_id)s, %(type)s,
           %(name)s, %(summary)s, %(status)s, %(starter_id)s, %(owner_id)s, %(parent_id)s, %(answers)s,
           %(kickoff_fields)s, %(kickoff_complete)s, %(kickoff_completed_at)s, %(kickoff_completed_by)s,
           %(assign_someone_else)s, %(can_add_oot)s, %(is_public)s, %(public_token)s, %(hidden_fields)s, %(users)s,
           %(groups)s, %(everyone_reads)s, %(reader_users)s, %(reader_groups)s, %(complete_tasks)s,
           %(visible_tasks)s, %(whole_complete)s, %(whole_tasks)s, %(late_completed)s, %(problem_tasks)s,
           %(open_deadlines)s, %(max_deadline)s, %(fired)s, %(custom_fields)s, %(origin)s, %(origin_id)s,
           %(depth)s, %(at)s, %(at)s, %(completed_at)s, %(last_event)s)
"""
STAGES = """
    INSERT INTO process_stages (organization_id, process_id, id, name, position)
    SELECT %(organization_id)s, %(process_id)s, stage.id, stage.name, stage.position
           + (SELECT coalesce(max(own.position), 0) FROM process_stages own
               WHERE own.organization_id = %(organization_id)s AND own.process_id = %(process_id)s)
      FROM unnest(%(ids)s::uuid[], %(names)s::text[], %(positions)s::int[]) stage (id, name, position)
"""
TASK_TAGS = """
    INSERT INTO tag_associations (organization_id, id, tag_id, subject_type, subject_id, created_at)
    SELECT %(organization_id)s, new.id, tag.id, 'Task', new.task_id, %(at)s
      FROM unnest(%(ids)s::bigint[], %(tags)s::uuid[], %(tasks)s::uuid[]) new (id, tag_id, task_id)
      JOIN tags tag ON tag.organization_id = %(organization_id)s AND tag.id = new.tag_id
"""
CUSTOM_FIELDS = """
    UPDATE tasks task SET custom_fields = new.custom_fields
      FROM jsonb_to_recordset(%(tasks)s) AS new (id uuid, custom_fields jsonb)
     WHERE task.organization_id = %(organization_id)s AND task.id = new.id
"""


async def write_launch(
    numbers: Numbers,
    tenant: Tenant,
    author: Author,
    change: Change,
    register: Register,
    columns: dict[str, Any],
    at: datetime,
    definitions: Mapping[UUID, Any] = MappingProxyType({}),
) -> None:
    """Write a new process with its tasks, people, viewers, milestones and events.

    `columns` are those of the process that the engine does not know (see `launching.launch_columns`), `definitions`
    the own forms of its one-off tasks.
    """
    change = await with_refusals_told(
        tenant, (await retitled(tenant, [(None, change)], register.house))[0], at
    )
    change = replace(change, events=tuple(_with_origin(event, columns) for event in change.events))
    process = change.process
    number = (await numbers.take(tenant.organization_id, "process"))[0]
    emails = {email for task in change.tasks for email in task.people.guests}
    await ensure_guests(tenant, numbers, register, emails, at)
    await tenant.execute(INSERT, counted(counts(process)) | _state(process) | columns | {
        "id": process.id, "number": number, "at": at, "last_event": len(change.events),
        "public_token": new_public_token(),
    })  # fmt: skip
    if change.tasks:
        await insert_tasks(tenant, process, process.id, change.tasks, at, definitions)
        await save_people(tenant, {}, change.tasks, register)
        await inherit(numbers, tenant, process, change.tasks, at)
    if process.version is not None:
        await add_stages(tenant, process.id, process.version.stages)
    await sync_viewers(tenant, process.id)
    subject = Subject("Run", process.id, 0)
    happened = [(subject, change.events)]
    await append_to_several(
        tenant, numbers, author, at, happened, webhook_jobs(tenant.organization_id, happened)
    )


def _with_origin(event: Event, columns: Mapping[str, Any]) -> Event:
    """The log says what launched a process, and by which object (P-035)."""
    if event.verb != "created" or event.subject != "process":
        return event
    source = columns["origin_id"]
    named = {"type": "task", "id": source.hex} if source is not None else {}
    return replace(event, why={"origin": {"launch": columns["origin"], **named}})


async def inherit(
    numbers: Numbers, tenant: Tenant, process: Process, tasks: Iterable[Task], at: datetime
) -> None:
    """The tags and the custom fields of the steps become those of their tasks (P-109)."""
    pairs = [(task, step) for task in tasks if (step := _step_of(process, task)) is not None]
    tagged = [(tag, task.id) for task, step in pairs for tag in step.tags]
    if tagged:
        ids = await numbers.take(tenant.organization_id, "tag_association", len(tagged))
        wanted = {"ids": list(ids), "tags": [tag for tag, _ in tagged], "tasks": [task for _, task in tagged]}
        await tenant.execute(TASK_TAGS, {**wanted, "at": at})
    own = [
        {"id": task.id.hex, "custom_fields": dict(step.custom_fields)}
        for task, step in pairs
        if step.custom_fields
    ]
    if own:
        await tenant.execute(CUSTOM_FIELDS, {"tasks": json.dumps(own, ensure_ascii=False)})


async def add_stages(tenant: Tenant, process_id: UUID, stages: Sequence[Stage]) -> None:
    """Give a process milestones, behind those that it has."""
    if stages:
        await tenant.execute(STAGES, {
            "process_id": process_id, "ids": [stage.id for stage in stages],
            "names": [stage.name for stage in stages], "positions": [stage.position for stage in stages],
        })  # fmt: skip


def _step_of(process: Process, task: Task) -> Step | None:
    if process.version is None or task.step_id is None:
        return None
    return process.version.step_by_id.get(task.step_id)


def new_public_token() -> str:
    """The secret in the public link of a process."""
    return secrets.token_urlsafe(24)


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
