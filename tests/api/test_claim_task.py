"""Assigning oneself, taking over, moving and restarting a task."""

from __future__ import annotations

import pytest

from stepwell.tasks.schemas import OneTaskShape
from tests.api.drawn import asks, draw, group_of, launched, reasons, step, tasks_by_title
from tests.api.oneoffs import log_of, one_off, to
from tests.conftest import Client
from tests.shapes import shaped


@pytest.mark.rule("P-437")
def test_a_task_is_claimed(ada: Client, stan: Client, liv: Client, otto: Client) -> None:
    task = one_off(ada)
    for _ in range(2):
        claimed = shaped(OneTaskShape, stan.data("POST", f"/tasks/{task['id']}/assign-me"))
        assert claimed["owners"]["users"] == [stan.user_id]
    assert task["id"] in [one["id"] for one in stan.data("GET", "/me/tasks?per_page=100")]
    assert ada.data("POST", f"/tasks/{task['id']}/assign-me")["owners"]["users"] == [
        stan.user_id,
        ada.user_id,
    ]
    assert liv.post(f"/tasks/{task['id']}/assign-me").status_code == 403
    assert otto.post(f"/tasks/{task['id']}/assign-me").status_code == 404
    full = one_off(ada, owners=to(ada), max_assignable=1)
    assert reasons(stan, "POST", f"/tasks/{full['id']}/assign-me").keys() == {"owners"}


@pytest.mark.rule("P-438", "T-116")
def test_one_of_several_takes_it_over(database: str, ada: Client, stan: Client, liv: Client) -> None:
    group = group_of(database, ada, stan, liv)
    task = one_off(ada, owners=to(ada, guests=("mira@client.example",), groups=(group,)))
    mine = shaped(OneTaskShape, liv.data("POST", f"/tasks/{task['id']}/take-over"))
    assert mine["owners"] == {**to(liv), "taskUrls": []}
    assert task["id"] not in [one["id"] for one in stan.data("GET", "/me/tasks?per_page=100")]
    assert ("owners-updated", "owners") in log_of(ada, task)


@pytest.mark.rule("P-438", "T-116")
def test_when_it_cannot_be_taken_over(ada: Client, stan: Client, otto: Client) -> None:
    alone = one_off(ada, owners=to(stan))
    assert reasons(stan, "POST", f"/tasks/{alone['id']}/take-over") == {
        "owners": ["Nobody else is assigned to this task."]
    }
    assert ada.post(f"/tasks/{alone['id']}/take-over").status_code == 403
    assert otto.post(f"/tasks/{alone['id']}/take-over").status_code == 404
    mail = one_off(ada, task_type="email", owners=to(ada, stan))
    assert reasons(stan, "POST", f"/tasks/{mail['id']}/take-over").keys() == {"task_type"}
    every = one_off(ada, owners=to(ada, stan), everyone_must_complete=True)
    assert reasons(stan, "POST", f"/tasks/{every['id']}/take-over").keys() == {"everyone_must_complete"}


@pytest.mark.rule("P-381")
def test_a_task_is_moved(database: str, ada: Client, stan: Client, liv: Client, otto: Client) -> None:
    process = launched(ada, draw(database, ada, step("A"), step("B"), step("C")))
    tasks = tasks_by_title(ada, process)

    def order() -> str:
        return "".join(one["title"] for one in ada.data("GET", f"/runs/{process['id']}/tasks"))

    path = f"/tasks/{tasks['C']['id']}/move"
    assert shaped(OneTaskShape, stan.data("PUT", path, json={"position": 1}))["position"] == 1
    assert order() == "CAB"
    assert stan.data("PUT", path, json={"after": tasks["A"]["id"]})["position"] == 2
    assert order() == "ACB"
    ada.data("POST", "/completed-tasks", json={"task_id": tasks["C"]["id"]})
    stan.data("PUT", path, json={"position": "end"})
    assert order() == "ABC"
    assert stan.put(path, json={}).status_code == 422
    assert reasons(stan, "PUT", path, json={"after": "f" * 32}).keys() == {"position"}
    assert liv.put(path, json={"position": 1}).status_code == 403
    assert otto.put(path, json={"position": 1}).status_code == 404


def test_a_task_is_restarted(database: str, ada: Client, stan: Client, otto: Client) -> None:
    template = draw(database, ada, step("A", asks("Name", required=True)))
    process = launched(ada, template)
    task = tasks_by_title(ada, process)["A"]
    ada.data(
        "PUT",
        f"/tasks/{task['id']}",
        json={"taskdata": {template.fields["Name"]: "Okafor"}, "status": "completed"},
    )
    assert stan.post(f"/tasks/{task['id']}/restart").status_code == 403
    assert otto.post(f"/tasks/{task['id']}/restart").status_code == 404
    again = shaped(OneTaskShape, ada.data("POST", f"/tasks/{task['id']}/restart"))
    assert (again["status"], again["taskdata"], again["is_completable"]) == ("in-progress", {}, False)
    assert again["run_status"] == "active"
    mine = one_off(stan)
    assert stan.data("POST", f"/tasks/{mine['id']}/restart")["status"] == "not-started"
    ada.data("DELETE", f"/runs/{process['id']}")
    assert ada.post(f"/tasks/{task['id']}/restart").status_code == 422
