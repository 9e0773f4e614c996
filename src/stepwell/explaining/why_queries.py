"""What is read to explain a task: the task, what happened to it, and what rules made of the rest of its process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import sql

from stepwell.db.pool import Tenant
from stepwell.engine.model import House, Version
from stepwell.errors import Forbidden, NotFound
from stepwell.http.call import Call
from stepwell.people.directory import house_of
from stepwell.processes.queries import wanted_of
from stepwell.processes.titles import NAMES
from stepwell.tasks.queries import JOINED, SEEN

MOST_EVENTS = 500  # the newest ones
CAUSES = 2000  # events back from an effect, within which the rule's evaluation stands

TASK = sql.SQL("""
    SELECT {seen}, task.id, task.process_id, task.step_id, task.title, task.status, task.oneoff, task.users,
           task.guests, task.groups, task.roles, task.deadline, task.deadline_source, task.shown_by_hand,
           task.starter_id, task.created_at, task.archived_at, process.version_id, process.starter_id,
           house.timezone, house.working_days, house.default_deadline
      FROM {joined} JOIN organizations house ON house.organization_id = task.organization_id
     WHERE task.organization_id = %(organization_id)s AND task.id = %(task_id)s
""").format(seen=SEEN, joined=JOINED)

EVENTS = """
    SELECT event.id, event.at, event.verb, event.kind, event.field, event.old, event.new, event.why,
           event.actor_type, event.actor_id, CASE WHEN actor.id IS NOT NULL THEN shown_name(actor) END,
           execution.id, execution.new
      FROM (SELECT * FROM events one
             WHERE one.organization_id = %(organization_id)s
               AND (one.object_id = %(task_id)s
                    AND (one.field IN ('owners', 'deadline', 'visibility')
                         OR one.verb IN ('created', 'archived', 'unarchived'))
                    AND one.description NOT LIKE 'Answered: %%')  -- a field may be called like one of these
             ORDER BY one.number DESC LIMIT %(most)s) event
      LEFT JOIN people actor ON actor.organization_id = %(organization_id)s AND actor.id = event.actor_id
      LEFT JOIN LATERAL (
           SELECT cause.id, cause.new FROM events cause
            WHERE cause.organization_id = %(organization_id)s AND cause.subject_id = event.subject_id
              AND cause.number BETWEEN event.number - %(causes)s AND event.number
              AND cause.kind = 'execution' AND cause.verb = 'executed'
              AND cause.new ->> 'automation_id' = event.why ->> 'automation_id'
            ORDER BY cause.number DESC LIMIT 1) execution ON event.why ? 'automation_id'
     ORDER BY event.at, event.number
"""

# The newest evaluation of each rule that would do something to the task.
EVALUATIONS = """
    SELECT DISTINCT ON (event.new ->> 'automation_id') event.id, event.at, event.verb, event.new
      FROM events event
     WHERE event.organization_id = %(organization_id)s AND event.subject_id = %(process_id)s
       AND event.kind = 'execution' AND event.new -> 'actions' ? hex(%(task_id)s)
     ORDER BY event.new ->> 'automation_id', event.number DESC
"""

ALL_SHOWN = """
    SELECT event.id, event.at FROM events event
     WHERE event.organization_id = %(organization_id)s AND event.subject_id = %(process_id)s
       AND event.object_id = %(process_id)s AND event.field = 'visibility' ORDER BY event.number LIMIT 1
"""

OTHERS = sql.SQL("""
    SELECT task.step_id, task.id, task.title, {seen} FROM {joined}
     WHERE task.organization_id = %(organization_id)s AND task.process_id = %(process_id)s
       AND NOT task.oneoff AND task.step_id = ANY (%(steps)s)
""").format(seen=SEEN, joined=JOINED)


@dataclass(frozen=True, slots=True)
class Subject:
    """The task that is explained, as its row has it, with its organization's settings."""

    id: UUID
    process_id: UUID | None
    step_id: UUID | None
    title: str
    status: str
    oneoff: bool
    users: list[int]
    guests: list[str]
    groups: list[UUID]
    roles: list[UUID]
    deadline: datetime | None
    deadline_source: str
    shown_by_hand: bool | None
    starter_id: int | None
    created_at: datetime
    archived_at: datetime | None
    version_id: UUID | None
    launcher_id: int | None
    house: House

    @property
    def owners(self) -> dict[str, Any]:
        """The assignees as the log lists them."""
        return {"users": self.users, "guests": self.guests, "groups": [group.hex for group in self.groups]}


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of the task; `execution` is the evaluation of the rule that caused it."""

    id: int
    at: datetime
    verb: str
    kind: str
    field: str | None
    old: Any
    new: Any
    why: dict[str, Any] | None
    actor_type: str
    actor_id: int | None
    actor_name: str | None
    execution_id: int | None
    execution: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The newest evaluation of a rule that concerns the task."""

    id: int
    at: datetime
    fired: bool
    state: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Other:
    """Another task of the process; the caller may not see every one."""

    id: UUID
    title: str
    seen: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """All that an explanation is made of."""

    task: Subject
    version: Version | None
    events: list[Happened]
    evaluations: dict[UUID, Evaluated]  # by rule
    all_shown: tuple[int, datetime] | None  # at launch nothing would have been visible (T-162)
    others: dict[UUID, Other]  # by step
    names: dict[str, str]


async def read_facts(call: Call, task_id: UUID, process_id: UUID | None) -> Facts:
    """Raises NotFound (unknown, or not of `process_id`) or Forbidden."""
    wanted = wanted_of(call.member, call.now, call.origin) | {"task_id": task_id}
    async with call.db.reading(call.member) as tenant:
        seen, *columns, zone, week, default = await tenant.fetch_one(TASK, wanted)
        values = [*columns, house_of(zone, week, default)]
        task = Subject(*values)
        if process_id is not None and task.process_id != process_id:
            raise NotFound
        if not seen:
            raise Forbidden("You may not see this task.")
        version = await call.services.versions.version(tenant, task.version_id) if task.version_id else None
        events = [
            Happened(*row)
            for row in await tenant.fetch_all(EVENTS, wanted | {"most": MOST_EVENTS, "causes": CAUSES})
        ]
        wanted |= {"process_id": task.process_id}
        evaluations: dict[UUID, Evaluated] = {}
        all_shown, others = None, {}
        if task.process_id is not None and version is not None:
            for id, at, verb, state in await tenant.fetch_all(EVALUATIONS, wanted):
                evaluations[UUID(state["automation_id"])] = Evaluated(id, at, verb == "executed", state)
            all_shown = await tenant.fetch_first(ALL_SHOWN, wanted)
            steps = [step.id for step in version.steps]
            rows = await tenant.fetch_all(OTHERS, wanted | {"steps": steps})
            others = {step_id: Other(*row) for step_id, *row in rows}
        names = await _names(tenant, task, events)
    return Facts(task, version, events, evaluations, all_shown, others, names)


async def _names(tenant: Tenant, task: Subject, events: list[Happened]) -> dict[str, str]:
    """What everybody is called that the task or its history names."""
    lists = [
        task.owners,
        *(each for event in events for each in (event.old, event.new) if isinstance(each, dict)),
    ]
    users = {user for one in lists for user in one.get("users", ())}
    users |= {user for user in (task.starter_id, task.launcher_id) if user is not None}
    groups = {UUID(group) for one in lists for group in one.get("groups", ())}
    wanted = {"users": sorted(users), "groups": sorted(groups)}
    return {str(key): str(name) for key, name in await tenant.fetch_all(NAMES, wanted)}
