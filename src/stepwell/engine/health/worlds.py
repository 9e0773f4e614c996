"""The states that conditions can tell apart: of a step's task, and of a field's answer.

It is the engine itself that says whether a condition is met in a state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain, combinations
from typing import Any
from uuid import UUID

from stepwell.engine.answers import is_blank
from stepwell.engine.conditions import EXPIRING, field_is, step_is
from stepwell.engine.model import Condition, FormField, Option, People, Step, Task, TaskStatus, TaskType
from stepwell.engine.operands import operands

SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)
DEADLINES = tuple(
    SOME_DAY + timedelta(hours=hours) for hours in (25, 1, -1, -25)
)  # early, on time, late, very late
SOMEBODY = People(users=(1,))
CHOICES = frozenset({"radio", "dropdown", "multiselect"})
MOST_KINDS = 6  # of options of a multiselect that the conditions tell apart


@dataclass(frozen=True, slots=True)
class Worlds:
    """The states of one subject: tasks of a step, or answers to `field` once its form is submitted.

    `final` are those in which the step is done. `complete`: no other state fulfils the conditions in question.
    `exhaustive`: there is no other state at all.
    """

    field: FormField | None
    states: tuple[Any, ...]
    final: tuple[Any, ...]
    complete: bool
    exhaustive: bool

    def fulfils(self, state: Any, conditions: Sequence[Condition]) -> bool:
        """Whether all these conditions, which are about the subject, are met in one of its states."""
        if self.field is None:
            return all(step_is(state, condition) for condition in conditions)
        return all(field_is(self.field, state, condition, blank_counts=True) for condition in conditions)


def worlds_of_step(step: Step) -> Worlds:
    """Every state that a visible task of this step can be in, as far as conditions see it."""
    return _worlds_of_type(step.type, step.deadline is not None and step.deadline.anchor is not None)


@lru_cache
def _worlds_of_type(kind: TaskType, may_be_held: bool) -> Worlds:
    task = Task(
        id=UUID(int=0), number=0, title="", original_title="", position=1, type=kind, created_at=SOME_DAY
    )
    done = replace(task, status=TaskStatus.COMPLETED, completed_at=SOME_DAY)
    if kind is TaskType.APPROVAL:
        ends = [replace(done, is_approved=True), replace(done, is_approved=False)]
    elif kind in EXPIRING:
        ends = [done, replace(done, expired=True)]
    else:
        ends = [done]
    deadlines = [*DEADLINES, *([None] if may_be_held else [])]
    final = tuple(replace(end, deadline=at) for end in ends for at in deadlines)
    open_ = [replace(task, people=people) for people in (People(), SOMEBODY)]
    again = [replace(one, reopened=True) for one in open_]
    return Worlds(None, (*open_, *again, *final), final, complete=True, exhaustive=True)


def worlds_of_field(field: FormField, owner: Step | None, conditions: Sequence[Condition]) -> Worlds:
    """The answers that these conditions about one field can tell apart; `owner` None: the kick-off form's."""
    values, complete = _values(field, conditions)
    must = field.required and (owner is None or owner.type not in EXPIRING)  # the clock asks for no answer
    states = tuple(value for value in values if not (must and is_blank(field, value)))
    return Worlds(field, states, states, complete, exhaustive=complete and field.type in CHOICES)


def world_of_answer(field: FormField, value: Any) -> Worlds:
    """The one state of a field whose answer is known."""
    return Worlds(field, (value,), (value,), complete=True, exhaustive=True)


def _values(field: FormField, conditions: Sequence[Condition]) -> tuple[list[Any], bool]:
    match field.type:
        case "radio":
            return [None, *(option.text for option in field.options)], True
        case "dropdown":
            return [None, *map(_entry, field.options)], True
        case "multiselect":
            return _selections(field, conditions)
        case "text" | "textarea" | "email":
            return _texts(field, conditions)
        case "date":
            return _days(field, conditions)
    return [None], False


def _entry(option: Option) -> dict[str, Any]:
    return {"id": option.id, "text": option.text, "value": None}


def _selections(field: FormField, conditions: Sequence[Condition]) -> tuple[list[Any], bool]:
    """Selections of options, one for each kind of options that no condition tells apart."""
    kinds: dict[tuple[bool, ...], dict[str, Any]] = {}
    for option in field.options:
        chosen = {**_entry(option), "selected": True}
        kind = tuple(field_is(field, [chosen], condition, blank_counts=True) for condition in conditions)
        kinds.setdefault(kind, chosen)
    options = list(kinds.values())
    if len(options) > MOST_KINDS:
        return [[], *([one] for one in options), options], False
    some = chain.from_iterable(combinations(options, size) for size in range(len(options) + 1))
    return [list(one) for one in some], True


def _texts(field: FormField, conditions: Sequence[Condition]) -> tuple[list[Any], bool]:
    """Any text is possible; but where one must equal something, only that is."""
    named = [operands(field, one.statement, in_list=one.operation == "equals_any") for one in conditions]
    for one, texts in zip(conditions, named, strict=True):
        if one.operation in ("equals", "equals_any"):
            return [text for text in texts if text], True
    words = [text for texts in named for text in texts]
    return [None, "x", " ".join(words), *words], _excludes_all(field, conditions)


def _excludes_all(field: FormField, conditions: Sequence[Condition]) -> bool:
    """Whether no text at all can fulfil these conditions, beside the texts that are tried."""
    if any(one.operation == "is_empty" for one in conditions):
        return True  # only a blank answer is left, and that is tried
    with_, without = (
        [operands(field, one.statement) for one in conditions if one.operation == operation]
        for operation in ("contains", "not_contains")
    )
    return any(
        all(any(bad and bad in good for bad in rejected) for good in needles)
        for needles in with_
        for rejected in without
    )


def _days(field: FormField, conditions: Sequence[Condition]) -> tuple[list[Any], bool]:
    """Without a time, a date that must equal a day is that day."""
    if any(one.operation == "is_empty" for one in conditions):
        return [None], True
    equal = [operands(field, one.statement) for one in conditions if one.operation == "equals"]
    if not equal or field.collect_time:
        return [None], False
    days = [text for text in equal[0] if len(text) == len("2026-01-01")]
    return days, len(days) == len(equal[0])
