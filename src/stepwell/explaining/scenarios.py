"""What becomes of a template's steps when some answers are given and the rest is explored (T-172)."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from stepwell.engine.answer_values import InvalidAnswer
from stepwell.engine.answers import normalise
from stepwell.engine.health.findings import Examined
from stepwell.engine.health.outlook import outlook_of
from stepwell.engine.model import Directory, FormField, Version
from stepwell.errors import invalid
from stepwell.explaining.bodies import Scenario
from stepwell.explaining.health import rule_labels, step_labels
from stepwell.explaining.templates import explained_template
from stepwell.http.call import Call
from stepwell.http.values import uuid_of
from stepwell.people.answers import people_named_in
from stepwell.people.directory import Mentioned, register_of


async def read_scenario(call: Call, template_id: str, data: Scenario) -> dict[str, Any]:
    """Each step and rule on these answers. Raises NotFound, or Refused with every wrong answer."""
    async with call.db.reading(call.member) as tenant:
        found = await explained_template(tenant, call, template_id, data.version)
        mentioned = Mentioned()
        for value in data.answers.values():
            mentioned.add(people_named_in(value))
        register = await register_of(tenant, mentioned)
    known = _known(found.version, data.answers, register.directory)
    examined = Examined(version=found.version, known={field.id: value for field, value in known})
    outlook = await asyncio.to_thread(outlook_of, examined)
    return {
        "id": found.template.id.hex,
        "title": found.version.title,
        "version": found.number,
        "answers": {field.key: value for field, value in known},
        "steps": step_labels(outlook),
        "automated_actions": rule_labels(outlook),
    }


def _known(version: Version, answers: dict[str, Any], directory: Directory) -> list[tuple[FormField, Any]]:
    """The answers in their stored form; null says that the field stays blank."""
    by_key = {one.alias: one for one in version.field_by_id.values() if one.alias}
    reasons: dict[str, list[str]] = {}
    known: dict[UUID, tuple[FormField, Any]] = {}
    for key, value in answers.items():
        field_id = uuid_of(key)
        field = version.field_by_id.get(field_id) if field_id is not None else by_key.get(key)
        if field is None:
            reasons[f"answers.{key}"] = ["This is not a field of the template."]
            continue
        try:
            known[field.id] = (field, normalise(field, value, directory))
        except InvalidAnswer as wrong:
            reasons[f"answers.{key}"] = [wrong.message]
    if reasons:
        raise invalid(reasons)
    return list(known.values())
