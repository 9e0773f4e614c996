"""Several statements, one round trip: a thin layer over libpq's pipeline mode.

The driver's own pipeline writes to the socket and runs the event loop for every statement. Commands here
send up to a dozen statements at once; collecting them and writing once costs half the processor time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Sequence
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from psycopg import AsyncConnection
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import Error, PipelineAborted, error_from_result
from psycopg.generators import fetch_many, send
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult
from psycopg.rows import TupleRow

from stepwell.db.statements import Statement

Row = TupleRow
Connection = AsyncConnection[Row]
MOST_PREPARED = 500  # statements on one connection; composed lists come in many forms
FAILED = (ExecStatus.FATAL_ERROR, ExecStatus.PIPELINE_ABORTED)


class Prepared:
    """The prepared statements of one connection, by text and parameter types; the oldest goes when it is full."""

    def __init__(self) -> None:
        self.names: dict[tuple[bytes, tuple[int, ...]], bytes] = {}
        self.made = 0


_PREPARED: WeakKeyDictionary[Connection, Prepared] = WeakKeyDictionary()


class Rows(Protocol):
    """The answer to a statement; fetching waits for it."""

    async def fetchone(self) -> Row | None: ...
    async def fetchall(self) -> Sequence[Row]: ...


class Pending:
    """A statement on its way; its rows can be fetched once, which waits for all that was sent before it."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._place = 0
        self.result: PGresult | None = None

    async def fetchone(self) -> Row | None:
        """The next row, or None."""
        result = await self._arrived()
        if self._place >= result.ntuples:
            return None
        self._place += 1
        return self._pipeline.rows(result, self._place - 1, self._place)[0]

    async def fetchall(self) -> Sequence[Row]:
        """All rows not fetched yet."""
        result = await self._arrived()
        start, self._place = self._place, result.ntuples
        return self._pipeline.rows(result, start, result.ntuples)

    async def rowcount(self) -> int:
        """How many rows the statement changed or found."""
        return (await self._arrived()).command_tuples or 0

    async def _arrived(self) -> PGresult:
        if self.result is None:
            await self._pipeline.receive()
        if self.result is None:
            raise PipelineAborted("A statement before this one failed.")
        return self.result


class Pipeline:
    """Statements sent together on one connection, in order. After an error all later ones are skipped."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._pgconn = connection.pgconn
        self._adapt = Transformer(connection)
        self._expected: deque[Pending | tuple[bytes, tuple[int, ...]] | None] = deque()
        self._prepared = _PREPARED.setdefault(connection, Prepared())
        self._pgconn.enter_pipeline_mode()
        self._ended = False
        self._synced = True  # nothing is between transactions' ends
        self.at_start: Callable[[], None] | None = None
        """Set for reading: every wait ends the pipeline's own transaction, and this begins the next one."""

    def send(self, statement: Statement, values: Sequence[Any]) -> Pending:
        """Queue a statement with the values of its parameters; it is prepared on its first use."""
        self._start()
        adapt = self._adapt
        dumped = adapt.dump_sequence(values, [PyFormat.AUTO] * len(values)) if values else []
        types, formats = (adapt.types, adapt.formats) if values else ((), None)
        key = (statement.text, tuple(types or ()))
        name = self._prepared.names.get(key)
        if name is None:
            name = self._prepare(key)
        self._pgconn.send_query_prepared(name, dumped, formats)
        return self._expect()

    def command(self, text: bytes) -> Pending:
        """Queue a statement without parameters that is not worth preparing."""
        self._start()
        self._pgconn.send_query_params(text, None)
        return self._expect()

    def _start(self) -> None:
        if self._ended:
            raise RuntimeError("This transaction has ended.")
        if self._synced:
            self._synced = False
            if self.at_start is not None:
                self.at_start()

    def _prepare(self, key: tuple[bytes, tuple[int, ...]]) -> bytes:
        prepared = self._prepared
        if len(prepared.names) >= MOST_PREPARED:
            oldest = next(iter(prepared.names))
            self._pgconn.send_close_prepared(prepared.names.pop(oldest))
            self._expected.append(None)
        prepared.made += 1
        name = b"stepwell_%d" % prepared.made
        self._pgconn.send_prepare(name, *key)
        prepared.names[key] = name
        self._expected.append(key)
        return name

    def _expect(self) -> Pending:
        pending = Pending(self)
        self._expected.append(pending)
        return pending

    def rows(self, result: PGresult, start: int, end: int) -> Sequence[Row]:
        """Rows of a result as tuples."""
        self._adapt.set_pgresult(result)
        return self._adapt.load_rows(start, end, _TUPLE)

    async def receive(self) -> None:
        """Send what is queued and wait for all of its answers. Raises the first error of the database."""
        if self.at_start is not None:
            self._sync()
        elif self._expected:
            self._pgconn.send_flush_request()
        if self._expected:
            await self._connection.wait(self._results())

    def _sync(self) -> None:
        if not self._synced:
            self._synced = True
            self._pgconn.pipeline_sync()
            self._expected.append(None)

    async def finish(self) -> None:
        """End the pipeline: what is queued is sent and answered, and its own transaction, if any,
        committed.
        """
        self._sync()
        try:
            if self._expected:
                await self._connection.wait(self._results())
        finally:
            await self._leave()

    async def abort(self, *, roll_back: bool) -> None:
        """End the pipeline whatever state it is in; `roll_back` ends an open transaction as well."""
        if self._connection.closed:
            return
        try:
            if not self._ended:
                self._sync()
                await self._leave()
            if roll_back and self._pgconn.transaction_status != TransactionStatus.IDLE:
                self._pgconn.send_query(b"ROLLBACK")
                await self._connection.wait(_all_results(self._connection))
        except BaseException:
            self._pgconn.finish()  # the pool replaces a broken connection; the server rolls back
            raise

    async def _leave(self) -> None:
        if self._connection.closed:
            return
        if self._expected:  # nothing was read yet, or an error ended the reading early
            await self._connection.wait(self._drained())
        self._pgconn.exit_pipeline_mode()
        self._ended = True

    def _results(self) -> Generator[Any, Any, None]:
        """Read every expected answer; the first error is raised when all have been read."""
        yield from send(self._pgconn)
        error: Error | None = None
        while self._expected:
            results = yield from fetch_many(self._pgconn)
            if not results:
                break
            failed = self._take(results)
            error = error or failed
        if error is not None:
            raise error

    def _drained(self) -> Generator[Any, Any, None]:
        yield from send(self._pgconn)
        while self._expected:
            results = yield from fetch_many(self._pgconn)
            if results:
                self._take(results)

    def _take(self, results: Sequence[PGresult]) -> Error | None:
        """Give an answer to whoever waits for it; an error is returned."""
        expected = self._expected.popleft()
        result = results[-1]
        if result.status in FAILED:
            if isinstance(expected, tuple):
                self._prepared.names.pop(expected, None)
            aborted = result.status == ExecStatus.PIPELINE_ABORTED
            return None if aborted else error_from_result(result)
        if isinstance(expected, Pending):
            expected.result = result
        return None


def _all_results(connection: Connection) -> Generator[Any, Any, None]:
    yield from send(connection.pgconn)
    yield from fetch_many(connection.pgconn)


_TUPLE: Any = tuple
