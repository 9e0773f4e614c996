"""A person's lists are ranges of indexes, in the order of the index, however much the person ever did."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest

from stepwell.access.members import Member
from stepwell.http.call import Call, query_of
from stepwell.processes.queries import wanted_of
from stepwell.tasks import lists
from stepwell.tasks.filters import filters_of
from stepwell.tasks.lists import Scope
from tests.conftest import Client, House

NOTHING: Any = None


def plan(database: str, house: House, client: Client, query: str) -> str:
    """How the rows of `/me/tasks?query` are found when no table is scanned whole."""
    now = datetime.now(UTC)
    member = Member(house.id, client.user_id, "standard")
    call = Call(NOTHING, NOTHING, member, now, query_of(query.encode()))
    scope = Scope((lists.PERSONS,), {"person_id": client.user_id}, (), (), client.user_id)
    filters = filters_of(call, default_status="active")
    rows = lists.rows_of(call, scope, filters)
    statement = f"SELECT {rows.id} FROM {rows.source} WHERE {rows.conditions} ORDER BY {rows.order} LIMIT 10"
    wanted = {"organization_id": house.id, **wanted_of(member, now, ""), **filters.wanted, **scope.wanted}
    with psycopg.connect(database) as owner:
        owner.execute(
            "SELECT set_config('app.organization_id', %s, true)", [str(UUID(client.organization_id))]
        )
        owner.execute("SET LOCAL enable_seqscan = off")
        owner.execute("SET LOCAL enable_bitmapscan = off")
        found = owner.execute(f"EXPLAIN {statement}", wanted).fetchall()
    return "\n".join(line for (line,) in found)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("sort=deadline", "task_people_my_open"),
        ("sort=-deadline&status=active", "task_people_my_open"),
        ("status=all", "task_people_newest"),
        ("status=completed&sort=created_at", "task_people_newest"),
    ],
)
def test_it_is_read_in_the_order_of_an_index(database: str, house: House, query: str, index: str) -> None:
    found = plan(database, house, house.stan, query)
    assert index in found
    assert "Sort" not in found
    assert "tasks" not in found.replace("task_people", "")


def test_other_orders_read_the_tasks_of_that_person_only(database: str, house: House) -> None:
    found = plan(database, house, house.stan, "sort=title")
    assert "task_people" in found
    assert "Seq Scan" not in found
