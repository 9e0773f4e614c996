"""Statements with named parameters, turned once into the numbered form that the server takes."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from psycopg import sql

Query = str | sql.SQL | sql.Composed
PARAMETER = re.compile(r"%\((\w+)\)s|%(%)|%")


class Statement(NamedTuple):
    """The text with $1, $2 ..., and the name of the parameter that stands for each."""

    text: bytes
    names: tuple[str, ...]


def statement_of(query: Query) -> Statement:
    """The statement of a query written with `%(name)s`; a literal percent sign is written twice."""
    return _numbered(query if isinstance(query, str) else query.as_string(None))


@lru_cache(maxsize=2000)
def _numbered(text: str) -> Statement:
    names: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        name, percent = found.groups()
        if percent:
            return "%"
        if name is None:
            raise ValueError(f"A lone percent sign at {found.start()} of: {text[:80]}")
        return f"${names.setdefault(name, len(names) + 1)}"

    numbered = PARAMETER.sub(number, text)
    return Statement(numbered.encode(), tuple(names))
