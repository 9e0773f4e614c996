"""Several processes at once between the database and the engine: locked, loaded and saved as sets.

For what happens to many processes by itself. A one-off task that stands in no process comes as a project of its
own, as it does everywhere. Whatever somebody else holds just now is left out, so nobody waits for anybody.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from stepwell.db.ids import Numbers
from stepwell.db.pool import Tenant
from stepwell.engine.forms import fields_of
from stepwell.engine.model import Change, Event, FormField, House, Process, Task
from stepwell.engine.oneoff import alone, of_the_task_alone
from stepwell.engine.progress import counts
from stepwell.engine.reach import reach_for
from stepwell.engine.tally import NO_TASKS, Tally, tally_of
from stepwell.engine.variables import has_variables, with_titles
from stepwell.events.log import BOT, Subject, append_to_several
from stepwell.people.directory import Mentioned, Register, ensure_guests, register_of
from stepwell.processes.deferring import defer_follow_ups
from stepwell.processes.expanding import expand_reopened
from stepwell.processes.loading import COUNT_COLUMNS, KEPT_COUNTS, STATE, process_of, tally_kept
from stepwell.processes.refusals import with_all_refusals_told
from stepwell.processes.store import counted, save_people
from stepwell.processes.titles import names_in, titles_may_follow
from stepwell.processes.viewers import sync_viewers_of
from stepwell.tasks import rows
from stepwell.templates.versions import VersionShelf

HEADS = f"""
    SELECT process.id, process.last_event, {KEPT_COUNTS}, {STATE} FROM processes process
     WHERE process.organization_id = %(organization_id)s AND process.id = ANY (%(process_ids)s)
     ORDER BY process.id
       FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - of constants
TASKS = f"""
    SELECT task.process_id, {rows.SELECTED} FROM tasks task
     WHERE task.organization_id = %(organization_id)s AND"""  # noqa: S608 - of constants
GIVEN_TASKS = f"{TASKS} task.id = ANY (%(task_ids)s)"
TASKS_OF_STEPS = f"""{TASKS} task.process_id = ANY (%(process_ids)s) AND NOT task.oneoff
       AND task.step_id = ANY (%(step_ids)s) AND task.id NOT IN (SELECT unnest(%(task_ids)s::uuid[]))
"""
ALL_OTHER_TASKS = f"""{TASKS} task.process_id = ANY (%(process_ids)s)
       AND task.id NOT IN (SELECT unnest(%(task_ids)s::uuid[]))
     ORDER BY task.process_id, task.position, task.id
"""
ALONE = f"""
    SELECT task.last_event, {rows.SELECTED} FROM tasks task
     WHERE task.organization_id = %(organization_id)s AND task.id = ANY (%(lone_ids)s) AND task.process_id IS NULL
     ORDER BY task.id
       FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - of constants


Loading = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A task that something is to happen to. `process_id` None: it stands in no process."""

    id: UUID
    process_id: UUID | None
    step_id: UUID | None
    version_id: UUID | None


@dataclass(frozen=True, slots=True)
class Held:
    """A locked process. `is_task`: a one-off task on its own."""

    process: Process
    last_event: int
    is_task: bool = False

    @property
    def subject(self) -> Subject:
        return Subject("Task" if self.is_task else "Run", self.process.id, self.last_event)


async def hold_several(
    tenant: Tenant, shelf: VersionShelf, process_ids: Sequence[UUID], lone_task_ids: Sequence[UUID]
) -> list[Held]:
    """Lock and load those of these processes, whole, and tasks on their own that nobody else holds."""
    ids = {"process_ids": list(process_ids), "task_ids": [], "lone_ids": list(lone_task_ids)}
    return await _held(tenant, shelf, ids, [(ALL_OTHER_TASKS, ids)], whole=True)


async def hold_around(tenant: Tenant, shelf: VersionShelf, wanted: Sequence[Wanted]) -> list[Held]:
    """Lock and load the processes of these tasks that nobody else holds, as far as completing the tasks reaches."""
    inside = [task for task in wanted if task.process_id is not None]
    ids = {
        "process_ids": sorted({task.process_id for task in inside if task.process_id is not None}),
        "task_ids": [task.id for task in inside],
        "lone_ids": sorted(task.id for task in wanted if task.process_id is None),
    }
    reached = await _reached(tenant, shelf, inside)
    queries: list[Loading] = [(GIVEN_TASKS, ids)]
    if reached is None:
        queries.append((ALL_OTHER_TASKS, ids))
    elif reached:
        queries.append((TASKS_OF_STEPS, {**ids, "step_ids": sorted(reached)}))
    return await _held(tenant, shelf, ids, queries, whole=reached is None)


