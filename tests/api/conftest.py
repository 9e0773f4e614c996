"""What several tests of the whole API share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import Server
from tests.world import World, make_world


@pytest.fixture(scope="module")
def world(database: str, server: Server) -> Iterator[World]:
    """An organization with one object of every kind, for tests that try every route and change what they like."""
    made = make_world(database, server.origin, "Globe")
    with made.house:
        yield made
