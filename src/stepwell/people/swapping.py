"""Somebody stands on tasks in another way: as a member instead of a guest, the other way round, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from stepwell.access.members import ADMIN, Member
from stepwell.engine.assignment import union, with_companion
from stepwell.engine.completion import after_reassignment, settled_change
from stepwell.engine.model import Change, Directory, Event, House, People, Process, Task
from stepwell.engine.work import BOT, reassigned
from stepwell.people.directory import Mentioned
from stepwell.people.settling import following
from stepwell.processes.each import decide_about_each
from stepwell.services import Services

Named = TypeVar("Named", int, str)
TASKS = """
    SELECT id FROM tasks
     WHERE organization_id = %(organization_id)s AND status <> 'completed' AND archived_at IS NULL
       AND id IN (SELECT task_id FROM task_people
                   WHERE organization_id = %(organization_id)s AND person_id = ANY (%(people)s))
       AND (users && %(users)s::bigint[] OR guests && %(guests)s::text[])
     ORDER BY process_id, id
"""


@dataclass(frozen=True, slots=True)
class Swap:
    """Whom tasks name until now, and whom from now on; `after` is empty for somebody who is gone."""

    before: People
    after: People
    people: tuple[int, ...]  # the person ids under which the tasks are found

    def of(self, people: People) -> People:
        """The people with the swap done: who is new stands where the old stood, or last among others of the kind."""
        users = _swapped(people.users, self.before.users, self.after.users)
        guests = _swapped(people.guests, self.before.guests, self.after.guests)
        changed = (users, guests) != (people.users, people.guests)
        return union(People(users, guests, people.groups), self.after) if changed else people

    def parts_of(self, task: Task) -> Task:
        """The task with the part that was done under the old key under the new one."""
        old, new = _key(self.before), _key(self.after)
        if old is None or new is None or old not in task.parts:
            return task
        return replace(task, parts={new if key == old else key: part for key, part in task.parts.items()})


def _swapped(bucket: tuple[Named, ...], old: tuple[Named, ...], new: tuple[Named, ...]) -> tuple[Named, ...]:
    found = [one for name in bucket for one in (new if name in old else (name,))]
    return tuple(dict.fromkeys(found))


def _key(people: People) -> str | None:
    named = [*map(str, people.users), *people.guests]
    return named[0] if named else None


async def swap_on_tasks(services: Services, organization_id: UUID, swap: Swap) -> int:
    """Do it on all that is not completed, hidden tasks too. Returns on how many. What is done keeps its people.

    Raises Conflict when others hold some of the tasks all the time; called again it does the rest.
    """

    def decide(
        process: Process, task_ids: Sequence[UUID], at: datetime, house: House, directory: Directory
    ) -> Change:
        return swapped(process, task_ids, swap, at, house, directory)

    async with services.db.reading(Member(organization_id, 0, ADMIN)) as tenant:
        wanted = {
            "people": list(swap.people),
            "users": list(swap.before.users),
            "guests": list(swap.before.guests),
        }
        task_ids = [row[0] for row in await tenant.fetch_all(TASKS, wanted)]
    named = Mentioned()
    named.add(swap.after)
    async with following():
        return await decide_about_each(services, organization_id, task_ids, decide, named)


def swapped(
    process: Process, task_ids: Sequence[UUID], swap: Swap, at: datetime, house: House, directory: Directory
) -> Change:
    """The process with other people on those of these tasks that are still to do; guests never stand alone (P-445)."""
    after = process
    events: list[Event] = []
    for task_id in task_ids:
        before = after.tasks[task_id]
        people = swap.of(before.people)
        if before.completed or before.archived_at is not None or people == before.people:
            continue
        people = with_companion(people, (process.owner_id, process.starter_id), directory)
        task, told = reassigned(after, swap.parts_of(before), people, at, directory)
        after, followed = after_reassignment(after, task, BOT, at, house, directory)
        events.extend((*told, *followed))
    return settled_change(process, after, at, tuple(events))
