"""Whether an answer is what the documented shape says: every key there, every value of its type."""

from __future__ import annotations

from typing import Any, TypeVar

from stepwell.http.shapes import Shape

Kind = TypeVar("Kind", bound=Shape)


def shaped(shape: type[Shape], data: dict[str, Any], *includes: str) -> dict[str, Any]:
    """`data`, after checking that it has exactly the keys of `shape`, and of these includes, with valid values."""
    assert isinstance(data, dict), data
    shape.model_validate(data, strict=True)
    expected = set(shape.model_fields) | set(includes)
    assert set(data) == expected, f"missing {expected - set(data)}, unexpected {set(data) - expected}"
    return data
