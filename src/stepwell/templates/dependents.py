"""What in a template points to its steps and fields, and so keeps them from being deleted (T-044, T-045)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from psycopg.rows import TupleRow as Row

from stepwell.errors import Forbidden
from stepwell.templates.drafts import Draft

FIELD_IS_USED = "Cannot delete a form field that is being used in a rule in other steps."
STEP_IS_USED = "Cannot delete this step because there are rules dependent on it."
STEP_IS_ANCHOR = "Cannot delete this step because other steps have deadlines that depend on it."

RULES_NAMING = """
    SELECT hex(rule.id), rule.name FROM template_rules rule
     WHERE rule.organization_id = %(organization_id)s AND rule.template_id = %(template_id)s
       AND (EXISTS (SELECT FROM jsonb_array_elements(rule.conditions) condition
                     WHERE condition ->> 'conditionable_id' = ANY (%(ids)s))
            OR EXISTS (SELECT FROM jsonb_array_elements(rule.actions) action
                        WHERE action ->> 'target_step_id' = ANY (%(ids)s)
                           OR action ->> 'actionable_id' = ANY (%(ids)s)))
     ORDER BY rule.position, rule.id
"""
STEPS_ANCHORED = """
    SELECT hex(id), title FROM template_steps
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s
       AND deadline ->> 'step' = %(anchor)s AND id <> %(step_id)s
     ORDER BY position
"""
FIELDS_OF_STEP = """
    SELECT id FROM template_fields
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s AND step_id = %(step_id)s
"""


async def refuse_used_fields(draft: Draft, fields: Collection[UUID]) -> None:
    """Raises Forbidden, with the rules, when a condition or an action of the template names a field."""
    rules = await _rules_naming(draft, fields)
    if rules:
        raise _in_use(FIELD_IS_USED, "rules", rules)


async def refuse_used_step(draft: Draft, step_id: UUID) -> None:
    """Raises Forbidden, saying which, when rules name the step or its fields, or deadlines the step."""
    fields = await draft.tenant.fetch_all(FIELDS_OF_STEP, {"template_id": draft.id, "step_id": step_id})
    rules = await _rules_naming(draft, [step_id, *(row[0] for row in fields)])
    if rules:
        raise _in_use(STEP_IS_USED, "rules", rules)
    wanted = {"template_id": draft.id, "anchor": step_id.hex, "step_id": step_id}
    anchored = await draft.tenant.fetch_all(STEPS_ANCHORED, wanted)
    if anchored:
        raise _in_use(STEP_IS_ANCHOR, "steps", anchored)


async def _rules_naming(draft: Draft, ids: Collection[UUID]) -> Sequence[Row]:
    if not ids:
        return []
    wanted = {"template_id": draft.id, "ids": [one.hex for one in ids]}
    return await draft.tenant.fetch_all(RULES_NAMING, wanted)


def _in_use(message: str, kind: str, blocking: Sequence[Row]) -> Forbidden:
    refusal = Forbidden(message)
    refusal.details = {kind: [{"id": part_id, "title": title} for part_id, title in blocking]}
    return refusal
