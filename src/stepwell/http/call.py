"""One request as routes see it: who calls, what the query string asks for, and how to answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast
from urllib.parse import parse_qsl
from uuid import UUID

from litestar import Request

from stepwell.access.members import Member
from stepwell.db.ids import Numbers
from stepwell.db.pool import Database
from stepwell.errors import refused
from stepwell.http.answers import Answer
from stepwell.http.paging import Page, Window, asked_order, meta_of, window_of
from stepwell.http.values import day, truth, uuid_of, whole_number
from stepwell.services import Services

Query = dict[str, list[str]]


def query_of(query_string: bytes) -> Query:
    """The query parameters; `key[]` is `key`, and characters that no text column holds are dropped."""
    query: Query = {}
    for name, value in parse_qsl(query_string.decode("latin-1"), keep_blank_values=True, errors="replace"):
        query.setdefault(name.removesuffix("[]"), []).append(value.replace("\x00", ""))
    return query


@dataclass(slots=True)
class Call:
    """A request of a member. `now` is when it arrived; commands read the clock again, after their lock."""

    request: Request[Any, Any, Any]
    services: Services
    member: Member
    now: datetime
    query: Query = field(default_factory=dict)
    body: Any = None

    @property
    def db(self) -> Database:
        return self.services.db

    @property
    def numbers(self) -> Numbers:
        return self.services.numbers

    @property
    def includes(self) -> frozenset[str]:
        """The names in `with=`; hyphens and underscores are equal, a dotted name includes its first part."""
        names = {name.replace("-", "_") for name in self.words("with")}
        return frozenset(names | {name.split(".")[0] for name in names})

    @property
    def client(self) -> str:
        """What the caller says it is (`X-Tallyfy-Client`); empty when it says nothing."""
        return self.request.headers.get("x-tallyfy-client", "").strip()

    @property
    def origin(self) -> str:
        """Scheme and host that the caller used, for absolute links."""
        scheme = self.request.headers.get("x-forwarded-proto", self.request.scope["scheme"]).split(",")[0]
        return f"{scheme}://{self.request.headers.get('host', 'localhost')}"

    def text(self, *names: str) -> str | None:
        """The last non-blank value under one of these names."""
        values = [value.strip() for name in names for value in self.query.get(name, []) if value.strip()]
        return values[-1] if values else None

    def words(self, *names: str) -> list[str]:
        """All values under these names; comma-separated ones are split."""
        values = [value for name in names for value in self.query.get(name, [])]
        return [word.strip() for value in values for word in value.split(",") if word.strip()][:1000]

    def flag(self, *names: str) -> bool | None:
        """A boolean; None when it is absent or none."""
        return truth(self.text(*names) or "")

    def numbers_in(self, *names: str) -> list[int] | None:
        """Whole numbers, or None when the parameter is absent; what is no number can match nothing."""
        words = self.words(*names)
        return [number for word in words if (number := whole_number(word)) is not None] if words else None

    def ids_in(self, *names: str) -> list[UUID] | None:
        """Ids, or None when the parameter is absent; what is no id can match nothing."""
        words = self.words(*names)
        return [found for word in words if (found := uuid_of(word)) is not None] if words else None

    def day(self, name: str) -> date | None:
        """A calendar day. Raises Refused when it is none."""
        value = self.text(name)
        found = day(value[:10]) if value else None
        if value and found is None:
            raise refused(name, f"The {name.replace('_', ' ')} is not a valid date.")
        return found

    def window(self, default: int = 10, most: int = 100) -> Window:
        return window_of(self.query, default, most)

    def order(self) -> list[str]:
        """The names of the order wanted, for `Sorting.clause`."""
        return asked_order(self.query)

    def listing(self, page: Page, window: Window) -> Answer:
        """One page of a list in its envelope."""
        path = cast(Mapping[str, Any], self.request.scope).get("stepwell.path", self.request.scope["path"])
        address = f"{self.origin}{path}"
        meta = meta_of(page, window, address, self.query)
        return Answer(200, f'{{"data":{page.items},"meta":{meta}}}'.encode())
