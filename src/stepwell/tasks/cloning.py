"""Copying a task (P-379)."""

from __future__ import annotations

from uuid import UUID

from psycopg import sql

from stepwell.db.ids import new_id
from stepwell.db.pool import Tenant
from stepwell.engine.answers import why_incomplete
from stepwell.engine.deadlines import default_deadline
from stepwell.engine.model import Change, DeadlineSource, Task
from stepwell.engine.order import added, place_after
from stepwell.errors import refused
from stepwell.http.call import Call
from stepwell.processes.answers_shape import FIELDS_OF_TASK
from stepwell.processes.filing import replace_filing
from stepwell.processes.frames import called
from stepwell.tasks.creating import NO_ADHOC, created_event
from stepwell.tasks.definitions import Definition, compiled, copied_definitions
from stepwell.tasks.edit_schemas import LONGEST_TITLE
from stepwell.tasks.frames import LoneWork, TaskWork, lone, working_on_task
from stepwell.tasks.queries import JOINED, task_answer
from stepwell.tasks.shapes import STEP_TEXT

SUFFIX = " - Copy"
ORIGINAL = sql.SQL("""
    SELECT {fields}, coalesce(task.summary, {step_text}),
           ARRAY(SELECT tagged.tag_id FROM tag_associations tagged
                  WHERE tagged.organization_id = %(organization_id)s AND tagged.subject_id = task.id)
      FROM {joined}
     WHERE task.organization_id = %(organization_id)s AND task.id = %(task_id)s
""").format(fields=sql.SQL(FIELDS_OF_TASK), step_text=STEP_TEXT, joined=JOINED)


async def clone_task(call: Call, task_id: UUID) -> str:
    """Copy a task: right after the original in a process, else on its own. Returns the copy's JSON.

    Answers, comments and the completion stay with the original. Raises NotFound, Forbidden or Refused.
    """
    async with working_on_task(call, task_id) as work:
        _refuse_closed(work)
        fields, summary, tags = await work.tenant.fetch_one(ORIGINAL, {"task_id": task_id})
        definitions = copied_definitions(fields, work.at)
        number = (await call.numbers.take(work.tenant.organization_id, "task"))[0]
        copy = _copy(work, number, summary, definitions)
        await _save(work.tenant, work, copy, definitions)
        if tags:
            await replace_filing(work.tenant, call.numbers, copy.id, tags, None, work.at, "Task")
        return await task_answer(work.tenant, call, copy.id)


def _refuse_closed(work: TaskWork) -> None:
    if work.process_id is None:
        return
    if work.process.archived_at is not None:
        raise refused("status", "Cannot update archived processes.")
    if not work.base.loaded.can_add_oot:
        raise refused("task_id", NO_ADHOC)


def _copy(work: TaskWork, number: int, summary: str | None, definitions: list[Definition]) -> Task:
    task, at = work.task, work.at
    title = f"{task.original_title[: LONGEST_TITLE - len(SUFFIX)]}{SUFFIX}"
    fields = compiled(definitions)
    is_ahead = task.deadline is not None and task.deadline > at
    return Task(
        id=new_id(),
        number=number,
        title=title,
        original_title=title,
        position=task.position,
        type=task.type,
        template_id=task.template_id,
        linked_step_id=task.linked_step_id or task.step_id,
        stage_id=task.stage_id,
        summary=summary,
        people=task.people,
        roles=task.roles,
        created_at=at,
        starts_at=at,
        shown_at=at,
        soft_start=task.soft_start,
        deadline=task.deadline if is_ahead else default_deadline(work.house, at),
        deadline_source=DeadlineSource.HAND,
        starter_id=work.call.member.user_id,
        oneoff=True,
        everyone_must_complete=task.everyone_must_complete,
        only_assignees=task.only_assignees,
        max_assignable=task.max_assignable,
        allow_guests=task.allow_guests,
        webhook=task.webhook,
        prevent_guest_comment=task.prevent_guest_comment,
        top_secret=task.top_secret,
        send_chromeless=task.send_chromeless,
        fields=fields,
        answered=not why_incomplete(fields, {}),
    )


async def _save(tenant: Tenant, work: TaskWork, copy: Task, definitions: list[Definition]) -> None:
    if work.process_id is not None:
        work.follow(added(work.process, copy, place_after(work.process, work.task_id), work.at))
        await work.save({copy.id: definitions})
        return
    alone = LoneWork(**called(work.call, tenant, lone(copy), work.house, work.at), register=await work.know())
    change = Change(process=alone.process, tasks=(copy,), events=(created_event(copy),))
    await alone.save(change, definitions={copy.id: definitions})
