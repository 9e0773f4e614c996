"""Going through all that is due in an organization, batch by batch.

A batch is one transaction: it locks the processes of some due tasks, has the engine decide about all of them and
writes what changed with one statement a table. What is locked by somebody else is left to a later pass, so that a
sweep waits for nobody; two sweeps of one organization share the work. A worker that is killed loses one batch,
which is found again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg
from psycopg import sql

from stepwell.clock.due import BATCH, START, DueTask, by_itself, due_page
from stepwell.comments.adding import scene_of
from stepwell.comments.by_bot import say_by_bot
from stepwell.db.pool import Tenant
from stepwell.engine.model import Change, Directory, House, Process, Task
from stepwell.engine.reach import people_rules_may_assign
from stepwell.events.log import BOT
from stepwell.people.directory import Mentioned, Register, house_of, register_of
from stepwell.processes.frames import HOUSE
from stepwell.processes.saving import save_outcomes
from stepwell.processes.several import hold_around, with_events
from stepwell.processes.writing import Held, Outcome
from stepwell.services import Services

log = logging.getLogger("stepwell.clock")
PASSES = 3  # over what others had locked; then the next sweep takes it
LANES = 2  # batches at a time: the database writes one while the engine decides about the other
A_BREATH = 20  # processes that are decided before the requests of the same server have their turn

Decide = Callable[[Process, Sequence[UUID], datetime, House, Directory], Change]
Remark = Callable[[Task], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What is looked for, what is decided about it, and what the bot says on each task that it completes."""

    query: sql.Composed
    decide: Decide
    remark: Remark | None = None
    sets_off_rules: bool = True


@dataclass(slots=True)
class Tally:
    """How many tasks were closed, and how many processes were locked by others."""

    closed: int = 0
    locked: int = 0


async def sweep(
    services: Services, organization_id: UUID, what: Sweep, until: datetime, *, batch: int = BATCH
) -> int:
    """Go through what was due at `until`. Returns how many tasks were closed."""
    closed = 0
    for _ in range(PASSES):
        found = await _pass(services, organization_id, what, until, batch)
        closed += found.closed
        if not found.locked:
            break
    return closed


async def _pass(services: Services, organization_id: UUID, what: Sweep, until: datetime, batch: int) -> Tally:
    tally, after, one_at_a_time = Tally(), START, asyncio.Lock()

    async def lane() -> None:
        nonlocal after
        while True:
            async with one_at_a_time, services.db.reading(by_itself(organization_id)) as tenant:
                page = await due_page(tenant, what.query, until, after, batch)
                if not page:
                    return
                after = (page[-1].deadline, page[-1].id)
            done = await _batch(services, organization_id, page, what)
            tally.closed += done.closed
            tally.locked += done.locked

    await asyncio.gather(*(lane() for _ in range(LANES)))
    return tally


async def _batch(services: Services, organization_id: UUID, page: Sequence[DueTask], what: Sweep) -> Tally:
    """One transaction over these tasks. When it fails, each half is tried alone: what is wrong with one process must
    not keep the others of the organization from what is due to them."""
    try:
        async with services.db.transaction(by_itself(organization_id)) as tenant:
            return await _close(services, tenant, page, what)
    except (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected):
        return Tally(locked=len(page))
    except Exception as error:
        if isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
            raise  # the database went away: the job is done again
        if len(page) == 1:
            log.exception("The clock could do nothing about task %s.", page[0].id.hex)
            return Tally()
    halves = page[: len(page) // 2], page[len(page) // 2 :]
    first, second = [await _batch(services, organization_id, half, what) for half in halves]
    return Tally(first.closed + second.closed, first.locked + second.locked)


async def _close(services: Services, tenant: Tenant, page: Sequence[DueTask], what: Sweep) -> Tally:
    due: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for task in page:
        due[task.process_id or task.id].append(task.id)
    settings = await tenant.execute(HOUSE)
    held = await hold_around(tenant, services.versions, page)
    row = await settings.fetchone()
    if row is None:
        return Tally()
    house, at = house_of(*row), services.clock()
    register = await _register(tenant, held, due) if what.sets_off_rules else None
    outcomes = []
    for place, one in enumerate(held):
        if place % A_BREATH == A_BREATH - 1:
            await asyncio.sleep(0)
        directory = register.directory if register is not None else Directory()
        change = what.decide(one.process, due[one.process.id], at, house, directory)
        if change.events or change.tasks:
            outcomes.append(Outcome(one, change))
    if outcomes:
        if what.remark is not None:
            outcomes = await _remarked(tenant, outcomes, what.remark, at)
        await save_outcomes(
            services, tenant, BOT, outcomes, at, house, register, sends_mail=what.sets_off_rules
        )
    closed = sum(len(_completed(outcome)) for outcome in outcomes)
    return Tally(closed, len(due) - len(held))


async def _register(tenant: Tenant, held: Sequence[Held], due: dict[UUID, list[UUID]]) -> Register | None:
    """Everybody whom the rules may name that follow; None when they name nobody."""
    mentioned = Mentioned()
    for one in held:
        process = one.process
        for task_id in due[process.id]:
            task = process.tasks.get(task_id)
            if task is not None and not task.oneoff:
                mentioned.add(people_rules_may_assign(process, task.step_id))
    if not (mentioned.users or mentioned.emails or mentioned.groups):
        return None
    for one in held:
        mentioned.users |= {one.process.owner_id, one.process.starter_id}
    return await register_of(tenant, mentioned)


async def _remarked(
    tenant: Tenant, outcomes: Sequence[Outcome], remark: Remark, at: datetime
) -> list[Outcome]:
    """The outcomes with the events of what the bot says about them."""
    said = [
        (place, scene_of(task, None if one.held.is_task else one.held.process.id), text)
        for place, one in enumerate(outcomes)
        for task in _completed(one)
        if (text := remark(task)) is not None
    ]
    events = await say_by_bot(tenant, [(scene, text) for _, scene, text in said], at)
    remarked = list(outcomes)
    for (place, _, _), event in zip(said, events, strict=True):
        one = remarked[place]
        remarked[place] = Outcome(one.held, with_events(one.change, [event]))
    return remarked


def _completed(outcome: Outcome) -> list[Task]:
    before = outcome.held.process.tasks
    return [task for task in outcome.change.tasks if task.completed and not before[task.id].completed]
