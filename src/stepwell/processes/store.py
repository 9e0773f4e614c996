"""A process between the database and the engine: locked and loaded whole, saved as sets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from stepwell.access.members import Member
from stepwell.db.pool import Tenant
from stepwell.engine.model import Change, FormField, House, Process, ProcessStatus, Task
from stepwell.engine.progress import late_completed, latest_deadline, open_deadlines, progress, whole_progress
from stepwell.engine.visibility import fields_of
from stepwell.errors import Forbidden, NotFound
from stepwell.people.directory import Register, house_of
from stepwell.tasks import rows
from stepwell.templates.versions import VersionShelf

PROCESS_ROW = """
    SELECT process.version_id, process.type, process.starter_id, process.owner_id, process.created_at,
           process.answers, process.kickoff_complete, process.kickoff_completed_at,
             process.kickoff_completed_by,
           process.issues, process.archived_at, process.completed_at, process.status, process.fired_rules,
           process.last_event, process.name, process.users, process.groups, process.everyone_reads,
           process.reader_users, process.reader_groups, process.mentioned, process.assign_someone_else,
           process.can_add_oot, process.template_id, process.collaborators,
           EXISTS (SELECT FROM process_viewers viewer WHERE viewer.organization_id = %(organization_id)s
                      AND viewer.process_id = process.id AND viewer.person_id = %(user_id)s),
           house.timezone, house.working_days, house.default_deadline
      FROM processes process JOIN organizations house USING (organization_id)
     WHERE process.organization_id = %(organization_id)s AND process.id = %(process_id)s
"""
TASK_ROWS = f"""
    SELECT EXISTS (SELECT FROM task_people mine WHERE mine.organization_id = %(organization_id)s
                      AND mine.task_id = task.id AND mine.person_id = %(user_id)s), {rows.SELECTED}
      FROM tasks task
     WHERE task.organization_id = %(organization_id)s AND task.process_id = %(process_id)s
     ORDER BY task.position, task.id
"""  # noqa: S608 - of constants


@dataclass(frozen=True, slots=True)
class Loaded:
    """A locked process: what the engine decides about, and what the commands around it need besides."""

    process: Process
    last_event: int
    name: str
    users: list[int]
    groups: list[UUID]
    everyone_reads: bool
    reader_users: list[int]
    reader_groups: list[UUID]
    mentioned: list[int]
    assign_someone_else: bool
    can_add_oot: bool
    template_id: UUID
    collaborators: list[int]
    is_viewer: bool  # the caller is involved in it
    mine: frozenset[UUID]  # the tasks that the caller is assigned to, directly or by a group
    house: House = field(default_factory=House)  # the organization's settings

    def seen_by(self, member: Member) -> bool:
        """P-210 to P-212."""
        return member.is_admin or self.is_viewer or (self.everyone_reads and member.is_full)

    def governed_by(self, member: Member) -> bool:
        """Admins, the owner and the starter."""
        return member.is_admin or member.user_id in (self.process.owner_id, self.process.starter_id)


async def load_process(
    tenant: Tenant, shelf: VersionShelf, member: Member | None, process_id: UUID, *, lock: bool = True
) -> Loaded:
    """The process with all its tasks, locked. Raises NotFound (unknown) or Forbidden (known, but not visible).

    `member` None: nobody asks, so it is visible.
    """
    wanted = {"process_id": process_id, "user_id": member.user_id if member is not None else None}
    head = await tenant.execute(PROCESS_ROW + (" FOR UPDATE OF process" if lock else ""), wanted)
    tasks = await tenant.fetch_all(TASK_ROWS, wanted)
    row = await head.fetchone()
    if row is None:
        raise NotFound
    version = await shelf.version(tenant, row[0]) if row[0] is not None else None
    loaded = Loaded(
        Process(
            id=process_id,
            version=version,
            type=row[1],
            starter_id=row[2],
            owner_id=row[3],
            created_at=row[4],
            values=row[5],
            kickoff_complete=row[6],
            kickoff_completed_at=row[7],
            kickoff_completed_by=row[8],
            issues=row[9],
            archived_at=row[10],
            completed_at=row[11],
            status=ProcessStatus(row[12]),
            fired=frozenset(row[13]),
            tasks={task.id: task for task in map(rows.task_of, (columns[1:] for columns in tasks))},
        ),
        *row[14:-3],
        house=house_of(*row[-3:]),
        mine=frozenset(columns[1 + ID] for columns in tasks if columns[0]),  # type: ignore[misc]
    )
    if member is not None and not loaded.seen_by(member):
        raise Forbidden("You are not involved in this process.")
    return loaded


ID = list(rows.COLUMNS).index("id")

SAVE_PROCESS = """
    UPDATE processes
       SET answers = %(answers)s, kickoff_complete = %(kickoff_complete)s,
           kickoff_completed_at = %(kickoff_completed_at)s, kickoff_completed_by = %(kickoff_completed_by)s,
           issues = %(issues)s, completed_at = %(completed_at)s, status = %(status)s, owner_id = %(owner_id)s,
           fired_rules = %(fired)s, complete_tasks = %(complete_tasks)s, visible_tasks = %(visible_tasks)s,
           whole_complete = %(whole_complete)s, whole_tasks = %(whole_tasks)s,
           late_completed = %(late_completed)s, open_deadlines = %(open_deadlines)s,
           max_deadline = %(max_deadline)s, last_event = %(last_event)s, updated_at = %(at)s
     WHERE organization_id = %(organization_id)s AND id = %(process_id)s
"""


def counted(process: Process) -> dict[str, Any]:
    """What the process row repeats of its tasks, so that lists of processes read no task."""
    visible = progress(process.tasks.values())
    whole = whole_progress(process.tasks.values())
    return {
        "complete_tasks": visible.complete,
        "visible_tasks": visible.total,
        "whole_complete": whole.complete,
        "whole_tasks": whole.total,
        "late_completed": late_completed(process),
        "open_deadlines": list(open_deadlines(process)),
        "max_deadline": latest_deadline(process),
    }


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
        counted(after)
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
