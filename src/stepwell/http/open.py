"""What is answered without signing in: whether the server lives, and what the API is."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

from stepwell.http.answers import bare, request_id_of, response
from stepwell.http.openapi import openapi_document


@get("/health", include_in_schema=False)
async def health(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The process answers."""
    return response(bare({"status": "ok"}), _request_id(request))


@get("/ready", include_in_schema=False)
async def ready(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The process answers, and so does the database."""
    async with request.app.state.services.db.connection() as connection:
        await connection.execute("SELECT 1")
    return response(bare({"status": "ok"}), _request_id(request))


@get(["/openapi.json", "/docs/openapi.json"], include_in_schema=False)
async def openapi(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The OpenAPI 3.1 document of everything that is served."""
    return response(bare(openapi_document()), _request_id(request))


def _request_id(request: Request[Any, Any, Any]) -> str:
    return request_id_of(request.headers.get("x-request-id", ""))


def open_handlers() -> list[HTTPRouteHandler]:
    return [health, ready, openapi]
