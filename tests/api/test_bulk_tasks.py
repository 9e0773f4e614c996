"""Changing many tasks of a process at once."""

from __future__ import annotations

from typing import Any

import pytest

from stepwell.tasks.schemas import OneTaskShape
from tests.api.drawn import draw, group_of, launched, put_row, reasons, step, tasks_by_title
from tests.api.oneoffs import log_of, to
from tests.conftest import Client
from tests.shapes import shaped

UNKNOWN = "f" * 32


@pytest.fixture
def run(database: str, ada: Client) -> str:
    """Four tasks, the third of them hidden and the last one done."""
    template = draw(
        database,
        ada,
        step("A"),
        step("B"),
        step("C", hide_by_default=True),
        step("D", assign_run_starter=False),
    )
    process = launched(ada, template)
    done = tasks_by_title(ada, process)["D"]["id"]
    ada.data("POST", f"/runs/{process['id']}/completed-tasks", json={"task_id": done})
    return str(process["id"])


def all_of(client: Client, run: str) -> dict[str, dict[str, Any]]:
    """All tasks by title, hidden ones too."""
    found = client.data("GET", f"/runs/{run}/tasks?status=all&per_page=100")
    return {one["title"]: one for one in found}


def titles(changed: list[dict[str, Any]], *includes: str) -> list[str]:
    return [shaped(OneTaskShape, one, *includes)["title"] for one in changed]


@pytest.mark.rule("P-446", "P-367")
@pytest.mark.parametrize("path", ["tasks/bulk", "tasks"])
def test_people_are_added_to_many_tasks_hidden_ones_too(
    database: str, ada: Client, stan: Client, liv: Client, run: str, path: str
) -> None:
    tasks, group = all_of(ada, run), group_of(database, ada, liv)
    chosen = [tasks["A"]["id"], tasks["C"]["id"]]
    added = {"users": [stan.user_id], "guests": ["Mira@client.example"], "groups": [group]}
    changed = ada.data("PUT", f"/runs/{run}/{path}", json={"task_ids": chosen, "owners_add": added})
    assert titles(changed) == ["A", "C"]
    for one in changed:
        assert one["owners"]["users"] == [ada.user_id, stan.user_id]
        assert (one["owners"]["guests"], one["owners"]["groups"]) == (["mira@client.example"], [group])
    assert tasks["A"]["id"] in [one["id"] for one in liv.data("GET", "/me/tasks?per_page=100")]
    removed = {"task_ids": chosen, "owners_remove": {"users": [ada.user_id], "groups": [group]}}
    changed = ada.data("PUT", f"/runs/{run}/{path}", json=removed)
    assert [one["owners"]["users"] for one in changed] == [[stan.user_id]] * 2
    assert liv.get(f"/runs/{run}").status_code == 403
    replaced = ada.data("PUT", f"/runs/{run}/{path}", json={"task_ids": chosen, "owners": {"users": []}})
    assert [one["owners"]["users"] for one in replaced] == [[ada.user_id]] * 2  # beside the guest


@pytest.mark.rule("P-446", "P-367")
def test_deadlines_are_set_or_moved_and_fixed_then(ada: Client, run: str) -> None:
    tasks = all_of(ada, run)
    chosen = [tasks["B"]["id"], tasks["C"]["id"]]
    changed = ada.data(
        "PATCH",
        f"/runs/{run}/tasks/bulk",
        json={"task_ids": ",".join(chosen), "deadline": "2031-05-01T10:00:00Z"},
    )
    assert [one["deadline"] for one in changed] == ["2031-05-01T10:00:00Z"] * 2
    for value, unit, expected in ((2, "day", "2031-05-03T10:00:00Z"), (-1, "Months", "2031-04-03T10:00:00Z")):
        shift = {"task_ids": chosen, "shift": {"value": value, "unit": unit}}
        changed = ada.data("PUT", f"/runs/{run}/tasks/bulk", json=shift)
        assert [one["deadline"] for one in changed] == [expected] * 2
    assert all_of(ada, run)["A"]["deadline"] == tasks["A"]["deadline"]
    assert log_of(ada, tasks["B"])[-1] == ("updated", "deadline")


@pytest.mark.rule("P-446", "P-361")
def test_all_open_tasks_are_hidden_and_shown(ada: Client, run: str) -> None:
    hidden = ada.data("PUT", f"/runs/{run}/tasks/bulk", json={"task_ids": "all_open", "visibility": "hide"})
    assert titles(hidden) == ["A", "B"]
    assert {one["status"] for one in hidden} == {"auto-skipped"}
    assert ada.data("GET", f"/runs/{run}")["progress"] == {"complete": 1, "total": 1, "percent": 100}
    tasks = all_of(ada, run)
    every = [tasks[title]["id"] for title in "ABC"]
    shown = ada.data("PUT", f"/runs/{run}/tasks/bulk", json={"task_ids": every, "visibility": "SHOW"})
    assert {one["status"] for one in shown} == {"not-started"}


def test_each_task_is_changed_in_its_own_way(ada: Client, stan: Client, run: str) -> None:
    tasks = all_of(ada, run)
    changed = ada.data("PUT", f"/runs/{run}/tasks/bulk", json={"tasks": [
        {"id": tasks["A"]["id"], "owners": to(stan), "title": "First"},
        {"id": tasks["B"]["id"], "deadline": "2031-05-01", "position": 1},
        {"id": tasks["D"]["id"], "position": 2},
    ]})  # fmt: skip
    assert titles(changed) == ["B", "D", "First", "C"]
    assert changed[2]["owners"]["users"] == [stan.user_id]
    assert changed[0]["deadline"] == "2031-05-01T23:59:59Z"
    assert [one["title"] for one in ada.data("GET", f"/runs/{run}/tasks")] == ["B", "D", "First", "C"]


