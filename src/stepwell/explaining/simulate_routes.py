"""Playing a template through over HTTP."""

from __future__ import annotations

import json

from stepwell.explaining.bodies import Simulate
from stepwell.explaining.schemas import SimulationShape
from stepwell.explaining.simulating import simulate_template
from stepwell.http.answers import Answer, item
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.templates.lifecycle_routes import must_be_visible


@route(
    "POST",
    "/o/checklists/{template_id}/simulate",
    body=Simulate,
    answers=SimulationShape,
    otherwise=must_be_visible,
)
async def simulate(call: Call, template_id: str, data: Simulate) -> Answer:
    """Play a template through: who has what to do when, and which rules fire why. Nothing is stored or sent."""
    return item(json.dumps(await simulate_template(call, template_id, data), ensure_ascii=False, default=str))
