"""Finding one guest by whatever a path names: the address, the number or the code of the link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stepwell.db.pool import Tenant
from stepwell.errors import NotFound, invalid
from stepwell.http.values import whole_number

LOCK = """
    SELECT person.id, person.email, person.first_name, person.last_name, person.status, person.guest_code,
           person.profile
      FROM people person
     WHERE person.organization_id = %(organization_id)s AND person.kind = 'guest' AND person.status <> 'deleted'
       AND {condition}
       FOR UPDATE
"""


@dataclass(frozen=True, slots=True)
class Guest:
    id: int
    email: str
    first_name: str | None
    last_name: str | None
    status: str
    code: str
    profile: dict[str, Any]

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.first_name, self.last_name)))


def guest_condition(key: str) -> tuple[str, str]:
    """A condition on the alias `person`, and what its parameter `wanted_key` is."""
    if "@" in key:
        return "person.email = lower(%(wanted_key)s)", key.strip()
    if whole_number(key) is not None:
        return "person.id = %(wanted_key)s::bigint", key.strip()
    return "person.guest_code = %(wanted_key)s", key


async def locked_guest(tenant: Tenant, key: str, *, named_by_body: bool = False) -> Guest:
    """The guest, locked. Raises NotFound; or for an unknown address Refused, as the deletion of a guest does."""
    condition, wanted = guest_condition(key)
    row = await tenant.fetch_first(LOCK.format(condition=condition), {"wanted_key": wanted})
    if row is None and named_by_body and "@" in key:
        raise invalid({"email": ["The selected email is invalid."]})
    if row is None:
        raise NotFound
    return Guest(*row)
