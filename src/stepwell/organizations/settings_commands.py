"""What changes an organization's settings; only administrators do."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from stepwell.db.pool import Tenant
from stepwell.engine.model import Event
from stepwell.errors import invalid
from stepwell.http.call import Call
from stepwell.organizations.colors import shades_of
from stepwell.organizations.log import append_to_organization
from stepwell.organizations.queries import organization_json_of
from stepwell.organizations.settings_schemas import UpdateBranding, UpdateOrganization
from stepwell.people.stamps import stamp_of

COLUMNS = ("name", "timezone", "default_deadline")
LOCK = """
    SELECT name, timezone, default_deadline, working_days, settings FROM organizations
     WHERE organization_id = %(organization_id)s FOR UPDATE
"""
UPDATE = """
    UPDATE organizations
       SET name = %(name)s, timezone = %(timezone)s, default_deadline = %(default_deadline)s,
           working_days = %(working_days)s, settings = %(settings)s, updated_at = %(at)s
     WHERE organization_id = %(organization_id)s
"""
TEMPLATE = """
    SELECT type = 'procedure' AND archived_at IS NULL
           AND EXISTS (SELECT FROM template_steps step WHERE step.organization_id = %(organization_id)s
                          AND step.template_id = template.id)
           AND NOT EXISTS (SELECT FROM template_fields field WHERE field.organization_id = %(organization_id)s
                              AND field.template_id = template.id AND field.step_id IS NULL AND field.required)
      FROM templates template
     WHERE template.organization_id = %(organization_id)s AND template.id = %(template_id)s
"""
BRANDING = """
    UPDATE organizations SET settings = (settings - 'branding') || %(branding)s::jsonb, updated_at = %(at)s
     WHERE organization_id = %(organization_id)s
"""
NOT_SUITABLE = "The template must be a procedure with a step and without a required kick-off field."


async def update_organization(call: Call, data: UpdateOrganization) -> str:
    """Change the settings that were sent (G-008, G-023). Returns the organization's JSON.

    What was computed before, deadlines among it, stays as it is (G-030).
    """
    at = call.services.clock()
    sent = {name: _storable(name, value) for name, value in data.sent().items()}
    async with call.db.transaction(call.member) as tenant:
        *columns, week, settings = await tenant.fetch_one(LOCK)
        if sent.get("onboarding_template_id") is not None:
            await _refuse_unsuitable(tenant, UUID(sent["onboarding_template_id"]))
        week |= sent.pop("working_days", {})
        if not any(day.get("is_working", True) for day in week.values()):
            raise invalid({"working_days": ["At least one day must be a working day."]})
        old = dict(zip(COLUMNS, columns, strict=True))
        new = {name: sent.pop(name) for name in COLUMNS if name in sent}
        wanted = old | new | {"working_days": week, "settings": settings | sent}
        for name in ("default_deadline", "working_days", "settings"):
            wanted[name] = json.dumps(wanted[name], ensure_ascii=False)
        await tenant.execute(UPDATE, {**wanted, "at": at})
        await _note(call, tenant, at, sorted(data.model_fields_set))
        return await organization_json_of(tenant, call)


def _storable(name: str, value: Any) -> Any:
    if isinstance(value, UUID):
        return value.hex
    return int(value) if name == "live_support_enabled" else value


async def _refuse_unsuitable(tenant: Tenant, template_id: UUID) -> None:
    row = await tenant.fetch_first(TEMPLATE, {"template_id": template_id})
    if row is None or not row[0]:
        message = NOT_SUITABLE if row is not None else "The selected onboarding template id is invalid."
        raise invalid({"onboarding_template_id": [message]})


async def update_branding(call: Call, data: UpdateBranding) -> None:
    """Set the colours; those that are not sent follow from the brand colour when that is (G-019)."""
    sent = {name: value.lower() for name, value in data.sent().items() if value is not None}
    brand = sent.pop("color", None) or sent.get("bg_color")
    at = call.services.clock()
    async with call.db.transaction(call.member) as tenant:
        settings = (await tenant.fetch_one(LOCK))[4]
        derived = shades_of(brand) if brand is not None else {}
        branding = {**settings.get("branding", {}), **derived, **sent, "updated_at": stamp_of(at)}
        await tenant.execute(BRANDING, {"branding": json.dumps({"branding": branding}), "at": at})
        await _note(call, tenant, at, ["branding"])


async def remove_branding(call: Call) -> None:
    """Have the product's own colours again."""
    at = call.services.clock()
    async with call.db.transaction(call.member) as tenant:
        await tenant.fetch_one(LOCK)
        await tenant.execute(BRANDING, {"branding": "{}", "at": at})
        await _note(call, tenant, at, ["branding"])


async def _note(call: Call, tenant: Tenant, at: datetime, names: list[str]) -> None:
    if names:
        description = f"Changed the settings of the organization: {', '.join(names)}"
        event = Event(verb="updated", kind="Organization", subject="Organization",
                      subject_id=tenant.organization_id, description=description)  # fmt: skip
        await append_to_organization(call, tenant, at, [event])
