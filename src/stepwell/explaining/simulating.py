"""Playing a template through: what is read for it, and what is wrong with what was sent (T-039)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from stepwell.db.pool import Tenant
from stepwell.engine.launch import Launch
from stepwell.engine.model import Directory, FormField, House, Refused, Step, Task, Version
from stepwell.engine.simulation import Act, Moment, Stage, simulate
from stepwell.engine.work import Actor
from stepwell.errors import invalid
from stepwell.explaining.bodies import Simulate, SimulatedAct
from stepwell.explaining.moments import moment_json
from stepwell.explaining.templates import Explained, explained_template
from stepwell.http.call import Call
from stepwell.http.values import uuid_of
from stepwell.people.answers import people_named_in
from stepwell.people.directory import Mentioned, Register, register_of
from stepwell.processes.launching import (
    instant_of,
    mentioned_in_launch,
    wanted_launch,
    why_wrong_launch,
)
from stepwell.processes.schemas import LaunchProcess, step_key
from stepwell.processes.titles import NAMES

MOST_TASKS = 20_000  # in one answer; beyond it only what changes is told
TOO_MUCH = (
    f"More than {MOST_TASKS} tasks would be listed. Send fewer completions, or ask for the changes only."
)
ROLES = """
    SELECT id, role FROM people
     WHERE organization_id = %(organization_id)s AND kind = 'member' AND id = ANY (%(users)s)
"""
Reasons = dict[str, list[str]]


async def simulate_template(call: Call, template_id: str, data: Simulate) -> dict[str, Any]:
    """Launch a template in memory and do with it what was sent. Raises NotFound or Refused."""
    async with call.db.reading(call.member) as tenant:
        found = await explained_template(tenant, call, template_id, data.version)
        version = found.version
        launch = _launch_of(data)
        mentioned = _mentioned(version, data, mentioned_in_launch(version, launch, call.member))
        register = await register_of(tenant, mentioned)
        wanted = {"users": sorted(mentioned.users), "groups": list(mentioned.groups)}
        names = {str(key): str(name) for key, name in await tenant.fetch_all(NAMES, wanted)}
        roles = await _roles(tenant, register.directory)
    steps = _steps_by_key(version)
    reasons = why_wrong_launch(version, launch, register) | _why_wrong(version, data, steps, register)
    if reasons:
        raise invalid(reasons)
    at = data.at or call.now
    start = wanted_launch(
        version, launch, register.house, found.template.id, data.user_id or call.member.user_id
    )
    stage = Stage(
        version=version,
        house=register.house,
        directory=register.directory,
        names=names,
        may_work=lambda task, actor: may_work(task, actor, register.directory, roles),
    )
    acts = [_act(one, steps, register.house) for one in data.completions]
    return await asyncio.to_thread(_played, stage, start, acts, at, data, found)


def _played(
    stage: Stage, start: Launch, acts: list[Act], at: datetime, data: Simulate, found: Explained
) -> dict[str, Any]:
    try:
        moments: list[Moment] = simulate(stage, start, acts, at, data.until)
    except Refused as refusal:
        if refusal.reasons:
            raise invalid(refusal.reasons) from None
        raise
    whole = data.detail == "all"
    if whole and len(moments) * len(stage.version.steps) > MOST_TASKS:
        raise invalid({"completions": [TOO_MUCH]})
    return {
        "checklist_id": found.template.id.hex,
        "title": found.version.title,
        "version": found.number,
        "prerun": dict(moments[0].process.values),
        "moments": [
            moment_json(found.version, moment, whole=whole or not place)
            for place, moment in enumerate(moments)
        ],
    }


def _launch_of(data: Simulate) -> LaunchProcess:
    """The launch, in the form in which real ones are sent."""
    return LaunchProcess(
        prerun=data.prerun,
        tasks=data.tasks,
        roles=data.roles,
        user_id=data.user_id,
        owner_id=data.owner_id,
    )


def _mentioned(version: Version, data: Simulate, mentioned: Mentioned) -> Mentioned:
    """With everybody whom rules or answers name at any moment."""
    for rule in version.rules:
        for action in rule.actions:
            mentioned.add(action.people)
    for act in data.completions:
        for value in act.values.values():
            mentioned.add(people_named_in(value))
        if act.by is not None and act.by.user_id is not None:
            mentioned.users.add(act.by.user_id)
    mentioned.users = {user for user in mentioned.users if user < 2**62}
    return mentioned


async def _roles(tenant: Tenant, directory: Directory) -> dict[int, str]:
    wanted = {"users": sorted(directory.assignable)}
    return {int(user): str(role) for user, role in await tenant.fetch_all(ROLES, wanted)}


def may_work(task: Task, actor: Actor, directory: Directory, roles: Mapping[int, str]) -> bool:
    """P-301 to P-305: admins, assignees, and any full member unless the task is for its assignees only."""
    users, guests = directory.expanded(task.people)
    if actor.user_id is None:
        return actor.guest in {guest.lower() for guest in guests}
    restricted = task.only_assignees or task.everyone_must_complete
    role = roles.get(actor.user_id)
    return actor.user_id in users or role == "admin" or (role == "standard" and not restricted)


def _steps_by_key(version: Version) -> dict[str, Step]:
    return {step.alias: step for step in version.steps} | {step.id.hex: step for step in version.steps}


def _why_wrong(version: Version, data: Simulate, steps: Mapping[str, Step], register: Register) -> Reasons:
    """What can be told to be wrong before anything is played."""
    reasons: Reasons = {
        f"prerun.{key}": ["This is not a field of the kick-off form."]
        for key in data.prerun
        if not _is_field(key, version.kickoff)
    }
    for number, act in enumerate(data.completions):
        path = f"completions.{number}"
        step = steps.get(step_key(act.step))
        if step is None:
            reasons[f"{path}.step"] = ["This is not a step of the template."]
            continue
        for key in act.values:
            if not _is_field(key, step.fields):
                reasons[f"{path}.values.{key}"] = ["This is not a field of the step."]
        if (
            act.by is not None
            and act.by.user_id is not None
            and act.by.user_id not in register.directory.active
        ):
            reasons[f"{path}.by"] = ["The selected by is invalid."]
    return reasons


def _is_field(key: str, fields: tuple[FormField, ...]) -> bool:
    field_id: UUID | None = uuid_of(key)
    return any((key and one.alias == key) or one.id == field_id for one in fields)


def _act(act: SimulatedAct, steps: Mapping[str, Step], house: House) -> Act:
    return Act(
        step_id=steps[step_key(act.step)].id,
        kind=act.action,
        values=act.values,
        is_approved=act.is_approved,
        by=act.by,
        at=act.at,
        deadline=instant_of(act.deadline, house),
    )
