"""Comments and issues of templates and their steps over HTTP."""

from __future__ import annotations

from uuid import UUID

from stepwell.comments import commands
from stepwell.comments.on_templates import OR_IMPROVING, THREAD, at_template, list_threads, mark_thread
from stepwell.comments.schemas import (
    PatchComment,
    ResolveIssue,
    SayComment,
    SayTemplateComment,
    ThreadShape,
    UpdateComment,
)
from stepwell.http.answers import Answer, item, nothing
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.templates.access import find_template


async def template_must_be_readable(call: Call, template_id: str, **ids: UUID) -> None:
    """Said before a wrong field is: there is no such template, or the caller may not see it."""
    del ids
    async with call.db.reading(call.member) as tenant:
        await find_template(tenant, call.member, template_id)


@route("POST", "/o/checklists/{template_id}/comment", body=SayTemplateComment, answers=ThreadShape,
       status=201, otherwise=template_must_be_readable)  # fmt: skip
async def post_comment(call: Call, template_id: str, data: SayTemplateComment) -> Answer:
    """Say something about a template, or with `step_id` suggest an improvement of a step."""
    if data.step_id is not None and "label" not in data.model_fields_set:
        data = data.model_copy(update={"label": "improvement"})
    opening = at_template(call, template_id, data.step_id)
    return item(await commands.post_comment(opening, data, THREAD), 201)


@route("POST", "/o/checklists/{template_id}/problem", body=SayTemplateComment, answers=ThreadShape,
       status=201, otherwise=template_must_be_readable)  # fmt: skip
async def report_issue(call: Call, template_id: str, data: SayTemplateComment) -> Answer:
    """Report an issue of a template or of one of its steps."""
    opening = at_template(call, template_id, data.step_id)
    return item(await commands.report_issue(opening, data, THREAD), 201)


@route("POST", "/o/checklists/{template_id}/resolved-threads", body=ResolveIssue, answers=ThreadShape,
       otherwise=template_must_be_readable)  # fmt: skip
async def resolve_issue(call: Call, template_id: str, data: ResolveIssue) -> Answer:
    """Resolve an issue: for its author, and for those who may edit the template."""
    return item(await commands.resolve_issue(at_template(call, template_id), data, THREAD))


@route("GET", "/o/checklists/{template_id}/threads", answers=ThreadShape, many=True,
       query=("step_id", "state", "label", "hidden"))  # fmt: skip
async def list_template_threads(call: Call, template_id: str) -> Answer:
    """What was said about a template; for its editors, improvements suggested on tasks too."""
    window = call.window()
    return call.listing(await list_threads(call, window, template_id), window)


@route("PUT", "/o/checklists/{template_id}/threads/{thread_id}", body=UpdateComment, answers=ThreadShape,
       otherwise=template_must_be_readable)  # fmt: skip
async def update_thread(call: Call, template_id: str, thread_id: UUID, data: UpdateComment) -> Answer:
    """Change a comment of one's own; administrators may change any."""
    return item(await commands.change_comment(at_template(call, template_id), thread_id, data, THREAD))


@route("PATCH", "/o/checklists/{template_id}/threads/{thread_id}", body=PatchComment, answers=ThreadShape,
       otherwise=template_must_be_readable)  # fmt: skip
async def patch_thread(call: Call, template_id: str, thread_id: UUID, data: PatchComment) -> Answer:
    """Change of a comment what is sent."""
    return item(await commands.change_comment(at_template(call, template_id), thread_id, data, THREAD))


@route("DELETE", "/o/checklists/{template_id}/threads/{thread_id}", status=204)
async def delete_thread(call: Call, template_id: str, thread_id: UUID) -> Answer:
    """Remove a comment of one's own for good."""
    await commands.delete_comment(at_template(call, template_id), thread_id)
    return nothing()


@route("PUT", "/o/checklists/{template_id}/threads/{thread_id}/read", answers=ThreadShape)
async def mark_read(call: Call, template_id: str, thread_id: UUID) -> Answer:
    """An editor has read a comment."""
    return item(await mark_thread(call, template_id, thread_id, "read_at"))


@route("PUT", "/o/checklists/{template_id}/threads/{thread_id}/hide", answers=ThreadShape)
async def hide_thread(call: Call, template_id: str, thread_id: UUID) -> Answer:
    """An editor puts a comment away; the list shows it only with `hidden=true`."""
    return item(await mark_thread(call, template_id, thread_id, "hidden_at"))


@route("POST", "/o/checklists/{template_id}/threads/{thread_id}/reply", body=SayComment, answers=ThreadShape,
       status=201, otherwise=template_must_be_readable)  # fmt: skip
async def reply_to_thread(call: Call, template_id: str, thread_id: UUID, data: SayComment) -> Answer:
    """Answer a comment; editors may answer improvements suggested on tasks too."""
    opening = at_template(call, template_id)
    return item(await commands.reply_to_comment(opening, thread_id, data, THREAD, OR_IMPROVING), 201)
