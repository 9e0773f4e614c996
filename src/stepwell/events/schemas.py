"""The documented shape of the activity feed."""

from __future__ import annotations

from typing import Any

from stepwell.http.shapes import Hex, Instant, Shape


class ActivityShape(Shape):
    """Something that happened. The lists hold one entry, for clients that merge near-simultaneous rows."""

    id: int
    organization_id: Hex
    verb: list[str]
    source: list[str]
    actor_type: list[str]
    actor_id: list[int]
    actor: list[dict[str, Any]]
    auditable_type: str
    auditable_id: Hex
    parentable_type: str | None
    parentable_id: Hex | None
    type: list[str]
    description: list[str]
    field: list[str] | None
    old_value: list[Any] | None
    text: list[Any] | None
    references: list[Any] | None
    created_at: Instant
    undoable: bool
    audit: dict[str, Any]
    parent: dict[str, Any]
    audit_state: dict[str, Any] | None
    parent_state: dict[str, Any] | None
    origin: dict[str, Any] | None
