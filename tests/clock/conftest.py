"""A server whose clock is the tests': no worker runs beside them, so only what they call happens by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stepwell.db.embedded import EmbeddedServer
from tests import databases
from tests.clock.moments import Still
from tests.conftest import House, make_house, start_server


@pytest.fixture(scope="session")
def still(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Still]:
    with databases.new_database(postgres.conninfo) as conninfo:
        running = start_server(conninfo, tmp_path_factory.mktemp("still") / "server.log", "--no-worker")
        yield Still(conninfo, running)
        running.process.terminate()
        running.process.wait(10)


@pytest.fixture
def home(still: Still) -> Iterator[House]:
    """An organization for one test: what is due in it is what the test made."""
    with make_house(still.database, still.server.origin, "Clocks") as made:
        yield made
