"""An automation rule as clients define it: every key checked for itself, in all the lenient forms.

What the keys refer to, and what a rule must not do to itself, is checked in `rule_checks`.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from stepwell.engine.compile import OPERATIONS as SYNONYMS
from stepwell.engine.compile import SINGLE_VERBS, SUBJECTS
from stepwell.http.body import Body
from stepwell.http.values import Identifier, Integer, WebAddress
from stepwell.people.owners import Bucket
from stepwell.templates.field_definitions import UNSENT
from stepwell.templates.step_schemas import DAYS, LONGEST_SPAN, Place

MOST_PARTS = 200
OPERATIONS = {
    "Step": frozenset({
        "completed", "reopened", "approved", "rejected", "acknowledged", "expired", "not_assigned",
    }),
}  # fmt: skip
OPERATIONS["Capture"] = OPERATIONS["Prerun"] = frozenset({
    "equals", "not_equals", "equals_any", "contains", "not_contains", "greater_than", "less_than",
    "greater_than_or_equals", "less_than_or_equals", "is_empty", "is_not_empty",
})  # fmt: skip
VERBS = {
    "visibility": ("show", "hide"),
    "deadline": ("deadline",),
    "status": ("reopen",),
    "assignment": ("assign", "assign_only", "unassign", "clear_assignees"),
    "webhook": ("emit_webhook",),
}
# The keys that have a meaning for one type of action only; for others they are an echo of nothing.
KEYS_OF = {
    "deadline": {"deadline", "actionable_id", "actionable_type"},
    "assignment": {"assignees", "actionable_id", "actionable_type"},
    "webhook": {"webhook_url", "alias_name"},
}
TYPED_KEYS = frozenset().union(*KEYS_OF.values())
ABSENT = object()


def _word(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def _subject(value: Any) -> Any:
    """A subject by its last part, in any case, or by what people call it."""
    if not isinstance(value, str):
        return value
    return SUBJECTS.get(value.strip().rsplit("\\", 1)[-1].lower(), value)


def _object(value: Any) -> Any:
    return None if value == [] else value


def _logic_or_none(value: Any) -> Any:
    return _word(value) if _word(value) in ("and", "or") else None


def _some(entries: Any) -> Any:
    if entries == []:
        raise PydanticCustomError("missing", "The {field} field is required.")
    return entries


Name = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Subject = Annotated[Literal["Step", "Capture", "Prerun"], BeforeValidator(_subject)]
Logic = Annotated[Literal["and", "or"] | None, BeforeValidator(_word)]


class Condition(Body):
    """What must be so; `statement` must be present, though it may be null."""

    verbatim: ClassVar[frozenset[str]] = frozenset({"statement"})

    id: Any = None
    conditionable_id: Identifier
    conditionable_type: Subject
    operation: str
    statement: Any
    logic: Logic = None
    position: Integer | None = None
    column_contains_name: Annotated[str, StringConstraints(max_length=1000)] | None = None

    @model_validator(mode="before")
    @classmethod
    def told_apart(cls, data: Any) -> Any:
        return {"statement": ABSENT, **data} if isinstance(data, dict) else data

    @field_validator("statement")
    @classmethod
    def is_present(cls, value: Any) -> Any:
        if value is ABSENT:
            raise PydanticCustomError("absent", "The {field} field must be present.")
        return value

    @field_validator("operation")
    @classmethod
    def fits_the_subject(cls, value: str, info: ValidationInfo) -> str:
        operation = SYNONYMS.get(value.strip().lower(), value.strip().lower())
        subject = info.data.get("conditionable_type")
        if subject is not None and operation not in OPERATIONS[subject]:
            raise PydanticCustomError("operation", "The selected {field} is invalid.")
        return operation


class RuleDeadline(Body):
    """`value` units after (`from`) or before something; the words are not those of a step's deadline."""

    value: Annotated[Integer, Field(ge=0)]
    unit: Literal["minutes", "hours", "days", "weeks", "months"]
    option: Literal["before", "from"]

    @model_validator(mode="after")
    def within_a_century(self) -> RuleDeadline:
        if self.value * DAYS[self.unit] > LONGEST_SPAN:
            raise PydanticCustomError("too_far", "The {field} is too far away.")
        return self