@pytest.mark.rule("P-440")
def test_the_people_of_a_job_title_are_filled_in_for_all_its_tasks(
    database: str, ada: Client, stan: Client
) -> None:
    role = put_row(database, ada, "job_titles", name="Buyer")
    template = draw(
        database, ada, step("A", roles=[role]), step("B"), step("C", roles=[role], hide_by_default=True)
    )
    run = str(launched(ada, template)["id"])
    filled = ada.data("PUT", f"/runs/{run}/tasks/bulk?with=roles", json={"roles": [role], "owners": to(stan)})
    assert titles(filled, "roles") == ["A", "C"]
    assert [one["owners"]["users"] for one in filled] == [[stan.user_id]] * 2
    assert [[had["id"] for had in one["roles"]["data"]] for one in filled] == [[role]] * 2
    assert all_of(ada, run)["B"]["owners"]["users"] == [ada.user_id]


@pytest.mark.rule("P-446")
def test_all_of_it_or_nothing(ada: Client, stan: Client, otto: Client, run: str) -> None:
    tasks = all_of(ada, run)
    path = f"/runs/{run}/tasks/bulk"
    chosen = [tasks["A"]["id"], tasks["D"]["id"]]
    wrong = reasons(ada, "PUT", path, json={"task_ids": chosen, "owners_add": to(stan, otto)})
    assert wrong == {
        f"tasks.{chosen[0]}.owners.users": ["Some users are not valid members of this organization"],
        f"tasks.{chosen[1]}.status": ["A completed task cannot be updated."],
    }
    wrong = reasons(ada, "PUT", path, json={"tasks": [
        {"id": tasks["A"]["id"], "title": "New"}, {"id": UNKNOWN, "title": "New"},
    ]})  # fmt: skip
    assert wrong == {f"tasks.{UNKNOWN}": ["The selected task is invalid."]}
    far = {"task_ids": chosen[:1], "shift": {"value": 1_000_000, "unit": "months"}}
    assert reasons(ada, "PUT", path, json=far).keys() == {f"tasks.{chosen[0]}.shift"}
    assert all_of(ada, run) == tasks


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"body"}),
        ({"task_ids": "some"}, {"task_ids.0"}),
        ({"task_ids": [UNKNOWN], "tasks": []}, {"body"}),
        ({"tasks": [{"title": "x"}]}, {"tasks.0.id"}),
        ({"tasks": [{"id": UNKNOWN}, {"id": UNKNOWN}]}, {"body"}),
        ({"tasks": [{"id": UNKNOWN, "position": 0, "title": "", "deadline": "soon"}]},
         {"tasks.0.position", "tasks.0.title", "tasks.0.deadline"}),
        ({"task_ids": "all_open", "shift": {"value": 0, "unit": "moons"}}, {"shift.value", "shift.unit"}),
        ({"task_ids": "all_open", "shift": {"value": 1, "unit": "days"}, "deadline": "2031-01-01"}, {"body"}),
        ({"task_ids": "all_open", "visibility": "dim", "notify": "maybe"}, {"visibility", "notify"}),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named(ada: Client, run: str, body: dict[str, Any], fields: set[str]) -> None:
    assert reasons(ada, "PUT", f"/runs/{run}/tasks/bulk", json=body).keys() == fields


def test_who_may_change_many_tasks(
    database: str, ada: Client, stan: Client, liv: Client, otto: Client, run: str
) -> None:
    body = {"task_ids": "all_open", "visibility": "show"}
    path = f"/runs/{run}/tasks/bulk"
    ada.data("PUT", f"/runs/{run}", json={"users": [liv.user_id]})
    assert liv.put(path, json=body).status_code == 403
    assert otto.put(path, json=body).status_code == 404
    assert stan.data("PUT", path, json=body) == []
    assert stan.put(f"/runs/{UNKNOWN}/tasks/bulk", json=body).status_code == 404
    restricted = draw(database, ada, step("Own", can_complete_only_assignees=True), step("Free"))
    other = str(launched(ada, restricted)["id"])
    own = all_of(ada, other)["Own"]["id"]
    assert (
        stan.put(f"/runs/{other}/tasks/bulk", json={"task_ids": [own], "owners": to(stan)}).status_code == 403
    )
    mine = stan.data("PUT", f"/runs/{other}/tasks/bulk", json={"task_ids": "all_open", "owners": to(stan)})
    assert titles(mine) == ["Free"]


@pytest.mark.rule("P-203")
def test_archived_and_frozen_processes_stay(ada: Client, run: str) -> None:
    body = {"task_ids": "all_open", "visibility": "hide"}
    ada.data("POST", f"/runs/{run}/problem", 201, json={"content": "Stop"})
    assert reasons(ada, "PUT", f"/runs/{run}/tasks/bulk", json=body) == {
        "status": ["This process has an open issue. Resolve it first."]
    }
    ada.data("DELETE", f"/runs/{run}")
    assert reasons(ada, "PUT", f"/runs/{run}/tasks/bulk", json=body) == {
        "status": ["Cannot update archived processes."]
    }
