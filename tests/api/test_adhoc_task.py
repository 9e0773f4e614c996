"""POST /tasks with `run_id`: a one-off task in a process."""

from __future__ import annotations

import pytest

from tests.api.drawn import Drawn, draw, launched, reasons, step
from tests.api.oneoffs import NOBODY, in_days, one_off, to
from tests.conftest import Client


@pytest.fixture
def intake(database: str, ada: Client) -> Drawn:
    return draw(database, ada, step("A"), step("B"))


def order(client: Client, process_id: str) -> list[str]:
    tasks = client.data("GET", f"/runs/{process_id}/tasks")
    assert [task["position"] for task in tasks] == list(range(1, len(tasks) + 1))
    return [task["title"] for task in tasks]


@pytest.mark.rule("P-374")
def test_a_task_is_added_to_a_running_process(ada: Client, stan: Client, intake: Drawn) -> None:
    process = launched(ada, intake)
    task = one_off(stan, "Call them", run_id=process["id"], owners=to(stan))
    assert (task["run_id"], task["checklist_id"], task["run_status"]) == (process["id"], intake.id, "active")
    assert (task["is_oneoff_task"], task["step_id"], task["position"]) == (True, None, 3)
    assert order(ada, process["id"]) == ["A", "B", "Call them"]
    again = ada.data("GET", f"/runs/{process['id']}")
    assert again["whole_progress"]["total"] == 3
    assert again["collaborators"] == sorted({ada.user_id, stan.user_id})
    assert stan.data("GET", f"/runs/{process['id']}/tasks/{task['id']}")["title"] == "Call them"


@pytest.mark.parametrize(
    ("position", "expected"),
    [(None, "ABN"), ("end", "ABN"), ("begin", "NAB"), (2, "ANB"), ("2", "ANB"), (50, "ABN")],
)
def test_it_gets_the_place_it_asks_for(ada: Client, intake: Drawn, position: object, expected: str) -> None:
    process = launched(ada, intake)
    one_off(ada, "N", run_id=process["id"], position=position)
    assert "".join(order(ada, process["id"])) == expected


def test_it_stands_after_the_task_it_names(ada: Client, intake: Drawn) -> None:
    process = launched(ada, intake)
    first = ada.data("GET", f"/runs/{process['id']}/tasks")[0]
    one_off(ada, "N", run_id=process["id"], position=f"after:{first['id']}")
    assert order(ada, process["id"]) == ["A", "N", "B"]
    body = {"title": "N", "deadline": in_days(1), "owners": NOBODY, "run_id": process["id"]}
    found = reasons(ada, "POST", "/tasks", json={**body, "position": f"after:{'f' * 32}"})
    assert found == {"position": ["The selected position is invalid."]}
    found = reasons(ada, "POST", "/tasks", json={**body, "position": "middle"})
    assert found == {"position": ["The position must be at least 1."]}


@pytest.mark.rule("P-007")
def test_a_complete_process_becomes_active_again(ada: Client, intake: Drawn) -> None:
    process = launched(ada, intake)
    for task in ada.data("GET", f"/runs/{process['id']}/tasks"):
        ada.data("POST", f"/runs/{process['id']}/completed-tasks", json={"task_id": task["id"]})
    assert ada.data("GET", f"/runs/{process['id']}")["status"] == "complete"
    one_off(ada, run_id=process["id"])
    again = ada.data("GET", f"/runs/{process['id']}")
    assert (again["status"], again["completed_at"]) == ("active", None)


@pytest.mark.rule("P-445")
def test_the_owner_of_the_process_stands_beside_guests(ada: Client, stan: Client, intake: Drawn) -> None:
    process = launched(ada, intake, owner_id=ada.user_id)
    task = one_off(stan, run_id=process["id"], owners=to(guests=("mira@client.example",)))
    assert task["owners"]["users"] == [ada.user_id]


def test_a_template_may_forbid_it(database: str, ada: Client) -> None:
    process = launched(ada, draw(database, ada, step("A"), settings={"can_add_oot": False}))
    body = {"title": "T", "deadline": in_days(1), "owners": NOBODY, "run_id": process["id"]}
    answer = ada.post("/tasks", json=body)
    assert (answer.status_code, answer.json()["message"]) == (
        422,
        "Ad-hoc tasks not allowed for this process",
    )
    assert answer.json()["errors"] == {"run_id": ["Ad-hoc tasks not allowed for this process"]}


def test_not_to_an_archived_one(ada: Client, intake: Drawn) -> None:
    process = launched(ada, intake)
    ada.data("DELETE", f"/runs/{process['id']}")
    body = {"title": "T", "deadline": in_days(1), "owners": NOBODY, "run_id": process["id"]}
    assert reasons(ada, "POST", "/tasks", json=body) == {"run_id": ["Cannot update archived processes."]}


def test_who_may_not(ada: Client, liv: Client, otto: Client, intake: Drawn) -> None:
    process = launched(ada, intake)
    body = {"title": "T", "deadline": in_days(1), "owners": NOBODY, "run_id": process["id"]}
    assert liv.post("/tasks", json=body).status_code == 403
    assert otto.post("/tasks", json=body).status_code == 404
    assert ada.post("/tasks", json={**body, "run_id": "f" * 32}).status_code == 404
