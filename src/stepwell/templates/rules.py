"""Automation rules of a template: what reads them and what changes them, one transaction each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import sql
from psycopg.types.json import Jsonb

from stepwell.access.members import Member
from stepwell.db.ids import new_id
from stepwell.db.pool import Database, Tenant
from stepwell.engine.answer_types import hex_id
from stepwell.engine.assignment import listed
from stepwell.errors import invalid
from stepwell.http.call import Call
from stepwell.http.paging import Page, Window
from stepwell.templates.access import find_template
from stepwell.templates.drafts import Draft, editing
from stepwell.templates.parts import moved, order_of, require_part, set_order, title_of
from stepwell.templates.rule_checks import (
    known_parts,
    why_actions,
    why_against_itself,
    why_conditions,
    why_people,
)
from stepwell.templates.rule_definitions import Action, Condition, NewRule, RuleSettings
from stepwell.templates.shapes import RULE

TABLE = "template_rules"
LONGEST_NAME = 300
ONE = sql.SQL("""
    SELECT to_json(one)::text FROM (
        SELECT {rule} FROM template_rules rule
         WHERE rule.organization_id = %(organization_id)s AND rule.template_id = %(template_id)s
           AND rule.id = %(rule_id)s) one
""").format(rule=RULE)
LIST = sql.SQL("""
    SELECT (SELECT count(*) FROM template_rules
             WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s),
           coalesce(json_agg(to_json(one) ORDER BY one.position, one.id), '[]')::text, count(*)
      FROM (SELECT {rule} FROM template_rules rule
             WHERE rule.organization_id = %(organization_id)s AND rule.template_id = %(template_id)s
             ORDER BY rule.position, rule.id LIMIT %(limit)s OFFSET %(offset)s) one
""").format(rule=RULE)
CURRENT = """
    SELECT name, conditions, actions FROM template_rules
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s AND id = %(rule_id)s
"""
INSERT = """
    INSERT INTO template_rules (organization_id, template_id, id, position, name, conditions, actions,
                                created_at, updated_at)
    VALUES (%(organization_id)s, %(template_id)s, %(rule_id)s, %(position)s, %(name)s, %(conditions)s,
            %(actions)s, %(at)s, %(at)s)
