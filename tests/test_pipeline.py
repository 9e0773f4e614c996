"""The pipeline: several statements in one round trip, and a connection that stays usable whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from stepwell.access.members import Member
from stepwell.db import pipeline as pipelines
from stepwell.db.pool import Database, Tenant
from stepwell.db.statements import statement_of
from stepwell.errors import NotFound, Refused

NOBODY = Member(UUID(int=1), 0, "admin")
INSERT = """
    INSERT INTO snippets (organization_id, id, title, content, created_by, created_at, updated_at)
    VALUES (%(organization_id)s, %(id)s, %(title)s, '', 1, now(), now())
"""
COUNT = "SELECT count(*) FROM snippets WHERE organization_id = %(organization_id)s"


def with_database(database: str, work: Callable[[Database], Awaitable[None]]) -> None:
    """Run something on a pool of one connection, so that what one transaction leaves behind meets the next."""

    async def main() -> None:
        db = Database(database, size=1)
        await db.open()
        try:
            await asyncio.wait_for(work(db), 20)
        finally:
            await db.close()

    asyncio.run(main())


async def count(db: Database, member: Member) -> Any:
    async with db.reading(member) as tenant:
        return await tenant.fetch_value(COUNT)


def somebody() -> Member:
    return Member(uuid4(), 0, "admin")


def test_named_parameters_are_numbered_once() -> None:
    statement = statement_of("SELECT %(b)s, %(a)s, %(b)s LIKE '5%%'")
    assert statement.text == b"SELECT $1, $2, $1 LIKE '5%'"
    assert statement.names == ("b", "a")


def test_a_lone_percent_sign_is_refused() -> None:
    with pytest.raises(ValueError, match="percent"):
        statement_of("SELECT 5 % 2")


def test_rows_can_be_fetched_one_by_one_and_all_the_rest(database: str) -> None:
    async def work(db: Database) -> None:
        async with db.reading(NOBODY) as tenant:
            rows = await tenant.execute("SELECT n FROM generate_series(1, %(last)s::int) n", {"last": 4})
            assert await rows.fetchone() == (1,)
            assert await rows.fetchall() == [(2,), (3,), (4,)]
            assert await rows.fetchone() is None

    with_database(database, work)


def test_a_refusal_rolls_everything_back(database: str) -> None:
    member = somebody()

    async def refused(db: Database) -> None:
        async with db.transaction(member) as tenant:
            await tenant.execute(INSERT, {"id": 1, "title": "x"})
            await tenant.fetch_value(COUNT)
            raise Refused("no")

    async def work(db: Database) -> None:
        with pytest.raises(Refused):
            await refused(db)
        assert await count(db, member) == 0

    with_database(database, work)


def test_what_was_queued_but_never_sent_is_rolled_back_too(database: str) -> None:
    member = somebody()

    async def missing(db: Database) -> None:
        async with db.transaction(member) as tenant:
            await tenant.execute(INSERT, {"id": 1, "title": "x"})
            raise NotFound

    async def work(db: Database) -> None:
        with pytest.raises(NotFound):
            await missing(db)
        assert await count(db, member) == 0

    with_database(database, work)


def test_an_error_of_the_database_names_itself_and_leaves_the_connection_usable(database: str) -> None:
    member = somebody()

    async def twice(tenant: Tenant) -> None:
        await tenant.execute(INSERT, {"id": 1, "title": "x"})
        await tenant.execute(INSERT, {"id": 1, "title": "y"})
        await tenant.execute(INSERT, {"id": 2, "title": "z"})

    async def work(db: Database) -> None:
        with pytest.raises(psycopg.errors.UniqueViolation):
            async with db.transaction(member) as tenant:
                await twice(tenant)
        assert await count(db, member) == 0
        with pytest.raises(psycopg.errors.UndefinedTable):
            async with db.reading(member) as tenant:
                await tenant.fetch_value("SELECT 1 FROM no_such_table")
        assert await count(db, member) == 0

    with_database(database, work)


def test_a_committed_transaction_is_there_for_the_next_one(database: str) -> None:
    member = somebody()

    async def work(db: Database) -> None:
        async with db.transaction(member) as tenant:
            await tenant.execute(INSERT, {"id": 1, "title": "x"})
        assert await count(db, member) == 1

    with_database(database, work)


def test_a_cancelled_command_is_rolled_back(database: str) -> None:
    member = somebody()
    waiting = asyncio.Event()

    async def slow(db: Database) -> None:
        async with db.transaction(member) as tenant:
            await tenant.execute(INSERT, {"id": 1, "title": "x"})
            await tenant.fetch_value(COUNT)
            waiting.set()
            await tenant.fetch_value("SELECT pg_sleep(10)")

    async def work(db: Database) -> None:
        task = asyncio.create_task(slow(db))
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await count(db, member) == 0

    with_database(database, work)


def test_old_prepared_statements_make_room(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipelines, "MOST_PREPARED", 3)

    async def work(db: Database) -> None:
        async with db.reading(NOBODY) as tenant:
            for number in range(10):
                assert await tenant.fetch_value(f"SELECT %(one)s + {number}", {"one": 1}) == 1 + number
            query = "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'stepwell%%'"
            held = await tenant.fetch_value(query)
        assert held == 3

    with_database(database, work)


def test_a_statement_that_failed_to_prepare_is_prepared_again(database: str) -> None:
    member = somebody()

    async def work(db: Database) -> None:
        for _ in range(2):
            with pytest.raises(psycopg.errors.UndefinedColumn):
                async with db.reading(member) as tenant:
                    await tenant.fetch_value("SELECT no_such_column FROM snippets")
        assert await count(db, member) == 0

    with_database(database, work)
