"""A process that is loaded only as far as a command reaches gives the same decision as the whole one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from stepwell.engine.completion import complete, reopen
from stepwell.engine.model import Change, Process, Refused, Version
from stepwell.engine.progress import counts
from stepwell.engine.reach import reach_for
from stepwell.engine.tally import tally_of
from tests.examples import times

from .builders import BY_ADA, HOUSE, NOW, PEOPLE, identity, task
from .test_rule_properties import templates, worked_on
from .test_whole_processes import acts, names

LATER = NOW + timedelta(days=3)


def within_reach(process: Process, of: Version, name: str) -> Process:
    """The process as a command on the task of this step loads it."""
    steps = reach_for(of, identity(name))
    near = {key: one for key, one in process.tasks.items() if steps is None or one.step_id in steps}
    elsewhere = tally_of(process.tasks.values()).without(tally_of(near.values()))
    return replace(process, tasks=near, elsewhere=elsewhere)


def decided(decide: Callable[[Process], Change], process: Process) -> Change | str:
    try:
        return decide(process)
    except Refused as refusal:
        return refusal.message


def same(near: Change | str, whole: Change | str) -> bool:
    """Equal decisions; the latest deadline may be only bounded, which the command then looks up."""
    if isinstance(near, str) or isinstance(whole, str):
        return near == whole
    assert (near.events, near.tasks) == (whole.events, whole.tasks)
    counted, recounted = counts(near.process), counts(whole.process)
    if counted.latest_is_bound:
        assert counted.latest is not None
        assert recounted.latest is None or recounted.latest <= counted.latest
        counted = replace(counted, latest=recounted.latest, latest_is_bound=False)
    assert counted == recounted
    return replace(near.process, tasks={}, elsewhere=tally_of([])) == replace(whole.process, tasks={})


@given(templates(), acts, names, st.booleans())
@times(2)
def test_a_completion_needs_no_more_than_it_can_reach(
    of: Version, acts: list[tuple[str, str]], name: str, approved: bool
) -> None:
    process = worked_on(of, acts)
    if process is None:
        return
    task_id = task(process, name).id

    def decide(loaded: Process) -> Change:
        return complete(loaded, task_id, BY_ADA, LATER, HOUSE, PEOPLE, is_approved=approved)

    assert same(decided(decide, within_reach(process, of, name)), decided(decide, process))


@given(templates(), acts, names, st.booleans())
@times(2)
def test_a_reopening_needs_no_more_than_it_can_reach(
    of: Version, acts: list[tuple[str, str]], name: str, reverse: bool
) -> None:
    process = worked_on(of, [*acts, ("complete", name)])
    if process is None:
        return
    task_id = task(process, name).id

    def decide(loaded: Process) -> Change:
        return reopen(loaded, task_id, BY_ADA, LATER, HOUSE, PEOPLE, reverse_rules=reverse)

    assert same(decided(decide, within_reach(process, of, name)), decided(decide, process))
