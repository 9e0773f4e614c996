"""Changing an organization over HTTP."""

from __future__ import annotations

from stepwell.access.members import ADMINS
from stepwell.http.answers import Answer, item, nothing
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.organizations import queries
from stepwell.organizations import settings_commands as commands
from stepwell.organizations.schemas import OrganizationShape
from stepwell.organizations.settings_schemas import BrandingShape, UpdateBranding, UpdateOrganization


@route("PUT PATCH", "/organizations/{org}", body=UpdateOrganization, answers=OrganizationShape, allow=ADMINS)
async def update_organization(call: Call, data: UpdateOrganization) -> Answer:
    """Change the organization and its settings; what is absent stays."""
    return item(await commands.update_organization(call, data))


@route("GET", "/o/custom-branding", answers=BrandingShape)
async def get_branding(call: Call) -> Answer:
    """The colours of the organization."""
    return item(await queries.read_branding(call))


@route("PUT PATCH", "/o/custom-branding", body=UpdateBranding, answers=BrandingShape, allow=ADMINS)
async def update_branding(call: Call, data: UpdateBranding) -> Answer:
    """Set the colours; a brand colour alone gives the others."""
    await commands.update_branding(call, data)
    return item(await queries.read_branding(call))


@route("DELETE", "/o/custom-branding", status=204, allow=ADMINS)
async def delete_branding(call: Call) -> Answer:
    """Have the product's own colours again."""
    await commands.remove_branding(call)
    return nothing()


@route("GET", "/o/branding", answers=BrandingShape)
async def get_branding_by_its_short_name(call: Call) -> Answer:
    """The same under another name."""
    return await get_branding(call)


@route("PUT PATCH", "/o/branding", body=UpdateBranding, answers=BrandingShape, allow=ADMINS)
async def update_branding_by_its_short_name(call: Call, data: UpdateBranding) -> Answer:
    """The same under another name."""
    return await update_branding(call, data)


@route("DELETE", "/o/branding", status=204, allow=ADMINS)
async def delete_branding_by_its_short_name(call: Call) -> Answer:
    """The same under another name."""
    return await delete_branding(call)
