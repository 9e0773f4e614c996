from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepwell.engine.model import Process, ProcessStatus, Task
from stepwell.engine.order import added, in_order, moved, place_after, without

from .builders import NOW, completed, launched, step, task, version

THREE = launched(version(step("A"), step("B"), step("C")))
NEW = Task(
    id=UUID(int=77), number=77, title="N", original_title="N", position=1, created_at=NOW, oneoff=True
)  # fmt: skip


def titles(process: Process) -> str:
    assert [one.position for one in in_order(process)] == list(range(1, len(process.tasks) + 1))
    return "".join(one.title for one in in_order(process))


@pytest.mark.parametrize(
    ("position", "order"), [(None, "ABCN"), (1, "NABC"), (2, "ANBC"), (4, "ABCN"), (99, "ABCN"), (-1, "NABC")]
)
def test_a_new_task_gets_its_place_and_others_make_room(position: int | None, order: str) -> None:
    change = added(THREE, NEW, position, NOW)
    assert titles(change.process) == order
    assert [event.verb for event in change.events] == ["created"]


def test_only_those_that_moved_are_written() -> None:
    assert {one.title for one in added(THREE, NEW, 3, NOW).tasks} == {"N", "C"}


@given(st.integers(-3, 9), st.sampled_from("ABC"))
def test_moving_keeps_the_others_in_their_order(position: int, name: str) -> None:
    after = moved(THREE, task(THREE, name).id, position, NOW).process
    assert titles(after).replace(name, "") == "ABC".replace(name, "")
    assert titles(after).index(name) == min(max(position, 1), 3) - 1


def test_a_task_put_where_it_is_changes_nothing() -> None:
    change = moved(THREE, task(THREE, "B").id, 2, NOW)
    assert (change.tasks, change.events) == ((), ())


def test_after_a_task_is_the_next_place() -> None:
    first, last = task(THREE, "A").id, task(THREE, "C").id
    assert place_after(THREE, first) == 2
    assert place_after(THREE, last, moving=first) == 3
    assert place_after(THREE, first, moving=last) == 2
    assert place_after(THREE, first, moving=first) == 2


@pytest.mark.rule("P-007")
def test_a_complete_process_becomes_active_with_a_new_task() -> None:
    done = completed(completed(completed(THREE, "A"), "B"), "C")
    assert done.status is ProcessStatus.COMPLETE
    after = added(done, NEW, None, NOW).process
    assert (after.status, after.completed_at) == (ProcessStatus.ACTIVE, None)


def test_the_others_close_up_when_a_task_leaves() -> None:
    assert titles(without(THREE, task(THREE, "A").id, NOW).process) == "BC"


def test_what_leaves_may_be_the_last_open_task() -> None:
    done = completed(completed(THREE, "A"), "B")
    extra = added(replace(done), NEW, None, NOW).process
    after = without(completed(extra, "C"), NEW.id, NOW).process
    assert after.status is ProcessStatus.COMPLETE
