"""The life of a template as a whole: archived, restored, deleted for good, published, starred."""

from __future__ import annotations

import json

from stepwell.access.members import Member
from stepwell.engine.model import Event
from stepwell.errors import invalid, refused
from stepwell.http.call import Call
from stepwell.organizations.log import append_to_organization
from stepwell.templates.access import TemplateFound, find_template
from stepwell.templates.checks import NOT_MEMBERS
from stepwell.templates.commands import set_properties, set_star
from stepwell.templates.drafts import editing
from stepwell.templates.embeds import strip_references
from stepwell.templates.queries import template_json
from stepwell.templates.schemas import Favorites, SetReadiness

GONE = "The Template was deleted, and references were also deleted from:"
STILL_LIVE = "The template must be archived before it can be deleted permanently."


async def archive_template(call: Call, key: str) -> str:
    """Archive a live template and strip the blocks that show it elsewhere (T-008, T-009). Returns the message."""
    async with editing(call, key, edited=False) as draft:
        edited = await strip_references(
            draft.tenant, "data-blueprint-id", draft.id.hex, call.member.user_id, draft.at
        )
        await draft.tenant.execute(
            "UPDATE templates SET archived_at = %(at)s"
            " WHERE organization_id = %(organization_id)s AND id = %(template_id)s",
            {"at": draft.at, "template_id": draft.id},
        )
        draft.note("archived", f"Archived template: {draft.template.title}", new=edited or None)
    return json.dumps({"message": GONE, "deleted_references": edited}, ensure_ascii=False)


async def restore_template(call: Call, key: str) -> str:
    """Make an archived template live again, in its folder (T-010); a live one stays as it is. Returns its JSON."""
    async with editing(call, key, edited=False, archived=True) as draft:
        if draft.template.archived_at is None:
            draft.finished = True
            return await template_json(draft.tenant, call, draft.id)
        await draft.tenant.execute(
            "UPDATE templates SET archived_at = NULL"
            " WHERE organization_id = %(organization_id)s AND id = %(template_id)s",
            {"template_id": draft.id},
        )
        draft.note("unarchived", f"Restored template: {draft.template.title}")
        await draft.finish()
        return await template_json(draft.tenant, call, draft.id)


FORGET = """
    DELETE FROM tag_associations WHERE organization_id = %(organization_id)s AND (subject_id = %(template_id)s
        OR subject_id IN (SELECT id FROM template_steps
                           WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s));
    DELETE FROM stars WHERE organization_id = %(organization_id)s AND subject_id = %(template_id)s;
    DELETE FROM comments WHERE organization_id = %(organization_id)s AND subject_id = %(template_id)s;
    DELETE FROM events WHERE organization_id = %(organization_id)s AND subject_id = %(template_id)s;
    UPDATE templates SET ko_form_blueprint_id = NULL
     WHERE organization_id = %(organization_id)s AND ko_form_blueprint_id = %(template_id)s;
    DELETE FROM templates WHERE organization_id = %(organization_id)s AND id = %(template_id)s;
    DELETE FROM template_versions version
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s
       AND NOT EXISTS (SELECT FROM processes process WHERE process.organization_id = %(organization_id)s
                          AND process.version_id = version.id)
"""


async def delete_template(call: Call, key: str) -> str:
    """Delete an archived template for good; versions that processes run on stay (T-011, T-031). Returns the message."""
    async with call.db.transaction(call.member) as tenant:
        template = await find_template(tenant, call.member, key, lock=True, archived=True)
        if template.archived_at is None:
            raise refused("status", STILL_LIVE)
        at = call.services.clock()
        edited = await strip_references(tenant, "data-blueprint-id", template.id.hex, call.member.user_id, at)
        for statement in FORGET.split(";"):
            await tenant.execute(statement, {"template_id": template.id})
        gone = Event(verb="deleted", kind="Blueprint", subject="template", subject_id=template.id,
                     description=f"Deleted template: {template.title}", old=template.title)  # fmt: skip
        await append_to_organization(call, tenant, at, [gone])
    return json.dumps({"message": GONE, "deleted_references": edited}, ensure_ascii=False)


def _every_reader(member: Member, template: TemplateFound) -> None:
    """The right that finding the template has already proven."""
    del member, template


async def set_readiness(call: Call, key: str, data: SetReadiness) -> str:
    """Change the readiness label; every reader may, light members too (T-006). Returns the template's JSON."""
    async with editing(call, key, edited=False, right=_every_reader) as draft:
        await set_properties(draft, {"readiness": data.status})
        await draft.finish()
        return await template_json(draft.tenant, call, draft.id)


async def star_template(call: Call, key: str, starred: bool) -> str:
    """Star a template for the caller alone, who need not be able to edit it (T-012). Returns its JSON."""
    async with call.db.transaction(call.member) as tenant:
        template = await find_template(tenant, call.member, key)
        await set_star(tenant, call.member, template.id, starred)
        return await template_json(tenant, call, template.id)


STAR_FOR = """
    INSERT INTO stars (organization_id, person_id, subject_id)
    SELECT organization_id, id, %(template_id)s FROM people
     WHERE organization_id = %(organization_id)s AND kind = 'member' AND status IN ('active', 'invited')
       AND id = ANY (%(users)s)
    ON CONFLICT DO NOTHING
"""


async def star_for_others(call: Call, key: str, data: Favorites) -> str:
    """An administrator stars a template for other members. Returns its JSON."""
    async with call.db.transaction(call.member) as tenant:
        template = await find_template(tenant, call.member, key)
        known = await tenant.fetch_value(
            "SELECT array(SELECT id FROM people WHERE organization_id = %(organization_id)s AND kind = 'member'"
            " AND status IN ('active', 'invited') AND id = ANY (%(users)s))",
            {"users": data.users},
        )
        if set(known) != set(data.users):
            raise invalid({"users": [NOT_MEMBERS]})
        await tenant.execute(STAR_FOR, {"template_id": template.id, "users": data.users})
        return await template_json(tenant, call, template.id)
