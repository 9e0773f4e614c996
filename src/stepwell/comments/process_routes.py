"""Comments and issues of processes as a whole over HTTP."""

from __future__ import annotations

from uuid import UUID

from stepwell.comments import commands, queries
from stepwell.comments.places import at_process
from stepwell.comments.schemas import CommentShape, PatchComment, ResolveIssue, SayComment, UpdateComment
from stepwell.http.answers import Answer, item, nothing
from stepwell.http.call import Call
from stepwell.http.routing import route


async def process_must_be_visible(call: Call, process_id: UUID, **ids: UUID) -> None:
    """Said before a wrong field is: the process does not exist, or the caller may not see it."""
    del ids
    async with call.db.reading(call.member) as tenant:
        await queries.require_process_seen(tenant, call, process_id)


@route("POST", "/o/runs/{process_id}/comment", body=SayComment, answers=CommentShape, status=201,
       otherwise=process_must_be_visible)  # fmt: skip
async def post_comment(call: Call, process_id: UUID, data: SayComment) -> Answer:
    """Say something about a process; `label` may report an issue, or resolve the one that is open."""
    return item(await commands.post_comment(at_process(call, process_id), data), 201)


@route("POST", "/o/runs/{process_id}/problem", body=SayComment, answers=CommentShape, status=201,
       otherwise=process_must_be_visible)  # fmt: skip
async def report_issue(call: Call, process_id: UUID, data: SayComment) -> Answer:
    """Report an issue of the whole process: until it is resolved, none of its tasks can be changed."""
    return item(await commands.report_issue(at_process(call, process_id), data), 201)


@route("POST", "/o/runs/{process_id}/resolved-threads", body=ResolveIssue, answers=CommentShape,
       otherwise=process_must_be_visible)  # fmt: skip
async def resolve_issue(call: Call, process_id: UUID, data: ResolveIssue) -> Answer:
    """Resolve an open issue of the process; `thread_id` may be left out when it is the only one."""
    return item(await commands.resolve_issue(at_process(call, process_id), data))


@route("PUT", "/o/runs/{process_id}/comment/{comment_id}", body=UpdateComment, answers=CommentShape,
       otherwise=process_must_be_visible)  # fmt: skip
async def update_comment(call: Call, process_id: UUID, comment_id: UUID, data: UpdateComment) -> Answer:
    """Change a comment of one's own; administrators may change any."""
    return item(await commands.change_comment(at_process(call, process_id), comment_id, data))


@route("PATCH", "/o/runs/{process_id}/comment/{comment_id}", body=PatchComment, answers=CommentShape,
       otherwise=process_must_be_visible)  # fmt: skip
async def patch_comment(call: Call, process_id: UUID, comment_id: UUID, data: PatchComment) -> Answer:
    """Change of a comment what is sent."""
    return item(await commands.change_comment(at_process(call, process_id), comment_id, data))


@route("DELETE", "/o/runs/{process_id}/comment/{comment_id}", status=204)
async def delete_comment(call: Call, process_id: UUID, comment_id: UUID) -> Answer:
    """Remove a comment of one's own for good; an open issue is resolved by that."""
    await commands.delete_comment(at_process(call, process_id), comment_id)
    return nothing()


@route("GET", "/o/runs/{process_id}/comments", answers=CommentShape, many=True, query=queries.FILTERS)
async def list_comments(call: Call, process_id: UUID) -> Answer:
    """What was said about a process as a whole, oldest first."""
    window = call.window()
    return call.listing(await queries.comments_of_process(call, window, process_id), window)
