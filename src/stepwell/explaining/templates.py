"""The template that is to be explained: its draft, or one of its frozen versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from stepwell.db.pool import Tenant
from stepwell.engine.compile import compile_version
from stepwell.engine.model import Version
from stepwell.errors import invalid
from stepwell.http.call import Call
from stepwell.http.values import uuid_of, whole_number
from stepwell.templates.access import TemplateFound, find_template
from stepwell.templates.shapes import DEFINITION

FROZEN = """
    SELECT version.id, version.number, version.definition FROM template_versions version
     WHERE version.organization_id = %(organization_id)s AND version.template_id = %(template_id)s
       AND (version.id = %(version_id)s OR (version.number = %(number)s AND version.base_id IS NULL))
     ORDER BY version.number DESC LIMIT 1
"""
WRONG_VERSION = {"version": ["This template has no such version."]}
WANTED = {"version_id": None, "number": None}


@dataclass(frozen=True, slots=True)
class Explained:
    """A template as a definition in the shape of the API, and compiled. `version_id` None: the draft."""

    template: TemplateFound
    definition: dict[str, Any]
    version: Version
    version_id: UUID | None
    number: int


async def explained_template(tenant: Tenant, call: Call, key: str, version: str | int | None) -> Explained:
    """The draft, or the version with this number or id, of a template that the caller may read.

    Raises NotFound, or Refused for a version that there is not.
    """
    template = await find_template(tenant, call.member, key)
    version_id, number = None, template.version
    if version is None:
        definition = await tenant.fetch_value(DEFINITION, {"template_id": template.id})
    else:
        asked = uuid_of(version)
        wanted = WANTED | {"version_id": asked} if asked else WANTED | {"number": small_number(version)}
        row = await tenant.fetch_first(FROZEN, wanted | {"template_id": template.id})
        if row is None:
            raise invalid(WRONG_VERSION)
        version_id, number, definition = row
    named = {"id": template.id.hex, "version": number} | (
        {"version_id": version_id.hex} if version_id else {}
    )
    return Explained(template, definition, compile_version({**definition, **named}), version_id, number)


def small_number(value: object) -> int | None:
    found = whole_number(value)
    return found if found is not None and abs(found) < 2**31 else None
