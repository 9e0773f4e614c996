"""Bodies and answers of the snippet routes."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, StringConstraints

from stepwell.http.body import Body
from stepwell.http.shapes import Instant, Shape
from stepwell.http.values import Flag, Html

LONGEST_CONTENT = 100_000


def _not_blank(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


Title = Annotated[str, StringConstraints(min_length=1, max_length=250)]
Content = Annotated[Html, StringConstraints(max_length=LONGEST_CONTENT), BeforeValidator(_not_blank)]


class CreateSnippet(Body):
    """POST: title and content are required."""

    verbatim: ClassVar[frozenset[str]] = frozenset({"content"})
    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({"is_public"})

    title: Title
    content: Content
    is_public: Flag = False


class UpdateSnippet(CreateSnippet):
    """PUT and PATCH: what is absent stays."""

    title: Title = ""
    content: Content = ""


class KnownSnippets(Body):
    """Ids of snippets that may or may not exist."""

    ids: Annotated[list[Any], Field(max_length=1000)]


class SnippetShape(Shape):
    """A snippet: organization-wide rich text that templates show."""

    id: int
    title: str
    content: str
    is_public: bool
    usages: int
    created_by: int
    created_at: Instant
    last_updated: Instant
