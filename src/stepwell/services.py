"""What a running process shares between its requests and jobs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from stepwell.access.members import Callers
from stepwell.db.gates import Gates
from stepwell.db.ids import Numbers
from stepwell.db.pool import Database
from stepwell.settings import Settings
from stepwell.templates.versions import VersionShelf

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Services:
    """One per process. Commands and queries take what they need of it."""

    settings: Settings
    db: Database
    clock: Clock = system_clock
    numbers: Numbers = field(init=False)
    callers: Callers = field(init=False)
    versions: VersionShelf = field(init=False)
    gates: Gates = field(init=False)

    def __post_init__(self) -> None:
        self.numbers = Numbers(self.db)
        self.callers = Callers(self.db)
        self.versions = VersionShelf()
        self.gates = Gates()
