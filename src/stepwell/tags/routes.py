"""Tags over HTTP: they themselves, and what carries them."""

from __future__ import annotations

from uuid import UUID

from stepwell.access.members import ADMINS, FULL_MEMBERS
from stepwell.comments.queries import require_process_seen, require_task_seen
from stepwell.http.answers import Answer, item, nothing
from stepwell.http.call import Call
from stepwell.http.paging import MOST_ROWS, Window
from stepwell.http.routing import route
from stepwell.http.values import uuid_of
from stepwell.tags import attaching, commands, queries
from stepwell.tags.schemas import (
    AttachTag,
    CreateTag,
    ReplaceTags,
    TaggedObjectShape,
    TaggedShape,
    TagShape,
    UpdateTag,
)

ALL = Window(1, MOST_ROWS, all_rows=True)


async def tag_must_exist(call: Call, tag_id: UUID) -> None:
    """Said before a wrong field is: there is no such tag."""
    await queries.read_tag(call, tag_id)


async def process_must_be_visible(call: Call, process_id: UUID) -> None:
    """Said before a wrong field is: the process does not exist, or the caller may not see it."""
    async with call.db.reading(call.member) as tenant:
        await require_process_seen(tenant, call, process_id)


async def task_must_be_visible(call: Call, task_id: UUID) -> None:
    """Said before a wrong field is: the task does not exist, or the caller may not see it."""
    async with call.db.reading(call.member) as tenant:
        await require_task_seen(tenant, call, task_id, None)


@route("GET", "/o/tags", answers=TagShape, many=True, query=("q", "all", "auto_generated", "status"))
async def list_tags(call: Call) -> Answer:
    """The organization's tags; those that the product made for itself only with `all` or `auto_generated`."""
    window = call.window()
    return call.listing(await queries.list_tags(call, window), window)


@route("GET", "/o/tags/{tag_id}", answers=TagShape)
async def get_tag(call: Call, tag_id: UUID) -> Answer:
    """One tag; `with=statistics` counts what carries it."""
    return item(await queries.read_tag(call, tag_id))


@route("POST", "/o/tags", body=CreateTag, answers=TagShape, status=201, allow=ADMINS)
async def create_tag(call: Call, data: CreateTag) -> Answer:
    """Create a tag; its title is the only one of its kind, in whatever case."""
    return item(await commands.create_tag(call, data), 201)


@route("PUT PATCH", "/o/tags/{tag_id}", body=UpdateTag, answers=TagShape, allow=ADMINS,
       otherwise=tag_must_exist)  # fmt: skip
async def update_tag(call: Call, tag_id: UUID, data: UpdateTag) -> Answer:
    """Change the title or the colour of a tag, or both."""
    return item(await commands.update_tag(call, tag_id, data))


@route("DELETE", "/o/tags/{tag_id}", status=204, allow=ADMINS)
async def delete_tag(call: Call, tag_id: str) -> Answer:
    """Remove a tag from everything; 204 also when there is no such tag."""
    found = uuid_of(tag_id)
    if found is not None:
        await commands.delete_tag(call, found)
    return nothing()


@route("GET", "/o/tags/{tag_id}/objects", answers=TaggedObjectShape, many=True, query=("subject_type",))
async def list_objects(call: Call, tag_id: UUID) -> Answer:
    """What carries a tag, as far as the caller may see it."""
    window = call.window()
    return call.listing(await queries.objects_with_tag(call, window, tag_id), window)


@route("POST", "/o/checklists/tags", body=AttachTag, answers=TaggedShape, status=201, also=[200],
       allow=FULL_MEMBERS)  # fmt: skip
async def attach_tag(call: Call, data: AttachTag) -> Answer:
    """Put a tag on a template, a step, a process or a task; 200 when it is there already."""
    is_new, association = await attaching.attach_tag(call, data)
    return item(association, 201 if is_new else 200)


@route("DELETE", "/o/checklists/tags/{association_id}", status=204, allow=FULL_MEMBERS)
async def detach_tag(call: Call, association_id: int) -> Answer:
    """Take a tag off, by the id of the association."""
    await attaching.detach_tag(call, association_id)
    return nothing()


@route("PUT PATCH", "/o/runs/{process_id}/tags", body=ReplaceTags, answers=TaggedShape, many=True,
       allow=FULL_MEMBERS, otherwise=process_must_be_visible)  # fmt: skip
async def replace_process_tags(call: Call, process_id: UUID, data: ReplaceTags) -> Answer:
    """Make these the tags of a process; answers all of them."""
    return call.listing(await attaching.replace_process_tags(call, process_id, data.tags), ALL)


@route("PUT PATCH", "/o/tasks/{task_id}/tags", body=ReplaceTags, answers=TaggedShape, many=True,
       allow=FULL_MEMBERS, otherwise=task_must_be_visible)  # fmt: skip
async def replace_task_tags(call: Call, task_id: UUID, data: ReplaceTags) -> Answer:
    """Make these the tags of a task; answers all of them."""
    return call.listing(await attaching.replace_task_tags(call, task_id, data.tags), ALL)
