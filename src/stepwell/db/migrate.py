"""Forward-only migrations: plain SQL files in the order of their names, each applied once, in a transaction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(conninfo: str) -> list[str]:
    """Apply what is not applied yet, as the schema's owner; servers that start together wait for each other.

    Returns the names of the migrations that were applied now.
    """
    with psycopg.connect(conninfo, autocommit=True) as guard:
        # The library's own lock is a row that a killed process leaves behind; this one goes with its
        # connection.
        guard.execute("SELECT pg_advisory_lock(hashtext('stepwell migrations'))")
        if not _missing(guard):
            return []
        from stepwell.db.applying import (
            apply_missing,
        )  # its library takes long to import and is seldom needed

        return apply_missing(conninfo, MIGRATIONS)


def pending(conninfo: str) -> list[str]:
    """The names of the migrations that are not applied yet; changes nothing."""
    with psycopg.connect(conninfo) as reader:
        return _missing(reader)


def _missing(reader: psycopg.Connection[Any]) -> list[str]:
    known = sorted(path.stem for path in MIGRATIONS.iterdir() if path.suffix in (".sql", ".py"))
    if reader.execute("SELECT to_regclass('_yoyo_migration')").fetchone() == (None,):
        return known
    applied = {row[0] for row in reader.execute("SELECT migration_id FROM _yoyo_migration")}
    return [name for name in known if name not in applied]
