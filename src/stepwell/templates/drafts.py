"""Changing a template's draft: the frame of every command on templates, steps, fields, rules and stages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from stepwell.access.members import Member
from stepwell.db.pool import Tenant
from stepwell.engine.model import Event
from stepwell.events.log import Author, Subject, append
from stepwell.http.call import Call
from stepwell.templates.access import TemplateFound, find_template, require_edit

Right = Callable[[Member, TemplateFound], None]

TOUCH = """
    UPDATE templates
       SET updated_at = %(at)s, updated_by = %(user_id)s, last_event = %(last_event)s,
           version = version + CASE WHEN %(edited)s AND draft_version_id IS NOT NULL THEN 1 ELSE 0 END,
           draft_version_id = CASE WHEN %(edited)s THEN NULL ELSE draft_version_id END,
           is_published_state = is_published_state AND NOT (%(edited)s AND dual_version_enabled)
     WHERE organization_id = %(organization_id)s AND id = %(template_id)s
"""


@dataclass(slots=True)
class Draft:
    """A locked template that is being changed by the caller."""

    call: Call
    tenant: Tenant
    template: TemplateFound
    at: datetime
    edited: bool
    events: list[Event] = field(default_factory=list)
    finished: bool = False

    @property
    def id(self) -> UUID:
        return self.template.id

    def note(
        self,
        verb: str,
        description: str,
        *,
        kind: str = "Blueprint",
        subject: str = "template",
        subject_id: UUID | None = None,
        field: str | None = None,
        old: Any = None,
        new: Any = None,
    ) -> None:
        """Remember what happened, for the activity log of the template (T-035)."""
        self.events.append(
            Event(
                verb=verb,
                kind=kind,
                subject=subject,
                subject_id=subject_id or self.id,
                description=description,
                field=field,
                old=old,
                new=new,
            )
        )

    async def finish(self) -> None:
        """Write the log and the template's own times; after this the answer can be read in the transaction."""
        if self.finished:
            return
        self.finished = True
        user_id = self.call.member.user_id
        subject = Subject("Checklist", self.id, self.template.last_event)
        last_event = await append(
            self.tenant, self.call.numbers, Author(user_id), self.at, subject, self.events
        )
        wanted = {"at": self.at, "user_id": user_id, "template_id": self.id, "edited": self.edited}
        await self.tenant.execute(TOUCH, {**wanted, "last_event": last_event})


@asynccontextmanager
async def editing(
    call: Call, key: str | UUID, *, edited: bool = True, archived: bool = False, right: Right = require_edit
) -> AsyncIterator[Draft]:
    """A transaction on a locked template that the caller may edit; what was noted is appended to its log.

    `edited`: the definition changes, so that the next launch makes a new version (T-032); a command that finds this
    out later sets it on the draft. Raises NotFound for a template that is unknown, unreadable or (unless `archived`)
    archived, and what `right` raises, Forbidden without the right to edit.
    """
    async with call.db.transaction(call.member) as tenant:
        template = await find_template(tenant, call.member, key, lock=True, archived=archived)
        right(call.member, template)
        draft = Draft(call, tenant, template, call.services.clock(), edited)
        yield draft
        await draft.finish()
