"""Real input for tests, kept beside the checkout, where a README says what it is: checklists and a permit log."""

from __future__ import annotations

import csv
import gzip
import json
from dataclasses import dataclass
from typing import Any

from tests.conftest import ROOT

DATA = ROOT.parent / "shared" / "data"
ONBOARDING = sorted((DATA / "onboarding").glob("*.json"))
CASES = 200


@dataclass(frozen=True)
class Event:
    """One line of the permit log: who completed what in which case."""

    case: str
    activity: str
    person: str
    at: str


def permit_events() -> tuple[list[str], list[Event]]:
    """All activities of the permit log, and the events of its first cases in the order they happened."""
    with gzip.open(DATA / "permit-receipt-events.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    cases = set(list(dict.fromkeys(row["case:concept:name"] for row in rows))[:CASES])
    events = [
        Event(row["case:concept:name"], row["concept:name"], row["org:resource"], row["time:timestamp"])
        for row in rows
        if row["case:concept:name"] in cases
    ]
    return sorted({row["concept:name"] for row in rows}), sorted(events, key=lambda event: event.at)


def checklist(path: Any) -> dict[str, Any]:
    """One onboarding checklist as it is."""
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found
