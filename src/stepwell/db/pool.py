"""The way to the database: short transactions of one organization, and what a request may see checked inside.

A `Tenant` is one transaction with the organization set, so that every policy holds. It runs in pipeline mode:
what is executed without being fetched travels with the next fetch, and the check of the caller's token,
the tenant and the statement of a read are one round trip.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol, cast
from uuid import UUID

from psycopg import AsyncRawCursor
from psycopg.types.numeric import Int8Dumper
from psycopg_pool import AsyncConnectionPool

from stepwell.db.pipeline import Connection, Pending, Pipeline, Row
from stepwell.db.statements import Query, Statement, statement_of
from stepwell.errors import NotFound

AUTHENTICATE = statement_of(
    "SELECT user_id, role FROM identity.authenticate(%(token_hash)s, %(organization_id)s)"
)
BEGIN_AS = statement_of("""
    SELECT caller.user_id, caller.role, tenant.name
      FROM (SELECT set_config('app.organization_id', %(organization_id)s::uuid::text, true) AS name) tenant
      LEFT JOIN identity.authenticate(%(token_hash)s, %(organization_id)s) caller ON true
""")
BEGIN_UNASKED = statement_of(
    "SELECT set_config('app.organization_id', %(organization_id)s::uuid::text, true)"
)
RETRIES = 5  # of a command that lost a race to another one (serialization failure or deadlock)


class Acting(Protocol):
    """On whose behalf a transaction runs. A `token_hash` of None is work of our own: jobs, the command line."""

    @property
    def organization_id(self) -> UUID: ...
    @property
    def user_id(self) -> int: ...
    @property
    def role(self) -> str: ...
    @property
    def token_hash(self) -> bytes | None: ...


class CallerChanged(Exception):
    """The token is no longer that of the member assumed, or the role is another one: nothing was done."""


def values_of(statement: Statement, wanted: Mapping[str, Any]) -> list[Any]:
    """The values of the parameters that a statement names, in its order."""
    return [wanted[name] for name in statement.names]


class Tenant:
    """One transaction of one organization. `organization_id` is a parameter of every statement."""

    def __init__(self, pipeline: Pipeline, acting: Acting) -> None:
        self._pipeline = pipeline
        self.organization_id = acting.organization_id
        self._acting = acting
        self._caller: Pending | None = None
        self.committed = False

    def begin(self) -> None:
        """Set the tenant, and have the token checked in the same round trip as the first statement."""
        if self._acting.token_hash is None:
            self._pipeline.send(BEGIN_UNASKED, [self.organization_id])
        else:
            wanted = {"token_hash": self._acting.token_hash, "organization_id": self.organization_id}
            self._caller = self._pipeline.send(BEGIN_AS, values_of(BEGIN_AS, wanted))

    async def execute(self, query: Query, parameters: Mapping[str, Any] | None = None) -> Pending:
        """Queue a statement; it travels with the next fetch, or when the transaction ends."""
        statement = statement_of(query)
        wanted = {"organization_id": self.organization_id, **(parameters or {})}
        return self._pipeline.send(statement, values_of(statement, wanted))

    async def checked(self) -> None:
        """Wait until the caller's token has been checked. Raises CallerChanged."""
        if self._caller is not None:
            row = await self._caller.fetchone()
            self._caller = None
            if row is None or row[:2] != (self._acting.user_id, self._acting.role):
                raise CallerChanged

    async def fetch_all(self, query: Query, parameters: Mapping[str, Any] | None = None) -> Sequence[Row]:
        """All rows. The statement must bound them."""
        cursor = await self.execute(query, parameters)
        await self.checked()
        return await cursor.fetchall()

    async def fetch_first(self, query: Query, parameters: Mapping[str, Any] | None = None) -> Row | None:
        """The first row, or None."""
        cursor = await self.execute(query, parameters)
        await self.checked()
        return await cursor.fetchone()

    async def fetch_one(self, query: Query, parameters: Mapping[str, Any] | None = None) -> Row:
        """The one row. Raises NotFound when there is none."""
        row = await self.fetch_first(query, parameters)
        if row is None:
            raise NotFound
        return row

    async def fetch_last(self, query: Query, parameters: Mapping[str, Any] | None = None) -> Row:
        """The one row of the last statement of a command, which travels with the commit. Raises NotFound.

        Nothing may be executed after it, and what it raises no longer undoes anything.
        """
        await self.checked()
        cursor = await self.execute(query, parameters)
        await self.commit()
        row = await cursor.fetchone()
        if row is None:
            raise NotFound
        return row

    async def commit(self) -> None:
        """End the transaction; `Database.transaction` does it for a command that did not."""
        if not self.committed:
            await self.checked()
            self._pipeline.command(b"COMMIT")
            await self._pipeline.finish()
            self.committed = True

    async def fetch_value(self, query: Query, parameters: Mapping[str, Any] | None = None) -> Any:
        """The only column of the one row. Raises NotFound when there is no row."""
        return (await self.fetch_one(query, parameters))[0]


