"""Small definitions, written as the API writes them, and a cast of people to run them with."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from stepwell.engine.compile import compile_version
from stepwell.engine.completion import Actor, complete, reopen, save_answers
from stepwell.engine.launch import Launch, StepLaunch, launch
from stepwell.engine.model import (
    Change,
    Directory,
    FormField,
    GroupPeople,
    House,
    People,
    Process,
    Task,
    Version,
)

NOW = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)
ADA, STAN, LIV, GONE = 1, 2, 3, 9
GROUP, ROLE = UUID(int=0xA0), UUID(int=0xB0)
HOUSE = House()
PEOPLE = Directory(
    assignable=frozenset({ADA, STAN, LIV}),
    active=frozenset({ADA, STAN, LIV}),
    groups={GROUP: GroupPeople(users=(STAN, LIV), guests=("gus@example.com",))},
    roles=frozenset({ROLE}),
    member_emails={"ada@example.com": ADA},
    default_admin=ADA,
)
THE_CLOCK = Actor()
BY_ADA, BY_STAN, BY_LIV = Actor(user_id=ADA), Actor(user_id=STAN), Actor(user_id=LIV)


def identity(name: str) -> UUID:
    """A stable id for a short name."""
    return UUID(bytes=name.encode()[:16].rjust(16, b"."))


def hexed(name: str) -> str:
    return identity(name).hex


def step(name: str, **more: Any) -> dict[str, Any]:
    return {"id": hexed(name), "title": name, "alias": name, "assign_run_starter": False, **more}


def form_field(name: str, kind: str = "text", **more: Any) -> dict[str, Any]:
    if kind in ("radio", "dropdown", "multiselect"):
        more.setdefault(
            "options", [{"id": 1, "text": "Red"}, {"id": 2, "text": "Dark Red"}, {"id": 3, "text": "Blue"}]
        )
    if kind == "table":
        more.setdefault("columns", [{"id": 1, "label": "Item"}, {"id": 2, "label": "Price"}])
    return {"id": hexed(name), "label": name, "alias": name, "field_type": kind, "required": False, **more}


def condition(
    subject: str, operation: str, statement: Any = None, kind: str = "Step", **more: Any
) -> dict[str, Any]:
    return {
        "conditionable_id": hexed(subject),
        "conditionable_type": kind,
        "operation": operation,
        "statement": statement,
        "logic": "and",
        **more,
    }


def action(verb: str, target: str, kind: str = "visibility", **more: Any) -> dict[str, Any]:
    return {"action_type": kind, "action_verb": verb, "target_step_id": hexed(target), **more}


def rule(name: str, conditions: list[dict[str, Any]], actions: list[dict[str, Any]]) -> dict[str, Any]:
    return {"id": hexed(name), "automated_alias": name, "conditions": conditions, "then_actions": actions}


def version(*steps: dict[str, Any], **more: Any) -> Version:
    definition = {"id": hexed("template"), "version_id": hexed("version"), "title": "T", "type": "procedure"}
    return compile_version({**definition, "steps": list(steps), **more})


def made_field(kind: str = "text", **more: Any) -> FormField:
    return version(prerun=[form_field("field", kind, **more)]).kickoff[0]


def ids() -> Callable[[], UUID]:
    numbers = itertools.count(1000)
    return lambda: UUID(int=next(numbers))


def launched_change(
    of: Version,
    answers: Mapping[str, Any] | None = None,
    at: datetime = NOW,
    house: House = HOUSE,
    directory: Directory = PEOPLE,
    roles: Mapping[UUID, People] | None = None,
    submitted: bool = True,
    **steps: StepLaunch,
) -> Change:
    wanted = Launch(
        process_id=UUID(int=1),
        name="P",
        starter_id=STAN,
        owner_id=ADA,
        answers=answers or {},
        steps={identity(name): wish for name, wish in steps.items()},
        people_by_role=roles or {},
        kickoff_submitted=submitted,
    )
    return launch(of, wanted, house, directory, at, ids(), itertools.count(1).__next__)


def launched(of: Version, answers: Mapping[str, Any] | None = None, **more: Any) -> Process:
    return launched_change(of, answers, **more).process


def task(process: Process, name: str) -> Task:
    found = process.task_of(identity(name))
    assert found is not None, name
    return found


def completed(process: Process, name: str, at: datetime = NOW, by: Actor = BY_ADA, **more: Any) -> Process:
    return complete(process, task(process, name).id, by, at, HOUSE, PEOPLE, **more).process


def reopened(process: Process, name: str, at: datetime = NOW, **more: Any) -> Process:
    return reopen(process, task(process, name).id, BY_ADA, at, HOUSE, PEOPLE, **more).process


def answering(process: Process, name: str, **answers: Any) -> Process:
    return save_answers(process, task(process, name).id, answers, NOW, PEOPLE).process
