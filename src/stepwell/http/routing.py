"""How a route is declared: its path, who may call it, its body and its answers, and what all routes share.

A route is an async function `(call, *path ids, data) -> Answer`. Path parameters are converted by the annotation
of the parameter of the same name: UUID, int, or str; what cannot be one is 404. Every route is also in the
OpenAPI document, with what is declared here.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import psycopg
from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp
from pydantic import BaseModel

from stepwell.access.members import EVERY_ROLE, Member, hash_of, require_role
from stepwell.db.pool import RETRIES, CallerChanged
from stepwell.errors import Forbidden, NotFound, Refused, Unauthenticated
from stepwell.http.answers import Answer, Outgoing, request_id_of
from stepwell.http.body import Body, read_body
from stepwell.http.call import Call, query_of
from stepwell.http.errors import error_answer
from stepwell.http.existence import named_objects_exist
from stepwell.http.values import uuid_of
from stepwell.services import Services

Handler = Callable[..., Awaitable[Answer]]
Check = Callable[..., Awaitable[None]]
ESCAPED_SLASH = "\udc2f"  # half a character, which no client can send
JsonRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One endpoint as it is served and documented."""

    methods: tuple[str, ...]
    path: str
    handler: Handler
    body: type[Body] | None
    answers: type[BaseModel] | None  # None: no body
    many: bool  # the answer is a list with paging
    listed: bool  # `data` is a list, all of it
    bare: bool  # the answer is the shape itself, without `data` around it
    status: int
    allow: frozenset[str]
    query: tuple[str, ...]
    refusals: tuple[int, ...]
    otherwise: Check | None
    converters: dict[str, Callable[[str], Any]]
    tag: str
    also: tuple[int, ...]

    @property
    def of_organization(self) -> bool:
        return "{org}" in self.path


ROUTES: list[Route] = []


def route(
    methods: str,
    path: str,
    *,
    body: type[Body] | None = None,
    answers: type[BaseModel] | None = None,
    many: bool = False,
    listed: bool = False,
    bare: bool = False,
    status: int = 200,
    also: Sequence[int] = (),
    allow: frozenset[str] = EVERY_ROLE,
    query: Sequence[str] = (),
    otherwise: Check | None = None,
) -> Callable[[Handler], Handler]:
    """Declare a route. `methods` are separated by blanks ("PUT PATCH").

    `path` starts after the API root; `/o/` at its start stands for `/organizations/{org}/`. `answers` is the shape of
    `data`, or of each row in it if there are `many` (with paging) or they are `listed` (without); `bare` answers have
    no `data`. `query` names the parameters beside paging, `also` other statuses of success. `otherwise(call, *ids)`
    runs when the body is invalid, so that a missing object (404) or a missing right (403) is said before a wrong
    field (422).
    """

    def declare(handler: Handler) -> Handler:
        full_path = re.sub(r"^/o/", "/organizations/{org}/", path)
        refusals = [401, 403, 404] if "{" in full_path else [401]
        if body is not None:
            refusals += [400, 413, 422]
        elif methods != "GET":
            refusals += [400, 422]
        elif query:
            refusals += [422]
        ROUTES.append(
            Route(
                methods=tuple(methods.split()),
                path=full_path,
                handler=handler,
                body=body,
                answers=answers,
                many=many,
                listed=listed,
                bare=bare,
                status=status,
                also=tuple(also),
                allow=allow,
                query=tuple(query),
                refusals=tuple(refusals),
                otherwise=otherwise,
                converters=_converters(handler),
                tag=handler.__module__.split(".")[1],
            )
        )
        return handler

    return declare


def _converters(handler: Handler) -> dict[str, Callable[[str], Any]]:
    known: dict[Any, Callable[[str], Any]] = {UUID: _uuid, int: _integer, str: _text}
    parameters = inspect.signature(handler, eval_str=True).parameters
    return {name: known[kind.annotation] for name, kind in parameters.items() if kind.annotation in known}


def _uuid(text: str) -> UUID:
    found = uuid_of(text)
    if found is None:
        raise NotFound
    return found


