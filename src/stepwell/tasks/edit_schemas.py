"""Bodies that create and change tasks."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from stepwell.engine.assignment import OwnersChange
from stepwell.engine.model import NOBODY, TaskStatus, TaskType
from stepwell.errors import Refused, invalid
from stepwell.http.body import Body
from stepwell.http.values import Flag, Html, Identifier, Integer, Moment, WebAddress, uuid_of, whole_number
from stepwell.people.owners import Owners, distinct
from stepwell.processes.schemas import Answers, Due
from stepwell.services import system_clock
from stepwell.tasks.definitions import new_definitions
from stepwell.tasks.schemas import Remark

LONGEST_TITLE = 600
TYPES = {"standard": "task", "accept_decline": "approval"}
SYNONYMS = (("title", "name"), ("summary", "description"))


def _type(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    word = value.strip().lower().replace("-", "_")
    return TYPES.get(word, word)


def _ids(value: Any) -> Any:
    """A list of ids; one text of them joined by commas, and objects with an id, are taken too."""
    if value is None:
        return []
    if isinstance(value, str):
        return [part for part in value.split(",") if part.strip()]
    if isinstance(value, dict) and isinstance(value.get("data"), list):
        value = value["data"]
    if isinstance(value, list):
        return [one.get("tag_id", one.get("id")) if isinstance(one, dict) else one for one in value]
    return value


def _limit(value: Any) -> Any:
    """0 is another way to say that there is no limit."""
    return None if whole_number(value) == 0 else value


def _place(value: Any) -> Any:
    """A position, or begin, end, after:<task id>; as an object {"after": id} too."""
    if isinstance(value, dict) and "after" in value:
        value = f"after:{value['after']}"
    if isinstance(value, str) and value.strip().lower() in ("begin", "end"):
        return value.strip().lower()
    if isinstance(value, str) and value.strip().lower().startswith("after:"):
        task_id = uuid_of(value.strip()[6:])
        if task_id is not None:
            return task_id
    number = whole_number(value)
    if number is None or not 1 <= number < 2**31:
        raise PydanticCustomError("place", "The {field} must be at least 1.")
    return number


def _status(value: Any) -> Any:
    words = {"active": "in-progress", "inprogress": "in-progress", "complete": "completed"}
    word = value.strip().lower() if isinstance(value, str) else value
    return words.get(word, word) if isinstance(word, str) else word


Title = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TITLE)]
Type = Annotated[TaskType, BeforeValidator(_type)]
Ids = Annotated[list[Identifier], BeforeValidator(_ids), Field(max_length=1000)]
Limit = Annotated[Annotated[Integer, Field(ge=1)] | None, BeforeValidator(_limit)]
Place = Annotated[Any, BeforeValidator(_place)]  # int | "begin" | "end" | UUID of the task before
Status = Annotated[TaskStatus, BeforeValidator(_status)]
Objects = Annotated[dict[str, Any], BeforeValidator(lambda value: {} if value in (None, []) else value)]
MISSING: Any = None


class TaskSettings(Body):
    """What of a task may be set, whether it is new or not."""

    verbatim: ClassVar[frozenset[str]] = frozenset({"summary"})

    summary: Html | None = None
    is_soft_start_date: Flag = False
    max_assignable: Limit = None
    prevent_guest_comment: Flag = False
    top_secret: Flag = False
    everyone_must_complete: Flag = False
    can_complete_only_assignees: Flag = False
    send_chromeless: Flag | None = None
    webhook: WebAddress | None = None
    tags: Ids = Field(default_factory=list)
    folders: Ids = Field(default_factory=list)
    taskdata: Answers = Field(default_factory=dict)
    custom_fields: Objects = Field(default_factory=dict)
    started_at: Due | None = None

    @model_validator(mode="before")
    @classmethod
    def synonyms(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        given = {name: data[other] for name, other in SYNONYMS if other in data and name not in data}
        return {**data, **given}


FLAGS = frozenset({"is_soft_start_date", "prevent_guest_comment", "top_secret", "everyone_must_complete",
                   "can_complete_only_assignees"})  # fmt: skip


class CreateTask(TaskSettings):
    """POST /tasks: a one-off task, on its own or in a process."""

    nullable_as_absent: ClassVar[frozenset[str]] = FLAGS | {
        "separate_task_for_each_assignee", "task_type", "status", "position", "form_fields",
    }  # fmt: skip

    title: Title
    owners: Owners
    deadline: Due
    task_type: Type = TaskType.TASK
    status: str | None = None
    separate_task_for_each_assignee: Flag = False
    form_fields: list[Any] = Field(default_factory=list)
    run_id: Identifier | None = None
    position: Place = None
    linked_step_id: Identifier | None = None
    step_id: Identifier | None = None
    checklist_id: Identifier | None = None

    @classmethod
    def read(cls, data: Any) -> Self:
        """The checked body, its form included. Raises Refused with all wrong fields."""
        reasons: dict[str, list[str]] = {}
        form = data.get("form_fields") if isinstance(data, dict) else None
        try:
            if isinstance(form, list):
                new_definitions(form, system_clock())
        except Refused as refusal:
            reasons = dict(refusal.reasons)
        try:
            read = super().read(data)
        except Refused as refusal:
            raise invalid({**refusal.reasons, **reasons}) if reasons else refusal from None
        if reasons:
            raise invalid(reasons)
        return read


class UpdateTask(TaskSettings):
    """PUT and PATCH of a task: every key is optional, and only what is sent changes."""

    nullable_as_absent: ClassVar[frozenset[str]] = FLAGS | {"status", "task_type", "position", "owners",
                                                            "form_fields"}  # fmt: skip

    title: Title = MISSING
    deadline: Due = MISSING
    owners: Owners = MISSING
    status: Status = MISSING
    task_type: Type = MISSING
    position: Annotated[Integer, Field(ge=1)] = MISSING
    stage_id: Identifier | None = None
    form_fields: list[Any] = Field(default_factory=list)
    is_approved: Flag | None = None
    completed_at: Moment | None = None

    @model_validator(mode="before")
    @classmethod
    def ignored_times(cls, data: Any) -> Any:
        """What clients send back of an answer is not looked at: it must not be refused either."""
        if isinstance(data, dict) and _status(data.get("status")) != "completed":
            return {key: value for key, value in data.items() if key not in ("completed_at", "is_approved")}
        return data


class MicroTask(CreateTask):
    """The connector's new task: without owners it is assigned to nobody."""

    owners: Owners = Field(default_factory=Owners)


