"""The ways in which a rule's conditions can all be fulfilled: the left-to-right formula as alternatives."""

from __future__ import annotations

from collections.abc import Sequence

from stepwell.engine.model import Condition

Clause = tuple[Condition, ...]


def clauses_of(conditions: Sequence[Condition]) -> tuple[Clause, ...]:
    """The rule is fulfilled when all conditions of one clause are (T-145).

    Reading from left to right, `and` narrows everything so far and `or` adds one more way; a condition with
    another word counts for nothing. There are never more clauses than conditions.
    """
    if not conditions:
        return ()
    clauses: list[Clause] = [(conditions[0],)]
    for condition in conditions[1:]:
        if condition.logic == "and":
            clauses = [(*clause, condition) for clause in clauses]
        elif condition.logic == "or":
            clauses.append((condition,))
    return tuple(clauses)
