"""Bodies and answers of the step routes."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from stepwell.engine.compile import DIRECTIONS, LAUNCH_ANCHORS, UNITS
from stepwell.http.body import Body
from stepwell.http.shapes import Hex, Instant, Shape
from stepwell.http.values import Email, Flag, Html, Identifier, Integer, PersonId, WebAddress, uuid_of
from stepwell.people.owners import MOST_PEOPLE, Bucket
from stepwell.templates.field_definitions import UNSENT
from stepwell.templates.field_schemas import needing
from stepwell.templates.schemas import FieldShape

LONGEST_TITLE = 600
MOST_TAGS, MOST_LINES = 100, 1000
LONGEST_SPAN = 36_525  # days: what is further away than a century is a slip of the pen
DAYS = {"minutes": 1 / 1440, "hours": 1 / 24, "days": 1, "weeks": 7, "months": 30}
START = "start_run"


def _listed(value: Any) -> Any:
    """Null is an empty list; a comma-joined text is several entries."""
    if value is None:
        return []
    if isinstance(value, str):
        return [part for part in value.split(",") if part.strip()]
    return value


def _addresses(value: Any) -> Any:
    entries = _listed(value)
    if not isinstance(entries, list):
        return entries
    split = (_listed(entry) if isinstance(entry, str) else [entry] for entry in entries[: MOST_PEOPLE + 1])
    return [entry for several in split for entry in several]


ABSENT = object()


def _present(value: Any) -> Any:
    """Said in the API's own words: a deadline that is sent has all its four keys."""
    if value is ABSENT:
        raise PydanticCustomError(
            "partial", "The deadline.{field} field is required when deadline is present."
        )
    return value


def _unit(value: Any) -> Any:
    return UNITS.get(value.strip().lower(), value) if isinstance(value, str) else value


def _direction(value: Any) -> Any:
    return DIRECTIONS.get(value.strip().lower(), value) if isinstance(value, str) else value


def _anchor(value: Any) -> str:
    word = value.strip().lower() if isinstance(value, str) else value
    if word is None or (isinstance(word, str) and word in LAUNCH_ANCHORS):
        return START
    step_id = uuid_of(value)
    if step_id is None:
        raise PydanticCustomError("selected", "The selected {field} is invalid.")
    return step_id.hex


def _object(value: Any) -> Any:
    """An empty list is how some clients write an empty object, and that is none."""
    return None if value == [] else value


def _no_limit(value: Any) -> Any:
    return None if value in (0, "0") else value


Place = Annotated[Integer, Field(ge=1)]  # one beyond the end is the end
Title = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TITLE)]
Unit = Annotated[Literal["minutes", "hours", "days", "weeks", "months"], BeforeValidator(_unit)]
Anchor = Annotated[str, BeforeValidator(_anchor)]
People = Annotated[list[PersonId], BeforeValidator(_listed), Field(max_length=MOST_PEOPLE)]
Guests = Annotated[list[Email], BeforeValidator(_addresses), Field(max_length=MOST_PEOPLE)]
Groups = Annotated[list[Identifier], BeforeValidator(_listed), Field(max_length=MOST_PEOPLE)]
Tags = Annotated[list[Identifier], BeforeValidator(_listed), Field(max_length=MOST_TAGS)]
Fields = Annotated[list[Any], BeforeValidator(_listed)]
Texts = Annotated[
    list[Annotated[str, StringConstraints(max_length=255)]], BeforeValidator(_listed), Field(max_length=100)
]
Limit = Annotated[
    Annotated[Integer, Field(ge=1, le=MOST_PEOPLE)] | None,
    BeforeValidator(_no_limit),
]


class Span(Body):
    """A length of time."""

    value: Annotated[Integer, Field(ge=0)]
    unit: Unit

    @model_validator(mode="after")
    def within_a_century(self) -> Span:
        if self.value * DAYS[self.unit] > LONGEST_SPAN:
            raise PydanticCustomError("too_far", "The {field} is too far away.")
        return self


class StartDate(Span):
    """How long after the launch a task starts."""

    value: Annotated[Integer, Field(ge=1)]


class StepDeadline(Span):
    """When a task is due: so long after (`from`) or before (`prior_to`) the launch or another step."""

    value: Annotated[Integer, Field(ge=0), BeforeValidator(_present)]
    unit: Annotated[Unit, BeforeValidator(_present)]
    option: Annotated[Literal["from", "prior_to"], BeforeValidator(_direction), BeforeValidator(_present)]
    step: Annotated[Anchor, BeforeValidator(_present)]

    @model_validator(mode="before")
    @classmethod
    def whole(cls, data: Any) -> Any:
        names = ("value", "unit", "option", "step")
        return {**dict.fromkeys(names, ABSENT), **data} if isinstance(data, dict) else data


class FollowUp(Body):
    """The template that the completion of a task launches, or whose tasks it inserts."""

    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({"tasks_within_process"})

    id: Identifier
    default_name_format: Annotated[str, StringConstraints(max_length=550)] | None = None
    tasks_within_process: Flag = False


StepType = Literal["task", "approval", "expiring", "email", "expiring_email"]
EVERYONE_TYPES = frozenset({"task", "approval"})
OWNERS = {"assignees": "users", "guests": "guests", "groups": "groups"}


