"""Making one-off tasks: on their own, in a process, or one for each assignee in a project of their own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from psycopg import sql

from stepwell.access.members import Member
from stepwell.db.ids import new_id
from stepwell.db.pool import Tenant
from stepwell.engine.answers import merge, why_incomplete
from stepwell.engine.assignment import changed_owners, why_too_many, with_companion
from stepwell.engine.calendar import forward
from stepwell.engine.model import (
    NOBODY,
    Change,
    DeadlineSource,
    Directory,
    Event,
    House,
    People,
    Process,
    Task,
)
from stepwell.engine.order import added, place_after
from stepwell.engine.work import SHARED
from stepwell.errors import Forbidden, Refused, invalid, refused
from stepwell.http.call import Call
from stepwell.people.answers import people_named_in
from stepwell.people.directory import Mentioned, Register, register_of
from stepwell.processes.filing import why_unknown
from stepwell.processes.frames import Work, called, start_work
from stepwell.processes.launching import instant_of
from stepwell.processes.projects import misc_template, project, with_tasks, write_project
from stepwell.tasks.definitions import Definition, by_label, compiled, new_definitions
from stepwell.tasks.edit_schemas import CreateTask, owners_change
from stepwell.tasks.frames import LoneWork, lone
from stepwell.tasks.queries import task_answer, task_json
from stepwell.templates.access import VISIBLE, wanted_of

MOST_COPIES = 1000
NO_ADHOC = "Ad-hoc tasks not allowed for this process"


@dataclass(frozen=True, slots=True)
class Draft:
    """A task that is wanted, checked: what is the same for every copy of it."""

    task: Task
    people: People
    definitions: list[Definition]
    data: CreateTask


async def create_task(call: Call, data: CreateTask) -> str:
    """Make a one-off task, or several. Returns the (first) task's JSON. Raises Forbidden or Refused."""
    if call.member.is_light and (data.run_id is not None or data.separate_task_for_each_assignee):
        raise Forbidden("Light members cannot add tasks to a process.")
    async with call.db.transaction(call.member) as tenant:
        if data.run_id is not None:
            return await _create_in_process(call, tenant, data, data.run_id)
        if data.separate_task_for_each_assignee:
            return await _create_project(call, tenant, data)
        return await task_answer(tenant, call, (await create_alone(call, tenant, data)).id)


async def create_alone(call: Call, tenant: Tenant, data: CreateTask) -> Task:
    """A one-off task that stands in no process. Raises Refused with all that is wrong."""
    register = await register_of(tenant, mentioned_in(call.member, data))
    draft = await _draft(call, tenant, data, register, call.services.clock())
    user_id = call.member.user_id
    people = with_companion(draft.people, (user_id,), register.directory)
    task = (await _copies(call, draft, [people]))[0]
    work = LoneWork(**called(call, tenant, lone(task), register.house, task.created_at), register=register)
    change = Change(process=work.process, tasks=(task,), events=(created_event(task),))
    await work.save(change, definitions={task.id: draft.definitions})
    await _file(call, tenant, [task], data, task.created_at)
    return task


async def _create_in_process(call: Call, tenant: Tenant, data: CreateTask, process_id: UUID) -> str:
    work = await start_work(call, tenant, process_id)
    _refuse_additions(work)
    register = await work.know(mentioned=mentioned_in(call.member, data))
    draft = await _draft(call, tenant, data, register, work.at)
    process = work.process
    if data.separate_task_for_each_assignee:
        each = one_by_one(draft.people, register.directory)
    else:
        candidates = (process.owner_id, process.starter_id, call.member.user_id)
        each = [with_companion(draft.people, candidates, register.directory)]
    tasks = await _copies(call, draft, each)
    position = place_in(process, data.position)
    events: list[Event] = []
    after = process
    for index, task in enumerate(tasks):
        task = replace(task, template_id=work.loaded.template_id)
        change = added(after, task, None if position is None else position + index, work.at)
        after, events = change.process, [*events, *change.events]
    new = [after.tasks[task.id] for task in tasks]
    moved = [task for task in after.tasks.values() if process.tasks.get(task.id) != task]
    whole = Change(process=after, tasks=tuple(moved), events=tuple(events))
    await work.save(whole, definitions={task.id: draft.definitions for task in new})
    await _file(call, tenant, new, data, work.at)
    if data.separate_task_for_each_assignee:
        return await with_run(tenant, process_id, await task_json(tenant, call, new[0].id))
    return await task_answer(tenant, call, new[0].id)


def _refuse_additions(work: Work) -> None:
    if work.process.archived_at is not None:
        raise refused("run_id", "Cannot update archived processes.")
    if not work.loaded.can_add_oot:
        raise refused("run_id", NO_ADHOC)