async def _reached(tenant: Tenant, shelf: VersionShelf, inside: Sequence[Wanted]) -> set[UUID] | None:
    """The steps that these tasks reach beside their own; None: maybe all."""
    reached: set[UUID] = set()
    for version_id, step_id in {(task.version_id, task.step_id) for task in inside}:
        if version_id is None or step_id is None:
            continue
        steps = reach_for(await shelf.version(tenant, version_id), step_id)
        if steps is None:
            return None
        if len(steps) > 1:
            reached |= steps
    return reached


async def _held(
    tenant: Tenant, shelf: VersionShelf, ids: Mapping[str, Any], queries: Sequence[Loading], *, whole: bool
) -> list[Held]:
    heads = await tenant.execute(HEADS, ids)
    # Statements of their own, so that they see what whoever held the locks has written.
    found = [await tenant.execute(query, more) for query, more in queries]
    lone = await tenant.execute(ALONE, ids)
    tasks_of: defaultdict[UUID, dict[UUID, Task]] = defaultdict(dict)
    for some in found:
        for process_id, *columns in await some.fetchall():
            task = rows.task_of(columns)
            tasks_of[process_id][task.id] = task
    held = [
        Held(alone(rows.task_of(columns)), last_event, is_task=True)
        for last_event, *columns in await lone.fetchall()
    ]
    for process_id, last_event, *columns in await heads.fetchall():
        kept, state = columns[:COUNT_COLUMNS], columns[COUNT_COLUMNS:]
        version = await shelf.version(tenant, state[0]) if state[0] is not None else None
        tasks = tasks_of[process_id]
        elsewhere = NO_TASKS if whole else tally_kept(kept).without(tally_of(tasks.values()))
        held.append(Held(process_of(process_id, version, state, tasks, elsewhere), last_event))
    return held


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was decided about a held process."""

    held: Held
    change: Change


async def save_several(
    tenant: Tenant,
    numbers: Numbers,
    outcomes: Sequence[Outcome],
    at: datetime,
    house: House,
    register: Register | None = None,
) -> None:
    """Write what was decided, one statement a table. The bot is the author.

    `register` knows everybody whom the decisions may name. Values, kick-off form and owner of a process are not
    written, and no task is new: nothing that happens by itself changes those.
    """
    outcomes = await _retitled(tenant, outcomes, house)
    changes = await with_all_refusals_told(tenant, [one.change for one in outcomes], at)
    outcomes = [Outcome(one.held, change) for one, change in zip(outcomes, changes, strict=True)]
    before = {task.id: task for one in outcomes for task in one.held.process.tasks.values()}
    tasks = [task for one in outcomes for task in one.change.tasks]
    regrouped = [
        one for one in outcomes if any(before[task.id].people != task.people for task in one.change.tasks)
    ]
    if regrouped:
        changed = [task for one in regrouped for task in one.change.tasks]
        register = register or await register_of(tenant, _mentioned(changed))
        await ensure_guests(
            tenant, numbers, register, {mail for task in changed for mail in task.people.guests}, at
        )
    happened = [(one.held.subject, one.change.events) for one in outcomes]
    last_events = await append_to_several(tenant, numbers, BOT, at, happened)
    await _save_rows(tenant, outcomes, last_events, at)
    await save_people(tenant, before, tasks, register)
    held = {one.held.process.id: one.held.process for one in outcomes}
    await defer_follow_ups(tenant, held, *(one.change.process for one in outcomes))
    if await expand_reopened(tenant, before, tasks):
        regrouped = list(outcomes)
    if seen_by_others := [one.held.process.id for one in regrouped if not one.held.is_task]:
        await sync_viewers_of(tenant, seen_by_others)


def _mentioned(tasks: Iterable[Task]) -> Mentioned:
    mentioned = Mentioned()
    for task in tasks:
        mentioned.add(task.people)
    return mentioned


async def _retitled(tenant: Tenant, outcomes: Sequence[Outcome], house: House) -> list[Outcome]:
    """The outcomes as they are written: with the titles that follow, and nothing said about a lone task's project."""
    outcomes = [
        Outcome(one.held, of_the_task_alone(one.change)) if one.held.is_task else one for one in outcomes
    ]
    telling = [one for one in outcomes if titles_may_follow(one.held.process, one.change)]
    if not telling:
        return outcomes
    names = await names_in(tenant, *(one.change.process for one in telling))
    return [_with_titles(one, house, names) if one in telling else one for one in outcomes]


