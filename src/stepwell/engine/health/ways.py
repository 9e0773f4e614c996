"""The ways in which rules can be fulfilled, and what grows when steps are shown that others wait for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from stepwell.engine.health.clauses import Clause
from stepwell.engine.model import Action, Rule, Version


@dataclass(frozen=True, slots=True)
class Way:
    """One clause of a rule that can be fulfilled, and the steps that must be visible before."""

    rule: Rule
    clause: Clause
    needs: frozenset[UUID]

    @property
    def at_launch(self) -> bool:
        """Whether it can be fulfilled by the launch itself: by the kick-off form, or because nobody is assigned."""
        return all(one.subject == "Prerun" or one.operation == "not_assigned" for one in self.clause)


def visibility_actions(rule: Rule) -> list[Action]:
    return [one for one in rule.actions if one.type == "visibility" and one.verb in ("show", "hide")]


def targets(rule: Rule, verb: str) -> list[UUID]:
    """The steps that a rule shows, or hides."""
    return [one.target_step_id for one in visibility_actions(rule) if one.verb == verb]


@dataclass(slots=True)
class Growth:
    """Steps that are visible, and those that rules show in turn when all that they need is visible."""

    version: Version
    grown: set[UUID] = field(default_factory=set)
    order: list[UUID] = field(default_factory=list)
    _waiting: dict[UUID, list[Way]] = field(default_factory=dict)

    @classmethod
    def by(cls, version: Version, ways: Iterable[Way], first: Iterable[UUID]) -> Growth:
        growth = cls(version)
        at_once: list[UUID] = list(first)
        for way in ways:
            if not way.needs:
                at_once += targets(way.rule, "show")
            for step_id in way.needs:
                growth._waiting.setdefault(step_id, []).append(way)
        growth.add(at_once)
        return growth

    def add(self, step_ids: Iterable[UUID]) -> list[UUID]:
        """Make steps visible. Returns all that are visible since then."""
        new = [one for one in dict.fromkeys(step_ids) if one in self.version.step_by_id]
        added: list[UUID] = []
        while new:
            step_id = new.pop()
            if step_id in self.grown:
                continue
            self.grown.add(step_id)
            added.append(step_id)
            self.order.append(step_id)
            for way in self._waiting.get(step_id, ()):
                if way.needs <= self.grown:
                    new += (one for one in targets(way.rule, "show") if one in self.version.step_by_id)
        return added
