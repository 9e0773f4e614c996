"""One statement that writes what was decided about locked processes: events, jobs, processes, tasks.

Only columns that changed in one of them are named, so that the usual completion writes few; there are not many
combinations, and each is a prepared statement.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from stepwell.db.ids import Numbers
from stepwell.db.pool import Tenant
from stepwell.engine.answers import why_incomplete
from stepwell.engine.forms import fields_of
from stepwell.engine.model import Change, Process, Task
from stepwell.engine.progress import counts
from stepwell.engine.tally import NO_TASKS, Tally
from stepwell.events.log import APPENDED, DEFERRED, Author, Job, Subject, appending
from stepwell.processes.deferring import follow_up_job
from stepwell.processes.store import counted
from stepwell.tasks import rows
from stepwell.webhooks.deferring import webhook_jobs

PROCESS_COLUMNS: Mapping[str, str] = {
    "answers": "jsonb", "kickoff_complete": "boolean", "kickoff_completed_at": "timestamptz",
    "kickoff_completed_by": "bigint", "issues": "int", "completed_at": "timestamptz", "status": "text",
    "owner_id": "bigint", "fired_rules": "uuid[]", "follow_ups": "uuid[]", "complete_tasks": "int",
    "visible_tasks": "int", "whole_complete": "int", "whole_tasks": "int", "late_completed": "int",
    "problem_tasks": "int", "open_deadlines": "timestamptz[]", "max_deadline": "timestamptz", "last_event": "int",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Held:
    """A locked process, as the engine has it. `is_task`: a one-off task on its own."""

    process: Process
    last_event: int
    is_task: bool = False
    kept: Tally = NO_TASKS  # the counts in the row of the process

    @property
    def subject(self) -> Subject:
        return Subject("Task" if self.is_task else "Run", self.process.id, self.last_event)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was decided about a held process."""

    held: Held
    change: Change

    @property
    def last_event(self) -> int:
        return self.held.last_event + len(self.change.events)

    def was(self, task: Task) -> Task | None:
        """A task before the decision; None: it is new."""
        return self.held.process.tasks.get(task.id)


async def write(
    tenant: Tenant, numbers: Numbers, author: Author, outcomes: Sequence[Outcome], at: datetime
) -> None:
    """Write what was decided. New tasks and the people of tasks are written beside this, new tasks before it."""
    happened = [(one.held.subject, one.change.events) for one in outcomes]
    jobs = [*webhook_jobs(tenant.organization_id, happened), *_follow_ups(tenant.organization_id, outcomes)]
    appends = any(one.change.events for one in outcomes)
    wanted = await appending(tenant, numbers, author, at, happened, jobs) if appends else {"at": at}
    processes, process_columns = await _process_records(tenant, outcomes)
    tasks, task_columns = _task_records(outcomes)
    moved = [_moved(task) for one in outcomes for task in one.change.tasks if _is_moved(one.was(task), task)]
    most = max(len(processes), len(tasks), len(moved))
    wanted |= {"processes": _json(processes), "tasks": _json(tasks), "moved": _json(moved), "most": most}
    parts = (bool(processes), bool(tasks), bool(moved))
    await tenant.execute(_statement(appends, parts, process_columns, task_columns), wanted)


def _json(records: list[dict[str, Any]]) -> str:
    return json.dumps(records, ensure_ascii=False, default=rows.plain)


def _follow_ups(organization_id: UUID, outcomes: Iterable[Outcome]) -> list[Job]:
    found = (follow_up_job(organization_id, one.held.process, one.change.process) for one in outcomes)
    return [job for job in found if job is not None]


async def _process_records(
    tenant: Tenant, outcomes: Sequence[Outcome]
) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """The rows of the processes, and the columns that changed in one of them."""
    inside = [one for one in outcomes if not one.held.is_task]
    exact = await _exact_counts(tenant, [one.change.process for one in inside])
    pairs = []
    for one, tally in zip(inside, exact, strict=True):
        before = _columns_of(one.held.process, one.held.kept, one.held.last_event)
        pairs.append((before, _columns_of(one.change.process, tally, one.last_event)))
    changed = {name for old, new in pairs for name in PROCESS_COLUMNS if old[name] != new[name]}
    columns = tuple(name for name in PROCESS_COLUMNS if name in changed)
    records = [
        {"id": one.held.process.id, **{name: new[name] for name in columns}}
        for one, (_, new) in zip(inside, pairs, strict=True)
    ]
    return records, columns


def _columns_of(process: Process, tally: Tally, last_event: int) -> dict[str, Any]:
    return {
        "answers": process.values,
        "kickoff_complete": process.kickoff_complete,
        "kickoff_completed_at": process.kickoff_completed_at,
        "kickoff_completed_by": process.kickoff_completed_by,
        "issues": process.issues,
        "completed_at": process.completed_at,
        "status": process.status,
        "owner_id": process.owner_id,
        "fired_rules": process.fired,
        "follow_ups": process.follow_ups,
        "last_event": last_event,
        **counted(tally),
    }


