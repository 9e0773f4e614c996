"""Assignees as clients write them (`owners`), in all the lenient forms, as the engine's people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import BeforeValidator, Field, model_validator

from stepwell.engine.model import People
from stepwell.http.body import Body
from stepwell.http.values import Email, Identifier, PersonId

MOST_PEOPLE = 1000
T = TypeVar("T", int, str, UUID)


def _split(value: Any) -> Any:
    """A comma-joined text inside a list of addresses is several addresses; null is none."""
    if value is None:
        return []
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        return value
    found: list[Any] = []
    for one in value:
        found.extend(part for part in one.split(",") if part.strip()) if isinstance(
            one, str
        ) else found.append(one)
    return found[: MOST_PEOPLE + 1]


def _listed(value: Any) -> Any:
    return [] if value is None else value


class Bucket(Body):
    """Three lists of people. `assignees` is another word for `users`; a bare list instead of the object is empty."""

    users: Annotated[list[PersonId], BeforeValidator(_listed)] = Field(default_factory=list)
    guests: Annotated[list[Email], BeforeValidator(_split)] = Field(default_factory=list)
    groups: Annotated[list[Identifier], BeforeValidator(_listed)] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def synonyms(cls, data: Any) -> Any:
        if isinstance(data, list):
            return {}
        if isinstance(data, dict) and "assignees" in data and "users" not in data:
            return {**data, "users": data["assignees"]}
        return data

    def people(self) -> People:
        """All that was sent; what was not sent is empty."""
        return People(distinct(self.users), distinct(self.guests), distinct(self.groups))


class Owners(Bucket):
    """`owners` of a task: a bucket that is sent replaces that one; or `add` and `remove`, but not both
    ways.
    """

    add: Bucket | None = None
    remove: Bucket | None = None
    guests_note: str | None = None


def distinct(values: Sequence[T]) -> tuple[T, ...]:
    """The values without repetitions, in their order."""
    return tuple(dict.fromkeys(values))
