"""Several processes at once between the database and the engine: locked, loaded and saved as sets.

For what happens to many processes by itself. A one-off task that stands in no process comes as a project of its
own, as it does everywhere. Whatever somebody else holds just now is left out, so nobody waits for anybody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from stepwell.db.pool import Tenant
from stepwell.engine.model import Change, Event, Task
from stepwell.engine.oneoff import alone
from stepwell.engine.reach import reach_for
from stepwell.engine.tally import NO_TASKS, tally_of
from stepwell.processes.loading import COUNT_COLUMNS, KEPT_COUNTS, STATE, process_of, tally_kept
from stepwell.processes.writing import Held
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
        counted = tally_kept(kept)
        elsewhere = NO_TASKS if whole else counted.without(tally_of(tasks.values()))
        process = process_of(process_id, version, state, tasks, elsewhere)
        held.append(Held(process, last_event, kept=counted))
    return held


def with_events(change: Change, events: Iterable[Event]) -> Change:
    """The change with more events at its end."""
    return replace(change, events=(*change.events, *events))
