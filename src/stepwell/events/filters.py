"""What the activity feed can be narrowed by."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from psycopg import sql

from stepwell.errors import invalid
from stepwell.http.call import Call
from stepwell.http.values import uuid_of

ORIGINS = frozenset({"checklist", "run", "step", "task"})
ACTORS = {"user": "user", "member": "user", "guest": "guest", "bot": "bot"}
SOURCES = {"member": "user", "guest": "guest", "bot": "bot"}
SHORTEST_SEARCH, LONGEST_SEARCH = 2, 100

IN_ZONE = """
    %({0})s::timestamp AT TIME ZONE (SELECT timezone FROM organizations WHERE organization_id = %(organization_id)s)
"""


@dataclass(slots=True)
class Filters:
    """Conditions on the alias `event` and their parameters; those in `range` bound what is read at all."""

    range: list[sql.SQL] = field(default_factory=list)
    conditions: list[sql.SQL] = field(default_factory=list)
    wanted: dict[str, Any] = field(default_factory=dict)

    def add(self, condition: str, **parameters: Any) -> None:
        self.conditions.append(sql.SQL(condition))
        self.wanted.update(parameters)


def filters_of(call: Call) -> Filters:
    """The conditions that the query string asks for. Raises Refused."""
    filters = Filters()
    _refuse_wrong(call)
    for parameter, column in (("verb", "verb"), ("type", "kind"), ("field", "field")):
        if words := [word.lower() for word in call.words(parameter)]:
            filters.add(f"lower(event.{column}) = ANY (%({parameter})s)", **{parameter: words})
    _add_actor(call, filters)
    _add_days(call, filters)
    if search := call.text("search"):
        filters.add("position(lower(%(search)s) in lower(event.description)) > 0", search=search)
    if origin := (call.text("origin_type") or "").lower():
        filters.add("lower(event.why -> 'origin' ->> 'type') = %(origin_type)s", origin_type=origin)
    if origin_id := call.text("origin_id"):
        found = uuid_of(origin_id)
        filters.add("event.why -> 'origin' ->> 'id' = %(origin_id)s", origin_id=found.hex if found else "")
    return filters


def _refuse_wrong(call: Call) -> None:
    reasons: dict[str, list[str]] = {}
    search, origin = call.text("search"), call.text("origin_type")
    if search is not None and not SHORTEST_SEARCH <= len(search) <= LONGEST_SEARCH:
        reasons["search"] = [f"The search must have {SHORTEST_SEARCH} to {LONGEST_SEARCH} characters."]
    if origin is not None and origin.lower() not in ORIGINS:
        reasons["origin_type"] = ["The selected origin type is invalid."]
    if origin is None and call.text("origin_id") is not None:
        reasons["origin_type"] = ["The origin type field is required."]
    if reasons:
        raise invalid(reasons)


def _add_actor(call: Call, filters: Filters) -> None:
    """An unknown type, number, address or source is nobody's, and nobody did anything."""
    if kind := call.text("actor_type"):
        filters.add(
            "event.actor_type = %(actor_type)s", actor_type=ACTORS.get(kind.rsplit("\\", 1)[-1].lower(), "")
        )
    if (actors := call.numbers_in("actor_id")) is not None:
        filters.add("event.actor_id = ANY (%(actor_id)s)", actor_id=actors)
    if email := call.text("actor_email"):
        filters.add(
            "event.actor_id = (SELECT id FROM people WHERE organization_id = %(organization_id)s"
            " AND email = lower(%(actor_email)s))",
            actor_email=email,
        )
    if source := call.text("source"):
        filters.add("event.actor_type = %(source)s", source=SOURCES.get(source.lower(), ""))


def _add_days(call: Call, filters: Filters) -> None:
    """Days of the organization's time zone, both included."""
    for name, condition, days in (("created_after", ">=", 0), ("created_before", "<", 1)):
        found = call.day(name)
        if found is not None:
            filters.range.append(sql.SQL(f"event.at {condition} ({IN_ZONE.format(name)})"))
            filters.wanted[name] = datetime.combine(found, time()) + timedelta(days=days)
