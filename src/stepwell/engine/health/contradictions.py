"""Whether conditions can be fulfilled together. "No" is a proof, never the result of having tried some answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from stepwell.engine.conditions import NEGATIVE, WITHOUT_EQUALITY, WITHOUT_ORDER, WITHOUT_SUBSTRING
from stepwell.engine.health.clauses import Clause
from stepwell.engine.health.worlds import Worlds, world_of_answer, worlds_of_field, worlds_of_step
from stepwell.engine.model import Condition, FormField, Version
from stepwell.engine.operands import number, operands

LOWER = {"greater_than": True, "greater_than_or_equals": False}  # whether the bound itself is excluded
UPPER = {"less_than": True, "less_than_or_equals": False}
ORDER = frozenset({*LOWER, *UPPER})
NUMBERS = frozenset({"text", "textarea", "email", "radio", "dropdown"})


@dataclass(slots=True)
class Logic:
    """A version whose conditions are asked about; `known` are answers that are given, by field id."""

    version: Version
    known: Mapping[UUID, Any]
    _certain: dict[int, bool] = field(default_factory=dict)

    def exists(self, condition: Condition) -> bool:
        """Whether what the condition is about is there."""
        if condition.subject == "Step":
            return condition.subject_id in self.version.step_by_id
        owned = condition.subject_id in self.version.step_of_field
        return condition.subject_id in self.version.field_by_id and owned == (condition.subject == "Capture")

    def owner(self, condition: Condition) -> UUID | None:
        """The step that must be visible for the condition to hold; None: the kick-off form."""
        if condition.subject == "Step":
            return condition.subject_id
        return self.version.step_of_field.get(condition.subject_id)

    def worlds(self, subject_id: UUID, conditions: Sequence[Condition]) -> Worlds:
        """The states of a step or a field that the conditions about it can tell apart."""
        step = self.version.step_by_id.get(subject_id)
        if step is not None:
            return worlds_of_step(step)
        form_field = self.version.field_by_id[subject_id]
        if subject_id in self.known:
            return world_of_answer(form_field, self.known[subject_id])
        owner = self.version.step_of_field.get(subject_id)
        return worlds_of_field(form_field, self.version.step_by_id[owner] if owner else None, conditions)

    def are_possible(self, clause: Clause, other: Clause) -> bool:
        """Whether two clauses, each of them possible, can hold in one process."""
        theirs = _by_subject(other)
        return all(
            self._hold_together(subject_id, conditions + theirs[subject_id])
            for subject_id, conditions in _by_subject(clause).items()
            if subject_id in theirs and conditions != theirs[subject_id]
        )

    def why_impossible(self, clause: Clause) -> Clause | None:
        """The conditions of a clause that can never hold together, or None."""
        for condition in clause:
            if not self.exists(condition):
                return (condition,)
        for subject_id, conditions in _by_subject(clause).items():
            if not self._hold_together(subject_id, conditions):
                return conditions
        return None

    def _hold_together(self, subject_id: UUID, conditions: Clause) -> bool:
        form_field = self.version.field_by_id.get(subject_id)
        if form_field is not None and self._cannot(form_field, conditions):
            return False
        worlds = self.worlds(subject_id, conditions)
        return any(worlds.fulfils(one, conditions) for one in worlds.states) or not worlds.complete

    def _cannot(self, form_field: FormField, conditions: Clause) -> bool:
        """What is impossible whatever the answer: a comparison the type has not, bounds that exclude all."""
        if any(never_answers(form_field, one) for one in conditions):
            return True
        return _bounds_exclude_all(form_field, conditions)

    def is_certain(self, condition: Condition) -> bool:
        """Whether a condition holds whenever the step that it is about is done, or the process launched."""
        if not self.exists(condition):
            return False
        found = self._certain.get(id(condition))
        if found is None:
            worlds = self.worlds(condition.subject_id, (condition,))
            found = worlds.exhaustive and all(worlds.fulfils(one, (condition,)) for one in worlds.final)
            found = self._certain[id(condition)] = found and bool(worlds.final)
        return found


def _by_subject(clause: Clause) -> dict[UUID, Clause]:
    found: dict[UUID, list[Condition]] = {}
    for condition in clause:
        found.setdefault(condition.subject_id, []).append(condition)
    return {subject_id: tuple(conditions) for subject_id, conditions in found.items()}


def never_answers(form_field: FormField, condition: Condition) -> bool:
    """Whether a field of this type never answers such a condition (T-141), or compares with no number."""
    operation = NEGATIVE.get(condition.operation, condition.operation)
    if operation in ("is_empty", "is_not_empty"):
        return False
    if operation in ("equals", "equals_any"):
        return form_field.type in WITHOUT_EQUALITY
    if operation == "contains":
        return form_field.type in WITHOUT_SUBSTRING
    if operation in ORDER:
        return form_field.type in WITHOUT_ORDER or compares_no_number(form_field, condition)
    return True


def compares_no_number(form_field: FormField, condition: Condition) -> bool:
    """Whether the condition compares numbers but names none."""
    if condition.operation not in ORDER or form_field.type not in NUMBERS:
        return False
    return all(number(form_field, one) is None for one in operands(form_field, condition.statement))


def _bounds_exclude_all(form_field: FormField, conditions: Clause) -> bool:
    if form_field.type not in NUMBERS:
        return False
    lowest, highest = (
        [(bound, bounds[one.operation]) for one in conditions if one.operation in bounds
         for bound in _bounds(form_field, one)]
        for bounds in (LOWER, UPPER)
    )  # fmt: skip
    return any(
        low > high or (low == high and (low_excluded or high_excluded))
        for low, low_excluded in lowest
        for high, high_excluded in highest
    )


def _bounds(form_field: FormField, condition: Condition) -> list[Any]:
    """The number that a condition compares with; with several, any one is enough, so that none is a bound."""
    wanted = operands(form_field, condition.statement)
    found = number(form_field, wanted[0]) if len(wanted) == 1 else None
    return [] if found is None else [found]
