"""Every refusal as the API's body, in one place. What is no refusal is a bug: logged once, shown to nobody."""

from __future__ import annotations

import json
import logging
from typing import Any

import psycopg
from psycopg_pool import PoolTimeout

from stepwell.errors import Conflict, Forbidden, Malformed, NotFound, Refused, TooMany, Unauthenticated
from stepwell.http.answers import Answer

log = logging.getLogger("stepwell.http")


def error_answer(error: BaseException, request_id: str) -> Answer:
    """The answer to a request that raised `error`."""
    match error:
        case Refused():
            reasons = error.reasons or {"status": [error.message]}
            return _body(422, error.message, "VALIDATION_FAILED", errors=reasons)
        case Malformed():
            return _body(error.status, error.message, error.code)
        case Unauthenticated():
            return _body(401, "Unauthenticated.", "UNAUTHENTICATED", {"www-authenticate": "Bearer"})
        case Forbidden():
            return _body(403, error.message, error.code, None, **error.details)
        case NotFound():
            return _body(404, "Resource not found", "RESOURCE_NOT_FOUND")
        case TooMany():
            retry = {"retry-after": str(error.seconds)}
            return _body(429, error.message, "RATE_LIMIT_EXCEEDED", retry)
        case Conflict():
            return _body(409, error.message, "CONFLICT")
        case _:
            return _from_database(error, request_id)


def _from_database(error: BaseException, request_id: str) -> Answer:
    """Races that constraints caught, and overload; anything else is a bug."""
    match error:
        case psycopg.errors.UniqueViolation() | psycopg.errors.ForeignKeyViolation():
            log.warning("request %s lost a race: %s", request_id, error.diag.constraint_name)
            return _body(409, "Somebody else changed this at the same moment. Please try again.", "CONFLICT")
        case psycopg.errors.DataError():
            log.error(
                "request %s: a value passed validation that no column can hold", request_id, exc_info=error
            )
            return _body(
                422,
                "A value cannot be stored.",
                "VALIDATION_FAILED",
                errors={"body": ["A value cannot be stored."]},
            )
        case (
            psycopg.errors.SerializationFailure()
            | psycopg.errors.DeadlockDetected()
            | psycopg.errors.LockNotAvailable()
        ):
            return unavailable()
        case psycopg.errors.QueryCanceled() | PoolTimeout() | psycopg.OperationalError():
            log.error("request %s: the database did not answer in time: %s", request_id, type(error).__name__)
            return unavailable()
        case _:
            log.error("request %s failed", request_id, exc_info=error)
            return _body(500, "Server error", "SERVER_ERROR")


def unavailable() -> Answer:
    """503: stopping, starting or overloaded; nothing was done."""
    return _body(503, "Service unavailable", "SERVICE_UNAVAILABLE", {"retry-after": "1"})


def no_such_endpoint() -> Answer:
    return _body(404, "API endpoint not found", "ENDPOINT_NOT_FOUND")


def method_not_allowed(allowed: list[str]) -> Answer:
    return _body(405, "Method not allowed", "METHOD_NOT_ALLOWED", {"allow": ", ".join(sorted(allowed))})


def _body(status: int, message: str, code: str, headers: dict[str, str] | None = None, **more: Any) -> Answer:
    content = {"error": True, "message": message, **more, "code": code}
    return Answer(status, json.dumps(content, ensure_ascii=False).encode(), headers or {})
