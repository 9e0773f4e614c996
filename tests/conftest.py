"""A real PostgreSQL for all tests, a migrated database a worker, and a real HTTP server."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import httpx
import psycopg
import pytest

from stepwell.db.embedded import EmbeddedServer
from stepwell.organizations.setup import NewMember, add_member, create_organization, create_token
from tests import databases, examples, secrets_seen

ROOT = Path(__file__).parent.parent
examples.load()
NO_LIMITS = {
    "STEPWELL_COMMENTS_PER_HOUR": "0",
    "STEPWELL_GUEST_INVITES_PER_HOUR": "0",
}  # one organization for all


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedServer]:
    """One server for all workers: the embedded one shares itself, and the last user stops it."""
    server = databases.start_postgres()
    yield server
    server.release()


@pytest.fixture(scope="session")
def database(postgres: EmbeddedServer) -> Iterator[str]:
    """The owner's connection string of this worker's own database."""
    with databases.new_database(postgres.conninfo) as conninfo:
        yield conninfo


@dataclass(frozen=True)
class Server:
    """A running `stepwell serve` on this worker's database."""

    origin: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def api(self) -> str:
        return f"{self.origin}/api"


def start_server(
    database: str | None, log: Path, *arguments: str, port: int = 0, settings: Mapping[str, str] | None = None
) -> Server:
    """Start a server of its own process; it is ready when this returns.

    Without a database it is the embedded one; `settings` are more variables of its environment.
    """
    port = port or free_port()
    environment = {**os.environ, "STEPWELL_DATABASE_URL": database or "", "STEPWELL_PORT": str(port)}
    if database is not None:  # what it keeps on disk, mails for example, lies beside its log
        environment["STEPWELL_DATA_DIR"] = str(log.parent)
    environment |= {
        "PYTHONPYCACHEPREFIX": str(databases.kept_folder() / "bytecode"),
        **NO_LIMITS,
        **(settings or {}),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed server has its bytecode
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "stepwell.cli", "serve", *arguments],
            env=environment, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    server = Server(f"http://127.0.0.1:{port}", process, log)
    deadline = time.monotonic() + 30
    while not answers(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"The server did not start:\n{log.read_text()}")
        time.sleep(0.02)
    return server


def answers(port: int, path: str = "/health") -> bool:
    """Whether somebody answers this with success on this port of this machine."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def server(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start_server(database, tmp_path_factory.mktemp("server") / "server.log")
    yield running
    running.process.terminate()
    running.process.wait(10)
    secrets_seen.assert_nothing_written(running.log, database)


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder for an embedded database of one's own, where the account that runs PostgreSQL can enter."""
    with tempfile.TemporaryDirectory(prefix="stepwell-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


class Client(httpx.Client):
    """A member calling the API; paths are relative to the member's organization."""

    def __init__(self, origin: str, organization_id: UUID, user_id: int, email: str, token: str) -> None:
        self.root = f"{origin}/api"
        self.organization_id = organization_id.hex
        self.user_id = user_id
        self.email = email
        self.token = token
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json",
            "X-Tallyfy-Client": "APIClient",
        }
        super().__init__(
            base_url=f"{self.root}/organizations/{organization_id.hex}",
            headers=headers,
            timeout=30,
            event_hooks={
                "request": [secrets_seen.remember_request],
                "response": [secrets_seen.remember_answer],
            },
        )

    def data(self, method: str, path: str, status: int = 200, **more: Any) -> Any:
        """The `data` of an answer that must have this status."""
        answer = self.request(method, path, **more)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()["data"]


@dataclass(frozen=True)
class House:
    """An organization of its own, with its cast."""

    id: UUID
    ada: Client  # admin
    stan: Client  # standard
    liv: Client  # light

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for client in (self.ada, self.stan, self.liv):
            client.close()


def make_house(database: str, origin: str, name: str) -> House:
    """A new organization with an admin, a standard and a light member, and their tokens."""
    now = datetime.now(UTC)
    clients: dict[str, Client] = {}
    with psycopg.connect(database) as owner:
        organization_id = create_organization(owner, name, "UTC", now)
        for first, role in (("Ada", "admin"), ("Stan", "standard"), ("Liv", "light")):
            email = f"{first.lower()}.{organization_id.hex[-12:]}@{name.lower()}.example"
            member = NewMember(email, role, first, name, is_default_admin=role == "admin")
            user_id = add_member(owner, organization_id, member, now)
            token = create_token(owner, user_id, "tests", now)
            clients[first.lower()] = Client(origin, organization_id, user_id, email, token)
    return House(organization_id, **clients)


@pytest.fixture(scope="session")
def house(database: str, server: Server) -> Iterator[House]:
    with make_house(database, server.origin, "Acme") as made:
        yield made


@pytest.fixture(scope="session")
def other_house(database: str, server: Server) -> Iterator[House]:
    """Another organization, whose people must find nothing of the first one's."""
    with make_house(database, server.origin, "Umbrella") as made:
        yield made


@pytest.fixture
def ada(house: House) -> Client:
    return house.ada


@pytest.fixture
def stan(house: House) -> Client:
    return house.stan


@pytest.fixture
def liv(house: House) -> Client:
    return house.liv


@pytest.fixture
def otto(other_house: House) -> Client:
    """An admin of another organization."""
    return other_house.ada
