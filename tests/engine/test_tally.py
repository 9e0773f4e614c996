"""The counts of some tasks are those of all without those of the others, whatever is decided meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from stepwell.engine.model import Task, TaskStatus
from stepwell.engine.tally import NO_TASKS, Tally, tally_of

from .builders import NOW

TASK = Task(id=UUID(int=1), number=1, title="t", original_title="t", position=1, created_at=NOW)
times = st.integers(0, 4).map(lambda days: NOW + timedelta(days=days))
some_tasks = st.lists(
    st.builds(
        replace,
        st.just(TASK),
        status=st.sampled_from(TaskStatus),
        deadline=st.none() | times,
        completed_at=st.none() | times,
        archived_at=st.sampled_from([None, None, None, NOW]),
        issues=st.integers(0, 1),
    ),
    max_size=8,
)


def exact(tally: Tally) -> Tally:
    return replace(tally, latest=None, latest_is_bound=False)


@given(some_tasks, some_tasks, some_tasks)
def test_a_part_can_be_exchanged_without_looking_at_the_rest(
    rest: list[Task], part: list[Task], other: list[Task]
) -> None:
    elsewhere = tally_of([*rest, *part]).without(tally_of(part))
    assert exact(elsewhere) == exact(tally_of(rest))
    after, recounted = tally_of(other).plus(elsewhere), tally_of([*rest, *other])
    assert exact(after) == exact(recounted)
    assert _holds(after, recounted.latest)


def _holds(after: Tally, latest: datetime | None) -> bool:
    """The latest deadline is known, or nothing is later than what is said."""
    if not after.latest_is_bound:
        return after.latest == latest
    return after.latest is not None and (latest is None or latest <= after.latest)


@given(some_tasks)
def test_the_counts_stay_exact_while_no_deadline_goes(tasks: list[Task]) -> None:
    elsewhere = tally_of(tasks).without(tally_of(tasks[:2]))
    assert tally_of(tasks[:2]).plus(elsewhere) == tally_of(tasks)


@given(some_tasks)
def test_nothing_beside_some_tasks_is_those_tasks(tasks: list[Task]) -> None:
    assert tally_of(tasks).plus(NO_TASKS) == tally_of(tasks)
    assert exact(tally_of(tasks).without(tally_of(tasks))) == NO_TASKS
