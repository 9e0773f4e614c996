"""Answers: envelopes around JSON that the database built, and the headers that every answer carries."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from litestar import Response
from litestar.types import Receive, Scope, Send

VERSION = "0.1.0"
REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,100}")
EXPOSED = "Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id, Content-Disposition"
COMMON_HEADERS = {
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "access-control-allow-origin": "*",
    "access-control-expose-headers": EXPOSED,
    "x-tallyfy-version": VERSION,
}

ENCODED = [(name.encode(), value.encode()) for name, value in COMMON_HEADERS.items()]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a route answers; `body` is JSON text, or bytes of another kind with their own content type."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def item(json_text: str, status: int = 200, meta: str = "") -> Answer:
    """One object in its envelope, `meta` as JSON text beside it if there is any."""
    tail = f',"meta":{meta}}}' if meta else "}"
    return Answer(status, f'{{"data":{json_text}{tail}'.encode())


def bare(data: Any, status: int = 200) -> Answer:
    """An answer without the envelope, of values that were made here."""
    return Answer(status, json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode())


def nothing(status: int = 204) -> Answer:
    """No body at all: 204, or 200 where the API answers an empty 200."""
    return Answer(status, b"")


def request_id_of(sent: str) -> str:
    """The id that the caller gave its request in `X-Request-Id`, or a new one."""
    return sent if REQUEST_ID.fullmatch(sent) else uuid4().hex


class Outgoing:
    """An answer on its way out, with the headers that all answers have in common."""

    __slots__ = ("_answer", "_request_id")

    def __init__(self, answer: Answer, request_id: str) -> None:
        self._answer = answer
        self._request_id = request_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive  # as every application takes them
        answer = self._answer
        headers = [(b"x-request-id", self._request_id.encode()), *ENCODED]
        own = {
            name.lower().encode(): value.encode("latin-1", "replace")
            for name, value in answer.headers.items()
        }
        if own:
            headers = [header for header in headers if header[0] not in own]
            headers.extend(own.items())
        if answer.status == 204:
            headers = [header for header in headers if header[0] != b"content-type"]
        else:
            headers.append((b"content-length", b"%d" % len(answer.body)))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body, "more_body": False})


def response(answer: Answer, request_id: str) -> Response[bytes]:
    """The same as an object of the framework, for what the framework itself refuses."""
    headers = {**COMMON_HEADERS, "x-request-id": request_id, **answer.headers}
    if answer.status == 204:
        headers.pop("content-type")
    return Response(
        answer.body, status_code=answer.status, headers=headers, media_type=headers.get("content-type")
    )
