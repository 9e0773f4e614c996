"""The secrets that a test run has seen, and whether a server wrote one of them into its log."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg

SEEN: set[str] = set()
"""Passwords, tokens and codes that were sent or answered; tests that sign in by other means add theirs."""

SECRET_KEYS = re.compile(r"password|secret|token|guest_code|verification")
TOKENS = re.compile(r"sw_[\w-]{30,}|eyJ[\w-]{10,}\.[\w-]{10,}\.|\$argon2|[Bb]earer +\S{20,}")
KEPT = """
    SELECT encode(hash, 'hex') FROM identity.tokens
    UNION SELECT password_hash FROM identity.users WHERE password_hash IS NOT NULL
"""
KEPT_BY_TENANTS = """
    SELECT guest_code FROM people WHERE guest_code IS NOT NULL
    UNION SELECT public_token FROM processes WHERE public_token IS NOT NULL
"""


def remember_request(request: httpx.Request) -> None:
    """For a client's event hooks: note what a body holds under a key that sounds like a secret."""
    if request.headers.get("content-type", "").startswith("application/json"):
        _remember(request.content)


def remember_answer(response: httpx.Response) -> None:
    """For a client's event hooks: note the secrets in an answer."""
    if response.headers.get("content-type", "").startswith("application/json"):
        _remember(response.read())


def _remember(content: bytes) -> None:
    if SECRET_KEYS.search(content.decode("utf-8", "replace")):
        try:
            SEEN.update(_secrets_in(json.loads(content)))
        except (ValueError, RecursionError):
            return  # what is no JSON has no keys


def _secrets_in(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _secrets_in(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _secrets_in(inner, key)
    elif isinstance(value, str) and len(value) >= 8 and SECRET_KEYS.search(key):
        yield value


def assert_nothing_written(log: Path, database: str) -> None:
    """Fails when a log of a stopped server holds a secret, or a fault that it did not expect."""
    text = log.read_text(errors="replace")
    written = [secret for secret in SEEN | _kept(database) if secret in text]
    assert written == [], f"{log} holds secrets"
    assert TOKENS.search(text) is None, f"{log} holds a token"
    assert "Traceback (most recent call last)" not in text, text[text.index("Traceback") - 300 :][:6000]


def _kept(database: str) -> set[str]:
    with psycopg.connect(database) as owner:
        found = {str(secret) for (secret,) in owner.execute(KEPT)}
        for (organization_id,) in owner.execute("SELECT id FROM identity.organizations").fetchall():
            owner.execute("SELECT set_config('app.organization_id', %s, true)", [str(organization_id)])
            found.update(str(secret) for (secret,) in owner.execute(KEPT_BY_TENANTS))
    return found
