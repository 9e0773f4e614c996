"""What is sent to have a template explained."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from stepwell.engine.answer_values import is_email
from stepwell.engine.work import Actor
from stepwell.http.body import Body
from stepwell.http.values import Flag, Moment, PersonId, whole_number
from stepwell.people.owners import Bucket
from stepwell.processes.schemas import Answers, Due, TaskOverride

MOST_COMPLETIONS = 500


def _spelled(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _actor(value: Any) -> Actor:
    """A member's id, a guest's address, or an object with one of them."""
    if isinstance(value, Actor):
        return value
    if isinstance(value, dict):
        value = value.get("user_id") or value.get("id") or value.get("guest") or value.get("email")
    user_id = whole_number(value)
    if user_id is not None and user_id > 0:
        return Actor(user_id=user_id)
    if isinstance(value, str) and is_email(value.strip()):
        return Actor(guest=value.strip().lower())
    raise PydanticCustomError("selected", "The selected {field} is invalid.")


def _none_listed(value: Any) -> Any:
    return [] if value is None else value


def _none_named(value: Any) -> Any:
    return {} if value is None or value == [] else value


VersionKey = Annotated[str, StringConstraints(max_length=40), BeforeValidator(_spelled)]
Person = Annotated[Actor, BeforeValidator(_actor)]


class SimulatedAct(Body):
    """One thing that is done to the task of a step, named by its id or its alias.

    `values` are answers by field id or alias; `taskdata` is another word for them. Without `by` it is done by
    whoever is assigned, without `at` at the moment of what happened before.
    """

    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({"action", "values"})
    step: Annotated[str, StringConstraints(min_length=1, max_length=300), BeforeValidator(_spelled)]
    action: Literal["complete", "reopen", "answer", "expire"] = "complete"
    values: Answers = Field(default_factory=dict)
    is_approved: Flag | None = None
    by: Person | None = None
    at: Moment | None = None
    deadline: Due | None = None

    @model_validator(mode="before")
    @classmethod
    def synonyms(cls, data: Any) -> Any:
        """`step_id` and `taskdata` are the words of other routes."""
        if not isinstance(data, dict):
            return data
        found = dict(data)
        for name, word in (("step", "step_id"), ("values", "taskdata"), ("by", "user_id")):
            if name not in found and word in found:
                found[name] = found[word]
        return found


class Simulate(Body):
    """POST .../simulate: a launch, and what is done afterwards; everything is optional.

    `detail` `changes` leaves out of every moment but the first the tasks that did not change.
    """

    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({"prerun", "detail"})
    version: VersionKey | None = None
    prerun: Answers = Field(default_factory=dict)
    tasks: Annotated[dict[str, TaskOverride], BeforeValidator(_none_named)] = Field(default_factory=dict)
    roles: dict[str, Bucket] | None = None
    user_id: PersonId | None = None
    owner_id: PersonId | None = None
    at: Moment | None = None
    until: Moment | None = None
    completions: Annotated[
        list[SimulatedAct], BeforeValidator(_none_listed), Field(max_length=MOST_COMPLETIONS)
    ] = Field(default_factory=list)
    detail: Literal["all", "changes"] = "all"


class Scenario(Body):
    """POST .../health: some answers by field id or alias; all others are explored."""

    version: VersionKey | None = None
    answers: Answers = Field(default_factory=dict)
