"""Mail for tests: an organization on a server that leaves jobs alone, and a worker that a test calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from stepwell import features
from stepwell.clock.closing import close_forgotten_tasks, expire_due_tasks
from stepwell.db.embedded import EmbeddedServer
from stepwell.mail.delivery import deliver
from stepwell.organizations.setup import enter
from stepwell.server import running_services, work_while_connected
from stepwell.services import Services
from stepwell.settings import Settings
from tests import databases, secrets_seen
from tests.conftest import House, Server, make_house, start_server
from tests.mail.mailserver import MailServer

FROM = "flow@stepwell.example"


@pytest.fixture(scope="session")
def database(postgres: EmbeddedServer) -> Iterator[str]:
    """A database of these tests' own: no worker of another server does their jobs."""
    with databases.new_database(postgres.conninfo) as conninfo:
        yield conninfo


@pytest.fixture(scope="session")
def server(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("without-worker")
    settings = {"STEPWELL_DATA_DIR": str(folder), "STEPWELL_MAIL_FROM": FROM}
    running = start_server(database, folder / "server.log", "--no-worker", settings=settings)
    yield running
    running.process.terminate()
    running.process.wait(10)
    secrets_seen.assert_nothing_written(running.log, database)


@pytest.fixture
def house(database: str, server: Server) -> Iterator[House]:
    """An organization of the test's own."""
    with make_house(database, server.origin, "Acme") as made:
        yield made


class PostOffice:
    """Does the jobs that wait, in this process, and finds what left."""

    def __init__(self, database: str, folder: Path) -> None:
        self.database = database
        self.settings = Settings(data_dir=folder, mail_from=FROM)

    def work(self) -> None:
        """Do every job that is due, as a worker does."""

        async def run() -> None:
            features.load()
            async with running_services(self.settings, self.database) as services:
                await work_while_connected(services, self.database, until_idle=True)

        asyncio.run(run())

    def attempt(self, house: House, mail_id: UUID, at: datetime) -> datetime | None:
        """Make the attempts of a mail that are due at that time. Returns when the next ones are."""

        async def run() -> datetime | None:
            async with running_services(self.settings, self.database) as services:
                return await deliver(_at(services, at), house.id, mail_id)

        return asyncio.run(run())

    def expire(self, house: House, at: datetime) -> int:
        """What the clock ends in an organization at that time. Returns how many tasks."""

        async def run() -> int:
            async with running_services(self.settings, self.database) as services:
                return await expire_due_tasks(_at(services, at), house.id)

        return asyncio.run(run())

    def close_forgotten(self, house: House, at: datetime) -> int:
        """What the clock closes because it is very old. Returns how many tasks."""

        async def run() -> int:
            async with running_services(self.settings, self.database) as services:
                return await close_forgotten_tasks(_at(services, at), house.id)

        return asyncio.run(run())

    def mails(self, house: House) -> list[tuple[UUID, str]]:
        """Id and subject of all mails of an organization, the oldest first."""
        with psycopg.connect(self.database) as owner:
            enter(owner, house.id)
            return owner.execute("SELECT id, subject FROM mails ORDER BY id").fetchall()

    def recipients(self, house: House) -> list[tuple[str, str, int, str | None]]:
        """Address, state, number of attempts and error of every recipient, by mail."""
        with psycopg.connect(self.database) as owner:
            enter(owner, house.id)
            return owner.execute(
                "SELECT email, state, attempts, error FROM mail_recipients ORDER BY mail_id, place"
            ).fetchall()

    def files(self, house: House) -> dict[str, EmailMessage]:
        """What of an organization's mail was written as files, by the recipient's address."""
        files = [
            file
            for mail_id, _ in self.mails(house)
            for file in sorted((self.settings.data_dir / "mail").glob(f"{mail_id.hex}.*.eml"))
        ]
        return {address_of(message): message for message in (read(file.read_bytes()) for file in files)}


def _at(services: Services, at: datetime) -> Services:
    services.clock = lambda: at
    return services


def read(content: bytes) -> EmailMessage:
    message = BytesParser(policy=policy.default).parsebytes(content)
    assert isinstance(message, EmailMessage)
    return message


def address_of(message: EmailMessage) -> str:
    address = str(message["To"].addresses[0].addr_spec)
    return address.encode(
        "utf-8", "surrogateescape"
    ).decode()  # one beyond ASCII stands in the header as it is


def body_of(message: EmailMessage, kind: str = "html") -> str:
    """One of the two forms of a mail's text."""
    part = message.get_body((kind,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


@pytest.fixture
def office(database: str, tmp_path: Path) -> PostOffice:
    return PostOffice(database, tmp_path)


@pytest.fixture
def mail_server() -> Iterator[Callable[..., MailServer]]:
    """Starts mail servers that end with the test."""
    started: list[MailServer] = []

    def start(**options: bool) -> MailServer:
        started.append(MailServer(**options))
        return started[-1]

    yield start
    for one in started:
        one.stop()
