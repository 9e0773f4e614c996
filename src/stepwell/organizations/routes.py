"""Reading organizations, and oneself beyond any organization, over HTTP."""

from __future__ import annotations

from stepwell.http.answers import Answer, item
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.organizations import queries
from stepwell.organizations.schemas import OrganizationShape, OwnOrganizationShape
from stepwell.people.schemas import MeShape


@route("GET", "/me", answers=MeShape)
async def get_me(call: Call) -> Answer:
    """The user behind the token, without what an organization decides."""
    return item(await queries.read_myself(call))


@route("GET", "/me/organizations", answers=OwnOrganizationShape, many=True, query=("status",))
async def list_own_organizations(call: Call) -> Answer:
    """The organizations that the token is good for."""
    window = call.window()
    return call.listing(await queries.list_own_organizations(call, window), window)


@route("GET", "/organizations/{org}", answers=OrganizationShape)
async def get_organization(call: Call) -> Answer:
    """The organization with all its settings."""
    return item(await queries.read_organization(call))
