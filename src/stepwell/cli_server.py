"""What the commands that serve, work, migrate and check do.

What only a server needs is imported where it is needed: it takes a second to load, and a short command need not wait.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import platform
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from stepwell.db.embedded import EmbeddedServerError
from stepwell.db.migrate import migrate, pending
from stepwell.db.starting import Databases, prepare_database, start_database
from stepwell.organizations.setup import SetupRefused
from stepwell.settings import Settings

OLDEST_POSTGRESQL = 15
LEAST_FREE_BYTES = 512 * 2**20


def serve_forever(settings: Settings, chosen: argparse.Namespace) -> int:
    import uvloop

    from stepwell.server import serve

    port = _check_port(settings)  # two servers could share it without noticing
    if not port.good:
        raise SetupRefused(port.text)
    databases = prepare_database(settings)
    try:
        if chosen.demo:
            from stepwell.demo.filling import open_demo

            print(open_demo(settings, databases.conninfo), flush=True)
        uvloop.run(
            serve(settings, databases.conninfo, worker=not chosen.no_worker, embedded=databases.embedded)
        )
    finally:
        databases.release()
    return 0


def work_forever(settings: Settings, chosen: argparse.Namespace) -> int:
    import uvloop

    del chosen
    databases = prepare_database(settings)
    try:
        uvloop.run(_work(settings, databases))
    finally:
        databases.release()
    return 0


async def _work(settings: Settings, databases: Databases) -> None:
    """Work on jobs until SIGTERM or SIGINT."""
    from stepwell.server import keep_running, running_services, work_on_jobs

    async def work() -> None:
        async with running_services(settings, databases.conninfo) as services:
            await work_on_jobs(services, databases.conninfo)

    working = asyncio.create_task(work())
    keeping = asyncio.create_task(keep_running(databases.embedded)) if databases.embedded else None
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, working.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await working
    if keeping is not None:
        keeping.cancel()


def migrate_now(settings: Settings, chosen: argparse.Namespace) -> int:
    del chosen
    databases = start_database(settings)
    try:
        applied = migrate(databases.conninfo)
    finally:
        databases.release()
    print("\n".join(applied) if applied else "The schema is up to date.")
    return 0


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `good` False is a problem, with what to do about it in `text`."""

    good: bool
    text: str


def check_health(settings: Settings, chosen: argparse.Namespace) -> int:
    """Print one line a check; the exit status is 1 when one of them is a problem."""
    del chosen
    findings = [
        _check_python(),
        _check_folder(settings.data_dir),
        _check_port(settings),
        _check_mail(settings),
    ]
    findings += _check_database(settings)
    for finding in findings:
        print(f"{'ok      ' if finding.good else 'PROBLEM '}{finding.text}")
    return 0 if all(finding.good for finding in findings) else 1


def _check_python() -> Finding:
    return Finding(
        sys.version_info >= (3, 11), f"Python {platform.python_version()} (3.11 or newer is needed)"
    )


def _check_folder(folder: Path) -> Finding:
    existing = next(path for path in (folder, *folder.resolve().parents) if path.exists())
    if not os.access(existing, os.W_OK):
        return Finding(False, f"The data folder {folder} cannot be written to.")
    free = shutil.disk_usage(existing).free
    return Finding(
        free >= LEAST_FREE_BYTES, f"The data folder {folder} can be written to; {free // 2**20} MB are free"
    )


def _check_port(settings: Settings) -> Finding:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            reason = error.strerror or str(error)
            return Finding(False, f"Port {settings.port} of {settings.host} is not free: {reason}")
    return Finding(True, f"Port {settings.port} of {settings.host} is free")


def _check_mail(settings: Settings) -> Finding:
    if settings.smtp_host is None:
        return Finding(True, f"No mail server is set: mails are written to {settings.data_dir / 'mail'}")
    where = f"The mail server {settings.smtp_host}, port {settings.smtp_port},"
    try:
        with socket.create_connection((settings.smtp_host, settings.smtp_port), timeout=5):
            return Finding(True, f"{where} can be reached")
    except OSError as error:
        return Finding(False, f"{where} cannot be reached: {error.strerror or error}")


def _check_database(settings: Settings) -> list[Finding]:
    where = (
        "the embedded PostgreSQL"
        if settings.database_url is None
        else "the PostgreSQL of STEPWELL_DATABASE_URL"
    )
    try:
        databases = start_database(settings)
    except EmbeddedServerError as error:
        return [Finding(False, f"{where} does not start: {error}")]
    try:
        with psycopg.connect(databases.conninfo, connect_timeout=5) as owner:
            checks: list[Callable[[psycopg.Connection], Finding]] = [
                _check_version,
                _check_role,
                _check_durability,
            ]
            findings = [check(owner) for check in checks]
        waiting = pending(databases.conninfo)
    except psycopg.OperationalError as error:
        return [Finding(False, f"{where} cannot be reached: {str(error).strip()}")]
    finally:
        databases.release()
    schema = (
        f"{len(waiting)} migrations are not applied: run `stepwell migrate`"
        if waiting
        else "The schema is up to date"
    )
    return [Finding(True, f"{where} answers"), *findings, Finding(not waiting, schema)]


def _check_version(owner: psycopg.Connection) -> Finding:
    version = owner.info.server_version // 10_000
    return Finding(
        version >= OLDEST_POSTGRESQL, f"PostgreSQL {version} ({OLDEST_POSTGRESQL} or newer is needed)"
    )


def _check_role(owner: psycopg.Connection) -> Finding:
    row = owner.execute(
        "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = 'stepwell_app'"
    ).fetchone()
    if row is None:
        return Finding(False, "The role stepwell_app is missing: run `stepwell migrate`")
    return Finding(not row[0], "Servers run as a role that sees one organization at a time")


def _check_durability(owner: psycopg.Connection) -> Finding:
    names = ("fsync", "synchronous_commit", "full_page_writes")
    off = [name for name in names if (owner.execute(f"SHOW {name}").fetchone() or ("",))[0] == "off"]
    return Finding(
        not off, f"Switched off: {', '.join(off)}" if off else "What is committed survives a crash"
    )
