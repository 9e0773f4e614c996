"""Bodies and answers about who may do what with a template."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from stepwell.http.body import Body
from stepwell.http.shapes import Hex, Shape
from stepwell.http.values import Flag
from stepwell.templates.schemas import Groups, Users


def _upper(value: Any) -> Any:
    return value.strip().upper() if isinstance(value, str) else value


Permission = Literal[
    "CHECKLIST_READ", "CHECKLIST_EDIT", "PROCESS_LAUNCH", "CHECKLIST_DUPLICATE", "PROCESS_READ"
]


class Grant(Body):
    """Everyone (every admin and standard member), or these members and groups. What is not sent is empty."""

    everyone: Flag = False
    users: Users = Field(default_factory=list)
    groups: Groups = Field(default_factory=list)


class GrantOf(Grant):
    """A grant and the permission that it is about, in any case."""

    permission: Annotated[Permission, BeforeValidator(_upper)]


class Grants(Body):
    """The permissions to replace; one that is listed twice is what the last entry says."""

    permissions: Annotated[list[GrantOf], Field(max_length=20)]


class PermissionShape(Shape):
    """One of the five permissions of a template."""

    id: int
    permission: Permission
    everyone: bool
    users: list[int]
    groups: list[Hex]
