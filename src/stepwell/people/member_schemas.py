"""Bodies and answers of the routes that change members."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from stepwell.http.body import Body
from stepwell.http.shapes import Hex, Shape
from stepwell.http.values import Email, Flag, Integer, PersonId
from stepwell.organizations.settings_values import TimeZone
from stepwell.people.schemas import Role

ADDRESS = re.compile(r"https?:|www\.|//", re.IGNORECASE)
COUNTRIES = 249


def _no_address(value: str) -> str:
    if ADDRESS.search(value):
        raise PydanticCustomError("name", "The {field} may not be a web address.")
    return value


def _word(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


Name = Annotated[str, StringConstraints(min_length=1, max_length=32), AfterValidator(_no_address)]
RoleWord = Annotated[Role, BeforeValidator(_word)]
Line = Annotated[str, StringConstraints(max_length=255)]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})?$")]


class InviteMember(Body):
    """POST: only the address is required."""

    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({"role"})

    email: Email
    first_name: Name | None = None
    last_name: Name | None = None
    role: RoleWord = "light"
    message: Annotated[str, StringConstraints(max_length=5000)] | None = None
    timezone: TimeZone | None = None


class ChangeRole(Body):
    role: RoleWord


class UpdateMember(Body):
    """PUT and PATCH: what is absent stays; names and time zone cannot be emptied."""

    first_name: Name = ""
    last_name: Name = ""
    timezone: TimeZone = ""
    username: Annotated[str, StringConstraints(pattern=r"^[\w.@+-]{1,64}$")] = ""
    phone: Annotated[str, StringConstraints(max_length=20)] | None = None
    job_title: Line | None = None
    job_description: Annotated[str, StringConstraints(max_length=30_000)] | None = None
    team: Line | None = None
    country_id: Annotated[Integer, Field(ge=1, le=COUNTRIES)] | None = None
    date_format: Annotated[Literal["mm/dd/yyyy", "dd/mm/yyyy"], BeforeValidator(_word)] | None = None
    step_preferences: Flag = False


class UpdateMyself(UpdateMember):
    """The same for oneself, with how things are shown."""

    locale: Language | None = None
    date_display: Annotated[Literal["relative", "hard"], BeforeValidator(_word)] | None = None
    sounds: Flag = False
    content_language: Language | None = None


class Reassign(Body):
    """Who takes over what; without any of the three: everything."""

    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({"tasks", "templates", "processes"})

    to: PersonId
    tasks: Flag = False
    templates: Flag = False
    processes: Flag = False


class RemovedMemberShape(Shape):
    """A member whose membership has ended."""

    id: int
    email: str
    first_name: str
    last_name: str
    role: Role
    status: Literal["disabled"]


class HandedOverShape(Shape):
    """How much somebody else has now."""

    templates: int
    processes: int
    tasks: int


class ReachedTemplate(Shape):
    id: Hex
    title: str
    permissions: list[str]


class ReachedProcess(Shape):
    id: Hex
    name: str


class ReachShape(Shape):
    """What a member can reach."""

    templates: list[ReachedTemplate]
    processes: list[ReachedProcess]
