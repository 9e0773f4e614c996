"""What changes groups: their names, who is in them, and that they are there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from stepwell.access.switches import require_switch
from stepwell.db.ids import new_id
from stepwell.db.pool import Tenant
from stepwell.engine.model import Event
from stepwell.errors import invalid
from stepwell.http.call import Call
from stepwell.organizations.log import append_to_organization
from stepwell.people.group_schemas import CreateGroup, UpdateGroup
from stepwell.people.naming import people_named
from stepwell.people.queries import group_json
from stepwell.people.regrouping import change_group, delete_group
from stepwell.people.settling import settle

SWITCH = "allow_manage_groups"
INSERT = """
    INSERT INTO groups (organization_id, id, name, description, created_at, updated_at)
    VALUES (%(organization_id)s, %(group_id)s, %(name)s, %(description)s, %(at)s, %(at)s)
"""
LOCK = """
    SELECT "group".name, "group".description,
           ARRAY(SELECT person_id FROM group_people belongs JOIN people person
                     ON person.organization_id = belongs.organization_id AND person.id = belongs.person_id
                  WHERE belongs.organization_id = %(organization_id)s AND belongs.group_id = %(group_id)s
                    AND person.kind = 'member' ORDER BY 1),
           ARRAY(SELECT person_id FROM group_people belongs JOIN people person
                     ON person.organization_id = belongs.organization_id AND person.id = belongs.person_id
                  WHERE belongs.organization_id = %(organization_id)s AND belongs.group_id = %(group_id)s
                    AND person.kind = 'guest' ORDER BY 1)
      FROM groups "group" WHERE "group".organization_id = %(organization_id)s AND "group".id = %(group_id)s
       FOR UPDATE
"""
UPDATE = """
    UPDATE groups SET name = %(name)s, description = %(description)s, updated_at = %(at)s
     WHERE organization_id = %(organization_id)s AND id = %(group_id)s
"""
TAKEN = """
    SELECT EXISTS (SELECT FROM groups WHERE organization_id = %(organization_id)s
                      AND lower(name) = lower(%(name)s) AND id <> %(group_id)s)
"""
PERSON = "SELECT FROM people WHERE organization_id = %(organization_id)s AND id = %(person_id)s"
PERSON_OF = """
    SELECT id FROM people
     WHERE organization_id = %(organization_id)s AND kind = 'guest' AND email = %(email)s
"""


async def may_manage_groups(call: Call, group_id: UUID | None = None) -> None:
    """Raises Forbidden unless the caller may manage groups: said before a group is looked for."""
    del group_id
    async with call.db.reading(call.member) as tenant:
        await require_switch(tenant, call.member, SWITCH)


async def create_group(call: Call, data: CreateGroup) -> str:
    """Create a group of members and guests (T-206). Returns its JSON."""
    group_id, at = new_id(), call.services.clock()
    async with call.db.transaction(call.member) as tenant:
        await require_switch(tenant, call.member, SWITCH)
        await _refuse_taken(tenant, group_id, data.name)
        people = await people_named(tenant, call.numbers, data.members, data.guests, at)
        wanted = {"group_id": group_id, "name": data.name, "description": data.description, "at": at}
        await tenant.execute(INSERT, wanted)
        await change_group(tenant, group_id, people)
        await _note(call, tenant, at, "created", group_id, f"Created group: {data.name}")
        return await group_json(tenant, call, group_id)


async def update_group(call: Call, group_id: UUID, data: UpdateGroup) -> str:
    """Change what was sent; lists replace, and open tasks follow at once. Returns the group's JSON."""
    at = call.services.clock()
    to_settle: Sequence[UUID] = ()
    async with call.db.transaction(call.member) as tenant:
        await require_switch(tenant, call.member, SWITCH)
        name, description, members, guests = await tenant.fetch_one(LOCK, {"group_id": group_id})
        sent = {"name": name, "description": description, **data.sent("name", "description")}
        await _refuse_taken(tenant, group_id, sent["name"])
        await tenant.execute(UPDATE, {"group_id": group_id, "at": at, **sent})
        if data.sent("members", "guests"):
            named = await people_named(tenant, call.numbers, data.members, data.guests, at)
            kept = [] if "members" in data.model_fields_set else members
            kept += [] if "guests" in data.model_fields_set else guests
            to_settle = await change_group(tenant, group_id, [*named, *kept])
        await _note(call, tenant, at, "updated", group_id, f"Changed group: {sent['name']}")
        answer = await group_json(tenant, call, group_id)
    await settle(call, to_settle)
    return answer


async def remove_group(call: Call, group_id: UUID) -> None:
    """Delete a group for good; on open tasks its people take its place (P-436)."""
    at = call.services.clock()
    async with call.db.transaction(call.member) as tenant:
        await require_switch(tenant, call.member, SWITCH)
        name = (await tenant.fetch_one(LOCK, {"group_id": group_id}))[0]
        await delete_group(tenant, call.services, group_id)
        await _note(call, tenant, at, "deleted", group_id, f"Deleted group: {name}")


async def join_group(call: Call, group_id: UUID, members: Sequence[int], guests: Sequence[str]) -> str:
    """Add these people to a group. Returns its JSON."""
    return await _regroup(call, group_id, members, guests, lambda present, named: [*present, *named])


async def leave_group(call: Call, group_id: UUID, person_id: int) -> str:
    """Take somebody out of a group; who is not in it is out already. Returns its JSON. Raises NotFound."""
    async with call.db.reading(call.member) as tenant:
        await require_switch(tenant, call.member, SWITCH)
        await tenant.fetch_one(PERSON, {"person_id": person_id})
    return await _regroup(
        call, group_id, [], [], lambda present, _: [one for one in present if one != person_id]
    )


async def guest_id_of(call: Call, email: str) -> int:
    """The person id behind a guest's address, for who may manage groups. Raises NotFound."""
    async with call.db.reading(call.member) as tenant:
        await require_switch(tenant, call.member, SWITCH)
        return int(await tenant.fetch_value(PERSON_OF, {"email": email.strip().lower()}))


async def _regroup(
    call: Call,
    group_id: UUID,
    members: Sequence[int],
    guests: Sequence[str],
    after: Callable[[list[int], list[int]], list[int]],
) -> str:
    at = call.services.clock()
    async with call.db.transaction(call.member) as tenant:
        await require_switch(tenant, call.member, SWITCH)
        name, description, present, guests_present = await tenant.fetch_one(LOCK, {"group_id": group_id})
        named = await people_named(tenant, call.numbers, members, guests, at)
        to_settle = await change_group(tenant, group_id, after([*present, *guests_present], named))
        await tenant.execute(
            UPDATE, {"group_id": group_id, "name": name, "description": description, "at": at}
        )
        await _note(call, tenant, at, "updated", group_id, f"Changed group: {name}")
        answer = await group_json(tenant, call, group_id)
    await settle(call, to_settle)
    return answer


async def _refuse_taken(tenant: Tenant, group_id: UUID, name: str) -> None:
    if await tenant.fetch_value(TAKEN, {"group_id": group_id, "name": name}):
        raise invalid({"name": ["The name has already been taken."]})


async def _note(
    call: Call, tenant: Tenant, at: datetime, verb: str, group_id: UUID, description: str
) -> None:
    event = Event(verb=verb, kind="Group", subject="Group", subject_id=group_id, description=description)
    await append_to_organization(call, tenant, at, [event])
