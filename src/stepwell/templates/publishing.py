"""Publishing a template, at once or with the approval of its owner (T-033, T-034)."""

from __future__ import annotations

from uuid import UUID

from stepwell.engine.deadlines import default_deadline
from stepwell.engine.model import TaskType
from stepwell.http.call import Call
from stepwell.people.directory import house_of
from stepwell.people.owners import Owners
from stepwell.processes.frames import HOUSE
from stepwell.tasks.creating import create_alone
from stepwell.tasks.edit_schemas import CreateTask
from stepwell.templates.drafts import Draft, editing
from stepwell.templates.queries import template_json
from stepwell.templates.versions import freeze

PUBLISHED = """
    UPDATE templates SET is_published_state = %(published)s,
           published_version_id = CASE WHEN dual_version_enabled THEN %(version_id)s ELSE published_version_id END,
           publication_task_id = NULL, proposed_version_id = NULL
     WHERE organization_id = %(organization_id)s AND id = %(template_id)s
"""


async def publish_template(call: Call, key: str) -> str:
    """Make the draft what launches use, or ask the owner to where that needs approval. Returns the template's JSON."""
    async with editing(call, key, edited=False) as draft:
        version_id = await _frozen(draft)
        if _needs_approval(draft):
            await _propose(draft, version_id)
        else:
            await draft.tenant.execute(
                PUBLISHED, {"template_id": draft.id, "published": True, "version_id": version_id}
            )
            template = draft.template
            draft.note("updated", f"Published version {template.version} of template: {template.title}",
                       field="is_published_state", old=template.is_published_state, new=True)  # fmt: skip
        await draft.finish()
        return await template_json(draft.tenant, call, draft.id)


async def unpublish_template(call: Call, key: str) -> str:
    """Take the published version back: with drafts on, nothing can be launched until the next publication."""
    async with editing(call, key, edited=False) as draft:
        template = draft.template
        await draft.tenant.execute(
            PUBLISHED, {"template_id": draft.id, "published": False, "version_id": None}
        )
        draft.note("updated", f"Took back the publication of template: {template.title}",
                   field="is_published_state", old=template.is_published_state, new=False)  # fmt: skip
        await draft.finish()
        return await template_json(draft.tenant, call, draft.id)


async def _frozen(draft: Draft) -> UUID | None:
    """The version that a publication makes live; None where every save is live anyway."""
    if not draft.template.dual_version_enabled:
        return None
    return await freeze(draft.tenant, draft.template, draft.call.member.user_id, draft.at)


def _needs_approval(draft: Draft) -> bool:
    member, template = draft.call.member, draft.template
    return template.replace_state_conditionally and not (
        member.is_admin or member.user_id == template.owner_id
    )


ASKED = """
    SELECT EXISTS (SELECT FROM tasks task
                    WHERE task.organization_id = %(organization_id)s AND task.id = template.publication_task_id
                      AND task.template_id = template.id AND task.status <> 'completed' AND task.archived_at IS NULL),
           coalesce((SELECT id FROM people WHERE organization_id = %(organization_id)s AND id = template.owner_id
                        AND status IN ('active', 'invited')),
                    (SELECT id FROM people WHERE organization_id = %(organization_id)s AND is_default_admin))
      FROM templates template WHERE organization_id = %(organization_id)s AND id = %(template_id)s
"""
PROPOSE = """
    UPDATE templates SET publication_task_id = coalesce(%(task_id)s, publication_task_id),
           proposed_version_id = %(version_id)s
     WHERE organization_id = %(organization_id)s AND id = %(template_id)s
"""


async def _propose(draft: Draft, version_id: UUID | None) -> None:
    """Ask the owner by one approval task; while it is open, asking again only renews what it would publish."""
    is_asked, owner = await draft.tenant.fetch_one(ASKED, {"template_id": draft.id})
    task_id = None if is_asked else await _asked(draft, owner)
    await draft.tenant.execute(
        PROPOSE, {"template_id": draft.id, "task_id": task_id, "version_id": version_id}
    )
    template = draft.template
    draft.note("updated", f"Asked to publish version {template.version} of template: {template.title}")


async def _asked(draft: Draft, owner: int) -> UUID:
    template = draft.template
    house = house_of(*(await draft.tenant.fetch_one(HOUSE)))
    task = CreateTask(
        title=f"Publish version {template.version} of {template.title}",
        owners=Owners(users=[owner]),
        deadline=default_deadline(house, draft.at),
        task_type=TaskType.APPROVAL,
        checklist_id=template.id,
        can_complete_only_assignees=True,
    )
    return (await create_alone(draft.call, draft.tenant, task)).id
