"""A member leaves: what is to do stays with that member, or all of it goes to somebody else (P-444, G-073)."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from stepwell.access.members import ADMIN, Member
from stepwell.db.pool import Tenant
from stepwell.engine.heir import handed_over
from stepwell.engine.model import Change, Directory, Event, House, Process
from stepwell.events.log import BOT, Subject, append_to_several
from stepwell.people.directory import Mentioned
from stepwell.people.regrouping import leave_groups, settle_after
from stepwell.processes.each import decide_about_each
from stepwell.processes.viewers import sync_viewers_of
from stepwell.services import Services
from stepwell.templates.embeds import RENEW

DISABLE = """
    UPDATE people SET status = 'disabled', disabled_at = coalesce(disabled_at, %(at)s), updated_at = %(at)s
     WHERE organization_id = %(organization_id)s AND id = %(old)s AND kind = 'member'
"""
TASKS = """
    SELECT task.id FROM task_people person
      JOIN tasks task ON task.organization_id = person.organization_id AND task.id = person.task_id
     WHERE person.organization_id = %(organization_id)s AND person.person_id = %(old)s
       AND task.status <> 'completed' AND task.archived_at IS NULL AND %(old)s = ANY (task.users)
     ORDER BY task.process_id, task.id
"""
OWNED_PROCESSES = """
    SELECT id, last_event FROM processes
     WHERE organization_id = %(organization_id)s AND owner_id = %(old)s
       AND completed_at IS NULL AND archived_at IS NULL
     ORDER BY id LIMIT %(batch)s
       FOR UPDATE
"""
SAVE_OWNERS = """
    UPDATE processes process SET owner_id = %(new)s, last_event = saved.last_event, updated_at = %(at)s
      FROM unnest(%(ids)s::uuid[], %(last_events)s::int[]) saved (id, last_event)
     WHERE process.organization_id = %(organization_id)s AND process.id = saved.id
"""
BATCH = 200  # processes that one transaction takes


@dataclass(frozen=True, slots=True)
class HandedOver:
    """How many templates, processes and tasks have somebody else now."""

    templates: int = 0
    processes: int = 0
    tasks: int = 0


async def deactivate(
    services: Services, organization_id: UUID, old: int, heir: int | None = None
) -> HandedOver:
    """Disable a member, who leaves all groups at once; to an heir goes all that is not completed.

    The caller has found that the member may go and that the heir is an active one. Done again, it does the rest of
    what was interrupted.
    """
    at = services.clock()
    templates = processes = tasks = 0
    async with services.db.transaction(Member(organization_id, 0, ADMIN)) as tenant:
        await tenant.execute(DISABLE, {"old": old, "at": at})
        settle = set(await leave_groups(tenant, old))
        if heir is not None:
            templates = await _hand_over_templates(tenant, old, heir, at)
    if heir is not None:
        processes = await _hand_over_processes(services, organization_id, old, heir)
        tasks = await _hand_over_tasks(services, organization_id, old, heir)
    settle |= set(await _tasks_of(services, organization_id, old))
    await settle_after(services, organization_id, sorted(settle))
    return HandedOver(templates, processes, tasks)


async def hand_over(
    services: Services, organization_id: UUID, old: int, heir: int, kinds: Collection[str]
) -> HandedOver:
    """Give somebody else what a member has who stays: `kinds` are of templates, processes and tasks."""
    templates = processes = tasks = 0
    if "templates" in kinds:
        async with services.db.transaction(Member(organization_id, 0, ADMIN)) as tenant:
            templates = await _hand_over_templates(tenant, old, heir, services.clock())
    if "processes" in kinds:
        processes = await _hand_over_processes(services, organization_id, old, heir)
    if "tasks" in kinds:
        tasks = await _hand_over_tasks(services, organization_id, old, heir)
    return HandedOver(templates, processes, tasks)


async def _tasks_of(services: Services, organization_id: UUID, old: int) -> list[UUID]:
    """What is to do for the member by name, hidden tasks too."""
    async with services.db.reading(Member(organization_id, 0, ADMIN)) as tenant:
        return [row[0] for row in await tenant.fetch_all(TASKS, {"old": old})]


async def _hand_over_tasks(services: Services, organization_id: UUID, old: int, new: int) -> int:
    def decide(
        process: Process, task_ids: Sequence[UUID], at: datetime, house: House, directory: Directory
    ) -> Change:
        return handed_over(process, task_ids, old, new, at, house, directory)

    task_ids = await _tasks_of(services, organization_id, old)
    named = Mentioned(users={old, new})
    return await decide_about_each(services, organization_id, task_ids, decide, named)


async def _hand_over_processes(services: Services, organization_id: UUID, old: int, new: int) -> int:
    count = 0
    while True:
        async with services.db.transaction(Member(organization_id, 0, ADMIN)) as tenant:
            found = await tenant.fetch_all(OWNED_PROCESSES, {"old": old, "batch": BATCH})
            if not found:
                return count
            at, ids = services.clock(), [row[0] for row in found]
            happened = [(Subject("Run", *row), [_owner_changed(row[0], old, new)]) for row in found]
            last_events = await append_to_several(tenant, services.numbers, BOT, at, happened)
            wanted = {"new": new, "ids": ids, "last_events": list(last_events), "at": at}
            await tenant.execute(SAVE_OWNERS, wanted)
            await sync_viewers_of(tenant, ids)
        count += len(ids)


def _owner_changed(process_id: UUID, old: int, new: int) -> Event:
    return Event(
        verb="updated",
        kind="Process",
        subject="process",
        subject_id=process_id,
        description="Changed the owner of the process",
        field="owner_id",
        old=old,
        new=new,
    )


STEPS = """
    UPDATE template_steps step
       SET assignees = ARRAY(SELECT person FROM (
               SELECT CASE one WHEN %(old)s THEN %(new)s ELSE one END AS person, min(place) AS place
                 FROM unnest(step.assignees) WITH ORDINALITY had (one, place) GROUP BY 1) named ORDER BY place),
           updated_at = %(at)s
     WHERE step.organization_id = %(organization_id)s AND step.assignees @> ARRAY[%(old)s]::bigint[]
    RETURNING step.template_id
