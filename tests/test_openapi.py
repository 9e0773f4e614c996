"""The OpenAPI document is valid, complete and true: whatever is sent, only what it announces comes back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random
from typing import Any

import httpx
import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it has no types

from stepwell import features
from stepwell.http.openapi import openapi_document
from stepwell.http.routing import ROUTES, Route
from tests.conftest import Client, Server
from tests.drawn_requests import documented, loaded, name_what_exists
from tests.world import CONSTANTS, World, make_world

features.load()
CALLS = [(route, method) for route in ROUTES for method in route.methods]
EXAMPLES = 4  # of each kind (as documented, and not) for each operation
PLAN = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def worlds(database: str, server: Server) -> Iterator[tuple[World, World, World]]:
    """One that is read and changed, one in which things are removed, and one that belongs to others."""
    made = [make_world(database, server.origin, name) for name in ("Kept", "Spare", "Others")]
    with made[0].house, made[1].house, made[2].house:
        yield made[0], made[1], made[2]


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as opened:
        yield opened


def test_what_is_served_is_a_valid_document(server: Server) -> None:
    for path in "/openapi.json", "/api/openapi.json", "/docs/openapi.json":
        served = httpx.get(f"{server.origin}{path}")
        assert served.status_code == 200
        assert served.json() == openapi_document()
    assert openapi_document()["openapi"].startswith("3.1.")
    loaded().validate()
    for name, schema in openapi_document()["components"]["schemas"].items():
        assert re.fullmatch(r"[A-Za-z0-9._-]+", name)
        Draft202012Validator.check_schema(schema)


def test_every_route_is_documented_and_nothing_else() -> None:
    document = openapi_document()["paths"]
    documented = {(method.upper(), path) for path, methods in document.items() for method in methods}
    assert documented == {(method, route.path) for route, method in CALLS}


@pytest.mark.parametrize(
    ("route", "method"), CALLS, ids=[f"{method} {route.path}" for route, method in CALLS]
)
def test_an_operation_is_described_whole(route: Route, method: str) -> None:
    operation = openapi_document()["paths"][route.path][method.lower()]
    assert operation["summary"].endswith("."), "the function of the route needs a sentence"
    parameters = {(one["in"], one["name"]) for one in operation["parameters"]}
    assert {("path", name) for name in re.findall(r"\{(\w+)\}", route.path)} <= parameters
    assert {("query", name) for name in route.query} <= parameters
    assert len(parameters) == len(operation["parameters"])
    assert str(route.status) in operation["responses"]
    assert "401" in operation["responses"]


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for methods in openapi_document()["paths"].values()
             for operation in methods.values()]  # fmt: skip
    assert sorted(names) == sorted(set(names))


def test_every_reference_leads_somewhere() -> None:
    document = openapi_document()

    def references(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield value["$ref"]
            for inner in value.values():
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    for reference in set(references(document)):
        place: Any = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


@pytest.mark.parametrize("mode", ["positive", "negative"])
@pytest.mark.parametrize(
    ("route", "method"), CALLS, ids=[f"{method} {route.path}" for route, method in CALLS]
)
def test_only_what_is_documented_is_answered(
    route: Route,
    method: str,
    mode: str,
    server: Server,
    worlds: tuple[World, World, World],
    session: requests.Session,
) -> None:
    from schemathesis import GenerationMode

    kept, spare, others = worlds
    home = spare if method == "DELETE" else kept
    names = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
    callers: list[Client] = [home.house.ada, home.house.ada, home.house.stan, home.house.liv]
    places = [(home, home), (home, home), (home, home), (home, others), (others, others)]
    operation = loaded()[route.path][method]
    if not route.body and not operation.query:  # nothing of it could be wrong
        mode = "positive"
    ids = dict.fromkeys(names, "x")
    asked = []

    @PLAN
    @given(
        case=operation.as_strategy(generation_mode=GenerationMode(mode), path_parameters=ids),
        caller=st.sampled_from(callers),
        place=st.sampled_from(places),
        chance=st.randoms(use_true_random=False),
    )
    def ask(case: Any, caller: Client, place: tuple[World, World], chance: Random) -> None:
        organization, world = place
        name_what_exists(case.body, chance.choice([world, world, others]), chance)
        real = {**CONSTANTS, **world.ids_of(route), "org": organization.house.id.hex}
        case.path_parameters = {name: real[name] for name in names}
        headers = {"Authorization": f"Bearer {caller.token}"}
        answer = case.call(base_url=server.api, session=session, headers=headers)
        asked.append(answer)
        case.validate_response(answer, checks=documented())

    ask()
    assert len(asked) >= EXAMPLES
