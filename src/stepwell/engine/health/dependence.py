"""What it depends on whether a step is shown: fields and decisions, followed back through the rules (T-172)."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from stepwell.engine.health.findings import Place, place_of_field, place_of_step
from stepwell.engine.health.outlook import Outlook
from stepwell.engine.model import Rule

MOST = 20  # things that are named for one step


def depends_on(outlook: Outlook, step_id: UUID) -> tuple[Place, ...]:
    """The fields, and the steps whose outcome counts; a step that is merely waited for is followed further back."""
    found: dict[UUID, Place] = {}
    seen = {step_id}
    waiting = [step_id]
    while waiting and len(found) < MOST:
        one = waiting.pop()
        rules = [*outlook.showing.get(one, ()), *outlook.hiding.get(one, ())]
        for subject in _subjects(outlook, rules, found):
            if subject not in seen and outlook.label(subject) == "depends":
                seen.add(subject)
                waiting.append(subject)
    return tuple(found.values())[:MOST]


def _subjects(outlook: Outlook, rules: Iterable[Rule], found: dict[UUID, Place]) -> list[UUID]:
    """The steps that must be visible first; what is decided by them is added to `found`."""
    version = outlook.version
    steps = []
    for rule in rules:
        if not outlook.may_fire(rule):
            continue
        for condition in (one for way in outlook.ways[rule.id] for one in way.clause):
            owner = outlook.logic.owner(condition)
            if owner is not None:
                steps.append(owner)
            if outlook.logic.is_certain(condition):
                continue
            field = version.field_by_id.get(condition.subject_id)
            step = version.step_by_id.get(condition.subject_id)
            if field is not None:
                found.setdefault(field.id, place_of_field(version, field))
            elif step is not None:
                found.setdefault(step.id, place_of_step(step))
    return steps
