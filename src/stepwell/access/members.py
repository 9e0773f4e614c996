"""Who calls: tokens, and what a member may do by role alone."""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from stepwell.db.ids import GLOBAL
from stepwell.db.pool import AUTHENTICATE, Database, values_of
from stepwell.errors import Forbidden, Unauthenticated

ADMIN, STANDARD, LIGHT = "admin", "standard", "light"
EVERY_ROLE = frozenset({ADMIN, STANDARD, LIGHT})
FULL_MEMBERS = frozenset({ADMIN, STANDARD})
ADMINS = frozenset({ADMIN})
REMEMBERED = 10_000  # callers whose last role is kept as a guess


@dataclass(frozen=True, slots=True)
class Member:
    """The member on whose behalf a request runs. `token_hash` None: a job or the command line."""

    organization_id: UUID
    user_id: int
    role: str
    token_hash: bytes | None = None

    @property
    def is_admin(self) -> bool:
        return self.role == ADMIN

    @property
    def is_full(self) -> bool:
        """Admin or standard: whom a grant to "everyone" covers."""
        return self.role in FULL_MEMBERS

    @property
    def is_light(self) -> bool:
        return self.role == LIGHT


def require_role(member: Member, allowed: frozenset[str]) -> None:
    """Raises Forbidden unless the member's role is one of those allowed."""
    if member.role not in allowed:
        raise Forbidden


def new_token() -> str:
    """A fresh personal access token; only its hash is ever stored."""
    return "sw_" + secrets.token_urlsafe(32)


def hash_of(token: str) -> bytes:
    """What is stored of a token. It is random, so one round of SHA-256 is enough."""
    return hashlib.sha256(token.encode()).digest()


class Callers:
    """Finds the member behind a token.

    The last answer is kept only as a guess that saves a round trip: each transaction has the token checked
    again
    by the database, and what was guessed wrong is done anew (`CallerChanged`). So nothing about rights is
    cached.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._guesses: OrderedDict[tuple[bytes, UUID], Member] = OrderedDict()
        self._used: set[bytes] = set()

    async def member(self, token_hash: bytes, organization_id: UUID) -> Member:
        """The member, maybe guessed. Raises Unauthenticated or Forbidden (not a member of the
        organization).
        """
        self._used.add(token_hash)
        guess = self._guesses.get((token_hash, organization_id))
        return guess or await self.checked_member(token_hash, organization_id)

    async def checked_member(self, token_hash: bytes, organization_id: UUID) -> Member:
        """The member as the database knows it now. Raises as `member` does."""
        user_id, role = await self._authenticate(token_hash, organization_id)
        if role is None:
            raise Forbidden("You are not a member of this organization.", "ORG_FORBIDDEN")
        member = Member(organization_id, user_id, role, token_hash)
        self._guesses[token_hash, organization_id] = member
        if len(self._guesses) > REMEMBERED:
            self._guesses.popitem(last=False)
        return member

    async def user(self, token_hash: bytes) -> int:
        """The id of the user behind a token, of whatever organization. Raises Unauthenticated."""
        self._used.add(token_hash)
        return (await self._authenticate(token_hash, GLOBAL))[0]

    async def _authenticate(self, token_hash: bytes, organization_id: UUID) -> tuple[int, str | None]:
        async with self._db.connection() as connection:
            wanted = {"token_hash": token_hash, "organization_id": organization_id}
            cursor = await connection.execute(AUTHENTICATE.text, values_of(AUTHENTICATE, wanted))
            row = await cursor.fetchone()
        if row is None:
            self._guesses.pop((token_hash, organization_id), None)
            raise Unauthenticated
        return row[0], row[1]

    def forget(self, member: Member) -> None:
        """Guess no more that this token belongs to this member."""
        if member.token_hash is not None:
            self._guesses.pop((member.token_hash, member.organization_id), None)

    async def note_use(self, at: datetime) -> None:
        """Write down that the tokens used since the last call were used."""
        used, self._used = self._used, set()
        if used:
            async with self._db.connection() as connection:
                await connection.execute("SELECT identity.note_token_use($1, $2)", [list(used), at])
