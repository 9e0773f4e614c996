"""Comments and issues of tasks over HTTP."""

from __future__ import annotations

from uuid import UUID

from stepwell.access.members import FULL_MEMBERS
from stepwell.comments import asking, commands, queries
from stepwell.comments.places import at_task
from stepwell.comments.schemas import CommentShape, PatchComment, ResolveIssue, SayComment, UpdateComment
from stepwell.http.answers import Answer, item, nothing
from stepwell.http.call import Call
from stepwell.http.routing import route


async def task_must_be_visible(call: Call, task_id: UUID, **ids: UUID) -> None:
    """Said before a wrong field is: the task does not exist, or the caller may not see it."""
    async with call.db.reading(call.member) as tenant:
        await queries.require_task_seen(tenant, call, task_id, ids.get("process_id"))


@route("POST", "/o/tasks/{task_id}/comment", body=SayComment, answers=CommentShape,
       status=201, otherwise=task_must_be_visible)  # fmt: skip
async def post_comment(call: Call, task_id: UUID, data: SayComment) -> Answer:
    """Say something about a task; `label` may report an issue, or resolve the one that is open."""
    return item(await commands.post_comment(at_task(call, task_id), data), 201)


@route("POST", "/o/tasks/{task_id}/bot-comment", body=SayComment, answers=CommentShape,
       status=201, otherwise=task_must_be_visible)  # fmt: skip
async def post_bot_comment(call: Call, task_id: UUID, data: SayComment) -> Answer:
    """Have the bot say something; nobody is told."""
    return item(await commands.post_bot_comment(at_task(call, task_id), data), 201)


@route("POST", "/o/tasks/{task_id}/problem", body=SayComment, answers=CommentShape,
       status=201, otherwise=task_must_be_visible)  # fmt: skip
async def report_issue(call: Call, task_id: UUID, data: SayComment) -> Answer:
    """Report an issue: the task cannot be completed until it is resolved; a completed one is reopened."""
    return item(await commands.report_issue(at_task(call, task_id), data), 201)


@route("POST", "/o/tasks/{task_id}/resolved-threads", body=ResolveIssue, answers=CommentShape,
       otherwise=task_must_be_visible)  # fmt: skip
async def resolve_issue(call: Call, task_id: UUID, data: ResolveIssue) -> Answer:
    """Resolve an open issue; `thread_id` may be left out when it is the only one."""
    return item(await commands.resolve_issue(at_task(call, task_id), data))


@route("PUT", "/o/tasks/{task_id}/comment/{comment_id}", body=UpdateComment, answers=CommentShape,
       otherwise=task_must_be_visible)  # fmt: skip
async def update_comment(call: Call, task_id: UUID, comment_id: UUID, data: UpdateComment) -> Answer:
    """Change a comment of one's own; administrators may change any."""
    return item(await commands.change_comment(at_task(call, task_id), comment_id, data))


@route("PATCH", "/o/tasks/{task_id}/comment/{comment_id}", body=PatchComment, answers=CommentShape,
       otherwise=task_must_be_visible)  # fmt: skip
async def patch_comment(call: Call, task_id: UUID, comment_id: UUID, data: PatchComment) -> Answer:
    """Change of a comment what is sent, such as whether guests see it."""
    return item(await commands.change_comment(at_task(call, task_id), comment_id, data))


@route("POST", "/o/tasks/{task_id}/request-status", answers=CommentShape, status=201, allow=FULL_MEMBERS)
async def request_status(call: Call, task_id: UUID) -> Answer:
    """Ask everybody who is assigned how the task stands, by a comment; once in ten minutes."""
    return item(await asking.request_status(call, task_id), 201)


@route("DELETE", "/o/tasks/{task_id}/comment/{comment_id}", status=204)
async def delete_comment(call: Call, task_id: UUID, comment_id: UUID) -> Answer:
    """Remove a comment of one's own for good; an open issue is resolved by that."""
    await commands.delete_comment(at_task(call, task_id), comment_id)
    return nothing()


@route("POST", "/o/tasks/{task_id}/comment/{comment_id}/reply", body=SayComment, answers=CommentShape,
       status=201, otherwise=task_must_be_visible)  # fmt: skip
async def reply_to_comment(call: Call, task_id: UUID, comment_id: UUID, data: SayComment) -> Answer:
    """Answer a comment."""
    return item(await commands.reply_to_comment(at_task(call, task_id), comment_id, data), 201)


@route("PUT", "/o/tasks/{task_id}/comment/{comment_id}/reactions/{emoji}", answers=CommentShape)
async def add_reaction(call: Call, task_id: UUID, comment_id: UUID, emoji: str) -> Answer:
    """React to a comment; twice is once."""
    return item(await commands.react(at_task(call, task_id), comment_id, emoji, wanted=True))


@route("DELETE", "/o/tasks/{task_id}/comment/{comment_id}/reactions/{emoji}", answers=CommentShape)
async def remove_reaction(call: Call, task_id: UUID, comment_id: UUID, emoji: str) -> Answer:
    """Take one's reaction back."""
    return item(await commands.react(at_task(call, task_id), comment_id, emoji, wanted=False))


async def _listed(call: Call, task_id: UUID, process_id: UUID | None = None) -> Answer:
    window = call.window()
    return call.listing(await queries.comments_of_task(call, window, task_id, process_id), window)


@route("GET", "/o/tasks/{task_id}/comments", answers=CommentShape, many=True, query=queries.FILTERS)
async def list_comments(call: Call, task_id: UUID) -> Answer:
    """What was said about a task, oldest first."""
    return await _listed(call, task_id)


@route("GET", "/o/tasks/{task_id}/comment", answers=CommentShape, many=True, query=queries.FILTERS)
async def list_comments_by_singular(call: Call, task_id: UUID) -> Answer:
    """Another address of .../comments."""
    return await _listed(call, task_id)


@route("GET", "/o/tasks/{task_id}/threads", answers=CommentShape, many=True, query=queries.FILTERS)
async def list_threads(call: Call, task_id: UUID) -> Answer:
    """Another address of .../comments."""
    return await _listed(call, task_id)


@route(
    "GET",
    "/o/runs/{process_id}/tasks/{task_id}/comments",
    answers=CommentShape,
    many=True,
    query=queries.FILTERS,
)
async def list_comments_in_process(call: Call, process_id: UUID, task_id: UUID) -> Answer:
    """What was said about a task of this process; 404 when it belongs to another one."""
    return await _listed(call, task_id, process_id)


@route("POST", "/o/runs/{process_id}/tasks/{task_id}/comments", body=SayComment, answers=CommentShape,
       status=201, otherwise=task_must_be_visible)  # fmt: skip
async def post_comment_in_process(call: Call, process_id: UUID, task_id: UUID, data: SayComment) -> Answer:
    """Say something about a task of this process; `text` is another word for `content`."""
    return item(await commands.post_comment(at_task(call, task_id, process_id), data), 201)
