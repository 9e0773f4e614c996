"""What the actions of a rule that fired do (T-159 to T-170); each leaves the state of the pass as it found it
when there is nothing to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, time

from stepwell.engine.assignment import (
    listed,
    people_without,
    still_assignable,
    union,
    why_too_many,
    with_companion,
)
from stepwell.engine.calendar import forward, shifted
from stepwell.engine.dates import parsed, written_or_none
from stepwell.engine.deadlines import follow_deadline, start_held_deadlines
from stepwell.engine.effects import dated, remembering, shift_of
from stepwell.engine.follow_up import with_follow_up_due
from stepwell.engine.model import (
    NOBODY,
    Action,
    DeadlineSource,
    Event,
    House,
    People,
    Refused,
    Rule,
    RuleEffect,
    Task,
    TaskStatus,
)
from stepwell.engine.sources import answer_to, people_of_action
from stepwell.engine.triggers import AssigneesChanged, Pass, TaskCompleted, TaskReopened, why
from stepwell.engine.visibility import hidden, shown, visibility_event
from stepwell.engine.work import reassigned, reopened

ADDING = frozenset({"assign", "assign_only"})
REFUSED_FIELD = "refused"  # the field of an event that the bot also says in a comment (T-170)


def act(now: Pass, rule: Rule, action: Action) -> None:
    """Carry out one action of a rule that fired. Archived tasks stay as they are; completed ones are only ever
    reopened."""
    task = now.tasks.get(action.target_step_id)
    if task is None:
        return
    if action.type == "webhook":
        _emit(now, rule, action, task)
    elif task.archived_at is None and task.completed is (action.type == "status"):
        done = ACTIONS.get(action.type)
        if done is not None:
            done(now, rule, action, task)


def _set_visibility(now: Pass, rule: Rule, action: Action, task: Task) -> None:
    """Show or hide; a manual choice stays (T-159 to T-161)."""
    is_hidden = task.status is TaskStatus.HIDDEN
    shows = action.verb == "show"
    if task.shown_by_hand is not None or shows is not is_hidden or action.verb not in ("show", "hide"):
        return
    words = ("hidden", "visible") if shows else ("visible", "hidden")
    after = shown(now.process, task, now.at, now.house) if shows else hidden(task)
    now.put(remembering(after, _effect(now, rule, "visibility", *words)))
    now.events.append(visibility_event(task, shows, why(rule)))


def _set_people(now: Pass, rule: Rule, action: Action, task: Task) -> None:
    """Assign, replace, remove or clear (T-163); what would be too many people is refused (T-114)."""
    people = _people_after(now, action, task)
    if people is None or people == task.people:
        return
    if action.verb in ADDING:
        reasons = why_too_many(people, task.max_assignable, now.directory, "owners")
        if reasons:
            now.events.append(_refused(rule, task, reasons["owners"][0]))
            return
    candidates = (now.process.owner_id, now.process.starter_id, now.by.user_id)
    people = with_companion(people, candidates, now.directory)
    if people == task.people:
        return
    after, events = reassigned(now.process, task, people, now.at, now.directory, why(rule))
    now.put(remembering(after, _effect(now, rule, "assignment", listed(task.people), listed(people))))
    now.events.extend(events)
    now.announce(AssigneesChanged(action.target_step_id))
    if after.completed:
        followed, moved = start_held_deadlines(with_follow_up_due(now.process, after), after, now.house)
        now.go_on_from(followed)
        now.events.extend(moved)
        now.announce(TaskCompleted(action.target_step_id))


def _people_after(now: Pass, action: Action, task: Task) -> People | None:
    """Whom the task is assigned to after the action, None when it names nobody who is there."""
    if action.verb == "clear_assignees":
        return NOBODY
    named = people_of_action(action, now.version, now.process.values, now.tasks)
    if action.verb == "unassign":
        return people_without(task.people, named, now.directory) if named else None
    if action.verb not in ADDING:
        return None
    named = still_assignable(named, now.directory)
    if not named:
        return None
    return named if action.verb == "assign_only" else union(task.people, named)


def _move_deadline(now: Pass, rule: Rule, action: Action, task: Task) -> None:
    """Set the deadline from a base (T-165); shifts from the task's own deadline do not add up (T-166)."""
    base = _base_of(now, rule, action, task)
    if base is None or action.shift is None:
        return
    units = -action.shift.value if action.shift.option == "before" else action.shift.value
    try:
        deadline = forward(now.house, shifted(now.house, base, units, action.shift.unit))
    except Refused:  # beyond the calendar
        return
    if deadline == task.deadline and task.deadline_source is DeadlineSource.RULE:
        return
    before = {"deadline": dated(task.deadline), "source": str(task.deadline_source)}
    effect = _effect(now, rule, "deadline", before, dated(deadline))
    earlier = shift_of(task, rule.id)
    effect = replace(effect, base=earlier.base if earlier is not None else task.deadline)
    after = replace(task, deadline=deadline, deadline_source=DeadlineSource.RULE)
    now.put(remembering(after, effect))
    if deadline != task.deadline:
        now.events.append(_deadline_event(task, after, rule))
        followed, moved = follow_deadline(now.process, after, now.house, why(rule))
        now.go_on_from(followed)
        now.events.extend(moved)


