"""Aliases of steps and fields: words for texts and variables, made once and never changed (T-068)."""

from __future__ import annotations

import re
import secrets
import unicodedata
from uuid import UUID

from stepwell.db.pool import Tenant

LONGEST_SLUG = 80

TAKEN = """
    SELECT alias FROM template_steps
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s
    UNION ALL
    SELECT alias FROM template_fields
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s
"""


def slug_of(title: str, otherwise: str = "template") -> str:
    """The title in lower-case ASCII words joined by hyphens; `otherwise` when nothing is left of it."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_SLUG].rstrip("-") or otherwise


class Aliases:
    """Makes aliases that nothing else in a locked template has."""

    def __init__(self, taken: set[str]) -> None:
        self._taken = taken

    def new(self, title: str, otherwise: str) -> str:
        """An alias from the words of `title` and seven digits."""
        slug = slug_of(title, otherwise)
        while (alias := f"{slug}-{1_000_000 + secrets.randbelow(9_000_000)}") in self._taken:
            continue
        self._taken.add(alias)
        return alias


async def aliases_of(tenant: Tenant, template_id: UUID) -> Aliases:
    """The maker of aliases for a template that is locked."""
    return Aliases({row[0] for row in await tenant.fetch_all(TAKEN, {"template_id": template_id})})
