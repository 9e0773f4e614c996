"""Why a task is due when it is due, or what its deadline waits for."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from stepwell.engine.calendar import forward, shifted
from stepwell.engine.dates import parsed, written, written_or_none
from stepwell.engine.deadlines import default_deadline
from stepwell.engine.health.wording import quoted
from stepwell.engine.model import Refused, StepDeadline
from stepwell.explaining.reasons import Reason, actor_of, because_of_rule
from stepwell.explaining.why_queries import Facts, Happened


def why_due(facts: Facts) -> dict[str, Any]:
    """How the task came to its deadline, oldest first; the last reason is the one that counts."""
    task = facts.task
    changes = [event for event in facts.events if event.field == "deadline"]
    reasons = [_at_first(facts, changes[0] if changes else None)]
    reasons += [_reason(facts, event) for event in changes]
    waits_for = _waits_for(facts) if task.deadline is None else None
    return {
        "deadline": written_or_none(task.deadline),
        "deadline_source": task.deadline_source,
        "because": reasons[-1].sentence,
        "reasons": [reason.json() for reason in reasons],
        "waits_for": waits_for,
    }


def _rule(facts: Facts) -> StepDeadline | None:
    """The deadline that the task's step gives it."""
    task = facts.task
    if task.oneoff or facts.version is None or task.step_id is None:
        return None
    step = facts.version.step_by_id.get(task.step_id)
    return step.deadline if step is not None else None


def _at_first(facts: Facts, change: Happened | None) -> Reason:
    """Where the first deadline came from, which is the present one unless there was a change."""
    task = facts.task
    first = _moment(change.old) if change is not None else task.deadline
    if task.oneoff or task.step_id is None:
        created = next((event for event in facts.events if event.verb == "created"), None)
        who = actor_of(created) if created is not None else "Somebody"
        due = f"due {_when(facts, first)}" if first is not None else "without a deadline"
        return Reason(kind="created", sentence=f"{who} created it {due}.", at=task.created_at, event=created)
    rule = _rule(facts)
    if first is None:
        held = f"it counts {_span(facts, rule)}" if rule is not None else "none was given"
        return Reason(kind="step", sentence=f"It has no date at first: {held}.", at=task.created_at)
    if task.deadline_source == "hand" if change is None else _is_other(facts, rule, first):
        sentence = f"It was given at launch: {_when(facts, first)}."
        return Reason(kind="launch", sentence=sentence, at=task.created_at)
    if rule is None or (change is None and task.deadline_source == "default"):
        span = facts.task.house.default_deadline
        why = "the step it would count from is not there" if rule is not None else "the step gives none"
        sentence = f"The organization's {span.value} {span.unit} from the launch count, since {why}."
        return Reason(kind="default", sentence=sentence, at=task.created_at)
    return Reason(kind="step", sentence=f"The step says so: {_span(facts, rule)}.", at=task.created_at)


def _is_other(facts: Facts, rule: StepDeadline | None, first: datetime) -> bool:
    """Whether the launch gave another deadline than step or organization would have."""
    house, launched = facts.task.house, facts.task.created_at
    try:
        if rule is None:
            expected = default_deadline(house, launched)
        elif rule.anchor is None:
            units = 0 if rule.option == "prior_to" else rule.value
            expected = forward(house, shifted(house, launched, units, rule.unit))
        else:
            return rule.option == "from"  # what is held at first has no date
    except Refused:
        return False
    return written(expected) != written(first)


def _reason(facts: Facts, event: Happened) -> Reason:
    if event.verb == "re-opened":
        sentence = f"{actor_of(event)} reopened it, due {_when(facts, _moment(event.new))}."
        return Reason(kind="reopened", sentence=sentence, event=event)
    moved = (
        f"set its deadline to {_when(facts, _moment(event.new))}" if event.new else "took its deadline away"
    )
    why = event.why or {}
    if "task_id" in why:
        rule = _rule(facts)
        span = f": {_span(facts, rule)}" if rule is not None else ""
        what = "was completed" if rule is not None and rule.option == "from" else "changed"
        title = _title_of(facts, str(why["task_id"]))
        sentence = f"It follows {title}, which {what}{span}. That makes {_when(facts, _moment(event.new))}."
        return Reason(kind="anchor", sentence=sentence, event=event)
    if "automation_id" in why:
        return because_of_rule(facts, event, moved)
    return Reason(kind="hand", sentence=f"{actor_of(event)} {moved}.", event=event)


def _waits_for(facts: Facts) -> dict[str, Any] | None:
    """The step that has to be completed, or dated, before there is a deadline."""
    rule = _rule(facts)
    if rule is None or rule.anchor is None or facts.version is None:
        return None
    step, other = facts.version.step_by_id.get(rule.anchor), facts.others.get(rule.anchor)
    if step is None:
        return None
    seen = other is None or other.seen
    what = quoted(other.title if other is not None else step.title) if seen else "a task that you may not see"
    done = "is completed" if rule.option == "from" else "has a deadline"
    return {
        "step_id": rule.anchor.hex,
        "task_id": other.id.hex if other is not None else None,
        "title": (other.title if other is not None else step.title) if seen else None,
        "sentence": f"It is due {rule.value} {rule.unit} {_side(rule)} {what}, once that {done}.",
    }


def _span(facts: Facts, rule: StepDeadline) -> str:
    """The step's deadline in words."""
    if rule.anchor is None:
        return f"{rule.value} {rule.unit} {_side(rule)} the launch"
    step = facts.version.step_by_id.get(rule.anchor) if facts.version is not None else None
    return f"{rule.value} {rule.unit} {_side(rule)} {_named(facts, rule.anchor, step.title if step else '')}"


def _side(rule: StepDeadline) -> str:
    return "after" if rule.option == "from" else "before"


def _named(facts: Facts, step_id: UUID, title: str) -> str:
    other = facts.others.get(step_id)
    if other is not None and not other.seen:
        return "a task that you may not see"
    return quoted(other.title if other is not None else title)


def _title_of(facts: Facts, task_id: str) -> str:
    other = next((one for one in facts.others.values() if one.id.hex == task_id), None)
    if other is None or not other.seen:
        return "a task that you may not see"
    return quoted(other.title)


def _moment(value: Any) -> datetime | None:
    found = parsed(value) if isinstance(value, str) else None
    return found if isinstance(found, datetime) else None


def _when(facts: Facts, moment: datetime | None) -> str:
    """A moment as people of the organization read it."""
    if moment is None:
        return "no date"
    local = moment.astimezone(facts.task.house.zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M}"
