"""The people that an answer names, before it is known whether they exist."""

from __future__ import annotations

from typing import Any

from stepwell.engine.answer_values import is_email
from stepwell.engine.model import People
from stepwell.http.values import uuid_of, whole_number


def people_named_in(value: Any) -> People:
    """Whom an answer may mean: those of an assignee field, or the owner of an address; any other names nobody."""
    if isinstance(value, str) and is_email(value.strip()):
        return People(guests=(value.strip().lower(),))
    if not isinstance(value, dict):
        return People()
    users, guests, groups = (
        _entries(value, *names) for names in (("users", "assignees"), ("guests",), ("groups",))
    )
    return People(
        tuple(user for one in users if (user := whole_number(one))),
        tuple(one.strip().lower() for one in guests if isinstance(one, str)),
        tuple(group for one in groups if (group := uuid_of(one))),
    )


def _entries(value: dict[str, Any], *names: str) -> list[Any]:
    lists: list[list[Any]] = [value[name] for name in names if isinstance(value.get(name), list)]
    found = lists[0] if lists else []
    return [
        entry.get("id", entry.get("email")) if isinstance(entry, dict) else entry for entry in found[:1000]
    ]
