"""The small functions of connectors: a task and its deadline and people, without the whole of it (chapter 12)."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from stepwell.engine.assignment import OwnersChange
from stepwell.engine.completion import assign
from stepwell.engine.model import People
from stepwell.errors import Forbidden, refused
from stepwell.http.call import Call
from stepwell.tasks.access import require_edit
from stepwell.tasks.creating import create_task
from stepwell.tasks.edit_schemas import MicroTask
from stepwell.tasks.frames import working_on_task
from stepwell.tasks.queries import task_answer


async def create_small_task(call: Call, data: MicroTask) -> str:
    """Make a one-off task. Returns its JSON in the words of the connector, beside those of every task."""
    task: dict[str, Any] = json.loads(await create_task(call, data))
    task |= {"description": task["summary"], "owner_id": task["starter_id"]}
    return json.dumps(task, ensure_ascii=False)


PERSON = """
    SELECT 1 FROM people
     WHERE organization_id = %(organization_id)s AND kind = %(kind)s
       AND (id = %(user)s::bigint OR email = %(email)s::text)
"""


async def remove_assignee(
    call: Call, task_id: UUID, *, user: int | None = None, guest: str | None = None
) -> str:
    """Take one member or guest off a task. Returns its JSON.

    Raises NotFound (no such task, member or guest), Forbidden, Refused (that one is not assigned to it).
    """
    async with working_on_task(call, task_id) as work:
        require_edit(call.member, work.task, mine=work.mine)
        if not work.governed and work.mine and not work.base.loaded.assign_someone_else:
            raise Forbidden("The assignees of this process may not change who is assigned.")
        email = guest.strip().lower() if guest is not None else None
        wanted = {"kind": "guest" if guest is not None else "member", "user": user, "email": email}
        await work.tenant.fetch_one(PERSON, wanted)
        if user is not None and user not in work.task.people.users:
            raise refused("member", "This member is not assigned to the task.")
        if email is not None and email not in work.task.people.guests:
            raise refused("guest", "This guest is not assigned to the task.")
        removed = People((user,) if user is not None else (), (email,) if email is not None else ())
        change = OwnersChange(remove=removed)
        directory = (await work.know()).directory
        work.follow(assign(work.process, task_id, change, work.actor, work.at, work.house, directory))
        await work.save()
        return await task_answer(work.tenant, call, task_id)