"""
RULES = """
    SELECT template_id, id, conditions, actions FROM template_rules
     WHERE organization_id = %(organization_id)s
       AND actions @? ('$[*].assignees.users[*] ? (@ == ' || %(old)s || ')')::jsonpath
       FOR UPDATE
"""
SAVE_RULES = """
    UPDATE template_rules rule SET actions = new.actions, updated_at = %(at)s
      FROM jsonb_to_recordset(%(rules)s) AS new (template_id uuid, id uuid, actions jsonb)
     WHERE rule.organization_id = %(organization_id)s AND rule.template_id = new.template_id AND rule.id = new.id
"""
OWNED = """
    UPDATE templates SET owner_id = %(new)s, updated_at = %(at)s
     WHERE organization_id = %(organization_id)s AND owner_id = %(old)s
    RETURNING id
"""


async def _hand_over_templates(tenant: Tenant, old: int, new: int, at: datetime) -> int:
    """The heir owns the templates, and stands in their steps and rules (T-119)."""
    wanted = {"old": old, "new": new, "at": at}
    owned = {row[0] for row in await tenant.fetch_all(OWNED, wanted)}
    edited = {row[0] for row in await tenant.fetch_all(STEPS, wanted)}
    rules = await tenant.fetch_all(RULES, wanted)
    if rules:
        records = [
            {
                "template_id": str(template),
                "id": str(rule),
                "actions": [_renamed(one, old, new) for one in actions],
            }
            for template, rule, _, actions in rules
        ]
        await tenant.execute(SAVE_RULES, {"rules": json.dumps(records, ensure_ascii=False), "at": at})
        edited |= {row[0] for row in rules}
    if edited:
        renewed = {"ids": sorted(edited), "edited": False, "user_id": None, "at": at}
        await tenant.execute(RENEW, renewed)
    return len(owned | edited)


def _renamed(action: Mapping[str, Any], old: int, new: int) -> dict[str, Any]:
    """A rule's action with the new member in the place of the old one."""
    assignees = action.get("assignees")
    if not isinstance(assignees, dict) or old not in (assignees.get("users") or ()):
        return dict(action)
    users = dict.fromkeys(new if user == old else user for user in assignees["users"])
    return {**action, "assignees": {**assignees, "users": list(users)}}
