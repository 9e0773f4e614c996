"""Forcing a sequence: a switch that makes, and takes away, rules that show each step after the one before (T-047)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import UUID

from stepwell.db.ids import new_id
from stepwell.http.call import Call
from stepwell.templates.drafts import Draft, editing
from stepwell.templates.parts import order_of, set_order
from stepwell.templates.queries import template_json
from stepwell.templates.rules import LONGEST_NAME, TABLE, Part, note

TAKE_AWAY = """
    DELETE FROM template_rules
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s AND generated
    RETURNING id, name
"""
# The steps in order, and whether a rule of somebody's own shows each.
STEPS = """
    SELECT step.id, step.title, step.step_type, EXISTS (
               SELECT FROM template_rules rule, jsonb_array_elements(rule.actions) action
                WHERE rule.organization_id = %(organization_id)s AND rule.template_id = %(template_id)s
                  AND action ->> 'action_verb' = 'show' AND action ->> 'target_step_id' = hex(step.id))
      FROM template_steps step
     WHERE step.organization_id = %(organization_id)s AND step.template_id = %(template_id)s
     ORDER BY step.position, step.id
"""
ADD = """
    INSERT INTO template_rules (organization_id, template_id, id, position, name, conditions, actions, generated,
                                created_at, updated_at)
    SELECT %(organization_id)s, %(template_id)s, new.id, new.position, new.name, new.conditions, new.actions,
           true, %(at)s, %(at)s
      FROM jsonb_to_recordset(%(rules)s) AS new (id uuid, position int, name text, conditions jsonb, actions jsonb)
"""
DONE = {
    "approval": ("approved",),
    "expiring": ("acknowledged", "expired"),
    "expiring_email": ("acknowledged", "expired"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A step in the sequence; `shown`: a rule of somebody's own decides when it is shown."""

    id: UUID
    title: str
    type: str
    shown: bool


async def force_sequence(call: Call, key: str, forced: bool) -> str:
    """Show each step after the one before it, or no longer. Rules that people made stay. Returns the template."""
    async with editing(call, key) as draft:
        gone = await draft.tenant.fetch_all(TAKE_AWAY, {"template_id": draft.id})
        for rule_id, name in gone:
            note(draft, "deleted", rule_id, f"Deleted automation: {name}", old=name)
        order = await order_of(draft, TABLE)
        await set_order(draft, TABLE, order)
        if forced:
            await _generate(draft, len(order))
        await draft.finish()
        return await template_json(draft.tenant, call, draft.id)


async def _generate(draft: Draft, last: int) -> None:
    rows = await draft.tenant.fetch_all(STEPS, {"template_id": draft.id})
    steps = [Place(*row) for row in rows]
    pairs = [(before, step) for before, step in pairwise(steps) if not step.shown]
    rules = [rule_between(before, step, last + at) for at, (before, step) in enumerate(pairs, start=1)]
    if rules:
        wanted = {"template_id": draft.id, "at": draft.at, "rules": json.dumps(rules, ensure_ascii=False)}
        await draft.tenant.execute(ADD, wanted)
    for rule in rules:
        note(draft, "created", UUID(rule["id"]), f"Added automation: {rule['name']}", new=rule["name"])


def rule_between(before: Place, step: Place, position: int) -> Part:
    """The rule that shows a step once the one before it is done in the way its type is done."""
    conditions: list[dict[str, Any]] = [
        {
            "id": new_id().hex,
            "conditionable_id": before.id.hex,
            "conditionable_type": "Step",
            "operation": operation,
            "statement": "any_time",
            "logic": "and" if place == 1 else "or",
            "position": place,
            "column_contains_name": None,
        }
        for place, operation in enumerate(DONE.get(before.type, ("completed",)), start=1)
    ]
    action = {
        "id": new_id().hex,
        "action_type": "visibility",
        "action_verb": "show",
        "target_step_id": step.id.hex,
        "position": 1,
        **dict.fromkeys(
            ("actionable_id", "actionable_type", "deadline", "assignees", "webhook_url", "alias_name")
        ),
    }
    return {
        "id": new_id().hex,
        "position": position,
        "name": f"Show {step.title} after {before.title}"[:LONGEST_NAME],
        "conditions": conditions,
        "actions": [action],
    }
