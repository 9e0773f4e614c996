"""What follows from a change of people, after it: on tasks, which are decided in batches of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from stepwell.errors import Conflict
from stepwell.http.call import Call
from stepwell.people.regrouping import settle_after
from stepwell.processes.each import TasksLocked


@asynccontextmanager
async def following() -> AsyncIterator[None]:
    """Tasks that others hold all the time are a conflict: the same request does the rest, when sent again."""
    try:
        yield
    except TasksLocked:
        raise Conflict("Some tasks are being changed by others just now. Please try again.") from None


async def settle(call: Call, task_ids: Sequence[UUID]) -> None:
    """Complete tasks that wait for nobody any more, and put members beside guests who stand alone."""
    if task_ids:
        async with following():
            await settle_after(call.services, call.member.organization_id, task_ids)
