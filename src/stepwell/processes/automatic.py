"""Launching a process, and inserting tasks into one, because a task was completed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from uuid import UUID

from stepwell.access.members import ADMIN, Member
from stepwell.comments.adding import Added, Said, Scene, add_comment, scene_of
from stepwell.db.ids import new_id
from stepwell.engine.completion import settled_change
from stepwell.engine.follow_up import DEEPEST, first_active, refuse_unlaunchable, without_follow_up
from stepwell.engine.insertion import inserted, refuse_uninsertable
from stepwell.engine.launch import Launch, launch
from stepwell.engine.model import Change, FollowUp, Refused, Task, Version
from stepwell.events.log import BOT, Author
from stepwell.people.directory import Register, register_of
from stepwell.processes.filing import file_process, filing_of
from stepwell.processes.frames import Work
from stepwell.processes.launch_rows import add_stages, inherit, write_launch
from stepwell.processes.launched_template import LaunchedTemplate, mentioned_by, version_to_launch
from stepwell.processes.launching import launch_columns, named
from stepwell.processes.naming import follow_up_name, process_name
from stepwell.processes.schemas import LaunchProcess
from stepwell.processes.titles import names_in
from stepwell.services import Services
from stepwell.templates.extending import extended

LAUNCHED_BEFORE = """
    SELECT launched_id FROM tasks WHERE organization_id = %(organization_id)s AND id = %(task_id)s
"""
MARK = """
    UPDATE tasks SET launched_id = %(launched_id)s
     WHERE organization_id = %(organization_id)s AND id = %(task_id)s
"""
RUN_ON = """
    UPDATE processes SET version_id = %(version_id)s
     WHERE organization_id = %(organization_id)s AND id = %(process_id)s
"""


@dataclass(frozen=True, slots=True)
class Automatic:
    """A completed task of a locked process, and the template that is to follow it."""

    services: Services
    work: Work
    task: Task
    follow_up: FollowUp
    template: LaunchedTemplate | None  # None: it was deleted
    depth: int  # of the process
    name: str

    async def launchable(self) -> tuple[LaunchedTemplate, Version]:
        """The template, and the version that launches use. Raises Refused when it may not follow (T-097)."""
        if self.template is None:
            raise Refused("The template that should follow no longer exists.")
        if self.template.archived_at is not None:
            raise Refused("The template is archived.")
        acting = Member(self.work.tenant.organization_id, self.template.owner_id, ADMIN)
        version = await version_to_launch(self.services, self.work.tenant, acting, self.template)
        return self.template, version

    async def known(self, version: Version) -> Register:
        """Everybody whom the template and this task name."""
        process = self.work.process
        mentioned = mentioned_by(version)
        mentioned.users |= {process.owner_id, process.starter_id}
        if self.task.completer_id is not None:
            mentioned.users.add(self.task.completer_id)
        return await register_of(self.work.tenant, mentioned)


async def take_note_away(this: Automatic, content: str, change: Change | None = None) -> None:
    """Save the process without the note of what is due, and a comment of the bot on the task."""
    work, process = this.work, this.work.process
    if change is None:
        assert this.task.step_id is not None
        change = settled_change(process, without_follow_up(process, this.task.step_id), work.at, ())
    said = await _say(this, scene_of(this.task, process.id), content)
    await work.save(replace(change, events=(*change.events, said.event)))


async def _say(this: Automatic, scene: Scene, content: str) -> Added:
    return await add_comment(this.work.tenant, scene, Said(content=content), BOT, this.work.at)


async def insert_tasks_after(this: Automatic) -> None:
    """Insert the tasks of the template directly after the task. Raises Refused."""
    work, tenant = this.work, this.work.tenant
    template, version = await this.launchable()
    refuse_uninsertable(work.process, version)
    assert work.process.version is not None
    work.register = await this.known(version)
    numbers = iter(await this.services.numbers.take(tenant.organization_id, "task", len(version.steps)))
    together = await extended(tenant, this.services.versions, work.process.version, version, work.at)
    change = inserted(
        work.process, this.task.id, version, together, work.house, work.register.directory, work.at,
        new_id, lambda: next(numbers),
    )  # fmt: skip
    new = [task for task in change.tasks if task.id not in work.process.tasks]
    await take_note_away(this, escape(f"Inserted the tasks of {template.title} after this one."), change)
    await tenant.execute(RUN_ON, {"version_id": together.id, "process_id": work.process.id})
    await add_stages(tenant, work.process.id, version.stages)
    await inherit(this.services.numbers, tenant, change.process, new, work.at)


async def launch_after(this: Automatic) -> None:
    """Launch the template as a process of its own. Raises Refused; the same task never launches twice (P-124)."""
    tenant = this.work.tenant
    before = await tenant.fetch_value(LAUNCHED_BEFORE, {"task_id": this.task.id})
    if before is not None:
        again = "was launched already when this task was completed before, so nothing was launched again."
        await take_note_away(this, f"{_linked(before, 'A process')} {again}")
        return
    if this.depth >= DEEPEST:
        raise Refused(f"A chain of automatic launches ends after {DEEPEST}.")
    template, version = await this.launchable()
    refuse_unlaunchable(version)
    launched_id, name = await _launch(this, template, version, await this.known(version))
    await take_note_away(this, f"Launched {_linked(launched_id, name)}.")
    await tenant.execute(MARK, {"launched_id": launched_id, "task_id": this.task.id})


async def _launch(
    this: Automatic, template: LaunchedTemplate, version: Version, register: Register
) -> tuple[UUID, str]:
    """Write the new process, which says where it comes from. Returns its id and name."""
    work, tenant, numbers = this.work, this.work.tenant, this.services.numbers
    owner = work.process.owner_id
    starter = first_active((this.task.completer_id, owner), register.directory) or owner
    taken = iter(await numbers.take(tenant.organization_id, "task", len(version.steps)))
    wanted = Launch(process_id=new_id(), name="", starter_id=starter, owner_id=starter)
    change = launch(version, wanted, register.house, register.directory, work.at, new_id, lambda: next(taken))
    process = change.process
    custom = follow_up_name(version, this.follow_up.name_format, work.process, work.house, work.at)
    sent = custom if this.follow_up.name_format or not template.naming.is_automatic else None
    names = await names_in(tenant, process)
    name = process_name(version, template.naming, sent, process.values, names, work.house, work.at)
    data = LaunchProcess.read({"parent_id": work.process.id.hex})
    scene = Scene(type="Run", id=process.id, title=name, process_id=process.id, template_id=template.id)
    origin = (
        f"Launched by the completion of “{escape(this.task.title)}” in {_linked(work.process.id, this.name)}."
    )
    said = await _say(this, scene, origin)
    events = (*(named(event, name) for event in change.events), said.event)
    columns = launch_columns(template, version, data, name)
    columns |= {"origin": "task_completion", "origin_id": this.task.id, "depth": this.depth + 1}
    await write_launch(
        numbers, tenant, Author(starter), replace(change, events=events), register, columns, work.at
    )
    unfiled = replace(template, folderize_process=False, tag_process=False)  # only people must file (P-045)
    filing, _ = await filing_of(tenant, unfiled, data)
    await file_process(tenant, numbers, process.id, filing, work.at)
    return process.id, name


def _linked(process_id: UUID, name: str) -> str:
    return f'<a href="/tracker/{process_id.hex}">{escape(name)}</a>'
