"""The deadlines of all steps of a template at once: when each is due after the launch, and setting many."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from psycopg import sql
from pydantic import BeforeValidator, Field

from stepwell.db.pool import Tenant
from stepwell.engine.compile import DIRECTIONS, LAUNCH_ANCHORS, UNITS
from stepwell.errors import invalid
from stepwell.http.body import Body
from stepwell.http.call import Call
from stepwell.http.shapes import Hex, Shape
from stepwell.http.values import Identifier
from stepwell.templates.access import find_template
from stepwell.templates.drafts import Draft, editing
from stepwell.templates.step_schemas import START, Anchor, Span

MINUTES = {"minutes": 1, "hours": 60, "days": 1440, "weeks": 10_080}

ROWS = """
    SELECT hex(step.id) AS id, step.title, step.position, step.deadline, step.start_date
      FROM template_steps step
     WHERE step.organization_id = %(organization_id)s AND step.template_id = %(template_id)s
     ORDER BY step.position, step.id
"""
LISTED = sql.SQL("""
    SELECT coalesce((SELECT jsonb_agg(to_jsonb(one)) FROM ({}) one), '[]'), default_deadline
      FROM organizations WHERE organization_id = %(organization_id)s
""").format(sql.SQL(ROWS))
WRITE = """
    UPDATE template_steps step SET deadline = new.deadline, updated_at = %(at)s
      FROM jsonb_to_recordset(%(steps)s) AS new (id uuid, deadline jsonb)
     WHERE step.organization_id = %(organization_id)s AND step.template_id = %(template_id)s AND step.id = new.id
"""


def _direction(value: Any) -> Any:
    return DIRECTIONS.get(value.strip().lower(), value) if isinstance(value, str) else value


class PartialDeadline(Span):
    """A deadline of which direction and anchor may be left out: they stay what they are."""

    option: Annotated[Literal["from", "prior_to"] | None, BeforeValidator(_direction)] = None
    step: Anchor | None = None


class StepWithDeadline(Body):
    """A step and its new deadline; null: the organization's default."""

    id: Identifier
    deadline: PartialDeadline | None


class SetDeadlines(Body):
    """The steps whose deadlines change."""

    steps: Annotated[list[StepWithDeadline], Field(min_length=1, max_length=1000)]


class StepDeadlineShape(Shape):
    """A step and when it is due; `estimated_minutes` after the launch, if that can be said."""

    id: Hex
    title: str
    position: int
    deadline: dict[str, Any] | None
    start_date: dict[str, Any] | None
    estimated_minutes: int | None


async def read_deadlines(call: Call, key: str) -> str:
    """Every step's deadline and when that is, as JSON text. Raises NotFound."""
    async with call.db.reading(call.member) as tenant:
        template = await find_template(tenant, call.member, key)
        return await deadlines_json(tenant, template.id)


async def set_deadlines(call: Call, key: str, data: SetDeadlines) -> str:
    """Set the deadlines of several steps. Raises Refused with every wrong one. Returns all as JSON text."""
    async with editing(call, key) as draft:
        steps, _ = await draft.tenant.fetch_one(LISTED, {"template_id": draft.id})
        before = {step["id"]: step["deadline"] for step in steps}
        after = before | {one.id.hex: _completed(one.deadline, before.get(one.id.hex)) for one in data.steps}
        _refuse_impossible(data, before, after)
        changed = [one.id.hex for one in data.steps if before[one.id.hex] != after[one.id.hex]]
        rows = [{"id": step_id, "deadline": after[step_id]} for step_id in changed]
        await draft.tenant.execute(
            WRITE, {"template_id": draft.id, "at": draft.at, "steps": json.dumps(rows)}
        )
        titles = {step["id"]: step["title"] for step in steps}
        for step_id in changed:
            _note(draft, step_id, titles[step_id], before[step_id], after[step_id])
        draft.edited = bool(changed)
        await draft.finish()
        return await deadlines_json(draft.tenant, draft.id)


def _completed(wanted: PartialDeadline | None, stored: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if wanted is None:
        return None
    stored = stored or {}
    return {
        "value": wanted.value,
        "unit": wanted.unit,
        "option": wanted.option or stored.get("option") or "from",
        "step": wanted.step or stored.get("step") or START,
    }


def _refuse_impossible(
    data: SetDeadlines, before: Mapping[str, Any], after: Mapping[str, dict[str, Any] | None]
) -> None:
    """Raises Refused for steps that are not there, and for anchors that are none or lead back (T-121)."""
    reasons: dict[str, list[str]] = {}
    anchors = {step_id: deadline["step"] for step_id, deadline in after.items() if deadline}
    for index, one in enumerate(data.steps):
        anchor = anchors.get(one.id.hex, START)
        if one.id.hex not in before:
            reasons[f"steps.{index}.id"] = [f"The selected steps.{index}.id is invalid."]
        elif anchor not in LAUNCH_ANCHORS and anchor not in before:
            reasons[f"steps.{index}.deadline.step"] = [
                f"The selected steps.{index}.deadline.step is invalid."
            ]
        elif leads_back(one.id.hex, anchors):
            reasons[f"steps.{index}.deadline.step"] = ["The deadline of a step cannot depend on itself."]
    if reasons:
        raise invalid(reasons)


def leads_back(step_id: str, anchors: Mapping[str, str]) -> bool:
    """Whether the deadline of a step counts, over others, from the step itself."""
    seen: set[str] = set()
    at = anchors.get(step_id)
    while at is not None and at not in seen:
        if at == step_id:
            return True
        seen.add(at)
        at = anchors.get(at)
    return False


def _note(draft: Draft, step_id: str, title: str, old: Any, new: Any) -> None:
    draft.note("updated", f"Changed deadline of step: {title}", kind="Step", subject="step",
               subject_id=UUID(step_id), field="deadline", old=old, new=new)  # fmt: skip


async def deadlines_json(tenant: Tenant, template_id: UUID) -> str:
    """Every step's deadline as JSON text, with its distance from the launch."""
    steps, default = await tenant.fetch_one(LISTED, {"template_id": template_id})
    deadlines = {step["id"]: step["deadline"] for step in steps}
    whole_default = {"value": default["value"], "unit": default["type"], "option": "from", "step": START}
    rows = [
        {**step, "estimated_minutes": minutes_after_launch(step["id"], deadlines, whole_default)}
        for step in steps
    ]
    return json.dumps(rows, ensure_ascii=False)


def minutes_after_launch(
    step_id: str, deadlines: Mapping[str, Mapping[str, Any] | None], default: Mapping[str, Any]
) -> int | None:
    """When a step is due if every step it counts from is completed just in time; working hours are left out.

    None where that cannot be said: months differ in length, an anchor is gone, or anchors go round in a circle.
    """
    minutes = 0
    seen: set[str] = set()
    while step_id not in seen and step_id in deadlines:
        seen.add(step_id)
        deadline = deadlines[step_id] or default
        unit = UNITS.get(str(deadline.get("unit")), "")
        if unit not in MINUTES:
            return None
        length = int(deadline.get("value") or 0) * MINUTES[unit]
        minutes += -length if deadline.get("option") == "prior_to" else length
        anchor = deadline.get("step") or START
        if anchor in LAUNCH_ANCHORS:
            return minutes
        step_id = str(anchor)
    return None