LATEST = """
    SELECT task.process_id, max(task.deadline) FROM tasks task
     WHERE task.organization_id = %(organization_id)s AND task.process_id = ANY (%(process_ids)s)
       AND task.status <> 'auto-skipped' AND task.archived_at IS NULL
       AND task.id NOT IN (SELECT unnest(%(loaded)s::uuid[]))
     GROUP BY task.process_id
"""


async def _exact_counts(tenant: Tenant, processes: Sequence[Process]) -> list[Tally]:
    """The counts of all tasks of each, asking for what cannot be known from those that were loaded."""
    tallies = [counts(process) for process in processes]
    unsure = [process for process, tally in zip(processes, tallies, strict=True) if tally.latest_is_bound]
    if not unsure:
        return tallies
    wanted = {
        "process_ids": [process.id for process in unsure],
        "loaded": [task_id for process in unsure for task_id in process.tasks],
    }
    latest = {row[0]: row[1] for row in await tenant.fetch_all(LATEST, wanted)}
    return [
        _counted_with(process, latest.get(process.id)) if tally.latest_is_bound else tally
        for process, tally in zip(processes, tallies, strict=True)
    ]


def _counted_with(process: Process, latest: datetime | None) -> Tally:
    known = replace(process.elsewhere, latest=latest, latest_is_bound=False)
    return counts(replace(process, elsewhere=known))


def _task_records(outcomes: Sequence[Outcome]) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """The rows of tasks that were there before, and the columns that changed in one of them."""
    tasks: list[tuple[Outcome, Task]] = []
    changed: set[str] = set()
    for one in outcomes:
        for task in one.change.tasks:
            old = one.was(task)
            if old is not None:
                task = _with_answered(one.change.process, old, task)
                tasks.append((one, task))
                changed |= rows.changed_columns(old, task)
        if one.held.is_task and all(task.id != one.held.process.id for _, task in tasks):
            tasks.append((one, one.change.process.tasks[one.held.process.id]))  # it keeps count of its events
    columns = tuple(name for name in rows.COLUMNS if name in changed)
    records = [
        {
            "id": task.id,
            "last_event": one.last_event if one.held.is_task else None,
            **{name: rows.column_of(task, name) for name in columns},
        }
        for one, task in tasks
    ]
    return records, columns


def _with_answered(process: Process, old: Task, task: Task) -> Task:
    """The task with `answered` as its form has it now."""
    if old.values == task.values and old.fields == task.fields:
        return task
    answered = not why_incomplete(fields_of(process, task), task.values)
    return task if answered == task.answered else replace(task, answered=answered)


def _is_moved(old: Task | None, task: Task) -> bool:
    """Whether the lists that it stands in have to know."""
    return old is not None and _listed(old) != _listed(task)


def _listed(task: Task) -> tuple[bool, bool, datetime | None]:
    return task.open, task.visible, task.deadline


def _moved(task: Task) -> dict[str, Any]:
    return {"id": task.id, "open": task.open, "listed": task.visible, "deadline": task.deadline}


# The limit takes nothing away. Without one the planner expects a hundred records, and would rather read all processes
# of an organization than look up so many.


@lru_cache(maxsize=2000)
def _statement(
    appends: bool,
    parts: tuple[bool, bool, bool],
    process_columns: tuple[str, ...],
    task_columns: tuple[str, ...],
) -> str:
    processes, tasks, moved = parts
    updates = []
    if appends:
        updates.append(f"appended AS ({APPENDED})")
    if processes:
        columns = {name: PROCESS_COLUMNS[name] for name in process_columns}
        updates.append(f"noted AS ({_update('processes', columns)})")
    if tasks:
        columns = {name: rows.COLUMNS[name] for name in task_columns}
        updates.append(
            f"worked AS ({_update('tasks', columns, 'last_event = coalesce(new.last_event, saved.last_event)')})"
        )
    if moved:
        updates.append(f"moved AS ({MOVE_PEOPLE})")
    return f"WITH {', '.join(updates)} {DEFERRED if appends else 'SELECT 1'}" if updates else "SELECT 1"


MOVE_PEOPLE = """
    UPDATE task_people person SET open = new.open, listed = new.listed, deadline = new.deadline
      FROM (SELECT * FROM jsonb_to_recordset(%(moved)s)
                AS moved (id uuid, open boolean, listed boolean, deadline timestamptz) LIMIT %(most)s) new
     WHERE person.organization_id = %(organization_id)s AND person.task_id = new.id
"""


def _update(table: str, columns: Mapping[str, str], *more: str) -> str:
    changes = ["updated_at = %(at)s", *more, *(f"{name} = new.{name}" for name in columns)]
    record = "".join(f", {name} {kind}" for name, kind in columns.items() if name != "last_event")
    return f"""
        UPDATE {table} saved SET {", ".join(changes)}
          FROM (SELECT * FROM jsonb_to_recordset(%({table})s) AS record (id uuid, last_event int{record})
                 LIMIT %(most)s) new
         WHERE saved.organization_id = %(organization_id)s AND saved.id = new.id
    """  # noqa: S608 - of constants
