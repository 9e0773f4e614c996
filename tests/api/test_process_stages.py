"""Milestones of a running process."""

from __future__ import annotations

from typing import Any

import pytest

from stepwell.processes.schemas import StageShape
from tests.api.drawn import draw, launched, reasons, step, tasks_by_title
from tests.conftest import Client
from tests.shapes import shaped

UNKNOWN = "0" * 32


@pytest.fixture
def run(database: str, ada: Client) -> str:
    template = draw(
        database,
        ada,
        step("Screen", stage_id="Before"),
        step("Offer", stage_id="After"),
        step("Loose"),
        stages=["Before", "After"],
    )
    return str(launched(ada, template)["id"])


def stages(client: Client, run: str) -> list[dict[str, Any]]:
    return list(client.data("GET", f"/runs/{run}/stages"))


def names(client: Client, run: str) -> list[str]:
    found = stages(client, run)
    assert [one["position"] for one in found] == list(range(1, len(found) + 1))
    return [one["name"] for one in found]


@pytest.mark.rule("T-106")
def test_milestones_are_listed_in_their_order(ada: Client, liv: Client, otto: Client, run: str) -> None:
    for one in stages(ada, run):
        shaped(StageShape, one)
    assert names(ada, run) == ["Before", "After"]
    assert liv.get(f"/runs/{run}/stages").status_code == 403
    assert otto.get(f"/runs/{run}/stages").status_code == 404


@pytest.mark.rule("P-382")
def test_a_milestone_is_complete_when_its_visible_tasks_are(ada: Client, run: str) -> None:
    task = tasks_by_title(ada, {"id": run})["Screen"]
    ada.data("POST", f"/runs/{run}/completed-tasks", json={"task_id": task["id"]})
    before, after = stages(ada, run)
    assert (before["tasks_count"], before["completed_count"], before["status"]) == (1, 1, "complete")
    assert (after["tasks_count"], after["completed_count"], after["status"]) == (1, 0, "active")


@pytest.mark.rule("P-382")
def test_milestones_are_added_last_or_at_a_position(ada: Client, run: str) -> None:
    made = shaped(StageShape, ada.data("POST", f"/runs/{run}/stages", 201, json={"name": "End"}))
    assert (made["name"], made["position"], made["tasks_count"], made["status"]) == ("End", 3, 0, "active")
    first = ada.data("POST", f"/runs/{run}/stages", 201, json={"title": "Start", "position": "1"})
    assert (first["name"], first["position"]) == ("Start", 1)
    ada.data("POST", f"/runs/{run}/stages", 201, json={"name": "Very end", "position": 99})
    assert names(ada, run) == ["Start", "Before", "After", "End", "Very end"]


@pytest.mark.rule("P-382")
def test_milestones_are_renamed_and_moved(ada: Client, run: str) -> None:
    before, after = stages(ada, run)
    path = f"/runs/{run}/stages"
    got = shaped(StageShape, ada.data("PUT", f"{path}/{after['id']}", json={"name": "First", "position": 1}))
    assert (got["name"], got["position"]) == ("First", 1)
    assert names(ada, run) == ["First", "Before"]
    assert ada.data("PATCH", f"{path}/{before['id']}", json={"position": 1})["name"] == "Before"
    assert ada.data("PUT", f"{path}/{before['id']}", json={})["position"] == 1
    assert names(ada, run) == ["Before", "First"]


@pytest.mark.rule("T-105", "P-382")
def test_the_tasks_of_a_removed_milestone_are_unmapped(ada: Client, run: str) -> None:
    before, _ = stages(ada, run)
    answer = ada.delete(f"/runs/{run}/stages/{before['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert names(ada, run) == ["After"]
    assert tasks_by_title(ada, {"id": run})["Screen"]["stage_id"] is None
    assert ada.delete(f"/runs/{run}/stages/{before['id']}").status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "n" * 251}, "name"),
        ({"name": 5}, "name"),
        ({"name": "x", "position": 0}, "position"),
        ({"name": "x", "position": "last"}, "position"),
    ],
)
def test_wrong_milestones_are_refused(ada: Client, run: str, body: dict[str, Any], field: str) -> None:
    assert list(reasons(ada, "POST", f"/runs/{run}/stages", json=body)) == [field]
    if body:
        stage = stages(ada, run)[0]["id"]
        assert list(reasons(ada, "PUT", f"/runs/{run}/stages/{stage}", json=body)) == [field]


def test_who_may_change_milestones(ada: Client, stan: Client, liv: Client, otto: Client, run: str) -> None:
    stage = stages(ada, run)[0]["id"]
    ada.data("PUT", f"/runs/{run}", json={"users": [liv.user_id]})
    calls = (
        ("POST", "", {"name": "x"}, 201),
        ("PUT", f"/{stage}", {"name": "x"}, 200),
        ("DELETE", f"/{stage}", None, 204),
    )
    for method, path, body, status in calls:
        for client, expected in ((liv, 403), (otto, 404), (stan, status)):
            answer = client.request(method, f"/runs/{run}/stages{path}", json=body)
            assert answer.status_code == expected, (method, expected)
    assert ada.put(f"/runs/{run}/stages/{UNKNOWN}", json={"name": "x"}).status_code == 404
    assert ada.post(f"/runs/{UNKNOWN}/stages", json={"name": "x"}).status_code == 404


@pytest.mark.rule("P-203")
def test_milestones_of_archived_processes_stay(ada: Client, run: str) -> None:
    ada.data("DELETE", f"/runs/{run}")
    answer = ada.post(f"/runs/{run}/stages", json={"name": "x"})
    assert (answer.status_code, answer.json()["message"]) == (422, "Cannot update archived processes.")
    assert names(ada, run) == ["Before", "After"]
