"""Who may do what with a template, over HTTP."""

from __future__ import annotations

import json

from stepwell.http.answers import Answer, item
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.templates import permissions
from stepwell.templates.permission_schemas import Grant, Grants, PermissionShape
from stepwell.templates.routes import must_be_editable


async def must_be_editable_permission(call: Call, template_id: str, permission: str) -> None:
    """As for the template; the permission is looked at afterwards."""
    del permission
    await must_be_editable(call, template_id)


@route("GET", "/o/checklists/{template_id}/permissions", answers=PermissionShape, listed=True)
async def get_permissions(call: Call, template_id: str) -> Answer:
    """The five permissions of a template."""
    return item(await permissions.read_permissions(call, template_id))


@route(
    "PUT",
    "/o/checklists/{template_id}/permissions",
    body=Grants,
    answers=PermissionShape,
    listed=True,
    otherwise=must_be_editable,
)
async def set_permissions(call: Call, template_id: str, data: Grants) -> Answer:
    """Replace the permissions that are listed; answers all five."""
    return item(await permissions.set_permissions(call, template_id, data))


@route(
    "PUT",
    "/o/checklists/{template_id}/permissions/{permission}",
    body=Grant,
    answers=PermissionShape,
    otherwise=must_be_editable_permission,
)
async def set_permission(call: Call, template_id: str, permission: str, data: Grant) -> Answer:
    """Replace one permission."""
    return item(json.dumps(await permissions.set_permission(call, template_id, permission, data)))
