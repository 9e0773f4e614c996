"""A moment of a simulation as it is answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from stepwell.engine.assignment import listed
from stepwell.engine.dates import written, written_or_none
from stepwell.engine.health.findings import place_of_step
from stepwell.engine.model import Event, Process, ProcessStatus, Task, Version
from stepwell.engine.progress import Progress, counts, progress, whole_progress
from stepwell.engine.simulation import Moment
from stepwell.engine.work import Actor, label_of
from stepwell.explaining.health import place_json

Json = dict[str, Any]


def moment_json(version: Version, moment: Moment, *, whole: bool) -> Json:
    """What happened and how all stands after it; unless `whole`, of the tasks only those that changed."""
    process = moment.process
    complete = process.status is ProcessStatus.COMPLETE
    tally = counts(process)
    tasks = sorted(process.tasks.values(), key=lambda task: task.position)
    return {
        "at": written(moment.at),
        "event": {
            "type": moment.what,
            "completion": moment.number,
            "step": _step(version, moment.step_id),
            "by": _person(moment.by) if moment.by is not None else None,
        },
        "status": str(process.status),
        "progress": _progress(progress(tally, complete)),
        "whole_progress": _progress(whole_progress(tally, complete)),
        "tasks": [
            _task(version, process, task, changed=task.step_id in moment.changed)
            for task in tasks
            if whole or task.step_id in moment.changed
        ],
        "automated_actions": [_rule(event) for event in moment.events if event.kind == "execution"],
        "effects": [_effect(event) for event in moment.events if event.kind != "execution"],
        "launches": [
            {"step": _step(version, step.id), "checklist_id": step.follow_up.template_id.hex,
             "tasks_within_process": step.follow_up.inside}
            for step in version.steps
            if step.id in moment.follow_ups and step.follow_up is not None
        ],
    }  # fmt: skip


def _step(version: Version, step_id: UUID | None) -> Json | None:
    step = version.step_by_id.get(step_id) if step_id is not None else None
    return place_json(place_of_step(step)) if step is not None else None


def _person(actor: Actor) -> Json:
    return {"user_id": actor.user_id, "guest": actor.guest}


def _progress(found: Progress) -> Json:
    return {"complete": found.complete, "total": found.total, "percent": found.percent}


def _task(version: Version, process: Process, task: Task, *, changed: bool) -> Json:
    by = Actor(task.completer_id, task.completer_guest)
    return {
        "step_id": (task.step_id or task.id).hex,
        "alias": task.alias,
        "title": task.title,
        "position": task.position,
        "task_type": str(task.type),
        "visible": task.visible,
        "status": str(task.status),
        "status_label": label_of(task) if task.completed else None,
        "owners": listed(task.people),
        "started_at": written_or_none(task.starts_at),
        "deadline": written_or_none(task.deadline),
        "deadline_source": str(task.deadline_source),
        "waits_for": _step(version, held_for(version, process, task)),
        "is_approved": task.is_approved,
        "completed_at": written_or_none(task.completed_at),
        "completed_by": None if by.is_bot or not task.completed else _person(by),
        "taskdata": dict(task.values),
        "changed": changed,
    }


def held_for(version: Version, process: Process, task: Task) -> UUID | None:
    """The step that a deadline is held for, if it is; the end of the chain when that one is held as well."""
    deadline: datetime | None = task.deadline
    step_id, seen = task.step_id, set[UUID]()
    while deadline is None and step_id is not None and step_id not in seen:
        seen.add(step_id)
        step = version.step_by_id.get(step_id)
        if step is None or step.deadline is None or step.deadline.anchor is None:
            return None
        anchor = process.task_of(step.deadline.anchor)
        if step.deadline.option == "from" or anchor is None:
            return step.deadline.anchor
        step_id, deadline = step.deadline.anchor, anchor.deadline
    return None


def _rule(event: Event) -> Json:
    state = event.new
    return {
        "automation_id": state["automation_id"],
        "alias": state["alias"],
        "fired": event.verb == "executed",
        "conditions": state["rules"],
    }


def _effect(event: Event) -> Json:
    return {
        "verb": event.verb,
        "description": event.description,
        "field": event.field,
        "old": event.old,
        "new": event.new,
        "rule": (event.why or {}).get("alias"),
    }
