"""Those who wait for one subject wait at its gate, in order, and hold up nobody else."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from psycopg_pool import PoolTimeout

from stepwell.db import gates
from stepwell.db.gates import Gates

HOT, COLD = UUID(int=1), UUID(int=2)


def test_no_more_than_its_width_pass_a_gate_and_they_pass_in_order() -> None:
    async def run() -> tuple[int, list[int]]:
        doors, inside, most, order = Gates(width=2), 0, 0, []

        async def pass_through(number: int) -> None:
            nonlocal inside, most
            async with doors.passing(HOT):
                inside += 1
                most = max(most, inside)
                order.append(number)
                await asyncio.sleep(0)
                inside -= 1

        await asyncio.gather(*(pass_through(number) for number in range(20)))
        assert not doors._gates, "a gate nobody stands at is forgotten"
        return most, order

    assert asyncio.run(run()) == (2, list(range(20)))


def test_a_full_gate_holds_up_nobody_at_another_one() -> None:
    async def run() -> None:
        doors = Gates(width=1)
        async with doors.passing(HOT), asyncio.timeout(1), doors.passing(COLD):
            pass

    asyncio.run(run())


def test_who_waits_too_long_is_told_so_and_leaves_no_trace() -> None:
    async def run() -> None:
        doors = Gates(width=1, patience=0.01)
        async with doors.passing(HOT):
            with pytest.raises(PoolTimeout):
                async with doors.passing(HOT):
                    pass
        assert not doors._gates
        async with doors.passing(HOT):
            pass

    asyncio.run(run())


def test_who_fails_or_is_cancelled_gives_its_room_back() -> None:
    async def run() -> None:
        doors = Gates(width=1)
        with pytest.raises(ValueError, match="bug"):
            async with doors.passing(HOT):
                raise ValueError("bug")

        async def stay() -> None:
            async with doors.passing(HOT):
                await asyncio.Event().wait()

        for waiting in [asyncio.create_task(stay()), asyncio.create_task(stay())]:
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        async with asyncio.timeout(1), doors.passing(HOT):
            pass
        assert not doors._gates

    asyncio.run(run())


def test_a_task_waits_at_the_gate_of_its_process_once_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "REMEMBERED", 2)
    doors = Gates()
    tasks = [UUID(int=number) for number in range(10, 13)]
    assert doors.subject_of(tasks[0]) == tasks[0]
    for task in tasks:
        doors.remember(task, HOT)
    assert [doors.subject_of(task) for task in tasks] == [tasks[0], HOT, HOT]
