"""The one way in which what was decided about locked processes and tasks gets into the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from stepwell.db.pool import Tenant
from stepwell.engine.model import House, Task
from stepwell.engine.oneoff import of_the_task_alone
from stepwell.events.log import Author
from stepwell.mail.steps import mail_all_sent_steps
from stepwell.people.directory import Mentioned, Register, ensure_guests, register_of
from stepwell.processes.expanding import expand_reopened
from stepwell.processes.refusals import with_all_refusals_told
from stepwell.processes.store import insert_tasks, save_people
from stepwell.processes.titles import retitled
from stepwell.processes.viewers import sync_viewers_of
from stepwell.processes.writing import Outcome, write
from stepwell.services import Services


async def save_outcomes(
    services: Services,
    tenant: Tenant,
    author: Author,
    outcomes: Sequence[Outcome],
    at: datetime,
    house: House,
    register: Register | None = None,
    *,
    definitions: Mapping[UUID, Any] = MappingProxyType({}),
    involved: bool = False,
    sends_mail: bool = True,
) -> None:
    """Write what was decided, with all that follows from it, as sets.

    `register` knows everybody whom the decisions may name; None: it is asked for when somebody's tasks change.
    `definitions` are the own forms of new one-off tasks. `involved`: who may see the processes has changed besides the
    assignees.
    """
    outcomes = await _worded(tenant, outcomes, at, house)
    before = {task.id: task for one in outcomes for task in one.held.process.tasks.values()}
    tasks = [task for one in outcomes for task in one.change.tasks]
    regrouped = [one for one in outcomes if any(_reassigned(before, task) for task in one.change.tasks)]
    if regrouped:
        changed = [task for one in regrouped for task in one.change.tasks]
        register = register or await register_of(tenant, _mentioned(changed))
        emails = {email for task in changed for email in task.people.guests}
        await ensure_guests(tenant, services.numbers, register, emails, at)
    for one in outcomes:
        new = [task for task in one.change.tasks if task.id not in before]
        if new:
            process_id = None if one.held.is_task else one.held.process.id
            await insert_tasks(tenant, one.change.process, process_id, new, at, definitions)
    await write(tenant, services.numbers, author, outcomes, at)
    await save_people(tenant, before, tasks, register)
    if await expand_reopened(tenant, before, tasks) or involved:
        regrouped = list(outcomes)
    if seen_by_others := [one.held.process.id for one in regrouped if not one.held.is_task]:
        await sync_viewers_of(tenant, seen_by_others)
    if sends_mail:
        changes = [(one.held.process, one.change) for one in outcomes]
        await mail_all_sent_steps(tenant, services, changes, house, at)


async def _worded(tenant: Tenant, outcomes: Sequence[Outcome], at: datetime, house: House) -> list[Outcome]:
    """The outcomes with the titles that follow, with what the bot says, and without what concerns no real process."""
    changes = [of_the_task_alone(one.change) if one.held.is_task else one.change for one in outcomes]
    known = [one.held.process if one.held.last_event else None for one in outcomes]
    changes = await retitled(tenant, list(zip(known, changes, strict=True)), house)
    changes = await with_all_refusals_told(tenant, changes, at)
    return [replace(one, change=change) for one, change in zip(outcomes, changes, strict=True)]


def _reassigned(before: Mapping[UUID, Task], task: Task) -> bool:
    old = before.get(task.id)
    return old is None or old.people != task.people


def _mentioned(tasks: Iterable[Task]) -> Mentioned:
    mentioned = Mentioned()
    for task in tasks:
        mentioned.add(task.people)
    return mentioned
