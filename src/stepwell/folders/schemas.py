"""Bodies and answers of the folder routes."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from stepwell.http.body import Body
from stepwell.http.shapes import Hex, Instant, Shape
from stepwell.http.values import Identifier, Integer
from stepwell.tags.schemas import SubjectShape, subject_word

KINDS = {"run": "run", "process": "run", "checklist": "checklist", "template": "checklist"}


def kind_of(word: str) -> str | None:
    """The tree that a word means; None for a word that means none."""
    return KINDS.get(word.strip().lower())


def _kind(value: Any) -> Any:
    """What is no word for a tree counts as not sent: the parent's tree is meant, or that of the templates."""
    return kind_of(value) if isinstance(value, str) else None


Name = Annotated[str, StringConstraints(min_length=1, max_length=32)]
Position = Annotated[Integer, Field(ge=1)]


class CreateFolder(Body):
    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({"position", "folder_type"})

    name: Name
    folder_type: Annotated[Literal["checklist", "run"] | None, BeforeValidator(_kind)] = None
    parent_id: Identifier | None = None
    position: Position | None = None


class UpdateFolder(Body):
    """Only what is sent changes; `parent_id` null is the root. The type of a folder never changes."""

    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({"name", "position"})

    name: Name | None = None
    parent_id: Identifier | None = None
    position: Position | None = None


class ReorderFolder(Body):
    position: Position


class MoveFolder(Body):
    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({"position"})

    parent_id: Identifier | None
    position: Position | None = None


class AddObject(Body):
    folder_id: Identifier
    subject_id: Identifier
    subject_type: Annotated[Literal["Run", "Task"], BeforeValidator(subject_word)]


class MoveObject(Body):
    folder_id: Identifier


class FolderShape(Shape):
    id: Hex
    increment_id: int
    name: str
    parent_id: Hex | None
    parent: str | None
    total: int
    position: int
    folder_type: Literal["checklist", "run"]
    created_at: Instant
    updated_at: Instant
    custom_fields: dict[str, Any]


class FolderObjectShape(Shape):
    """That something lies in a folder."""

    id: int
    folder_id: Hex
    subject_id: Hex
    subject_type: Literal["Run", "Task"]
    created_at: Instant


class ObjectInsideShape(Shape):
    """Something inside a folder; templates have no id of their own for that."""

    id: int | None
    folder_id: Hex
    subject_id: Hex
    subject_type: Literal["Checklist", "Run", "Task"]
    created_at: Instant
    subject: SubjectShape
