"""What rules did to tasks, as the answers of completing and reopening tell it (T-156)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from stepwell.engine.assignment import listed
from stepwell.engine.dates import written_or_none
from stepwell.engine.model import Change, Task


def changed_by_rules(before: Mapping[UUID, Task], task_id: UUID, change: Change) -> dict[str, Any]:
    """By task id what differs since `before`, for the tasks that a rule had a part in. The status of the task
    in hand is the caller's doing."""
    by_rules = {
        event.subject_id
        for event in change.events
        if event.subject == "task" and event.why is not None and "automation_id" in event.why
    }
    changed: dict[str, Any] = {}
    for task in change.tasks:
        old = before.get(task.id)
        if old is None or task.id not in by_rules:
            continue
        what = _differences(replace(old, status=task.status) if task.id == task_id else old, task)
        if what:
            changed[task.id.hex] = {"status": str(task.status), **what}
    return changed


def _differences(old: Task, new: Task) -> dict[str, Any]:
    what: dict[str, Any] = {}
    if old.visible != new.visible:
        what["action"] = "show" if new.visible else "hide"
    elif old.completed != new.completed:
        what["action"] = "complete" if new.completed else "reopen"
    if written_or_none(old.deadline) != written_or_none(new.deadline):
        what["deadline"] = written_or_none(new.deadline)
        what.setdefault("action", "deadline")
    if old.people != new.people:
        what["owners"] = listed(new.people)
        what.setdefault("action", "assignment")
    return what