"""
UPDATE = """
    UPDATE template_rules
       SET name = %(name)s, conditions = %(conditions)s, actions = %(actions)s, generated = false,
           updated_at = %(at)s
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s AND id = %(rule_id)s
"""
DELETE = """
    DELETE FROM template_rules
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s AND id = %(rule_id)s
"""

Part = dict[str, Any]


async def list_rules(db: Database, member: Member, key: str, window: Window) -> Page:
    """The rules of a template, in order. Raises NotFound."""
    async with db.reading(member) as tenant:
        template = await find_template(tenant, member, key)
        wanted = {"template_id": template.id, "limit": window.limit, "offset": window.offset}
        return Page(*await tenant.fetch_one(LIST, wanted))


async def read_rule(db: Database, member: Member, key: str, rule_id: UUID) -> str:
    """One rule. Raises NotFound."""
    async with db.reading(member) as tenant:
        template = await find_template(tenant, member, key)
        return await rule_json(tenant, template.id, rule_id)


async def rule_json(tenant: Tenant, template_id: UUID, rule_id: UUID) -> str:
    """One rule as the API has it. Raises NotFound."""
    return str(await tenant.fetch_value(ONE, {"template_id": template_id, "rule_id": rule_id}))


async def create_rule(call: Call, key: str, data: NewRule) -> str:
    """Add a rule at the place wanted, the end by default. Returns its JSON. Raises Refused (T-136)."""
    async with editing(call, key) as draft:
        conditions, actions = await _checked(draft, data, [], [])
        rule_id = new_id()
        await _insert(draft, rule_id, data.automated_alias, conditions, actions, data.position)
        note(draft, "created", rule_id, f"Added automation: {data.automated_alias}", new=data.automated_alias)
        return await _finished(draft, rule_id)


async def update_rule(call: Call, key: str, rule_id: UUID, data: RuleSettings) -> str:
    """Change what was sent; a list that is sent is the whole list, by the ids of its entries (T-132)."""
    async with editing(call, key) as draft:
        name, conditions, actions = await draft.tenant.fetch_one(
            CURRENT, {"template_id": draft.id, "rule_id": rule_id}
        )
        before = {"automated_alias": name, "conditions": conditions, "then_actions": actions}
        conditions, actions = await _checked(draft, data, conditions, actions)
        if "automated_alias" in data.model_fields_set:
            name = data.automated_alias
        await draft.tenant.execute(UPDATE, _row(draft, rule_id, name, conditions, actions))
        after = {"automated_alias": name, "conditions": conditions, "then_actions": actions}
        for field, old in before.items():
            if old != after[field]:
                note(draft, "updated", rule_id, f"Changed automation: {name}", field, old, after[field])
        if data.position is not None:
            await _move(draft, rule_id, name, data.position)
        return await _finished(draft, rule_id)


async def delete_rule(call: Call, key: str, rule_id: UUID) -> None:
    """Delete a rule for good. A step that it alone would have shown is visible in later launches (T-157)."""
    async with editing(call, key) as draft:
        order = await order_of(draft, TABLE)
        require_part(order, rule_id)
        name = await title_of(draft.tenant, draft.id, "rule_id", {"rule_id": rule_id})
        await draft.tenant.execute(DELETE, {"template_id": draft.id, "rule_id": rule_id})
        await set_order(draft, TABLE, [one for one in order if one != rule_id])
        note(draft, "deleted", rule_id, f"Deleted automation: {name}", old=name)


async def move_rule(call: Call, key: str, rule_id: UUID, position: int) -> str:
    """Put a rule at a place; a place beyond the end is the end. Returns its JSON."""
    async with editing(call, key) as draft:
        name = await title_of(draft.tenant, draft.id, "rule_id", {"rule_id": rule_id})
        await _move(draft, rule_id, name, position)
        return await _finished(draft, rule_id)


async def clone_rule(call: Call, key: str, rule_id: UUID) -> str:
    """Copy a rule to the place after it. Returns the copy's JSON."""
    async with editing(call, key) as draft:
        original, conditions, actions = await draft.tenant.fetch_one(
            CURRENT, {"template_id": draft.id, "rule_id": rule_id}
        )
        conditions, actions = _with_new_ids(conditions), _with_new_ids(actions)
        place = (await order_of(draft, TABLE)).index(rule_id) + 2
        copy_id, name = new_id(), f"{original} - Copy"[:LONGEST_NAME]
        await _insert(draft, copy_id, name, conditions, actions, place)
        note(draft, "created", copy_id, f"Copied automation: {original}", new=name)
        return await _finished(draft, copy_id)


async def _checked(
    draft: Draft, data: RuleSettings, old_conditions: list[Part], old_actions: list[Part]
) -> tuple[list[Part], list[Part]]:
    """The conditions and actions that the rule will have. Raises Refused with all that is wrong."""
    known = await known_parts(draft)
    conditions, actions = old_conditions, old_actions
    reasons: dict[str, list[str]] = {}
    if "conditions" in data.model_fields_set:
        conditions = [as_condition(one, data.condition_logic or "and") for one in data.conditions]
        reasons |= why_conditions(conditions, known)
        _keep_ids(conditions, data.conditions, old_conditions)
    if "then_actions" in data.model_fields_set:
        actions = [as_action(one) for one in data.then_actions]
        reasons |= why_actions(actions, known)
        _keep_ids(actions, data.then_actions, old_actions)
        reasons |= await why_people(draft, actions, old_actions)
    if {"conditions", "then_actions"} & data.model_fields_set:
        reasons |= why_against_itself(conditions, actions)
    if reasons:
        raise invalid(reasons)
    return in_order(conditions), in_order(actions)


