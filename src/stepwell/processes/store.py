"""What a decision about a process changes, written as sets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from stepwell.db.pool import Tenant
from stepwell.engine.forms import fields_of
from stepwell.engine.model import Change, FormField, Process, Task
from stepwell.engine.progress import counts
from stepwell.engine.tally import Tally
from stepwell.people.directory import Register
from stepwell.processes.loading import latest_elsewhere
from stepwell.tasks import rows

SAVE_PROCESS = """
    UPDATE processes
       SET answers = %(answers)s, kickoff_complete = %(kickoff_complete)s,
           kickoff_completed_at = %(kickoff_completed_at)s, kickoff_completed_by = %(kickoff_completed_by)s,
           issues = %(issues)s, completed_at = %(completed_at)s, status = %(status)s, owner_id = %(owner_id)s,
           fired_rules = %(fired)s, follow_ups = %(follow_ups)s,
           complete_tasks = %(complete_tasks)s, visible_tasks = %(visible_tasks)s,
           whole_complete = %(whole_complete)s, whole_tasks = %(whole_tasks)s,
           late_completed = %(late_completed)s, problem_tasks = %(problem_tasks)s,
           open_deadlines = %(open_deadlines)s,
           max_deadline = %(max_deadline)s, last_event = %(last_event)s, updated_at = %(at)s
     WHERE organization_id = %(organization_id)s AND id = %(process_id)s
"""


def counted(tally: Tally) -> dict[str, Any]:
    """What a process row keeps of the counts of its tasks, so that lists of processes read no task."""
    return {
        "complete_tasks": tally.complete,
        "visible_tasks": tally.visible,
        "whole_complete": tally.whole_complete,
        "whole_tasks": tally.whole,
        "late_completed": tally.late,
        "problem_tasks": tally.problems,
        "open_deadlines": list(tally.open_deadlines),
        "max_deadline": tally.latest,
    }


async def exact_counts(tenant: Tenant, process: Process) -> Tally:
    """The counts of all tasks, asking for what cannot be known from those that were loaded."""
    if not counts(process).latest_is_bound:
        return counts(process)
    latest = await latest_elsewhere(tenant, process)
    return counts(
        replace(process, elsewhere=replace(process.elsewhere, latest=latest, latest_is_bound=False))
    )


async def save_change(
    tenant: Tenant,
    before: Process,
    change: Change,
    last_event: int,
    at: datetime,
    definitions: Mapping[UUID, Any] = MappingProxyType({}),
) -> None:
    """Write a change to a locked process and its tasks; the people of tasks are written by `save_people`."""
    after = change.process
    await tenant.execute(
        SAVE_PROCESS,
        counted(await exact_counts(tenant, after))
        | {
            "answers": json.dumps(dict(after.values), ensure_ascii=False),
            "kickoff_complete": after.kickoff_complete,
            "kickoff_completed_at": after.kickoff_completed_at,
            "kickoff_completed_by": after.kickoff_completed_by,
            "issues": after.issues,
            "completed_at": after.completed_at,
            "status": after.status,
            "owner_id": after.owner_id,
            "fired": list(after.fired),
            "follow_ups": list(after.follow_ups),
            "last_event": last_event,
            "at": at,
            "process_id": after.id,
        },
    )
    new = [task for task in change.tasks if task.id not in before.tasks]
    old = [task for task in change.tasks if task.id in before.tasks]
    if new:
        await insert_tasks(tenant, after, new, at, definitions)
    if old:
        await tenant.execute(rows.UPDATE, {"tasks": rows.as_records(old, form_in(after)), "at": at})


async def insert_tasks(
    tenant: Tenant,
    process: Process,
    tasks: Sequence[Task],
    at: datetime,
    definitions: Mapping[UUID, Any] = MappingProxyType({}),
) -> None:
    """Insert new tasks of a process."""
    records = rows.as_records(tasks, form_in(process), definitions)
    await tenant.execute(rows.INSERT, {"process_id": process.id, "tasks": records, "at": at})


class form_in:  # noqa: N801 - reads as a function: the form of a task in this process
    """The fields that a task of the process asks for."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def __call__(self, task: Task) -> Iterable[FormField]:
        return fields_of(self._process, task)


MOVE_PEOPLE = """
    UPDATE task_people person SET open = new.open, listed = new.listed, deadline = new.deadline
      FROM unnest(%(ids)s::uuid[], %(open)s::boolean[], %(listed)s::boolean[], %(deadlines)s::timestamptz[])
           new (id, open, listed, deadline)
     WHERE person.organization_id = %(organization_id)s AND person.task_id = new.id
"""
REMOVE_PEOPLE = """
    DELETE FROM task_people person USING unnest(%(ids)s::uuid[]) changed (id)
     WHERE person.organization_id = %(organization_id)s AND person.task_id = changed.id
       AND NOT EXISTS (SELECT FROM unnest(%(task_ids)s::uuid[], %(person_ids)s::bigint[]) kept (task_id,
         person_id)
                        WHERE kept.task_id = person.task_id AND kept.person_id = person.person_id)
"""
ADD_PEOPLE = """
    INSERT INTO task_people (organization_id, task_id, person_id, open, listed, deadline, created_at)
    SELECT %(organization_id)s, added.task_id, added.person_id, added.open, added.listed, added.deadline,
           added.created_at
      FROM unnest(%(task_ids)s::uuid[], %(person_ids)s::bigint[], %(open)s::boolean[], %(listed)s::boolean[],
                  %(deadlines)s::timestamptz[], %(created)s::timestamptz[])
           added (task_id, person_id, open, listed, deadline, created_at)
    ON CONFLICT DO NOTHING
"""


async def save_people(
    tenant: Tenant, before: Mapping[UUID, Task], tasks: Iterable[Task], register: Register | None
) -> None:
    """Keep the expanded people of changed tasks: who they are, whether the task is open, when it is due.

    `register` must know everybody that a task whose people changed is assigned to; None when none changed.
    """
    moved = [task for task in tasks if task.id in before and _listed(before[task.id]) != _listed(task)]
    changed = [task for task in tasks if task.id not in before or before[task.id].people != task.people]
    if moved:
        await tenant.execute(
            MOVE_PEOPLE,
            {
                "ids": [task.id for task in moved],
                "open": [task.open for task in moved],
                "listed": [task.visible for task in moved],
                "deadlines": [task.deadline for task in moved],
            },
        )
    if not changed:
        return
    assert register is not None
    pairs = [(task, person) for task in changed for person in people_of(task, register)]
    wanted = {"task_ids": [task.id for task, _ in pairs], "person_ids": [person for _, person in pairs]}
    if any(task.id in before for task in changed):
        await tenant.execute(REMOVE_PEOPLE, {**wanted, "ids": [task.id for task in changed]})
    if pairs:
        more = {
            "open": [task.open for task, _ in pairs],
            "listed": [task.visible for task, _ in pairs],
            "deadlines": [task.deadline for task, _ in pairs],
            "created": [task.created_at for task, _ in pairs],
        }
        await tenant.execute(ADD_PEOPLE, {**wanted, **more})


def _listed(task: Task) -> tuple[bool, bool, datetime | None]:
    return task.open, task.visible, task.deadline


def people_of(task: Task, register: Register) -> list[int]:
    """The person ids behind a task's assignees, groups expanded, in ascending order."""
    users, guests = register.directory.expanded(task.people)
    return sorted(users | {register.guest_ids[email] for email in guests if email in register.guest_ids})
