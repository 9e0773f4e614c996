"""The few ways to refuse. Whoever finds the reason raises; `stepwell.http.errors` turns it into the API's
body.
"""

from __future__ import annotations

from collections.abc import Mapping

from stepwell.engine.model import Refused

__all__ = [
    "Conflict",
    "Forbidden",
    "Malformed",
    "NotFound",
    "Refused",
    "TooMany",
    "Unauthenticated",
    "invalid",
    "refused",
]

INVALID = "The given data was invalid."


class Unauthenticated(Exception):
    """401: no token, or none that is valid."""


class Forbidden(Exception):
    """403: the caller may not do this. The message never sounds like a problem with signing in."""

    def __init__(
        self, message: str = "Your role does not allow this action.", code: str = "FORBIDDEN"
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.details: Mapping[str, object] = {}


class NotFound(Exception):
    """404: no such object in the caller's organization."""


class Conflict(Exception):
    """409: the request collides with another one."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class TooMany(Exception):
    """429: a limit is reached; `seconds` later there may be room again."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.message = message
        self.seconds = seconds


class Malformed(Exception):
    """400 (or another 4xx): the request cannot be read at all."""

    def __init__(self, message: str, code: str = "BAD_REQUEST", status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status


def invalid(reasons: Mapping[str, list[str]]) -> Refused:
    """422 for wrong fields, each with its messages under its dotted path."""
    return Refused(INVALID, reasons)


def refused(field: str, message: str) -> Refused:
    """422 for a rule of the product: the message is the refusal itself, and stands under a field as well."""
    return Refused(message, {field: [message]})
