"""What is refused when a template's properties are set: wrong references, texts too long, types that cannot be."""

from __future__ import annotations

from itertools import chain

from stepwell.access.members import Member
from stepwell.db.pool import Tenant
from stepwell.errors import Forbidden, invalid, refused
from stepwell.templates.drafts import Draft
from stepwell.templates.schemas import CreateTemplate, TemplateSettings

LONGEST_SUMMARY, LONGEST_DOCUMENT = 2000, 8 * 2**20
NOT_MEMBERS = "Some users are not valid members of this organization"
NO_GROUPS = "Some groups do not exist in this organization"

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
           array(SELECT id FROM templates WHERE organization_id = %(organization_id)s AND id = %(blueprint)s),
           array(SELECT id FROM tags WHERE organization_id = %(organization_id)s AND id = ANY (%(tags)s))
"""


async def require_may_create(tenant: Tenant, member: Member) -> None:
    """T-013: administrators may always create, standard members unless the organization forbids it."""
    allowed = await tenant.fetch_value(
        "SELECT coalesce((settings ->> 'allow_standard_create_templates')::boolean, true)"
        "  FROM organizations WHERE organization_id = %(organization_id)s"
    )
    if not (member.is_admin or (member.is_full and allowed)):
        raise Forbidden("Your role does not allow creating templates.")


async def check_references(tenant: Tenant, data: TemplateSettings) -> None:
    """Whatever the body names must be of this organization. Raises Refused with every wrong key (T-014)."""
    new = data if isinstance(data, CreateTemplate) else None
    launchers = new.start_run_permissions if new else None
    people = [data.owner_id, data.kickoff_sharing_user_id, new.user_id if new else None]
    user_lists = {"users": data.users, "contributors": data.contributors}
    group_lists = {"groups": data.groups}
    if launchers:
        user_lists["start_run_permissions.users"] = launchers.users
        group_lists["start_run_permissions.groups"] = launchers.groups
    tags = new.tags if new else []
    members, active, groups, folders, process_folders, blueprints, known_tags = await tenant.fetch_one(
        CHECK,
        {
            "users": [*chain.from_iterable(user_lists.values()), *filter(None, people)],
            "groups": [*chain.from_iterable(group_lists.values())],
            "folders": [id for id in (data.folder_id, data.default_folder) if id],
            "blueprint": data.ko_form_blueprint_id,
            "tags": tags,
        },
    )
    reasons: dict[str, list[str]] = {}
    for name, user in zip(("owner_id", "kickoff_sharing_user_id", "user_id"), people, strict=True):
        if user is not None and user not in active:
            reasons[name] = [f"The selected {name.replace('_', ' ')} is invalid."]
    reasons |= {name: [NOT_MEMBERS] for name, users in user_lists.items() if not set(users) <= set(members)}
    reasons |= {name: [NO_GROUPS] for name, ids in group_lists.items() if not set(ids) <= set(groups)}
    for name, known in (
        ("folder_id", folders),
        ("default_folder", process_folders),
        ("ko_form_blueprint_id", blueprints),
    ):
        if (id := getattr(data, name)) is not None and id not in known:
            reasons[name] = [f"The selected {name.replace('_', ' ')} is invalid."]
    if not set(tags) <= set(known_tags):
        reasons["tags"] = ["Some tags do not exist"]
    if reasons:
        raise invalid(reasons)


def check_lengths(data: TemplateSettings, type: str) -> None:
    """A document's text is its summary and may be long; others' are short. Raises Refused."""
    longest = LONGEST_DOCUMENT if type == "document" else LONGEST_SUMMARY
    if data.summary is not None and len(data.summary) > longest:
        raise invalid({"summary": [f"The summary may not be greater than {longest} characters."]})


async def check_type(draft: Draft, data: TemplateSettings) -> None:
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


async def alias_is_free(tenant: Tenant, alias: str) -> bool:
    """Whether no template of the organization has this alias."""
    return not await tenant.fetch_value(
        "SELECT EXISTS (SELECT FROM templates WHERE organization_id = %(organization_id)s AND alias = %(alias)s)",
        {"alias": alias},
    )
