"""The ids of answers' places (`value_id`): nothing is stored, so every field of every form has one from the start.

Sixteen bytes: a letter (t for a task, k for a kick-off form), the number of the task or process, the place of the
field in the form, and a check that is keyed by the organization. The database makes them (`value_id` in the
migrations), here they are read; both must agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from stepwell.http.values import uuid_of

TASK, KICKOFF = "t", "k"
CHECKED = 8  # bytes before the check, which is as long


@dataclass(frozen=True, slots=True)
class ValuePlace:
    """A field of a form: which task or process, and the field's place there, counted from 1."""

    letter: str
    number: int
    place: int


def value_id(organization_id: UUID, where: ValuePlace) -> str:
    """The id as the API has it."""
    stem = where.letter.encode() + where.number.to_bytes(5, "big") + where.place.to_bytes(2, "big")
    return (stem + _check(organization_id, stem)).hex()


def place_of(organization_id: UUID, text: str) -> ValuePlace | None:
    """The place that an id means; None when it is no id of an answer in this organization."""
    found = uuid_of(text)
    if found is None:
        return None
    stem, check = found.bytes[:CHECKED], found.bytes[CHECKED:]
    if stem[:1] not in (b"t", b"k") or check != _check(organization_id, stem):
        return None
    return ValuePlace(stem[:1].decode(), int.from_bytes(stem[1:6], "big"), int.from_bytes(stem[6:8], "big"))


def _check(organization_id: UUID, stem: bytes) -> bytes:
    return sha256(organization_id.bytes + stem).digest()[:CHECKED]
