"""What changes folders themselves: one transaction each, the whole tree of folders locked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from stepwell.db.ids import new_id
from stepwell.db.pool import Tenant
from stepwell.engine.model import Event
from stepwell.errors import NotFound, refused
from stepwell.folders.queries import folder_json
from stepwell.folders.schemas import CreateFolder, UpdateFolder
from stepwell.folders.trees import Node, Tree, check_parent, placed, removed
from stepwell.http.call import Call
from stepwell.http.paging import MOST_ROWS
from stepwell.organizations.log import append_to_organization

NODES = """
    SELECT id, parent_id, kind, position, name FROM folders
     WHERE organization_id = %(organization_id)s ORDER BY id FOR NO KEY UPDATE
"""
INSERT = """
    INSERT INTO folders (organization_id, id, number, name, kind, parent_id, position, created_at, updated_at)
    VALUES (%(organization_id)s, %(folder_id)s, %(number)s, %(name)s, %(kind)s, %(parent_id)s, %(position)s,
            %(at)s, %(at)s)
"""
RENAME = """
    UPDATE folders SET name = coalesce(%(name)s, name), updated_at = %(at)s
     WHERE organization_id = %(organization_id)s AND id = %(folder_id)s
"""
PLACE = """
    UPDATE folders folder SET parent_id = new.parent_id, position = new.position
      FROM unnest(%(ids)s::uuid[], %(parents)s::uuid[], %(positions)s::int[]) new (id, parent_id, position)
     WHERE folder.organization_id = %(organization_id)s AND folder.id = new.id
"""
UNFILE_TEMPLATES = """
    UPDATE templates SET folder_id = nullif(folder_id, %(folder_id)s),
           default_folder = nullif(default_folder, %(folder_id)s)
     WHERE organization_id = %(organization_id)s
       AND (folder_id = %(folder_id)s OR default_folder = %(folder_id)s)
"""
DELETE = "DELETE FROM folders WHERE organization_id = %(organization_id)s AND id = %(folder_id)s"


@dataclass(slots=True)
class Sorting:
    """The organization's folders, locked so that no two commands put one into the other."""

    call: Call
    tenant: Tenant
    tree: Tree
    names: dict[UUID, str]
    at: datetime

    def node(self, folder_id: UUID) -> Node:
        """Raises NotFound."""
        if folder_id not in self.tree:
            raise NotFound
        return self.tree[folder_id]

    async def place(self, nodes: Sequence[Node]) -> None:
        """Write where folders stand now."""
        if nodes:
            wanted = {
                "ids": [node.id for node in nodes],
                "parents": [node.parent_id for node in nodes],
                "positions": [node.position for node in nodes],
            }
            await self.tenant.execute(PLACE, wanted)

    async def note(self, verb: str, folder_id: UUID, description: str) -> None:
        """Append to the organization's log."""
        event = Event(
            verb=verb, kind="Organization", subject="Folder", subject_id=folder_id, description=description
        )
        await append_to_organization(self.call, self.tenant, self.at, [event])


@asynccontextmanager
async def sorting(call: Call) -> AsyncIterator[Sorting]:
    """A transaction on all folders of the organization."""
    async with call.db.transaction(call.member) as tenant:
        rows = await tenant.fetch_all(NODES)
        tree = {row[0]: Node(*row[:4]) for row in rows}
        yield Sorting(call, tenant, tree, {row[0]: row[4] for row in rows}, call.services.clock())


async def create_folder(call: Call, data: CreateFolder) -> str:
    """Create a folder, in its parent's tree if it has a parent. Returns its JSON (T-194)."""
    number = (await call.numbers.take(call.member.organization_id, "folder"))[0]
    async with sorting(call) as folders:
        if len(folders.tree) >= MOST_ROWS:
            raise refused("name", f"An organization may not have more than {MOST_ROWS} folders.")
        parent = folders.tree.get(data.parent_id) if data.parent_id else None
        kind = data.folder_type or (parent.kind if parent else "checklist")
        node = Node(new_id(), data.parent_id, kind, 0)
        check_parent(folders.tree, node)
        changes = placed(folders.tree, node, data.position)
        own = next(one for one in changes if one.id == node.id)
        wanted = {"folder_id": node.id, "number": number, "name": data.name, "kind": kind, "at": folders.at}
        place = {"parent_id": own.parent_id, "position": own.position}
        await folders.tenant.execute(INSERT, {**wanted, **place})
        await folders.place([one for one in changes if one.id != node.id])
        await folders.note("created", node.id, f"Created folder: {data.name}")
        return await folder_json(folders.tenant, call, node.id)


async def update_folder(call: Call, folder_id: UUID, data: UpdateFolder) -> str:
    """Rename or move a folder; what was not sent stays. Returns its JSON. Raises NotFound, Refused."""
    async with sorting(call) as folders:
        node = folders.node(folder_id)
        if "parent_id" in data.model_fields_set:
            node = replace(node, parent_id=data.parent_id)
            check_parent(folders.tree, node)
        position = data.position
        if position is None and node.parent_id == folders.tree[folder_id].parent_id:
            position = node.position
        await folders.place(placed(folders.tree, node, position))
        wanted = {"folder_id": folder_id, "name": data.name, "at": folders.at}
        await folders.tenant.execute(RENAME, wanted)
        await folders.note("updated", folder_id, f"Changed folder: {data.name or folders.names[folder_id]}")
        return await folder_json(folders.tenant, call, folder_id)


async def delete_folder(call: Call, folder_id: UUID) -> None:
    """Delete a folder: what lies in it is in none, folders inside it move up (T-195). Raises NotFound."""
    async with sorting(call) as folders:
        node = folders.node(folder_id)
        await folders.place(removed(folders.tree, node))
        await folders.tenant.execute(UNFILE_TEMPLATES, {"folder_id": folder_id})
        await folders.tenant.execute(DELETE, {"folder_id": folder_id})
        await folders.note("deleted", folder_id, f"Deleted folder: {folders.names[folder_id]}")
