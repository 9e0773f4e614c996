"""The life of a template over HTTP: archive, restore, delete, publish, star."""

from __future__ import annotations

import json

from stepwell.access.members import ADMINS
from stepwell.http.answers import Answer, item
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.http.values import uuid_of
from stepwell.templates import lifecycle, publishing, queries
from stepwell.templates.access import find_template
from stepwell.templates.schemas import DeletedShape, Favorites, KnownIds, SetReadiness, TemplateShape


async def must_be_visible(call: Call, template_id: str) -> None:
    """Said before a wrong field is: there is no such template for the caller."""
    async with call.db.reading(call.member) as tenant:
        await find_template(tenant, call.member, template_id)


@route("POST", "/o/checklists/exists", body=KnownIds)
async def which_templates_exist(call: Call, data: KnownIds) -> Answer:
    """Which of these ids are live templates that the caller may see."""
    ids = {one: found for one in data.ids if isinstance(one, str) and (found := uuid_of(one))}
    known = await queries.visible_ids(call, list(ids.values()))
    return item(json.dumps({str(one): ids.get(one) in known for one in data.ids if isinstance(one, str)}))


@route("DELETE", "/o/checklists/{template_id}", answers=DeletedShape, bare=True)
async def archive_template(call: Call, template_id: str) -> Answer:
    """Archive a template; blocks that show it are removed from other templates and listed in the answer."""
    return Answer(200, (await lifecycle.archive_template(call, template_id)).encode())


@route("DELETE", "/o/checklists/{template_id}/delete", answers=DeletedShape, bare=True, allow=ADMINS)
async def delete_template(call: Call, template_id: str) -> Answer:
    """Delete an archived template for good."""
    return Answer(200, (await lifecycle.delete_template(call, template_id)).encode())


@route("PUT", "/o/checklists/{template_id}/restore", answers=TemplateShape)
async def restore_template(call: Call, template_id: str) -> Answer:
    """Make an archived template live again."""
    return item(await lifecycle.restore_template(call, template_id))


@route("PUT", "/o/checklists/{template_id}/unarchive", answers=TemplateShape)
async def unarchive_template(call: Call, template_id: str) -> Answer:
    """Another name of restore."""
    return item(await lifecycle.restore_template(call, template_id))


@route("PUT", "/o/checklists/{template_id}/activate", answers=TemplateShape)
async def activate_template(call: Call, template_id: str) -> Answer:
    """Another name of restore."""
    return item(await lifecycle.restore_template(call, template_id))


@route(
    "PUT",
    "/o/checklists/{template_id}/status",
    body=SetReadiness,
    answers=TemplateShape,
    otherwise=must_be_visible,
)
async def set_readiness(call: Call, template_id: str, data: SetReadiness) -> Answer:
    """Change the readiness label."""
    return item(await lifecycle.set_readiness(call, template_id, data))


@route("PUT", "/o/checklists/{template_id}/publish", answers=TemplateShape)
async def publish_template(call: Call, template_id: str) -> Answer:
    """Make the draft the published version, or ask its owner to where publishing needs approval."""
    return item(await publishing.publish_template(call, template_id))


@route("PUT", "/o/checklists/{template_id}/unpublish", answers=TemplateShape)
async def unpublish_template(call: Call, template_id: str) -> Answer:
    """Take the publication back."""
    return item(await publishing.unpublish_template(call, template_id))


@route("POST", "/o/checklists/{template_id}/star", answers=TemplateShape)
async def star_template(call: Call, template_id: str) -> Answer:
    """Star a template for oneself."""
    return item(await lifecycle.star_template(call, template_id, True))


@route("DELETE", "/o/checklists/{template_id}/star", answers=TemplateShape)
async def unstar_template(call: Call, template_id: str) -> Answer:
    """Take one's own star away."""
    return item(await lifecycle.star_template(call, template_id, False))


@route(
    "POST",
    "/o/checklists/{template_id}/favorites",
    body=Favorites,
    answers=TemplateShape,
    allow=ADMINS,
    otherwise=must_be_visible,
)
async def star_for_others(call: Call, template_id: str, data: Favorites) -> Answer:
    """Star a template for other members."""
    return item(await lifecycle.star_for_others(call, template_id, data))
