"""The two organizations of the scenarios, on a server whose clock and worker are the tests'."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stepwell.db.embedded import EmbeddedServer
from tests import databases
from tests.scenarios.people import Nordlicht, Office
from tests.scenarios.stage import Stage


@pytest.fixture(scope="session")
def stage(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with databases.new_database(postgres.conninfo) as conninfo:
        running = Stage(conninfo, tmp_path_factory.mktemp("scenarios"))
        running.start()
        yield running
        running.stop()


@pytest.fixture
def office(stage: Stage) -> Iterator[Office]:
    """Where the scenarios about templates happen, on Wednesday 4 March 2026 at 10:00 in New York."""
    with Office.opened(stage) as opened:
        yield opened


@pytest.fixture
def nordlicht(stage: Stage) -> Iterator[Nordlicht]:
    """Where the scenarios about processes happen, on Friday 4 September 2026 at 10:00 in Berlin."""
    with Nordlicht.opened(stage) as opened:
        yield opened
