"""What a rule refers to must be of its template, and a rule must not work against itself (T-133, T-136)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from stepwell.engine.answer_types import hex_id
from stepwell.engine.assignment import why_unassignable
from stepwell.engine.model import People
from stepwell.people.directory import Mentioned, register_of
from stepwell.templates.drafts import Draft

KNOWN = """
    SELECT 'Step', hex(id), '', '[]'::jsonb FROM template_steps
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s
    UNION ALL
    SELECT CASE WHEN step_id IS NULL THEN 'Prerun' ELSE 'Capture' END, hex(id), field_type, field_validation
      FROM template_fields
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s
"""
ONCE = ("visibility", "deadline")

Part = Mapping[str, Any]
Reasons = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Known:
    """A step or a field of the template; `type` and `validation` of a field."""

    kind: str
    type: str
    validation: list[str]

    @property
    def names_people(self) -> bool:
        """Whether an answer to this field can be assigned."""
        return self.type in ("assignees_form", "email") or (
            self.type == "text" and "email" in self.validation
        )


async def known_parts(draft: Draft) -> dict[str, Known]:
    """The steps and fields of the template by their ids."""
    rows = await draft.tenant.fetch_all(KNOWN, {"template_id": draft.id})
    return {part_id: Known(kind, type_, validation) for kind, part_id, type_, validation in rows}


def why_conditions(conditions: Sequence[Part], known: Mapping[str, Known]) -> Reasons:
    """What is wrong with what conditions are about."""
    return {
        f"conditions.{index}.conditionable_id": [
            f"The selected conditions.{index}.conditionable_id is invalid."
        ]
        for index, one in enumerate(conditions)
        if not _is(known, one["conditionable_id"], one["conditionable_type"])
    }


def why_actions(actions: Sequence[Part], known: Mapping[str, Known]) -> Reasons:
    """What is wrong with what actions are done to, and with where they take people and dates from."""
    reasons: Reasons = {}
    for index, one in enumerate(actions):
        path = f"then_actions.{index}"
        if not _is(known, one["target_step_id"], "Step"):
            reasons[f"{path}.target_step_id"] = [f"The selected {path}.target_step_id is invalid."]
        message = _why_no_source(one, known)
        if message:
            reasons[f"{path}.actionable_id"] = [message]
    return reasons


def _is(known: Mapping[str, Known], part_id: str, kind: str) -> bool:
    return part_id in known and known[part_id].kind == kind


def _why_no_source(action: Part, known: Mapping[str, Known]) -> str:
    source, kind = action["actionable_id"], action["actionable_type"]
    if source is None:
        return ""
    if not _is(known, source, kind):
        return "The selected actionable id is invalid."
    if action["action_type"] == "assignment" and not known[source].names_people:
        return 'The selected form field should be "assignees list" type or text email only.'
    if action["action_type"] == "deadline" and kind != "Step" and known[source].type != "date":
        return "Only a date field or a step can be the starting point of a deadline."
    return ""


def why_against_itself(conditions: Sequence[Part], actions: Sequence[Part]) -> Reasons:
    """A rule changes a step's visibility or deadline once, and never reopens the step that triggers it."""
    reasons: Reasons = {}
    targets = Counter((one["action_type"], one["target_step_id"]) for one in actions)
    subjects = {one["conditionable_id"] for one in conditions if one["conditionable_type"] == "Step"}
    for index, one in enumerate(actions):
        kind, target = one["action_type"], one["target_step_id"]
        if kind in ONCE and targets[kind, target] > 1:
            message = f"Each step can only be targeted once for {kind} actions."
            reasons[f"then_actions.{index}.target_step_id"] = [message]
        elif kind == "status" and target in subjects:
            message = "A rule cannot reopen the step that triggers it."
            reasons[f"then_actions.{index}.target_step_id"] = [message]
    return reasons


async def why_people(draft: Draft, actions: Sequence[Part], stored: Sequence[Part]) -> Reasons:
    """Whom actions would assign that cannot be; who stands in the stored action already may stay."""
    before = {one["id"]: _people(one) for one in stored}
    added = [_without(_people(one), before.get(one["id"], People())) for one in actions]
    if not any(added):
        return {}
    mentioned = Mentioned()
    for people in added:
        mentioned.add(people)
    register = await register_of(draft.tenant, mentioned)
    reasons: Reasons = {}
    for index, people in enumerate(added):
        reasons |= why_unassignable(people, register.directory, f"then_actions.{index}.assignees")
    return reasons


def _people(action: Part) -> People:
    buckets = action["assignees"] or {}
    groups = (hex_id(group) for group in buckets.get("groups", ()))
    return People(
        tuple(buckets.get("users", ())),
        tuple(buckets.get("guests", ())),
        tuple(group for group in groups if isinstance(group, UUID)),
    )


def _without(people: People, others: People) -> People:
    return People(
        tuple(user for user in people.users if user not in others.users),
        tuple(guest for guest in people.guests if guest not in others.guests),
        tuple(group for group in people.groups if group not in others.groups),
    )
