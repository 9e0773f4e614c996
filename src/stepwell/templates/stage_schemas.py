"""Bodies and answers of the milestone routes (`stages` in the API)."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from stepwell.http.body import Body
from stepwell.http.shapes import Hex, Instant, Shape
from stepwell.http.values import Identifier
from stepwell.templates.field_definitions import UNSENT
from stepwell.templates.step_schemas import Place

MOST_STEPS = 10_000
Name = Annotated[str, StringConstraints(min_length=1, max_length=250)]


def _named(data: Any) -> Any:
    """`title` is another word for `name`."""
    if isinstance(data, dict) and "name" not in data and "title" in data:
        return {**data, "name": data["title"]}
    return data


class StageSettings(Body):
    """A change of a milestone: what is absent stays."""

    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({"position"})

    name: Name = UNSENT
    position: Place | None = None

    @model_validator(mode="before")
    @classmethod
    def words(cls, data: Any) -> Any:
        return _named(data)


class NewStage(StageSettings):
    """A new milestone; it goes to `position`, to the end by default."""

    name: Name


class StageSteps(Body):
    """All steps of a milestone, in their order."""

    steps: Annotated[
        list[Identifier],
        BeforeValidator(lambda value: [] if value is None else value),
        Field(max_length=MOST_STEPS),
    ]


class StageShape(Shape):
    """A milestone of a template."""

    id: Hex
    checklist_id: Hex
    name: str
    position: int
    steps_count: int
    condition: None
    created_at: Instant
    last_updated: Instant
