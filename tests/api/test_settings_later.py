"""Settings of the organization count for what is computed from now on, never for what stands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from stepwell.organizations.setup import enter
from tests.api.drawn import draw, launched, step, tasks_by_title
from tests.api.talk import completed
from tests.conftest import House, Server, make_house

CLOSED = {"is_working": False, "mode": "all"}
DAY = {"is_working": True, "mode": "fixed", "start": "09:00", "end": "17:00"}
WEDNESDAYS_ONLY = {
    **dict.fromkeys(("Monday", "Tuesday", "Thursday", "Friday", "Saturday", "Sunday"), CLOSED), "Wednesday": DAY,
}  # fmt: skip


@pytest.fixture
def own(database: str, server: Server) -> Iterator[House]:
    with make_house(database, server.origin, "Moving") as made:
        yield made


def settle_elsewhere(database: str, house: House) -> None:
    """Another zone, another working week, another default deadline."""
    with psycopg.connect(database) as owner:
        enter(owner, house.id)
        owner.execute(
            "UPDATE organizations SET timezone = 'Asia/Tokyo', working_days = %s, default_deadline = %s"
            " WHERE organization_id = %s",
            [Jsonb(WEDNESDAYS_ONLY), Jsonb({"type": "hours", "value": 1}), house.id],
        )


@pytest.mark.rule("P-487", "T-130", "G-030")
def test_a_change_of_them_moves_no_deadline_that_is_known(database: str, own: House) -> None:
    ada = own.ada
    template = draw(database, ada, step("A"), step("B"), step("Held"))
    with psycopg.connect(database) as owner:
        enter(owner, own.id)
        owner.execute(
            "UPDATE template_steps SET deadline = %s WHERE organization_id = %s AND id = %s",
            [Jsonb({"value": 1, "unit": "days", "option": "from", "step": template.steps["A"]}), own.id,
             template.steps["Held"]],
        )  # fmt: skip
    process = launched(ada, template)
    before = tasks_by_title(ada, process)
    settle_elsewhere(database, own)
    completed(ada, before["A"])
    ada.data("PUT", f"/tasks/{before['B']['id']}", json={"title": "B too"})
    after = tasks_by_title(ada, process)
    assert (after["A"]["deadline"], after["B too"]["deadline"]) == (
        before["A"]["deadline"],
        before["B"]["deadline"],
    )
    assert before["Held"]["deadline"] is None
    assert in_office_hours(after["Held"])
    assert all(
        in_office_hours(one)
        for one in tasks_by_title(ada, launched(ada, template)).values()
        if one["deadline"]
    )


def in_office_hours(task: dict[str, Any]) -> bool:
    """On a Wednesday from nine to five in Tokyo, which is at night in UTC."""
    moment = datetime.fromisoformat(task["deadline"])
    return moment.weekday() == 2 and 0 <= moment.hour <= 8


@pytest.mark.rule("P-474", "T-125")
def test_the_default_deadline_is_that_of_the_day_of_the_launch(database: str, own: House) -> None:
    with psycopg.connect(database) as owner:
        enter(owner, own.id)
        owner.execute(
            "UPDATE organizations SET default_deadline = %s WHERE organization_id = %s",
            [Jsonb({"type": "minutes", "value": 30}), own.id],
        )
    process = launched(own.ada, draw(database, own.ada, step("A")))
    due = datetime.fromisoformat(tasks_by_title(own.ada, process)["A"]["deadline"])
    started = datetime.fromisoformat(process["created_at"])
    assert (due - started).total_seconds() == pytest.approx(1800, abs=1)
