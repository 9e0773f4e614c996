"""Titles of tasks as they read now: rendered by the command that changes an answer, so that lists need not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from stepwell.db.pool import Tenant
from stepwell.engine.model import Change, House, Process
from stepwell.engine.oneoff import is_alone
from stepwell.engine.variables import has_variables, people_named, with_titles

NAMES = """
    SELECT person.id::text, shown_name(person) FROM people person
     WHERE person.organization_id = %(organization_id)s AND person.id = ANY (%(users)s)
     UNION ALL
    SELECT hex("group".id), "group".name FROM groups "group"
     WHERE "group".organization_id = %(organization_id)s AND "group".id = ANY (%(groups)s)
"""


async def names_in(tenant: Tenant, *processes: Process) -> dict[str, str]:
    """What the members and groups are called that the answers of assignee fields name."""
    users: set[int] = set()
    groups: set[UUID] = set()
    for process in processes:
        named, grouped = people_named(process)
        users |= named
        groups |= grouped
    if not users and not groups:
        return {}
    wanted = {"users": sorted(users), "groups": sorted(groups)}
    return {str(key): str(name) for key, name in await tenant.fetch_all(NAMES, wanted)}


async def retitled(
    tenant: Tenant, changes: Sequence[tuple[Process | None, Change]], house: House
) -> list[Change]:
    """Changes, each with what its process was before (None: it is new), with the titles that follow from them.

    Titles follow answers and nothing else, so only where one of them changed all tasks have to be there.
    """
    telling = [
        old is None or titles_may_follow(old, change) if _has_titles_to_render(change) else False
        for old, change in changes
    ]
    if not any(telling):
        return [change for _, change in changes]
    asked = [change.process for (_, change), tells in zip(changes, telling, strict=True) if tells]
    names = await names_in(tenant, *asked)
    return [
        _with_titles(change, house, names) if tells else change
        for (_, change), tells in zip(changes, telling, strict=True)
    ]


def _has_titles_to_render(change: Change) -> bool:
    return any(has_variables(task.original_title) for task in change.process.tasks.values())


def _with_titles(change: Change, house: House, names: Mapping[str, str]) -> Change:
    before = change.process
    after = with_titles(before, house, names, alone=is_alone(before))
    changed = {task.id: after.tasks[task.id] for task in change.tasks if task.id in after.tasks}
    changed |= {task.id: task for task in after.tasks.values() if before.tasks[task.id] != task}
    return replace(change, process=after, tasks=tuple(changed.values()))


def titles_may_follow(old: Process, change: Change) -> bool:
    """Whether an answer has changed, or there is a title that was never rendered."""
    if change.process.values != old.values or change.process.version is not old.version:
        return True
    for task in change.tasks:
        was = old.tasks.get(task.id)
        if was is None or (was.values, was.original_title) != (task.values, task.original_title):
            return True
    return False
