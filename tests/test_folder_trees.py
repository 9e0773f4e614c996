from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepwell.errors import Refused
from stepwell.folders.trees import Node, check_parent, path_of, placed, removed, siblings

ROOT = None
folders = st.integers(1, 6)
commands = st.lists(
    st.tuples(
        st.sampled_from(["put", "remove"]), folders, st.none() | folders, st.none() | st.integers(-1, 9)
    ),
    max_size=25,
)


def identity(number: int | None) -> UUID | None:
    return None if number is None else UUID(int=number)


@pytest.mark.rule("T-194")
@given(commands)
def test_folders_of_a_parent_are_numbered_without_gaps_and_none_lies_in_itself(
    wanted: list[tuple[str, int, int | None, int | None]],
) -> None:
    tree: dict[UUID, Node] = {}
    for verb, number, parent, position in wanted:
        node = Node(UUID(int=number), identity(parent), "run", 0)
        if verb == "remove":
            if node.id in tree:
                changes = removed(tree, tree[node.id])
                del tree[node.id]
                tree.update({one.id: one for one in changes})
        else:
            try:
                check_parent(tree, node)
            except Refused:
                continue
            tree.update({one.id: one for one in placed(tree, node, position)})
        for above in {one.parent_id for one in tree.values()}:
            inside = siblings(tree, "run", above)
            assert [one.position for one in inside] == list(range(1, len(inside) + 1))
        for one in tree.values():
            assert path_of(tree, one.id)[-1] in {top.id for top in siblings(tree, "run", ROOT)}


def test_a_place_beyond_the_last_is_the_last() -> None:
    tree = {UUID(int=n): Node(UUID(int=n), ROOT, "run", n) for n in (1, 2, 3)}
    moved = placed(tree, tree[UUID(int=1)], 99)
    assert {one.id.int: one.position for one in moved} == {2: 1, 3: 2, 1: 3}
