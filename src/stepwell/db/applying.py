"""How a migration is applied: by the migration library, to a database that a libpq connection string names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from yoyo import read_migrations
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import DatabaseURI


class _Backend(PostgresqlPsycopgBackend):  # type: ignore[misc]  # the library has no types
    """Connects by a libpq connection string, which can say more than the library's own address."""

    conninfo = ""

    def connect(self, dburi: DatabaseURI) -> Any:
        del dburi
        return psycopg.connect(self.conninfo, autocommit=True)


def apply_missing(conninfo: str, migrations: Path) -> list[str]:
    """Apply what is not applied yet, in order. Returns its names. Nobody else may do so at the same time."""
    backend = type("Backend", (_Backend,), {"conninfo": conninfo})(_address_of(conninfo), "_yoyo_migration")
    backend.init_database()
    wanted = backend.to_apply(read_migrations(str(migrations)))
    backend.apply_migrations(wanted)
    backend.connection.close()
    return [str(migration.id) for migration in wanted]


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
