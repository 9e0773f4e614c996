"""The kick-off form of a running process: submit it again, reopen it, change its answers (P-052 to P-055)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from stepwell.engine.answers import INVALID, merge, why_incomplete
from stepwell.engine.completion import refuse_archived, settled_change
from stepwell.engine.model import Answers, Change, Directory, Event, FormField, House, Process, Refused
from stepwell.engine.rules import KickoffChanged, evaluate_rules
from stepwell.engine.work import Actor, answer_events


def complete_kickoff(
    process: Process,
    by: Actor,
    at: datetime,
    house: House,
    directory: Directory,
    sent: Mapping[str, Any] | None = None,
) -> Change:
    """Submit the form, with answers if they are sent along. On a form that is complete it only saves those.

    Raises Refused with every missing or wrong answer under `prerun.<field id>`.
    """
    refuse_archived(process)
    fields = _fields(process)
    values = merge(fields, process.values, sent or {}, directory, "prerun")
    _refuse_incomplete(fields, values)
    if process.kickoff_complete:
        return _answered(process, process, values, at, house, directory, ())
    after = replace(process, kickoff_complete=True, kickoff_completed_at=at, kickoff_completed_by=by.user_id)
    event = _event(process, "completed", "Completed the kick-off form")
    return _answered(process, after, values, at, house, directory, (event,), resubmitted=True)


def reopen_kickoff(process: Process, at: datetime) -> Change:
    """Put the form back to incomplete; its answers stay. One that is incomplete stays as it is."""
    refuse_archived(process)
    if not process.kickoff_complete or not _fields(process):
        return settled_change(process, process, at, ())
    after = replace(process, kickoff_complete=False, kickoff_completed_at=None, kickoff_completed_by=None)
    return settled_change(process, after, at, (_event(process, "re-opened", "Reopened the kick-off form"),))


def save_kickoff(
    process: Process, sent: Mapping[str, Any], at: datetime, house: House, directory: Directory
) -> Change:
    """Change the answers that are sent; rules on those that got another value run again.

    A form that is complete must stay so. Raises Refused under `prerun.<field id>`.
    """
    refuse_archived(process)
    fields = _fields(process)
    values = merge(fields, process.values, sent, directory, "prerun")
    if process.kickoff_complete:
        _refuse_incomplete(_changed(fields, process.values, values), values)
    return _answered(process, process, values, at, house, directory, ())


def _answered(
    before: Process,
    after: Process,
    values: Answers,
    at: datetime,
    house: House,
    directory: Directory,
    events: tuple[Event, ...],
    resubmitted: bool = False,
) -> Change:
    fields = _fields(before)
    changed = frozenset(field.id for field in _changed(fields, before.values, values))
    if changed:
        after = replace(after, values=values)
        answered = _event(before, "updated", "Changed the kick-off form")
        events = (*answer_events(fields, before.values, values, answered), *events)
    if changed or resubmitted:
        after, executed = evaluate_rules(after, KickoffChanged(changed, resubmitted), at, house, directory)
        events = (*events, *executed)
    return settled_change(before, after, at, events)


def _changed(fields: tuple[FormField, ...], old: Answers, new: Answers) -> list[FormField]:
    return [field for field in fields if old.get(field.key) != new.get(field.key)]


def _refuse_incomplete(fields: tuple[FormField, ...] | list[FormField], values: Answers) -> None:
    missing = why_incomplete(fields, values)
    if missing:
        raise Refused(INVALID, {f"prerun.{key}": messages for key, messages in missing.items()})


def _fields(process: Process) -> tuple[FormField, ...]:
    return process.version.kickoff if process.version is not None else ()


def _event(process: Process, verb: str, description: str) -> Event:
    return Event(
        verb=verb,
        kind="Process",
        subject="process",
        subject_id=process.id,
        description=description,
        field="prerun",
    )