def _integer(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise NotFound
    return int(text)


def _text(text: str) -> str:
    text = text.replace(ESCAPED_SLASH, "/")
    if not text or "\x00" in text or any(0xD800 <= ord(character) < 0xE000 for character in text):
        raise NotFound
    return text


def methods_of(path: str) -> list[str]:
    """The methods that are served at a path (without the API's prefix)."""
    segments = path.rstrip("/")
    found = {"OPTIONS"}
    for declared in ROUTES:
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", declared.path), segments):
            found.update(declared.methods)
    return sorted(found | {"HEAD"} if "GET" in found else found)


def litestar_handlers() -> list[HTTPRouteHandler]:
    """All declared routes as the framework wants them."""
    return [_litestar_handler(declared) for declared in ROUTES]


def _litestar_handler(declared: Route) -> HTTPRouteHandler:
    async def handle(request: JsonRequest) -> ASGIApp:
        return await answer(declared, request)

    path = re.sub(r"\{(\w+)\}", r"{\1:str}", declared.path)
    return HTTPRouteHandler(
        path,
        http_method=cast(Any, list(declared.methods)),
        status_code=200,  # what is answered carries its own; the framework refuses 204 here
        include_in_schema=False,
    )(handle)


async def answer(declared: Route, request: JsonRequest) -> ASGIApp:
    """Answer one request: sign in, read, run, refuse. Every answer, of whatever status, leaves here."""
    request_id = request_id_of(request.headers.get("x-request-id", ""))
    try:
        answered = await _answer_checked(declared, request)
    except Exception as error:  # the outermost edge
        answered = error_answer(error, request_id)
    return Outgoing(answered, request_id)


async def _answer_checked(declared: Route, request: JsonRequest) -> Answer:
    services = cast(Services, request.app.state.services)
    token_hash = token_hash_of(request)
    parameters = dict(request.path_params)
    organization = parameters.pop("org", None)
    if not declared.of_organization:
        user_id = await services.callers.user(token_hash)
        member = Member(UUID(int=0), user_id, "", token_hash)
        return await _run(declared, await _call(request, services, member), parameters)
    organization_id = uuid_of(organization)
    if organization_id is None:
        await services.callers.user(token_hash)
        raise Forbidden("You are not a member of this organization.", "ORG_FORBIDDEN")
    member = await services.callers.member(token_hash, organization_id)
    for attempt in range(RETRIES):
        try:
            require_role(member, declared.allow)
            return await _run(declared, await _call(request, services, member), parameters)
        except CallerChanged:
            services.callers.forget(member)
            member = await services.callers.checked_member(token_hash, organization_id)
        except (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected):
            if attempt == RETRIES - 1:
                raise
        except Forbidden:
            checked = await services.callers.checked_member(token_hash, organization_id)
            if checked == member:
                raise
            member = checked
    raise Unauthenticated


def token_hash_of(request: JsonRequest) -> bytes:
    """The hash of the bearer token. Raises Unauthenticated."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token or token.strip() != token:
        raise Unauthenticated
    return hash_of(token)


async def _call(request: JsonRequest, services: Services, member: Member) -> Call:
    call = Call(request, services, member, services.clock(), query_of(request.scope["query_string"]))
    if request.method not in ("GET", "HEAD"):
        call.body = await read_body(request, services.settings.max_body_bytes)
    return call


async def _run(declared: Route, call: Call, parameters: dict[str, str]) -> Answer:
    ids = {name: declared.converters[name](value) for name, value in parameters.items()}
    if declared.body is None:
        return await declared.handler(call, **ids)
    try:
        data = declared.body.read(call.body)
    except Refused:
        await (declared.otherwise or _nothing_first)(call, **ids)
        if declared.of_organization:
            await named_objects_exist(call, ids)
        await call.services.callers.user(call.member.token_hash or b"")  # a dead token must not learn of 422
        raise
    return await declared.handler(call, **ids, data=data)


async def _nothing_first(call: Call, **ids: Any) -> None:
    """The check of a route that names no object."""
    del call, ids
