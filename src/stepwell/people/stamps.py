"""Instants in a person's profile, kept as the API has them."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp_of(at: datetime) -> str:
    """An instant to the millisecond, as objects of the organization show it."""
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
