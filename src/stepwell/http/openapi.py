"""The OpenAPI 3.1 document, made of what the routes declare."""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from stepwell.http.answers import VERSION
from stepwell.http.links import Operation, add_links
from stepwell.http.routing import ROUTES, Route

Json = dict[str, Any]
ERROR: Json = {
    "type": "object",
    "required": ["error", "message", "code"],
    "properties": {
        "error": {"const": True},
        "message": {"type": "string"},
        "code": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    },
}
PAGINATION: Json = {
    "type": "object",
    "required": ["total", "count", "per_page", "current_page", "total_pages", "has_more_pages", "links"],
    "properties": {
        **{
            name: {"type": "integer"}
            for name in ("total", "count", "per_page", "current_page", "total_pages")
        },
        "has_more_pages": {"type": "boolean"},
        "links": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
REFUSALS = {
    400: "The request cannot be read.",
    401: "No token, or none that is valid.",
    403: "The caller may not do this.",
    404: "No such object in the organization.",
    409: "Somebody else changed this at the same moment.",
    413: "The body is too large.",
    422: "The body or a parameter is invalid; `errors` names each wrong field.",
    429: "A limit is reached; the header Retry-After tells in how many seconds there may be room again.",
    503: "The server is stopping or overloaded; nothing was done.",
}
PAGING = ("page", "per_page", "limit", "without_pagination", "sort", "sort_by")
HEX_ID = {"type": "string", "pattern": "^[0-9a-f]{32}$"}


@cache
def openapi_document() -> Json:
    """The whole document. Routes must have been declared before."""
    models = {model for route in ROUTES for model in (route.body, route.answers) if model is not None}
    ordered = sorted(models, key=lambda model: model.__name__)
    references, schemas = models_json_schema(
        [(model, _mode(model)) for model in ordered], ref_template="#/components/schemas/{model}"
    )
    named = {model: references[model, _mode(model)] for model in ordered}
    paths: dict[str, Json] = {}
    taken: set[str] = set()
    operations: list[Operation] = []
    for route in ROUTES:
        for method in route.methods:
            operation = _operation(route, method, named)
            operation["operationId"] = _free_name(operation["operationId"], route, taken)
            operations.append((route, method, operation))
            paths.setdefault(_public_path(route), {})[method.lower()] = operation
    add_links(operations)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Stepwell", "version": VERSION, "description": "Compatible with the Tallyfy API."},
        "servers": [{"url": "/api"}, {"url": "/"}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": {**schemas.get("$defs", {}), "Error": ERROR, "Pagination": PAGINATION},
        },
    }


def _mode(model: type[BaseModel]) -> Any:
    return "serialization" if model.__name__.endswith("Shape") else "validation"


def _public_path(route: Route) -> str:
    return route.path


def _operation(route: Route, method: str, named: dict[type[BaseModel], Json]) -> Json:
    doc = (route.handler.__doc__ or "").strip()
    name = route.handler.__name__ + ("" if method == route.methods[0] else f"_{method.lower()}")
    operation: Json = {
        "operationId": f"{route.tag}_{name}",
        "tags": [route.tag],
        "summary": doc.split("\n")[0],
        "description": doc,
        "parameters": [*_path_parameters(route), *_query_parameters(route)],
        "responses": _responses(route, named),
    }
    if route.body is not None:
        schema = {"schema": named[route.body]}
        operation["requestBody"] = {
            "required": False,
            "content": {"application/json": schema, "application/x-www-form-urlencoded": schema},
        }
    return operation


def _free_name(name: str, route: Route, taken: set[str]) -> str:
    """The name, with the path behind it when another operation is called so already."""
    if name in taken:
        name = "_".join([name, "at", *re.findall(r"\w+", route.path.removeprefix("/organizations/{org}"))])
    taken.add(name)
    return name


def _path_parameters(route: Route) -> list[Json]:
    parameters = []
    for name in re.findall(r"\{(\w+)\}", route.path):
        kind = route.handler.__annotations__.get(name, UUID)
        schema = {UUID: HEX_ID, "UUID": HEX_ID, int: {"type": "integer"}, "int": {"type": "integer"}}.get(
            kind, {"type": "string"}
        )
        parameters.append({"name": name, "in": "path", "required": True, "schema": schema})
    return parameters


def _query_parameters(route: Route) -> list[Json]:
    names = [*route.query, *(PAGING if route.many else ()), *(["with"] if route.answers is not None else [])]
    return [{"name": name, "in": "query", "schema": {"type": "string"}} for name in dict.fromkeys(names)]


def _responses(route: Route, named: dict[type[BaseModel], Json]) -> Json:
    responses: Json = {}
    for status in (route.status, *route.also):
        responses[str(status)] = {"description": "Done."}
        if route.answers is not None and status != 204:
            responses[str(status)]["content"] = {"application/json": {"schema": _envelope(route, named)}}
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    changing = (409, 429) if route.methods != ("GET",) else ()
    for status in sorted({*route.refusals, *changing, 503}):
        responses[str(status)] = {"description": REFUSALS[status], "content": error}
    return responses


def _envelope(route: Route, named: dict[type[BaseModel], Json]) -> Json:
    assert route.answers is not None
    shape = named[route.answers]
    if route.bare:
        return shape
    if not route.many:
        data = {"type": "array", "items": shape} if route.listed else shape
        return {"type": "object", "required": ["data"], "properties": {"data": data}}
    meta = {"type": "object", "required": ["pagination"],
            "properties": {"pagination": {"$ref": "#/components/schemas/Pagination"}}}  # fmt: skip
    return {
        "type": "object",
        "required": ["data", "meta"],
        "properties": {"data": {"type": "array", "items": shape}, "meta": meta},
    }
