"""When a condition of an automation rule holds (T-138 to T-145)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from stepwell.engine.answer_values import cells, chosen_texts, is_blank, is_blank_cell
from stepwell.engine.model import Answers, Condition, FormField, Task, TaskType, Version
from stepwell.engine.operands import folded, is_later, moments, number, operands, same_day_or_instant

EXPIRING = frozenset({TaskType.EXPIRING, TaskType.EXPIRING_EMAIL})
NEGATIVE = {"not_equals": "equals", "not_contains": "contains"}
# What a field of the type can answer beyond is_empty and is_not_empty; all else is false, silently.
WITHOUT_EQUALITY = frozenset({"file", "table", "assignees_form"})
WITHOUT_SUBSTRING = frozenset({"assignees_form"})
WITHOUT_ORDER = frozenset({"multiselect", "file", "table", "assignees_form"})
ANY_TIME = frozenset({"", "any", "anytime", "any-time", "completed"})
ONE_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Situation:
    """What conditions look at: the kick-off answers, and the tasks by the step they were made from."""

    version: Version
    kickoff: Answers
    tasks: Mapping[UUID, Task]


def all_met(met: Sequence[bool], conditions: Sequence[Condition]) -> bool:
    """The conditions' results joined strictly left to right, each by its own logic (T-145)."""
    if not met:
        return False
    result = met[0]
    for one, condition in zip(met[1:], conditions[1:], strict=True):
        if condition.logic == "and":
            result = result and one
        elif condition.logic == "or":
            result = result or one
    return result


def is_met(condition: Condition, situation: Situation) -> bool:
    """Whether a condition holds. One about something that is not there, or of no known kind, never does."""
    if condition.subject == "Step":
        task = situation.tasks.get(condition.subject_id)
        return task is not None and task.visible and step_is(task, condition)
    field = situation.version.field_by_id.get(condition.subject_id)
    if field is None:
        return False
    if condition.subject == "Prerun":
        return field_is(field, situation.kickoff.get(field.key), condition, blank_counts=True)
    if condition.subject == "Capture":
        owner = situation.tasks.get(situation.version.step_of_field.get(field.id, field.id))
        value = owner.values.get(field.key) if owner is not None else None
        done = owner is not None and owner.visible and owner.completed
        return field_is(field, value, condition, blank_counts=done)
    return False


def step_is(task: Task, condition: Condition) -> bool:
    """Whether a visible task is in the state that a condition about its step asks for (T-138)."""
    decided = task.type is TaskType.APPROVAL and task.completed
    match condition.operation:
        case "completed":
            by_clock = task.type is TaskType.EXPIRING and task.expired
            return task.completed and not by_clock and _in_time(task, condition.statement)
        case "approved" | "rejected":
            return decided and task.is_approved is (condition.operation == "approved")
        case "acknowledged" | "expired":
            return (
                task.completed
                and task.type in EXPIRING
                and task.expired is (condition.operation == "expired")
            )
        case "reopened":
            return task.open and task.reopened
        case "not_assigned":
            return task.open and not task.people
    return False


def _in_time(task: Task, statement: Any) -> bool:
    """The time clause of `completed` (T-139). Without a deadline only "any time" holds."""
    word = "any" if statement is None else statement if isinstance(statement, str) else "unknown"
    clause = folded(word).replace("_", "-").replace(" ", "-")
    if clause in ANY_TIME:
        return True
    if task.deadline is None or task.completed_at is None:
        return False
    left = task.deadline - task.completed_at
    if clause in ("on-time", "ontime"):
        return left >= timedelta()
    if clause in ("early-24", "early24"):
        return left >= ONE_DAY
    return clause in ("late-24", "late24") and left <= -ONE_DAY


def field_is(field: FormField, value: Any, condition: Condition, blank_counts: bool) -> bool:
    """`blank_counts`: a blank answer is a statement, not merely an answer that is still to come (T-144)."""
    blank = is_blank(field, value)
    operation = condition.operation
    if operation == "is_empty":
        return blank and blank_counts
    if operation == "is_not_empty":
        return not blank
    if not _can_answer(field.type, operation):
        return False
    if operation in NEGATIVE:
        return blank_counts if blank else not _holds(field, value, condition, NEGATIVE[operation])
    return not blank and _holds(field, value, condition, operation)


def _can_answer(field_type: str, operation: str) -> bool:
    if operation in ("equals", "not_equals", "equals_any"):
        return field_type not in WITHOUT_EQUALITY
    if operation in ("contains", "not_contains"):
        return field_type not in WITHOUT_SUBSTRING
    return field_type not in WITHOUT_ORDER


def _holds(field: FormField, value: Any, condition: Condition, operation: str) -> bool:
    """A positive operation on an answer that is not blank."""
    wanted = operands(field, condition.statement, in_list=operation == "equals_any")
    texts = _texts(field, value, condition.column)
    if operation == "contains":
        return any(needle in text for needle in wanted for text in texts)
    if operation in ("equals", "equals_any"):
        if field.type == "date":
            return any(same_day_or_instant(one, other) for one in moments(texts) for other in moments(wanted))
        return any(text in wanted for text in texts)
    if field.type == "date":
        return any(_date_compares(operation, texts, other) for other in wanted)
    return any(_number_compares(field, operation, text, other) for text in texts for other in wanted)


def _date_compares(operation: str, texts: list[str], wanted: str) -> bool:
    ours, theirs = moments(texts), moments([wanted])
    if not ours or not theirs:
        return False
    later, earlier = is_later(ours[0], theirs[0]), is_later(theirs[0], ours[0])
    return _compares(operation, later, earlier)


def _number_compares(field: FormField, operation: str, text: str, wanted: str) -> bool:
    ours, theirs = number(field, text), number(field, wanted)
    if ours is None or theirs is None:
        return False
    return _compares(operation, ours > theirs, ours < theirs)


def _compares(operation: str, greater: bool, less: bool) -> bool:
    match operation:
        case "greater_than":
            return greater
        case "less_than":
            return less
        case "greater_than_or_equals":
            return not less
        case "less_than_or_equals":
            return not greater
    return False


def _texts(field: FormField, value: Any, column: str | None) -> list[str]:
    """The texts of an answer that conditions look at, folded; blank cells are none."""
    found: list[Any]
    if field.type == "multiselect" and isinstance(value, (list, tuple)):
        found = list(chosen_texts(value))
    elif field.type == "table" and isinstance(value, (list, tuple)):
        found = _cells(field, value, column)
    elif field.type == "file" and isinstance(value, (list, tuple)):
        found = [_file_name(entry) for entry in value]
    elif isinstance(value, Mapping):
        found = [value.get("text", "")]
    else:
        found = [value]
    return [folded(one if isinstance(one, str) else str(one)) for one in found]


def _cells(field: FormField, value: Sequence[Any], column: str | None) -> list[Any]:
    """The filled cells of a table, or those of the column with that label; an unknown label has none."""
    columns = list(value)
    if column is not None and column.strip():
        labels = [folded(one.label) for one in field.columns]
        columns = [one for one, label in zip(value, labels, strict=False) if label == folded(column)]
    return [cell for one in columns for cell in cells(one) if not is_blank_cell(cell)]


def _file_name(entry: Any) -> str:
    if not isinstance(entry, Mapping):
        return ""
    return str(entry.get("filename") or entry.get("full_url") or entry.get("url") or "")
