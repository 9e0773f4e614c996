"""Calling the API inside this process: the demo is filled through the same routes that everybody uses."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import urlsplit

from stepwell.app import Door
from stepwell.organizations.setup import SetupRefused


class DemoError(SetupRefused):
    """The demo could not be filled; the message says which request was refused, and why."""


@dataclass(slots=True)
class DemoClock:
    """The server's clock while the demo is filled: it is set back, so that processes have a past."""

    latest: datetime
    at: datetime

    def __call__(self) -> datetime:
        return self.at

    def set_back(self, days: float) -> None:
        self.at = self.latest - timedelta(days=days)

    def advance(self, hours: float) -> None:
        """Let time pass, but never beyond the present."""
        self.at = min(self.latest, self.at + timedelta(hours=hours))


class Api:
    """The API of one organization; each call is made with somebody's token."""

    def __init__(self, door: Door, organization_id: str) -> None:
        self._door = door
        self._prefix = f"/api/organizations/{organization_id}"

    async def __call__(self, token: str, method: str, path: str, body: object = None) -> Any:
        """The `data` of a successful answer (None without one). Raises DemoError for any other answer."""
        sent = b"" if body is None else json.dumps(body).encode()
        parts = urlsplit(self._prefix + path)
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": parts.path, "raw_path": parts.path.encode(), "query_string": parts.query.encode(),
            "root_path": "", "client": ("127.0.0.1", 0), "server": ("127.0.0.1", 80),
            "headers": [
                (b"authorization", f"Bearer {token}".encode()), (b"content-type", b"application/json"),
                (b"x-tallyfy-client", b"demo"),
            ],
        }  # fmt: skip
        messages: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": sent, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            messages.append(message)

        await self._door(scope, cast(Any, receive), cast(Any, send))
        answer = b"".join(message.get("body", b"") for message in messages)
        if not 200 <= messages[0]["status"] < 300:
            raise DemoError(f"{method} {path}: {messages[0]['status']} {answer.decode()}")
        return json.loads(answer).get("data") if answer else None
