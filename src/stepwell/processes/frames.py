"""The frame of every command on a process: one transaction, the process locked, what changed written as
sets.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from stepwell.db.pool import Tenant
from stepwell.engine.model import Change, House, Process, Task
from stepwell.engine.work import BOT, Actor
from stepwell.errors import Refused
from stepwell.events.log import BOT as BOT_AUTHOR
from stepwell.events.log import Author, Subject, append
from stepwell.http.call import Call
from stepwell.mail.steps import mail_sent_steps
from stepwell.people.directory import Mentioned, Register, ensure_guests, register_of
from stepwell.processes.deferring import defer_follow_ups
from stepwell.processes.expanding import expand_reopened
from stepwell.processes.loading import Loaded, load_process
from stepwell.processes.refusals import with_refusals_told
from stepwell.processes.store import save_change, save_people
from stepwell.processes.titles import retitled
from stepwell.processes.viewers import sync_viewers
from stepwell.services import Services

HOUSE = """
    SELECT timezone, working_days, default_deadline FROM organizations WHERE organization_id =
      %(organization_id)s
"""


@dataclass(slots=True, kw_only=True)
class Work:
    """A locked process that somebody, a person or the clock, does something with."""

    services: Services
    tenant: Tenant
    loaded: Loaded
    house: House
    at: datetime
    author: Author  # as the log names who acts
    actor: Actor  # the same to the engine
    register: Register | None = None

    @property
    def process(self) -> Process:
        return self.loaded.process

    async def know(self, *tasks: Task, mentioned: Mentioned | None = None) -> Register:
        """The directory of everybody these tasks and `mentioned` name; read once, and again when asked for
        more.
        """
        mentioned = mentioned or Mentioned()
        for task in tasks:
            mentioned.add(task.people)
        mentioned.users |= {self.process.owner_id, self.process.starter_id}
        if self.actor.user_id is not None:
            mentioned.users.add(self.actor.user_id)
        self.register = await register_of(self.tenant, mentioned)
        return self.register

    async def save(
        self,
        change: Change,
        *,
        definitions: Mapping[UUID, Any] = MappingProxyType({}),
        involved: bool = False,
        author: Author | None = None,
    ) -> None:
        """Write a change with its events. `involved`: who may see the process has changed besides the
        assignees.
        """
        before = self.process
        change = await retitled(self.tenant, before, change, self.house)
        change = await with_refusals_told(self.tenant, change, self.at)
        regrouped = any(_reassigned(before, task) for task in change.tasks)
        if regrouped:
            register = self.register or await self.know(*change.tasks)
            emails = {email for task in change.tasks for email in task.people.guests}
            await ensure_guests(self.tenant, self.services.numbers, register, emails, self.at)
        subject = Subject("Run", before.id, self.loaded.last_event)
        who = author or self.author
        last = await append(self.tenant, self.services.numbers, who, self.at, subject, change.events)
        await save_change(self.tenant, before, change, last, self.at, definitions)
        await save_people(self.tenant, before.tasks, change.tasks, self.register)
        regrouped |= await expand_reopened(self.tenant, before.tasks, change.tasks)
        await defer_follow_ups(self.tenant, {before.id: before}, change.process)
        await mail_sent_steps(self.tenant, self.services, before, change, self.house, self.at)
        if regrouped or involved:
            await sync_viewers(self.tenant, before.id)


@dataclass(slots=True, kw_only=True)
class CalledWork(Work):
    """The work of a request."""

    call: Call


def called(call: Call, tenant: Tenant, loaded: Loaded, house: House, at: datetime) -> dict[str, Any]:
    """What makes a piece of work that of a request, for its constructor."""
    member = call.member
    return {
        "call": call,
        "services": call.services,
        "tenant": tenant,
        "loaded": loaded,
        "house": house,
        "at": at,
        "author": Author(member.user_id),
        "actor": Actor(user_id=member.user_id),
    }


def _reassigned(before: Process, task: Task) -> bool:
    old = before.tasks.get(task.id)
    return old is None or old.people != task.people


@asynccontextmanager
async def working_on(call: Call, process_id: UUID) -> AsyncIterator[CalledWork]:
    """A transaction on a locked process that the caller may see. Raises NotFound or Forbidden."""
    async with call.db.transaction(call.member) as tenant:
        yield await start_work(call, tenant, process_id)


async def start_work(
    call: Call, tenant: Tenant, process_id: UUID, *, around: UUID | None = None
) -> CalledWork:
    """Lock and load a process inside a transaction. The clock is read after the lock.

    `around`: only as far as the completion or reopening of this task can reach.
    """
    loaded = await load_process(tenant, call.services.versions, call.member, process_id, around=around)
    return CalledWork(**called(call, tenant, loaded, loaded.house, call.services.clock()))


async def start_work_by_clock(services: Services, tenant: Tenant, process_id: UUID) -> Work:
    """Lock and load a process for what happens by itself; the bot is the author. Raises NotFound."""
    loaded = await load_process(tenant, services.versions, None, process_id)
    return Work(
        services=services,
        tenant=tenant,
        loaded=loaded,
        house=loaded.house,
        at=services.clock(),
        author=BOT_AUTHOR,
        actor=BOT,
    )


def refuse_archived(work: Work) -> None:
    """Raises Refused for an archived process (P-203)."""
    if work.process.archived_at is not None:
        message = "Cannot update archived processes."
        raise Refused(message, {"status": [message]})
