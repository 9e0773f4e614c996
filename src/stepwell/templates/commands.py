"""What changes templates: one transaction each."""

from __future__ import annotations

import json
import re
import secrets
import unicodedata
from typing import Any
from uuid import UUID

from psycopg import sql
from psycopg.types.json import Jsonb

from stepwell.access.members import Member
from stepwell.db.ids import new_id
from stepwell.db.pool import Tenant
from stepwell.engine.model import Event
from stepwell.errors import invalid, refused
from stepwell.events.log import Author, Subject, append
from stepwell.http.call import Call
from stepwell.templates.access import PERMISSION_NAMES
from stepwell.templates.drafts import Draft, editing
from stepwell.templates.queries import template_json
from stepwell.templates.schemas import CreateTemplate, TemplateSettings

JSON_COLUMNS = frozenset({"settings"})
RENAMED = {"status": "readiness"}
NOT_COLUMNS = frozenset({"starred", "prerun", "user_id", "tags", "start_run_permissions"})
ADMIN_ONLY = frozenset({"is_pinned", "is_featured", "alias"})
OUTSIDE_VERSIONS = frozenset({"starred", "status", "is_pinned", "is_featured", "folder_id", "is_public", "users",
                              "groups", "contributors", "privacy", "owner_id", "public_cover"})  # fmt: skip
LONGEST_SUMMARY, LONGEST_DOCUMENT = 2000, 8 * 2**20


def slug_of(title: str) -> str:
    """The title in lower-case ASCII words joined by hyphens."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80] or "template"


async def create_template(call: Call, data: CreateTemplate) -> str:
    """Create an empty template; the creator owns it unless somebody else is named. Returns its JSON (T-014, T-015)."""
    member = call.member
    number = (await call.numbers.take(member.organization_id, "template"))[0]
    template_id, now = new_id(), call.services.clock()
    async with call.db.transaction(member) as tenant:
        await check_references(tenant, data)
        check_lengths(data, data.type)
        values = columns_of(member, data) | {
            "id": template_id,
            "number": number,
            "alias": f"{slug_of(data.title)}-{secrets.token_hex(3)}",
            "created_by": data.user_id if data.user_id and member.is_admin else member.user_id,
            "owner_id": data.owner_id or member.user_id,
            "created_at": now, "updated_at": now, "updated_by": member.user_id,
        }  # fmt: skip
        await _insert(tenant, values)
        await _grant_everyone(tenant, template_id)
        await set_star(tenant, member, template_id, "starred" in data.model_fields_set and data.starred)
        created = Event(verb="created", kind="Blueprint", subject="template", subject_id=template_id,
                        description=f"Created template: {data.title}")  # fmt: skip
        last = await append(
            tenant, call.numbers, Author(member.user_id), now, Subject("Checklist", template_id, 0), [created]
        )
        await _set_last_event(tenant, template_id, last)
        return await template_json(tenant, member, template_id, call.includes)


async def update_template(call: Call, key: str, data: TemplateSettings) -> str:
    """Change the properties that were sent, those alone. Returns the template's JSON (T-048)."""
    edited = bool(data.model_fields_set - OUTSIDE_VERSIONS)
    async with editing(call, key, edited=edited) as draft:
        await check_references(draft.tenant, data)
        await _check_type(draft, data)
        check_lengths(data, data.type or draft.template.type)
        await _update(draft, columns_of(call.member, data))
        if "starred" in data.model_fields_set:
            await set_star(draft.tenant, call.member, draft.id, data.starred)
        for name in sorted(data.model_fields_set - {"starred"}):
            draft.note(
                "updated", f"Changed {name.replace('_', ' ')} of template: {draft.template.title}", field=name
            )
        await draft.finish()
        return await template_json(draft.tenant, call.member, draft.id, call.includes)


def columns_of(member: Member, data: TemplateSettings) -> dict[str, Any]:
    """The columns that the body sets; keys for administrators only are ignored from others (T-012)."""
    values: dict[str, Any] = {}
    for name, value in data.sent().items():
        if name in NOT_COLUMNS or (name in ADMIN_ONLY and not member.is_admin):
            continue
        values[RENAMED.get(name, name)] = Jsonb(value) if name in JSON_COLUMNS else value
    if values.get("privacy") == "public":
        values["is_public"] = True
    if data.is_public_kickoff and "kickoff_sharing_user_id" not in values:
        values["kickoff_sharing_user_id"] = member.user_id
    return values


CHECK = """
    SELECT array(SELECT id FROM people WHERE organization_id = %(organization_id)s AND kind = 'member'
                    AND status IN ('active', 'invited') AND id = ANY (%(users)s)),
           array(SELECT id FROM people WHERE organization_id = %(organization_id)s AND kind = 'member'
                    AND status = 'active' AND id = ANY (%(users)s)),
           array(SELECT id FROM groups WHERE organization_id = %(organization_id)s AND id = ANY (%(groups)s)),
           array(SELECT id FROM folders WHERE organization_id = %(organization_id)s AND kind = 'checklist'
                    AND id = ANY (%(folders)s)),
           array(SELECT id FROM folders WHERE organization_id = %(organization_id)s AND kind = 'run'
                    AND id = ANY (%(folders)s)),
           array(SELECT id FROM templates WHERE organization_id = %(organization_id)s AND id = %(blueprint)s)
"""
NOT_MEMBERS = "Some users are not valid members of this organization"


