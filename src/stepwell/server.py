"""A running server process: the database made ready, requests answered, jobs done, and a clean end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import procrastinate
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server
from procrastinate.jobs import Job, Status
from psycopg import AsyncConnection

from stepwell import features
from stepwell.app import Door, create_app
from stepwell.db.embedded import EmbeddedServer
from stepwell.db.pool import Database
from stepwell.jobs import POLLING_SECONDS, SERVICES, jobs
from stepwell.services import Services
from stepwell.settings import Settings

log = logging.getLogger("stepwell")
TOKEN_NOTES_SECONDS = 20
SUPERVISION_SECONDS = 0.5  # how often to look whether the embedded database still runs
HEARTBEAT_SECONDS = 5.0  # how often a worker says that it lives
DEAD_SECONDS = 30.0  # whoever has been silent for so long does no jobs any more
LAST_WORD_SECONDS = 0.7  # after the drain: what is left gets its 503, then the process goes


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


async def serve(
    settings: Settings, conninfo: str, *, worker: bool = True, embedded: EmbeddedServer | None = None
) -> None:
    """Answer requests until SIGTERM or SIGINT, then drain and end; an embedded database is kept running."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with running_services(settings, conninfo) as services:
        door = create_app(services)
        spare_the_collector()
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
            around.append(asyncio.create_task(work_on_jobs(services, conninfo)))
        if embedded is not None:
            around.append(asyncio.create_task(keep_running(embedded, services.db)))
        await asyncio.wait([serving, asyncio.create_task(stop.wait())], return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            serving.result()
        await end(door, server, serving, around, settings.drain_seconds)


def spare_the_collector() -> None:
    """Have the garbage collector leave alone what lives as long as the server: it is large and never garbage."""
    gc.collect()
    gc.freeze()


async def end(
    door: Door, server: Server, serving: asyncio.Task[Any], around: list[asyncio.Task[None]], seconds: float
) -> None:
    """Let running requests finish for a while; what is left then is rolled back and answered 503."""
    # A timer of the event loop would not do: what hangs may be the loop's own end. All that was answered is on disk.
    last_word = threading.Timer(seconds + LAST_WORD_SECONDS, os._exit, [0])
    last_word.daemon = True
    last_word.start()
    await door.drain(seconds)
    for task in around:
        task.cancel()
    cast(Any, server).stop()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await asyncio.wait_for(asyncio.gather(serving, *around, return_exceptions=True), 0.5)


async def note_token_use(services: Services) -> None:
    """Write down every few seconds which tokens were used."""
    while True:
        await asyncio.sleep(TOKEN_NOTES_SECONDS)
        try:
            await services.callers.note_use(services.clock())
        except Exception:
            log.exception("The use of tokens could not be noted.")


async def keep_running(embedded: EmbeddedServer, db: Database | None = None) -> None:
    """Bring the embedded database back whenever it has ended: its process was killed, or the system lost it."""
    while True:
        await asyncio.sleep(SUPERVISION_SECONDS)
        try:
            if await asyncio.to_thread(embedded.bring_back):
                log.warning("The embedded database had ended and was started again.")
                if db is not None:
                    await db.refresh()
        except Exception:
            log.exception("The embedded database ended and cannot be started; trying again.")


async def work_on_jobs(services: Services, conninfo: str) -> None:
    """Do jobs until cancelled, however often the database goes away."""
    features.load()
    while True:
        try:
            await work_while_connected(services, conninfo)
        except Exception as error:
            log.warning("The work on jobs was interrupted and goes on: %s", type(error).__name__)
            await asyncio.sleep(1)


async def rescue_jobs() -> None:
    """Have the jobs of workers that were killed done again; each would also hold up all later ones of its lock."""
    while True:
        with contextlib.suppress(procrastinate.exceptions.ConnectorException):
            for job in await jobs.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_SECONDS):
                await rescue(job)
        await asyncio.sleep(HEARTBEAT_SECONDS)


async def rescue(job: Job) -> None:
    """Have a job done again, unless one with its queueing lock waits already, which will do the same."""
    try:
        await jobs.job_manager.retry_job(job)
    except procrastinate.exceptions.UniqueViolation:
        await jobs.job_manager.finish_job(job, Status.FAILED, delete_job=True)


async def work_while_connected(services: Services, conninfo: str, *, until_idle: bool = False) -> None:
    """Do jobs until cancelled, or until there is none; raises when the database goes away."""

    async def configure(connection: AsyncConnection[Any]) -> None:
        await connection.set_autocommit(True)
        await connection.execute("SET ROLE stepwell_app")

    connector = procrastinate.PsycopgConnector(conninfo=conninfo, configure=configure, min_size=1, max_size=2)
    with jobs.replace_connector(connector):
        try:
            await connector.open_async()
            rescuing = asyncio.create_task(rescue_jobs())
            try:
                await jobs.run_worker_async(
                    install_signal_handlers=False,
                    listen_notify=False,
                    fetch_job_polling_interval=POLLING_SECONDS,
                    concurrency=4,
                    wait=not until_idle,
                    update_heartbeat_interval=HEARTBEAT_SECONDS,
                    additional_context={SERVICES: services},
                )
            finally:
                rescuing.cancel()
        finally:  # also when it is cancelled while it opens, or the pool's own tasks would never end
            await connector.close_async()
