"""Bodies that save answers one at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Self

from stepwell.errors import Refused, invalid
from stepwell.http.body import Body
from stepwell.http.values import Identifier

MOST_ANSWERS = 500


class SaveValue(Body):
    """PUT /form-field/value. `id` is a `value_id`, or a field's id, then maybe with the task or the process."""

    verbatim: ClassVar[frozenset[str]] = frozenset({"form_value"})

    id: Identifier
    form_value: Any = None
    task_id: Identifier | None = None
    run_id: Identifier | None = None

    @classmethod
    def read(cls, data: Any) -> Self:
        """The checked body; the answer itself must have been sent, for null clears it."""
        missing = {"form_value": ["The form value field is required."]}
        sent = isinstance(data, dict) and "form_value" in data
        try:
            read = super().read(data)
        except Refused as refusal:
            raise invalid({**refusal.reasons, **({} if sent else missing)}) from None
        if not sent:
            raise invalid(missing)
        return read


class SaveOneAnswer(Body):
    """PUT .../captures/{field}: the bare value."""

    verbatim: ClassVar[frozenset[str]] = frozenset({"value"})

    value: Any = None


class SaveAnswers(Body):
    """POST .../captures: one answer, a list of them, or an object keyed by the fields' ids."""

    answers: dict[str, Any]
    single: bool = True

    @classmethod
    def read(cls, data: Any) -> Self:
        if isinstance(data, list):
            return cls(answers=dict(_pairs(data)), single=False)
        if isinstance(data, dict) and ("id" in data or "value" in data or not data):
            return cls(answers=dict(_pairs([data])))
        if isinstance(data, dict):
            return cls(answers=data, single=False)
        return super().read(data)


def _pairs(entries: list[Any]) -> Iterable[tuple[str, Any]]:
    """Each entry's field and answer. Raises Refused with all that is missing."""
    reasons: dict[str, list[str]] = {}
    pairs = []
    for index, entry in enumerate(entries[: MOST_ANSWERS + 1]):
        prefix = f"{index}." if len(entries) > 1 else ""
        key = entry.get("id") if isinstance(entry, dict) else None
        if not isinstance(key, str) or not key.strip():
            reasons[f"{prefix}id"] = ["The id field is required."]
        elif "value" not in entry:
            reasons[f"{prefix}value"] = ["The value field is required."]
        else:
            pairs.append((key.strip(), entry["value"]))
    if len(entries) > MOST_ANSWERS:
        reasons["id"] = [f"No more than {MOST_ANSWERS} answers can be saved at once."]
    if reasons:
        raise invalid(reasons)
    return pairs
