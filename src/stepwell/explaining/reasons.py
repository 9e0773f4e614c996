"""One reason for how a task is: a sentence, when it came about, by whom, and the rule's conditions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from stepwell.engine.dates import written_or_none
from stepwell.engine.health.wording import condition_in_words, listed, quoted
from stepwell.engine.model import Condition, Rule, Version
from stepwell.explaining.why_queries import Facts, Happened

Json = dict[str, Any]
UNSEEN = "something holds in a task that you may not see"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """`kind`: launch, step, starter, job_title, companion, default, created, archived, reopened, hand, rule,
    anchor or clock."""

    kind: str
    sentence: str
    at: datetime | None = None
    event: Happened | None = None
    event_id: int | None = None
    rule: Json | None = None

    def json(self) -> Json:
        by = None
        if self.event is not None and self.event.actor_id is not None and self.kind not in ("rule", "anchor"):
            by = {"id": self.event.actor_id, "type": self.event.actor_type, "name": self.event.actor_name}
        return {
            "kind": self.kind,
            "sentence": self.sentence,
            "at": written_or_none(self.event.at if self.event is not None else self.at),
            "event_id": self.event.id if self.event is not None else self.event_id,
            "by": by,
            "rule": self.rule,
        }


def actor_of(event: Happened) -> str:
    """Who did it, at the beginning of a sentence."""
    if event.actor_type == "bot" or event.actor_id is None:
        return "The system"
    return event.actor_name or "Somebody"


def people_in_words(facts: Facts, people: Any) -> str:
    """The names of the people in a list as the log keeps it."""
    if not isinstance(people, dict):
        return "nobody"
    names = [facts.names.get(str(user), f"member {user}") for user in people.get("users", ())]
    names += [str(guest) for guest in people.get("guests", ())]
    names += [f"the group {quoted(facts.names.get(group, group))}" for group in people.get("groups", ())]
    return listed(names) if names else "nobody"


def rule_of(facts: Facts, rule_id: str) -> Rule | None:
    rules = facts.version.rules if facts.version is not None else ()
    return next((rule for rule in rules if rule.id.hex == rule_id), None)


def because_of_rule(facts: Facts, event: Happened, did: str) -> Reason:
    """The reason that a rule gave: what it did, and which of its conditions held."""
    why = event.why or {}
    name = quoted(str(why.get("alias", "")))
    conditions = evaluated_conditions(facts, event.execution) if event.execution is not None else []
    held = [one["sentence"] for one in conditions if one["isMet"]]
    because = f", because {listed(held)}" if held else ""
    return Reason(
        kind="rule",
        sentence=f"The rule {name} {did}{because}.",
        event=event,
        rule={
            "automation_id": why.get("automation_id"),
            "alias": why.get("alias"),
            "event_id": event.execution_id,
            "conditions": conditions,
        },
    )


def evaluated_conditions(facts: Facts, state: Json) -> list[Json]:
    """The conditions of an evaluation, each with a sentence; of tasks out of sight nothing is told."""
    rule = rule_of(facts, str(state.get("automation_id")))
    told = state.get("rules", [])
    known = rule.conditions if rule is not None and len(rule.conditions) == len(told) else ()
    found = []
    for index, one in enumerate(told):
        condition = known[index] if known else None
        if condition is not None and not _is_in_sight(facts, condition):
            one = {**one, "task_title": None, "field_label": None, "statement": None, "value": None}
            found.append({**one, "sentence": UNSEEN})
        else:
            found.append({**one, "sentence": _sentence(facts.version, condition, one)})
    return found


def conditions_told(facts: Facts, rule: Rule) -> str:
    """A rule's conditions as they are read; of tasks out of sight nothing is told."""
    assert facts.version is not None
    words = ""
    for condition in rule.conditions:
        one = condition_in_words(facts.version, condition) if _is_in_sight(facts, condition) else UNSEEN
        words = f"{words} {condition.logic} {one}" if words else one
    return words


def _is_in_sight(facts: Facts, condition: Condition) -> bool:
    assert facts.version is not None
    step_id: UUID | None = condition.subject_id
    if condition.subject != "Step":
        step_id = facts.version.step_of_field.get(condition.subject_id)
    other = facts.others.get(step_id) if step_id is not None else None
    return other is None or other.seen


def _sentence(version: Version | None, condition: Condition | None, told: Json) -> str:
    if version is not None and condition is not None:
        return condition_in_words(version, condition)
    what = quoted(str(told.get("field_label") or told.get("task_title") or ""))
    return f"{what} {told.get('operation')} {told.get('statement') or ''}".strip()