class StepSettings(Body):
    """What a client may set of a step. `tags` and `owners` count for a new one only."""

    verbatim: ClassVar[frozenset[str]] = frozenset({"summary"})
    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({
        "step_type", "allow_guest_owners", "skip_start_process", "can_complete_only_assignees",
        "everyone_must_complete", "prevent_guest_comment", "is_soft_start_date", "role_changes_every_time",
        "assign_run_starter", "top_secret", "send_chromeless", "hide_by_default", "ask_guest_at_launch",
        "ai_assigned", "start_date",
    })  # fmt: skip

    title: Title = UNSENT
    summary: Html | None = None
    step_type: StepType = "task"
    stage_id: Identifier | None = None
    max_assignable: Limit = None
    allow_guest_owners: Flag = True
    skip_start_process: Flag = False
    can_complete_only_assignees: Flag = False
    everyone_must_complete: Flag = False
    prevent_guest_comment: Flag = False
    is_soft_start_date: Flag = True
    start_date: StartDate = UNSENT
    deadline: Annotated[StepDeadline | None, BeforeValidator(_object)] = None
    role_changes_every_time: Flag = False
    assign_run_starter: Flag = True
    top_secret: Flag = False
    send_chromeless: Flag = False
    webhook: WebAddress | None = None
    bp_to_launch: Annotated[FollowUp | None, BeforeValidator(_object)] = None
    assignees: People = Field(default_factory=list)
    guests: Guests = Field(default_factory=list)
    groups: Groups = Field(default_factory=list)
    captures: Fields = Field(default_factory=list)
    hide_by_default: Flag = False
    ask_guest_at_launch: Flag = False
    ai_assigned: Flag = False
    ai_allowed_app_keys: Texts = Field(default_factory=list)
    ai_on_uncertainty: Annotated[str, StringConstraints(max_length=255)] | None = None


class CreateStep(StepSettings):
    """A new step; only `title` is required."""

    title: Title
    tags: Tags = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def owners(cls, data: Any) -> Any:
        """`owners` is an older word for the three lists of people together."""
        if not isinstance(data, dict) or not isinstance(data.get("owners"), dict):
            return data
        owners = data["owners"]
        older = {name: owners[word] for name, word in OWNERS.items() if word in owners}
        return {**older, **data}


class UpdateStep(StepSettings):
    """A change by PUT: `title` is required, unless `position` is all that is sent, which moves the step."""

    position: Place = UNSENT

    @model_validator(mode="before")
    @classmethod
    def titled(cls, data: Any) -> Any:
        if is_move(data):
            return data
        return needing(without_position(data), "title", "title")


class PatchStep(StepSettings):
    """A change by PATCH: no key is required, but a title that is sent must be one."""

    position: Place = UNSENT

    @model_validator(mode="before")
    @classmethod
    def tolerant(cls, data: Any) -> Any:
        return data if is_move(data) else without_position(data)


def is_move(data: Any) -> bool:
    """Whether a place is all that is sent."""
    return isinstance(data, dict) and set(data) == {"position"}


def without_position(data: Any) -> Any:
    """A position beside other keys is an echo and means nothing."""
    return (
        {key: value for key, value in data.items() if key != "position"} if isinstance(data, dict) else data
    )


class MoveStep(Body):
    """The new place of a step, and its stage if it is to be in another one."""

    position: Place
    stage_id: Identifier | None = None


def _words(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


class EditStepType(Body):
    """Whether all assignees must complete a task or any of them may."""

    stepType: Annotated[Literal["all", "any"], BeforeValidator(_words)]  # noqa: N815 - the API's spelling

    @model_validator(mode="before")
    @classmethod
    def spelled(cls, data: Any) -> Any:
        if isinstance(data, dict) and "stepType" not in data:
            return {**data, "stepType": data.get("step_type")}
        return data


class StepRoles(Body):
    """The job titles whose holders are asked for at the launch."""

    roles: Tags


class AttachTag(Body):
    """The tag to put on a step."""

    tag_id: Identifier


class StepPeople(Bucket):
    """A step, and people to assign to it or to take from it."""

    step_id: Identifier


Assignments = Annotated[list[StepPeople], BeforeValidator(_listed), Field(max_length=MOST_LINES)]


class BatchAssign(Body):
    """People to assign to steps, and people to take from steps."""

    assign: Assignments = Field(default_factory=list)
    unassign: Assignments = Field(default_factory=list)


def _lines(value: Any) -> Any:
    lines = value.splitlines() if isinstance(value, str) else value
    if not isinstance(lines, list):
        return value
    trimmed = [line.strip() if isinstance(line, str) else line for line in lines]
    return [line for line in trimmed if line != ""]


def _some(titles: list[str]) -> list[str]:
    if not titles:
        raise PydanticCustomError("missing", "The {field} field is required.")
    return titles


class BulkSteps(Body):
    """One title a line."""

    steps: Annotated[
        list[Title], BeforeValidator(_lines), AfterValidator(_some), Field(max_length=MOST_LINES)
    ]


class StepShape(Shape):
    """A step of a template as every route answers it."""

    id: Hex
    checklist_id: Hex
    title: str
    alias: str
    summary: str | None
    step_type: StepType
    position: int
    stage_id: Hex | None
    max_assignable: int | None
    allow_guest_owners: bool
    skip_start_process: bool
    can_complete_only_assignees: bool
    everyone_must_complete: bool
    prevent_guest_comment: bool
    is_soft_start_date: bool
    start_date: dict[str, Any]
    deadline: dict[str, Any] | None
    role_changes_every_time: bool
    roles: list[Hex]
    assign_run_starter: bool
    top_secret: bool
    send_chromeless: bool
    webhook: str | None
    bp_to_launch: dict[str, Any] | None
    owner_id: int | None
    assignees: list[int]
    guests: list[str]
    groups: list[Hex]
    captures: list[FieldShape]
    hide_by_default: bool
    ask_guest_at_launch: bool
    ai_assigned: bool
    ai_allowed_app_keys: list[str]
    ai_on_uncertainty: str | None
    custom_fields: dict[str, Any]
    created_at: Instant
    last_updated: Instant
    archived_at: Instant | None
