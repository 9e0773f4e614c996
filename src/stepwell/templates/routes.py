"""Templates over HTTP."""

from __future__ import annotations

from stepwell.http.answers import Answer, item
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.templates import commands, queries
from stepwell.templates.access import find_template, require_edit
from stepwell.templates.checks import require_may_create
from stepwell.templates.schemas import PatchTemplate, TemplateShape, UpdateTemplate

LIST_QUERY = (
    "q",
    "status",
    "type",
    "starred",
    "folder",
    "tag",
    "owner_id",
    "sort",
    "sort_by",
    "with",
    "archived",
    "is_public",
    "is_pinned",
)


async def must_be_editable(call: Call, template_id: str) -> None:
    """Said before a wrong field is: the template does not exist, or the caller may not edit it."""
    async with call.db.reading(call.member) as tenant:
        require_edit(call.member, await find_template(tenant, call.member, template_id))


@route("GET", "/o/checklists", answers=TemplateShape, many=True, query=LIST_QUERY)
async def list_templates(call: Call) -> Answer:
    """Templates that the caller may see: pinned ones first, then those changed last."""
    window = call.window()
    return call.listing(await queries.list_templates(call, window), window)


@route(
    "GET",
    "/o/checklists/{template_id}",
    answers=TemplateShape,
    query=("with", "version", "entire_folder_tree"),
)
async def get_template(call: Call, template_id: str) -> Answer:
    """One live template, by id or alias; `version` shows what processes of that version were launched from."""
    return item(await queries.read_template(call, template_id))


async def must_be_allowed_to_create(call: Call) -> None:
    """Said before a wrong field is: the caller may not create templates."""
    async with call.db.reading(call.member) as tenant:
        await require_may_create(tenant, call.member)


@route(
    "PUT",
    "/o/checklists/{template_id}",
    body=UpdateTemplate,
    answers=TemplateShape,
    otherwise=must_be_editable,
)
async def update_template(call: Call, template_id: str, data: UpdateTemplate) -> Answer:
    """Change a template; `title` is required, all else is changed only when it is sent."""
    return item(await commands.update_template(call, template_id, data))


@route(
    "PATCH",
    "/o/checklists/{template_id}",
    body=PatchTemplate,
    answers=TemplateShape,
    otherwise=must_be_editable,
)
async def patch_template(call: Call, template_id: str, data: PatchTemplate) -> Answer:
    """Change a template; no key is required."""
    return item(await commands.update_template(call, template_id, data))
