"""Whether rules together leave no case out: in every state of what they are about, one of them is fulfilled."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import product
from math import prod
from typing import Any
from uuid import UUID

from stepwell.engine.health.clauses import Clause
from stepwell.engine.health.contradictions import Logic
from stepwell.engine.health.ways import Way
from stepwell.engine.health.worlds import Worlds
from stepwell.engine.model import Condition

MOST_COMBINATIONS = 256  # of states; beyond that nothing is called certain
MOST_SUBJECTS = 4


def is_covered(logic: Logic, ways: Iterable[Way], grounds: Collection[UUID]) -> bool:
    """Whether at least one way is always fulfilled once the steps in `grounds` are done; none: at launch."""
    usable = [way for way in ways if all(step_id in grounds for step_id in way.needs)]
    if any(all(logic.is_certain(condition) for condition in way.clause) for way in usable):
        return True
    about: dict[UUID, list[Condition]] = {}
    for way in usable:
        for condition in way.clause:
            about.setdefault(condition.subject_id, []).append(condition)
    if not usable or len(about) > MOST_SUBJECTS:
        return False
    worlds = {subject_id: logic.worlds(subject_id, conditions) for subject_id, conditions in about.items()}
    if not all(one.exhaustive for one in worlds.values()):
        return False
    if not 0 < prod(len(one.final) for one in worlds.values()) <= MOST_COMBINATIONS:
        return False
    return all(
        any(_is_fulfilled(way.clause, worlds, dict(zip(about, states, strict=True))) for way in usable)
        for states in product(*(one.final for one in worlds.values()))
    )


def _is_fulfilled(clause: Clause, worlds: Mapping[UUID, Worlds], states: Mapping[UUID, Any]) -> bool:
    return all(
        worlds[condition.subject_id].fulfils(states[condition.subject_id], (condition,))
        for condition in clause
    )
