"""The kick-off form, written as a whole with its template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stepwell.templates.drafts import Draft
from stepwell.templates.forms import form_of, replace_form


async def sync_kickoff(draft: Draft, entries: Sequence[Any] | Mapping[str, Any] | None) -> None:
    """Make `entries` the kick-off form (T-054).

    Also in the legacy form, an object of fields whose `name` is the label. Raises Refused with every wrong
    entry under `prerun`, and Forbidden when a rule uses a field that is not listed.
    """
    await replace_form(await form_of(draft, None), listed(entries), "prerun")


def listed(entries: Sequence[Any] | Mapping[str, Any] | None) -> Sequence[Any]:
    """The entries of a form in any of the forms that clients send."""
    if not isinstance(entries, Mapping):
        return entries or []
    wrapped = entries.get("data")
    if isinstance(wrapped, list):
        return wrapped
    return [_labelled(entry) for entry in entries.values()]


def _labelled(entry: Any) -> Any:
    if isinstance(entry, Mapping) and "label" not in entry:
        return {**entry, "label": entry.get("name")}
    return entry
