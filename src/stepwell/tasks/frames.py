"""The frame of every command on a task, whether it stands in a process or on its own.

A task of a process is locked and loaded with the process. One on its own is locked by its own row, has its own
events, and comes to the engine as a project that holds nothing else, so that commands need not tell them apart.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from stepwell.comments.adding import Said, add_comment, scene_of
from stepwell.comments.limits import refuse_too_many_comments
from stepwell.comments.texts import comment_text, is_blank
from stepwell.db.pool import Tenant
from stepwell.engine.model import (
    NOBODY,
    Change,
    Directory,
    Event,
    House,
    People,
    Process,
    Task,
    change_between,
)
from stepwell.engine.oneoff import alone
from stepwell.engine.reach import people_rules_may_assign
from stepwell.engine.work import Actor
from stepwell.errors import Forbidden, NotFound
from stepwell.events.log import Author
from stepwell.http.call import Call
from stepwell.people.directory import Mentioned, Register, house_of
from stepwell.processes.frames import HOUSE, CalledWork, called, start_work
from stepwell.processes.loading import Loaded
from stepwell.processes.queries import wanted_of
from stepwell.processes.writing import Held
from stepwell.tasks import rows
from stepwell.tasks.access import sees
from stepwell.tasks.queries import JOINED, SEEN
from stepwell.tasks.shapes import MINE
from stepwell.templates.approvals import settle_publication

PROCESS_OF = """
    SELECT process_id FROM tasks WHERE organization_id = %(organization_id)s AND id = %(task_id)s
"""
ALONE = sql.SQL("""
    SELECT {seen}, {mine}, task.last_event, task.mentioned, {columns} FROM {joined}
     WHERE task.organization_id = %(organization_id)s AND task.id = %(task_id)s AND task.process_id IS NULL
       FOR UPDATE OF task
""").format(seen=SEEN, mine=MINE, columns=sql.SQL(rows.SELECTED), joined=JOINED)
NOWHERE = UUID(int=0)


class TaskMoved(psycopg.errors.SerializationFailure):
    """The task was linked or unlinked between finding and locking it: the command is done anew."""


@dataclass(slots=True, kw_only=True)
class LoneWork(CalledWork):
    """A locked task that stands in no process."""

    @property
    def held(self) -> Held:
        is_new = self.loaded.last_event == 0
        process = replace(self.process, tasks={}) if is_new else self.process
        return Held(process, self.loaded.last_event, is_task=True)

    async def save(
        self,
        change: Change,
        *,
        definitions: Mapping[UUID, Any] = MappingProxyType({}),
        involved: bool = False,
        author: Author | None = None,
    ) -> None:
        """Write the task with its events. Nobody is `involved` in it but its people."""
        held = self.held
        await CalledWork.save(self, change, definitions=definitions, involved=involved, author=author)
        who = author or self.author
        await settle_publication(
            self.tenant, self.services.numbers, held.process.tasks, change.tasks, who, self.at
        )


@dataclass(slots=True)
class TaskWork:
    """What a command does to a locked task: decision follows decision, and all is written at once when it is saved."""

    base: CalledWork
    task_id: UUID
    process: Process  # as the decisions so far leave it
    events: list[Event] = field(default_factory=list)
    involved: bool = False  # somebody may see the process now who might not before
    touched: bool = False
    said: int = 0

    @property
    def call(self) -> Call:
        return self.base.call

    @property
    def tenant(self) -> Tenant:
        return self.base.tenant

    @property
    def house(self) -> House:
        return self.base.house

    @property
    def at(self) -> datetime:
        return self.base.at

    @property
    def actor(self) -> Actor:
        return self.base.actor

    @property
    def task(self) -> Task:
        return self.process.tasks[self.task_id]

    @property
    def mine(self) -> bool:
        """The caller is assigned to the task, directly or by a group."""
        return self.task_id in self.base.loaded.mine

    @property
    def process_id(self) -> UUID | None:
        """None: the task stands on its own."""
        return None if isinstance(self.base, LoneWork) else self.process.id

    @property
    def governed(self) -> bool:
        """The caller is an administrator, or owner or starter of the process, or creator of a task on its own."""
        return self.base.loaded.governed_by(self.call.member)

    async def know(self, mentioned: Mentioned | None = None) -> Register:
        """Everybody who is assigned to the task or whom rules that follow may assign, and who else is mentioned."""
        mentioned = mentioned or Mentioned()
        mentioned.add(self._people_of_rules())
        return await self.base.know(self.task, mentioned=mentioned)

    async def directory(self) -> Directory:
        """Whom rules that follow need to know; nothing is read where none of them assigns anybody."""
        return (await self.know()).directory if self._people_of_rules() else Directory()

    def _people_of_rules(self) -> People:
        if self.task.oneoff or self.task.step_id is None:
            return NOBODY
        return people_rules_may_assign(self.process, self.task.step_id)

    def follow(self, change: Change) -> None:
        """Go on from what was decided."""
        self.process = change.process
        self.events.extend(change.events)

    async def say(self, content: str, author: Author | None = None) -> None:
        """Write a comment on the task, the caller's unless there is another author; of a blank one there is none."""
        content = comment_text(content)
        if is_blank(content):
            return
        if author is None:
            limit = self.call.services.settings.comments_per_hour
            await refuse_too_many_comments(self.tenant, limit, self.at)
        who = author or Author(self.call.member.user_id)
        scene = scene_of(self.task, self.process_id)
        at = self.at + timedelta(microseconds=self.said)  # several comments stay in their order
        added = await add_comment(self.tenant, scene, Said(content=content), who, at)
        self.said += 1
        self.events.append(added.event)
        self.involved = self.involved or added.involved

    def touch(self) -> None:
        """Have the time of change move, whatever was changed beside the task itself."""
        self.touched = True

    async def save(self, definitions: Mapping[UUID, Any] = MappingProxyType({})) -> Change:
        """Write all of it. Returns what has changed."""
        change = change_between(self.base.process, self.process, tuple(self.events))
        if self.touched and all(task.id != self.task_id for task in change.tasks):
            change = replace(change, tasks=(*change.tasks, self.task))
        await self.base.save(change, definitions=definitions, involved=self.involved)
        return change


