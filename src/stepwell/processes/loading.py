"""A process from the database to the engine: locked, and loaded whole or as far as a command can reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from stepwell.access.members import Member
from stepwell.db.pipeline import Row
from stepwell.db.pool import Tenant
from stepwell.engine.model import House, Process, ProcessStatus, Task, Version
from stepwell.engine.reach import reach_for
from stepwell.engine.tally import NO_TASKS, Tally, tally_of
from stepwell.errors import Forbidden, NotFound
from stepwell.people.directory import house_of
from stepwell.tasks import rows
from stepwell.templates.versions import VersionShelf

STATE = """
    process.version_id, process.type, process.starter_id, process.owner_id, process.created_at, process.answers,
    process.kickoff_complete, process.kickoff_completed_at, process.kickoff_completed_by, process.issues,
    process.archived_at, process.completed_at, process.status, process.fired_rules, process.follow_ups
"""  # what the engine knows of a process beside its tasks; see `process_of`
KEPT_COUNTS = """
    process.visible_tasks, process.complete_tasks, process.whole_tasks, process.whole_complete,
    process.late_completed, process.problem_tasks, process.open_deadlines, process.max_deadline
"""
PROCESS_ROW = f"""
    SELECT house.timezone, house.working_days, house.default_deadline, {KEPT_COUNTS}, {STATE},
           process.last_event, process.name, process.users, process.groups, process.everyone_reads,
           process.reader_users, process.reader_groups, process.mentioned, process.assign_someone_else,
           process.can_add_oot, process.template_id, process.collaborators,
           EXISTS (SELECT FROM process_viewers viewer WHERE viewer.organization_id = %(organization_id)s
                      AND viewer.process_id = process.id AND viewer.person_id = %(user_id)s)
      FROM processes process JOIN organizations house USING (organization_id)
     WHERE process.organization_id = %(organization_id)s AND process.id = %(process_id)s
"""  # noqa: S608 - of constants
TASK_ROWS = f"""
    SELECT EXISTS (SELECT FROM task_people mine WHERE mine.organization_id = %(organization_id)s
                      AND mine.task_id = task.id AND mine.person_id = %(user_id)s), {rows.SELECTED}
      FROM tasks task
     WHERE task.organization_id = %(organization_id)s AND task.process_id = %(process_id)s
"""  # noqa: S608 - of constants
IN_ORDER = " ORDER BY task.position, task.id"
ALL_TASKS = TASK_ROWS + IN_ORDER
ONE_TASK = TASK_ROWS + " AND task.id = %(task_id)s"
OTHER_TASKS = TASK_ROWS + " AND task.id <> %(task_id)s" + IN_ORDER
TASKS_OF_STEPS = (
    TASK_ROWS
    + " AND task.id <> %(task_id)s AND task.step_id = ANY (%(step_ids)s) AND NOT task.oneoff"
    + IN_ORDER
)
HOUSE_COLUMNS, COUNT_COLUMNS, STATE_COLUMNS = 3, 8, 15
ID = 1 + list(rows.COLUMNS).index("id")


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
    kept: Tally = NO_TASKS  # the counts in the row of the process
    house: House = field(default_factory=House)  # the organization's settings

    def seen_by(self, member: Member) -> bool:
        """P-210 to P-212."""
        return member.is_admin or self.is_viewer or (self.everyone_reads and member.is_full)

    def governed_by(self, member: Member) -> bool:
        """Admins, the owner and the starter."""
        return member.is_admin or member.user_id in (self.process.owner_id, self.process.starter_id)


async def load_process(
    tenant: Tenant,
    shelf: VersionShelf,
    member: Member | None,
    process_id: UUID,
    *,
    around: UUID | None = None,
    lock: bool = True,
) -> Loaded:
    """The process, locked. Raises NotFound (unknown) or Forbidden (known, but not visible).

    `member` None: nobody asks, so it is visible. `around` a task: of the tasks that one alone, and those which its
    completion or reopening can read or change; the others are only counted.
    """
    wanted = {
        "process_id": process_id,
        "task_id": around,
        "user_id": member.user_id if member is not None else None,
    }
    head = await tenant.execute(PROCESS_ROW + (" FOR UPDATE OF process" if lock else ""), wanted)
    # A statement of its own, so that it sees what whoever held the lock has written.
    found = await tenant.fetch_all(ALL_TASKS if around is None else ONE_TASK, wanted)
    row = await head.fetchone()
    if row is None:
        raise NotFound
    house, row = row[:HOUSE_COLUMNS], row[HOUSE_COLUMNS:]
    kept, row = row[:COUNT_COLUMNS], row[COUNT_COLUMNS:]
    state, more = row[:STATE_COLUMNS], row[STATE_COLUMNS:]
    version = await shelf.version(tenant, state[0]) if state[0] is not None else None
    tasks = {task.id: task for task in map(_task_of, found)}
    elsewhere = NO_TASKS
    if around is not None:
        others = await _within_reach(tenant, version, tasks.get(around), wanted)
        found = [*found, *others]
        tasks |= {task.id: task for task in map(_task_of, others)}
        elsewhere = tally_kept(kept).without(tally_of(tasks.values()))
    loaded = Loaded(
        process_of(process_id, version, state, tasks, elsewhere),
        *more,
        house=house_of(*house),
        kept=tally_kept(kept),
        mine=frozenset(columns[ID] for columns in found if columns[0]),  # type: ignore[misc]
    )
    if member is not None and not loaded.seen_by(member):
        raise Forbidden("You are not involved in this process.")
    return loaded


async def _within_reach(
    tenant: Tenant, version: Version | None, task: Task | None, wanted: dict[str, Any]
) -> Sequence[Row]:
    """The other tasks that a command on this one may need."""
    if task is None or task.oneoff or task.step_id is None or version is None:
        return ()
    steps = reach_for(version, task.step_id)
    if steps is None:
        return await tenant.fetch_all(OTHER_TASKS, wanted)
    others = sorted(steps - {task.step_id})
    return await tenant.fetch_all(TASKS_OF_STEPS, wanted | {"step_ids": others}) if others else ()


def _task_of(row: Row) -> Task:
    return rows.task_of(row[1:])


def tally_kept(counts: Sequence[Any]) -> Tally:
    """The counts that a process row keeps of its tasks, in the order of KEPT_COUNTS."""
    visible, complete, whole, whole_complete, late, problems, deadlines, latest = counts
    return Tally(
        visible=visible,
        complete=complete,
        whole=whole,
        whole_complete=whole_complete,
        late=late,
        problems=problems,
        open_deadlines=tuple(deadlines),
        latest=latest,
    )


def process_of(
    process_id: UUID,
    version: Version | None,
    state: Sequence[Any],
    tasks: dict[UUID, Task],
    elsewhere: Tally = NO_TASKS,
) -> Process:
    """The engine's process of the columns in STATE."""
    return Process(
        id=process_id,
        version=version,
        type=state[1],
        starter_id=state[2],
        owner_id=state[3],
        created_at=state[4],
        values=state[5],
        kickoff_complete=state[6],
        kickoff_completed_at=state[7],
        kickoff_completed_by=state[8],
        issues=state[9],
        archived_at=state[10],
        completed_at=state[11],
        status=ProcessStatus(state[12]),
        fired=frozenset(state[13]),
        follow_ups=frozenset(state[14]),
        tasks=tasks,
        elsewhere=elsewhere,
    )
