"""Whatever is done with what an earlier answer named, only what the OpenAPI document announces comes back.

The links of the document lead from one request to the next. A story follows those to one kind of object: it makes or
lists such objects, and does with them everything that can be done, in an order that is drawn, twice.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import FlakyStrategyDefinition
from hypothesis.stateful import Bundle, rule

from stepwell import features
from stepwell.http.openapi import openapi_document
from tests.conftest import Server
from tests.drawn_requests import documented, loaded, name_what_exists
from tests.world import CONSTANTS, KINDS, World, make_world

features.load()
TIMES = 3  # that each operation is done with what an answer named
STORIES = 24  # for each kind of object at most
SETTINGS = settings(
    max_examples=2,  # the first is the simplest there is
    stateful_step_count=60,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
PATH_IDS = re.compile("|".join(rf"\{{{name}\}}" for name in KINDS))
OPERATIONS = {
    operation["operationId"]: (f"{method.upper()} {path}", operation)
    for path, methods in openapi_document()["paths"].items()
    for method, operation in methods.items()
}


def followers() -> dict[str, dict[str, set[str]]]:
    """For each kind of id: the operations that an answer's id leads to, and those that answer with such ids."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: {"targets": set(), "sources": set()})
    for label, operation in OPERATIONS.values():
        for answer in operation["responses"].values():
            for link in answer.get("links", {}).values():
                for name, place in link["parameters"].items():
                    if place.startswith("$response"):
                        found[name]["targets"].add(OPERATIONS[link["operationId"]][0])
                        found[name]["sources"].add(label)
    return dict(found)


FOLLOWERS = followers()
ROOTS = {"folder_id", "process_id", "step_id", "tag_id", "task_id", "template_id"}
"""What others are made on: it may be removed only where no other story needs it."""


def sources_of(kind: str) -> set[str]:
    """The operations that a story needs first: those that name such objects, and whatever these need."""
    sources: set[str] = set()
    wanted = [kind]
    while wanted:
        for label in FOLLOWERS[wanted.pop()]["sources"] - sources:
            sources.add(label)
            wanted += [name for name in FOLLOWERS if f"{{{name}}}" in label and name != kind]
    return sources


Places = tuple[World, World]


@pytest.fixture(scope="module")
def kept(database: str, server: Server) -> Iterator[Places]:
    """Two organizations whose templates and processes stay."""
    yield from two_worlds(database, server)


@pytest.fixture
def lost(database: str, server: Server) -> Iterator[Places]:
    """Two organizations in which one story may remove everything."""
    yield from two_worlds(database, server)


def two_worlds(database: str, server: Server) -> Iterator[Places]:
    made = [make_world(database, server.origin, name) for name in ("Storied", "Told")]
    with made[0].house, made[1].house:
        yield made[0], made[1]


@dataclass
class Plan:
    """What the stories of one kind of object do, where, and what came of it so far."""

    kind: str
    targets: set[str]
    sources: set[str]
    places: Places
    api: str
    session: requests.Session
    done: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    told: int = 0

    @property
    def is_done(self) -> bool:
        return all(self.done[target] >= TIMES for target in self.targets)

    def wants(self, target: str) -> bool:
        """Removals come when all else was done but for the last time, which is afterwards."""
        removals = {one for one in self.targets if one.startswith("DELETE")}
        if target in removals:
            return self.done[target] < TIMES and all(
                self.done[one] >= TIMES - 1 for one in self.targets - removals
            )
        removed = all(self.done[one] >= TIMES for one in removals)
        return self.done[target] < (TIMES if removed else TIMES - 1)


@pytest.mark.parametrize("kind", sorted(FOLLOWERS))
def test_only_what_is_documented_follows(kind: str, server: Server, request: pytest.FixtureRequest) -> None:
    places: Places = request.getfixturevalue("lost" if kind in ROOTS else "kept")
    with requests.Session() as session:
        plan = Plan(kind, FOLLOWERS[kind]["targets"], sources_of(kind), places, server.api, session)
        story = story_of(plan)
        while not plan.is_done and plan.told < STORIES:
            # What the server holds is not drawn, so a story may end otherwise than the engine remembers it.
            with suppress(FlakyStrategyDefinition):
                seed(plan.told)(story).run(settings=SETTINGS)
    assert not plan.problems, "\n\n".join(plan.problems)
    seldom = {target: plan.done[target] for target in plan.targets if plan.done[target] < TIMES}
    assert not seldom, f"done less than {TIMES} times with what an answer named"


