"""Who is assigned to a task, changed by PUT."""

from __future__ import annotations

import pytest

from tests.api.drawn import draw, group_of, join_as, launched, reasons, step, tasks_by_title
from tests.api.oneoffs import NOBODY, log_of, one_off, to
from tests.conftest import Client


@pytest.mark.rule("P-377")
def test_a_bucket_that_is_sent_replaces_that_one(
    database: str, ada: Client, stan: Client, liv: Client
) -> None:
    group = group_of(database, ada, liv)
    task = one_off(ada, owners=to(stan, guests=("mira@client.example",), groups=(group,)))
    path = f"/tasks/{task['id']}"
    assert ada.data("PUT", path, json={"owners": {"users": [str(ada.user_id)]}})["owners"] == {
        "users": [ada.user_id], "guests": ["mira@client.example"], "groups": [group],
        "taskUrls": task["owners"]["taskUrls"],
    }  # fmt: skip
    assert ada.data("PUT", path, json={"owners": {}})["owners"]["users"] == [ada.user_id]
    assert ada.data("PUT", path, json={"owners": NOBODY})["owners"] == {**NOBODY, "taskUrls": []}
    assert task["id"] not in [one["id"] for one in stan.data("GET", "/me/tasks?per_page=100")]


def test_people_are_added_and_removed(ada: Client, stan: Client, liv: Client) -> None:
    task = one_off(ada, owners=to(ada, stan))
    path = f"/tasks/{task['id']}"
    change = {
        "add": {"users": [liv.user_id], "guests": ["Omar@client.example"]},
        "remove": {"users": [ada.user_id]},
    }
    changed = ada.data("PUT", path, json={"owners": change})["owners"]
    assert (changed["users"], changed["guests"]) == ([stan.user_id, liv.user_id], ["omar@client.example"])
    assert task["id"] in [one["id"] for one in liv.data("GET", "/me/tasks?per_page=100")]
    found = reasons(ada, "PUT", path, json={"owners": {**change, "users": []}})
    assert found == {"owners": ["Add and remove cannot be mixed with whole lists."]}


@pytest.mark.rule("P-431")
def test_only_active_and_invited_members_can_be_assigned(database: str, ada: Client, otto: Client) -> None:
    task = one_off(ada)
    path = f"/tasks/{task['id']}"
    invited = join_as(database, ada, "standard", status="invited")
    assert ada.data("PUT", path, json={"owners": to(invited)})["owners"]["users"] == [invited.user_id]
    for client in (join_as(database, ada, "standard", status="disabled"), otto):
        assert reasons(ada, "PUT", path, json={"owners": to(client)}).keys() == {"owners.users"}


@pytest.mark.rule("P-432")
def test_more_than_may_be_are_refused_and_nothing_changes(ada: Client, stan: Client, liv: Client) -> None:
    task = one_off(ada, owners=to(ada, stan), max_assignable=2)
    path = f"/tasks/{task['id']}"
    assert reasons(ada, "PUT", path, json={"owners": to(ada, stan, liv)}) == {
        "owners": ["No more than 2 people can be assigned."]
    }
    assert reasons(ada, "PUT", path, json={"max_assignable": 1}).keys() == {"max_assignable"}
    assert ada.data("GET", path)["owners"]["users"] == [ada.user_id, stan.user_id]
    assert ada.data("PUT", path, json={"owners": to(ada), "max_assignable": 1})["max_assignable"] == 1
    assert (
        ada.data("PUT", path, json={"owners": to(ada, stan, liv), "max_assignable": 0})["max_assignable"]
        is None
    )


@pytest.mark.rule("P-445")
def test_removing_the_last_member_beside_guests_puts_one_back(
    database: str, ada: Client, stan: Client
) -> None:
    task = one_off(stan, owners=to(ada, guests=("mira@client.example",)))
    changed = ada.data("PUT", f"/tasks/{task['id']}", json={"owners": {"users": []}})
    assert changed["owners"]["users"] == [stan.user_id]
    process = launched(stan, draw(database, ada, step("A")), owner_id=ada.user_id)
    inside = tasks_by_title(stan, process)["A"]
    changed = stan.data("PUT", f"/tasks/{inside['id']}", json={"owners": to(guests=("mira@client.example",))})
    assert changed["owners"]["users"] == [ada.user_id]


@pytest.mark.rule("P-435")
def test_the_same_people_again_change_nothing(ada: Client, stan: Client) -> None:
    task = one_off(ada, owners=to(ada, stan))
    ada.data("PUT", f"/tasks/{task['id']}", json={"owners": to(ada, stan)})
    assert log_of(ada, task) == [("created", None)]
    ada.data("PUT", f"/tasks/{task['id']}", json={"owners": to(stan)})
    assert log_of(ada, task) == [("created", None), ("owners-updated", "owners")]


@pytest.mark.rule("P-211")
def test_an_assignee_comes_to_see_the_process(database: str, ada: Client, liv: Client) -> None:
    process = launched(ada, draw(database, ada, step("A"), step("B")))
    task = tasks_by_title(ada, process)["A"]
    assert liv.get(f"/runs/{process['id']}").status_code == 403
    ada.data("PUT", f"/runs/{process['id']}/tasks/{task['id']}", json={"owners": to(liv)})
    assert liv.data("GET", f"/runs/{process['id']}")["collaborators"] == sorted([ada.user_id, liv.user_id])
    assert [one["title"] for one in liv.data("GET", f"/runs/{process['id']}/tasks")] == ["A", "B"]
    ada.data("PUT", f"/runs/{process['id']}/tasks/{task['id']}", json={"owners": to(ada)})
    assert liv.get(f"/runs/{process['id']}").status_code == 403


def test_assignees_may_be_kept_from_assigning_others(database: str, ada: Client, stan: Client) -> None:
    template = draw(database, ada, step("A", assignees=[stan.user_id]))
    process = launched(ada, template, assign_someone_else=False)
    path = f"/tasks/{tasks_by_title(ada, process)['A']['id']}"
    assert stan.put(path, json={"owners": to(ada)}).status_code == 403
    assert stan.put(path, json={"owners": to(stan), "title": "Renamed"}).status_code == 200
    assert ada.data("PUT", path, json={"owners": to(ada)})["owners"]["users"] == [ada.user_id]


@pytest.mark.rule("P-323")
def test_the_task_completes_when_all_who_are_left_have_done_theirs(
    ada: Client, stan: Client, liv: Client
) -> None:
    task = one_off(ada, owners=to(stan, liv), everyone_must_complete=True)
    stan.data("POST", "/completed-tasks", json={"task_id": task["id"]})
    changed = ada.data("PUT", f"/tasks/{task['id']}", json={"owners": to(stan)})
    assert (changed["status"], changed["completion_progress"]) == ("completed", 100)
