"""What rules did to a task, as the task remembers it: each rule's newest effect of each kind.

Visibility is kept as the words of its event, people as the log lists them, a deadline as its instant in full.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from stepwell.engine.model import RuleEffect, Task

Effects = tuple[RuleEffect, ...]


def remembering(task: Task, effect: RuleEffect) -> Task:
    """The task with an effect that happened just now, which replaces what the rule did in this way before.

    A rule that does two things to a task at once is remembered with both, to be taken back one by one.
    """
    others = (one for one in task.rule_effects if not _is_replaced(one, effect))
    return replace(task, rule_effects=(*others, effect))


def _is_replaced(earlier: RuleEffect, effect: RuleEffect) -> bool:
    if (earlier.rule_id, earlier.kind) != (effect.rule_id, effect.kind):
        return False
    at_once = effect.cause is not None and (earlier.cause, earlier.caused_at) == (
        effect.cause,
        effect.caused_at,
    )
    return not at_once or (earlier.before, earlier.after) == (effect.before, effect.after)


def shift_of(task: Task, rule_id: UUID) -> RuleEffect | None:
    """How this rule moved the deadline, unless a person has set it since (T-166)."""
    moves = (one for one in task.rule_effects if one.kind == "deadline" and one.rule_id == rule_id)
    return next(moves, None)


def without_deadlines(effects: Iterable[RuleEffect]) -> Effects:
    """What is left when a person sets the deadline: rules start from there."""
    return tuple(effect for effect in effects if effect.kind != "deadline")


def dated(deadline: datetime | None) -> str | None:
    """A deadline as effects keep it, to the microsecond."""
    return None if deadline is None else deadline.isoformat()


def as_entry(effect: RuleEffect) -> dict[str, Any]:
    """The effect as JSON."""
    return {
        "rule_id": effect.rule_id.hex,
        "kind": effect.kind,
        "before": effect.before,
        "after": effect.after,
        "base": dated(effect.base),
        "cause": None if effect.cause is None else effect.cause.hex,
        "caused_at": dated(effect.caused_at),
    }


def effect_of(entry: Mapping[str, Any]) -> RuleEffect:
    """What `as_entry` wrote."""
    return RuleEffect(
        rule_id=UUID(entry["rule_id"]),
        kind=entry["kind"],
        before=entry["before"],
        after=entry["after"],
        base=_instant(entry["base"]),
        cause=None if entry["cause"] is None else UUID(entry["cause"]),
        caused_at=_instant(entry["caused_at"]),
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