class Evenly:
    """Which links may be followed now: those to what a story still wants, and to what leads there."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.tried: Counter[str] = Counter()
        self.found: Counter[str] = Counter()

    def leads_on(self, source: str) -> bool:
        return self.found[source] < 2 and self.tried[source] < 6

    def allow_transition(self, source: str, target: str) -> bool:
        return self.plan.wants(target) if target in self.plan.targets else self.leads_on(target)

    def allow_root_transition(self, source: str, bundles: Any) -> bool:
        return False  # `begin` starts each story

    def record_step(self, step: Any, recorder: Any) -> None:
        pass

    def record_productive_root(self, label: str) -> None:
        pass


class Story:
    """One run of the state machine; the links are its rules."""

    plan: Plan
    operations: dict[str, Any]

    def __init__(self) -> None:
        super().__init__()
        self.control = Evenly(self.plan)
        self.chance = Random(self.plan.told)
        self.home, self.others = self.plan.places if self.plan.told % 2 else self.plan.places[::-1]
        self.plan.told += 1

    @rule(target=Bundle("catch_all"), data=st.data())
    def begin(self, data: Any) -> Any:
        from schemathesis import GenerationMode
        from schemathesis.generation.stateful.state_machine import StepInput

        named = [label for label in sorted(self.plan.sources) if not PATH_IDS.search(label)]
        label = data.draw(st.sampled_from(named))
        if self.plan.is_done or not self.control.leads_on(label):
            return None
        case = data.draw(self.operations[label].as_strategy(generation_mode=GenerationMode.POSITIVE))
        self.recorder.record_case(case=case)  # type: ignore[attr-defined]  # of the state machine
        return self.step(StepInput.initial(case))

    def step(self, input: Any) -> Any:  # noqa: A002  # the name is the library's
        from schemathesis.core.failures import FailureGroup
        from schemathesis.generation.stateful.state_machine import StepOutput

        case, label = input.case, input.case.operation.label
        is_target = label in self.plan.targets
        answered = ids_in(input.transition) if input.transition else {}
        if not is_target and self.chance.random() < 0.5:
            answered = {}
        is_foreign = self.chance.random() < 0.05
        self.name_real_ids(case, answered, is_target, is_foreign)
        people = self.home.house
        caller = self.chance.choice([people.ada, people.stan, people.liv]) if is_target else people.ada
        headers = {"Authorization": f"Bearer {caller.token}"}
        answer = case.call(base_url=self.plan.api, session=self.plan.session, headers=headers)
        self.recorder.record_response(case_id=case.id, response=answer)  # type: ignore[attr-defined]
        self.control.tried[label] += 1
        self.control.found[label] += names_something(answer)
        self.plan.done[label] += self.plan.kind in answered and not is_foreign
        try:
            case.validate_response(answer, checks=documented())
        except FailureGroup as problem:
            self.plan.problems.append(str(problem))
        return StepOutput(answer, case)

    def name_real_ids(self, case: Any, answered: dict[str, Any], is_target: bool, is_foreign: bool) -> None:
        """What no answer named is furnished, here or elsewhere; now and then the organization is the other one."""
        world = self.chance.choice([self.home, self.home, self.others]) if is_target else self.home
        furnished = {name: world.ids[kind] for name, kind in KINDS.items()} | CONSTANTS | answered
        furnished["org"] = (self.others if is_foreign else self.home).house.id.hex
        case.path_parameters = {name: furnished[name] for name in case.path_parameters}
        name_what_exists(case.body, world, self.chance)


def story_of(plan: Plan) -> Any:
    """The state machine whose every run is one story."""
    from schemathesis import GenerationMode

    labels = plan.targets | plan.sources
    schema = loaded().include(lambda context: context.operation.label in labels)
    schema.config.phases.stateful.generation.update(modes=[GenerationMode.POSITIVE])
    operations = {operation.ok().label: operation.ok() for operation in schema.get_all_operations()}
    return type(
        "StoryOfOneKind", (Story, schema.as_state_machine()), {"plan": plan, "operations": operations}
    )


def ids_in(transition: Any) -> dict[str, Any]:
    """The parameters of a path that an earlier answer or request named."""
    from schemathesis.core.result import Ok
    from schemathesis.core.transforms import UNRESOLVABLE

    found = transition.parameters.get("path_parameters", {})
    return {
        name: one.value.ok()
        for name, one in found.items()
        if isinstance(one.value, Ok) and one.value.ok() not in (None, UNRESOLVABLE)
    }


def names_something(answer: Any) -> bool:
    """Whether there is an object in an answer's `data`."""
    return bool(answer.status_code < 300 and answer.content and answer.json().get("data"))
