"""Which operations follow from an answer: the links of the OpenAPI document, made of the declared paths.

What a list shows or a creation answers has an id; every operation whose path needs that id, and nothing else that
the first request did not name, is linked to it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from stepwell.http.routing import Route

Json = dict[str, Any]
Operation = tuple[Route, str, Json]  # the route, one of its methods, and how the document describes that

ANSWERED_AS = {"guest": "email"}
"""Parameters that are not the `id` of what they name, but another of its keys."""

BODY_IDS = {"checklist_id": "template_id"}
"""Keys of a body that must name an object for the operation to mean something, and the parameter that is its id."""


def add_links(operations: Sequence[Operation]) -> None:
    """Give every response that names new objects the links to what can be done with them."""
    routes = [route for route, _, _ in operations]
    for route, method, operation in operations:
        id_name = id_that_is_answered(route, method, routes)
        if id_name is None:
            continue
        links = {
            followed["operationId"]: link
            for target, _, followed in operations
            if (link := _link(route, id_name, target, followed["operationId"])) is not None
        }
        for status in (route.status, *route.also):
            operation["responses"][str(status)]["links"] = links


def id_that_is_answered(route: Route, method: str, routes: Sequence[Route]) -> str | None:
    """The name that paths have for the id in this answer; None when it makes or lists no objects that paths name.

    A collection (`/tags`) tells it by the paths below it (`/tags/{tag_id}`), any other creation by the paths that
    end with the id of such an object.
    """
    if route.answers is None or "id" not in route.answers.model_fields or route.bare:
        return None
    if not (method == "POST" and route.status == 201) and not (
        method == "GET" and (route.many or route.listed)
    ):
        return None
    name = r"/\{(\w+_id|guest)\}"
    below = {match[1] for other in routes if (match := re.match(re.escape(route.path) + name, other.path))}
    alike = [other.path for other in routes if other.answers is route.answers]
    below = below or {match[1] for path in alike if (match := re.search(name + "$", path))}
    return below.pop() if len(below) == 1 else None


def _link(source: Route, id_name: str, target: Route, operation_id: str) -> Json | None:
    known, needed = _parameters(source), _parameters(target)
    place = "0/" if source.many or source.listed else ""
    answered = f"$response.body#/data/{place}{ANSWERED_AS.get(id_name, 'id')}"
    bodied = [key for key, name in BODY_IDS.items() if name == id_name and _takes(target, key)]
    if not (needed <= known | {id_name} and (id_name in needed or bodied)):
        return None
    link: Json = {
        "operationId": operation_id,
        "parameters": {
            name: answered if name == id_name else f"$request.path.{name}" for name in sorted(needed)
        },
    }
    return link if id_name in needed else {**link, "requestBody": dict.fromkeys(bodied, answered)}


def _parameters(route: Route) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", route.path))


def _takes(route: Route, key: str) -> bool:
    return route.body is not None and key in route.body.model_fields
