"""Finding what the command line names: organizations, members and their tokens. As the schema's owner."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from stepwell.organizations.setup import Owner, SetupRefused, enter


def organizations(owner: Owner) -> Sequence[tuple[UUID, str]]:
    """Id and name of every organization, by name."""
    return owner.execute("SELECT id, name FROM identity.organizations ORDER BY lower(name), id").fetchall()


def timezone_of(owner: Owner, organization_id: UUID) -> str:
    """The time zone of an organization. Raises SetupRefused when there is no such organization."""
    enter(owner, organization_id)
    row = owner.execute(
        "SELECT timezone FROM organizations WHERE organization_id = %s", [organization_id]
    ).fetchone()
    if row is None:
        raise SetupRefused(
            f"There is no organization {organization_id.hex}: `stepwell organization list` shows all."
        )
    return str(row[0])


def members(owner: Owner, organization_id: UUID) -> Sequence[tuple[int, str, str, str, str]]:
    """Id, address, role, status and name of every member, by address."""
    enter(owner, organization_id)
    return owner.execute(
        "SELECT id, email, role, status, concat_ws(' ', first_name, last_name) FROM people"
        " WHERE organization_id = %s AND kind = 'member' AND status <> 'deleted' ORDER BY email",
        [organization_id],
    ).fetchall()


def person_of(owner: Owner, organization_id: UUID, email: str) -> int:
    """A member or guest by address. Raises SetupRefused when there is none."""
    return _found(owner, organization_id, email, ["member", "guest"])


def member_of(owner: Owner, organization_id: UUID, email: str) -> int:
    """A member by address. Raises SetupRefused when there is none."""
    return _found(owner, organization_id, email, ["member"])


def _found(owner: Owner, organization_id: UUID, email: str, kinds: list[str]) -> int:
    enter(owner, organization_id)
    row = owner.execute(
        "SELECT id FROM people WHERE organization_id = %s AND email = lower(%s) AND kind = ANY (%s)"
        " AND status <> 'deleted'",
        [organization_id, email.strip(), kinds],
    ).fetchone()
    if row is None:
        raise SetupRefused(f"{email} is no {' or '.join(kinds)} of this organization.")
    return int(row[0])


def revoke_tokens(owner: Owner, user_id: int, name: str | None, at: datetime) -> int:
    """Revoke a user's valid tokens of this name, or all of them; says how many there were."""
    return owner.execute(
        "UPDATE identity.tokens SET revoked_at = %(at)s WHERE user_id = %(user_id)s AND revoked_at IS NULL"
        " AND (expires_at IS NULL OR expires_at > %(at)s) AND (%(name)s::text IS NULL OR name = %(name)s)",
        {"at": at, "user_id": user_id, "name": name},
    ).rowcount
