"""One-off tasks for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.conftest import Client

NOBODY = {"users": [], "guests": [], "groups": []}


def in_days(days: float) -> str:
    """That many days from now, as clients write it."""
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def to(*people: Client, guests: tuple[str, ...] = (), groups: tuple[str, ...] = ()) -> dict[str, Any]:
    """Owners as clients write them."""
    return {"users": [one.user_id for one in people], "guests": list(guests), "groups": list(groups)}


def one_off(client: Client, title: str = "Order laptop", status: int = 201, **body: Any) -> dict[str, Any]:
    """A new one-off task of the client's, due in five days and assigned to nobody unless `body` says otherwise."""
    body = {"title": title, "deadline": in_days(5), "owners": NOBODY, **body}
    return dict(client.data("POST", "/tasks", status, json=body))


def log_of(client: Client, task: dict[str, Any]) -> list[tuple[str, str | None]]:
    """What happened to a task, oldest first: verb and field."""
    found = client.data("GET", f"/tasks/{task['id']}?with=activities")["activities"]["data"]
    return [(event["verb"][0], event["field"] and event["field"][0]) for event in reversed(found)]