@asynccontextmanager
async def working_on_task(
    call: Call, task_id: UUID, process_id: UUID | None = None, *, within_reach: bool = False
) -> AsyncIterator[TaskWork]:
    """A transaction on a task that the caller may see, locked with its process if it stands in one.

    `within_reach`: of the process only what the task's completion or reopening can touch is loaded.
    Raises NotFound (unknown, or not of `process_id`) or Forbidden.
    """
    gates = call.services.gates
    subject = process_id or gates.subject_of(task_id)
    async with gates.passing(subject), call.db.transaction(call.member) as tenant:
        work = await start_work_on_task(call, tenant, task_id, process_id, within_reach=within_reach)
        if work.process_id is not None:
            gates.remember(task_id, work.process_id)
        yield work


async def start_work_on_task(
    call: Call,
    tenant: Tenant,
    task_id: UUID,
    process_id: UUID | None = None,
    *,
    within_reach: bool = False,
) -> TaskWork:
    """Lock and load a task, and its process, inside a transaction. The clock is read after the lock."""
    found = process_id or await tenant.fetch_value(PROCESS_OF, {"task_id": task_id})
    if found is None:
        return await _start_alone(call, tenant, task_id)
    work = await start_work(call, tenant, found, around=task_id if within_reach else None)
    task = work.process.tasks.get(task_id)
    if task is None:
        raise NotFound if process_id else TaskMoved
    if not sees(call.member, task, mine=task_id in work.loaded.mine):
        raise Forbidden("You may not see this task.")
    return TaskWork(work, task_id, work.process)


async def _start_alone(call: Call, tenant: Tenant, task_id: UUID) -> TaskWork:
    settings = await tenant.execute(HOUSE)
    wanted = wanted_of(call.member, call.now, call.origin) | {"task_id": task_id}
    row = await tenant.fetch_first(ALONE, wanted)
    if row is None:
        raise TaskMoved
    seen, mine, last_event, mentioned, *columns = row
    if not seen:
        raise Forbidden("You may not see this task.")
    house = await settings.fetchone()
    assert house is not None
    task = rows.task_of(columns)
    loaded = lone(task, last_event, mentioned, mine=mine)
    work = LoneWork(**called(call, tenant, loaded, house_of(*house), call.services.clock()))
    return TaskWork(work, task_id, work.process)


def lone(
    task: Task, last_event: int = 0, mentioned: list[int] | None = None, *, mine: bool = False
) -> Loaded:
    """A task on its own, loaded like a process that holds it alone; without events it is a new one."""
    return Loaded(
        process=alone(task),
        last_event=last_event,
        name=task.title,
        users=[],
        groups=[],
        everyone_reads=False,
        reader_users=[],
        reader_groups=[],
        mentioned=mentioned or [],
        assign_someone_else=True,
        can_add_oot=True,
        template_id=task.template_id or NOWHERE,
        collaborators=[],
        is_viewer=True,
        mine=frozenset({task.id}) if mine else frozenset(),
    )
