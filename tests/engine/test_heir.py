from __future__ import annotations

from dataclasses import replace

import pytest

from stepwell.engine.heir import handed_over, in_the_place_of, left
from stepwell.engine.model import GroupPeople, People, Process

from .builders import (
    ADA,
    BY_STAN,
    GONE,
    GROUP,
    HOUSE,
    LIV,
    NOW,
    PEOPLE,
    STAN,
    completed,
    launched,
    step,
    task,
    version,
)

GUESTS = ("gus@example.com",)


def running(*people: People, **more: bool) -> Process:
    """A process with a task `t1`, `t2` ... for each of these people."""
    names = [f"t{number}" for number, _ in enumerate(people, start=1)]
    steps = [
        step(
            name,
            assignees=list(who.users),
            guests=list(who.guests),
            groups=[group.hex for group in who.groups],
            **more,
        )
        for name, who in zip(names, people, strict=True)
    ]
    return launched(version(*steps))


def ids(process: Process) -> list[object]:
    return list(process.tasks)


@pytest.mark.rule("P-444")
def test_the_heir_stands_where_the_other_stood_once_each() -> None:
    assert in_the_place_of(People((ADA, STAN, LIV)), STAN, GONE) == People((ADA, GONE, LIV))
    assert in_the_place_of(People((ADA, STAN, LIV), GUESTS, (GROUP,)), ADA, LIV) == People(
        (LIV, STAN), GUESTS, (GROUP,)
    )


@pytest.mark.rule("P-444")
def test_completed_tasks_keep_their_people_and_hidden_ones_change() -> None:
    of = version(
        step("done", assignees=[STAN]), step("open", assignees=[STAN]), step("others", assignees=[LIV]),
        step("hidden", assignees=[STAN], hide_by_default=True),
    )  # fmt: skip
    process = completed(launched(of), "done", by=BY_STAN)
    change = handed_over(process, list(process.tasks), STAN, ADA, NOW, HOUSE, PEOPLE)
    owners = {one.title: one.people.users for one in change.process.tasks.values()}
    assert owners == {"done": (STAN,), "open": (ADA,), "others": (LIV,), "hidden": (ADA,)}
    assert [(event.verb, event.old, event.new) for event in change.events] == [
        (
            "owners-updated",
            {"users": [STAN], "guests": [], "groups": []},
            {"users": [ADA], "guests": [], "groups": []},
        )
    ] * 2
    again = handed_over(change.process, list(process.tasks), STAN, ADA, NOW, HOUSE, PEOPLE)
    assert (again.tasks, again.events) == ((), ())


@pytest.mark.rule("P-444", "P-323")
def test_an_heir_who_has_done_the_own_part_completes_what_nobody_else_has_to_do() -> None:
    process = running(People((STAN, ADA)), everyone_must_complete=True)
    process = completed(process, "t1", by=BY_STAN)
    change = handed_over(process, list(process.tasks), ADA, STAN, NOW, HOUSE, PEOPLE)
    assert (task(change.process, "t1").completed, task(change.process, "t1").completer_id) == (True, None)
    assert [event.verb for event in change.events] == ["owners-updated", "completed", "completed"]


@pytest.mark.rule("P-444")
def test_an_issue_of_the_process_does_not_keep_people_back_but_completes_nothing() -> None:
    process = running(People((STAN, ADA)), everyone_must_complete=True)
    process = replace(completed(process, "t1", by=BY_STAN), issues=1)
    change = handed_over(process, list(process.tasks), ADA, STAN, NOW, HOUSE, PEOPLE)
    assert task(change.process, "t1").people == People((STAN,))
    assert not task(change.process, "t1").completed


@pytest.mark.rule("P-323", "P-321")
def test_when_somebody_has_left_those_who_remain_may_have_done_it_all() -> None:
    process = completed(running(People(groups=(GROUP,)), everyone_must_complete=True), "t1", by=BY_STAN)
    still = left(process, list(process.tasks), NOW, HOUSE, PEOPLE)
    assert (still.tasks, still.events) == ((), ())
    only_stan = replace(PEOPLE, groups={GROUP: GroupPeople(users=(STAN,))})
    change = left(process, list(process.tasks), NOW, HOUSE, only_stan)
    assert task(change.process, "t1").completed
    assert [event.verb for event in change.events] == ["completed", "completed"]


@pytest.mark.rule("P-445", "T-113")
def test_guests_who_are_left_alone_get_the_owner_beside_them() -> None:
    process = running(People(groups=(GROUP,)), People(users=(LIV,)))
    only_guests = replace(PEOPLE, groups={GROUP: GroupPeople(guests=GUESTS)})
    change = left(process, list(process.tasks), NOW, HOUSE, only_guests)
    assert task(change.process, "t1").people == People((ADA,), (), (GROUP,))
    assert [event.verb for event in change.events] == ["owners-updated"]
