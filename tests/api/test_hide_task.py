"""Hiding and showing tasks by hand."""

from __future__ import annotations

import pytest

from stepwell.tasks.schemas import OneTaskShape
from tests.api.drawn import asks, draw, launched, reasons, shows, step, tasks_by_title
from tests.api.oneoffs import one_off
from tests.conftest import Client
from tests.shapes import shaped

PATHS = [("PUT", "/runs/{}/tasks/{}"), ("POST", "/tasks/{1}")]


@pytest.mark.rule("P-361", "P-363")
@pytest.mark.parametrize(("method", "path"), PATHS)
def test_a_task_is_hidden_and_shown(
    database: str, ada: Client, stan: Client, liv: Client, method: str, path: str
) -> None:
    process = launched(ada, draw(database, ada, step("A", assignees=[liv.user_id]), step("B")))
    task = tasks_by_title(ada, process)["A"]
    where = path.format(process["id"], task["id"])
    ada.data("PUT", f"/tasks/{task['id']}", json={"status": "in-progress"})
    hidden = shaped(OneTaskShape, stan.data(method, f"{where}/hide", json={"comment": "Not needed"}))
    assert (hidden["status"], hidden["owners"]["users"], hidden["is_completable"]) == (
        "auto-skipped",
        [liv.user_id],
        False,
    )
    assert ada.data("GET", f"/runs/{process['id']}")["progress"]["total"] == 1
    assert task["id"] not in [one["id"] for one in liv.data("GET", "/me/tasks?status=all&per_page=100")]
    shown = shaped(OneTaskShape, stan.data(method, f"{where}/show"))
    assert shown["status"] == "not-started"
    assert task["id"] in [one["id"] for one in liv.data("GET", "/me/tasks?per_page=100")]
    said = ada.data("GET", f"/tasks/{task['id']}?with=threads")["threads"]["data"]
    assert [(one["author_type"], one["content"]) for one in said] == [
        ("bot", "Hidden by hand"), ("user", "Not needed"), ("bot", "Shown by hand"),
    ]  # fmt: skip


@pytest.mark.rule("P-362")
def test_rules_leave_a_choice_by_hand_alone(database: str, ada: Client) -> None:
    template = draw(
        database, ada, step("A"), step("B"), kickoff=[asks("Abroad")], rules=[shows("B", "Abroad", "yes")]
    )
    process = launched(ada, template)
    hidden = next(one for one in ada.data("GET", f"/runs/{process['id']}/tasks") if one["title"] == "B")
    ada.data("PUT", f"/runs/{process['id']}/tasks/{hidden['id']}/show")
    ada.data("PUT", f"/runs/{process['id']}/tasks/{hidden['id']}/hide")
    ada.data("PUT", f"/runs/{process['id']}", json={"prerun": {template.fields["Abroad"]: "yes"}})
    assert ada.data("GET", f"/tasks/{hidden['id']}")["status"] == "auto-skipped"


def test_where_it_is_not_possible(database: str, ada: Client, liv: Client, otto: Client) -> None:
    process = launched(ada, draw(database, ada, step("A", assignees=[liv.user_id])))
    task, alone = tasks_by_title(ada, process)["A"], one_off(ada)
    path = f"/runs/{process['id']}/tasks/{task['id']}/hide"
    assert liv.put(path).status_code == 403
    assert otto.put(path).status_code == 404
    assert ada.put(f"/runs/{process['id']}/tasks/{alone['id']}/hide").status_code == 404
    for action in ("hide", "show"):
        assert ada.post(f"/tasks/{alone['id']}/{action}").status_code == 422
    extra = one_off(ada, run_id=process["id"])
    assert ada.post(f"/tasks/{extra['id']}/hide").status_code == 422
    ada.data("POST", "/completed-tasks", json={"task_id": task["id"]})
    assert reasons(ada, "PUT", path).keys() == {"status"}
