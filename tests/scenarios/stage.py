"""A real server in this process whose clock a test sets, and whose jobs are done when a test says so."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar, cast
from uuid import UUID

import psycopg
from granian.constants import Interfaces
from granian.server.embed import Server

from stepwell import features
from stepwell.access.members import ADMIN, Member
from stepwell.app import create_app
from stepwell.clock.closing import expire_due_tasks
from stepwell.db.pool import Tenant
from stepwell.engine.completion import complete
from stepwell.engine.work import Actor
from stepwell.events.log import Author
from stepwell.organizations.setup import enter
from stepwell.people.leaving import deactivate
from stepwell.people.regrouping import change_group, settle_after
from stepwell.processes.frames import start_work_by_clock
from stepwell.server import running_services, work_while_connected
from stepwell.services import Services
from stepwell.settings import Settings
from tests.conftest import Client, answers, free_port
from tests.mail.conftest import read

Result = TypeVar("Result")


class Stage:
    """The server, its clock and its worker; `now` holds for requests and jobs alike."""

    def __init__(self, database: str, folder: Path) -> None:
        self.database = database
        self.settings = Settings(
            database_url=database,
            data_dir=folder,
            comments_per_hour=0,
            guest_invites_per_hour=0,
            allow_private_webhooks=True,
        )
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.now = datetime.now(UTC)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._around = AsyncExitStack()

    def start(self) -> None:
        features.load()
        self._thread.start()
        self._do(self._open())
        while not answers(self.port):
            assert not self._serving.done(), "the server ended"
            time.sleep(0.02)

    def stop(self) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _open(self) -> None:
        self.services = await self._around.enter_async_context(running_services(self.settings, self.database))
        self.services.clock = lambda: self.now
        self._server = Server(
            create_app(self.services),
            address="127.0.0.1",
            port=self.port,
            interface=Interfaces.ASGINL,
            log_access=False,
            log_enabled=False,
        )
        self._serving = self._loop.create_task(self._server.serve())

    async def _close(self) -> None:
        cast(Any, self._server).stop()
        await asyncio.wait([self._serving], timeout=2)
        await self._around.aclose()

    def _do(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def with_services(self, work: Callable[[Services], Awaitable[Result]]) -> Result:
        """Do what no endpoint does yet, at the clock's time."""

        async def done() -> Result:
            return await work(self.services)

        return self._do(done())

    def in_transaction(self, client: Client, work: Callable[[Tenant], Awaitable[Result]]) -> Result:
        """The same in one transaction of the client's organization."""

        async def done() -> Result:
            member = Member(UUID(client.organization_id), 0, ADMIN)
            async with self.services.db.transaction(member) as tenant:
                return await work(tenant)

        return self._do(done())

    def work(self) -> None:
        """Do every job that waits, as a worker does."""
        self._do(work_while_connected(self.services, self.database, until_idle=True))

    def check_run(self, client: Client, moment: datetime | None = None) -> int:
        """One pass of the five-minute job in an organization. Returns how many tasks it ended."""
        if moment is not None:
            self.now = moment
        ended = self._do(expire_due_tasks(self.services, UUID(client.organization_id)))
        self.work()
        return ended

    def mails(self, client: Client) -> list[tuple[str, str]]:
        """Subject and recipient of every mail of an organization, the oldest first."""
        with psycopg.connect(self.database) as owner:
            enter(owner, UUID(client.organization_id))
            return owner.execute(
                "SELECT mail.subject, one.email FROM mails mail JOIN mail_recipients one ON one.mail_id = mail.id"
                " AND one.organization_id = mail.organization_id ORDER BY mail.id, one.place"
            ).fetchall()

    def letters(self, client: Client) -> list[EmailMessage]:
        """The mails of an organization that have left, as their files say."""
        with psycopg.connect(self.database) as owner:
            enter(owner, UUID(client.organization_id))
            found = owner.execute("SELECT id FROM mails ORDER BY id").fetchall()
        folder = self.settings.data_dir / "mail"
        files = [file for (mail_id,) in found for file in sorted(folder.glob(f"{mail_id.hex}.*.eml"))]
        return [read(file.read_bytes()) for file in files]

    def regroup(self, client: Client, group: str, *people: Client) -> None:
        """Have these people, and nobody else, in a group."""
        members = [one.user_id for one in people]
        concerned = self.in_transaction(client, lambda tenant: change_group(tenant, UUID(group), members))
        organization_id = UUID(client.organization_id)
        self.with_services(lambda services: settle_after(services, organization_id, concerned))

    def deactivate(self, member: Client) -> None:
        """A member leaves, and nobody takes over."""
        organization_id = UUID(member.organization_id)
        self.with_services(lambda services: deactivate(services, organization_id, member.user_id, None))

    def complete_as_guest(self, email: str, client: Client, task: dict[str, Any], **decision: bool) -> None:
        """Complete a task of a process as the guest of this address, whose own page comes later."""

        async def done(tenant: Tenant) -> None:
            work = await start_work_by_clock(self.services, tenant, UUID(task["run_id"]))
            work.actor = Actor(guest=email)
            concerned = work.process.tasks[UUID(task["id"])]
            register = await work.know(concerned)
            guest_id = register.guest_ids[email]
            change = complete(
                work.process, concerned.id, work.actor, work.at, work.house, register.directory, **decision
            )
            await work.save(change, author=Author(guest_id, "guest"))

        self.in_transaction(client, done)
        self.work()
