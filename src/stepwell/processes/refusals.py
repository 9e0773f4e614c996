"""What rules could not do is said by the bot on the task that it was about (T-170)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from stepwell.comments.adding import Scene, scene_of
from stepwell.comments.by_bot import say_by_bot
from stepwell.comments.texts import comment_text
from stepwell.db.pool import Tenant
from stepwell.engine.actions import REFUSED_FIELD
from stepwell.engine.model import Change


async def with_refusals_told(tenant: Tenant, change: Change, at: datetime) -> Change:
    """The change with the comments that its refused actions ask for, which are written."""
    return (await with_all_refusals_told(tenant, [change], at))[0]


async def with_all_refusals_told(tenant: Tenant, changes: Sequence[Change], at: datetime) -> list[Change]:
    """Several changes, as `with_refusals_told` leaves each."""
    said = [_said(change) for change in changes]
    if not any(said):
        return list(changes)
    told = await say_by_bot(tenant, [one for of_change in said for one in of_change], at)
    events = iter(told)
    return [
        replace(change, events=(*change.events, *(next(events) for _ in of_change)))
        for change, of_change in zip(changes, said, strict=True)
    ]


def _said(change: Change) -> list[tuple[Scene, str]]:
    process = change.process
    return [
        (scene_of(process.tasks[event.subject_id], process.id), comment_text(str(event.new)))
        for event in change.events
        if event.field == REFUSED_FIELD and event.subject == "task"
    ]