def place_in(process: Process, wanted: Any, moving: UUID | None = None) -> int | None:
    """The position that `position` asks for, for a new task or for the one that is `moving`; None is the end.

    Raises Refused when it names a task that is not in the process.
    """
    match wanted:
        case None | "end":
            return None
        case "begin":
            return 1
        case UUID() as before:
            if before not in process.tasks:
                raise invalid({"position": ["The selected position is invalid."]})
            return place_after(process, before, moving)
        case number:
            return int(number)


async def _create_project(call: Call, tenant: Tenant, data: CreateTask) -> str:
    register = await register_of(tenant, mentioned_in(call.member, data))
    at = call.services.clock()
    draft = await _draft(call, tenant, data, register, at)
    tasks = await _copies(call, draft, one_by_one(draft.people, register.directory))
    tasks = [replace(task, template_id=misc_template(tenant.organization_id)) for task in tasks]
    process = with_tasks(project(call.member.user_id, at), tasks)
    await write_project(
        call, tenant, process, data.title, register,
        events=map(created_event, tasks), definitions={task.id: draft.definitions for task in tasks},
    )  # fmt: skip
    await _file(call, tenant, tasks, data, at)
    return await with_run(tenant, process.id, await task_json(tenant, call, tasks[0].id))


RUN = """
    SELECT json_build_object('id', hex(id), 'increment_id', number, 'name', name, 'status', status,
               'owner_id', owner_id, 'started_by', starter_id, 'checklist_id', hex(template_id),
               'checklist_title', template_title, 'started_at', utc(created_at), 'created_at', utc(created_at))
      FROM processes WHERE organization_id = %(organization_id)s AND id = %(process_id)s
"""


async def with_run(tenant: Tenant, process_id: UUID, task: str) -> str:
    """The task's JSON with its process beside it, bare: clients that fan out read `run.id`."""
    run = await tenant.fetch_value(RUN, {"process_id": process_id})
    return json.dumps({**json.loads(task), "run": run}, ensure_ascii=False)


def one_by_one(people: People, directory: Directory) -> list[People]:
    """Each person behind the assignees on his own, in order, groups expanded. Raises Refused when there is nobody."""
    users, guests = list(people.users), list(people.guests)
    for group_id in people.groups:
        group = directory.groups[group_id]
        users.extend(group.users)
        guests.extend(group.guests)
    each = [
        *(People(users=(user,)) for user in dict.fromkeys(users)),
        *(People(guests=(guest,)) for guest in dict.fromkeys(guests)),
    ]
    if not each:
        raise invalid({"owners": ["At least one assignee is required."]})
    if len(each) > MOST_COPIES:
        raise invalid({"owners": [f"No more than {MOST_COPIES} tasks can be made at once."]})
    return each


def mentioned_in(member: Member, data: CreateTask) -> Mentioned:
    """Everybody whom a new task may have to do with."""
    mentioned = Mentioned(users={member.user_id})
    mentioned.add(data.owners.people())
    for part in (data.owners.add, data.owners.remove):
        if part is not None:
            mentioned.add(part.people())
    for value in data.taskdata.values():
        mentioned.add(people_named_in(value))
    return mentioned


async def _draft(call: Call, tenant: Tenant, data: CreateTask, register: Register, at: datetime) -> Draft:
    """The task as it is wanted. Raises Refused with all that is wrong."""
    reasons: dict[str, list[str]] = {}
    people = NOBODY
    try:
        people = changed_owners(NOBODY, owners_change(data.owners), register.directory, "owners")
    except Refused as refusal:
        reasons |= refusal.reasons
    reasons |= why_too_many(people, data.max_assignable, register.directory, "owners")
    if call.member.is_light and people.guests:
        reasons["owners.guests"] = ["Light members cannot assign guests."]
    if data.everyone_must_complete and data.task_type not in SHARED:
        reasons["everyone_must_complete"] = ["Only tasks and approvals can be completed by everyone."]
    definitions = new_definitions(data.form_fields, at)
    fields = compiled(definitions)
    values: Any = {}
    try:
        values = merge(fields, {}, by_label(fields, data.taskdata), register.directory, "taskdata")
    except Refused as refusal:
        reasons |= refusal.reasons
    template_id, step_id, wrong = await linked_to(
        tenant, call.member, data.checklist_id, data.linked_step_id or data.step_id
    )
    reasons |= wrong | await why_unknown(tenant, tags=data.tags, folders=data.folders)
    if reasons:
        raise invalid(reasons)
    task = Task(
        id=new_id(),
        number=0,
        title=data.title,
        original_title=data.title,
        position=1,
        type=data.task_type,
        template_id=template_id,
        linked_step_id=step_id,
        summary=data.summary,
        created_at=at,
        starts_at=start_of(data.started_at, register.house) or at,
        shown_at=at,
        soft_start=data.is_soft_start_date,
        deadline=forward(register.house, instant_of(data.deadline, register.house) or at),
        deadline_source=DeadlineSource.HAND,
        starter_id=call.member.user_id,
        oneoff=True,
        everyone_must_complete=data.everyone_must_complete,
        only_assignees=data.can_complete_only_assignees,
        max_assignable=data.max_assignable,
        webhook=data.webhook,
        prevent_guest_comment=data.prevent_guest_comment,
        top_secret=data.top_secret,
        send_chromeless=data.send_chromeless,
        values=values,
        fields=fields,
        answered=not why_incomplete(fields, values),
    )
    return Draft(task, people, definitions, data)


