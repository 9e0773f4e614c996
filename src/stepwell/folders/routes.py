"""Folders over HTTP: they themselves, and what lies in them."""

from __future__ import annotations

from uuid import UUID

from stepwell.access.members import FULL_MEMBERS
from stepwell.folders import commands, contents, queries
from stepwell.folders.schemas import (
    AddObject,
    CreateFolder,
    FolderObjectShape,
    FolderShape,
    MoveFolder,
    MoveObject,
    ObjectInsideShape,
    ReorderFolder,
    UpdateFolder,
)
from stepwell.http.answers import Answer, item, nothing
from stepwell.http.call import Call
from stepwell.http.routing import route


async def folder_must_exist(call: Call, folder_id: UUID) -> None:
    """Said before a wrong field is: there is no such folder."""
    await queries.read_folder(call, folder_id)


async def relation_must_exist(call: Call, relation_id: int) -> None:
    """Said before a wrong field is: nothing lies anywhere by this id."""
    await contents.find_relation(call, relation_id)


@route("GET", "/o/folders", answers=FolderShape, many=True, query=("folder_type", "q", "parent_id"))
async def list_folders(call: Call) -> Answer:
    """Folders of both trees; with `with=children` the outermost ones, with all that lies in them."""
    window = call.window()
    return call.listing(await queries.list_folders(call, window), window)


@route("GET", "/o/folders/{folder_id}", answers=FolderShape)
async def get_folder(call: Call, folder_id: UUID) -> Answer:
    """One folder; `with=children,objects` adds what lies in it."""
    return item(await queries.read_folder(call, folder_id))


@route("POST", "/o/folders", body=CreateFolder, answers=FolderShape, status=201, allow=FULL_MEMBERS)
async def create_folder(call: Call, data: CreateFolder) -> Answer:
    """Create a folder for templates, or with `folder_type` "run" for processes and tasks."""
    return item(await commands.create_folder(call, data), 201)


@route("PUT PATCH", "/o/folders/{folder_id}", body=UpdateFolder, answers=FolderShape, allow=FULL_MEMBERS,
       otherwise=folder_must_exist)  # fmt: skip
async def update_folder(call: Call, folder_id: UUID, data: UpdateFolder) -> Answer:
    """Rename or move a folder; what is not sent stays."""
    return item(await commands.update_folder(call, folder_id, data))


@route("DELETE", "/o/folders/{folder_id}", status=204, allow=FULL_MEMBERS)
async def delete_folder(call: Call, folder_id: UUID) -> Answer:
    """Delete a folder: what lies in it is in none then, folders inside it move up."""
    await commands.delete_folder(call, folder_id)
    return nothing()


@route("PUT", "/o/folders/{folder_id}/reorder", body=ReorderFolder, answers=FolderShape, allow=FULL_MEMBERS,
       otherwise=folder_must_exist)  # fmt: skip
async def reorder_folder(call: Call, folder_id: UUID, data: ReorderFolder) -> Answer:
    """Give a folder another place among those of its parent."""
    return item(await commands.update_folder(call, folder_id, UpdateFolder(position=data.position)))


@route("POST", "/o/folders/{folder_id}/move", body=MoveFolder, answers=FolderShape, allow=FULL_MEMBERS,
       otherwise=folder_must_exist)  # fmt: skip
async def move_folder(call: Call, folder_id: UUID, data: MoveFolder) -> Answer:
    """Put a folder into another one, or with `parent_id` null into none."""
    return item(await commands.update_folder(call, folder_id, UpdateFolder(**data.sent())))


@route("GET", "/o/folders/{folder_id}/objects", answers=ObjectInsideShape, many=True)
async def list_objects(call: Call, folder_id: UUID) -> Answer:
    """What lies directly in a folder, as far as the caller may see it."""
    window = call.window()
    return call.listing(await queries.objects_inside(call, window, folder_id), window)


@route("POST", "/o/folders/add-object", body=AddObject, answers=FolderObjectShape, status=201, also=[200],
       allow=FULL_MEMBERS)  # fmt: skip
async def add_object(call: Call, data: AddObject) -> Answer:
    """Put a process or a task into a folder; 200 when it is there already."""
    is_new, relation = await contents.add_object(call, data)
    return item(relation, 201 if is_new else 200)


@route("PUT PATCH", "/o/folders-objects/{relation_id}", body=MoveObject, answers=FolderObjectShape,
       allow=FULL_MEMBERS, otherwise=relation_must_exist)  # fmt: skip
async def move_object(call: Call, relation_id: int, data: MoveObject) -> Answer:
    """Put what lies in one folder into another."""
    return item(await contents.move_object(call, relation_id, data.folder_id))


@route("DELETE", "/o/folders-objects/{relation_id}", status=204, allow=FULL_MEMBERS)
async def remove_object(call: Call, relation_id: int) -> Answer:
    """Take something out of a folder."""
    await contents.remove_object(call, relation_id)
    return nothing()
