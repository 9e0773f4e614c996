"""What changes job titles, which the API calls roles (T-112, G-088)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints

from stepwell.db.ids import new_id
from stepwell.db.pool import Tenant
from stepwell.engine.model import Event
from stepwell.errors import invalid
from stepwell.http.body import Body
from stepwell.http.call import Call
from stepwell.http.values import PersonId
from stepwell.organizations.log import append_to_organization
from stepwell.people.guarding import LOCK_HOUSE
from stepwell.people.queries import job_title_json
from stepwell.templates.embeds import RENEW

INSERT = """
    INSERT INTO job_titles (organization_id, id, name, description, users, created_at, updated_at)
    VALUES (%(organization_id)s, %(title_id)s, %(name)s, %(description)s, %(users)s, %(at)s, %(at)s)
"""
LOCK = """
    SELECT name, description, users FROM job_titles
     WHERE organization_id = %(organization_id)s AND id = %(title_id)s FOR UPDATE
"""
UPDATE = """
    UPDATE job_titles SET name = %(name)s, description = %(description)s, users = %(users)s, updated_at = %(at)s
     WHERE organization_id = %(organization_id)s AND id = %(title_id)s
"""
TAKEN = """
    SELECT EXISTS (SELECT FROM job_titles WHERE organization_id = %(organization_id)s
                      AND lower(name) = lower(%(name)s) AND id <> %(title_id)s)
"""
MEMBERS = """
    SELECT id FROM people WHERE organization_id = %(organization_id)s AND id = ANY (%(users)s)
       AND kind = 'member' AND status IN ('active', 'invited')
"""
OUT_OF_STEPS = """
    UPDATE template_steps SET roles = array_remove(roles, %(title_id)s), updated_at = %(at)s
     WHERE organization_id = %(organization_id)s AND roles @> ARRAY[%(title_id)s]::uuid[]
    RETURNING template_id
"""
DELETE = "DELETE FROM job_titles WHERE organization_id = %(organization_id)s AND id = %(title_id)s"


def _or_empty(value: Any) -> Any:
    return "" if value is None else value


Description = Annotated[str, StringConstraints(max_length=30_000), BeforeValidator(_or_empty)]


class CreateJobTitle(Body):
    """POST: the name is required; `permissions` is ignored."""

    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({"users"})

    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    description: Description = ""
    users: Annotated[list[PersonId], Field(max_length=1000)] = Field(default_factory=list)


class UpdateJobTitle(CreateJobTitle):
    """PUT and PATCH: what is absent stays."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=100)] = ""


async def create_job_title(call: Call, data: CreateJobTitle) -> str:
    """Create a job title with those who hold it unless a launch says otherwise. Returns its JSON."""
    title_id, at = new_id(), call.services.clock()
    async with call.db.transaction(call.member) as tenant:
        await tenant.execute(LOCK_HOUSE)
        await _refuse_wrong(tenant, title_id, data.name, data.users)
        users = list(dict.fromkeys(data.users))
        wanted = {"title_id": title_id, "name": data.name, "description": data.description, "users": users}
        await tenant.execute(INSERT, {**wanted, "at": at})
        await _note(call, tenant, at, "created", title_id, f"Created job title: {data.name}")
        return await job_title_json(tenant, call, title_id)


async def update_job_title(call: Call, title_id: UUID, data: UpdateJobTitle) -> str:
    """Change what was sent. Returns the job title's JSON."""
    at = call.services.clock()
    async with call.db.transaction(call.member) as tenant:
        await tenant.execute(LOCK_HOUSE)
        name, description, users = await tenant.fetch_one(LOCK, {"title_id": title_id})
        wanted = {"name": name, "description": description, "users": users, **data.sent()}
        await _refuse_wrong(tenant, title_id, wanted["name"], data.users)
        wanted["users"] = list(dict.fromkeys(wanted["users"]))
        await tenant.execute(UPDATE, {**wanted, "title_id": title_id, "at": at})
        await _note(call, tenant, at, "updated", title_id, f"Changed job title: {wanted['name']}")
        return await job_title_json(tenant, call, title_id)


async def delete_job_title(call: Call, title_id: UUID) -> None:
    """Delete a job title, which leaves all steps; tasks that were made remember nobody less for it."""
    at = call.services.clock()
    async with call.db.transaction(call.member) as tenant:
        name = (await tenant.fetch_one(LOCK, {"title_id": title_id}))[0]
        wanted = {"title_id": title_id, "at": at}
        edited = {row[0] for row in await tenant.fetch_all(OUT_OF_STEPS, wanted)}
        if edited:
            renewed = {"ids": sorted(edited), "edited": False, "user_id": None, "at": at}
            await tenant.execute(RENEW, renewed)
        await tenant.execute(DELETE, wanted)
        await _note(call, tenant, at, "deleted", title_id, f"Deleted job title: {name}")


async def _refuse_wrong(tenant: Tenant, title_id: UUID, name: str, users: Sequence[int]) -> None:
    reasons = {}
    if await tenant.fetch_value(TAKEN, {"title_id": title_id, "name": name}):
        reasons["name"] = ["The name has already been taken."]
    known = {row[0] for row in await tenant.fetch_all(MEMBERS, {"users": list(users)})} if users else set()
    reasons |= {
        f"users.{place}": [f"The selected users.{place} is invalid."]
        for place, one in enumerate(users)
        if one not in known
    }
    if reasons:
        raise invalid(reasons)


async def _note(call: Call, tenant: Tenant, at: datetime, verb: str, title_id: UUID, what: str) -> None:
    event = Event(verb=verb, kind="Role", subject="Role", subject_id=title_id, description=what)
    await append_to_organization(call, tenant, at, [event])
