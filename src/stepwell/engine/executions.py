"""What the log says of the evaluation of a rule; clients explain from it why a step is hidden (T-151)."""

from __future__ import annotations

import json
from typing import Any

from stepwell.engine.conditions import Situation
from stepwell.engine.model import Condition, Event, Process, Rule
from stepwell.engine.sources import answer_to
from stepwell.engine.triggers import why
from stepwell.engine.work import label_of

LONGEST_VALUE = 1000  # characters of JSON; what is longer is not repeated in the log
WORDS = {
    "equals": "is",
    "not_equals": "is not",
    "equals_any": "is any of",
    "contains": "contains",
    "not_contains": "does not contain",
    "greater_than": "is greater than",
    "less_than": "is less than",
    "greater_than_or_equals": "is greater than or equal to",
    "less_than_or_equals": "is less than or equal to",
    "is_empty": "is empty",
    "is_not_empty": "is not empty",
}


def evaluation(process: Process, situation: Situation, rule: Rule, met: list[bool], fires: bool) -> Event:
    """One row for one evaluation: which conditions held, what they saw, and what was to be done."""
    actions: dict[str, dict[str, Any]] = {}
    for action in rule.actions:
        task = situation.tasks.get(action.target_step_id)
        if task is not None:
            entry = actions.setdefault(task.id.hex, {"title": task.title, "actions": []})
            entry["actions"].append(action.verb)
    state = {
        "automation_id": rule.id.hex,
        "alias": rule.name,
        "rules": [_explained(situation, one, holds) for one, holds in zip(rule.conditions, met, strict=True)],
        "actions": actions,
    }
    return Event(
        verb="executed" if fires else "execution_fail",
        kind="execution",
        subject="process",
        subject_id=process.id,
        description=f"{'Executed' if fires else 'Evaluated'} automation: {rule.name}",
        new=state,
    )


def _explained(situation: Situation, condition: Condition, holds: bool) -> dict[str, Any]:
    version = situation.version
    form_field = version.field_by_id.get(condition.subject_id)
    task = situation.tasks.get(version.step_of_field.get(condition.subject_id, condition.subject_id))
    of_step = condition.subject == "Step"
    return {
        "type": {"Step": "task", "Prerun": "prerun"}.get(condition.subject, "capture"),
        "task_title": task.title if task is not None else None,
        "field_label": form_field.label if form_field is not None else None,
        "operation": condition.operation if of_step else WORDS.get(condition.operation, condition.operation),
        "statement": condition.statement,
        "logic": condition.logic,
        "isMet": holds,
        "value": _seen(situation, condition),
    }


def _seen(situation: Situation, condition: Condition) -> Any:
    """What the condition looked at: an answer, or in a word how the task stood."""
    field = situation.version.field_by_id.get(condition.subject_id)
    if field is not None:
        value = answer_to(field, situation.version, situation.kickoff, situation.tasks)
        return value if len(json.dumps(value, default=str)) <= LONGEST_VALUE else "…"
    task = situation.tasks.get(condition.subject_id)
    if task is None:
        return None
    return label_of(task) if task.completed else str(task.status)


def loop_stopped(process: Process, rule: Rule) -> Event:
    return Event(
        verb="execution_fail",
        kind="Process",
        subject="process",
        subject_id=process.id,
        description=f"automation loop stopped: {rule.name}",
        why=why(rule),
    )
