"""What becomes of a whole process: archived, restored, deleted; and its kick-off form, once it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from stepwell.engine.kickoff import complete_kickoff, reopen_kickoff
from stepwell.engine.model import Change, Event, ProcessStatus
from stepwell.engine.progress import settle
from stepwell.engine.reach import people_rules_may_assign
from stepwell.errors import Forbidden, Refused
from stepwell.http.call import Call
from stepwell.organizations.log import append_to_organization
from stepwell.people.answers import people_named_in
from stepwell.people.directory import Mentioned
from stepwell.processes.frames import CalledWork, Work, refuse_archived, working_on
from stepwell.processes.queries import process_answer

ARCHIVE_PROCESS = """
    UPDATE processes SET archived_at = %(archived_at)s
     WHERE organization_id = %(organization_id)s AND id = %(process_id)s
"""
ARCHIVE_TASKS = """
    WITH moved AS (
        UPDATE tasks SET archived_at = %(archived_at)s
         WHERE organization_id = %(organization_id)s AND process_id = %(process_id)s
           AND archived_at IS NOT DISTINCT FROM %(before)s
        RETURNING id, status, deadline
    ), listed AS (
        UPDATE task_people person
           SET open = %(archived_at)s IS NULL AND moved.status IN ('not-started', 'in-progress'),
               listed = %(archived_at)s IS NULL AND moved.status <> 'auto-skipped'
          FROM moved WHERE person.organization_id = %(organization_id)s AND person.task_id = moved.id
    )
    UPDATE process_viewers SET archived = %(archived_at)s IS NOT NULL
     WHERE organization_id = %(organization_id)s AND process_id = %(process_id)s
"""


async def archive_process(call: Call, process_id: UUID, *, whole_number_progress: bool = False) -> str:
    """Take a process with its tasks out of sight; repeated, it changes nothing (P-220)."""
    async with working_on(call, process_id) as work:
        if work.process.archived_at is None:
            await set_archived(work, work.at, "archived")
        return await process_answer(
            work.tenant, call, process_id, whole_number_progress=whole_number_progress
        )


async def restore_process(call: Call, process_id: UUID) -> str:
    """Bring an archived process back with the tasks that were archived with it (P-222)."""
    async with working_on(call, process_id) as work:
        if work.process.archived_at is not None:
            await set_archived(work, None, "unarchived")
        return await process_answer(work.tenant, call, process_id)


async def set_archived(
    work: Work, archived_at: datetime | None, verb: str, why: Mapping[str, Any] | None = None
) -> None:
    """The process goes or comes with the tasks that share its fate; its counts stay those of its live tasks."""
    before = work.process
    wanted = {"process_id": before.id, "archived_at": archived_at, "before": before.archived_at}
    await work.tenant.execute(ARCHIVE_PROCESS, wanted)
    await work.tenant.execute(ARCHIVE_TASKS, wanted)
    live = {
        task.id: replace(task, archived_at=None) if task.archived_at == before.archived_at else task
        for task in before.tasks.values()
    }
    after = settle(replace(before, archived_at=archived_at, tasks=live), work.at)
    event = Event(verb=verb, kind="Process", subject="process", subject_id=before.id,
                  description=f"{verb.capitalize()} process: {work.loaded.name}", why=why)  # fmt: skip
    await work.save(Change(process=after, tasks=(), events=(event,)))


DELETE = "DELETE FROM processes WHERE organization_id = %(organization_id)s AND id = %(process_id)s"
DELETE_AROUND = """
    WITH subjects AS (
        SELECT id FROM tasks WHERE organization_id = %(organization_id)s AND process_id = %(process_id)s
        UNION SELECT %(process_id)s
    ), comments_gone AS (
        DELETE FROM comments WHERE organization_id = %(organization_id)s
           AND subject_id IN (SELECT id FROM subjects)
    ), tags_gone AS (
        DELETE FROM tag_associations WHERE organization_id = %(organization_id)s
           AND subject_id IN (SELECT id FROM subjects)
    ), folders_gone AS (
        DELETE FROM folder_objects WHERE organization_id = %(organization_id)s
           AND subject_id IN (SELECT id FROM subjects)
    ), stars_gone AS (
        DELETE FROM stars WHERE organization_id = %(organization_id)s AND subject_id IN (SELECT id FROM subjects)
    ), children_left AS (
        UPDATE processes SET parent_id = NULL
         WHERE organization_id = %(organization_id)s AND parent_id = %(process_id)s
    )
    DELETE FROM events WHERE organization_id = %(organization_id)s AND subject_id = %(process_id)s
"""


async def delete_process(call: Call, process_id: UUID) -> None:
    """Remove an archived process for good; one event of the organization remains (P-224)."""
    async with working_on(call, process_id) as work:
        if work.process.status is not ProcessStatus.ARCHIVED:
            message = "Archive the process first: only archived processes can be deleted permanently."
            raise Refused(message, {"status": [message]})
        await work.tenant.execute(DELETE_AROUND, {"process_id": process_id})
        await work.tenant.execute(DELETE, {"process_id": process_id})
        await append_organization_event(work)


async def append_organization_event(work: CalledWork) -> None:
    """The organization's log keeps that the process was deleted, and its name."""
    event = Event(verb="deleted", kind="Process", subject="process", subject_id=work.process.id,
                  description=f"Deleted process: {work.loaded.name}")  # fmt: skip
    await append_to_organization(work.call, work.tenant, work.at, [event])


async def submit_kickoff(call: Call, process_id: UUID, answers: dict[str, Any]) -> str:
    """Complete the kick-off form of a running process; repeated, it changes nothing (P-054)."""
    async with working_on(call, process_id) as work:
        _require_kickoff_rights(work)
        refuse_archived(work)
        mentioned = Mentioned()
        mentioned.add(people_rules_may_assign(work.process, None))
        for value in answers.values():
            mentioned.add(people_named_in(value))
        register = await work.know(mentioned=mentioned)
        await work.save(
            complete_kickoff(
                work.process, work.actor, work.at, register.house, register.directory, answers or None
            )
        )
        return await process_answer(work.tenant, call, process_id)


async def reopen_kickoff_form(call: Call, process_id: UUID) -> str:
    """Open the kick-off form of a running process again; its answers stay."""
    async with working_on(call, process_id) as work:
        _require_kickoff_rights(work)
        refuse_archived(work)
        await work.save(reopen_kickoff(work.process, work.at))
        return await process_answer(work.tenant, call, process_id)


def _require_kickoff_rights(work: CalledWork) -> None:
    """P-056: admin, owner, starter, and standard members who see the process."""
    if work.call.member.is_light and not work.loaded.governed_by(work.call.member):
        raise Forbidden("Your role does not allow changing the kick-off form of this process.")
