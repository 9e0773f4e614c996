"""Bodies of the group routes."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, StringConstraints

from stepwell.http.body import Body
from stepwell.http.values import Email, PersonId

MOST_IN_A_GROUP = 9999
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
LongText = Annotated[str, StringConstraints(max_length=30_000)]
Members = Annotated[list[PersonId], Field(max_length=MOST_IN_A_GROUP)]
Guests = Annotated[list[Email], Field(max_length=MOST_IN_A_GROUP)]


def _or_empty(value: Any) -> Any:
    return "" if value is None else value


Description = Annotated[LongText, BeforeValidator(_or_empty)]


class CreateGroup(Body):
    """POST: the name is required."""

    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({"members", "guests"})

    name: Name
    description: Description = ""
    members: Members = Field(default_factory=list)
    guests: Guests = Field(default_factory=list)


class UpdateGroup(CreateGroup):
    """PUT and PATCH: what is absent stays, a list that is sent replaces."""

    name: Name = ""


class GroupMember(Body):
    """One member who joins."""

    user_id: PersonId


class GroupGuest(Body):
    """One guest who joins."""

    email: Email
