"""Linking one-off tasks to processes, templates and steps."""

from __future__ import annotations

import pytest

from stepwell.tasks.schemas import OneTaskShape
from tests.api.drawn import Drawn, draw, launched, reasons, step, tasks_by_title
from tests.api.oneoffs import log_of, one_off, to
from tests.conftest import Client
from tests.shapes import shaped


@pytest.fixture
def intake(database: str, ada: Client) -> Drawn:
    return draw(database, ada, step("A"), step("B"))


@pytest.mark.rule("P-373")
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_task_enters_a_process(ada: Client, stan: Client, liv: Client, intake: Drawn, method: str) -> None:
    process = launched(ada, intake)
    first = tasks_by_title(ada, process)["A"]
    task = one_off(stan, "N", owners=to(liv))
    assert stan.post(f"/tasks/{task['id']}/comment", json={"content": "Before"}).status_code == 201
    body = {"run_id": process["id"], "position": f"after:{first['id']}"}
    linked = shaped(OneTaskShape, stan.data(method, f"/tasks/{task['id']}/link", json=body))
    assert (linked["run_id"], linked["checklist_id"], linked["position"]) == (process["id"], intake.id, 2)
    assert linked["is_oneoff_task"] is True
    tasks = ada.data("GET", f"/runs/{process['id']}/tasks")
    assert [(one["title"], one["position"]) for one in tasks] == [("A", 1), ("N", 2), ("B", 3)]
    again = ada.data("GET", f"/runs/{process['id']}")
    assert (again["progress"]["total"], liv.user_id in again["collaborators"]) == (3, True)
    said = ada.data("GET", f"/tasks/{task['id']}?with=threads")["threads"]["data"]
    assert [(one["author_type"], one["run_id"]) for one in said] == [
        ("user", process["id"]),
        ("bot", process["id"]),
    ]
    assert ("linked", None) in log_of(ada, task)
    assert (
        ada.data("POST", f"/runs/{process['id']}/completed-tasks", json={"task_id": task["id"]})["status"]
        == "completed"
    )


@pytest.mark.rule("P-375")
def test_it_leaves_the_process_and_lives_on(ada: Client, liv: Client, intake: Drawn) -> None:
    process = launched(ada, intake)
    task = one_off(ada, "N", run_id=process["id"], position="begin", owners=to(liv))
    alone = shaped(OneTaskShape, ada.data("DELETE", f"/tasks/{task['id']}/link"))
    assert (alone["run_id"], alone["checklist_id"], alone["run_status"]) == (None, None, None)
    tasks = ada.data("GET", f"/runs/{process['id']}/tasks")
    assert [(one["title"], one["position"]) for one in tasks] == [("A", 1), ("B", 2)]
    assert ada.data("GET", f"/runs/{process['id']}")["progress"]["total"] == 2
    assert liv.get(f"/runs/{process['id']}").status_code == 403
    assert liv.data("GET", f"/tasks/{task['id']}")["title"] == "N"
    ada.data("PUT", f"/tasks/{task['id']}/link", json={"run_id": process["id"]})
    ada.data("DELETE", f"/tasks/{task['id']}/link")
    assert ada.data("PUT", f"/tasks/{task['id']}", json={"title": "Still works"})["title"] == "Still works"
    assert [verb for verb, _ in log_of(ada, task)].count("unlinked") >= 2


@pytest.mark.rule("P-373")
def test_it_is_linked_to_a_template_or_a_step(ada: Client, intake: Drawn) -> None:
    task = one_off(ada)
    path = f"/tasks/{task['id']}/link"
    linked = ada.data("PUT", path, json={"checklist_id": intake.id})
    assert (linked["checklist_id"], linked["linked_step_id"]) == (intake.id, None)
    linked = ada.data("PUT", path, json={"step_id": intake.steps["B"]})
    assert (linked["checklist_id"], linked["linked_step_id"]) == (intake.id, intake.steps["B"])
    unlinked = ada.data("DELETE", path)
    assert (unlinked["checklist_id"], unlinked["linked_step_id"]) == (None, None)
    for body in ({"checklist_id": "f" * 32}, {"step_id": "f" * 32}, {}):
        assert ada.put(path, json=body).status_code == 422


def test_linked_to_where_it_is_already_it_moves(ada: Client, intake: Drawn) -> None:
    process = launched(ada, intake)
    task = one_off(ada, "N", run_id=process["id"])
    assert (
        ada.data("PUT", f"/tasks/{task['id']}/link", json={"run_id": process["id"], "position": 1})[
            "position"
        ]
        == 1
    )


def test_where_it_is_not_possible(
    database: str, ada: Client, liv: Client, otto: Client, intake: Drawn
) -> None:
    process, other = launched(ada, intake), launched(ada, intake)
    inside = tasks_by_title(ada, process)["A"]
    task = one_off(ada, owners=to(liv))
    body = {"run_id": process["id"]}
    told = "Only one-off tasks can be linked and unlinked."
    assert reasons(ada, "PUT", f"/tasks/{inside['id']}/link", json=body) == {"task_id": [told]}
    assert reasons(ada, "DELETE", f"/tasks/{inside['id']}/link") == {"task_id": [told]}
    assert liv.put(f"/tasks/{task['id']}/link", json=body).status_code == 403
    assert otto.put(f"/tasks/{task['id']}/link", json=body).status_code == 404
    assert ada.put(f"/tasks/{task['id']}/link", json={"run_id": "f" * 32}).status_code == 404
    ada.data("PUT", f"/tasks/{task['id']}/link", json=body)
    assert reasons(ada, "PUT", f"/tasks/{task['id']}/link", json={"run_id": other["id"]}).keys() == {"run_id"}
    closed = launched(ada, draw(database, ada, step("A"), settings={"can_add_oot": False}))
    another = one_off(ada)
    assert reasons(ada, "PUT", f"/tasks/{another['id']}/link", json={"run_id": closed["id"]}) == {
        "run_id": ["Ad-hoc tasks not allowed for this process"]
    }
    ada.data("DELETE", f"/runs/{other['id']}")
    assert reasons(ada, "PUT", f"/tasks/{another['id']}/link", json={"run_id": other["id"]}) == {
        "run_id": ["Cannot update archived processes."]
    }
