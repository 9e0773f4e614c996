"""Who stands in when nobody else can, over HTTP."""

from __future__ import annotations

from stepwell.access.members import ADMINS
from stepwell.http.answers import Answer, item
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.organizations.queries import read_organization
from stepwell.organizations.schemas import OrganizationShape
from stepwell.organizations.settings_schemas import NameDefaultAdministrator
from stepwell.people import queries
from stepwell.people.guarding import hand_over_default, may_hand_over_default
from stepwell.people.schemas import MinimalUserShape


@route("GET", "/o/default-administrator", answers=MinimalUserShape)
async def get_default_administrator(call: Call) -> Answer:
    """Who stands in when nobody else can."""
    return item(await queries.read_default_administrator(call))


@route("PUT PATCH", "/o/default-administrator", body=NameDefaultAdministrator, answers=OrganizationShape, allow=ADMINS,
       otherwise=may_hand_over_default)  # fmt: skip
async def name_default_administrator(call: Call, data: NameDefaultAdministrator) -> Answer:
    """Name another active administrator."""
    await hand_over_default(call, data.user_id)
    return item(await read_organization(call))
