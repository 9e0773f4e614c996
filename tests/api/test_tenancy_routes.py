"""No route lets one organization read or change anything of another: made from the list of all routes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from stepwell import features
from stepwell.http.routing import ROUTES, Route
from tests.conftest import Server
from tests.world import CONSTANTS, REFERENCES, World, kinds_of, make_world

features.load()
CALLS = [(route, method) for route in ROUTES for method in route.methods]
IN_ORGANIZATION = [(route, method) for route, method in CALLS if route.of_organization]
WITH_IDS = [(route, method) for route, method in IN_ORGANIZATION if kinds_of(route)]
WITH_BODY = [(route, method) for route, method in IN_ORGANIZATION if route.body is not None]
READING = [(route, method) for route, method in IN_ORGANIZATION if method == "GET"]
NO_SUCH_TOKEN = "sw_" + "a" * 43

PLAUSIBLE: dict[str, Any] = {
    "title": "Taken over", "name": "Taken over", "content": "Taken over", "text": "Taken over",
    "label": "Taken over", "description": "Taken over", "type": "procedure", "field_type": "text",
    "required": False, "status": "published", "color": "#445566", "everyone": False, "position": 1,
}  # fmt: skip
"""Enough for most bodies to be valid; unknown keys are dropped."""


NEVER_404 = {
    ("DELETE", "/organizations/{org}/tags/{tag_id}"): 204,
    ("DELETE", "/organizations/{org}/guests/{guest}"): 422,
    ("DELETE", "/organizations/{org}/guests/{guest}/delete"): 422,
}
"""Says that the object is gone whether there was one or not, or that the address is wrong; it must not touch that of
others all the same."""


def named(calls: list[tuple[Route, str]]) -> pytest.MarkDecorator:
    """One test a route and method, called like it."""
    names = [f"{method} {route.path}" for route, method in calls]
    return pytest.mark.parametrize(("route", "method"), calls, ids=names)


@pytest.fixture(scope="module")
def ours(database: str, server: Server) -> Iterator[World]:
    world = make_world(database, server.origin, "Acme")
    with world.house:
        yield world


@pytest.fixture(scope="module")
def theirs(database: str, server: Server) -> Iterator[World]:
    world = make_world(database, server.origin, "Zanzibar")
    with world.house:
        yield world


@pytest.fixture(scope="module")
def stranger(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.api) as client:
        yield client


@pytest.fixture(scope="module")
def their_rows(theirs: World) -> dict[str, list[str]]:
    return theirs.rows()


@pytest.fixture
def untouched(theirs: World, their_rows: dict[str, list[str]]) -> Iterator[None]:
    """Nothing of the other organization may have changed when the test ends."""
    yield
    now = theirs.rows()
    changed = {name: set(now[name]) ^ set(rows) for name, rows in their_rows.items() if now[name] != rows}
    their_rows.update(now)  # else every later test would fail for the same change
    assert changed == {}


def ask(world: World, theirs: World, method: str, path: str, **more: Any) -> httpx.Response:
    """A request by the admin of `world`, whose answer must not show anything of the other organization."""
    if method != "GET":
        more.setdefault("json", PLAUSIBLE)
    answer = world.house.ada.request(method, f"{world.house.ada.root}{path}", **more)
    assert answer.status_code < 500, f"{method} {path}: {answer.status_code} {answer.text}"
    assert theirs.mark not in answer.text, f"{method} {path} shows what is not ours"
    return answer


@named(CALLS)
def test_without_a_valid_token_there_is_401(
    route: Route, method: str, ours: World, stranger: httpx.Client
) -> None:
    path = ours.path(route, CONSTANTS | ours.ids_of(route))
    for headers in {}, {"Authorization": f"Bearer {NO_SUCH_TOKEN}"}, {"Authorization": "Basic YTpi"}:
        answer = stranger.request(method, path, headers=headers)
        assert answer.status_code == 401, answer.text
        assert answer.json()["code"] == "UNAUTHENTICATED"
        assert answer.headers["www-authenticate"] == "Bearer"


@named(IN_ORGANIZATION)
@pytest.mark.usefixtures("untouched")
def test_another_organization_in_the_path_is_403(
    route: Route, method: str, ours: World, theirs: World
) -> None:
    for ids in theirs.ids_of(route), ours.ids_of(route):
        path = ours.path(route, CONSTANTS | ids, theirs.house.id.hex)
        for body in PLAUSIBLE, {}:
            answer = ask(ours, theirs, method, path, json=body)
            assert answer.status_code == 403, answer.text
            assert answer.json()["code"] == "ORG_FORBIDDEN"


@named(WITH_IDS)
@pytest.mark.usefixtures("untouched")
def test_an_object_of_another_organization_is_404(
    route: Route, method: str, ours: World, theirs: World
) -> None:
    own, foreign = ours.ids_of(route), theirs.ids_of(route)
    for ids in [foreign, *({**own, name: one} for name, one in foreign.items())]:
        for body in PLAUSIBLE, {}:
            answer = ask(ours, theirs, method, ours.path(route, CONSTANTS | ids), json=body)
            if (method, route.path) in NEVER_404:
                assert answer.status_code == NEVER_404[method, route.path]
                continue
            assert answer.status_code == 404, f"{ids}: {answer.status_code} {answer.text}"
            assert answer.json()["code"] == "RESOURCE_NOT_FOUND"


@named(READING)
@pytest.mark.usefixtures("untouched")
def test_reading_shows_nothing_of_another_organization(
    route: Route, method: str, ours: World, theirs: World
) -> None:
    path = ours.path(route, CONSTANTS | ours.ids_of(route))
    ask(ours, theirs, method, path, params={"per_page": "100"})
    for name in route.query:
        for one in (
            ",".join(theirs.ids.values()),
            theirs.ids["user"],
            theirs.ids["process"],
            theirs.ids["group"],
        ):
            ask(ours, theirs, method, path, params={name: one})


def referring(body: type[BaseModel], theirs: World) -> Iterator[dict[str, Any]]:
    """Bodies that name something foreign, one key each: alone, in a list, in a bucket of owners."""
    for name in body.model_fields:
        if name in REFERENCES:
            foreign = theirs.ids[REFERENCES[name]]
            yield {**PLAUSIBLE, name: foreign}
            yield {**PLAUSIBLE, name: [foreign]}
        if name in ("owners", "everyone", "add"):
            for bucket, kind in ("users", "user"), ("groups", "group"):
                yield {**PLAUSIBLE, name: {bucket: [theirs.ids[kind]]}}


@named(WITH_BODY)
@pytest.mark.usefixtures("untouched")
def test_a_body_cannot_bring_in_anything_of_another_organization(
    route: Route, method: str, ours: World, theirs: World
) -> None:
    assert route.body is not None
    path = ours.path(route, CONSTANTS | ours.ids_of(route))
    for body in referring(route.body, theirs):
        ask(ours, theirs, method, path, json=body)
    foreign = {one for name, one in theirs.ids.items() if name not in CONSTANTS and name != "guest"}
    held = [
        row for rows in ours.rows().values() for row in rows for one in foreign if one in row.replace("-", "")
    ]
    assert held == []


def test_every_kind_of_id_in_a_path_is_tried(ours: World) -> None:
    missing = {kind for route, _ in IN_ORGANIZATION for kind in kinds_of(route).values()} - ours.ids.keys()
    assert missing == set(), "tests/world.py must furnish these, too"
