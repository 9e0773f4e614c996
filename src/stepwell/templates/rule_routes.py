"""Automation rules of a template over HTTP."""

from __future__ import annotations

from uuid import UUID

from stepwell.access.members import FULL_MEMBERS
from stepwell.http.answers import Answer, item, nothing
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.templates import rules
from stepwell.templates.parts import must_be_editable
from stepwell.templates.rule_definitions import MoveRule, NewRule, RuleSettings
from stepwell.templates.schemas import RuleShape

RULES = "/o/checklists/{template_id}/automated-actions"
RULE = RULES + "/{rule_id}"


@route("GET", RULES, answers=RuleShape, many=True)
async def list_rules(call: Call, template_id: str) -> Answer:
    """The rules of a template, in order."""
    window = call.window()
    return call.listing(await rules.list_rules(call.db, call.member, template_id, window), window)


@route("GET", RULE, answers=RuleShape)
async def get_rule(call: Call, template_id: str, rule_id: UUID) -> Answer:
    """One rule."""
    return item(await rules.read_rule(call.db, call.member, template_id, rule_id))


@route(
    "POST",
    RULES,
    body=NewRule,
    answers=RuleShape,
    status=201,
    allow=FULL_MEMBERS,
    otherwise=must_be_editable,
)
async def create_rule(call: Call, template_id: str, data: NewRule) -> Answer:
    """Add a rule; a name, conditions and actions are required."""
    return item(await rules.create_rule(call, template_id, data), 201)


@route(
    "PUT PATCH",
    RULE,
    body=RuleSettings,
    answers=RuleShape,
    allow=FULL_MEMBERS,
    otherwise=must_be_editable,
)
async def update_rule(call: Call, template_id: str, rule_id: UUID, data: RuleSettings) -> Answer:
    """Change a rule; of a list that is sent, entries with a known id stay and all others are new or gone."""
    return item(await rules.update_rule(call, template_id, rule_id, data))


@route("DELETE", RULE, status=204, allow=FULL_MEMBERS)
async def delete_rule(call: Call, template_id: str, rule_id: UUID) -> Answer:
    """Delete a rule for good."""
    await rules.delete_rule(call, template_id, rule_id)
    return nothing()


@route(
    "PUT PATCH",
    RULE + "/reorder",
    body=MoveRule,
    answers=RuleShape,
    allow=FULL_MEMBERS,
    otherwise=must_be_editable,
)
async def move_rule(call: Call, template_id: str, rule_id: UUID, data: MoveRule) -> Answer:
    """Put a rule at a place; rules run in their order."""
    return item(await rules.move_rule(call, template_id, rule_id, data.position))


@route("POST", RULE + "/clone", answers=RuleShape, status=201, allow=FULL_MEMBERS)
async def clone_rule(call: Call, template_id: str, rule_id: UUID) -> Answer:
    """Copy a rule to the place after it."""
    return item(await rules.clone_rule(call, template_id, rule_id), 201)
