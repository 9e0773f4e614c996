"""Where the data is: a database that is there already, or the embedded one, started for whoever asks."""

from __future__ import annotations

from dataclasses import dataclass

from stepwell.db.embedded import EmbeddedServer
from stepwell.db.migrate import migrate
from stepwell.settings import Settings


@dataclass(slots=True)
class Databases:
    """Where the data is: the owner's connection string, and the embedded server if this process uses one."""

    conninfo: str
    embedded: EmbeddedServer | None

    def release(self) -> None:
        if self.embedded is not None:
            self.embedded.release()


def start_database(settings: Settings) -> Databases:
    """Start or find the database, whatever its schema is."""
    embedded = EmbeddedServer.start(settings.data_dir) if settings.database_url is None else None
    conninfo = embedded.conninfo if embedded is not None else settings.database_url or ""
    return Databases(conninfo, embedded)


def prepare_database(settings: Settings) -> Databases:
    """Start or find the database and bring its schema up to date."""
    databases = start_database(settings)
    try:
        migrate(databases.conninfo)
    except BaseException:
        databases.release()
        raise
    return databases
