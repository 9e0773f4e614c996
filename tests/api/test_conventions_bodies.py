"""Bodies that no well-meaning client sends, to every route that takes one: told what is wrong, never a fault."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from stepwell import features
from stepwell.http.routing import ROUTES, Route
from tests.conftest import Client
from tests.world import CONSTANTS, World

features.load()
WRITING = [(route, method) for route in ROUTES if route.body is not None for method in route.methods]
JSON = {"Content-Type": "application/json"}
LIMIT = 10 * 2**20

NOT_JSON = [
    b"{", b"[1,]", b"{'a': 1}", b'{"a": NaN}', b'{"a": Infinity}', b'{"a": -Infinity}', b"nothing", b'"\xff\xfe"',
    '{"title": "x"}'.encode("utf-16"), b"\x00", b'{"a": 01}', b'{"a" 1}', b"[" * 100_000, b'{"a":' * 100_000,
    b'{"title": "\xed\xa0\x80"}', b"\x1f\x8b\x08\x00", b'{"a": 1} {"b": 2}', b'{"a": 1e}',
]  # fmt: skip
NOT_OBJECTS = [b"[]", b"[{}]", b'["title"]', b'"title"', b"12", b"null", b"true", b"1.5"]
WRONG = [
    True, 12, -1, 1.5, 10**15, 10**40, "x", "", "null", "9" * 5000, [], {}, [[]], [{}], [None], [1, "a", {}], None,
    {"id": {}}, {"value": []}, {"": ""}, "\u0000", "a\u0000b", "<script>alert(1)</script>", "{{", "{{x}}", "💥",
    "2026-99-99", "9999-12-31T23:59:59Z", "0001-01-01", {"users": "x", "groups": 1, "guests": {}}, [["a", 1]], 1e308,
]  # fmt: skip
LONE_SURROGATE = b'"\\ud800"'
DEEP = "[" * 200 + "]" * 200


def each(calls: list[tuple[Route, str]]) -> pytest.MarkDecorator:
    names = [f"{method} {route.path}" for route, method in calls]
    return pytest.mark.parametrize(("route", "method"), calls, ids=names)


def send(world: World, route: Route, method: str, content: bytes, **headers: str) -> httpx.Response:
    path = world.path(route, CONSTANTS | world.ids_of(route))
    return world.house.ada.request(
        method, f"{world.house.ada.root}{path}", content=content, headers={**JSON, **headers}
    )


def told(answer: httpx.Response, status: int) -> dict[str, list[str]]:
    """The reasons of a refusal by field, each of them words."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["error"] is True
    assert isinstance(body["message"], str)
    assert body["message"]
    reasons: dict[str, list[str]] = body.get("errors", {})
    for field, messages in reasons.items():
        assert isinstance(field, str)
        assert messages
        assert all(isinstance(message, str) and message for message in messages)
    return reasons


def keys_of(route: Route) -> list[str]:
    """What a body of the route may hold, by the names that clients send."""
    assert route.body is not None
    return [field.alias or name for name, field in route.body.model_fields.items()]


@each(WRITING)
def test_what_is_no_json_is_400(route: Route, method: str, world: World) -> None:
    for content in NOT_JSON[:3]:
        answer = send(world, route, method, content)
        told(answer, 400)
        assert answer.json()["code"] == "INVALID_JSON"


def test_there_are_many_ways_to_be_no_json(ada: Client) -> None:
    for content in NOT_JSON:
        answer = ada.post("/checklists", content=content, headers=JSON)
        told(answer, 400)
        assert answer.json() == {"error": True, "code": "INVALID_JSON", "message": answer.json()["message"]}


@each(WRITING)
def test_what_is_no_object_is_422(route: Route, method: str, world: World) -> None:
    assert route.body is not None
    own_reading = "read" in vars(route.body)  # answers of a task may come as a list
    for content in NOT_OBJECTS[own_reading * 3 : 6]:
        assert "body" in told(send(world, route, method, content), 422), content


@each(WRITING)
def test_wrong_values_for_all_keys_at_once_are_refused_by_name(
    route: Route, method: str, world: World
) -> None:
    keys = keys_of(route)
    for wrong in WRONG:
        answer = send(world, route, method, json.dumps(dict.fromkeys(keys, wrong)).encode())
        assert answer.status_code < 500, f"{wrong!r}: {answer.text}"
        if answer.status_code == 422:
            reasons = told(answer, 422)
            assert reasons, answer.text


@each(WRITING)
def test_what_cannot_be_stored_is_refused_by_name(route: Route, method: str, world: World) -> None:
    for key in keys_of(route)[:1]:
        for value in LONE_SURROGATE, b'"\\u0000"', DEEP.encode(), b'{"a": "\\udfff"}', b"1e400", b"9" * 400:
            answer = send(world, route, method, b'{"%s": %s}' % (key.encode(), value))
            reasons = told(answer, answer.status_code)
            assert answer.status_code in (400, 404, 422), answer.text
            if answer.status_code == 422:
                assert any(name.split(".")[0] == key for name in reasons), (
                    f"{key}={value[:20]!r}: {answer.text}"
                )


@each(WRITING)
def test_no_body_is_an_empty_one(route: Route, method: str, world: World) -> None:
    for content in b"", b" \n", b"{}":
        answer = send(world, route, method, content)
        assert answer.status_code not in (400, 413), answer.text
        assert answer.status_code < 500, answer.text


