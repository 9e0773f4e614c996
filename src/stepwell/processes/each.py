"""One decision about each of many tasks, in batches: what changes in the organization and not in a process."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from stepwell.access.members import ADMIN, Member
from stepwell.db.pool import Tenant
from stepwell.engine.model import Change, Directory, House, Process
from stepwell.engine.reach import people_rules_may_assign
from stepwell.events.log import BOT
from stepwell.people.directory import Mentioned, Register, register_of
from stepwell.processes.saving import save_outcomes
from stepwell.processes.several import Wanted, hold_around
from stepwell.processes.writing import Held, Outcome
from stepwell.services import Services

BATCH = 200  # tasks that one transaction takes
PASSES = 40  # over those that others hold just now
PAUSE_SECONDS = 0.25
Decide = Callable[[Process, Sequence[UUID], datetime, House, Directory], Change]

OPEN_TASKS = """
    SELECT task.id, task.process_id, task.step_id, process.version_id
      FROM tasks task LEFT JOIN processes process
        ON process.organization_id = task.organization_id AND process.id = task.process_id
     WHERE task.organization_id = %(organization_id)s AND task.id = ANY (%(ids)s)
       AND task.status <> 'completed' AND task.archived_at IS NULL
     ORDER BY task.process_id, task.id
"""


class TasksLocked(Exception):
    """Some tasks were held by others all the time; another run finds what is left."""


async def decide_about_each(
    services: Services,
    organization_id: UUID,
    task_ids: Sequence[UUID],
    decide: Decide,
    mentioned: Mentioned | None = None,
) -> int:
    """Decide about tasks that are not completed, hidden ones too. Returns how many changed.

    `mentioned` are those whom the decision names beside the people of the tasks and of rules. Raises TasksLocked.
    """
    waiting = list(task_ids)
    changed = 0
    for place in range(PASSES):
        if place:
            await asyncio.sleep(PAUSE_SECONDS)
        missed: list[UUID] = []
        for start in range(0, len(waiting), BATCH):
            batch = waiting[start : start + BATCH]
            async with services.db.transaction(Member(organization_id, 0, ADMIN)) as tenant:
                wanted = [Wanted(*row) for row in await tenant.fetch_all(OPEN_TASKS, {"ids": batch})]
                held = await hold_around(tenant, services.versions, wanted)
                changed += await _decided(services, tenant, held, wanted, decide, mentioned or Mentioned())
            locked = {one.process.id for one in held}
            missed += [task.id for task in wanted if (task.process_id or task.id) not in locked]
        waiting = missed
        if not waiting:
            return changed
    raise TasksLocked


async def _decided(
    services: Services,
    tenant: Tenant,
    held: Sequence[Held],
    wanted: Sequence[Wanted],
    decide: Decide,
    mentioned: Mentioned,
) -> int:
    tasks: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for task in wanted:
        tasks[task.process_id or task.id].append(task.id)
    register = await _register(tenant, held, tasks, mentioned)
    at = services.clock()
    outcomes = []
    for one in held:
        present = [task_id for task_id in tasks[one.process.id] if task_id in one.process.tasks]
        change = decide(one.process, present, at, register.house, register.directory)
        if change.events or change.tasks:
            outcomes.append(Outcome(one, change))
    if outcomes:
        await save_outcomes(services, tenant, BOT, outcomes, at, register.house, register)
    return sum(len(one.change.tasks) for one in outcomes)


async def _register(
    tenant: Tenant, held: Sequence[Held], tasks: dict[UUID, list[UUID]], mentioned: Mentioned
) -> Register:
    """Everybody who is to do these tasks, and whom the rules may name that follow."""
    known = Mentioned(set(mentioned.users), set(mentioned.emails), set(mentioned.groups))
    for one in held:
        process = one.process
        known.users |= {process.owner_id, process.starter_id}
        for task in (process.tasks.get(task_id) for task_id in tasks[process.id]):
            if task is not None:
                known.add(task.people)
                if task.step_id is not None and not task.oneoff:
                    known.add(people_rules_may_assign(process, task.step_id))
    return await register_of(tenant, known)
