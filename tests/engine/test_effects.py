"""What a task remembers of the rules that worked on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from stepwell.engine.effects import as_entry, effect_of, remembering, shift_of, without_deadlines
from stepwell.engine.model import RuleEffect, Task

from .builders import NOW, identity

TASK = Task(id=UUID(int=1), number=1, title="t", original_title="t", position=1, created_at=NOW)
SHOWN = RuleEffect(rule_id=identity("r"), kind="visibility", before="hidden", after="visible")
CAUSED = replace(SHOWN, cause=identity("a"), caused_at=NOW)
LATER = NOW + timedelta(hours=1)


def remembered(*effects: RuleEffect) -> tuple[RuleEffect, ...]:
    task = TASK
    for effect in effects:
        task = remembering(task, effect)
    return task.rule_effects


@pytest.mark.parametrize(
    "newer",
    [
        CAUSED,
        replace(SHOWN, before="visible", after="hidden"),
        replace(CAUSED, before="visible", after="hidden", caused_at=LATER),
        replace(CAUSED, before="visible", after="hidden", cause=identity("b")),
    ],
)
@pytest.mark.parametrize("older", [SHOWN, CAUSED])
def test_the_newest_effect_of_a_rule_replaces_the_one_before(older: RuleEffect, newer: RuleEffect) -> None:
    assert remembered(older, newer) == (newer,)


@pytest.mark.parametrize(
    "other",
    [
        replace(CAUSED, rule_id=identity("s")),
        replace(CAUSED, kind="assignment"),
        replace(CAUSED, before="visible", after="hidden"),
    ],
)
def test_other_rules_kinds_and_what_happened_at_once_stay_in_their_order(other: RuleEffect) -> None:
    assert remembered(CAUSED, other) == (CAUSED, other)


def test_the_same_thing_done_twice_at_once_is_remembered_once() -> None:
    assert remembered(CAUSED, CAUSED) == (CAUSED,)


@pytest.mark.rule("T-166")
def test_only_the_rule_s_own_move_of_the_deadline_is_its_shift() -> None:
    move = replace(CAUSED, kind="deadline", before=None, after=None, base=NOW)
    foreign = replace(move, rule_id=identity("s"), base=LATER)
    task = replace(TASK, rule_effects=(SHOWN, foreign, move))
    assert shift_of(task, identity("r")) == move
    assert shift_of(task, identity("s")) == foreign
    assert shift_of(task, identity("t")) is None
    assert without_deadlines(task.rule_effects) == (SHOWN,)


@pytest.mark.parametrize("effect", [SHOWN, CAUSED, replace(CAUSED, kind="deadline", base=LATER)])
def test_an_effect_is_kept_as_json(effect: RuleEffect) -> None:
    assert effect_of(as_entry(effect)) == effect
