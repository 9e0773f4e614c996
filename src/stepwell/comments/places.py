"""Where a comment stands: the locked task, process or template, and what issues and first words do to it.

A place collects what happens and writes it once, when it is `saved`; the answer can be read after that.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from stepwell.comments.adding import Added, Said, Scene, add_comment, scene_of
from stepwell.comments.limits import refuse_too_many_comments, refuse_too_many_invites
from stepwell.comments.texts import invited_in
from stepwell.db.pool import Tenant
from stepwell.engine.assignment import OwnersChange
from stepwell.engine.completion import assign
from stepwell.engine.issues import (
    report_process_issue,
    report_task_issue,
    resolve_process_issue,
    resolve_task_issue,
    start_by_comment,
)
from stepwell.engine.model import Change, Event, People, Task, change_between
from stepwell.errors import refused
from stepwell.events.log import Author
from stepwell.http.call import Call
from stepwell.people.directory import Mentioned
from stepwell.processes.frames import CalledWork, refuse_archived, working_on
from stepwell.tasks.access import works
from stepwell.tasks.frames import TaskWork, working_on_task

INVITED = """
    UPDATE comments SET invited = %(guests)s WHERE organization_id = %(organization_id)s AND id = %(comment_id)s
"""


class Place(ABC):
    """A locked subject that the caller sees and may talk about."""

    def __init__(self, call: Call, tenant: Tenant, at: datetime, scene: Scene) -> None:
        self.call = call
        self.tenant = tenant
        self.at = at
        self.scene = scene
        self.events: list[Event] = []
        self.involved = False

    @property
    def author(self) -> Author:
        return Author(self.call.member.user_id)

    def note(self, event: Event) -> None:
        """Remember what happened, for the log."""
        self.events.append(event)

    async def add(self, said: Said, author: Author | None = None) -> Added:
        """Write a comment; that it was made is noted by the caller, as an issue or as a comment.

        Raises TooMany when people have said too much within an hour.
        """
        if author is None:
            await refuse_too_many_comments(
                self.tenant, self.call.services.settings.comments_per_hour, self.at
            )
        added = await add_comment(self.tenant, self.scene, said, author or self.author, self.at)
        self.involved = self.involved or added.involved
        return added

    @abstractmethod
    def begin(self) -> None:
        """An assignee who says something has begun the work."""

    @abstractmethod
    async def report(self, comment_id: UUID) -> None:
        """An issue is reported. Raises Refused."""

    @abstractmethod
    def resolve(self, comment_id: UUID) -> None:
        """One open issue is resolved. Raises Refused."""

    def require_resolver(self, reporter_id: int | None) -> None:
        """Whoever may talk about it may resolve its issues, unless the place says else. Raises Forbidden."""
        del reporter_id

    @abstractmethod
    async def save(self) -> None:
        """Write what the issues changed and the log."""


class OnProcess(Place):
    """A process as a whole."""

    def __init__(self, work: CalledWork, scene: Scene) -> None:
        super().__init__(work.call, work.tenant, work.at, scene)
        self.work = work
        self.process = work.process

    def begin(self) -> None:
        """A process has begun when it was launched."""

    async def report(self, comment_id: UUID) -> None:
        self._follow(report_process_issue(self.process, comment_id, self.at))

    def resolve(self, comment_id: UUID) -> None:
        self._follow(resolve_process_issue(self.process, comment_id, self.at))

    def _follow(self, change: Change) -> None:
        self.process = change.process
        self.events.extend(change.events)

    def _change(self) -> Change:
        return change_between(self.work.process, self.process, tuple(self.events))

    async def save(self) -> None:
        await self.work.save(self._change(), involved=self.involved)


class OnTask(OnProcess):
    """A task, in its process or on its own."""

    def __init__(self, work: TaskWork) -> None:
        super().__init__(work.base, scene_of(work.task, work.process_id))
        self.task_work = work
        self.task_id = work.task_id
        self.mine = work.mine

    @property
    def task(self) -> Task:
        return self.process.tasks[self.task_id]

    async def add(self, said: Said, author: Author | None = None) -> Added:
        """Write a comment, and assign the guests whom a person brings in by it (P-442, T-117)."""
        added = await super().add(said, author)
        if author is None:
            await self._invite(added.id, said.content)
        return added

    async def _invite(self, comment_id: UUID, content: str) -> None:
        """Where the author may not assign, or the task takes no guests, the addresses are text like any other."""
        addresses = set(invited_in(content)) - set(self.task.people.guests)
        if not addresses or not self._may_invite():
            return
        register = await self.work.know(self.task, mentioned=Mentioned(emails=set(addresses)))
        guests = tuple(one for one in invited_in(content) if one not in register.directory.member_emails)
        unknown = [one for one in guests if one in addresses and one not in register.guest_ids]
        limit = self.call.services.settings.guest_invites_per_hour
        await refuse_too_many_invites(self.tenant, limit, len(unknown), self.at)
        await self.tenant.execute(INVITED, {"comment_id": comment_id, "guests": unknown})
        change = OwnersChange(add=People(guests=guests))
        self._follow(
            assign(
                self.process,
                self.task_id,
                change,
                self.work.actor,
                self.at,
                self.work.house,
                register.directory,
            )
        )

    def _may_invite(self) -> bool:
        member, loaded = self.call.member, self.work.loaded
        may_assign = loaded.assign_someone_else or not self.mine or loaded.governed_by(member)
        takes_guests = self.task.allow_guests and not self.task.completed and not self.process.issues
        return (
            takes_guests and may_assign and not member.is_light and works(member, self.task, mine=self.mine)
        )

    def begin(self) -> None:
        if self.mine:
            self._follow(start_by_comment(self.process, self.task_id, self.at))

    async def report(self, comment_id: UUID) -> None:
        directory = await self.task_work.directory()
        self._follow(
            report_task_issue(self.process, self.task_id, comment_id, self.at, self.work.house, directory)
        )

    def resolve(self, comment_id: UUID) -> None:
        self._follow(resolve_task_issue(self.process, self.task_id, comment_id, self.at))

    def _change(self) -> Change:
        """The task is always part of it: it was talked about, so its time of change moves."""
        change = super()._change()
        if any(task.id == self.task_id for task in change.tasks):
            return change
        return replace(change, tasks=(*change.tasks, self.process.tasks[self.task_id]))


@asynccontextmanager
async def at_task(call: Call, task_id: UUID, process_id: UUID | None = None) -> AsyncIterator[OnTask]:
    """A transaction on a locked task that the caller sees. Raises NotFound, Forbidden, Refused (archived)."""
    async with working_on_task(call, task_id, process_id) as work:
        refuse_archived(work.base)
        if work.task.archived_at is not None:
            raise refused("status", "This task is archived.")
        yield OnTask(work)


@asynccontextmanager
async def at_process(call: Call, process_id: UUID) -> AsyncIterator[Place]:
    """A transaction on a locked process that the caller sees. Raises NotFound, Forbidden, Refused."""
    async with working_on(call, process_id) as work:
        refuse_archived(work)
        scene = Scene(
            type="Run",
            id=process_id,
            title=work.loaded.name,
            process_id=process_id,
            template_id=work.loaded.template_id,
        )
        yield OnProcess(work, scene)
