"""Deadlines that people set: moved to working time, fixed from then on, and followed by others."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.types.json import Jsonb

from stepwell.organizations.setup import enter
from tests.api.drawn import draw, launched, step, tasks_by_title
from tests.api.oneoffs import one_off
from tests.conftest import House, Server, make_house

OFFICE = {"is_working": True, "mode": "fixed", "start": "09:00", "end": "17:00"}
CLOSED = {"is_working": False, "mode": "all"}


@pytest.fixture
def office(database: str, server: Server) -> Iterator[House]:
    """An organization that works from Monday to Friday, nine to five, in Berlin."""
    with make_house(database, server.origin, "Pied") as made:
        week = dict.fromkeys(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"), OFFICE)
        with psycopg.connect(database) as owner:
            enter(owner, made.id)
            owner.execute(
                "UPDATE organizations SET timezone = 'Europe/Berlin', working_days = %s WHERE organization_id = %s",
                [Jsonb({**week, "Saturday": CLOSED, "Sunday": CLOSED}), made.id],
            )
        yield made


@pytest.mark.rule("P-475")
@pytest.mark.parametrize(
    ("sent", "kept"),
    [("2030-07-03T10:00:00Z", "2030-07-03T10:00:00Z"),  # a Wednesday at noon in Berlin
     ("2030-07-03T05:00:00Z", "2030-07-03T07:00:00Z"),  # before nine
     ("2030-07-05T16:00:00Z", "2030-07-08T07:00:00Z"),  # Friday evening
     ("2030-07-06", "2030-07-08T07:00:00Z")],  # a Saturday
)  # fmt: skip
def test_they_are_moved_forward_to_working_time(office: House, sent: str, kept: str) -> None:
    task = one_off(office.ada, deadline=sent)
    assert task["deadline"] == kept
    assert office.ada.data("PUT", f"/tasks/{task['id']}", json={"deadline": sent})["deadline"] == kept
    started = office.ada.data("PUT", f"/tasks/{task['id']}", json={"started_at": sent})["started_at"]
    assert started == (kept if "T" in sent else "2030-07-08T07:00:00Z")


@pytest.mark.rule("P-483", "P-485")
def test_what_counts_back_from_it_follows_and_it_is_fixed(database: str, office: House) -> None:
    template = draw(database, office.ada, step("Base"), step("Before"))
    with psycopg.connect(database) as owner:
        enter(owner, office.id)
        owner.execute(
            "UPDATE template_steps SET deadline = %s WHERE organization_id = %s AND id = %s",
            [Jsonb({"value": 1, "unit": "days", "option": "prior_to", "step": template.steps["Base"]}), office.id,
             template.steps["Before"]],
        )  # fmt: skip
    process = launched(office.ada, template)
    tasks = tasks_by_title(office.ada, process)
    office.ada.data("PUT", f"/tasks/{tasks['Base']['id']}", json={"deadline": "2030-07-04T10:00:00Z"})
    assert tasks_by_title(office.ada, process)["Before"]["deadline"] == "2030-07-03T10:00:00Z"
    office.ada.data("PUT", f"/tasks/{tasks['Before']['id']}", json={"deadline": "2030-07-01T10:00:00Z"})
    office.ada.data("PUT", f"/tasks/{tasks['Base']['id']}", json={"deadline": "2030-07-10T10:00:00Z"})
    assert tasks_by_title(office.ada, process)["Before"]["deadline"] == "2030-07-01T10:00:00Z"
    assert office.ada.data("GET", f"/runs/{process['id']}")["max_task_deadline"] == "2030-07-10T10:00:00Z"


@pytest.mark.rule("P-470", "P-488")
def test_a_start_is_advice_only(office: House) -> None:
    task = one_off(office.ada, started_at="2031-07-07T10:00:00Z")
    assert (task["started_at"], task["is_completable"]) == ("2031-07-07T10:00:00Z", True)
    assert office.ada.data("POST", "/completed-tasks", json={"task_id": task["id"]})["status"] == "completed"