# A plan for each set of values would be made anew for each request and costs more than it saves: every hot
# statement reads one range of an index, whatever the values. Parallel plans hurt short requests.
SETTINGS = (
    "SELECT set_config(name, value, false) FROM (VALUES ('timezone', 'UTC'), ('jit', 'off'),"
    " ('plan_cache_mode', 'force_generic_plan'), ('max_parallel_workers_per_gather', '0'),"
    " ('lock_timeout', '10s'), ('idle_in_transaction_session_timeout', '60s'),"
    " ('statement_timeout', $1)) setting (name, value)"
)


class Database:
    """The pool of connections that have taken the server's role."""

    def __init__(self, conninfo: str, *, size: int = 10, statement_timeout_seconds: int = 15) -> None:
        self._timeout = statement_timeout_seconds
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            conninfo,
            min_size=min(2, max(1, size - 1)),
            max_size=max(1, size - 1),
            open=False,
            configure=self._configure,
            timeout=20,
        )
        self._beside: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            conninfo, min_size=1, max_size=1, open=False, configure=self._configure, timeout=20
        )
        self._doubting: asyncio.Task[None] | None = None

    async def _configure(self, connection: Connection) -> None:
        await connection.set_autocommit(True)
        connection.cursor_factory = cast(Any, AsyncRawCursor)
        # One type for all integers: otherwise each size of number would be a prepared statement of its own.
        connection.adapters.register_dumper(int, Int8Dumper)
        connection.prepare_threshold = 0
        connection.prepared_max = 400
        await connection.execute("SET ROLE stepwell_app")
        await connection.execute(SETTINGS, [f"{self._timeout}s"])

    async def open(self) -> None:
        """Connect. Raises RuntimeError when the role that servers run as could see other tenants' rows."""
        await asyncio.gather(self._pool.open(wait=True), self._beside.open(wait=True))
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
            )
            row = await cursor.fetchone()
            if row is None or row[0]:
                raise RuntimeError("The database role of the server could bypass row-level security.")

    async def refresh(self) -> None:
        """Replace the connections that are broken, after the database was away."""
        await asyncio.gather(self._pool.check(), self._beside.check())

    async def close(self) -> None:
        """Close all connections; what is still running on them is rolled back."""
        await asyncio.gather(self._pool.close(timeout=1), self._beside.close(timeout=1))

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A bare connection, for functions of `identity` that need no tenant. Parameters are $1, $2 ..."""
        async with self._pool.connection() as connection:
            yield connection

    @asynccontextmanager
    async def connection_beside(self) -> AsyncIterator[Connection]:
        """The one connection for short work in the middle of a transaction.

        With one of the pool, a transaction that holds a lock could wait for a connection, and those who have all
        of them for the lock.
        """
        async with self._beside.connection() as connection:
            yield connection

    async def read_one(self, acting: Acting, query: Query, parameters: Mapping[str, Any]) -> Row:
        """The one row of a single statement, in one round trip. Raises NotFound when there is none."""
        async with self._pipeline() as pipeline:
            tenant = _reader(pipeline, acting)
            answer = await tenant.execute(query, parameters)
            await pipeline.finish()
            await tenant.checked()
            row = await answer.fetchone()
        if row is None:
            raise NotFound
        return row

    @asynccontextmanager
    async def reading(self, acting: Acting) -> AsyncIterator[Tenant]:
        """For reading: the statements that travel together, up to a fetch, are one transaction."""
        async with self._pipeline() as pipeline:
            yield _reader(pipeline, acting)
            await pipeline.finish()

    @asynccontextmanager
    async def transaction(self, acting: Acting) -> AsyncIterator[Tenant]:
        """A transaction for writing; committed when the block ends, and only then is an answer true."""
        async with self._pipeline() as pipeline:
            pipeline.command(b"BEGIN")
            tenant = Tenant(pipeline, acting)
            tenant.begin()
            yield tenant
            await tenant.commit()

    @asynccontextmanager
    async def _pipeline(self) -> AsyncIterator[Pipeline]:
        async with self._pool.connection() as connection:
            pipeline = Pipeline(connection)
            try:
                yield pipeline
            except BaseException:
                await pipeline.abort(roll_back=True)
                raise
            finally:
                if connection.closed:
                    self._doubt_all()

    def _doubt_all(self) -> None:
        """A connection broke: the database may have been away, so the idle ones are looked at, too."""
        if self._doubting is None or self._doubting.done():
            self._doubting = asyncio.create_task(self.refresh())


def _reader(pipeline: Pipeline, acting: Acting) -> Tenant:
    """A tenant for reading, which needs no BEGIN: what travels together is a transaction of its own."""
    tenant = Tenant(pipeline, acting)
    pipeline.at_start = tenant.begin
    return tenant
