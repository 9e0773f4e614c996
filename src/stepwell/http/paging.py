"""Paging and sorting of every list: odd values get the bounded default, never an error."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from psycopg import sql

from stepwell.errors import refused
from stepwell.http.values import truth, whole_number

MOST_ROWS = 10_000  # of a list that is asked for without pages
FARTHEST = 10**9  # rows to skip; nothing is that long


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list is wanted. `all_rows`: everything on one page, up to MOST_ROWS."""

    page: int
    per_page: int
    all_rows: bool = False

    @property
    def limit(self) -> int:
        """Rows to read; one more than MOST_ROWS shows that there are too many."""
        return MOST_ROWS + 1 if self.all_rows else self.per_page

    @property
    def offset(self) -> int:
        return 0 if self.all_rows else min((self.page - 1) * self.per_page, FARTHEST)


EVERYTHING = Window(1, MOST_ROWS, all_rows=True)


@dataclass(frozen=True, slots=True)
class Page:
    """What a list query answers: how many rows there are in all, and the wanted ones as JSON text."""

    total: int
    items: str
    count: int
    extra: str = ""  # more members of `meta`, as JSON text that starts with a comma


def window_of(query: Mapping[str, Sequence[str]], default: int = 10, most: int = 100) -> Window:
    """The window that a query string asks for: `page`, `per_page` or `limit`, `without_pagination`."""

    def last(name: str) -> str:
        return query[name][-1] if name in query else ""

    size = whole_number(last("per_page"))
    if "per_page" not in query:
        size = whole_number(last("limit"))
    page = whole_number(last("page")) or 1
    per_page = default if size is None or size < 1 else min(size, most)
    everything = truth(last("without_pagination")) is True or truth(last("pagination")) is False
    return Window(max(page, 1), per_page, everything)


def meta_of(page: Page, window: Window, address: str, query: Mapping[str, Sequence[str]]) -> str:
    """The `meta` object of a list as JSON text. `address` is the absolute URL without its query string."""
    if window.all_rows and page.total > MOST_ROWS:
        raise refused("without_pagination", f"More than {MOST_ROWS} rows: read this list page by page.")
    per_page = max(page.total, 1) if window.all_rows else window.per_page
    current = 1 if window.all_rows else window.page
    pages = max(1, -(-page.total // per_page))
    links: dict[str, str] = {}
    if current > 1:
        links["previous"] = links["prev"] = _link(address, query, current - 1)
    if current < pages:
        links["next"] = _link(address, query, current + 1)
    return (
        f'{{"pagination":{{"total":{page.total},"count":{page.count},"per_page":{per_page},'
        f'"current_page":{current},"total_pages":{pages},"has_more_pages":{"true" if current < pages else "false"},'
        f'"links":{json.dumps(links)}}}{page.extra}}}'
    )


def _link(address: str, query: Mapping[str, Sequence[str]], page: int) -> str:
    pairs = [(name, value) for name, values in query.items() if name != "page" for value in values]
    return f"{address}?{urlencode([*pairs, ('page', str(page))])}"


@dataclass(frozen=True, slots=True)
class Sorting:
    """The order of one list: column expressions by the names that clients use, `id` as the tie-breaker.

    `orders` maps a name to its expressions, each with ASC; a leading `-` in the request turns all of them
    round.
    """

    orders: Mapping[str, tuple[str, ...]]
    default: str
    tie_breaker: str

    def clause(self, *asked: str) -> sql.Composed:
        """ORDER BY's content for the first name that is known; `-name` descends."""
        for name in (*asked, self.default):
            if name.lstrip("-") in self.orders:
                return self._composed(name)
        return self._composed(self.default)

    def _composed(self, name: str) -> sql.Composed:
        direction = " DESC" if name.startswith("-") else " ASC"
        columns = [*self.orders[name.lstrip("-")], self.tie_breaker]
        return sql.SQL(", ").join(sql.SQL(column + direction) for column in columns)


def asked_order(query: Mapping[str, Sequence[str]]) -> list[str]:
    """The names of the order wanted: `sort_by` before `sort`, which may be a direction only."""
    by = query["sort_by"][-1] if query.get("sort_by") else ""
    sort = query["sort"][-1] if query.get("sort") else ""
    if by and sort in ("asc", "desc"):
        return ["-" + by.lstrip("-") if sort == "desc" else by.lstrip("-")]
    return [name for name in (by, sort) if name]
