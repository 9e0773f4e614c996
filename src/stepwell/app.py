"""Puts the application together: every feature's routes, behind one door that knows the API's two
prefixes.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import unquote
from uuid import uuid4

from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.types import ASGIApp, Receive, Scope, Send

from stepwell import features
from stepwell.http.answers import COMMON_HEADERS, request_id_of, response
from stepwell.http.errors import error_answer, method_not_allowed, no_such_endpoint, unavailable
from stepwell.http.open import open_handlers
from stepwell.http.routing import ESCAPED_SLASH, litestar_handlers, methods_of
from stepwell.services import Services

log = logging.getLogger("stepwell.http")

PREFLIGHT = {
    **{name: value for name, value in COMMON_HEADERS.items() if name.startswith("access-control")},
    "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
    "access-control-allow-headers": (
        "Authorization, X-Tallyfy-Client, Content-Type, Accept, Idempotency-Key, X-Request-Id"
    ),
    "access-control-max-age": "86400",
}


def create_app(services: Services) -> Door:
    """The whole server as one ASGI application."""
    features.load()
    inner = Litestar(
        route_handlers=[*open_handlers(), *litestar_handlers()],
        exception_handlers={HTTPException: _framework_error, Exception: _unexpected_error},
        openapi_config=None,
        state=State({"services": services}),
        logging_config=None,
        request_max_body_size=services.settings.max_body_bytes,
    )
    return Door(inner)


class Door:
    """Serves every route under `/api` and at the root alike; answers pre-flights, and HEAD as a GET without
    body.

    It knows which requests are running, so that a server that stops can let them finish.
    """

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner
        self._running: set[asyncio.Task[Any]] = set()
        self._draining = False

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
        elif scope["method"] == "OPTIONS":
            await _send(send, 204, PREFLIGHT, b"")
        elif self._draining:
            await _send_unavailable(send)
        else:
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Any, receive: Receive, send: Send) -> None:
        path = _path_of(scope)
        inside: dict[str, Any] = {**scope, "stepwell.path": path.replace(ESCAPED_SLASH, "%2F")}
        if path == "/api" or path.startswith("/api/"):
            path = path[4:] or "/"
        inside["path"] = path
        inside["raw_path"] = path.encode(errors="replace")
        if scope["method"] == "HEAD":
            inside["method"] = "GET"
            send = _without_body(send)
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            await self._inner(cast(Scope, inside), receive, send)
        except asyncio.CancelledError:
            if self._draining:  # the transaction has been rolled back on the way here
                await _send_unavailable(send)
            else:
                raise
        finally:
            self._running.discard(task)

    async def drain(self, seconds: float) -> None:
        """Take no more requests, let the running ones finish, and cut off those that take longer."""
        self._draining = True
        if self._running:
            await asyncio.wait(set(self._running), timeout=seconds)
        for task in set(self._running):
            task.cancel()
        if self._running:
            await asyncio.wait(set(self._running), timeout=0.4)


def _path_of(scope: Mapping[str, Any]) -> str:
    """The path, decoded, in which a slash that was sent as `%2F` is part of its segment (`ESCAPED_SLASH`)."""
    raw = cast(bytes, scope.get("raw_path") or b"").partition(b"?")[0]
    if b"%2f" not in raw.lower():
        return str(scope["path"])
    return ESCAPED_SLASH.join(unquote(part.decode("latin-1")) for part in re.split(b"%2[fF]", raw))


async def _send(send: Send, status: Any, headers: Mapping[str, str], body: bytes) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _send_unavailable(send: Send) -> None:
    answer = unavailable()
    headers = {**COMMON_HEADERS, **answer.headers, "x-request-id": uuid4().hex, "connection": "close"}
    await _send(send, answer.status, headers, answer.body)


def _without_body(send: Send) -> Send:
    async def send_head(message: Any) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return send_head


def _framework_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Refusals of the framework itself: a path or a method that is not served."""
    if isinstance(error, MethodNotAllowedException):
        # Its own list is empty, and the health check and its like are served for GET alone.
        allowed = methods_of(request.scope["path"])
        return response(
            method_not_allowed(allowed if len(allowed) > 1 else ["GET", "HEAD", "OPTIONS"]),
            _request_id(request),
        )
    if isinstance(error, NotFoundException):
        return response(no_such_endpoint(), _request_id(request))
    return _unexpected_error(request, error)


def _unexpected_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    request_id = _request_id(request)
    return response(error_answer(error, request_id), request_id)


def _request_id(request: Request[Any, Any, Any]) -> str:
    return request_id_of(request.headers.get("x-request-id", ""))