def _base_of(now: Pass, rule: Rule, action: Action, task: Task) -> datetime | None:
    """What the deadline is counted from; None when the date or the other deadline is missing."""
    source = action.source_id
    if source is None or source == action.target_step_id:
        earlier = shift_of(task, rule.id)
        return (earlier.base if earlier is not None else task.deadline) or now.at
    field = now.version.field_by_id.get(source)
    if field is None:
        base = now.tasks.get(source)
        return base.deadline if base is not None else None
    value = answer_to(field, now.version, now.process.values, now.tasks)
    day = parsed(value) if field.type == "date" and isinstance(value, str) else None
    return None if day is None else _start_of_day(day, now.house)


def _start_of_day(day: date, house: House) -> datetime:
    """A date alone is its first minute in the organization's zone (T-167)."""
    return day if isinstance(day, datetime) else datetime.combine(day, time(), house.zone)


def _reopen(now: Pass, rule: Rule, action: Action, task: Task) -> None:
    """Like a reopening by hand, but never of the task that set this off (T-168, P-356)."""
    if now.is_about(action.target_step_id):
        return
    after, event = reopened(task, now.at, now.house, None)
    now.put(after)
    now.events.append(replace(event, why=why(rule)))
    followed, moved = follow_deadline(now.process, after, now.house, why(rule))
    now.go_on_from(followed)
    now.events.extend(moved)
    now.announce(TaskReopened(action.target_step_id))


def _emit(now: Pass, rule: Rule, action: Action, task: Task) -> None:
    """Have the target's payload sent once for this firing (T-169). The address stays out of the log."""
    if action.webhook_url is None:
        return
    label = action.alias_name or rule.name
    now.events.append(
        Event(
            verb="emitted",
            kind="Task",
            subject="task",
            subject_id=task.id,
            description=f"Webhook of an automation: {label}",
            field="webhook",
            new=label,
            why={**why(rule), "action": rule.actions.index(action)},
        )
    )


ACTIONS: Mapping[str, Callable[[Pass, Rule, Action, Task], None]] = {
    "visibility": _set_visibility,
    "assignment": _set_people,
    "deadline": _move_deadline,
    "status": _reopen,
}


def _effect(now: Pass, rule: Rule, kind: str, before: object, after: object) -> RuleEffect:
    cause = now.cause
    return RuleEffect(
        rule_id=rule.id,
        kind=kind,
        before=before,
        after=after,
        cause=cause,
        caused_at=now.at if cause is not None else None,
    )


def _deadline_event(before: Task, after: Task, rule: Rule) -> Event:
    return Event(
        verb="updated",
        kind="Task",
        subject="task",
        subject_id=after.id,
        description=f"Changed the deadline of: {after.title}",
        field="deadline",
        old=written_or_none(before.deadline),
        new=written_or_none(after.deadline),
        why=why(rule),
    )


def _refused(rule: Rule, task: Task, reason: str) -> Event:
    return Event(
        verb="execution_fail",
        kind="Task",
        subject="task",
        subject_id=task.id,
        description=f"An automation could not change the assignees of: {task.title}",
        field=REFUSED_FIELD,
        new=f"The automation “{rule.name}” could not change the assignees of this task: {reason}",
        why=why(rule),
    )
