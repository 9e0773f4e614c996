"""Odd paging, sorting, includes and filters, on every list and every reading route: bounded answers, never a fault."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from stepwell import features
from stepwell.http.routing import ROUTES, Route
from tests.conftest import Client
from tests.world import CONSTANTS, World

features.load()
READING = [route for route in ROUTES if route.methods == ("GET",)]
LISTS = [route for route in READING if route.many]
ODD_NUMBERS = ["0", "-1", "abc", "", " ", "1.5", "1e9", "9" * 30, "٣", "null", "0x10", "\x00", "6\x1e"]
ODD_VALUES = [
    "", " ", ",", "abc", "-1", "0", "9" * 40, "1e999", "\x00", "\ud83d", "💥" * 300, "2026-13-45", "null", "[]", "{}",
    "%", "_", "\\", "'", "true,false", "a" * 5000, "01a1ffaa", "0" * 32, "NaN",
]  # fmt: skip
ODD_INCLUDES = [
    "",
    ",",
    "nothing",
    "a.b.c.d",
    "__class__",
    "steps,steps,steps",
    "x" * 3000,
    "with",
    "%s",
    "{}",
    "run.",
]
MOST_ROWS = 9999


def each(routes: list[Route]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("route", routes, ids=[route.path for route in routes])


def get(world: World, route: Route, **parameters: str) -> httpx.Response:
    """Read a route of the furnished organization; text that UTF-8 cannot hold is sent as it is."""
    path = world.path(route, CONSTANTS | world.ids_of(route))
    query = urlencode({name: value.encode("utf-8", "surrogatepass") for name, value in parameters.items()})
    return world.house.ada.get(f"{world.house.ada.root}{path}?{query}")


def meta(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    pagination: dict[str, Any] = answer.json()["meta"]["pagination"]
    assert len(answer.json()["data"]) == pagination["count"]
    return pagination


@each(LISTS)
def test_an_odd_page_number_is_the_first_page(route: Route, world: World) -> None:
    for odd in ODD_NUMBERS:
        page = meta(get(world, route, page=odd))
        if odd not in ("1e9", "9" * 30, "٣", "6\x1e"):
            assert page["current_page"] == 1, odd


@each(LISTS)
def test_an_odd_page_size_is_bounded(route: Route, world: World) -> None:
    usual = meta(get(world, route))["per_page"]
    for name in "per_page", "limit":
        for odd in ODD_NUMBERS:
            assert 1 <= meta(get(world, route, **{name: odd}))["per_page"] <= MOST_ROWS
        for none in "0", "-1", "abc", "":
            assert meta(get(world, route, **{name: none}))["per_page"] == usual
        assert meta(get(world, route, **{name: "1"}))["per_page"] == 1
        assert meta(get(world, route, **{name: "1000000000"}))["per_page"] in (100, 999, MOST_ROWS)


@each(LISTS)
def test_a_page_past_the_end_is_empty(route: Route, world: World) -> None:
    for far in "1000", "1000000000", "9007199254740991":
        page = meta(get(world, route, page=far))
        assert page["count"] == 0
        assert not page["has_more_pages"]
        assert "next" not in page["links"]


@each(LISTS)
def test_everything_on_one_page(route: Route, world: World) -> None:
    for name, value in ("without_pagination", "true"), ("without_pagination", "1"), ("pagination", "false"):
        page = meta(get(world, route, **{name: value}))
        assert page["count"] == page["total"]
        assert (page["current_page"], page["total_pages"], page["links"]) == (1, 1, {})


@each(LISTS)
def test_an_unknown_order_is_the_usual_one(route: Route, world: World) -> None:
    def ids(**parameters: str) -> list[Any]:
        answer = get(world, route, without_pagination="true", **parameters)
        assert answer.status_code == 200, answer.text
        return [row.get("id") for row in answer.json()["data"]]

    usual = ids()
    for odd in "nothing", "-nothing", "--", "id; DROP TABLE tasks", "\x00", "desc", "", "a" * 3000:
        assert ids(sort=odd) == usual
        assert ids(sort_by=odd) == usual
    for one in "created_at", "name", "title", "last_updated", "id":
        for parameters in {"sort": one}, {"sort": f"-{one}"}, {"sort_by": one, "sort": "desc"}:
            assert sorted(map(str, ids(**parameters))) == sorted(map(str, usual))


@each(READING)
def test_unknown_includes_are_ignored(route: Route, world: World) -> None:
    usual = get(world, route)
    for odd in ODD_INCLUDES:
        answer = get(world, route, **{"with": odd})
        assert answer.status_code == usual.status_code, f"{odd}: {answer.text}"


@each(READING)
def test_an_odd_filter_never_breaks_anything(route: Route, world: World) -> None:
    for name in {*route.query, "unheard_of"}:
        for odd in ODD_VALUES:
            answer = get(world, route, **{name: odd})
            assert answer.status_code in (200, 404, 422), f"{name}={odd!r}: {answer.text}"
            if answer.status_code == 422:
                assert any(answer.json()["errors"].values())


def test_pages_neither_repeat_nor_lose_anything(ada: Client) -> None:
    for number in range(7):
        ada.data("POST", "/checklists", 201, json={"title": f"Paged {number % 2}", "type": "procedure"})
    for order in "", "&sort=title", "&sort=-title", "&sort=created_at", "&sort_by=title&sort=desc":
        seen: list[str] = []
        address = f"{ada.base_url}checklists?q=Paged&per_page=3{order}"
        for number in range(1, 4):
            answer = ada.get(address).json()
            page = answer["meta"]["pagination"]
            assert (page["total"], page["total_pages"], page["current_page"]) == (7, 3, number)
            assert page["has_more_pages"] == (number < 3) == ("next" in page["links"])
            assert ("previous" in page["links"]) == ("prev" in page["links"]) == (number > 1)
            seen += [row["id"] for row in answer["data"]]
            address = page["links"].get("next", "")
        assert len(set(seen)) == 7, order


def test_booleans_are_understood_in_every_spelling(ada: Client) -> None:
    made = ada.data("POST", "/checklists", 201, json={"title": "Put away", "type": "procedure"})["id"]
    assert ada.delete(f"/checklists/{made}").status_code == 200
    for spelled in "true", "True", "TRUE", "1", "yes", "on", " true ":
        found = ada.get("/checklists", params={"archived": spelled, "per_page": "100"}).json()["data"]
        assert made in [row["id"] for row in found], spelled
    for spelled in "false", "False", "0", "no", "off", "":
        found = ada.get("/checklists", params={"archived": spelled, "per_page": "100"}).json()["data"]
        assert made not in [row["id"] for row in found], spelled


def test_a_parameter_given_twice_or_as_a_list_is_no_fault(ada: Client) -> None:
    for query in (
        "page=1&page=2",
        "page[]=2",
        "page[a]=2",
        "per_page[][]=1",
        "with[]=steps&with[]=tags",
        "=",
        "&&&",
        "%",
    ):
        assert ada.get(f"/checklists?{query}").status_code == 200, query
    assert ada.get("/checklists?" + "&".join(f"p{n}=1" for n in range(3000))).status_code in (200, 400, 414)
