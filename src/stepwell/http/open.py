"""What is answered without signing in: whether the server lives, and what the API is."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

from stepwell.http.answers import bare, response
from stepwell.http.openapi import openapi_document


@get("/health", include_in_schema=False)
async def health(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The process answers."""
    del request
    return response(bare({"status": "ok"}), uuid4().hex)


@get("/ready", include_in_schema=False)
async def ready(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The process answers, and so does the database."""
    async with request.app.state.services.db.connection() as connection:
        await connection.execute("SELECT 1")
    return response(bare({"status": "ok"}), uuid4().hex)


@get(["/openapi.json", "/docs/openapi.json"], include_in_schema=False)
async def openapi(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The OpenAPI 3.1 document of everything that is served."""
    del request
    return response(bare(openapi_document()), uuid4().hex)


def open_handlers() -> list[HTTPRouteHandler]:
    return [health, ready, openapi]
