"""Asking the people of a task how it stands: a comment that mentions all of them (P-588)."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from uuid import UUID

from stepwell.comments.adding import Said
from stepwell.comments.places import at_task
from stepwell.comments.queries import comment_json
from stepwell.engine.model import People
from stepwell.errors import TooMany, refused
from stepwell.http.call import Call

PAUSE = timedelta(minutes=10)
LAST_ASKED = """
    SELECT max(created_at) FROM comments
     WHERE organization_id = %(organization_id)s AND subject_id = %(task_id)s AND asks_for_status
"""
MARK = """
    UPDATE comments SET asks_for_status = true
     WHERE organization_id = %(organization_id)s AND id = %(comment_id)s
"""


async def request_status(call: Call, task_id: UUID) -> str:
    """Ask for the status of an open task. Returns the comment's JSON.

    Raises NotFound, Forbidden, Refused (not open, or nobody's), TooMany within ten minutes of the last time.
    """
    async with at_task(call, task_id) as place:
        task = place.task
        if not task.open:
            raise refused("status", "Only of an open task the status can be asked for.")
        if not task.people:
            raise refused("owners", "Nobody is assigned to this task.")
        last = await place.tenant.fetch_value(LAST_ASKED, {"task_id": task_id})
        if last is not None and last + PAUSE > place.at:
            wait = ceil((last + PAUSE - place.at).total_seconds())
            raise TooMany("The status of this task has been asked for within the last 10 minutes.", wait)
        content = f"{names_of(task.people)} What is the status of this task?"
        added = await place.add(Said(content=content, state="open"))
        await place.tenant.execute(MARK, {"comment_id": added.id})
        place.note(added.event)
        await place.save()
        return await comment_json(place.tenant, place.at, added.id)


def names_of(people: People) -> str:
    """Mentions of all the people, as they stand in a comment."""
    users = (f"@[{user}]" for user in people.users)
    groups = (f"@[{group.hex}]" for group in people.groups)
    guests = (f"+{guest}" for guest in people.guests)
    return " ".join((*users, *groups, *guests))