def _with_titles(one: Outcome, house: House, names: Mapping[str, str]) -> Outcome:
    before = one.change.process
    if not any(has_variables(task.original_title) for task in before.tasks.values()):
        return one
    after = with_titles(before, house, names, alone=one.held.is_task)
    changed = {task.id for task in one.change.tasks}
    changed |= {task.id for task in after.tasks.values() if before.tasks[task.id] != task}
    tasks = tuple(task for task in after.tasks.values() if task.id in changed)
    return Outcome(one.held, replace(one.change, process=after, tasks=tasks))


SAVE_PROCESSES = """
    UPDATE processes process
       SET completed_at = new.completed_at, status = new.status, fired_rules = new.fired,
           follow_ups = new.follow_ups, complete_tasks = new.complete_tasks,
           visible_tasks = new.visible_tasks, whole_complete = new.whole_complete,
           whole_tasks = new.whole_tasks, late_completed = new.late_completed, problem_tasks = new.problem_tasks,
           open_deadlines = new.open_deadlines, max_deadline = new.max_deadline,
           last_event = new.last_event, updated_at = %(at)s
      FROM jsonb_to_recordset(%(processes)s) AS new (id uuid, completed_at timestamptz, status text, fired uuid[],
           follow_ups uuid[], complete_tasks int, visible_tasks int, whole_complete int, whole_tasks int,
           late_completed int, problem_tasks int, open_deadlines timestamptz[], max_deadline timestamptz,
           last_event int)
     WHERE process.organization_id = %(organization_id)s AND process.id = new.id
"""
LATEST = """
    SELECT task.process_id, max(task.deadline) FROM tasks task
     WHERE task.organization_id = %(organization_id)s AND task.process_id = ANY (%(process_ids)s)
       AND task.status <> 'auto-skipped' AND task.archived_at IS NULL
       AND task.id NOT IN (SELECT unnest(%(loaded)s::uuid[]))
     GROUP BY task.process_id
"""
SAVE_LONE_TASKS = """
    UPDATE tasks task SET last_event = new.last_event
      FROM unnest(%(ids)s::uuid[], %(last_events)s::int[]) new (id, last_event)
     WHERE task.organization_id = %(organization_id)s AND task.id = new.id
"""


async def _save_rows(
    tenant: Tenant, outcomes: Sequence[Outcome], last_events: Sequence[int], at: datetime
) -> None:
    forms: dict[UUID, Process] = {
        task.id: one.change.process for one in outcomes for task in one.change.tasks
    }

    def form_of(task: Task) -> Iterable[FormField]:
        return fields_of(forms[task.id], task)

    tasks = [task for one in outcomes for task in one.change.tasks]
    await tenant.execute(rows.UPDATE, {"tasks": rows.as_records(tasks, form_of), "at": at})
    saved = list(zip(outcomes, last_events, strict=True))
    inside = [(one.change.process, last) for one, last in saved if not one.held.is_task]
    if inside:
        tallies = await _exact_counts(tenant, [process for process, _ in inside])
        processes = [_record_of(process, tallies[process.id], last) for process, last in inside]
        await tenant.execute(SAVE_PROCESSES, {"processes": json.dumps(processes, default=_plain), "at": at})
    lone = [(one.held.process.id, last) for one, last in saved if one.held.is_task]
    if lone:
        ids, lasts = zip(*lone, strict=True)
        await tenant.execute(SAVE_LONE_TASKS, {"ids": list(ids), "last_events": list(lasts)})


async def _exact_counts(tenant: Tenant, processes: Sequence[Process]) -> dict[UUID, Tally]:
    """The counts of all tasks of each, asking for what cannot be known from those that were loaded."""
    tallies = {process.id: counts(process) for process in processes}
    unsure = [process for process in processes if tallies[process.id].latest_is_bound]
    if unsure:
        ids = [process.id for process in unsure]
        loaded = [task_id for process in unsure for task_id in process.tasks]
        found = await tenant.fetch_all(LATEST, {"process_ids": ids, "loaded": loaded})
        latest = {row[0]: row[1] for row in found}
        for process in unsure:
            known = replace(process.elsewhere, latest=latest.get(process.id), latest_is_bound=False)
            tallies[process.id] = counts(replace(process, elsewhere=known))
    return tallies


def _record_of(process: Process, tally: Tally, last_event: int) -> dict[str, Any]:
    return {
        "id": process.id,
        "completed_at": process.completed_at,
        "status": process.status,
        "fired": list(process.fired),
        "follow_ups": list(process.follow_ups),
        "last_event": last_event,
        **counted(tally),
    }


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def with_events(change: Change, events: Iterable[Event]) -> Change:
    """The change with more events at its end."""
    return replace(change, events=(*change.events, *events))
