"""Checking a template over HTTP."""

from __future__ import annotations

import json

from stepwell.explaining.bodies import Scenario
from stepwell.explaining.health import read_health
from stepwell.explaining.scenarios import read_scenario
from stepwell.explaining.schemas import HealthShape, ScenarioShape
from stepwell.http.answers import Answer, item
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.templates.lifecycle_routes import must_be_visible


@route("GET", "/o/checklists/{template_id}/health", answers=HealthShape, query=("version",))
async def get_health(call: Call, template_id: str) -> Answer:
    """What is wrong or suspicious in a template's draft (or `version`), and what becomes of each step."""
    return item(json.dumps(await read_health(call, template_id), ensure_ascii=False))


@route(
    "POST",
    "/o/checklists/{template_id}/health",
    body=Scenario,
    answers=ScenarioShape,
    otherwise=must_be_visible,
)
async def explore(call: Call, template_id: str, data: Scenario) -> Answer:
    """What becomes of each step on some answers, whatever the others are: always, never, or depending on them."""
    return item(json.dumps(await read_scenario(call, template_id, data), ensure_ascii=False))
