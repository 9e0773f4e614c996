"""Identifiers: UUIDv7 made here, integers from blocks, so that no launch waits for a counter."""

from __future__ import annotations

import asyncio
import os
import time
from uuid import UUID

from stepwell.db.pool import Database

GLOBAL = UUID(int=0)  # the organization of numbers that are unique in the whole installation
SMALLEST_BLOCK, LARGEST_BLOCK = 10, 1000


def new_id() -> UUID:
    """A UUIDv7: the milliseconds since 1970, then 74 random bits; sorts by time of creation."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    high = milliseconds << 80 | 0x7 << 76 | (random >> 62 & 0xFFF) << 64
    return UUID(int=high | 0b10 << 62 | random & 0x3FFF_FFFF_FFFF_FFFF)


class Block:
    """The rest of a block of numbers that is this process's alone."""

    def __init__(self, first: int, size: int) -> None:
        self.next = first
        self.end = first + size
        self.size = size


class Numbers:
    """Increasing integers of a kind, unique in their organization; a server skips what it did not use."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._blocks: dict[tuple[UUID, str], Block] = {}
        self._lock = asyncio.Lock()

    async def take(self, organization_id: UUID, kind: str, count: int = 1) -> range:
        """`count` numbers in a row. The block behind them is taken in a short transaction of its own."""
        if count == 0:
            return range(0)
        key = (organization_id, kind)
        block = self._blocks.get(key)
        if block is None or block.end - block.next < count:
            block = await self._refill(key, count)
        first = block.next
        block.next += count
        return range(first, first + count)

    async def _refill(self, key: tuple[UUID, str], count: int) -> Block:
        async with self._lock:
            block = self._blocks.get(key)
            if block is not None and block.end - block.next >= count:
                return block  # somebody else has refilled it while this one waited
            size = SMALLEST_BLOCK if block is None else min(2 * block.size, LARGEST_BLOCK)
            size = max(size, count)
            async with self._db.connection_beside() as connection:
                cursor = await connection.execute("SELECT identity.take_ids($1, $2, $3::int)", [*key, size])
                row = await cursor.fetchone()
            assert row is not None
            self._blocks[key] = Block(row[0], size)
            return self._blocks[key]
