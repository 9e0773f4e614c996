"""Putting tags on templates, steps, processes and tasks, and taking them off: for those who may edit them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from stepwell.db.pool import Tenant
from stepwell.engine.model import Change, Event
from stepwell.errors import NotFound, Refused, invalid, refused
from stepwell.http.call import Call
from stepwell.http.paging import Page
from stepwell.processes.filing import replace_filing, why_unknown
from stepwell.processes.frames import Work, refuse_archived, working_on
from stepwell.tags.queries import association_json, associations_of
from stepwell.tags.schemas import AttachTag
from stepwell.tasks.access import require_edit
from stepwell.tasks.frames import TaskWork, working_on_task
from stepwell.templates.drafts import editing
from stepwell.templates.step_tags import tag_step, untag_step

NO_SUBJECT = "Subject not found"

TAG = """
    SELECT title FROM tags WHERE organization_id = %(organization_id)s AND id = %(tag_id)s AND kind = %(kind)s
"""
ATTACH = """
    INSERT INTO tag_associations (organization_id, id, tag_id, subject_type, subject_id, created_at)
    VALUES (%(organization_id)s, %(id)s, %(tag_id)s, %(subject_type)s, %(subject_id)s, %(at)s)
"""
DETACH = """
    DELETE FROM tag_associations tagged USING tags tag
     WHERE tagged.organization_id = %(organization_id)s AND tagged.id = %(association_id)s
       AND tagged.subject_id = %(subject_id)s
       AND tag.organization_id = tagged.organization_id AND tag.id = tagged.tag_id
    RETURNING tag.title
"""
SUBJECT_OF = """
    SELECT subject_type, subject_id FROM tag_associations
     WHERE organization_id = %(organization_id)s AND id = %(association_id)s
"""
TEMPLATE_OF_STEP = """
    SELECT template_id FROM template_steps WHERE organization_id = %(organization_id)s AND id = %(step_id)s
"""


async def attach_tag(call: Call, data: AttachTag) -> tuple[bool, str]:
    """Put a tag on something. Returns whether it is new there, and the association's JSON.

    Raises Refused for a subject that is unknown or archived, or for an unknown tag, and Forbidden.
    """
    try:
        match data.subject_type:
            case "Run":
                return await _attach_to_process(call, data)
            case "Task":
                return await _attach_to_task(call, data)
            case "Checklist":
                return await _attach_to_template(call, data)
            case "Step":
                return await _attach_to_step(call, data)
    except NotFound:
        raise refused("subject_id", NO_SUBJECT) from None


async def detach_tag(call: Call, association_id: int) -> None:
    """Take a tag off by the id of the association. Raises NotFound, Forbidden, Refused (archived)."""
    async with call.db.reading(call.member) as tenant:
        kind, subject_id = await tenant.fetch_one(SUBJECT_OF, {"association_id": association_id})
    match kind:
        case "Run":
            async with working_on(call, subject_id) as work:
                _refuse_gone(work)
                title = await _detached(work.tenant, association_id, subject_id)
                await _save(work, _process_event(work, title, None))
        case "Task":
            async with working_on_task(call, subject_id) as on_task:
                _require_task_edit(call, on_task)
                title = await _detached(on_task.tenant, association_id, subject_id)
                await _save_task(on_task, title, None)
        case "Checklist":
            async with editing(call, subject_id, edited=False) as draft:
                title = await _detached(draft.tenant, association_id, subject_id)
                description = f"Took a tag from template: {draft.template.title}"
                draft.note("updated", description, field="tags", old=title)
        case _:
            await untag_step(call, str(await _template_of(call, subject_id)), subject_id, association_id)


async def _attach_to_process(call: Call, data: AttachTag) -> tuple[bool, str]:
    async with working_on(call, data.subject_id) as work:
        _refuse_gone(work)
        title, present = await _looked_up(work.tenant, data)
        if present is not None:
            return False, present
        await _attached(call, work.tenant, data, work.at)
        await _save(work, _process_event(work, None, title))
        return True, await _association(work.tenant, data)


async def _attach_to_task(call: Call, data: AttachTag) -> tuple[bool, str]:
    async with working_on_task(call, data.subject_id) as work:
        _require_task_edit(call, work)
        title, present = await _looked_up(work.tenant, data)
        if present is not None:
            return False, present
        await _attached(call, work.tenant, data, work.at)
        await _save_task(work, None, title)
        return True, await _association(work.tenant, data)


async def _attach_to_template(call: Call, data: AttachTag) -> tuple[bool, str]:
    async with editing(call, data.subject_id, edited=False) as draft:
        title, present = await _looked_up(draft.tenant, data)
        if present is not None:
            draft.finished = True  # nothing changes, so nothing is written
            return False, present
        await _attached(call, draft.tenant, data, draft.at)
        draft.note("updated", f"Tagged template: {draft.template.title}", field="tags", new=title)
        await draft.finish()
        return True, await _association(draft.tenant, data)


async def _attach_to_step(call: Call, data: AttachTag) -> tuple[bool, str]:
    template_id = await _template_of(call, data.subject_id)
    async with call.db.reading(call.member) as tenant:
        await _looked_up(tenant, data)
    return await tag_step(call, str(template_id), data.subject_id, data.tag_id)


async def replace_process_tags(call: Call, process_id: UUID, tags: list[UUID]) -> Page:
    """Make these the tags of a process. Returns its tags. Raises Refused for unknown ones."""
    async with working_on(call, process_id) as work:
        refuse_archived(work)
        await _refuse_unknown(work.tenant, tags)
        await replace_filing(work.tenant, call.numbers, process_id, tags, None, work.at)
        await _save(work, replace(_process_event(work, None, None), new=[tag.hex for tag in tags]))
        return await associations_of(work.tenant, process_id)


async def replace_task_tags(call: Call, task_id: UUID, tags: list[UUID]) -> Page:
    """Make these the tags of a task. Returns its tags. Raises Refused for unknown ones."""
    async with working_on_task(call, task_id) as work:
        refuse_archived(work.base)
        _require_task_edit(call, work)
        await _refuse_unknown(work.tenant, tags)
        await replace_filing(work.tenant, call.numbers, task_id, tags, None, work.at, "Task")
        await _save_task(work, None, [tag.hex for tag in tags])
        return await associations_of(work.tenant, task_id)


async def _refuse_unknown(tenant: Tenant, tags: Collection[UUID]) -> None:
    if reasons := await why_unknown(tenant, tags=tags):
        raise invalid(reasons)


async def _looked_up(tenant: Tenant, data: AttachTag) -> tuple[str, str | None]:
    """The tag's title, and its association with the subject if there is one. Raises Refused (no such tag)."""
    row = await tenant.fetch_first(TAG, {"tag_id": data.tag_id, "kind": data.tag_type})
    if row is None:
        raise invalid({"tag_id": ["The selected tag id is invalid."]})
    return row[0], await association_json(tenant, data.subject_id, data.tag_id)


