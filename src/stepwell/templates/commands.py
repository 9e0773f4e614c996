"""What creates templates and sets their properties: one transaction each."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID

from psycopg import sql
from psycopg.types.json import Jsonb

from stepwell.access.members import Member
from stepwell.db.ids import new_id
from stepwell.db.pool import Tenant
from stepwell.errors import Forbidden
from stepwell.http.call import Call
from stepwell.templates.access import PERMISSION_NAMES, TemplateFound, find_template, may_edit
from stepwell.templates.aliases import slug_of
from stepwell.templates.checks import (
    alias_is_free,
    check_lengths,
    check_references,
    check_type,
    require_may_create,
)
from stepwell.templates.drafts import Draft, Right, editing
from stepwell.templates.history import RENAMED, note_changes, properties
from stepwell.templates.kickoff import sync_kickoff
from stepwell.templates.queries import template_json
from stepwell.templates.schemas import CreateTemplate, Launchers, TemplateSettings

JSON_COLUMNS = frozenset({"settings", "industry_tags", "topic_tags"})
NOT_COLUMNS = frozenset({"starred", "prerun", "user_id", "tags", "start_run_permissions", "steps", "stages",
                         "automated_actions", "permissions", "exported_tags"})  # fmt: skip
ADMIN_ONLY = frozenset({"is_pinned", "is_featured", "alias"})
IN_VERSIONS = frozenset({
    "title", "summary", "type", "guidance", "alias", "kickoff_title", "kickoff_description", "webhook",
    "default_process_name_format", "auto_naming", "allow_launcher_change_name", "can_add_oot",
})  # fmt: skip
"""The properties that a frozen version holds; changing another one makes no new version."""


def new_alias(title: str) -> str:
    """A template's alias: its title as a slug, and six characters that make it unique."""
    return f"{slug_of(title)}-{secrets.token_hex(3)}"


async def create_template(call: Call, data: CreateTemplate) -> str:
    """Create an empty template; the creator owns it unless somebody else is named. Returns its JSON (T-014, T-015)."""
    member = call.member
    async with call.db.transaction(member) as tenant:
        await require_may_create(tenant, member)
        await check_references(tenant, data)
        check_lengths(data, data.type)
        values = columns_of(member, data) | {"title": data.title, "owner_id": data.owner_id or member.user_id}
        values.pop("alias", None)
        if data.user_id and member.is_admin:
            values["created_by"] = data.user_id
        if data.is_public_kickoff:
            values["kickoff_sharing_user_id"] = data.kickoff_sharing_user_id or member.user_id
        draft = await start_template(call, tenant, values, data.start_run_permissions)
        draft.note("created", f"Created template: {data.title}", new=data.title)
        await attach_tags(draft, data.tags)
        await set_star(tenant, member, draft.id, data.starred)
        await _set_kickoff(draft, data)
        draft.edited = False  # nothing was launched from it yet
        await draft.finish()
        return await template_json(tenant, call, draft.id)


async def start_template(
    call: Call, tenant: Tenant, values: dict[str, Any], launchers: Launchers | None = None
) -> Draft:
    """Insert a template with its grants and number, and lock it as a draft that is being changed.

    `values` are columns; those that every new template gets are filled in where they are missing.
    """
    member, now, template_id = call.member, call.services.clock(), new_id()
    values = {
        "alias": new_alias(values["title"]),
        "created_by": member.user_id,
        "created_at": now,
        "updated_at": now,
        "updated_by": member.user_id,
    } | values
    number = (await call.numbers.take(member.organization_id, "template"))[0]
    await insert_template(tenant, values | {"id": template_id, "number": number})
    await _grant_everyone(tenant, template_id)
    if launchers and (launchers.users or launchers.groups):
        await _grant_launching(tenant, template_id, launchers)
    template = await find_template(tenant, member, template_id, lock=True)
    return Draft(call, tenant, template, now, edited=False)


async def update_template(call: Call, key: str, data: TemplateSettings) -> str:
    """Change the properties that were sent, those alone. Returns the template's JSON (T-048)."""
    async with editing(call, key, edited=False, right=may_set(data)) as draft:
        await check_references(draft.tenant, data)
        await check_type(draft, data)
        check_lengths(data, data.type or draft.template.type)
        values = await _free_alias_only(draft, columns_of(call.member, data))
        values |= await _kickoff_inviter(draft, values)
        values |= _published_state(draft.template, values)
        await set_properties(draft, values)
        if "starred" in data.model_fields_set:
            await set_star(draft.tenant, call.member, draft.id, data.starred)
        await _set_kickoff(draft, data)
        await draft.finish()
        return await template_json(draft.tenant, call, draft.id)


async def _set_kickoff(draft: Draft, data: TemplateSettings) -> None:
    """Make the kick-off form what was sent; the draft is edited if that changes it."""
    if "prerun" in data.model_fields_set:
        noted = len(draft.events)
        await sync_kickoff(draft, data.prerun)
        draft.edited = draft.edited or len(draft.events) > noted


def may_set(data: TemplateSettings) -> Right:
    """The right that a body needs: to edit; but every reader may set the readiness alone (T-006)."""

    def require(member: Member, template: TemplateFound) -> None:
        readiness_alone = "status" in data.model_fields_set <= {"title", "status"}
        if not may_edit(member, template) and not (
            readiness_alone and data.title in (None, "", template.title)
        ):
            raise Forbidden("Your role does not allow editing this template.")

    return require


