"""Making organizations, members and tokens: what the command line, the demo and the tests do first.

These run as the schema's owner, because users and tokens are nobody's but the identity schema's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from argon2 import PasswordHasher

from stepwell.access.members import hash_of, new_token
from stepwell.db.ids import GLOBAL, new_id

WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ALL_HOURS = {day: {"is_working": True, "mode": "all"} for day in WEEK}
Owner = psycopg.Connection[Any]


class SetupRefused(Exception):
    """What was asked for is not possible; the message says why."""


@dataclass(frozen=True, slots=True)
class NewMember:
    """A member to be made. Without a password there is no sign-in by password."""

    email: str
    role: str
    first_name: str
    last_name: str
    password: str | None = None
    is_default_admin: bool = False
    timezone: str = "UTC"


def create_organization(owner: Owner, name: str, timezone: str, at: datetime) -> UUID:
    """A new organization: seven working days, deadlines after five days, and the bot that speaks for the system."""
    organization_id = new_id()
    owner.execute(
        "INSERT INTO identity.organizations (id, name, created_at) VALUES (%s, %s, %s)",
        [organization_id, name, at],
    )
    enter(owner, organization_id)
    owner.execute(
        "INSERT INTO organizations (organization_id, name, slug, timezone, working_days, default_deadline,"
        " created_at, updated_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [
            organization_id, name, f"organization_{organization_id.hex}", timezone, json.dumps(ALL_HOURS),
            json.dumps({"type": "days", "value": 5}), at, at,
        ],
    )  # fmt: skip
    owner.execute(
        "INSERT INTO people (organization_id, id, kind, email, username, first_name, last_name, status, created_at,"
        " updated_at) VALUES (%s, %s, 'bot', %s, 'workflow-bot', 'Workflow', 'Bot', 'active', %s, %s)",
        [organization_id, _person_id(owner), f"bot@{organization_id.hex}.invalid", at, at],
    )
    return organization_id


def enter(owner: Owner, organization_id: UUID) -> None:
    """Set the tenant for the rest of the transaction: the policies hold for the owner too."""
    owner.execute("SELECT set_config('app.organization_id', %s, true)", [str(organization_id)])


def add_member(owner: Owner, organization_id: UUID, member: NewMember, at: datetime) -> int:
    """Make somebody an active member; a user of this address in another organization is the same user.

    Raises SetupRefused when the address belongs to somebody in this organization already.
    """
    email = member.email.strip().lower()
    enter(owner, organization_id)
    taken = owner.execute(
        "SELECT kind FROM people WHERE organization_id = %s AND email = %s", [organization_id, email]
    ).fetchone()
    if taken is not None:
        raise SetupRefused(f"{email} is a {taken[0]} of this organization already.")
    row = owner.execute("SELECT id FROM identity.users WHERE email = %s", [email]).fetchone()
    user_id = int(row[0]) if row is not None else _new_user(owner, email, member.password, at)
    owner.execute(
        "INSERT INTO people (organization_id, id, kind, email, username, first_name, last_name, role, status,"
        " is_default_admin, profile, created_at, updated_at)"
        " VALUES (%s, %s, 'member', %s, %s, %s, %s, %s, 'active', %s, %s, %s, %s)",
        [
            organization_id, user_id, email, email.split("@")[0], member.first_name, member.last_name, member.role,
            member.is_default_admin, json.dumps({"timezone": member.timezone}), at, at,
        ],
    )  # fmt: skip
    return user_id


def _new_user(owner: Owner, email: str, password: str | None, at: datetime) -> int:
    user_id = _person_id(owner)
    password_hash = PasswordHasher().hash(password) if password else None
    owner.execute(
        "INSERT INTO identity.users (id, email, password_hash, created_at) VALUES (%s, %s, %s, %s)",
        [user_id, email, password_hash, at],
    )
    return user_id


def _person_id(owner: Owner) -> int:
    row = owner.execute("SELECT identity.take_ids(%s, 'person', 1)", [GLOBAL]).fetchone()
    assert row is not None
    return int(row[0])


def create_token(
    owner: Owner, user_id: int, name: str, at: datetime, expires_at: datetime | None = None
) -> str:
    """A personal access token. This is the only time that it can be seen."""
    token = new_token()
    owner.execute(
        "INSERT INTO identity.tokens (hash, user_id, name, created_at, expires_at) VALUES (%s, %s, %s, %s, %s)",
        [hash_of(token), user_id, name, at, expires_at],
    )
    return token


def create_group(
    owner: Owner, organization_id: UUID, name: str, people: list[int], at: datetime, description: str = ""
) -> UUID:
    """A group of members and guests."""
    group_id = new_id()
    enter(owner, organization_id)
    owner.execute(
        "INSERT INTO groups (organization_id, id, name, description, created_at, updated_at)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [organization_id, group_id, name, description, at, at],
    )
    with owner.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO group_people (organization_id, group_id, person_id) VALUES (%s, %s, %s)",
            [(organization_id, group_id, person) for person in people],
        )
    return group_id
