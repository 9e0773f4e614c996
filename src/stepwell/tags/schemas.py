"""Bodies and answers of the tag routes."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from stepwell.http.body import Body
from stepwell.http.shapes import Hex, Instant, Shape
from stepwell.http.values import Identifier

DEFAULT_COLOR = "#3498db"
SUBJECTS = {
    "checklist": "Checklist",
    "blueprint": "Checklist",
    "run": "Run",
    "process": "Run",
    "step": "Step",
    "task": "Task",
}


def subject_word(value: Any) -> Any:
    """A kind of subject in any case, and by its other name."""
    return SUBJECTS.get(value.strip().lower(), value) if isinstance(value, str) else value


def _word(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


Title = Annotated[str, StringConstraints(min_length=1, max_length=30)]
Color = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
Kind = Annotated[Literal["private", "public"], BeforeValidator(_word)]


class CreateTag(Body):
    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({"color", "type"})

    title: Title
    color: Color = DEFAULT_COLOR
    type: Kind = "private"


class UpdateTag(Body):
    """Only what is sent changes."""

    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({"title", "color"})

    title: Title | None = None
    color: Color | None = None


class AttachTag(Body):
    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({"tag_type"})

    subject_id: Identifier
    subject_type: Annotated[Literal["Checklist", "Run", "Step", "Task"], BeforeValidator(subject_word)]
    tag_id: Identifier
    tag_type: Kind = "private"


class ReplaceTags(Body):
    """All the tags that shall be there; none for `[]`."""

    tags: Annotated[list[Identifier], Field(max_length=1000)]


class TagShape(Shape):
    id: Hex
    title: str
    color: str
    type: Literal["private", "public"]
    auto_generated: bool
    created_at: Instant
    deleted_at: Instant | None
    custom_fields: dict[str, Any]


class TaggedShape(Shape):
    """A tag on something; `id` is that of the association."""

    id: int
    tag_id: Hex
    subject_id: Hex
    subject_type: Literal["Checklist", "Run", "Step", "Task"]
    title: str
    color: str
    type: Literal["private", "public"]
    auto_generated: bool
    created_at: Instant
    deleted_at: Instant | None


class SubjectShape(Shape):
    id: Hex
    type: Literal["Checklist", "Run", "Step", "Task"]
    title: str
    name: str
    status: str | None


class TaggedObjectShape(Shape):
    """Something that carries a tag, by the id of the association."""

    id: int
    tag_id: Hex
    subject_id: Hex
    subject_type: Literal["Checklist", "Run", "Step", "Task"]
    created_at: Instant
    subject: SubjectShape
