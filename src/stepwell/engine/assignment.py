"""Who is assigned: at launch, by a change of a task's owners, and the member who stands beside guests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from stepwell.engine.answer_values import is_email
from stepwell.engine.model import NOBODY, Directory, GroupPeople, People, Refused, Step

INVALID = "The given data was invalid."
Named = TypeVar("Named", int, str, UUID)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnersChange:
    """A change of a task's owners: a bucket that is None stays, a given one replaces; or add and remove."""

    users: tuple[int, ...] | None = None
    guests: tuple[str, ...] | None = None
    groups: tuple[UUID, ...] | None = None
    add: People = NOBODY
    remove: People = NOBODY


def union(*several: People) -> People:
    """All the people, in order, each once."""
    return People(
        users=tuple(dict.fromkeys(user for people in several for user in people.users)),
        guests=tuple(dict.fromkeys(guest for people in several for guest in people.guests)),
        groups=tuple(dict.fromkeys(group for people in several for group in people.groups)),
    )


def listed(people: People) -> dict[str, list[int] | list[str]]:
    """The people as the log keeps them."""
    return {
        "users": list(people.users),
        "guests": list(people.guests),
        "groups": [group_id.hex for group_id in people.groups],
    }


def people_listed(entry: Mapping[str, Any]) -> People:
    """The people that `listed` wrote."""
    groups = (UUID(group) for group in entry["groups"])
    return People(tuple(entry["users"]), tuple(entry["guests"]), tuple(groups))


def changed_owners(current: People, change: OwnersChange, directory: Directory, path: str) -> People:
    """`current` with the change. Raises Refused for people who cannot be assigned, by bucket."""
    plain = (change.users, change.guests, change.groups)
    if (change.add or change.remove) and any(bucket is not None for bucket in plain):
        raise Refused(INVALID, {path: ["Add and remove cannot be mixed with whole lists."]})
    given = union(People(*(bucket or () for bucket in plain)), change.add)  # type: ignore[arg-type]
    refuse_unassignable(given, directory, path)
    removed = _lowered(change.remove)
    return _lowered(
        union(
            People(
                users=_without(current.users if change.users is None else change.users, removed.users),
                guests=_without(current.guests if change.guests is None else change.guests, removed.guests),
                groups=_without(current.groups if change.groups is None else change.groups, removed.groups),
            ),
            change.add,
        )
    )


def _without(bucket: Iterable[Named], removed: Iterable[Named]) -> tuple[Named, ...]:
    gone = set(removed)
    return tuple(one for one in bucket if one not in gone)


def _lowered(people: People) -> People:
    return union(People(people.users, tuple(guest.strip().lower() for guest in people.guests), people.groups))


def refuse_unassignable(people: People, directory: Directory, path: str) -> None:
    """Raises Refused for unknown or deactivated members, wrong guests and unknown groups, all at once."""
    reasons = why_unassignable(people, directory, path)
    if reasons:
        raise Refused(INVALID, reasons)


def why_unassignable(people: People, directory: Directory, path: str) -> dict[str, list[str]]:
    reasons: dict[str, list[str]] = {}
    if not directory.assignable.issuperset(people.users):
        reasons[f"{path}.users"] = ["Some users are not valid members of this organization"]
    guests = [_why_no_guest(guest.strip().lower(), directory) for guest in people.guests]
    if any(guests):
        reasons[f"{path}.guests"] = [message for message in guests if message]
    if not directory.groups.keys() >= set(people.groups):
        reasons[f"{path}.groups"] = ["Some groups are not valid groups of this organization"]
    return reasons


def _why_no_guest(address: str, directory: Directory) -> str | None:
    if not is_email(address):
        return f"{address} is not a valid email address"
    if address in directory.member_emails:
        return f"{address} is the address of a member and cannot be a guest"
    return None


def refuse_too_many(people: People, limit: int | None, directory: Directory, path: str) -> None:
    """Raises Refused when more distinct people are meant than may be; nothing is ever cut (T-114)."""
    reasons = why_too_many(people, limit, directory, path)
    if reasons:
        raise Refused(INVALID, reasons)


def why_too_many(people: People, limit: int | None, directory: Directory, path: str) -> dict[str, list[str]]:
    if directory.largest_group:
        for group_id in people.groups:
            group = directory.groups.get(group_id, GroupPeople())
            if len(set(group.users)) + len(set(group.guests)) > directory.largest_group:
                return {path: [f"A group of more than {directory.largest_group} people cannot be assigned."]}
    if limit:
        users, guests = directory.expanded(people)
        if len(users) + len(guests) > limit:
            return {path: [f"No more than {limit} people can be assigned."]}
    return {}


def people_at_launch(
    step: Step,
    override: People | None,
    unassigned: bool,
    people_by_role: Mapping[UUID, People],
    starter_id: int,
    directory: Directory,
) -> People:
    """Whom the task of a step starts with (T-109): the launch's own choice, the step's people together with
    those of its roles, the starter, or nobody. The starter comes in only where nobody else does (T-110)."""
    if unassigned:
        return NOBODY
    if override:
        return _lowered(override)
    by_role = (people_by_role.get(role_id, NOBODY) for role_id in step.roles)
    people = still_assignable(union(step.people, *by_role), directory)
    if not people and step.assign_starter:
        return People(users=(starter_id,))
    return people


def still_assignable(people: People, directory: Directory) -> People:
    """Without those who have left since the template was written; a guest who became a member is that one."""
    people = _joined(people, directory)
    return People(
        users=tuple(user for user in people.users if user in directory.assignable),
        guests=people.guests,
        groups=tuple(group for group in people.groups if group in directory.groups),
    )


def _joined(people: People, directory: Directory) -> People:
    """The people, each address of a member as that member."""
    people = _lowered(people)
    members = directory.member_emails
    joined = tuple(members[guest] for guest in people.guests if guest in members)
    guests = tuple(guest for guest in people.guests if guest not in members)
    return union(People(people.users + joined, guests, people.groups))


def people_without(people: People, named: People, directory: Directory) -> People:
    """The people without those who are named; somebody who is in a group that stays is still meant by it."""
    gone = union(named, _joined(named, directory))
    return People(
        users=_without(people.users, gone.users),
        guests=_without(people.guests, _lowered(gone).guests),
        groups=_without(people.groups, gone.groups),
    )


def with_companion(people: People, candidates: Iterable[int | None], directory: Directory) -> People:
    """The people, and where guests would stand alone the first active candidate beside them (P-445).

    The default administrator is the last candidate of all.
    """
    users, guests = directory.expanded(people)
    if not guests or people.users or users & directory.active:
        return people
    for user_id in (*candidates, directory.default_admin):
        if user_id is not None and user_id in directory.active:
            return union(people, People(users=(user_id,)))
    return people
