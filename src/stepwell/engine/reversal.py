"""Taking back what the rules did because a task was completed, when it is reopened and that is asked for (P-354)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from stepwell.engine.assignment import listed, people_listed, still_assignable, with_companion
from stepwell.engine.dates import written_or_none
from stepwell.engine.deadlines import follow_deadline
from stepwell.engine.effects import dated
from stepwell.engine.model import (
    DeadlineSource,
    Directory,
    Event,
    House,
    People,
    Process,
    RuleEffect,
    Task,
    TaskStatus,
    Version,
)
from stepwell.engine.triggers import AssigneesChanged, Trigger
from stepwell.engine.visibility import hidden, shown, visibility_event


@dataclass(slots=True)
class Reversal:
    """The process as far as effects have been taken back, and what that is to be followed by."""

    process: Process
    version: Version
    at: datetime
    house: House
    directory: Directory
    events: list[Event] = field(default_factory=list)
    triggers: list[Trigger] = field(default_factory=list)


def take_back(
    process: Process, completed: Task, at: datetime, house: House, directory: Directory
) -> tuple[Process, tuple[Event, ...], tuple[Trigger, ...]]:
    """`process` without the effects that the completion of a task had on others, where nothing has happened
    to them since. `completed` is the task as it was before it was reopened."""
    version = process.version
    if version is None or completed.step_id is None or completed.completed_at is None:
        return process, (), ()
    now = Reversal(process, version, at, house, directory)
    for task in process.tasks.values():
        if task.id != completed.id and task.archived_at is None and not task.completed:
            _take_back_of(now, task, completed.step_id, completed.completed_at)
    return now.process, tuple(now.events), tuple(now.triggers)


def _take_back_of(now: Reversal, task: Task, cause: UUID, since: datetime) -> None:
    """From the newest effect backwards, each kind for itself, until one is found that is not to be undone."""
    settled: set[str] = set()
    for effect in reversed(task.rule_effects):
        if effect.kind in settled:
            continue
        caused = effect.cause == cause and effect.caused_at is not None and effect.caused_at >= since
        present = now.process.tasks[task.id]
        if not caused or not _is_as_left(present, effect):
            settled.add(effect.kind)
            continue
        left = tuple(one for one in present.rule_effects if one is not effect)
        _undo(now, replace(present, rule_effects=left), effect)


def _is_as_left(task: Task, effect: RuleEffect) -> bool:
    """Nobody has changed since what the rule left behind."""
    if effect.kind == "visibility":
        visible = task.status is not TaskStatus.HIDDEN
        return task.shown_by_hand is None and effect.after == ("visible" if visible else "hidden")
    if effect.kind == "assignment":
        return bool(listed(task.people) == effect.after)
    return task.deadline_source is DeadlineSource.RULE and dated(task.deadline) == effect.after


def _undo(now: Reversal, task: Task, effect: RuleEffect) -> None:
    rules = {rule.id: rule for rule in now.version.rules}
    rule = rules.get(effect.rule_id)
    name = rule.name if rule is not None else ""
    why = {"automation_id": effect.rule_id.hex, "alias": name, "reversed": True}
    if effect.kind == "visibility":
        shows = effect.before == "visible"
        after = shown(now.process, task, now.at, now.house) if shows else hidden(task)
        now.process = now.process.having(after)
        now.events.append(visibility_event(task, shows, why))
    elif effect.kind == "assignment":
        _give_back(now, task, people_listed(effect.before), why)
    else:
        _date_back(now, task, effect.before, why)


def _give_back(now: Reversal, task: Task, people: People, why: Mapping[str, Any]) -> None:
    people = still_assignable(people, now.directory)
    people = with_companion(people, (now.process.owner_id, now.process.starter_id), now.directory)
    now.process = now.process.having(replace(task, people=people))
    if people == task.people:
        return
    now.events.append(
        _event(task, "owners-updated", f"Changed the assignees of: {task.title}", "owners",
               listed(task.people), listed(people), why)
    )  # fmt: skip
    if task.step_id is not None:
        now.triggers.append(AssigneesChanged(task.step_id))


def _date_back(now: Reversal, task: Task, before: Mapping[str, Any], why: Mapping[str, Any]) -> None:
    text = before["deadline"]
    deadline = None if text is None else datetime.fromisoformat(text)
    after = replace(task, deadline=deadline, deadline_source=DeadlineSource(before["source"]))
    now.process = now.process.having(after)
    now.events.append(
        _event(task, "updated", f"Changed the deadline of: {task.title}", "deadline",
               written_or_none(task.deadline), written_or_none(deadline), why)
    )  # fmt: skip
    now.process, moved = follow_deadline(now.process, after, now.house, why)
    now.events.extend(moved)


def _event(
    task: Task, verb: str, description: str, what: str, old: Any, new: Any, why: Mapping[str, Any]
) -> Event:
    return Event(
        verb=verb,
        kind="Task",
        subject="task",
        subject_id=task.id,
        description=description,
        field=what,
        old=old,
        new=new,
        why=why,
    )
