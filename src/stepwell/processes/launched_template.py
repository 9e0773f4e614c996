"""The template of a launch: what the launch must know of it, and the version it uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from stepwell.access.members import Member
from stepwell.db.pool import Tenant
from stepwell.engine.model import Version
from stepwell.engine.reach import people_rules_may_assign_at_launch
from stepwell.errors import Refused
from stepwell.people.directory import Mentioned
from stepwell.processes.naming import Naming
from stepwell.services import Services
from stepwell.templates.access import GRANTS, find_template, wanted_of
from stepwell.templates.versions import freeze

UNKNOWN_TEMPLATE = {"checklist_id": ["The selected checklist id is invalid."]}

TEMPLATE = (
    """
    SELECT template.id, template.title, template.created_by, template.owner_id, template.archived_at,
           template.draft_version_id, template.published_version_id, template.dual_version_enabled,
           template.auto_naming, template.default_process_name_format, template.allow_launcher_change_name,
           template.can_add_oot, template.folderize_process, template.tag_process, template.default_folder,
           template.folder_changeable_by_launcher, template.is_public, template.custom_fields,
           reading.everyone,
           coalesce(reading.users, '{}') || template.users, coalesce(reading.groups, '{}') || template.groups, """  # noqa: S608 - of constants
    + GRANTS
    + """
      FROM templates template
      LEFT JOIN template_permissions reading
             ON reading.organization_id = template.organization_id AND reading.template_id = template.id
                AND reading.permission = 'PROCESS_READ'
     WHERE template.organization_id = %(organization_id)s
       AND (template.id = %(template_id)s OR template.alias = %(alias)s)
"""
)


@dataclass(frozen=True, slots=True)
class LaunchedTemplate:
    """What a launch must know of the template besides its version."""

    id: UUID
    title: str
    created_by: int
    owner_id: int
    archived_at: datetime | None
    draft_version_id: UUID | None
    published_version_id: UUID | None
    dual_version_enabled: bool
    auto_naming: bool
    default_process_name_format: str | None
    allow_launcher_change_name: bool
    can_add_oot: bool
    folderize_process: bool
    tag_process: bool
    default_folder: UUID | None
    folder_changeable_by_launcher: bool
    is_public: bool
    custom_fields: dict[str, Any]
    everyone_reads: bool | None
    reader_users: list[int]
    reader_groups: list[UUID]
    grants: list[str]

    @property
    def naming(self) -> Naming:
        return Naming(
            self.default_process_name_format if self.auto_naming else None, self.allow_launcher_change_name
        )


async def find_launched(
    tenant: Tenant, member: Member, template_id: UUID | None, alias: str | None = None
) -> LaunchedTemplate | None:
    """The template of this id or alias, whatever the member may do with it; None when there is none."""
    wanted = wanted_of(member) | {"template_id": template_id, "alias": alias}
    row = await tenant.fetch_first(TEMPLATE, wanted)
    return LaunchedTemplate(*row) if row is not None else None


async def version_to_launch(
    services: Services, tenant: Tenant, member: Member, template: LaunchedTemplate
) -> Version:
    """The version that launches use now; an edited draft is frozen first, under the template's lock (T-032).

    Raises Refused for a template that is to be published first.
    """
    version_id = template.draft_version_id
    if template.dual_version_enabled:
        version_id = template.published_version_id
        if version_id is None:
            message = "This template is not published."
            raise Refused(message, {"checklist_id": [message]})
    elif version_id is None:
        locked = await find_template(tenant, member, template.id, lock=True)
        version_id = await freeze(tenant, locked, member.user_id, services.clock())
    return await services.versions.version(tenant, version_id)


def mentioned_by(version: Version) -> Mentioned:
    """The people and job titles that its steps name, and the people whom its rules may assign."""
    mentioned = Mentioned()
    mentioned.add(people_rules_may_assign_at_launch(version))
    for step in version.steps:
        mentioned.add(step.people)
        mentioned.roles.update(step.roles)
    return mentioned
