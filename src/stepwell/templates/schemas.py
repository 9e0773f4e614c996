"""Bodies and answers of the template routes."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from stepwell.http.body import Body
from stepwell.http.shapes import Hex, Instant, Shape
from stepwell.http.values import Flag, Html, Identifier, PersonId, WebAddress

TYPES = {"procedure": "procedure", "template": "procedure", "form": "form", "document": "document"}
READINESS = {"started", "in_progress", "finishing", "published"}
SLUG = re.compile(r"[a-z0-9-]{1,255}")
LIBRARY_TAG_KEYS = ("id", "title", "color", "type")


def _type(value: Any) -> Any:
    return TYPES.get(value.strip().lower(), value) if isinstance(value, str) else value


def _readiness(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    word = re.sub(r"[\s-]+", "_", value.strip().lower())
    return None if word in ("active", "") else word


def _list_or_empty(value: Any) -> Any:
    return [] if value is None else value


def _object_or_empty(value: Any) -> Any:
    """Null and the empty list that some clients send for an empty object are an empty object."""
    return {} if value is None or value == [] else value


def _blank_is_null(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _slug(value: Any) -> Any:
    """An alias that is no slug is not taken over, and is no error either."""
    return value if isinstance(value, str) and SLUG.fullmatch(value) else None


def _distinct(values: list[Any]) -> list[Any]:
    return list(dict.fromkeys(values))


Title = Annotated[str, StringConstraints(min_length=1, max_length=250)]
TemplateType = Annotated[Literal["procedure", "form", "document"], BeforeValidator(_type)]
Readiness = Annotated[
    Literal["started", "in_progress", "finishing", "published"] | None, BeforeValidator(_readiness)
]
Users = Annotated[list[PersonId], BeforeValidator(_list_or_empty), AfterValidator(_distinct)]
Groups = Annotated[list[Identifier], BeforeValidator(_list_or_empty), AfterValidator(_distinct)]
RichText = Annotated[Html | None, BeforeValidator(_blank_is_null)]
Settings = Annotated[dict[str, Any], BeforeValidator(_object_or_empty)]
LibraryTags = Annotated[
    list[dict[str, Any]],
    BeforeValidator(_list_or_empty),
    AfterValidator(lambda tags: [{key: tag.get(key) for key in LIBRARY_TAG_KEYS} for tag in tags]),
]


class TemplateSettings(Body):
    """Every property of a template that a client may set; all optional. `None` clears."""

    verbatim: ClassVar[frozenset[str]] = frozenset({"summary", "guidance", "kickoff_description"})
    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({
        "owner_id", "type", "starred", "is_public", "is_featured", "is_public_kickoff", "auto_naming", "privacy",
        "allow_launcher_change_name", "folderize_process", "tag_process", "folder_changeable_by_launcher",
        "dual_version_enabled", "replace_state_conditionally", "is_pinned", "can_add_oot", "alias",
    })  # fmt: skip

    title: Title | None = None
    type: TemplateType | None = None
    summary: RichText = None
    status: Readiness = None
    starred: Flag = False
    webhook: WebAddress | None = None
    explanation_video: WebAddress | None = None
    guidance: RichText = None
    icon: Annotated[str, StringConstraints(max_length=255)] | None = None
    alias: Annotated[str | None, BeforeValidator(_slug)] = None
    folder_id: Identifier | None = None
    default_folder: Identifier | None = None
    owner_id: PersonId | None = None
    kickoff_title: Annotated[str, StringConstraints(max_length=250)] | None = None
    kickoff_description: RichText = None
    is_public: Flag = False
    is_featured: Flag = False
    public_cover: WebAddress | None = None
    is_public_kickoff: Flag = False
    kickoff_sharing_user_id: PersonId | None = None
    default_process_name_format: Annotated[str, StringConstraints(max_length=550)] | None = None
    auto_naming: Flag = False
    allow_launcher_change_name: Flag = False
    folderize_process: Flag = False
    tag_process: Flag = False
    folder_changeable_by_launcher: Flag = False
    dual_version_enabled: Flag = False
    replace_state_conditionally: Flag = False
    is_pinned: Flag = False
    ko_form_blueprint_id: Identifier | None = None
    can_add_oot: Flag = True
    users: Users = Field(default_factory=list)
    groups: Groups = Field(default_factory=list)
    contributors: Users = Field(default_factory=list)
    privacy: Literal["private", "organization", "public"] = "organization"
    settings: Settings = Field(default_factory=dict)
    prerun: Annotated[list[Any] | dict[str, Any], BeforeValidator(_list_or_empty)] = Field(
        default_factory=list
    )


class UpdateTemplate(TemplateSettings):
    """PUT: `title` is required, every other key is optional and changes only what it names."""

    title: Title


class PatchTemplate(TemplateSettings):
    """PATCH: no key is required; a title that is sent must not be blank."""

    title: Title = ""


class Launchers(Body):
    """Who may launch, in the older form of the permission."""

    users: Users = Field(default_factory=list)
    groups: Groups = Field(default_factory=list)


class CreateTemplate(TemplateSettings):
    """POST: `title` and `type` are required."""

    title: Title
    type: TemplateType
    user_id: PersonId | None = None
    tags: Groups = Field(default_factory=list)
    start_run_permissions: Annotated[Launchers | None, BeforeValidator(_object_or_empty)] = None
    industry_tags: LibraryTags = Field(default_factory=list)
    topic_tags: LibraryTags = Field(default_factory=list)
    # What an exported template brings along; looked at by `importing`, part by part.
    steps: Any = None
    stages: Any = None
    automated_actions: Any = None
    permissions: Any = None
    exported_tags: Any = None

    @model_validator(mode="before")
    @classmethod
    def lenient(cls, data: Any) -> Any:
        """What exporters and migrators write: a readiness that is none, `name` for the title, no type."""
        if not isinstance(data, dict):
            return data
        if "title" not in data and isinstance(data.get("name"), str):
            data = {"summary": data.get("description"), **data, "title": data["name"]}
        readiness = _readiness(data.get("status"))
        if not isinstance(readiness, str) or readiness not in READINESS:
            data = {key: value for key, value in data.items() if key != "status"}
        if {"steps", "automated_actions"} & data.keys():
            data = {**data, "exported_tags": data.get("tags"), "tags": []}
        if "type" not in data and {"steps", "automated_actions", "name", "is_template"} & data.keys():
            data = {**data, "type": "procedure"}
        return data

    @property
    def is_import(self) -> bool:
        """Whether an exported template was sent, with references to be mapped."""
        return bool({"steps", "automated_actions"} & self.model_fields_set)


class SetReadiness(Body):
    """PUT status: one of the four readiness words."""

    status: Annotated[
        Literal["started", "in_progress", "finishing", "published"], BeforeValidator(_readiness)
    ]


class Favorites(Body):
    """Members for whom a template is to be starred."""

    users: Annotated[list[PersonId], Field(min_length=1, max_length=1000), AfterValidator(_distinct)]


class KnownIds(Body):
    """Ids that may or may not exist."""

    ids: Annotated[list[Any], Field(max_length=1000)]


class CloneTemplate(Body):
    """Where to copy from (`tenant`: this organization unless it is said), and what the copy is called."""

    tenant: Identifier | None = None
    title: Title | None = None
    folder_id: Identifier | None = None


class FieldShape(Shape):
    id: Hex
    step_id: Hex | None
    checklist_id: Hex | None
    alias: str | None
    field_type: str
    label: str
    guidance: str | None
    required: bool
    position: int
    options: list[dict[str, Any]]
    columns: list[dict[str, Any]]
    field_validation: list[str]
    default_value: Any
    default_value_enabled: bool
    collect_time: bool
    use_wysiwyg_editor: bool
    prefix: str | None
    suffix: str | None
    settings: dict[str, Any]
    list: Any
    custom_fields: dict[str, Any]
    created_at: Instant
    last_updated: Instant
    archived_at: Instant | None


class RuleShape(Shape):
    id: Hex
    automated_alias: str
    position: int
    conditions: list[dict[str, Any]]
    then_actions: list[dict[str, Any]]
    created_at: Instant
    last_updated: Instant
    archived_at: Instant | None


class TemplateShape(Shape):
    """A template (checklist) as every route answers it."""

    id: Hex
    increment_id: int
    version: int
    title: str
    summary: str | None
    starred: bool
    webhook: str | None
    explanation_video: str | None
    guidance: str | None
    icon: str | None
    alias: str
    folder_id: Hex | None
    prerun: list[FieldShape]
    automated_actions: list[RuleShape]
    created_by: int
    owner_id: int
    kickoff_title: str | None
    kickoff_description: str | None
    started_processes: int
    steps_count: int
    created_at: Instant
    last_updated: Instant
    last_updated_by: int | None
    archived_at: Instant | None
    is_public: bool
    is_featured: bool
    public_cover: str | None
    industry_tags: list[dict[str, Any]]
    topic_tags: list[dict[str, Any]]
    type: Literal["procedure", "form", "document"]
    status: str | None
    is_public_kickoff: bool
    kickoff_sharing_user_id: int | None
    default_process_name_format: str | None
    auto_naming: bool
    allow_launcher_change_name: bool
    folderize_process: bool
    tag_process: bool
    default_folder: Hex | None
    folder_changeable_by_launcher: bool
    dual_version_enabled: bool
    is_published_state: bool
    replace_state_conditionally: bool
    is_pinned: bool
    ko_form_blueprint_id: Hex | None
    can_add_oot: bool
    users: list[int]
    groups: list[Hex]
    custom_fields: dict[str, Any]
    privacy: Literal["private", "organization", "public"]
    settings: dict[str, Any]
    contributors: list[int]


class DeletedShape(Shape):
    """What archiving and deleting answer, without an envelope."""

    message: str
    deleted_references: list[dict[str, str]]


def hexes(ids: list[UUID]) -> list[str]:
    """Ids as the API and JSON columns spell them."""
    return [one.hex for one in ids]
