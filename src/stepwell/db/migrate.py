"""Forward-only migrations: plain SQL files in the order of their names, each applied once, in a transaction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from yoyo import read_migrations
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import DatabaseURI

MIGRATIONS = Path(__file__).parent / "migrations"


class _Backend(PostgresqlPsycopgBackend):  # type: ignore[misc]  # the library has no types
    """Connects by a libpq connection string, which can say more than the library's own address."""

    conninfo = ""

    def connect(self, dburi: DatabaseURI) -> Any:
        del dburi
        return psycopg.connect(self.conninfo, autocommit=True)


def migrate(conninfo: str) -> list[str]:
    """Apply what is not applied yet, as the schema's owner; servers that start together wait for each other.

    Returns the names of the migrations that were applied now.
    """
    backend = type("Backend", (_Backend,), {"conninfo": conninfo})(_address_of(conninfo), "_yoyo_migration")
    with psycopg.connect(conninfo, autocommit=True) as guard:
        # The library's own lock is a row that a killed process leaves behind; this one goes with its
        # connection.
        guard.execute("SELECT pg_advisory_lock(hashtext('stepwell migrations'))")
        backend.init_database()
        wanted = backend.to_apply(read_migrations(str(MIGRATIONS)))
        backend.apply_migrations(wanted)
    backend.connection.close()
    return [str(migration.id) for migration in wanted]


def pending(conninfo: str) -> list[str]:
    """The names of the migrations that are not applied yet; changes nothing."""
    known = [migration.id for migration in read_migrations(str(MIGRATIONS))]
    with psycopg.connect(conninfo) as reader:
        if reader.execute("SELECT to_regclass('_yoyo_migration')").fetchone() == (None,):
            return [str(name) for name in known]
        applied = {row[0] for row in reader.execute("SELECT migration_id FROM _yoyo_migration")}
    return [str(name) for name in known if name not in applied]


def _address_of(conninfo: str) -> DatabaseURI:
    """Only what the library itself reads of an address; the connection is made from the string."""
    parts = conninfo_to_dict(conninfo)
    return DatabaseURI(
        scheme="postgresql+psycopg",
        username=None,
        password=None,
        hostname=None,
        port=None,
        database=str(parts.get("dbname", "")),
        args={},
    )
