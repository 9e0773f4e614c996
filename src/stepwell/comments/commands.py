"""What changes comments: one transaction each, in whatever place the comment stands.

A place is opened by the frame that the route chooses (`places.at_task`, `places.at_process`,
`on_templates.at_template`); the commands here are the same everywhere.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from uuid import UUID

from psycopg import sql

from stepwell.comments.adding import Added, Said, event_of, tell
from stepwell.comments.places import Place
from stepwell.comments.queries import OF_SUBJECT, comment_json
from stepwell.comments.reactions import refuse_odd_emoji, with_reaction
from stepwell.comments.schemas import CommentChange, ResolveIssue, SayComment
from stepwell.comments.shapes import COMMENT
from stepwell.db.pool import Tenant
from stepwell.errors import Forbidden, refused
from stepwell.events.log import BOT

Opening = AbstractAsyncContextManager[Place]
CHANGED_LABELS = frozenset({"comment", "improvement", "advice"})


@dataclass(frozen=True, slots=True)
class Found:
    """A comment as far as decisions about it need it."""

    id: UUID
    author_id: int | None
    author_type: str
    step_id: UUID | None
    label: str
    resolve_id: UUID | None
    content: str
    mentions: list[int]
    reactions: list[dict[str, object]]

    @property
    def is_open_issue(self) -> bool:
        return self.label == "problem" and self.resolve_id is None


FIND = sql.SQL("""
    SELECT id, author_id, author_type, step_id, label, resolve_id, content, mentions, reactions
      FROM comments comment
     WHERE organization_id = %(organization_id)s AND id = %(comment_id)s AND {within}
""")
OPEN_ISSUES = """
    SELECT id FROM comments
     WHERE organization_id = %(organization_id)s AND subject_id = %(subject_id)s
       AND label = 'problem' AND resolve_id IS NULL
     ORDER BY created_at, id LIMIT 2
"""


async def find_comment(place: Place, comment_id: UUID, within: sql.Composable = OF_SUBJECT) -> Found:
    """The comment of this place. Raises NotFound."""
    wanted = {"subject_id": place.scene.id, "comment_id": comment_id}
    return Found(*await place.tenant.fetch_one(FIND.format(within=within), wanted))


async def post_comment(opening: Opening, data: SayComment, columns: sql.Composable = COMMENT) -> str:
    """Say something; by its label it may report an issue or resolve one. Returns the comment's JSON."""
    async with opening as place:
        if data.label == "problem":
            added = await _report(place, data)
        elif data.label == "resolve":
            added = await _resolve_if_clear(place, data)
        else:
            added = await _say(place, data)
        return await _saved_json(place, added, columns)


async def report_issue(opening: Opening, data: SayComment, columns: sql.Composable = COMMENT) -> str:
    """Report an issue, whatever label was sent. Returns the comment's JSON (P-620)."""
    async with opening as place:
        return await _saved_json(place, await _report(place, data), columns)


async def resolve_issue(opening: Opening, data: ResolveIssue, columns: sql.Composable = COMMENT) -> str:
    """Resolve an open issue, which may stay unnamed when it is the only one (P-624). Returns the JSON."""
    async with opening as place:
        issue = await _named_issue(place, data.thread_id)
        said = Said(content=data.content, state=data.state, label="resolve", resolve_id=issue.id)
        return await _saved_json(place, await _resolve(place, issue, said), columns)


async def post_bot_comment(opening: Opening, data: SayComment) -> str:
    """Write something in the name of the bot, which tells nobody and begins no work."""
    async with opening as place:
        added = await place.add(Said(content=data.content, state=data.state), BOT)
        place.note(added.event)
        await place.save()
        return await comment_json(place.tenant, place.at, added.id)


async def reply_to_comment(
    opening: Opening,
    comment_id: UUID,
    data: SayComment,
    columns: sql.Composable = COMMENT,
    within: sql.Composable = OF_SUBJECT,
) -> str:
    """Answer a comment (one that is `within` reach of the place). Returns the JSON of the reply."""
    async with opening as place:
        parent = await find_comment(place, comment_id, within)
        place.scene = replace(place.scene, step_id=parent.step_id)
        said = Said(content=data.content, state=data.state, parent_id=parent.id, sent_to=data.sent_to)
        added = await place.add(said)
        place.note(added.event)
        return await _saved_json(place, added, columns)


async def _say(place: Place, data: SayComment) -> Added:
    said = Said(content=data.content, state=data.state, label=data.label, sent_to=data.sent_to)
    added = await place.add(said)
    place.note(added.event)
    return added


async def _report(place: Place, data: SayComment) -> Added:
    said = Said(content=data.content, state=data.state, label="problem", sent_to=data.sent_to)
    added = await place.add(said)
    await place.report(added.id)
    return added


async def _resolve_if_clear(place: Place, data: SayComment) -> Added:
    """P-626: a named issue, or the only open one, is resolved; otherwise it is a comment like any other."""
    if data.thread_id is None and len(await open_issues(place)) != 1:
        return await _say(place, data)
    issue = await _named_issue(place, data.thread_id)
    said = Said(content=data.content, state=data.state, label="resolve", resolve_id=issue.id)
    return await _resolve(place, issue, said)


async def _resolve(place: Place, issue: Found, said: Said) -> Added:
    place.require_resolver(issue.author_id if issue.author_type == "user" else None)
    added = await place.add(said)
    await _close(place.tenant, issue.id, added.id)
    place.resolve(added.id)
    return added


