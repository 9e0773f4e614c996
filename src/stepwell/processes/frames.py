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
from stepwell.events.log import Author
from stepwell.http.call import Call
from stepwell.people.directory import Mentioned, Register, register_of
from stepwell.processes.loading import Loaded, load_process
from stepwell.processes.saving import save_outcomes
from stepwell.processes.writing import Held, Outcome
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

    @property
    def held(self) -> Held:
        return Held(self.process, self.loaded.last_event, kept=self.loaded.kept)

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
        await save_outcomes(
            self.services,
            self.tenant,
            author or self.author,
            [Outcome(self.held, change)],
            self.at,
            self.house,
            self.register,
            definitions=definitions,
            involved=involved,
        )


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


@asynccontextmanager
async def working_on(call: Call, process_id: UUID) -> AsyncIterator[CalledWork]:
    """A transaction on a locked process that the caller may see. Raises NotFound or Forbidden."""
    async with call.services.gates.passing(process_id), call.db.transaction(call.member) as tenant:
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
