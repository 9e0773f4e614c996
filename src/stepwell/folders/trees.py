"""Where folders stand: pure decisions about a tree of one kind, known whole.

Places count from 1 among the folders of one parent, without gaps after every change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from stepwell.errors import refused

DEEPEST = 50  # folders inside each other


@dataclass(frozen=True, slots=True)
class Node:
    id: UUID
    parent_id: UUID | None
    kind: str  # checklist | run
    position: int


Tree = Mapping[UUID, Node]


def siblings(tree: Tree, kind: str, parent_id: UUID | None) -> list[Node]:
    """The folders of a parent (None: the root) in their order."""
    found = [node for node in tree.values() if (node.kind, node.parent_id) == (kind, parent_id)]
    return sorted(found, key=lambda node: (node.position, node.id))


def placed(tree: Tree, node: Node, position: int | None) -> list[Node]:
    """What changes when a folder, new or moved, stands at this place of its parent (None: the last)."""
    rest = [one for one in siblings(tree, node.kind, node.parent_id) if one.id != node.id]
    place = len(rest) if position is None else min(max(position, 1) - 1, len(rest))
    before = tree.get(node.id)
    left = []
    if before is not None and before.parent_id != node.parent_id:
        left = [one for one in siblings(tree, node.kind, before.parent_id) if one.id != node.id]
    wanted = [*numbered([*rest[:place], node, *rest[place:]]), *numbered(left)]
    return [one for one in wanted if tree.get(one.id) != one]


def removed(tree: Tree, node: Node) -> list[Node]:
    """What changes when a folder goes: those inside it become the last of its parent."""
    inside = [replace(one, parent_id=node.parent_id) for one in siblings(tree, node.kind, node.id)]
    rest = [one for one in siblings(tree, node.kind, node.parent_id) if one.id != node.id]
    return [one for one in numbered([*rest, *inside]) if tree.get(one.id) != one]


def numbered(nodes: Iterable[Node]) -> list[Node]:
    return [replace(node, position=place) for place, node in enumerate(nodes, start=1)]


def check_parent(tree: Tree, node: Node) -> None:
    """Raises Refused when a folder cannot stand where it says: in another tree, in itself, or too deep."""
    if node.parent_id is None:
        return
    parent = tree.get(node.parent_id)
    if parent is None or parent.kind != node.kind or node.id in path_of(tree, parent.id):
        raise refused("parent_id", "The selected parent id is invalid.")
    if len(path_of(tree, parent.id)) + height_of(tree, node.id) > DEEPEST:
        raise refused("parent_id", f"Folders may not lie more than {DEEPEST} levels deep.")


def path_of(tree: Tree, folder_id: UUID | None) -> list[UUID]:
    """The folder and all that it lies in, innermost first."""
    path: list[UUID] = []
    while folder_id is not None and folder_id not in path:
        path.append(folder_id)
        folder_id = tree[folder_id].parent_id
    return path


def height_of(tree: Tree, folder_id: UUID) -> int:
    """How many levels the folder is high; 1 without folders inside."""
    inside: dict[UUID | None, list[UUID]] = {}
    for node in tree.values():
        inside.setdefault(node.parent_id, []).append(node.id)
    height, level = 1, inside.get(folder_id, [])
    while level:
        height += 1
        level = [child for parent in level for child in inside.get(parent, [])]
    return height