class EditDeadline(Body):
    """The connector writes the key with a capital."""

    deadline: Due

    @model_validator(mode="before")
    @classmethod
    def capital(cls, data: Any) -> Any:
        if isinstance(data, dict) and "Deadline" in data and "deadline" not in data:
            return {**data, "deadline": data["Deadline"]}
        return data


class LinkTask(Body):
    """PUT /tasks/{task}/link: to a process, or to a template or one of its steps."""

    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({"position"})

    run_id: Identifier | None = None
    position: Place = None
    checklist_id: Identifier | None = None
    step_id: Identifier | None = None

    @model_validator(mode="after")
    def some_target(self) -> Self:
        if self.run_id is None and self.checklist_id is None and self.step_id is None:
            raise PydanticCustomError("target", "A process, a template or a step to link to is required.")
        return self


class HideTask(Body):
    """PUT .../hide and .../show."""

    comment: Remark | None = None


class MoveTask(Body):
    """PUT /tasks/{task}/move: to a position, or after another task."""

    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({"position", "after"})

    position: Place = None
    after: Identifier | None = None

    @property
    def place(self) -> Any:
        return self.after if self.after is not None else self.position

    @model_validator(mode="after")
    def some_place(self) -> Self:
        if self.place is None:
            raise PydanticCustomError("place", "A position, or the task to stand after, is required.")
        return self


def owners_change(owners: Owners) -> OwnersChange:
    """The change that `owners` asks for: a bucket that was not sent stays."""
    sent = owners.model_fields_set
    return OwnersChange(
        users=distinct(owners.users) if "users" in sent else None,
        guests=distinct(owners.guests) if "guests" in sent else None,
        groups=distinct(owners.groups) if "groups" in sent else None,
        add=owners.add.people() if owners.add is not None else NOBODY,
        remove=owners.remove.people() if owners.remove is not None else NOBODY,
    )
