"""What holds for every request: prefixes, methods, headers, ids of requests, signing in, unknown addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from stepwell import features
from stepwell.http.routing import ROUTES
from tests.conftest import Client, Server

features.load()
PATTERNS = {route.path for route in ROUTES}
EVERY_ANSWER = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "access-control-allow-origin": "*",
}


@pytest.fixture(scope="module")
def anyone(server: Server) -> Iterator[httpx.Client]:
    """Somebody without a token."""
    with httpx.Client(base_url=server.origin) as client:
        yield client


def assert_is_refusal(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The one form of all refusals."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    body: dict[str, Any] = answer.json()
    assert (body["error"], body["code"]) == (True, code)
    assert isinstance(body["message"], str)
    assert body["message"]
    return body


def refusals(ada: Client, anyone: httpx.Client) -> list[httpx.Response]:
    """One answer of every common kind."""
    root = ada.root
    return [
        ada.get("/checklists"),
        ada.get("/checklists/unknown"),
        ada.get(f"{root}/organizations/{'0' * 32}/checklists"),
        ada.get(f"{root}/no/such/address"),
        ada.put("/checklists"),
        ada.post("/checklists", json={}),
        ada.post("/checklists", content=b"{", headers={"Content-Type": "application/json"}),
        anyone.get("/api/me"),
        anyone.get("/health"),
        anyone.options("/api/me"),
        anyone.get("/openapi.json"),
    ]


def test_both_prefixes_reach_the_same_routes(ada: Client, server: Server) -> None:
    path = f"/organizations/{ada.organization_id}/checklists"
    for prefix in "/api", "":
        answer = ada.get(f"{server.origin}{prefix}{path}?per_page=1&page=1&q=zzz")
        assert answer.status_code == 200
        assert answer.json() == ada.get("/checklists?per_page=1&page=1&q=zzz").json()


def test_links_of_a_list_keep_the_prefix_and_every_other_parameter(ada: Client, server: Server) -> None:
    for number in range(3):
        ada.data("POST", "/checklists", 201, json={"title": f"Linked {number}", "type": "procedure"})
    path = f"/organizations/{ada.organization_id}/checklists"
    for root in "/api", "":
        prefix = f"{server.origin}{root}{path}?"
        page = ada.get(f"{prefix}per_page=1&page=2&q=Linked&with=steps").json()
        links = page["meta"]["pagination"]["links"]
        for name, number in ("previous", 1), ("prev", 1), ("next", 3):
            address = httpx.URL(links[name])
            assert str(address).startswith(prefix)
            assert dict(address.params) == {
                "per_page": "1",
                "page": str(number),
                "q": "Linked",
                "with": "steps",
            }
        assert ada.get(links["next"]).json()["meta"]["pagination"]["current_page"] == 3


def test_a_trailing_slash_is_ignored(ada: Client) -> None:
    assert ada.get("/checklists/").status_code == 200
    assert ada.get(f"{ada.root}/me/").status_code == 200


def test_an_unknown_address_is_404_before_anything_else_is_asked(
    ada: Client, anyone: httpx.Client, server: Server
) -> None:
    for path in (
        "/api/nothing",
        "/nothing",
        "/api/organizations",
        f"/api/organizations/{'0' * 32}/Checklists",
        "/api",
    ):
        for caller in ada, anyone:
            answer = caller.get(f"{server.origin}{path}")
            assert assert_is_refusal(answer, 404, "ENDPOINT_NOT_FOUND")["message"] == "API endpoint not found"


def test_a_method_that_is_not_served_is_405_and_says_which_are(ada: Client, anyone: httpx.Client) -> None:
    path = f"/api/organizations/{ada.organization_id}/checklists"
    for method in "PUT", "PATCH", "DELETE":
        answer = anyone.request(method, path)
        assert assert_is_refusal(answer, 405, "METHOD_NOT_ALLOWED")["message"] == "Method not allowed"
        assert {"GET", "POST"} <= set(answer.headers["allow"].split(", "))
    assert anyone.request("BREW", path).status_code in (400, 404, 405, 501)


def test_every_answer_carries_the_headers_all_have_in_common(ada: Client, anyone: httpx.Client) -> None:
    for answer in refusals(ada, anyone):
        if answer.request.method == "OPTIONS":
            continue
        assert {name: answer.headers.get(name) for name in EVERY_ANSWER} == EVERY_ANSWER, answer.request.url
        assert answer.headers["x-tallyfy-version"]
        assert "X-Request-Id" in answer.headers["access-control-expose-headers"]
        assert "access-control-allow-credentials" not in answer.headers
        assert "set-cookie" not in answer.headers


def test_the_id_of_a_request_is_answered_whatever_becomes_of_it(ada: Client, anyone: httpx.Client) -> None:
    for answer in refusals(ada, anyone):
        if answer.request.method == "OPTIONS":
            continue
        request = answer.request
        request.headers["X-Request-Id"] = "given-by-Caller.1:2_3"
        assert anyone.send(request).headers["x-request-id"] == "given-by-Caller.1:2_3", request.url
        for strange in "with space", "x" * 101, "<script>", "":
            request.headers["X-Request-Id"] = strange
            assert re.fullmatch(r"[0-9a-f]{32}", anyone.send(request).headers["x-request-id"]), request.url


def test_a_preflight_is_answered_without_a_token_for_any_address(anyone: httpx.Client) -> None:
    for path in "/api/me", "/me", "/api/organizations/x/runs", "/nothing":
        answer = anyone.options(
            path, headers={"Origin": "https://a.example", "Access-Control-Request-Method": "PUT"}
        )
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["access-control-max-age"] == "86400"
        assert {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} == set(
            answer.headers["access-control-allow-methods"].split(", ")
        )
        allowed = answer.headers["access-control-allow-headers"].lower()
        for name in (
            "authorization",
            "x-tallyfy-client",
            "content-type",
            "accept",
            "idempotency-key",
            "x-request-id",
        ):
            assert name in allowed


def test_head_is_get_without_the_body(ada: Client) -> None:
    for path in "/checklists", "/checklists/unknown":
        got, headed = ada.get(path), ada.head(path)
        assert (headed.status_code, headed.content) == (got.status_code, b"")
        assert headed.headers["content-type"] == got.headers["content-type"]


def test_only_one_form_of_authorization_is_accepted(ada: Client, anyone: httpx.Client) -> None:
    for good in f"Bearer {ada.token}", f"bearer {ada.token}", f"BEARER {ada.token}":
        assert anyone.get("/api/me", headers={"Authorization": good}).status_code == 200
    for bad in (
        ada.token, f"Bearer  {ada.token}", f"Token {ada.token}", f"Bearer {ada.token}x", f"Bearer {ada.token[:-1]}",
        "Bearer", "Bearer null", f"Basic {ada.token}", f"Bearer {ada.token} {ada.token}",
    ):  # fmt: skip
        answer = anyone.get("/api/me", headers={"Authorization": bad})
        assert_is_refusal(answer, 401, "UNAUTHENTICATED")
        assert answer.headers["www-authenticate"] == "Bearer"
    assert anyone.get("/api/me", params={"token": ada.token, "access_token": ada.token}).status_code == 401


def test_json_is_answered_whatever_is_accepted(ada: Client) -> None:
    for accepted in "text/html", "*/*", "application/xml", "":
        answer = ada.get("/checklists", headers={"Accept": accepted})
        assert answer.headers["content-type"] == "application/json; charset=utf-8"


def test_the_client_header_is_free_text_and_may_be_missing(ada: Client, anyone: httpx.Client) -> None:
    for client in "n8n", "TallyfySDK", "two words", "x" * 4000:
        assert ada.get("/checklists", headers={"X-Tallyfy-Client": client}).status_code == 200
    assert anyone.get("/api/me", headers={"Authorization": f"Bearer {ada.token}"}).status_code == 200


def test_ids_in_a_path_are_read_in_any_case_and_decoded_once(ada: Client) -> None:
    template = ada.data("POST", "/checklists", 201, json={"title": "Cased", "type": "procedure"})["id"]
    for spelled in (
        template.upper(),
        f"{template[:8]}-{template[8:12]}-{template[12:16]}-{template[16:20]}-{template[20:]}",
    ):
        assert ada.data("GET", f"/checklists/{spelled}")["id"] == template
    for odd in (
        "%00",
        "%ff",
        "x" * 3000,
        "%25",
        "%ed%a0%80",
        "null",
        "0",
        "-1",
        "{}",
        "%20",
        f"{template}%2Fsteps",
        "%2F",
        "a%2fb",
    ):
        assert ada.get(f"/checklists/{odd}").status_code in (404, 405), odd
        assert ada.get(f"/runs/{odd}").status_code in (404, 405), odd
        assert ada.get(f"/users/{odd}").status_code in (404, 405), odd


def test_the_server_says_that_it_lives_and_that_its_database_does(anyone: httpx.Client) -> None:
    for path in "/health", "/ready", "/api/health", "/api/ready":
        answer = anyone.get(path)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
