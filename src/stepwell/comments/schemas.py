"""Bodies and answers of the comment routes."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from stepwell.comments.texts import comment_text, is_blank
from stepwell.http.body import Body
from stepwell.http.shapes import Hex, Instant, Shape
from stepwell.http.values import Identifier, PersonId, whole_number

LONGEST = 65_535  # characters
STATES = ("hide-for-guests", "open", "collapsed")


def _text(value: Any) -> Any:
    if not isinstance(value, str) or len(value) > LONGEST:
        return value  # what is wrong with it is said by the type
    text = comment_text(value)
    if is_blank(text):
        raise PydanticCustomError("required", "The {field} field is required.")
    return text


def _word(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def _people(value: Any) -> Any:
    """Whoever `sent_to` names is told if there is such a member; all else in it is passed over."""
    values = value if isinstance(value, list) else [value]
    ids = (whole_number(one.get("id") if isinstance(one, dict) else one) for one in values)
    return [one for one in ids if one is not None and one > 0][:1000]


CommentText = Annotated[str, StringConstraints(max_length=LONGEST), BeforeValidator(_text)]
State = Annotated[Literal["hide-for-guests", "open", "collapsed"], BeforeValidator(_word)]
Label = Annotated[Literal["comment", "problem", "resolve", "improvement", "advice"], BeforeValidator(_word)]


class SayComment(Body):
    """What every new comment is made of; `text` is another word for `content`."""

    verbatim: ClassVar[frozenset[str]] = frozenset({"content", "text"})
    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({"label", "sent_to"})

    content: CommentText
    state: State | None = None
    label: Label = "comment"
    sent_to: Annotated[list[PersonId], BeforeValidator(_people), Field(default_factory=list)]
    thread_id: Identifier | None = None

    @model_validator(mode="before")
    @classmethod
    def synonyms(cls, data: Any) -> Any:
        if isinstance(data, dict) and "text" in data and "content" not in data:
            return {**data, "content": data["text"]}
        return data


class ResolveIssue(Body):
    """POST .../resolved-threads. `thread_id` (or `id`) may be left out when one issue is open."""

    verbatim: ClassVar[frozenset[str]] = frozenset({"content"})

    content: CommentText
    state: State | None = None
    thread_id: Identifier | None = None

    @model_validator(mode="before")
    @classmethod
    def synonyms(cls, data: Any) -> Any:
        if isinstance(data, dict) and "id" in data and "thread_id" not in data:
            return {**data, "thread_id": data["id"]}
        return data


class SayTemplateComment(SayComment):
    """A comment on a template or on one of its steps, where it is an improvement unless it says else."""

    step_id: Identifier | None = None


class CommentChange(Body):
    """What of a comment can be changed, beside its text."""

    verbatim: ClassVar[frozenset[str]] = frozenset({"content"})
    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({"content", "state", "label"})

    state: State | None = None
    label: Label | None = None


class PatchComment(CommentChange):
    """PATCH: all is optional."""

    content: CommentText | None = None


class UpdateComment(CommentChange):
    """PUT: the text is always sent."""

    content: CommentText


class AuthorShape(Shape):
    username: str | None
    first_name: str | None
    last_name: str | None
    full_name: str
    profile_pic: str | None


class SubjectShape(Shape):
    id: Hex
    type: Literal["Task", "Run", "Checklist"]


class ReactionShape(Shape):
    emoji: str
    users: list[int]


class CommentShape(Shape):
    """A comment, wherever it stands."""

    id: Hex
    content: str
    original_content: str
    author_id: int | None
    author_type: Literal["user", "guest", "bot"]
    author: AuthorShape | None
    sent_by: int | None
    task_id: Hex | None
    run_id: Hex | None
    checklist_id: Hex | None
    step_id: Hex | None
    subject: SubjectShape
    label: Literal["comment", "problem", "resolve", "improvement", "advice"]
    state: Literal["hide-for-guests", "open", "collapsed"]
    parent_id: Hex | None
    resolve_id: Hex | None
    sent_to: list[int]
    reactions: list[ReactionShape]
    replies_count: Annotated[int, Field(ge=0)]
    created_at: Instant
    updated_at: Instant
    last_updated_at: Instant
    created_ago: str
    archived_at: Instant | None


class ThreadShape(CommentShape):
    """A comment as the editors of a template see it."""

    read_at: Instant | None
    hidden_at: Instant | None
