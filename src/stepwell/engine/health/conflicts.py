"""Rules that do opposite things to one step."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice

from stepwell.engine.health.dominance import Dominance, dominance_of
from stepwell.engine.health.findings import Examined, Finding, Severity, place_of_rule, place_of_step
from stepwell.engine.health.outlook import Outlook
from stepwell.engine.health.ways import Way
from stepwell.engine.health.wording import quoted
from stepwell.engine.model import Action, Rule, Step

MOST_PAIRS = 100  # of rules that are compared for one step
MOST_TOLD = 5  # of them

Doing = tuple[Rule, Action]


def conflicting_rules(examined: Examined, outlook: Outlook) -> Iterator[Finding]:
    """Pairs of rules that can both fire in one process and work against each other (T-154)."""
    by_target: dict[tuple[str, object], list[Doing]] = {}
    for rule in examined.version.rules:
        if outlook.may_fire(rule):
            for action in rule.actions:
                by_target.setdefault((action.type, action.target_step_id), []).append((rule, action))
    dominance = dominance_of(outlook)
    for doings in by_target.values():
        step = examined.version.step_by_id.get(doings[0][1].target_step_id)
        if step is not None:
            pairs = islice(_opposed(doings), MOST_PAIRS)
            found = (_conflict(outlook, dominance, step, *pair) for pair in pairs)
            yield from islice((one for one in found if one is not None), MOST_TOLD)


def _opposed(doings: list[Doing]) -> Iterator[tuple[Doing, Doing]]:
    for one, other in combinations(doings, 2):
        if one[0].id != other[0].id and _is_opposite(one[1], other[1]):
            yield one, other


def _is_opposite(one: Action, other: Action) -> bool:
    """Whether it matters which of two actions on one step comes last."""
    verbs = {one.verb, other.verb}
    match one.type:
        case "visibility":
            return verbs == {"show", "hide"}
        case "assignment":
            return _assigns_opposite(one, other, verbs)
        case "deadline":
            # Shifts from the target's own deadline add up; from two bases the later one wins.
            return (one.shift, one.source_id) != (other.shift, other.source_id)
    return False


def _assigns_opposite(one: Action, other: Action, verbs: set[str]) -> bool:
    same = (one.people, one.source_id) == (other.people, other.source_id)
    if verbs == {"assign", "unassign"}:
        return same or _share_somebody(one, other)
    if verbs <= {"assign_only", "assign"} and "assign_only" in verbs:
        return not same
    return "clear_assignees" in verbs and bool(verbs & {"assign", "assign_only"})


def _share_somebody(one: Action, other: Action) -> bool:
    ours, theirs = one.people, other.people
    return bool(
        set(ours.users) & set(theirs.users)
        or set(ours.guests) & set(theirs.guests)
        or set(ours.groups) & set(theirs.groups)
    )


def _conflict(
    outlook: Outlook, dominance: Dominance, step: Step, first: Doing, second: Doing
) -> Finding | None:
    """The finding about a pair in the order of the rules; None when they never both fire."""
    (one, doing), (other, undoing) = first, second
    pairs = [
        (way, against)
        for way in outlook.ways[one.id]
        for against in outlook.ways[other.id]
        if way.needs | against.needs <= outlook.reached
        and outlook.logic.are_possible(way.clause, against.clause)
    ]
    if not pairs:
        return None
    orders = {_order(dominance, way, against) for way, against in pairs}
    told = f"{_does(doing)} the step {quoted(step.title)}, {quoted(other.name)} {_does(undoing)} it"
    if doing.type == "deadline":
        told = f"gives the step {quoted(step.title)} one deadline, {quoted(other.name)} another"
    related = (place_of_rule(one), place_of_rule(other))
    if len(orders) == 1 and (winner := {"first": one, "second": other}.get(orders.pop())):
        message = f"The rule {quoted(one.name)} {told}. When both apply, {quoted(winner.name)} always wins."
        return Finding(Severity.MEDIUM, "ordered_override", place_of_step(step), message, related)
    message = (
        f"The rule {quoted(one.name)} {told}. Both can apply in one process, and then it depends on what happens"
        " first which of them counts."
    )
    return Finding(Severity.HIGH, "conflicting_rules", place_of_step(step), message, related)


WORDS = {
    "show": "shows", "hide": "hides", "assign": "assigns people to", "assign_only": "gives other people to",
    "unassign": "takes people from", "clear_assignees": "takes everybody from",
}  # fmt: skip


def _does(action: Action) -> str:
    return WORDS.get(action.verb, action.verb)


def _order(dominance: Dominance, one: Way, other: Way) -> str:
    """Which of two ways is fulfilled last: `second` also when both are at the same moment (T-154); else open."""
    if len(one.needs) <= 1 and one.needs == other.needs:
        return "second"
    if _precedes(dominance, one, other):
        return "second"
    return "first" if _precedes(dominance, other, one) else "open"


def _precedes(dominance: Dominance, one: Way, other: Way) -> bool:
    """Whether all that `one` waits for is always done before a step that `other` waits for is even shown."""
    return bool(other.needs) and all(
        any(dominance.happens_before(step, later) for later in other.needs) for step in one.needs
    )