async def _close(tenant: Tenant, issue_id: UUID, by_id: UUID) -> None:
    query = """
        UPDATE comments SET resolve_id = %(by_id)s
         WHERE organization_id = %(organization_id)s AND id = %(issue_id)s
    """
    await tenant.execute(query, {"issue_id": issue_id, "by_id": by_id})


async def open_issues(place: Place) -> Collection[UUID]:
    """The ids of the oldest open issues of the place: none, one, or two when there are more."""
    return [row[0] for row in await place.tenant.fetch_all(OPEN_ISSUES, {"subject_id": place.scene.id})]


async def _named_issue(place: Place, thread_id: UUID | None) -> Found:
    """The open issue that is meant (P-627). Raises NotFound (unknown) or Refused (not open, not clear)."""
    if thread_id is None:
        issues = list(await open_issues(place))
        if not issues:
            raise refused("thread_id", "There is no open issue to resolve.")
        if len(issues) > 1:
            raise refused("thread_id", "The thread id field is required.")
        thread_id = issues[0]
    issue = await find_comment(place, thread_id)
    if not issue.is_open_issue:
        raise refused("thread_id", "The selected thread id is not an open issue.")
    return issue


async def _saved_json(place: Place, added: Added, columns: sql.Composable) -> str:
    place.begin()
    await place.save()
    return await comment_json(place.tenant, place.at, added.id, columns)


UPDATE = """
    UPDATE comments SET content = %(content)s, state = coalesce(%(state)s, state), label = %(label)s,
           mentions = %(mentions)s, resolve_id = coalesce(resolve_id, %(resolve_id)s), updated_at = %(at)s
     WHERE organization_id = %(organization_id)s AND id = %(comment_id)s
"""


async def change_comment(
    opening: Opening, comment_id: UUID, data: CommentChange, columns: sql.Composable = COMMENT
) -> str:
    """Change a comment of one's own. An open issue with another label is none any more (P-584, P-626)."""
    async with opening as place:
        comment = await find_comment(place, comment_id)
        _require_own(place, comment)
        sent = data.sent()
        label = str(sent.get("label", comment.label))
        if label != comment.label and label not in CHANGED_LABELS:
            raise refused("label", "The selected label is invalid.")
        content = str(sent.get("content", comment.content))
        told: list[int] = []
        if comment.author_type != "bot":
            told, place.involved = await tell(place.tenant, place.scene, content, ())
        settled = comment.is_open_issue and label != comment.label
        if settled:
            place.resolve(comment.id)
        wanted = {
            "content": content,
            "state": sent.get("state"),
            "label": label,
            "mentions": sorted({*comment.mentions, *told}),
            "resolve_id": comment.id if settled else None,
            "at": place.at,
            "comment_id": comment.id,
        }
        await place.tenant.execute(UPDATE, wanted)
        about = f"{place.scene.subject}: {place.scene.title}"
        place.note(event_of(place.scene, "updated", f"Changed a comment on {about}", comment.id))
        await place.save()
        return await comment_json(place.tenant, place.at, comment.id, columns)


DELETE = """
    WITH gone AS (
        DELETE FROM comments WHERE organization_id = %(organization_id)s AND id = %(comment_id)s
    )
    UPDATE comments SET parent_id = nullif(parent_id, %(comment_id)s),
           resolve_id = CASE label WHEN 'resolve' THEN nullif(resolve_id, %(comment_id)s) ELSE resolve_id END
     WHERE organization_id = %(organization_id)s AND subject_id = %(subject_id)s
       AND (parent_id = %(comment_id)s OR (label = 'resolve' AND resolve_id = %(comment_id)s))
"""


async def delete_comment(opening: Opening, comment_id: UUID) -> None:
    """Remove a comment of one's own for good. Replies stay; an open issue is resolved (P-584, P-626)."""
    async with opening as place:
        comment = await find_comment(place, comment_id)
        _require_own(place, comment)
        if comment.is_open_issue:
            place.resolve(comment.id)
        await place.tenant.execute(DELETE, {"comment_id": comment.id, "subject_id": place.scene.id})
        about = f"{place.scene.subject}: {place.scene.title}"
        place.note(event_of(place.scene, "comment-deleted", f"Deleted a comment on {about}", comment.id))
        await place.save()


def _require_own(place: Place, comment: Found) -> None:
    member = place.call.member
    if not member.is_admin and (comment.author_type != "user" or comment.author_id != member.user_id):
        raise Forbidden("Only the author or an administrator may change a comment.")


async def react(opening: Opening, comment_id: UUID, emoji: str, wanted: bool) -> str:
    """Add the caller's reaction to a comment, or take it back; repeated, it changes nothing (P-589)."""
    refuse_odd_emoji(emoji)
    async with opening as place:
        comment = await find_comment(place, comment_id)
        reactions = with_reaction(comment.reactions, emoji, place.call.member.user_id, wanted)
        if reactions is not None:
            query = """
                UPDATE comments SET reactions = %(reactions)s
                 WHERE organization_id = %(organization_id)s AND id = %(comment_id)s
            """
            await place.tenant.execute(query, {"reactions": reactions, "comment_id": comment.id})
        return await comment_json(place.tenant, place.at, comment.id)
