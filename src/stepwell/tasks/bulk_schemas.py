"""Bodies that change many tasks of a process at once."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from stepwell.engine.assignment import OwnersChange
from stepwell.http.body import Body
from stepwell.http.values import Flag, Identifier, Integer
from stepwell.people.owners import Bucket, Owners
from stepwell.processes.schemas import Due
from stepwell.tasks.edit_schemas import MISSING, Ids, Title, owners_change

MOST_TASKS = 1000
LONGEST_SHIFT = 1_000_000
OWNERS_KEYS = ("owners", "owners_add", "owners_remove")
CHANGES = frozenset({*OWNERS_KEYS, "deadline", "shift", "visibility"})


def _several(value: Any) -> Any:
    """The units in the plural, as they are stored elsewhere."""
    return value.strip().lower().removesuffix("s") + "s" if isinstance(value, str) else value


def _shown_or_hidden(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def _no_zero(value: int) -> int:
    if value == 0:
        raise PydanticCustomError("zero", "The {field} must not be 0.")
    return value


class Shift(Body):
    """How much later, or with a negative value earlier, the deadlines are."""

    value: Annotated[Integer, Field(ge=-LONGEST_SHIFT, le=LONGEST_SHIFT), AfterValidator(_no_zero)]
    unit: Annotated[Literal["minutes", "hours", "days", "weeks", "months"], BeforeValidator(_several)]


class OneOfMany(Body):
    """What becomes of one task."""

    id: Identifier
    owners: Owners = MISSING
    deadline: Due = MISSING
    position: Annotated[Integer, Field(ge=1)] = MISSING
    title: Title = MISSING

    def people(self) -> OwnersChange:
        return owners_change(self.owners) if "owners" in self.model_fields_set else OwnersChange()


class ChangeManyTasks(Body):
    """Either the same for many (`task_ids`, or `roles` for the tasks of these job titles), or `tasks` one by one.

    `"task_ids": "all_open"` is read as `all_open`.
    """

    nullable_as_absent: ClassVar[frozenset[str]] = CHANGES | {
        "task_ids", "all_open", "roles", "tasks", "notify",
    }  # fmt: skip

    task_ids: Ids = MISSING
    all_open: Flag = False
    roles: Ids = MISSING
    owners: Owners = MISSING
    owners_add: Bucket = MISSING
    owners_remove: Bucket = MISSING
    deadline: Due = MISSING
    shift: Shift = MISSING
    visibility: Annotated[Literal["show", "hide"], BeforeValidator(_shown_or_hidden)] = MISSING
    notify: Flag = True
    tasks: Annotated[list[OneOfMany], Field(max_length=MOST_TASKS)] = MISSING

    @model_validator(mode="before")
    @classmethod
    def all_of_them(cls, data: Any) -> Any:
        word = data.get("task_ids") if isinstance(data, dict) else None
        if isinstance(word, str) and word.strip().lower() == "all_open":
            return {name: value for name, value in data.items() if name != "task_ids"} | {"all_open": True}
        return data

    @property
    def common(self) -> bool:
        """Whether it names the tasks of a common change."""
        return self.all_open or bool(self.model_fields_set & {"task_ids", "roles"})

    @model_validator(mode="after")
    def one_of_two_ways(self) -> Self:
        sent = self.model_fields_set
        if "tasks" in sent:
            if self.common or sent & CHANGES:
                raise PydanticCustomError("ways", "Either tasks, or the same change for all of task_ids.")
            if len({one.id for one in self.tasks}) < len(self.tasks):
                raise PydanticCustomError("twice", "A task may be named only once.")
        elif not self.common:
            raise PydanticCustomError("which", "The task_ids field is required.")
        if {"deadline", "shift"} <= sent:
            raise PydanticCustomError("when", "Either a deadline or a shift of the deadlines.")
        return self

    def people(self) -> OwnersChange:
        """The change of the assignees that is wanted of all."""
        owners = {"owners": self.owners} if "owners" in self.model_fields_set else {}
        whole = owners_change(owners["owners"]) if owners else OwnersChange()
        added = self.owners_add.people() if "owners_add" in self.model_fields_set else whole.add
        removed = self.owners_remove.people() if "owners_remove" in self.model_fields_set else whole.remove
        return OwnersChange(
            users=whole.users, guests=whole.guests, groups=whole.groups, add=added, remove=removed
        )
