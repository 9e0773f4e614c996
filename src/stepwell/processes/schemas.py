"""Bodies and answers of the process routes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from stepwell.http.body import Body
from stepwell.http.shapes import Hex, Instant, Shape
from stepwell.http.values import Flag, Html, Identifier, Integer, PersonId, day, moment, uuid_of
from stepwell.people.owners import Bucket, Owners
from stepwell.processes.answers_shape import FieldWithAnswerShape

LONGEST_NAME = 550


def _due(value: Any) -> date | datetime:
    """A day alone means the end of that working day; the command knows when that is."""
    if isinstance(value, date):
        return value
    found = day(value) or moment(value)
    if found is None:
        raise PydanticCustomError("moment", "The {field} is not a valid date.")
    return found


def answers_of(value: Any) -> dict[str, Any]:
    """Kick-off answers as an object; the list forms of older clients are folded into one."""
    if value is None or value == []:
        return {}
    if isinstance(value, dict):
        return value
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise PydanticCustomError("answers", "The {field} must be an object.")
    answers: dict[str, Any] = {}
    for entry in value:
        key = next(
            (entry[name] for name in ("id", "timeline_id", "field_id") if isinstance(entry.get(name), str)),
            None,
        )
        if key is not None and "value" in entry:
            answers[key] = entry["value"]
        elif len(entry) == 1:
            answers.update(entry)
        else:
            raise PydanticCustomError("answers", "The {field} must be an object.")
    return answers


def _listed(value: Any) -> Any:
    return [] if value is None else value


def _object(value: Any) -> Any:
    return {} if value is None or value == [] else value


def _nothing_for_blank(value: str | None) -> str | None:
    return value if value and value.strip() else None


def step_key(key: str) -> str:
    """An id in 32 hex characters, and what is none (an alias, a word) as it is."""
    found = uuid_of(key)
    return found.hex if found else key


Due = Annotated[date | datetime, BeforeValidator(_due)]
Answers = Annotated[dict[str, Any], BeforeValidator(answers_of)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME)]
Notes = Annotated[Html | None, AfterValidator(_nothing_for_blank)]
MOST = Field(max_length=1000)  # entries of one list
Ids = Annotated[list[Identifier], BeforeValidator(_listed), MOST]
Users = Annotated[list[PersonId], BeforeValidator(_listed), MOST]
HiddenPart = Annotated[str, StringConstraints(max_length=100), AfterValidator(step_key)]
HiddenParts = Annotated[list[HiddenPart], MOST]


class TaskOverride(Body):
    """What the launch says about one step."""

    owners: Owners | None = None
    unassigned: Flag = False
    removed: Flag = False
    deadline: Due | None = None
    started_at: Due | None = None
    position: Annotated[Integer, Field(ge=1)] | None = None
    max_assignable: Integer | None = None
    title: Annotated[str, StringConstraints(min_length=1, max_length=600)] | None = None
    summary: Html | None = None

    @model_validator(mode="before")
    @classmethod
    def nested_deadline(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("taskdata"), dict) and "deadline" not in data:
            return {**data, "deadline": data["taskdata"].get("deadline")}
        return data


class LaunchProcess(Body):
    """POST /runs."""

    verbatim: ClassVar[frozenset[str]] = frozenset({"summary"})
    nullable_as_absent: ClassVar[frozenset[str]] = frozenset(
        {"starred", "is_public", "assign_someone_else", "prerun", "publicly_hidden_fields", "empty_process"}
    )
    checklist_id: Identifier | None = None
    checklist_public_name: str | None = None
    name: Name | None = None
    summary: Notes = None
    owner_id: PersonId | None = None
    user_id: PersonId | None = None
    starred: Flag = False
    is_public: Flag = False
    publicly_hidden_fields: HiddenParts = Field(default_factory=list)
    assign_someone_else: Flag = True
    parent_id: Identifier | None = None
    prerun: Answers = Field(default_factory=dict)
    tasks: Annotated[dict[str, TaskOverride], BeforeValidator(_object)] = Field(default_factory=dict)
    roles: dict[str, Bucket] | None = None
    users: Users = Field(default_factory=list)
    groups: Ids = Field(default_factory=list)
    tags: Ids = Field(default_factory=list)
    folders: Ids = Field(default_factory=list)
    empty_process: Flag = False

    @model_validator(mode="before")
    @classmethod
    def older_keys(cls, data: Any) -> Any:
        if isinstance(data, dict) and "prerun_data" in data and "prerun" not in data:
            return {**data, "prerun": data["prerun_data"]}
        return data


class UpdateProcess(Body):
    """PUT /runs/{run}: every key is optional, and only what is sent changes."""

    verbatim: ClassVar[frozenset[str]] = frozenset({"summary"})
    name: Name = ""
    summary: Notes = None
    owner_id: PersonId = 0
    starred: Flag = False
    is_public: Flag = False
    publicly_hidden_fields: HiddenParts = Field(default_factory=list)
    users: Annotated[list[PersonId], MOST] = Field(default_factory=list)
    groups: Annotated[list[Identifier], MOST] = Field(default_factory=list)
    prerun: Answers = Field(default_factory=dict)
    tags: Annotated[list[Identifier], MOST] = Field(default_factory=list)
    folders: Annotated[list[Identifier], MOST] = Field(default_factory=list)
    parent_id: Identifier | None = None
    due_date: Due | None = None
    assign_someone_else: Flag = True
    can_add_oot: Flag = True


class SetOwner(Body):
    """PUT /runs/{run}/owner."""

    owner_id: PersonId


class SetReaders(Body):
    """PUT /runs/{run}/permissions: replaces; all empty leaves administrators and the people involved."""

    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({"permission", "everyone"})
    permission: Literal["PROCESS_READ"] = "PROCESS_READ"
    everyone: Flag = False
    users: Users = Field(default_factory=list)
    groups: Ids = Field(default_factory=list)


class Duplicate(Body):
    """POST /runs/{run}/duplicate."""

    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({"copy_prerun", "copy_owners"})
    name: Name | None = None
    copy_prerun: Flag = True
    copy_owners: Flag = True


StageName = Annotated[str, StringConstraints(min_length=1, max_length=250)]


class ChangeStage(Body):
    """PUT /runs/{run}/stages/{stage}; `title` is another word for `name`."""

    name: StageName = ""
    position: Annotated[Integer, Field(ge=1)] | None = None

    @model_validator(mode="before")
    @classmethod
    def titled(cls, data: Any) -> Any:
        if isinstance(data, dict) and "title" in data and "name" not in data:
            return {**data, "name": data["title"]}
        return data


class NewStage(ChangeStage):
    """POST /runs/{run}/stages."""

    name: StageName


class ProgressShape(Shape):
    complete: int
    total: int
    percent: int


class ProcessShape(Shape):
    """A process (run) as every route answers it."""

    id: Hex
    checklist_id: Hex
    checklist_title: str
    name: str
    summary: str | None
    status: Literal["active", "issue", "problem", "complete", "archived"]
    progress: ProgressShape | int
    owner_id: int
    starred: bool
    is_public: bool
    users: list[int]
    groups: list[Hex]
    created_at: Instant
    last_updated: Instant
    increment_id: int
    checklist_version_id: Hex | None
    whole_progress: ProgressShape
    started_by: int
    prerun: dict[str, Any]
    prerun_status: Literal["complete", "incomplete"]
    prerun_completed_at: Instant | None
    prerun_completed_by: int | None
    prerun_submitted_by: str | None
    prerun_length: int
    assign_someone_else: bool
    publicly_hidden_fields: list[str]
    public_link: str | None
    collaborators: list[int]
    type: str
    parent_id: Hex | None
    can_add_oot: bool
    has_open_issue: bool
    is_empty_process: bool
    due_date: Instant | None
    max_task_deadline: Instant | None
    due_date_passed: bool
    due_soon: bool
    late_tasks: int
    started_at: Instant
    completed_at: Instant | None
    archived_at: Instant | None
    custom_fields: dict[str, Any] | None


class FormsShape(Shape):
    """The form fields of a process and of its kick-off form, with their answers."""

    id: Hex
    name: str
    form_fields: list[FieldWithAnswerShape]
    ko_form_fields: list[FieldWithAnswerShape]


class ReadersShape(Shape):
    """Who may read a process."""

    permission: Literal["PROCESS_READ"]
    everyone: bool
    users: list[int]
    groups: list[Hex]


class StageShape(Shape):
    """A milestone of a process."""

    id: Hex
    name: str
    position: int
    checklist_id: Hex
    run_id: Hex
    tasks_count: int
    completed_count: int
    status: Literal["active", "complete"]