def as_condition(one: Condition, logic: str) -> Part:
    """A condition as it is stored, without an id yet."""
    return {
        "id": None,
        "conditionable_id": one.conditionable_id.hex,
        "conditionable_type": one.conditionable_type,
        "operation": one.operation,
        "statement": one.statement,
        "logic": one.logic or logic,
        "position": one.position,
        "column_contains_name": one.column_contains_name,
    }


def as_action(one: Action) -> Part:
    """An action as it is stored, without an id yet."""
    return {
        "id": None,
        "action_type": one.action_type,
        "action_verb": one.action_verb,
        "target_step_id": one.target_step_id.hex,
        "position": one.position,
        "actionable_id": one.actionable_id.hex if one.actionable_id else None,
        "actionable_type": one.actionable_type,
        "deadline": one.deadline.model_dump() if one.deadline else None,
        "assignees": listed(one.assignees.people()) if one.assignees else None,
        "webhook_url": one.webhook_url,
        "alias_name": one.alias_name,
    }


def _keep_ids(parts: Sequence[Part], sent: Sequence[Condition | Action], stored: Sequence[Part]) -> None:
    """An entry that names a stored one keeps its id; every other gets a new one."""
    known = {one["id"] for one in stored}
    for part, one in zip(parts, sent, strict=True):
        wanted = hex_id(one.id)
        part["id"] = wanted.hex if wanted is not None and wanted.hex in known else new_id().hex
        known.discard(part["id"])


def _with_new_ids(parts: Sequence[Part]) -> list[Part]:
    return [{**part, "id": new_id().hex} for part in parts]


def in_order(parts: Sequence[Part]) -> list[Part]:
    """The parts by position, those without one at their place in the list, numbered from 1."""
    places = [part["position"] if part["position"] is not None else at for at, part in enumerate(parts, 1)]
    placed = sorted(zip(places, parts, strict=True), key=lambda pair: pair[0])
    return [{**part, "position": place} for place, (_, part) in enumerate(placed, start=1)]


def _row(
    draft: Draft, rule_id: UUID, name: str, conditions: Sequence[Part], actions: Sequence[Part]
) -> dict[str, Any]:
    return {
        "template_id": draft.id,
        "rule_id": rule_id,
        "name": name,
        "conditions": Jsonb(conditions),
        "actions": Jsonb(actions),
        "at": draft.at,
    }


async def _insert(
    draft: Draft,
    rule_id: UUID,
    name: str,
    conditions: Sequence[Part],
    actions: Sequence[Part],
    position: int | None,
) -> None:
    order = await order_of(draft, TABLE)
    wanted = _row(draft, rule_id, name, conditions, actions)
    await draft.tenant.execute(INSERT, wanted | {"position": len(order) + 1})
    await set_order(draft, TABLE, moved(order, rule_id, position or len(order) + 1))


async def _move(draft: Draft, rule_id: UUID, name: str, position: int) -> None:
    order = await order_of(draft, TABLE)
    require_part(order, rule_id)
    after = moved(order, rule_id, position)
    if after != order:
        await set_order(draft, TABLE, after)
        old, new = order.index(rule_id) + 1, after.index(rule_id) + 1
        note(draft, "re-ordered", rule_id, f"Moved automation: {name}", "position", old, new)


async def _finished(draft: Draft, rule_id: UUID) -> str:
    await draft.finish()
    return await rule_json(draft.tenant, draft.id, rule_id)


def note(
    draft: Draft,
    verb: str,
    rule_id: UUID,
    description: str,
    name: str | None = None,
    old: Mapping[str, Any] | Sequence[Any] | str | int | None = None,
    new: Mapping[str, Any] | Sequence[Any] | str | int | None = None,
) -> None:
    """Remember one thing that happened to a rule."""
    draft.note(verb, description, subject="rule", subject_id=rule_id, field=name, old=old, new=new)
