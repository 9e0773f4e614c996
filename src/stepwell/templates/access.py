"""What a member may do with a template: by role, as creator or owner, by the five grants, by default access."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import sql

from stepwell.access.members import Member
from stepwell.db.pool import Tenant
from stepwell.errors import Forbidden, NotFound
from stepwell.http.values import uuid_of

PERMISSION_NAMES = (
    "CHECKLIST_READ",
    "CHECKLIST_EDIT",
    "PROCESS_LAUNCH",
    "CHECKLIST_DUPLICATE",
    "PROCESS_READ",
)

MY_GROUPS = """
    ARRAY(SELECT group_id FROM group_people WHERE organization_id = %(organization_id)s AND person_id = %(user_id)s)
"""

# The grants that the caller holds by name: "everyone" covers admin and standard members, a light member must be
# named and can hold three of the five (T-186). Default access (users, groups of the template) counts as all of
# those that the role can hold (T-188).
GRANTS = f"""
    CASE WHEN %(user_id)s = ANY (template.users) OR template.groups && {MY_GROUPS}
         THEN CASE WHEN %(is_full)s
                   THEN '{{CHECKLIST_READ,CHECKLIST_EDIT,PROCESS_LAUNCH,CHECKLIST_DUPLICATE,PROCESS_READ}}'::text[]
                   ELSE '{{CHECKLIST_READ,PROCESS_LAUNCH,PROCESS_READ}}'::text[] END
         ELSE ARRAY(SELECT granted.permission FROM template_permissions granted
                     WHERE granted.organization_id = %(organization_id)s AND granted.template_id = template.id
                       AND (%(is_full)s OR granted.permission IN ('CHECKLIST_READ', 'PROCESS_LAUNCH', 'PROCESS_READ'))
                       AND ((granted.everyone AND %(is_full)s) OR %(user_id)s = ANY (granted.users)
                            OR granted.groups && {MY_GROUPS})) END
"""  # noqa: S608 - constants only

VISIBLE = sql.SQL(
    "(%(is_admin)s OR template.created_by = %(user_id)s OR template.owner_id = %(user_id)s OR cardinality("
    + GRANTS
    + ") > 0)"
)
"""Any of the five grants lets a member see the template."""

FIND = f"""
    SELECT template.id, template.type, template.title, template.alias, template.created_by, template.owner_id,
           template.archived_at, template.version, template.draft_version_id, template.published_version_id,
           template.dual_version_enabled, template.is_published_state, template.replace_state_conditionally,
           template.last_event, {GRANTS}
      FROM templates template
     WHERE template.organization_id = %(organization_id)s
       AND (template.id = %(template_id)s OR template.alias = %(alias)s)
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class TemplateFound:
    """A template as far as decisions about it need it, and the grants that the caller holds by name."""

    id: UUID
    type: str
    title: str
    alias: str
    created_by: int
    owner_id: int
    archived_at: datetime | None
    version: int
    draft_version_id: UUID | None
    published_version_id: UUID | None
    dual_version_enabled: bool
    is_published_state: bool
    replace_state_conditionally: bool
    last_event: int
    grants: list[str]


def wanted_of(member: Member) -> dict[str, object]:
    """The parameters that the fragments of this module want."""
    return {"user_id": member.user_id, "is_admin": member.is_admin, "is_full": member.is_full}


async def find_template(
    tenant: Tenant, member: Member, key: str | UUID, *, lock: bool = False, archived: bool = False
) -> TemplateFound:
    """The template with this id or alias. Raises NotFound: unknown, not visible, or archived unless `archived`."""
    template_id = key if isinstance(key, UUID) else uuid_of(key)
    wanted = {**wanted_of(member), "template_id": template_id, "alias": None if template_id else key}
    row = await tenant.fetch_one(FIND + ("FOR UPDATE OF template" if lock else ""), wanted)
    template = TemplateFound(*row)
    if not may_read(member, template) or (template.archived_at is not None and not archived):
        raise NotFound
    return template


def governs(member: Member, template: TemplateFound) -> bool:
    """Admins, the creator and the owner may do everything that their role allows."""
    return member.is_admin or member.user_id in (template.created_by, template.owner_id)


def may_read(member: Member, template: TemplateFound) -> bool:
    return governs(member, template) or bool(template.grants)


def may_edit(member: Member, template: TemplateFound) -> bool:
    """T-028; light members never."""
    return member.is_full and (governs(member, template) or "CHECKLIST_EDIT" in template.grants)


def may_duplicate(member: Member, template: TemplateFound) -> bool:
    """T-020; light members never."""
    return member.is_full and (governs(member, template) or "CHECKLIST_DUPLICATE" in template.grants)


def may_launch(member: Member, template: TemplateFound) -> bool:
    """P-030."""
    return governs(member, template) or "PROCESS_LAUNCH" in template.grants


def require_edit(member: Member, template: TemplateFound) -> None:
    """Raises Forbidden unless the member may edit the template."""
    if not may_edit(member, template):
        raise Forbidden("Your role does not allow editing this template.")