async def check_references(tenant: Tenant, data: TemplateSettings) -> None:
    """Whatever the body names must be of this organization. Raises Refused with every wrong key."""
    people = [data.owner_id, data.kickoff_sharing_user_id, getattr(data, "user_id", None)]
    members, active, groups, folders, process_folders, blueprints = await tenant.fetch_one(
        CHECK,
        {
            "users": [*data.users, *data.contributors, *filter(None, people)],
            "groups": data.groups,
            "folders": [id for id in (data.folder_id, data.default_folder) if id],
            "blueprint": data.ko_form_blueprint_id,
        },
    )
    reasons: dict[str, list[str]] = {}
    for name in ("owner_id", "user_id", "kickoff_sharing_user_id"):
        if (user := getattr(data, name, None)) is not None and user not in active:
            reasons[name] = [f"The selected {name.replace('_', ' ')} is invalid."]
    for name in ("users", "contributors"):
        if not set(getattr(data, name)) <= set(members):
            reasons[name] = [NOT_MEMBERS]
    if not set(data.groups) <= set(groups):
        reasons["groups"] = ["Some groups do not exist in this organization"]
    for name, known in (
        ("folder_id", folders),
        ("default_folder", process_folders),
        ("ko_form_blueprint_id", blueprints),
    ):
        if (id := getattr(data, name)) is not None and id not in known:
            reasons[name] = [f"The selected {name.replace('_', ' ')} is invalid."]
    if reasons:
        raise invalid(reasons)


def check_lengths(data: TemplateSettings, type: str) -> None:
    """A document's text is its summary and may be long; others' are short. Raises Refused."""
    longest = LONGEST_DOCUMENT if type == "document" else LONGEST_SUMMARY
    if data.summary is not None and len(data.summary) > longest:
        raise invalid({"summary": [f"The summary may not be greater than {longest} characters."]})


async def _check_type(draft: Draft, data: TemplateSettings) -> None:
    """T-004: only a template without steps may become a form or a document."""
    if data.type in (None, "procedure") or data.type == draft.template.type:
        return
    steps = await draft.tenant.fetch_value(
        "SELECT count(*) FROM template_steps"
        " WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s",
        {"template_id": draft.id},
    )
    if steps:
        raise refused("type", "A template with steps cannot become another type.")


async def _insert(tenant: Tenant, values: dict[str, Any]) -> None:
    names = list(values)
    query = sql.SQL("INSERT INTO templates (organization_id, {}) VALUES (%(organization_id)s, {})").format(
        sql.SQL(", ").join(map(sql.Identifier, names)), sql.SQL(", ").join(map(sql.Placeholder, names))
    )
    await tenant.execute(query, values)


async def _update(draft: Draft, values: dict[str, Any]) -> None:
    if not values:
        return
    changes = [sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in values]
    query = sql.SQL(
        "UPDATE templates SET {} WHERE organization_id = %(organization_id)s AND id = %(template_id)s"
    ).format(sql.SQL(", ").join(changes))
    await draft.tenant.execute(query, values | {"template_id": draft.id})


async def _grant_everyone(tenant: Tenant, template_id: UUID) -> None:
    """A new template is everyone's, unless the organization keeps new ones to creators and administrators."""
    await tenant.execute(
        "INSERT INTO template_permissions (organization_id, template_id, permission, everyone)"
        " SELECT %(organization_id)s, %(template_id)s, granted.permission,"
        "        NOT coalesce((settings ->> 'restrict_blueprint_permissions')::boolean, false)"
        "   FROM organizations, unnest(%(names)s::text[]) granted (permission) WHERE organization_id = %(organization_id)s",
        {"template_id": template_id, "names": list(PERMISSION_NAMES)},
    )


async def _set_last_event(tenant: Tenant, template_id: UUID, last_event: int) -> None:
    await tenant.execute(
        "UPDATE templates SET last_event = %(last)s"
        " WHERE organization_id = %(organization_id)s AND id = %(template_id)s",
        {"last": last_event, "template_id": template_id},
    )


async def set_star(tenant: Tenant, member: Member, subject_id: UUID, starred: bool) -> None:
    """Star something for the caller, or take the star away."""
    query = (
        "INSERT INTO stars VALUES (%(organization_id)s, %(user_id)s, %(subject_id)s) ON CONFLICT DO NOTHING"
        if starred
        else "DELETE FROM stars WHERE organization_id = %(organization_id)s AND person_id = %(user_id)s"
        " AND subject_id = %(subject_id)s"
    )
    await tenant.execute(query, {"user_id": member.user_id, "subject_id": subject_id})


def as_json(value: Any) -> str:
    """A JSON column's text."""
    return json.dumps(value, ensure_ascii=False)
