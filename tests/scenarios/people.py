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


@dataclass(frozen=True)
class Company:
    """An organization with its members by first name."""

    stage: Stage
    id: UUID
    people: dict[str, Client]
    group: str

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for client in self.people.values():
            client.close()

    def set(self, **settings: object) -> None:
        """Settings of the organization that no endpoint changes yet."""
        with psycopg.connect(self.stage.database) as owner:
            enter(owner, self.id)
            owner.execute(
                "UPDATE organizations SET settings = settings || %s WHERE organization_id = %s",
                [Jsonb(settings), self.id],
            )

    def works_nine_to_five(self) -> None:
        """From now on work is done Monday to Friday, 09:00 to 17:00."""
        hours = {"is_working": True, "mode": "fixed", "start": "09:00", "end": "17:00"}
        week = {day: hours if day[0] != "S" else {**hours, "is_working": False} for day in WEEK}
        with psycopg.connect(self.stage.database) as owner:
            enter(owner, self.id)
            owner.execute(
                "UPDATE organizations SET working_days = %s WHERE organization_id = %s", [Jsonb(week), self.id]
            )


def _opened(
    stage: Stage, name: str, timezone: str, at: datetime, members: dict[str, str], together: tuple[str, ...]
) -> tuple[UUID, dict[str, Client], str]:
    stage.now = at
    people: dict[str, Client] = {}
    with psycopg.connect(stage.database) as owner:
        organization_id = create_organization(owner, name, timezone, at)
        for first, role in members.items():
            email = f"{first.lower()}@{secrets.token_hex(4)}.example"
            member = NewMember(email, role, first, "Staff", timezone=timezone)
            user_id = add_member(owner, organization_id, member, at)
            token = create_token(owner, user_id, "tests", at)
            people[first.lower()] = Client(stage.origin, organization_id, user_id, email, token)
        ids = [people[first].user_id for first in together]
        group = create_group(owner, organization_id, "Finance", ids, at).hex
    return organization_id, people, group


@dataclass(frozen=True)
class Office(Company):
    """Ana (admin), Ben, Cem, Dee (standard) and Lea (light) in New York; `group` is Ben and Cem."""

    @classmethod
    def opened(cls, stage: Stage) -> Self:
        members = {"Ana": "admin", "Ben": "standard", "Cem": "standard", "Dee": "standard", "Lea": "light"}
        made = _opened(stage, "Office", "America/New_York", MARCH, members, ("ben", "cem"))
        return cls(stage, *made)

    @property
    def ana(self) -> Client:
        return self.people["ana"]

    @property
    def ben(self) -> Client:
        return self.people["ben"]

    @property
    def cem(self) -> Client:
        return self.people["cem"]

    @property
    def dee(self) -> Client:
        return self.people["dee"]

    @property
    def lea(self) -> Client:
        return self.people["lea"]


@dataclass(frozen=True)
class Nordlicht(Company):
    """Ada (admin), Sam, Sue (standard), Lea (light) and Max (deactivated) in Berlin; `group` is Sue and Lea."""

    @classmethod
    def opened(cls, stage: Stage) -> Self:
        members = {"Ada": "admin", "Sam": "standard", "Sue": "standard", "Lea": "light", "Max": "standard"}
        organization_id, people, group = _opened(
            stage, "Nordlicht", "Europe/Berlin", SEPTEMBER, members, ("sue", "lea")
        )
        leave(stage.database, people["max"])
        with psycopg.connect(stage.database) as owner:
            for email in (GINA, GUS):
                add_guest(owner, organization_id, email, SEPTEMBER)
        return cls(stage, organization_id, people, group)

    @property
    def ada(self) -> Client:
        return self.people["ada"]

    @property
    def sam(self) -> Client:
        return self.people["sam"]

    @property
    def sue(self) -> Client:
        return self.people["sue"]

    @property
    def lea(self) -> Client:
        return self.people["lea"]

    @property
    def max(self) -> Client:
        return self.people["max"]
