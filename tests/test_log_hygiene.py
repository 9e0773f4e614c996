"""Even the most talkative log holds no secret: no token, no password, no code of a link."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from stepwell import features
from stepwell.db.embedded import EmbeddedServer
from stepwell.http.routing import ROUTES
from tests import databases, secrets_seen
from tests.conftest import start_server
from tests.world import CONSTANTS, make_world

features.load()


@pytest.fixture
def own_database(postgres: EmbeddedServer) -> Iterator[str]:
    """One whose connections the test may break off."""
    with databases.new_database(postgres.conninfo) as conninfo:
        yield conninfo


def test_nothing_secret_is_logged_whatever_happens(own_database: str, tmp_path: Path) -> None:
    password, wrong_token = (secrets.token_urlsafe(24) for _ in range(2))
    secrets_seen.SEEN.update((password, wrong_token))
    settings = {"STEPWELL_LOG_LEVEL": "debug"}
    server = start_server(
        make_conninfo(own_database, password=password), tmp_path / "server.log", settings=settings
    )
    try:
        world = make_world(own_database, server.origin, "Discreet")
        secrets_seen.SEEN.add(world.house.ada.token)
        with world.house:
            for route in ROUTES:
                path = world.path(route, CONSTANTS | world.ids_of(route))
                for method in route.methods:
                    body = {"password": password, "token": wrong_token, "title": "Said", "name": "Said"}
                    query = f"?token={wrong_token}&password={password}"
                    world.house.ada.request(method, f"{world.house.ada.root}{path}{query}", json=body)
        headers = {"Authorization": f"Bearer {wrong_token}"}
        for path in "/me", f"/guest-access/{world.house.id.hex}/{wrong_token}", f"/{wrong_token}":
            httpx.get(f"{server.api}{path}", headers=headers, params={"password": password})
            httpx.post(f"{server.api}{path}", headers=headers, content=f'{{"password": "{password}"')
        break_off_connections(own_database)
        httpx.get(f"{server.api}/me", headers={"Authorization": f"Bearer {world.house.ada.token}"})
    finally:
        server.process.terminate()
        server.process.wait(10)
    assert " ERROR stepwell.http request " in server.log.read_text()  # that the database went away
    secrets_seen.assert_nothing_written(server.log, own_database)


def break_off_connections(database: str) -> None:
    """What the server says when its database goes away under it."""
    with psycopg.connect(database, autocommit=True) as owner:
        owner.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                      " WHERE datname = current_database() AND pid <> pg_backend_pid()")  # fmt: skip