class Action(Body):
    """What is done to the task of a step."""

    id: Any = None
    action_type: Annotated[
        Literal["visibility", "deadline", "status", "assignment", "webhook"], BeforeValidator(_word)
    ]
    action_verb: Annotated[str | None, BeforeValidator(_word), Field(validate_default=True)] = None
    target_step_id: Identifier
    position: Integer | None = None
    actionable_id: Identifier | None = None
    actionable_type: Annotated[Subject | None, Field(validate_default=True)] = None
    deadline: Annotated[RuleDeadline | None, BeforeValidator(_object), Field(validate_default=True)] = None
    assignees: Annotated[Bucket | None, Field(validate_default=True)] = None
    webhook_url: Annotated[WebAddress | None, Field(validate_default=True)] = None
    alias_name: Annotated[str, StringConstraints(max_length=255)] | None = None

    @model_validator(mode="before")
    @classmethod
    def of_its_type(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        foreign = TYPED_KEYS - KEYS_OF.get(str(_word(data.get("action_type"))), set())
        return {key: value for key, value in data.items() if key not in foreign}

    @field_validator("action_verb")
    @classmethod
    def fits_the_type(cls, value: str | None, info: ValidationInfo) -> str | None:
        kind = info.data.get("action_type")
        if kind is None:
            return value
        if value is None and kind not in SINGLE_VERBS:
            raise PydanticCustomError("missing", "The {field} field is required.")
        verb = value or SINGLE_VERBS[kind]
        if verb not in VERBS[kind]:
            raise PydanticCustomError(
                "verb", "The action verb only accepts {verbs}.", {"verbs": _quoted(kind)}
            )
        return verb

    @field_validator("actionable_type")
    @classmethod
    def comes_with_an_id(cls, value: str | None, info: ValidationInfo) -> str | None:
        actionable_id = info.data.get("actionable_id")
        if value is None and actionable_id is not None:
            raise PydanticCustomError("pair", "The {field} field is required when actionable id is present.")
        if value is not None and "actionable_id" in info.data and actionable_id is None:
            raise PydanticCustomError("pair", "The actionable id field is required when {field} is present.")
        return value

    @field_validator("deadline")
    @classmethod
    def is_given(cls, value: RuleDeadline | None, info: ValidationInfo) -> RuleDeadline | None:
        if value is None and info.data.get("action_type") == "deadline":
            raise PydanticCustomError("missing", "The {field} field is required.")
        return value

    @field_validator("assignees")
    @classmethod
    def names_somebody(cls, value: Bucket | None, info: ValidationInfo) -> Bucket | None:
        needed = info.data.get("action_type") == "assignment" and info.data.get("action_verb") not in (
            None,
            "clear_assignees",
        )
        nobody = value is None or not value.people()
        if needed and nobody and info.data.get("actionable_id") is None:
            message = "Please fill a list of assignees for the assignment action."
            raise PydanticCustomError("assignees", message)
        return value

    @field_validator("webhook_url")
    @classmethod
    def goes_somewhere(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("action_type") == "webhook":
            raise PydanticCustomError("webhook", "Please provide a webhook URL for the webhook action.")
        return value


def _quoted(kind: str) -> str:
    verbs = [f'"{verb}"' for verb in VERBS[kind]]
    return " or ".join([", ".join(verbs[:-1]), verbs[-1]] if len(verbs) > 1 else verbs)


Conditions = Annotated[list[Condition], Field(max_length=MOST_PARTS), BeforeValidator(_some)]
Actions = Annotated[list[Action], Field(max_length=MOST_PARTS), BeforeValidator(_some)]


class RuleSettings(Body):
    """A change of a rule: what is absent stays, a list that is sent is the whole list, by its entries' ids.

    `alias` and `actions` are other words for `automated_alias` and `then_actions`.
    """

    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({"conditions", "then_actions", "position"})

    automated_alias: Name = UNSENT
    conditions: Conditions = UNSENT
    then_actions: Actions = UNSENT
    condition_logic: Annotated[Literal["and", "or"] | None, BeforeValidator(_logic_or_none)] = None
    position: Place | None = None

    @model_validator(mode="before")
    @classmethod
    def words(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        other = {"automated_alias": data.get("alias"), "then_actions": data.get("actions")}
        return {**{key: value for key, value in other.items() if value is not None}, **data}


class NewRule(RuleSettings):
    """A new rule: it has a name, conditions and actions."""

    automated_alias: Name
    conditions: Conditions
    then_actions: Actions


class MoveRule(Body):
    """The new place of a rule."""

    position: Place
