"""What the bench prints."""

from __future__ import annotations

from dataclasses import dataclass

from bench.load import Result


@dataclass(frozen=True)
class Measure:
    """One kind of request, and the share of the floor that it is to reach."""

    name: str
    title: str
    target: float
    reads: bool = False


MEASURES = (
    Measure("launch", "launch (10 steps, 5 fields)", 0.30),
    Measure("complete", "complete a task", 0.30),
    Measure("my_tasks", "my 50 open tasks by deadline", 0.30, reads=True),
    Measure("processes", "50 processes with progress", 0.30, reads=True),
    Measure("process", "one process with its tasks", 0.30, reads=True),
)
GROWTH_LIMIT = 1.3


@dataclass(frozen=True)
class Row:
    """A measure beside its floor, and the processor seconds that its run took."""

    measure: Measure
    ours: Result
    floor: Result
    server_seconds: float
    database_seconds: float


def print_table(rows: list[Row], memory: list[float]) -> None:
    """Requests a second, times, the share of the floor, processor time a request."""
    head = (
        f"{'measure':32} {'req/s':>8} {'p50 ms':>7} {'p95 ms':>7} {'floor/s':>8} {'ratio':>6} {'target':>6}"
    )
    print(f"{head} {'server ms':>9} {'db ms':>6} {'failed':>6}")
    for row in rows:
        count = max(row.ours.requests, 1)
        print(
            f"{row.measure.title:32} {row.ours.per_second:8.0f} {row.ours.p50:7.1f} {row.ours.p95:7.1f}"
            f" {row.floor.per_second:8.0f} {row.ours.per_second / row.floor.per_second:6.2f} {row.measure.target:6.2f}"
            f" {1000 * row.server_seconds / count:9.2f} {1000 * row.database_seconds / count:6.2f}"
            f" {row.ours.failed:6d}"
        )
    print("memory of the servers: " + ", ".join(f"{one:.0f} MB" for one in memory))


def print_growth(before: dict[str, Result], after: dict[str, Result]) -> None:
    """How much longer the same reads take over ten times the data."""
    print(f"{'over ten times the data':32} {'req/s':>8} {'before':>8} {'times':>6} {'limit':>6}")
    for measure in MEASURES:
        if measure.name in after:
            times = before[measure.name].per_second / after[measure.name].per_second
            print(f"{measure.title:32} {after[measure.name].per_second:8.0f} {before[measure.name].per_second:8.0f}"
                  f" {times:6.2f} {GROWTH_LIMIT:6.2f} {'pass' if times <= GROWTH_LIMIT else 'FAIL'}")  # fmt: skip
