"""New tasks and whose tasks are, written as sets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from stepwell.db.pool import Tenant
from stepwell.engine.forms import fields_of
from stepwell.engine.model import FormField, Process, Task
from stepwell.engine.tally import Tally
from stepwell.people.directory import Register
from stepwell.tasks import rows


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


async def insert_tasks(
    tenant: Tenant,
    process: Process,
    process_id: UUID | None,
    tasks: Sequence[Task],
    at: datetime,
    definitions: Mapping[UUID, Any] = MappingProxyType({}),
) -> None:
    """Insert new tasks of a process; `process_id` None: they stand in none."""
    records = rows.as_records(tasks, form_in(process), definitions)
    await tenant.execute(rows.INSERT, {"process_id": process_id, "tasks": records, "at": at})


class form_in:  # noqa: N801 - reads as a function: the form of a task in this process
    """The fields that a task of the process asks for."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def __call__(self, task: Task) -> Iterable[FormField]:
        return fields_of(self._process, task)


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
      FROM jsonb_to_recordset(%(people)s)
           AS added (task_id uuid, person_id bigint, open boolean, listed boolean, deadline timestamptz,
                     created_at timestamptz)
    ON CONFLICT DO NOTHING
"""


async def save_people(
    tenant: Tenant, before: Mapping[UUID, Task], tasks: Iterable[Task], register: Register | None
) -> None:
    """Keep the expanded people of tasks that are new or were assigned to others.

    `register` must know everybody that a task whose people changed is assigned to; None when none changed.
    """
    changed = [task for task in tasks if task.id not in before or before[task.id].people != task.people]
    if not changed:
        return
    assert register is not None
    pairs = [(task, person) for task in changed for person in people_of(task, register)]
    if any(task.id in before for task in changed):
        kept = {
            "task_ids": [task.id for task, _ in pairs],
            "person_ids": [person for _, person in pairs],
            "ids": [task.id for task in changed],
        }
        await tenant.execute(REMOVE_PEOPLE, kept)
    if pairs:
        people = [
            {
                "task_id": task.id,
                "person_id": person,
                "open": task.open,
                "listed": task.visible,
                "deadline": task.deadline,
                "created_at": task.created_at,
            }
            for task, person in pairs
        ]
        await tenant.execute(ADD_PEOPLE, {"people": json.dumps(people, default=rows.plain)})


def people_of(task: Task, register: Register) -> list[int]:
    """The person ids behind a task's assignees, groups expanded, in ascending order."""
    users, guests = register.directory.expanded(task.people)
    return sorted(users | {register.guest_ids[email] for email in guests if email in register.guest_ids})
