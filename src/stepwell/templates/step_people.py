"""The people of steps: who may be assigned, how many, and assigning to many steps at once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from stepwell.db.pool import Tenant
from stepwell.engine.assignment import listed, union, why_too_many, why_unassignable
from stepwell.engine.model import People
from stepwell.errors import invalid
from stepwell.http.call import Call
from stepwell.http.paging import Page
from stepwell.people.directory import Mentioned, Register, ensure_guests, register_of
from stepwell.templates.drafts import Draft, editing
from stepwell.templates.step_queries import steps_page
from stepwell.templates.step_schemas import OWNERS, BatchAssign, StepPeople

PEOPLE = """
    SELECT id, title, assignees, guests, groups, max_assignable FROM template_steps
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s AND id = ANY (%(steps)s)
"""
SET_PEOPLE = """
    UPDATE template_steps step
       SET assignees = new.users, guests = new.guests, groups = new.groups, updated_at = %(at)s
      FROM jsonb_to_recordset(%(steps)s) AS new (id uuid, users bigint[], guests text[], groups uuid[])
     WHERE step.organization_id = %(organization_id)s AND step.template_id = %(template_id)s
       AND step.id = new.id
"""


@dataclass(slots=True)
class Assigned:
    """A step, and whom it is assigned to."""

    id: UUID
    title: str
    people: People
    limit: int | None


def people_of(columns: Mapping[str, Any]) -> People:
    """The people in a step's columns."""
    return People(tuple(columns["assignees"]), tuple(columns["guests"]), tuple(columns["groups"]))


async def check_people(draft: Draft, before: People, after: People, limit: int | None) -> None:
    """Whether who is new may be assigned, and all are not too many (T-114); addresses become guests.

    Somebody who is assigned already may stay, even when deactivated since. Raises Refused.
    """
    register = await _register(draft.tenant, [before, after])
    reasons = _reasons(register, before, after, limit, "")
    if reasons:
        raise invalid(reasons)
    await ensure_guests(draft.tenant, draft.call.numbers, register, after.guests, draft.at)


def _reasons(
    register: Register, before: People, after: People, limit: int | None, path: str
) -> dict[str, list[str]]:
    added = People(
        tuple(user for user in after.users if user not in before.users),
        tuple(guest for guest in after.guests if guest not in before.guests),
        tuple(group for group in after.groups if group not in before.groups),
    )
    found = why_unassignable(added, register.directory, "step")
    named = {f"step.{word}": name for name, word in OWNERS.items()}
    reasons = {path + named[key]: messages for key, messages in found.items()}
    if not reasons:
        reasons |= why_too_many(after, limit, register.directory, f"{path}assignees")
    return reasons


async def _register(tenant: Tenant, several: Sequence[People]) -> Register:
    mentioned = Mentioned()
    for people in several:
        mentioned.add(people)
    return await register_of(tenant, mentioned)


async def batch_assign(call: Call, key: str, data: BatchAssign) -> Page:
    """Assign people to steps and take people from steps; returns the steps that changed (T-118).

    Raises Refused with every step that is not there and everybody who cannot be assigned.
    """
    async with editing(call, key) as draft:
        steps = await _assigned(draft, [one.step_id for one in (*data.assign, *data.unassign)])
        reasons = _unknown_steps(steps, data)
        if reasons:
            raise invalid(reasons)
        after = {step_id: step.people for step_id, step in steps.items()}
        for one in data.unassign:
            after[one.step_id] = _without(after[one.step_id], one.people())
        for one in data.assign:
            after[one.step_id] = union(after[one.step_id], one.people())
        changed = [step for step in steps.values() if step.people != after[step.id]]
        register = await _register(draft.tenant, [*after.values(), *(step.people for step in steps.values())])
        for step in changed:
            where = next(
                (f"assign.{at}." for at, one in enumerate(data.assign) if one.step_id == step.id), ""
            )
            reasons |= _reasons(register, step.people, after[step.id], step.limit, where)
        if reasons:
            raise invalid(reasons)
        guests = {guest for people in after.values() for guest in people.guests}
        await ensure_guests(draft.tenant, call.numbers, register, guests, draft.at)
        await _write(draft, {step.id: after[step.id] for step in changed})
        for step in changed:
            note_people(draft, step.id, step.title, step.people, after[step.id])
        await draft.finish()
        return await steps_page(draft.tenant, draft.id, [step.id for step in changed], call.includes)


async def _assigned(draft: Draft, ids: Sequence[UUID]) -> dict[UUID, Assigned]:
    rows = await draft.tenant.fetch_all(PEOPLE, {"template_id": draft.id, "steps": list(ids)})
    return {
        step_id: Assigned(step_id, title, People(tuple(users), tuple(guests), tuple(groups)), limit)
        for step_id, title, users, guests, groups, limit in rows
    }


def _unknown_steps(steps: Mapping[UUID, Assigned], data: BatchAssign) -> dict[str, list[str]]:
    lists: dict[str, list[StepPeople]] = {"assign": data.assign, "unassign": data.unassign}
    return {
        f"{name}.{index}.step_id": [f"The selected {name}.{index}.step_id is invalid."]
        for name, entries in lists.items()
        for index, one in enumerate(entries)
        if one.step_id not in steps
    }


def _without(people: People, gone: People) -> People:
    return People(
        tuple(user for user in people.users if user not in gone.users),
        tuple(guest for guest in people.guests if guest not in gone.guests),
        tuple(group for group in people.groups if group not in gone.groups),
    )


async def _write(draft: Draft, after: Mapping[UUID, People]) -> None:
    steps = [{"id": step_id.hex, **listed(people)} for step_id, people in after.items()]
    wanted = {"template_id": draft.id, "at": draft.at, "steps": json.dumps(steps)}
    await draft.tenant.execute(SET_PEOPLE, wanted)


def note_people(draft: Draft, step_id: UUID, title: str, before: People, after: People) -> None:
    """Remember that other people are assigned to a step."""
    draft.note(
        "owners-updated",
        f"Changed the assignees of step: {title}",
        kind="Step",
        subject="step",
        subject_id=step_id,
        field="assignees",
        old=listed(before),
        new=listed(after),
    )
