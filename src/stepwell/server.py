"""A running server process: the database made ready, requests answered, jobs done, and a clean end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import procrastinate
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server
from psycopg import AsyncConnection

from stepwell.app import Door, create_app
from stepwell.db.embedded import EmbeddedServer
from stepwell.db.migrate import migrate
from stepwell.db.pool import Database
from stepwell.jobs import POLLING_SECONDS, jobs
from stepwell.services import Services
from stepwell.settings import Settings

log = logging.getLogger("stepwell")
TOKEN_NOTES_SECONDS = 20
LAST_WORD_SECONDS = 0.7  # after the drain: what is left gets its 503, then the process goes


@dataclass(slots=True)
class Databases:
    """Where the data is: the owner's connection string, and the embedded server if this process uses one."""

    conninfo: str
    embedded: EmbeddedServer | None

    def release(self) -> None:
        if self.embedded is not None:
            self.embedded.release()


def prepare_database(settings: Settings) -> Databases:
    """Start or find the database and bring its schema up to date."""
    embedded = EmbeddedServer.start(settings.data_dir) if settings.database_url is None else None
    conninfo = embedded.conninfo if embedded is not None else settings.database_url or ""
    migrate(conninfo)
    return Databases(conninfo, embedded)


@asynccontextmanager
async def running_services(settings: Settings, conninfo: str) -> AsyncIterator[Services]:
    """The services of this process with an open pool."""
    db = Database(
        conninfo, size=settings.pool_size, statement_timeout_seconds=int(settings.statement_timeout_seconds)
    )
    await db.open()
    try:
        yield Services(settings, db)
    finally:
        await db.close()


async def serve(settings: Settings, conninfo: str, *, worker: bool = True) -> None:
    """Answer requests until SIGTERM or SIGINT, then drain and end."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with running_services(settings, conninfo) as services:
        door = create_app(services)
        server = Server(
            door,
            address=settings.host,
            port=settings.port,
            interface=Interfaces.ASGINL,
            backlog=1024,
            http1_settings=HTTP1Settings(header_read_timeout=20_000),
            log_access=False,
            log_enabled=False,
        )
        serving = asyncio.create_task(server.serve())
        around = [asyncio.create_task(note_token_use(services))]
        if worker:
            around.append(asyncio.create_task(work_on_jobs(conninfo)))
        await asyncio.wait([serving, asyncio.create_task(stop.wait())], return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            serving.result()
        await end(door, server, serving, around, settings.drain_seconds)


async def end(
    door: Door, server: Server, serving: asyncio.Task[Any], around: list[asyncio.Task[None]], seconds: float
) -> None:
    """Let running requests finish for a while; what is left then is rolled back and answered 503."""
    last_word = asyncio.get_running_loop().call_later(seconds + LAST_WORD_SECONDS, os._exit, 0)
    await door.drain(seconds)
    for task in around:
        task.cancel()
    cast(Any, server).stop()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await asyncio.wait_for(asyncio.gather(serving, *around, return_exceptions=True), 0.5)
    last_word.cancel()


async def note_token_use(services: Services) -> None:
    """Write down every few seconds which tokens were used."""
    while True:
        await asyncio.sleep(TOKEN_NOTES_SECONDS)
        try:
            await services.callers.note_use(services.clock())
        except Exception:
            log.exception("The use of tokens could not be noted.")


async def work_on_jobs(conninfo: str) -> None:
    """Do jobs until cancelled."""

    async def configure(connection: AsyncConnection[Any]) -> None:
        await connection.set_autocommit(True)
        await connection.execute("SET ROLE stepwell_app")

    connector = procrastinate.PsycopgConnector(conninfo=conninfo, configure=configure, min_size=1, max_size=2)
    with jobs.replace_connector(connector):
        async with jobs.open_async():
            await jobs.run_worker_async(
                install_signal_handlers=False,
                listen_notify=False,
                fetch_job_polling_interval=POLLING_SECONDS,
                concurrency=4,
            )
