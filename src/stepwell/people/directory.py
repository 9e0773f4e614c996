"""What a command must know of the organization's people and its house rules, read in one statement."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stepwell.db.ids import GLOBAL, Numbers
from stepwell.db.pool import Tenant
from stepwell.engine.model import DayHours, Directory, GroupPeople, House, People, Span

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

DIRECTORY = """
    SELECT (SELECT coalesce(json_agg(json_build_array(id, kind, status, email)), '[]') FROM people person
             WHERE person.organization_id = %(organization_id)s
               AND (person.id = ANY (%(users)s) OR person.email = ANY (%(emails)s)
                    OR person.is_default_admin
                    OR person.id IN (SELECT person_id FROM group_people
                                      WHERE organization_id = %(organization_id)s AND group_id = ANY
                                        (%(groups)s)))),
           (SELECT coalesce(json_object_agg(hex(id), (
                       SELECT coalesce(json_agg(member.person_id), '[]') FROM group_people member
                        WHERE member.organization_id = %(organization_id)s AND member.group_id =
                          "group".id)), '{}')
              FROM groups "group" WHERE organization_id = %(organization_id)s AND id = ANY (%(groups)s)),
           (SELECT coalesce(json_agg(hex(id)), '[]') FROM job_titles
             WHERE organization_id = %(organization_id)s AND id = ANY (%(roles)s)),
           (SELECT id FROM people WHERE organization_id = %(organization_id)s AND is_default_admin LIMIT 1),
           timezone, working_days, default_deadline,
           coalesce((settings ->> 'maximum_group_assignment_limit')::int, 0)
      FROM organizations WHERE organization_id = %(organization_id)s
"""

# Until the end of the transaction nobody changes who is in these groups: what is expanded here is then written.
KEEP_GROUPS = """
    SELECT FROM groups WHERE organization_id = %(organization_id)s AND id = ANY (%(groups)s) FOR KEY SHARE
"""


@dataclass(slots=True)
class Mentioned:
    """Whom a command may have to do with."""

    users: set[int] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    groups: set[UUID] = field(default_factory=set)
    roles: set[UUID] = field(default_factory=set)

    def add(self, people: People) -> None:
        self.users.update(people.users)
        self.emails.update(people.guests)
        self.groups.update(people.groups)


@dataclass(slots=True)
class Register:
    """The directory that the engine takes, the house, and the person ids behind guests' addresses."""

    directory: Directory
    house: House
    guest_ids: dict[str, int]


async def register_of(tenant: Tenant, mentioned: Mentioned) -> Register:
    """Read what is known of these people; whoever is not found is no member, no group, or a new guest."""
    wanted = {
        "users": [user for user in mentioned.users if user < 2**62],
        "emails": list(mentioned.emails),
        "groups": list(mentioned.groups),
        "roles": list(mentioned.roles),
    }
    if mentioned.groups:
        await tenant.execute(KEEP_GROUPS, wanted)
    people, groups, roles, default_admin, zone, week, deadline, largest = await tenant.fetch_one(
        DIRECTORY, wanted
    )
    members = {id: status for id, kind, status, _ in people if kind == "member"}
    guests = {id: email for id, kind, status, email in people if kind == "guest" and status != "deleted"}
    directory = Directory(
        assignable=frozenset(id for id, status in members.items() if status in ("active", "invited")),
        active=frozenset(id for id, status in members.items() if status == "active"),
        groups={
            UUID(group_id): GroupPeople(
                tuple(id for id in ids if members.get(id) in ("active", "invited")),
                tuple(guests[id] for id in ids if id in guests),
            )
            for group_id, ids in groups.items()
        },
        roles=frozenset(UUID(role) for role in roles),
        member_emails={
            email: id
            for id, kind, status, email in people
            if kind == "bot" or (kind == "member" and status != "deleted")
        },
        default_admin=default_admin,
        largest_group=largest,
    )
    house = house_of(zone, week, deadline)
    return Register(directory, house, {email: id for id, email in guests.items()})


def house_of(zone: str, week: dict[str, Any], deadline: dict[str, Any]) -> House:
    """The organization's settings as the engine takes them."""
    try:
        info = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        info = ZoneInfo("UTC")
    days = tuple(_hours_of(week.get(name) or {"is_working": True, "mode": "all"}) for name in WEEKDAYS)
    return House(zone=info, week=days, default_deadline=Span(int(deadline["value"]), str(deadline["type"])))


def _hours_of(day: dict[str, Any]) -> DayHours:
    if not day.get("is_working", True):
        return DayHours(working=False)
    if day.get("mode") != "fixed":
        return DayHours()
    return DayHours(True, _minutes(day["start"]), _minutes(day["end"]))


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")[:2]
    return 60 * int(hours) + int(minutes)


NEW_GUESTS = """
    INSERT INTO people (organization_id, id, kind, email, username, status, guest_code, created_at,
      updated_at)
    SELECT %(organization_id)s, guest.id, 'guest', guest.email, split_part(guest.email, '@', 1), 'active',
           guest.code, %(at)s, %(at)s
      FROM unnest(%(ids)s::bigint[], %(emails)s::text[], %(codes)s::text[]) guest (id, email, code)
    ON CONFLICT (organization_id, email) DO UPDATE
       SET status = 'active', guest_code = EXCLUDED.guest_code, profile = '{}', username = EXCLUDED.username,
           first_name = NULL, last_name = NULL, disabled_at = NULL, created_at = %(at)s, updated_at = %(at)s
     WHERE people.kind = 'guest' AND people.status = 'deleted'
"""  # somebody who was deleted comes back as a new guest, with a link of his own


def new_guest_code() -> str:
    """The secret in a guest's link."""
    return secrets.token_urlsafe(30)


async def ensure_guests(
    tenant: Tenant, numbers: Numbers, register: Register, emails: Iterable[str], at: datetime
) -> None:
    """Make a guest of every address that is none yet; their person ids are in `register.guest_ids` then."""
    unknown = sorted(set(emails) - register.guest_ids.keys())
    if unknown:
        register.guest_ids.update(await new_guests(tenant, numbers, unknown, at))


async def new_guests(
    tenant: Tenant, numbers: Numbers, unknown: Sequence[str], at: datetime
) -> dict[str, int]:
    """Make guests of these addresses, unless somebody has just done it. Returns the person ids by address."""
    ids = await numbers.take(GLOBAL, "person", len(unknown))
    codes = [new_guest_code() for _ in unknown]
    await tenant.execute(NEW_GUESTS, {"ids": list(ids), "emails": unknown, "codes": codes, "at": at})
    rows = await tenant.fetch_all(
        "SELECT email, id FROM people WHERE organization_id = %(organization_id)s AND email = ANY (%(emails)s)",
        {"emails": unknown},
    )
    return {str(email): int(id) for email, id in rows}
