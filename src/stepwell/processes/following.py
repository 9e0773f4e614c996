"""What completed tasks of a process have asked for: other templates launched, or their tasks inserted (T-096).

A completion notes the step on its process (`follow_ups`) and defers a job. The job does each in a transaction of its
own, which takes the note away: so each is done once, however often the job runs.
"""

from __future__ import annotations

from html import escape
from uuid import UUID

from stepwell.access.members import ADMIN, Member
from stepwell.db.pool import Tenant
from stepwell.engine.model import Refused
from stepwell.processes.automatic import Automatic, insert_tasks_after, launch_after, take_note_away
from stepwell.processes.frames import start_work_by_clock
from stepwell.processes.launched_template import LaunchedTemplate, find_launched
from stepwell.services import Services

DUE = """
    SELECT version_id, follow_ups[1], chain_depth, name FROM processes
     WHERE organization_id = %(organization_id)s AND id = %(process_id)s AND follow_ups <> '{}'
"""
LOCK_TEMPLATE = """
    SELECT 1 FROM templates WHERE organization_id = %(organization_id)s AND id = %(template_id)s FOR UPDATE
"""


async def follow_up(services: Services, organization_id: UUID, process_id: UUID) -> None:
    """Do everything that is due in a process; an automation asks for nobody's right (P-122)."""
    acting = Member(organization_id, 0, ADMIN)
    while await _follow_one(services, acting, process_id):
        pass


async def _follow_one(services: Services, acting: Member, process_id: UUID) -> bool:
    """Do the first thing that is due. Returns whether there was one."""
    async with services.db.transaction(acting) as tenant:
        due = await tenant.fetch_first(DUE, {"process_id": process_id})
        if due is None:
            return False
        version_id, step_id, depth, name = due
        version = await services.versions.version(tenant, version_id)
        step = version.step_by_id.get(step_id)
        wanted = step.follow_up if step is not None else None
        template = await _template(tenant, acting, wanted.template_id) if wanted is not None else None
        work = await start_work_by_clock(services, tenant, process_id)
        task = work.process.task_of(step_id)
        if step_id not in work.process.follow_ups:
            return True  # another worker has just done it
        if wanted is None or task is None:
            raise AssertionError("Only a task of the process, of a step with a follow-up, is ever noted.")
        this = Automatic(services, work, task, wanted, template, depth, name)
        try:
            await (insert_tasks_after(this) if wanted.inside else launch_after(this))
        except Refused as refusal:
            await take_note_away(this, _why_not(this, refusal))
        return True


async def _template(tenant: Tenant, acting: Member, template_id: UUID) -> LaunchedTemplate | None:
    """The template; locked if a launch has to freeze its draft, since templates are locked before processes."""
    template = await find_launched(tenant, acting, template_id)
    if template is None or template.draft_version_id is not None or template.dual_version_enabled:
        return template
    await tenant.execute(LOCK_TEMPLATE, {"template_id": template_id})
    return await find_launched(tenant, acting, template_id)


def _why_not(this: Automatic, refusal: Refused) -> str:
    """What the bot says when nothing follows (T-097)."""
    reason = " ".join(message for messages in refusal.reasons.values() for message in messages)
    if this.template is None:
        return refusal.message
    title = this.template.title
    failed = (
        f"The tasks of {title} were not inserted." if this.follow_up.inside else f"{title} was not launched."
    )
    return f"{escape(failed)} {escape(reason or refusal.message)}"
