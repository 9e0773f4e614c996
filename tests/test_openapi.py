"""The OpenAPI document is valid, complete and true: whatever is sent, only what it announces comes back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
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
from tests.world import CONSTANTS, REFERENCES, World, make_world

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


@cache
def loaded() -> Any:
    """The document as the tool that draws requests from it takes it; read once, since it is long."""
    from schemathesis import openapi  # its import takes a second, which other tests need not wait for

    return openapi.from_dict(openapi_document())


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


def name_what_exists(body: Any, world: World, chance: Random) -> None:
    """Put ids of real objects where a drawn body names some, since a drawn id never exists."""
    for key in [key for key in body if key in REFERENCES] if isinstance(body, dict) else []:
        if chance.random() < 0.7:
            real = world.ids[REFERENCES[key]]
            body[key] = [real] if isinstance(body[key], list) else real


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
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    kept, spare, others = worlds
    home = spare if method == "DELETE" else kept
    names = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
    callers: list[Client] = [home.house.ada, home.house.ada, home.house.stan, home.house.liv]
    places = [(home, home), (home, home), (home, home), (home, others), (others, others)]
    documented = [not_a_server_error, checks.status_code_conformance, checks.content_type_conformance,
                  checks.response_schema_conformance]  # fmt: skip
    operation = loaded()[route.path][method]
    ids = dict.fromkeys(names, "x")

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
        case.validate_response(answer, checks=documented)

    ask()
