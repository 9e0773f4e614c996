"""Waiting in front of the database for what many want at once, without holding a connection meanwhile.

Commands on one process run one after the other: each locks the process. Without a gate, those that wait for a hot
process could hold every connection of a server, and the requests for all other processes would find none. A
gate lets few of them through to the database; the others wait in memory, in the order they came.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from psycopg_pool import PoolTimeout

WIDTH = 2  # one works, the next has begun and waits for its lock
PATIENCE = 20.0  # seconds; as long as for a connection of the pool
REMEMBERED = 20_000  # tasks whose process is known


@dataclass(slots=True)
class _Gate:
    room: asyncio.Semaphore
    people: int = 0  # inside and waiting; a gate without any is forgotten


@dataclass(slots=True)
class Gates:
    """The gates of one server, by the id of what is locked behind them. Nobody may pass two at a time."""

    width: int = WIDTH
    patience: float = PATIENCE
    _gates: dict[UUID, _Gate] = field(default_factory=dict)
    _processes: OrderedDict[UUID, UUID] = field(default_factory=OrderedDict)

    @asynccontextmanager
    async def passing(self, subject: UUID) -> AsyncIterator[None]:
        """Wait for room behind the gate of `subject`, and keep it for the block. Raises PoolTimeout."""
        gate = self._gates.get(subject)
        if gate is None:
            gate = self._gates[subject] = _Gate(asyncio.Semaphore(self.width))
        gate.people += 1
        try:
            try:
                async with asyncio.timeout(self.patience):
                    await gate.room.acquire()
            except TimeoutError:
                raise PoolTimeout(f"too many wait for {subject}") from None
            try:
                yield
            finally:
                gate.room.release()
        finally:
            gate.people -= 1
            if gate.people == 0:
                del self._gates[subject]

    def remember(self, task_id: UUID, process_id: UUID) -> None:
        """Note what a request found out, so that the next one for this task waits at its process's gate."""
        self._processes[task_id] = process_id
        self._processes.move_to_end(task_id)
        if len(self._processes) > REMEMBERED:
            self._processes.popitem(last=False)

    def subject_of(self, task_id: UUID) -> UUID:
        """The process of a task, or the task itself while its process is not known; a guess, as gates need."""
        return self._processes.get(task_id, task_id)
