"""The five grants of a template: who may read, edit, launch and duplicate it, and see its processes (T-186)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import sql

from stepwell.db.pool import Tenant
from stepwell.errors import NotFound, invalid
from stepwell.http.call import Call
from stepwell.templates.access import PERMISSION_NAMES, find_template
from stepwell.templates.checks import NO_GROUPS, NOT_MEMBERS
from stepwell.templates.drafts import Draft, editing
from stepwell.templates.permission_schemas import Grant, Grants
from stepwell.templates.shapes import PERMISSIONS

LABELS = {
    "CHECKLIST_READ": "read",
    "CHECKLIST_EDIT": "edit",
    "PROCESS_LAUNCH": "launch",
    "CHECKLIST_DUPLICATE": "duplicate",
    "PROCESS_READ": "see processes of",
}

GRANTED = sql.SQL("""
    SELECT {permissions} FROM templates template
     WHERE template.organization_id = %(organization_id)s AND template.id = %(template_id)s
""").format(permissions=PERMISSIONS)
AS_TEXT = sql.SQL("SELECT grants::text FROM ({}) granted (grants)").format(GRANTED)

KNOWN = """
    SELECT array(SELECT id FROM people WHERE organization_id = %(organization_id)s AND kind = 'member'
                    AND status IN ('active', 'invited') AND id = ANY (%(users)s)),
           array(SELECT id FROM groups WHERE organization_id = %(organization_id)s AND id = ANY (%(groups)s))
"""

# A grant to everyone names nobody; a member of a group that is named need not be named as well (T-190).
SET = """
    INSERT INTO template_permissions (organization_id, template_id, permission, everyone, users, groups)
    SELECT %(organization_id)s, %(template_id)s, new.permission, new.everyone,
           CASE WHEN new.everyone THEN '{}'::bigint[]
                ELSE array(SELECT person FROM unnest(new.users) WITH ORDINALITY named (person, place)
                            WHERE NOT EXISTS (SELECT FROM group_people grouped
                                               WHERE grouped.organization_id = %(organization_id)s
                                                 AND grouped.group_id = ANY (new.groups)
                                                 AND grouped.person_id = person)
                            ORDER BY place) END,
           CASE WHEN new.everyone THEN '{}'::uuid[] ELSE new.groups END
      FROM jsonb_to_recordset(%(grants)s::jsonb)
           AS new (permission text, everyone boolean, users bigint[], groups uuid[])
        ON CONFLICT (organization_id, template_id, permission)
        DO UPDATE SET everyone = EXCLUDED.everyone, users = EXCLUDED.users, groups = EXCLUDED.groups
"""


async def read_permissions(call: Call, key: str) -> str:
    """The five grants of a template that the caller may see, as JSON text."""
    async with call.db.reading(call.member) as tenant:
        template = await find_template(tenant, call.member, key)
        return await permissions_json(tenant, template.id)


async def permissions_json(tenant: Tenant, template_id: UUID) -> str:
    return str(await tenant.fetch_value(AS_TEXT, {"template_id": template_id}))


async def set_permissions(call: Call, key: str, data: Grants) -> str:
    """Replace the grants that are listed, keep the others. Returns all five as JSON text."""
    grants: dict[str, Grant] = {one.permission: one for one in data.permissions}
    async with editing(call, key, edited=False) as draft:
        await _check_people(draft.tenant, data.permissions)
        await _write(draft, grants)
        await draft.finish()
        return await permissions_json(draft.tenant, draft.id)


async def set_permission(call: Call, key: str, permission: str, data: Grant) -> Any:
    """Replace one grant. Returns it. Raises NotFound for a permission that does not exist."""
    name = permission.upper()
    if name not in PERMISSION_NAMES:
        raise NotFound
    async with editing(call, key, edited=False) as draft:
        await _check_people(draft.tenant, [data], prefix="")
        await _write(draft, {name: data})
        await draft.finish()
        grants = await draft.tenant.fetch_value(GRANTED, {"template_id": draft.id})
        return next(grant for grant in grants if grant["permission"] == name)


async def _check_people(tenant: Tenant, grants: Sequence[Grant], prefix: str = "permissions.{}.") -> None:
    users = {user for grant in grants for user in grant.users}
    groups = {group for grant in grants for group in grant.groups}
    members, known_groups = await tenant.fetch_one(KNOWN, {"users": list(users), "groups": list(groups)})
    reasons: dict[str, list[str]] = {}
    for index, grant in enumerate(grants):
        if not set(grant.users) <= set(members):
            reasons[prefix.format(index) + "users"] = [NOT_MEMBERS]
        if not set(grant.groups) <= set(known_groups):
            reasons[prefix.format(index) + "groups"] = [NO_GROUPS]
    if reasons:
        raise invalid(reasons)


async def _write(draft: Draft, grants: Mapping[str, Grant]) -> None:
    before = await _by_name(draft)
    rows = [
        {
            "permission": name,
            "everyone": grant.everyone,
            "users": grant.users,
            "groups": [group.hex for group in grant.groups],
        }
        for name, grant in grants.items()
    ]
    await write_grants(draft.tenant, draft.id, rows)
    after = await _by_name(draft)
    for name in PERMISSION_NAMES:
        if before[name] != after[name]:
            draft.note("updated", f"Changed who may {LABELS[name]} template: {draft.template.title}",
                       field=name, old=before[name], new=after[name])  # fmt: skip


async def write_grants(tenant: Tenant, template_id: UUID, grants: Sequence[Mapping[str, Any]]) -> None:
    """Store grants: `permission`, `everyone`, `users`, `groups` (as hex)."""
    await tenant.execute(SET, {"template_id": template_id, "grants": json.dumps(grants)})


async def _by_name(draft: Draft) -> dict[str, dict[str, Any]]:
    grants = await draft.tenant.fetch_value(GRANTED, {"template_id": draft.id})
    return {
        grant["permission"]: {key: grant[key] for key in ("everyone", "users", "groups")} for grant in grants
    }
