"""Lists of tasks over HTTP."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from stepwell.access.members import FULL_MEMBERS
from stepwell.http.answers import Answer
from stepwell.http.call import Call
from stepwell.http.paging import Page, Window
from stepwell.http.routing import route
from stepwell.tasks import lists
from stepwell.tasks.filters import LIST_QUERY
from stepwell.tasks.schemas import TaskShape
from stepwell.tasks.variables import rendered


async def _answer(call: Call, page: Page, window: Window) -> Answer:
    items = await rendered(call, page.items) if "summary" in call.includes else page.items
    return call.listing(replace(page, items=items), window)


@route("GET", "/o/tasks", answers=TaskShape, many=True, query=LIST_QUERY)
async def list_tasks(call: Call) -> Answer:
    """Tasks that the caller may see, of processes and on their own, newest first."""
    return await _answer(call, *await lists.list_tasks(call, call.window()))


@route("GET", "/o/me/tasks", answers=TaskShape, many=True, query=LIST_QUERY)
async def list_my_tasks(call: Call) -> Answer:
    """The caller's tasks; without `status` the open ones."""
    return await _answer(call, *await lists.list_tasks_of_member(call, call.member.user_id, call.window()))


@route("GET", "/o/users/{user_id}/tasks", answers=TaskShape, many=True, query=LIST_QUERY)
async def list_tasks_of_member(call: Call, user_id: int) -> Answer:
    """A member's tasks as far as the caller may see them; without `status` the open ones."""
    return await _answer(call, *await lists.list_tasks_of_member(call, user_id, call.window()))


@route("GET", "/o/guests/{guest}/tasks", answers=TaskShape, many=True, query=LIST_QUERY, allow=FULL_MEMBERS)
async def list_tasks_of_guest(call: Call, guest: str) -> Answer:
    """A guest's tasks; the guest is named by code, e-mail address or id. Without `status` the open ones."""
    return await _answer(call, *await lists.list_tasks_of_guest(call, guest, call.window()))


@route("GET", "/o/groups/{group_id}/tasks", answers=TaskShape, many=True, query=LIST_QUERY)
async def list_tasks_of_group(call: Call, group_id: UUID) -> Answer:
    """The tasks assigned to a group."""
    return await _answer(call, *await lists.list_tasks_of_group(call, group_id, call.window()))


@route("GET", "/o/runs/{process_id}/tasks", answers=TaskShape, many=True, query=LIST_QUERY)
async def list_tasks_of_process(call: Call, process_id: UUID) -> Answer:
    """The tasks of a process by position; hidden ones are among them."""
    return await _answer(call, *await lists.list_tasks_of_process(call, process_id, call.window()))
