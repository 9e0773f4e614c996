"""Making organizations, members and tokens: what the command line, the demo and the tests do first.

These run as the schema's owner, because users and tokens are nobody's but the identity schema's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import psycopg
from argon2 import PasswordHasher

from stepwell.access.members import hash_of, new_token
from stepwell.db.ids import GLOBAL, new_id
from stepwell.http.values import ADDRESS
from stepwell.people.directory import new_guest_code

LONGEST_NAME = 50
LONGEST_PERSON_NAME = 32
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
    """A new organization: seven working days, deadlines after five days, and the bot that speaks for the
    system.
    """
    name = _checked_name(name, "An organization's name", LONGEST_NAME)
    _check_timezone(timezone)
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

    The first administrator becomes the default one (G-058). Raises SetupRefused when something about the
    member is invalid, or when the address belongs to somebody in this organization already.
    """
    email = _checked_email(member.email)
    for name in (member.first_name, member.last_name):
        _checked_name(name, "A member's name", LONGEST_PERSON_NAME)
    _check_timezone(member.timezone)
    if member.password is not None:
        check_password(member.password)
    enter(owner, organization_id)
    _refuse_known(owner, organization_id, email)
    is_default_admin = member.is_default_admin or (
        member.role == "admin" and default_admin_of(owner, organization_id) is None
    )
    row = owner.execute("SELECT id FROM identity.users WHERE email = %s", [email]).fetchone()
    user_id = int(row[0]) if row is not None else _new_user(owner, email, member.password, at)
    owner.execute(
        "INSERT INTO people (organization_id, id, kind, email, username, first_name, last_name, role, status,"
        " is_default_admin, profile, created_at, updated_at)"
        " VALUES (%s, %s, 'member', %s, %s, %s, %s, %s, 'active', %s, %s, %s, %s)",
        [
            organization_id, user_id, email, email.split("@")[0], member.first_name, member.last_name, member.role,
            is_default_admin, json.dumps({"timezone": member.timezone}), at, at,
        ],
    )  # fmt: skip
    return user_id


def _refuse_known(owner: Owner, organization_id: UUID, email: str) -> None:
    taken = owner.execute(
        "SELECT kind FROM people WHERE organization_id = %s AND email = %s", [organization_id, email]
    ).fetchone()
    if taken is not None:
        raise SetupRefused(f"{email} is a {taken[0]} of this organization already.")


def default_admin_of(owner: Owner, organization_id: UUID) -> int | None:
    """Who stands in when nobody else can."""
    row = owner.execute(
        "SELECT id FROM people WHERE organization_id = %s AND is_default_admin", [organization_id]
    ).fetchone()
    return int(row[0]) if row is not None else None


def add_guest(
    owner: Owner,
    organization_id: UUID,
    email: str,
    at: datetime,
    *,
    first_name: str = "",
    last_name: str = "",
    **profile: object,
) -> int:
    """Make somebody a guest of the organization. Raises SetupRefused when the address is known there."""
    email = _checked_email(email)
    enter(owner, organization_id)
    _refuse_known(owner, organization_id, email)
    guest_id = _person_id(owner)
    owner.execute(
        "INSERT INTO people (organization_id, id, kind, email, username, first_name, last_name, status, guest_code,"
        " profile, created_at, updated_at) VALUES (%s, %s, 'guest', %s, %s, %s, %s, 'active', %s, %s, %s, %s)",
        [
            organization_id,
            guest_id,
            email,
            email.split("@")[0],
            first_name or None,
            last_name or None,
            new_guest_code(),
            json.dumps(profile),
            at,
            at,
        ],
    )
    return guest_id


def _new_user(owner: Owner, email: str, password: str | None, at: datetime) -> int:
    user_id = _person_id(owner)
    password_hash = PasswordHasher().hash(password) if password else None
    owner.execute(
        "INSERT INTO identity.users (id, email, password_hash, created_at) VALUES (%s, %s, %s, %s)",
        [user_id, email, password_hash, at],
    )
    return user_id


def set_password(owner: Owner, user_id: int, password: str) -> None:
    """Give a user a password. Raises SetupRefused when it is too easy."""
    check_password(password)
    owner.execute(
        "UPDATE identity.users SET password_hash = %s WHERE id = %s",
        [PasswordHasher().hash(password), user_id],
    )


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
    """A group of members and guests. Raises SetupRefused when another group has the name."""
    name = _checked_name(name, "A group's name", 200)
    group_id = new_id()
    enter(owner, organization_id)
    same = "SELECT FROM groups WHERE organization_id = %s AND lower(name) = lower(%s)"
    if owner.execute(same, [organization_id, name]).fetchone() is not None:
        raise SetupRefused(f"There is a group {name!r} already.")
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


def create_job_title(
    owner: Owner, organization_id: UUID, name: str, holders: list[int], at: datetime, description: str = ""
) -> UUID:
    """A job title with those who hold it."""
    title_id = new_id()
    enter(owner, organization_id)
    owner.execute(
        "INSERT INTO job_titles (organization_id, id, name, description, users, created_at, updated_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [organization_id, title_id, name, description, holders, at, at],
    )
    return title_id


def _checked_name(name: str, what: str, most: int) -> str:
    name = name.strip()
    if not 1 <= len(name) <= most or not name.isprintable():
        raise SetupRefused(f"{what} has 1 to {most} characters, not {len(name)}.")
    return name


def _checked_email(email: str) -> str:
    email = email.strip().lower()
    if not ADDRESS.fullmatch(email) or len(email) > 254 or not email.isprintable():
        raise SetupRefused(f"{email!r} is no e-mail address.")
    return email


def _check_timezone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SetupRefused(f"{name!r} is no time zone: give one such as Europe/Paris or UTC.") from None


def check_password(password: str) -> None:
    """Raises SetupRefused for a password that is too easy."""
    kinds = (str.isupper, str.islower, str.isdigit)
    if not 6 <= len(password) <= 127 or not all(any(map(kind, password)) for kind in kinds):
        raise SetupRefused("A password has 6 to 127 characters, with a capital, a small letter and a digit.")
