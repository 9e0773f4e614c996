"""The switch that forces the steps of a template into a sequence."""

from __future__ import annotations

from stepwell.access.members import FULL_MEMBERS
from stepwell.http.answers import Answer, item
from stepwell.http.body import Body
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.http.values import Flag
from stepwell.templates import sequence
from stepwell.templates.parts import must_be_editable
from stepwell.templates.schemas import TemplateShape


class ForceSequence(Body):
    """Whether each step is shown only after the one before it."""

    enabled: Flag


@route(
    "PUT",
    "/o/checklists/{template_id}/sequence",
    body=ForceSequence,
    answers=TemplateShape,
    allow=FULL_MEMBERS,
    otherwise=must_be_editable,
)
async def force_sequence(call: Call, template_id: str, data: ForceSequence) -> Answer:
    """Make a rule for each step that shows it after the one before, or take exactly those rules away."""
    return item(await sequence.force_sequence(call, template_id, data.enabled))
