"""Which steps and rules can come about at all, and which always do, over all answers that rules can distinguish.

What is shown by hand, and answers to tasks that nobody sees, are left out of account. "Never" and "always" are
proofs; whatever cannot be proven depends on something.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from stepwell.engine.health.clauses import Clause, clauses_of
from stepwell.engine.health.contradictions import Logic
from stepwell.engine.health.coverage import is_covered
from stepwell.engine.health.findings import Examined
from stepwell.engine.health.ways import Growth, Way, targets
from stepwell.engine.model import Rule, Version
from stepwell.engine.rules import initially_hidden

if TYPE_CHECKING:
    from stepwell.engine.health.dominance import Dominance


@dataclass(slots=True)
class Outlook:
    """What a template can come to. `dead`: the conditions that keep the clauses of a rule from being fulfilled."""

    version: Version
    logic: Logic
    ways: dict[UUID, list[Way]] = field(default_factory=dict)  # by rule
    dead: dict[UUID, list[Clause]] = field(default_factory=dict)  # by rule
    showing: dict[UUID, list[Rule]] = field(default_factory=dict)  # by step
    hiding: dict[UUID, list[Rule]] = field(default_factory=dict)  # by step
    starts_hidden: frozenset[UUID] = frozenset()
    all_hidden: bool = False  # nothing is visible after any launch, so that all steps are shown (T-162)
    at_first: set[UUID] = field(default_factory=set)  # may be visible before any rule shows it
    reached: set[UUID] = field(default_factory=set)
    order: list[UUID] = field(default_factory=list)  # in which the reached steps can come to be shown
    always: set[UUID] = field(default_factory=set)
    dominance: Dominance | None = None  # once it was asked for
    _may_fire: dict[UUID, bool] = field(default_factory=dict)

    def may_fire(self, rule: Rule) -> bool:
        found = self._may_fire.get(rule.id)
        if found is None:
            found = any(way.needs <= self.reached for way in self.ways[rule.id])
            self._may_fire[rule.id] = found
        return found

    def label(self, step_id: UUID) -> str:
        """always | never | depends (T-172)."""
        if step_id not in self.reached:
            return "never"
        return "always" if step_id in self.always else "depends"

    def ways_of(self, rules: Iterable[Rule]) -> list[Way]:
        return [way for rule in rules for way in self.ways[rule.id]]


def outlook_of(examined: Examined) -> Outlook:
    version = examined.version
    outlook = Outlook(version, Logic(version, examined.known), starts_hidden=initially_hidden(version))
    for rule in version.rules:
        _add_rule(outlook, rule)
    outlook.at_first = _shown_at_first(outlook)
    growth = Growth.by(version, outlook.ways_of(version.rules), outlook.at_first)
    outlook.reached, outlook.order = growth.grown, growth.order
    outlook.always = _always(outlook, outlook.at_first)
    return outlook


def _add_rule(outlook: Outlook, rule: Rule) -> None:
    logic = outlook.logic
    ways, dead = [], []
    for clause in clauses_of(rule.conditions):
        why = logic.why_impossible(clause)
        if why is None:
            owners = (logic.owner(condition) for condition in clause)
            ways.append(Way(rule, clause, frozenset(owner for owner in owners if owner is not None)))
        else:
            dead.append(why)
    outlook.ways[rule.id], outlook.dead[rule.id] = ways, dead
    for by_step, verb in ((outlook.showing, "show"), (outlook.hiding, "hide")):
        for target in targets(rule, verb):
            by_step.setdefault(target, []).append(rule)


def _shown_at_first(outlook: Outlook) -> set[UUID]:
    """The steps that may be visible before any rule shows one."""
    version = outlook.version
    everything = set(version.step_by_id)
    first = everything - outlook.starts_hidden - _hidden_at_launch(outlook)
    by_launch = {
        target
        for rule in version.rules
        if any(way.at_launch for way in outlook.ways[rule.id])
        for target in targets(rule, "show")
    } & everything
    outlook.all_hidden = bool(everything) and not first and not by_launch
    stays = any(_stays_visible(outlook, one, one in first) for one in first | by_launch)
    return first if stays else everything


def _hidden_at_launch(outlook: Outlook) -> set[UUID]:
    """The steps that a rule hides at every launch, and none ever shows."""
    return {
        step_id
        for step_id, rules in outlook.hiding.items()
        if any(is_covered(outlook.logic, outlook.ways[rule.id], set()) for rule in rules)
        and not outlook.ways_of(outlook.showing.get(step_id, ()))
    }


def _stays_visible(outlook: Outlook, step_id: UUID, shown: bool) -> bool:
    """Whether a step is visible after every launch, so that T-162 does not show everything."""
    if any(way.at_launch for way in outlook.ways_of(outlook.hiding.get(step_id, ()))):
        return False
    return shown or is_covered(outlook.logic, outlook.ways_of(outlook.showing.get(step_id, ())), set())


def _always(outlook: Outlook, first: set[UUID]) -> set[UUID]:
    """The steps that are visible in every process worked to its end: shown for certain, and hidden by no rule."""
    hidden = {
        step_id for step_id, rules in outlook.hiding.items() if any(outlook.may_fire(rule) for rule in rules)
    }
    start = (first if outlook.all_hidden else first - outlook.starts_hidden) - hidden
    growth = Growth(outlook.version)
    waiting: dict[UUID, set[UUID]] = {}
    for target, rules in outlook.showing.items():
        for way in outlook.ways_of(rules):
            for step_id in way.needs:
                waiting.setdefault(step_id, set()).add(target)
    # A step that may be hidden again is no ground to stand on: that it is completed is not certain.
    new = list(growth.add(start))
    open_ = set(outlook.showing) & outlook.reached - hidden
    asked = set(open_)
    while asked:
        certain = [
            one for one in asked - growth.grown
            if is_covered(outlook.logic, outlook.ways_of(outlook.showing[one]), growth.grown)
        ]  # fmt: skip
        new = growth.add(certain)
        asked = {target for step_id in new for target in waiting.get(step_id, ())} & open_ - growth.grown
    return growth.grown
