"""The people of the scenarios. Every test has an organization of its own."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from stepwell.organizations.setup import (
    NewMember,
    add_guest,
    add_member,
    create_group,
    create_organization,
    create_token,
    enter,
)
from tests.api.drawn import leave
from tests.conftest import Client
from tests.scenarios.stage import Stage

MARCH = datetime(2026, 3, 4, 15, tzinfo=UTC)
SEPTEMBER = datetime(2026, 9, 4, 8, tzinfo=UTC)
WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ZOE, GINA, GUS = "zoe@ext.example", "gina@client.example", "gus@client.example"


@dataclass(frozen=True, kw_only=True)
class Company:
    """An organization of one test."""

    stage: Stage
    id: UUID
    group: str

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for value in vars(self).values():
            if isinstance(value, Client):
                value.close()

    def works_nine_to_five(self) -> None:
        """From now on work is done Monday to Friday, 09:00 to 17:00."""
        hours = {"is_working": True, "mode": "fixed", "start": "09:00", "end": "17:00"}
        week = {day: hours if day[0] != "S" else {**hours, "is_working": False} for day in WEEK}
        with psycopg.connect(self.stage.database) as owner:
            enter(owner, self.id)
            owner.execute(
                "UPDATE organizations SET working_days = %s WHERE organization_id = %s",
                [Jsonb(week), self.id],
            )


@dataclass(frozen=True, kw_only=True)
class Office(Company):
    """In New York; `group` is Ben and Cem."""

    ana: Client  # admin
    ben: Client  # standard, like the next two
    cem: Client
    dee: Client
    lea: Client  # light

    @classmethod
    def opened(cls, stage: Stage) -> Self:
        roles = {"ana": "admin", "ben": "standard", "cem": "standard", "dee": "standard", "lea": "light"}
        organization_id, people = _opened(stage, "Office", "America/New_York", MARCH, roles)
        group = _grouped(stage, organization_id, people["ben"], people["cem"])
        return cls(stage=stage, id=organization_id, group=group, **people)


@dataclass(frozen=True, kw_only=True)
class Nordlicht(Company):
    """In Berlin; `group` is Sue and Lea."""

    ada: Client  # admin
    sam: Client  # standard, like the next one
    sue: Client
    lea: Client  # light
    max: Client  # standard, and deactivated

    @classmethod
    def opened(cls, stage: Stage) -> Self:
        roles = {"ada": "admin", "sam": "standard", "sue": "standard", "lea": "light", "max": "standard"}
        organization_id, people = _opened(stage, "Nordlicht", "Europe/Berlin", SEPTEMBER, roles)
        group = _grouped(stage, organization_id, people["sue"], people["lea"])
        leave(stage.database, people["max"])
        with psycopg.connect(stage.database) as owner:
            for email in (GINA, GUS):
                add_guest(owner, organization_id, email, SEPTEMBER)
        return cls(stage=stage, id=organization_id, group=group, **people)


def _opened(
    stage: Stage, name: str, timezone: str, at: datetime, roles: dict[str, str]
) -> tuple[UUID, dict[str, Client]]:
    """A new organization with its members by first name; the clock shows when it was opened."""
    stage.now = at
    people: dict[str, Client] = {}
    with psycopg.connect(stage.database) as owner:
        organization_id = create_organization(owner, name, timezone, at)
        for first, role in roles.items():
            email = f"{first}@{secrets.token_hex(4)}.example"
            member = NewMember(email, role, first.capitalize(), "Staff", timezone=timezone)
            user_id = add_member(owner, organization_id, member, at)
            token = create_token(owner, user_id, "tests", at)
            people[first] = Client(stage.origin, organization_id, user_id, email, token)
    return organization_id, people


def _grouped(stage: Stage, organization_id: UUID, *people: Client) -> str:
    with psycopg.connect(stage.database) as owner:
        ids = [one.user_id for one in people]
        return create_group(owner, organization_id, "Finance", ids, stage.now).hex