async def _attached(call: Call, tenant: Tenant, data: AttachTag, at: datetime) -> None:
    association_id = (await call.numbers.take(tenant.organization_id, "tag_association"))[0]
    wanted = data.sent("tag_id", "subject_id", "subject_type")
    await tenant.execute(ATTACH, {**wanted, "id": association_id, "at": at})


async def _detached(tenant: Tenant, association_id: int, subject_id: UUID) -> str:
    """The title of the tag that was taken off. Raises NotFound when somebody else was faster."""
    wanted = {"association_id": association_id, "subject_id": subject_id}
    return str(await tenant.fetch_value(DETACH, wanted))


async def _association(tenant: Tenant, data: AttachTag) -> str:
    text = await association_json(tenant, data.subject_id, data.tag_id)
    assert text is not None
    return text


async def _template_of(call: Call, step_id: UUID) -> UUID:
    async with call.db.reading(call.member) as tenant:
        found: UUID = await tenant.fetch_value(TEMPLATE_OF_STEP, {"step_id": step_id})
        return found


def _refuse_gone(work: Work) -> None:
    """P-203: for tags an archived process does not exist."""
    if work.process.archived_at is not None:
        raise refused("subject_id", NO_SUBJECT)


def _require_task_edit(call: Call, work: TaskWork) -> None:
    if work.process.archived_at is not None or work.task.archived_at is not None:
        raise Refused(NO_SUBJECT, {"subject_id": [NO_SUBJECT]})
    require_edit(call.member, work.task, mine=work.mine)


def _process_event(work: Work, old: str | None, new: str | None) -> Event:
    description = f"Changed the tags of process: {work.loaded.name}"
    return Event(verb="updated", kind="Process", subject="process", subject_id=work.process.id,
                 description=description, field="tags", old=old, new=new)  # fmt: skip


async def _save(work: Work, event: Event) -> None:
    await work.save(Change(process=work.process, tasks=(), events=(event,)))


async def _save_task(work: TaskWork, old: str | None, new: str | list[str] | None) -> None:
    description = f"Changed the tags of task: {work.task.title}"
    event = Event(verb="updated", kind="Task", subject="task", subject_id=work.task_id,
                  description=description, field="tags", old=old, new=new)  # fmt: skip
    await work.base.save(Change(process=work.process, tasks=(work.task,), events=(event,)))
