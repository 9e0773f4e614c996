"""What a process says of itself: its status, its progress, when it last changed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api.drawn import Drawn, asks, draw, launched, reasons, shows, step, tasks_by_title
from tests.conftest import Client


def complete(client: Client, run: dict[str, Any], title: str) -> None:
    task = tasks_by_title(client, run)[title]["id"]
    client.data("POST", f"/runs/{run['id']}/completed-tasks", json={"task_id": task})


def status(client: Client, run: dict[str, Any]) -> str:
    return str(client.data("GET", f"/runs/{run['id']}")["status"])


@pytest.mark.rule("P-002", "P-003")
def test_the_first_status_that_holds_wins(database: str, ada: Client) -> None:
    run = launched(ada, draw(database, ada, step("Call"), step("Visit")))
    assert status(ada, run) == "active"
    task = tasks_by_title(ada, run)["Call"]["id"]
    ada.post(f"/tasks/{task}/problem", json={"content": "Broken"})
    assert status(ada, run) == "problem"
    ada.post(f"/runs/{run['id']}/problem", json={"content": "Broken"})
    got = ada.data("GET", f"/runs/{run['id']}")
    assert (got["status"], got["has_open_issue"]) == ("issue", True)
    ada.data("DELETE", f"/runs/{run['id']}")
    assert status(ada, run) == "archived"
    assert ada.data("PUT", f"/runs/{run['id']}/activate")["status"] == "issue"


@pytest.mark.rule("P-002")
def test_a_status_is_never_set(database: str, ada: Client) -> None:
    run = launched(ada, draw(database, ada, step("Call")), status="complete")
    assert ada.data("PUT", f"/runs/{run['id']}", json={"status": "complete"})["status"] == "active"


@pytest.mark.rule("P-005", "P-006", "P-007")
def test_a_process_is_complete_when_nothing_is_open_and_only_then(database: str, ada: Client) -> None:
    run = launched(ada, draw(database, ada, step("Call"), step("Visit")))
    complete(ada, run, "Call")
    assert status(ada, run) == "active"
    complete(ada, run, "Visit")
    done = ada.data("GET", f"/runs/{run['id']}")
    assert (done["status"], done["completed_at"] is None) == ("complete", False)
    task = tasks_by_title(ada, run)["Visit"]["id"]
    ada.data("DELETE", f"/runs/{run['id']}/completed-tasks/{task}")
    again = ada.data("GET", f"/runs/{run['id']}")
    assert (again["status"], again["completed_at"]) == ("active", None)


@pytest.mark.rule("P-008")
def test_the_percent_is_whole_half_up(database: str, ada: Client) -> None:
    template = draw(database, ada, *(step(f"S{number}") for number in range(8)))
    run = launched(ada, template)
    percents = []
    for number in range(8):
        complete(ada, run, f"S{number}")
        percents.append(ada.data("GET", f"/runs/{run['id']}")["progress"]["percent"])
    assert percents == [13, 25, 38, 50, 63, 75, 88, 100]


@pytest.fixture
def hiding(database: str, ada: Client) -> Drawn:
    rules = [shows("Extra", "Plan", "Gold")]
    return draw(database, ada, step("Call"), step("Extra"), kickoff=[asks("Plan", "dropdown")], rules=rules)


@pytest.mark.rule("P-009", "P-010")
def test_hidden_tasks_count_for_the_whole_only_until_they_are_shown(ada: Client, hiding: Drawn) -> None:
    run = launched(ada, hiding)
    assert run["progress"] == {"complete": 0, "total": 1, "percent": 0}
    assert run["whole_progress"] == {"complete": 0, "total": 2, "percent": 0}
    complete(ada, run, "Call")
    done = ada.data("GET", f"/runs/{run['id']}")
    assert (done["status"], done["progress"]["percent"], done["whole_progress"]["percent"]) == (
        "complete",
        100,
        50,
    )
    body = {"prerun": {hiding.fields["Plan"]: "Gold"}}
    more = ada.data("PUT", f"/runs/{run['id']}", json=body, headers={"X-Tallyfy-Client": "n8n"})
    assert (more["status"], more["completed_at"]) == ("active", None)
    assert more["progress"] == {"complete": 1, "total": 2, "percent": 50}


@pytest.mark.rule("P-013")
def test_every_change_is_the_latest_one(database: str, ada: Client) -> None:
    template = draw(database, ada, step("Call"))
    runs = [launched(ada, template) for _ in range(3)]

    def latest() -> str:
        return str(ada.data("GET", f"/runs?checklist_id={template.id}&sort=-last_updated")[0]["id"])

    assert latest() == runs[2]["id"]
    complete(ada, runs[0], "Call")
    assert latest() == runs[0]["id"]
    ada.data("PUT", f"/runs/{runs[1]['id']}", json={"summary": "Notes"})
    assert latest() == runs[1]["id"]
    ada.data("PUT", f"/runs/{runs[0]['id']}/permissions", json={"everyone": True})
    assert latest() == runs[0]["id"]
    ada.data("PUT", f"/runs/{runs[2]['id']}", json={"starred": True})
    assert latest() == runs[0]["id"]


@pytest.mark.rule("P-011")
def test_what_is_late_stays_counted_when_it_is_done(database: str, ada: Client) -> None:
    template = draw(database, ada, step("Call"), step("Visit"))
    late = {template.steps["Call"]: {"deadline": "2020-01-01T10:00:00Z"}}
    run = launched(ada, template, tasks=late)
    assert (run["late_tasks"], run["due_date_passed"]) == (1, True)
    complete(ada, run, "Call")
    after = ada.data("GET", f"/runs/{run['id']}")
    assert (after["late_tasks"], after["due_date_passed"]) == (1, False)


@pytest.mark.rule("P-016")
def test_launches_at_once_get_numbers_of_their_own(database: str, ada: Client, stan: Client) -> None:
    template = draw(database, ada, step("Call"))
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda number: launched((ada, stan)[number % 2], template), range(12)))
    assert len({run["increment_id"] for run in made}) == 12
    assert len({run["checklist_version_id"] for run in made}) == 1


@pytest.mark.rule("P-101")
def test_a_refused_launch_leaves_nothing(database: str, ada: Client) -> None:
    template = draw(database, ada, step("Call"))
    email = f"ghost.{template.id[-8:]}@client.example"
    owners = {"guests": [email], "users": [10**12]}
    body = {"checklist_id": template.id, "tasks": {template.steps["Call"]: {"owners": owners}}}
    assert reasons(ada, "POST", "/runs", json=body)
    assert ada.data("GET", f"/runs?checklist_id={template.id}&archived=true") == []
    assert ada.data("GET", f"/checklists/{template.id}")["started_processes"] == 0