def single_keys() -> Iterator[Any]:
    """Every key of the bodies that clients send most."""
    for route, method in WRITING:
        path = route.path.removeprefix("/organizations/{org}")
        if method in ("POST", "PUT") and path in (
            "/checklists", "/checklists/{template_id}", "/runs", "/runs/{process_id}", "/tasks", "/tasks/{task_id}",
            "/checklists/{template_id}/steps", "/checklists/{template_id}/steps/{step_id}",
            "/checklists/{template_id}/preruns", "/checklists/{template_id}/automated-actions",
        ):  # fmt: skip
            for key in keys_of(route):
                yield pytest.param(route, method, key, id=f"{method} {path} {key}")


@pytest.mark.parametrize(("route", "method", "key"), [*single_keys()])
def test_a_wrong_value_for_one_key_is_refused_by_its_name(
    route: Route, method: str, key: str, world: World
) -> None:
    valid = {"title": "Odd", "name": "Odd", "type": "procedure", "checklist_id": world.ids["template"],
             "label": "Odd", "field_type": "text", "required": False}  # fmt: skip
    for wrong in WRONG[::2]:
        answer = send(world, route, method, json.dumps({**valid, key: wrong}).encode())
        assert answer.status_code < 500, f"{key}={wrong!r}: {answer.text}"
        if answer.status_code == 422:
            assert told(answer, 422)


def test_a_wrong_type_is_named_for_each_key_at_once(ada: Client) -> None:
    template = ada.data("POST", "/checklists", 201, json={"title": "Named", "type": "procedure"})["id"]
    wrong = {"title": {"a": 1}, "starred": "maybe", "users": "nobody", "groups": [1], "folder_id": 5,
             "default_folder": "x", "summary": ["a"], "is_public": [], "owner_id": "a"}  # fmt: skip
    reasons = told(ada.put(f"/checklists/{template}", json=wrong), 422)
    assert {name.split(".")[0] for name in reasons} == set(wrong)
    for name, messages in reasons.items():
        for message in messages:
            assert name.split(".")[0].replace("_", " ") in message, f"{name}: {message}"


def test_a_body_beyond_the_limit_is_413(ada: Client) -> None:
    path = "/checklists"
    for content in b'{"title": "%s"}' % (b"x" * LIMIT), b" " * (LIMIT + 1):
        answer = ada.post(path, content=content, headers=JSON)
        assert answer.json()["code"] == "PAYLOAD_TOO_LARGE"
        assert answer.status_code == 413
    chunks = (b'{"title": "', *[b"x" * 2**20] * 11, b'"}')
    address = f"{ada.base_url}{path.lstrip('/')}"
    answer = httpx.post(address, content=iter(chunks), headers={**ada.headers, **JSON})
    assert answer.status_code == 413
    assert ada.post(path, content=b'{"title": "%s"}' % (b"x" * (LIMIT - 20)), headers=JSON).status_code == 422


def test_a_form_is_read_like_json(ada: Client) -> None:
    form = {
        "title": "  Form  ",
        "type": "procedure",
        "starred": "on",
        "users[]": str(ada.user_id),
        "summary": "",
    }
    made = ada.data("POST", "/checklists", 201, data=form)
    assert (made["title"], made["starred"], made["summary"]) == ("Form", True, None)
    assert made["users"] == [ada.user_id]
    process = ada.data(
        "POST", "/runs", 201, data={"checklist_id": made["id"], "name": "F", "users[0]": str(ada.user_id)}
    )
    assert process["users"] == [ada.user_id]
    parts = {name: (None, value) for name, value in {"title": "Parts", "type": "form"}.items()}
    assert ada.data("POST", "/checklists", 201, files=parts)["title"] == "Parts"


@pytest.mark.parametrize("form", [
    "a[b", "a]b=1", "[]=1", "[a]=1", "title[a][b][c]=1", "title=1&title[a]=2", "title[a]=2&title=1", "a[0]=1&a[x]=2",
    "%00=1", "title=%ff", "title=%00", "a" + "[b]" * 3000 + "=1", "=", "&&", "title", "a[1]=1&a[0]=2", "a[]=1&a[b]=2",
    "users[999999999]=1", "title=%ed%a0%80",
])  # fmt: skip
def test_an_odd_form_is_no_fault(ada: Client, form: str) -> None:
    for path in "/checklists", "/runs":
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = ada.post(path, content=form.encode(), headers=headers)
        assert answer.status_code in (400, 403, 422), answer.text


@pytest.mark.parametrize("content_type", [
    "", "text/plain", "application/json; charset=latin-1", "multipart/form-data", "multipart/form-data; boundary=x",
    "application/octet-stream", "application/json, application/json", "APPLICATION/JSON",
])  # fmt: skip
def test_an_odd_type_of_content_is_no_fault(ada: Client, content_type: str) -> None:
    body = b'{"title": "Typed", "type": "procedure"}'
    answer = ada.post("/checklists", content=body, headers={"Content-Type": content_type})
    assert answer.status_code in (201, 400, 415, 422), answer.text
    if "json" in content_type.lower():
        assert answer.status_code == 201


def test_strings_are_trimmed_and_unknown_keys_are_dropped(ada: Client) -> None:
    body = {
        "title": "  Trimmed\t",
        "type": "procedure",
        "unheard_of": {"a": [1]},
        "id": "0" * 32,
        "summary": "   ",
    }
    made = ada.data("POST", "/checklists", 201, json=body)
    assert (made["title"], made["summary"]) == ("Trimmed", None)
    assert made["id"] != "0" * 32
    assert "unheard_of" not in made
    reasons = told(ada.post("/checklists", json={"title": "   ", "type": "procedure"}), 422)
    assert reasons["title"] == ["The title field is required."]


def test_a_byte_order_mark_and_repeated_keys_are_no_fault(ada: Client) -> None:
    body = '\ufeff{"title": "First", "title": "Last", "type": "procedure"}'.encode()
    answer = ada.post("/checklists", content=body, headers=JSON)
    assert answer.json()["data"]["title"] == "Last"
