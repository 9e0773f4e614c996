"""A server of these tests' own that may post to this machine, and a receiver."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stepwell.db.embedded import EmbeddedServer
from tests import databases, secrets_seen
from tests.conftest import House, Server, make_house, start_server
from tests.webhooks.receiver import Receiver, listening

WEB = "https://flow.example"


@pytest.fixture(scope="session")
def database(postgres: EmbeddedServer) -> Iterator[str]:
    with databases.new_database(postgres.conninfo) as conninfo:
        yield conninfo


@pytest.fixture(scope="session")
def server(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("webhooks")
    settings = {"STEPWELL_WEBHOOK_ALLOW_HOSTS": "127.0.0.1", "STEPWELL_PUBLIC_URL": f"{WEB}/"}
    running = start_server(database, folder / "server.log", settings=settings)
    yield running
    running.process.terminate()
    running.process.wait(10)
    secrets_seen.assert_nothing_written(running.log, database)


@pytest.fixture
def house(database: str, server: Server) -> Iterator[House]:
    """An organization of the test's own."""
    with make_house(database, server.origin, "Acme") as made:
        yield made


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as one:
        yield one