def start_of(value: date | datetime | None, house: House) -> datetime | None:
    """A start moved to working time; a day alone is its midnight in UTC."""
    if value is None:
        return None
    at = value if isinstance(value, datetime) else datetime.combine(value, time(), UTC)
    return forward(house, at)


async def _copies(call: Call, draft: Draft, each: Sequence[People]) -> list[Task]:
    numbers = await call.numbers.take(call.member.organization_id, "task", len(each))
    return [
        replace(draft.task, id=new_id(), number=number, people=people)
        for number, people in zip(numbers, each, strict=True)
    ]


LINKED = sql.SQL("""
    SELECT (SELECT template.id FROM templates template
             WHERE template.organization_id = %(organization_id)s AND template.id = %(template_id)s AND {visible}),
           (SELECT template.id FROM template_steps step
              JOIN templates template ON template.organization_id = step.organization_id
                                     AND template.id = step.template_id
             WHERE step.organization_id = %(organization_id)s AND step.id = %(step_id)s AND {visible} LIMIT 1)
""").format(visible=VISIBLE)


async def linked_to(
    tenant: Tenant, member: Member, template_id: UUID | None, step_id: UUID | None
) -> tuple[UUID | None, UUID | None, dict[str, list[str]]]:
    """The template and the step that a one-off task is linked to, and what is wrong with them (P-373).

    Assignees are shown the linked template (T-222), so that only who may see it may link to it.
    """
    if template_id is None and step_id is None:
        return None, None, {}
    wanted = wanted_of(member) | {"template_id": template_id, "step_id": step_id}
    found, of_step = await tenant.fetch_one(LINKED, wanted)
    reasons: dict[str, list[str]] = {}
    if template_id is not None and found is None:
        reasons["checklist_id"] = ["The selected checklist id is invalid."]
    if step_id is not None and (of_step is None or template_id not in (None, of_step)):
        reasons["linked_step_id"] = ["The selected linked step id is invalid."]
    return template_id or of_step, step_id, reasons


CUSTOM_FIELDS = """
    UPDATE tasks SET custom_fields = %(custom_fields)s
     WHERE organization_id = %(organization_id)s AND id = ANY (%(ids)s)
"""


TAG = """
    INSERT INTO tag_associations (organization_id, id, tag_id, subject_type, subject_id, created_at)
    SELECT %(organization_id)s, new.id, new.other_id, 'Task', new.subject_id, %(at)s
      FROM unnest(%(ids)s::bigint[], %(others)s::uuid[], %(subjects)s::uuid[]) new (id, other_id, subject_id)
    ON CONFLICT DO NOTHING
"""
FILE = TAG.replace("tag_associations", "folder_objects").replace("tag_id", "folder_id")


async def _file(call: Call, tenant: Tenant, tasks: Iterable[Task], data: CreateTask, at: datetime) -> None:
    """Tags, folders and custom fields of new tasks."""
    tasks = list(tasks)
    if data.custom_fields:
        wanted = {"custom_fields": json.dumps(data.custom_fields, ensure_ascii=False),
                  "ids": [task.id for task in tasks]}  # fmt: skip
        await tenant.execute(CUSTOM_FIELDS, wanted)
    for query, kind, others in ((TAG, "tag_association", data.tags), (FILE, "folder_object", data.folders)):
        pairs = [(task.id, other) for task in tasks for other in dict.fromkeys(others)]
        if pairs:
            ids = await call.numbers.take(tenant.organization_id, kind, len(pairs))
            subjects, wanted_ids = zip(*pairs, strict=True)
            wanted = {"ids": list(ids), "subjects": list(subjects), "others": list(wanted_ids)}
            await tenant.execute(query, {**wanted, "at": at})


def created_event(task: Task) -> Event:
    return Event(
        verb="created",
        kind="Task",
        subject="task",
        subject_id=task.id,
        description=f"Created task: {task.title}",
    )
