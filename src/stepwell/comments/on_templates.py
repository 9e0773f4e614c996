"""Comments on templates and their steps, which never go over to processes (T-038)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from psycopg import sql

from stepwell.comments.adding import Scene, event_of
from stepwell.comments.places import Place
from stepwell.comments.queries import OF_SUBJECT, comment_json, list_comments
from stepwell.comments.shapes import COMMENT
from stepwell.db.pool import Tenant
from stepwell.errors import Forbidden, refused
from stepwell.events.log import Subject, append
from stepwell.http.call import Call
from stepwell.http.paging import Page, Window
from stepwell.http.values import uuid_of
from stepwell.templates.access import TemplateFound, find_template, may_edit, require_edit

THREAD = sql.SQL("{}, utc(comment.read_at) AS read_at, utc(comment.hidden_at) AS hidden_at").format(COMMENT)
OR_IMPROVING = sql.SQL("""
    (comment.subject_id = %(subject_id)s OR (comment.template_id = %(subject_id)s
     AND comment.label = 'improvement' AND comment.subject_type = 'Task'))
""")
"""What editors see beside the template's own: improvements suggested on tasks of its processes (P-632)."""

SAVE_LAST_EVENT = """
    UPDATE templates SET last_event = %(last_event)s
     WHERE organization_id = %(organization_id)s AND id = %(template_id)s
"""
HAS_STEP = """
    SELECT EXISTS (SELECT FROM template_steps WHERE organization_id = %(organization_id)s
                      AND template_id = %(template_id)s AND id = %(step_id)s)
"""


class OnTemplate(Place):
    """A template or one of its steps. Its issues change nothing but themselves."""

    def __init__(
        self, call: Call, tenant: Tenant, at: datetime, template: TemplateFound, scene: Scene
    ) -> None:
        super().__init__(call, tenant, at, scene)
        self.template = template

    def begin(self) -> None:
        """A template is never begun."""

    async def report(self, comment_id: UUID) -> None:
        about = f"Reported an issue on template: {self.template.title}"
        self.note(event_of(self.scene, "issue-reported", about, comment_id))

    def resolve(self, comment_id: UUID) -> None:
        about = f"Resolved an issue on template: {self.template.title}"
        self.note(event_of(self.scene, "issue-resolved", about, comment_id))

    def require_resolver(self, reporter_id: int | None) -> None:
        if reporter_id != self.call.member.user_id and not may_edit(self.call.member, self.template):
            raise Forbidden("Only the author of an issue, or who may edit the template, may resolve it.")

    async def save(self) -> None:
        subject = Subject("Checklist", self.template.id, self.template.last_event)
        last = await append(self.tenant, self.call.numbers, self.author, self.at, subject, self.events)
        await self.tenant.execute(SAVE_LAST_EVENT, {"last_event": last, "template_id": self.template.id})


@asynccontextmanager
async def at_template(
    call: Call, key: str, step_id: UUID | None = None, *, by_editor: bool = False
) -> AsyncIterator[Place]:
    """A transaction on a locked template that the caller may read (or `by_editor`, edit).

    Raises NotFound, Forbidden, Refused (no such step).
    """
    async with call.db.transaction(call.member) as tenant:
        template = await find_template(tenant, call.member, key, lock=True)
        if by_editor:
            require_edit(call.member, template)
        if step_id is not None:
            wanted = {"template_id": template.id, "step_id": step_id}
            if not await tenant.fetch_value(HAS_STEP, wanted):
                raise refused("step_id", "The selected step id is invalid.")
        scene = Scene(
            type="Checklist",
            id=template.id,
            title=template.title,
            template_id=template.id,
            step_id=step_id,
        )
        yield OnTemplate(call, tenant, call.services.clock(), template, scene)


MARK = """
    UPDATE comments comment SET {column} = coalesce(comment.{column}, %(at)s)
     WHERE comment.organization_id = %(organization_id)s AND comment.id = %(comment_id)s AND {condition}
    RETURNING comment.id
"""


async def mark_thread(call: Call, key: str, comment_id: UUID, mark: str) -> str:
    """Note that an editor has read a comment (`read_at`) or put it away (`hidden_at`). Returns its JSON."""
    async with at_template(call, key, by_editor=True) as place:
        query = sql.SQL(MARK).format(column=sql.Identifier(mark), condition=OR_IMPROVING)
        wanted = {"at": place.at, "comment_id": comment_id, "subject_id": place.scene.id}
        await place.tenant.fetch_one(query, wanted)
        return await comment_json(place.tenant, place.at, comment_id, THREAD)


async def list_threads(call: Call, window: Window, key: str) -> Page:
    """What was said about a template, oldest first; what an editor has put away only with `hidden=true`."""
    async with call.db.reading(call.member) as tenant:
        template = await find_template(tenant, call.member, key)
        conditions: list[sql.Composable] = [OR_IMPROVING if may_edit(call.member, template) else OF_SUBJECT]
        if not call.flag("hidden"):
            conditions.append(sql.SQL("comment.hidden_at IS NULL"))
        wanted: dict[str, object] = {"subject_id": template.id}
        if call.text("step_id") is not None:
            conditions.append(sql.SQL("comment.step_id = %(step_id)s"))
            wanted["step_id"] = uuid_of(call.text("step_id"))
        condition = sql.SQL(" AND ").join(conditions)
        return await list_comments(tenant, call, window, condition, THREAD, **wanted)
