"""Bodies that move form fields about."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import AliasChoices, Field, model_validator

from stepwell.http.body import Body
from stepwell.http.values import Identifier
from stepwell.templates.field_definitions import UNSENT, Place

MOST_PLACED = 1000
Placed = tuple[UUID, int]  # a field and the place it gets


class PlacedCapture(Body):
    """A field of a step and its place."""

    id: Annotated[Identifier, Field(validation_alias=AliasChoices("capture_id", "id"))]
    position: Place


class PlacedPrerun(Body):
    """A field of the kick-off form and its place."""

    id: Annotated[Identifier, Field(validation_alias=AliasChoices("prerun_id", "id"))]
    position: Place


class ReorderCaptures(Body):
    """`capture_id` and `position` of one field, or `captures`: a list of such objects."""

    capture_id: Identifier = UNSENT
    position: Place = UNSENT
    captures: Annotated[list[PlacedCapture], Field(min_length=1, max_length=MOST_PLACED)] = UNSENT

    @model_validator(mode="before")
    @classmethod
    def one_or_many(cls, data: Any) -> Any:
        return needing(data, "captures", "capture_id", "position")

    @property
    def placed(self) -> list[Placed]:
        if "captures" in self.model_fields_set:
            return [(one.id, one.position) for one in self.captures]
        return [(self.capture_id, self.position)]


class ReorderPreruns(Body):
    """`prerun_id` and `position` of one field, or `preruns`: a list of such objects."""

    prerun_id: Identifier = UNSENT
    position: Place = UNSENT
    preruns: Annotated[list[PlacedPrerun], Field(min_length=1, max_length=MOST_PLACED)] = UNSENT

    @model_validator(mode="before")
    @classmethod
    def one_or_many(cls, data: Any) -> Any:
        return needing(data, "preruns", "prerun_id", "position")

    @property
    def placed(self) -> list[Placed]:
        if "preruns" in self.model_fields_set:
            return [(one.id, one.position) for one in self.preruns]
        return [(self.prerun_id, self.position)]


def needing(data: Any, unless: str, *names: str) -> Any:
    """The body with nulls for missing names, so that each is asked for, unless that key is sent."""
    if not isinstance(data, dict) or unless in data:
        return data
    return {**dict.fromkeys(names), **data}


class MoveField(Body):
    """To which step a field goes, and to which place in its form."""

    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({"position"})

    target_step_id: Identifier
    position: Place = 1