def columns_of(member: Member, data: TemplateSettings) -> dict[str, Any]:
    """The columns that the body sets; keys for administrators only are ignored from others (T-012)."""
    values: dict[str, Any] = {}
    for name, value in data.sent().items():
        if name in NOT_COLUMNS or (name in ADMIN_ONLY and not member.is_admin):
            continue
        values[RENAMED.get(name, name)] = Jsonb(value) if name in JSON_COLUMNS else value
    if values.get("privacy") == "public":
        values["is_public"] = True
    return values


async def _kickoff_inviter(draft: Draft, values: dict[str, Any]) -> dict[str, Any]:
    """Who switches public kick-off on speaks for it, unless somebody does already."""
    if not values.get("is_public_kickoff") or values.get("kickoff_sharing_user_id"):
        return {}
    inviter = await draft.tenant.fetch_value(
        "SELECT kickoff_sharing_user_id FROM templates"
        " WHERE organization_id = %(organization_id)s AND id = %(template_id)s",
        {"template_id": draft.id},
    )
    return {"kickoff_sharing_user_id": inviter or draft.call.member.user_id}


async def _free_alias_only(draft: Draft, values: dict[str, Any]) -> dict[str, Any]:
    """The values without an alias that is none, or is another template's."""
    alias = values.pop("alias", None)
    if alias and alias != draft.template.alias and await alias_is_free(draft.tenant, alias):
        values["alias"] = alias
    return values


def _published_state(template: TemplateFound, values: dict[str, Any]) -> dict[str, Any]:
    """With the draft mode switched on, a draft is published only if it equals what was published before."""
    if not values.get("dual_version_enabled") or template.dual_version_enabled:
        return {}
    published = template.published_version_id
    return {"is_published_state": published is not None and published == template.draft_version_id}


async def set_properties(draft: Draft, values: dict[str, Any]) -> None:
    """Write columns of a locked template, and note each one that changes with its old and new value."""
    if not values:
        return
    names = list(values)
    before = await draft.tenant.fetch_value(
        sql.SQL("SELECT {} FROM templates template WHERE organization_id = %(organization_id)s"
                " AND id = %(template_id)s").format(properties(names)),
        {"template_id": draft.id},
    )  # fmt: skip
    changes = [sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in names]
    query = sql.SQL(
        "UPDATE templates template SET {} WHERE organization_id = %(organization_id)s AND id = %(template_id)s"
        " RETURNING {}"
    ).format(sql.SQL(", ").join(changes), properties(names))
    after = await draft.tenant.fetch_value(query, values | {"template_id": draft.id})
    changed = note_changes(draft, before, after)
    draft.edited = draft.edited or bool(changed & IN_VERSIONS)


async def insert_template(tenant: Tenant, values: dict[str, Any]) -> None:
    """Insert a template's row; `values` are columns."""
    names = list(values)
    query = sql.SQL("INSERT INTO templates (organization_id, {}) VALUES (%(organization_id)s, {})").format(
        sql.SQL(", ").join(map(sql.Identifier, names)), sql.SQL(", ").join(map(sql.Placeholder, names))
    )
    await tenant.execute(query, values)


async def _grant_everyone(tenant: Tenant, template_id: UUID) -> None:
    """T-187: a new template is everyone's, unless the organization keeps new ones to creators and administrators."""
    await tenant.execute(
        "INSERT INTO template_permissions (organization_id, template_id, permission, everyone)"
        " SELECT %(organization_id)s, %(template_id)s, granted.permission,"
        "        NOT coalesce((settings ->> 'restrict_blueprint_permissions')::boolean, false)"
        "   FROM organizations, unnest(%(names)s::text[]) granted (permission)"
        "  WHERE organization_id = %(organization_id)s",
        {"template_id": template_id, "names": list(PERMISSION_NAMES)},
    )


async def _grant_launching(tenant: Tenant, template_id: UUID, launchers: Launchers) -> None:
    await tenant.execute(
        "UPDATE template_permissions SET everyone = false, users = %(users)s, groups = %(groups)s"
        " WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s"
        "   AND permission = 'PROCESS_LAUNCH'",
        {"template_id": template_id, "users": launchers.users, "groups": launchers.groups},
    )


ATTACH = """
    INSERT INTO tag_associations (organization_id, id, tag_id, subject_type, subject_id, created_at)
    SELECT %(organization_id)s, new.id, new.tag_id, 'Checklist', %(template_id)s, %(at)s
      FROM unnest(%(ids)s::bigint[], %(tags)s::uuid[]) new (id, tag_id)
    ON CONFLICT DO NOTHING
"""


async def attach_tags(draft: Draft, tags: list[UUID]) -> None:
    """Attach tags that exist to the template."""
    if tags:
        ids = await draft.call.numbers.take(draft.tenant.organization_id, "tag_association", len(tags))
        wanted = {"ids": list(ids), "tags": tags, "template_id": draft.id, "at": draft.at}
        await draft.tenant.execute(ATTACH, wanted)


async def set_star(tenant: Tenant, member: Member, subject_id: UUID, starred: bool) -> None:
    """Star something for the caller, or take the star away."""
    query = (
        "INSERT INTO stars VALUES (%(organization_id)s, %(user_id)s, %(subject_id)s) ON CONFLICT DO NOTHING"
        if starred
        else "DELETE FROM stars WHERE organization_id = %(organization_id)s AND person_id = %(user_id)s"
        " AND subject_id = %(subject_id)s"
    )
    await tenant.execute(query, {"user_id": member.user_id, "subject_id": subject_id})
