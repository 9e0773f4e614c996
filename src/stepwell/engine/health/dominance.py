"""Which steps are certain to happen whenever another one is shown."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from stepwell.engine.health.outlook import Outlook
from stepwell.engine.health.rules import signature
from stepwell.engine.health.ways import Way, targets

NOT_DONE = frozenset({"reopened", "not_assigned"})


@dataclass(slots=True)
class Dominance:
    """Sets of steps as bits of a number. `before`: done when a step is shown. `shown`: visible with it or before."""

    _bit: dict[UUID, int]
    _before: dict[UUID, int]
    _shown: dict[UUID, int]

    @classmethod
    def found_in(cls, outlook: Outlook) -> Dominance:
        bit = {step.id: 1 << index for index, step in enumerate(outlook.version.steps)}
        ways = {
            step_id: [way for way in outlook.ways_of(rules) if way.needs <= outlook.reached]
            for step_id, rules in outlook.showing.items()
            if step_id in outlook.reached and step_id not in outlook.at_first
        }
        together = _shown_together(outlook, bit)
        before = {step_id: {id(way): _done(way, bit) for way in some} for step_id, some in ways.items()}
        shown = {
            step_id: {id(way): _bits(way.needs, bit) | together[id(way)] for way in some}
            for step_id, some in ways.items()
        }
        return cls(bit, _closed(outlook, ways, before, bit), _closed(outlook, ways, shown, bit))

    def happens_before(self, one: UUID, other: UUID) -> bool:
        """Whether `one` is always done when `other` is shown."""
        return bool(self._before.get(other, 0) & self._bit[one])

    def happens_with(self, one: UUID, other: UUID) -> bool:
        """Whether `one` is visible whenever `other` is."""
        return bool(self._shown.get(other, 0) & self._bit[one]) or self.happens_before(one, other)


def dominance_of(outlook: Outlook) -> Dominance:
    """Found once for each outlook."""
    if outlook.dominance is None:
        outlook.dominance = Dominance.found_in(outlook)
    return outlook.dominance


def _done(way: Way, bit: dict[UUID, int]) -> int:
    """The steps that are completed when the way is fulfilled."""
    done = {one.subject_id for one in way.clause if one.subject == "Step" and one.operation not in NOT_DONE}
    return _bits(done, bit)


def _bits(steps: frozenset[UUID] | set[UUID], bit: dict[UUID, int]) -> int:
    found = 0
    for step_id in steps:
        found |= bit.get(step_id, 0)
    return found


def _shown_together(outlook: Outlook, bit: dict[UUID, int]) -> dict[int, int]:
    """By way that shows something: the steps shown whenever its clause is fulfilled, and that no rule hides."""
    hidden = {step_id for step_id, rules in outlook.hiding.items() if any(map(outlook.may_fire, rules))}
    found: dict[str, int] = {}
    keys: dict[int, str] = {}
    for rule in outlook.version.rules:
        shown = targets(rule, "show")
        for way in outlook.ways[rule.id] if shown else ():
            key = keys[id(way)] = signature(way.clause)
            found[key] = found.get(key, 0) | _bits(set(shown) - hidden, bit)
    return {way: found[key] for way, key in keys.items()}


def _closed(
    outlook: Outlook, ways: dict[UUID, list[Way]], own: dict[UUID, dict[int, int]], bit: dict[UUID, int]
) -> dict[UUID, int]:
    """For each step what holds on all its ways, and on all ways to the steps that those need.

    The steps are taken in the order in which they can be shown, so that a second round seldom changes anything.
    """
    everything = (1 << len(bit)) - 1
    found = {step_id: everything if step_id in ways else 0 for step_id in bit}
    changed = True
    while changed:
        changed = False
        for step_id in outlook.order:
            if step_id not in ways:
                continue
            common = everything
            for way in ways[step_id]:
                inherited = own[step_id][id(way)]
                for needed in way.needs:
                    inherited |= found[needed]
                common &= inherited
            if common != found[step_id]:
                found[step_id], changed = common, True
    return found
