"""Groups as assignees: who is in them is read live, and what a group leaves behind when it goes."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID

import pytest

from stepwell.people.regrouping import change_group, delete_group, settle_after
from tests.api.doing import in_transaction, with_services
from tests.api.drawn import draw, grant, group_of, join_as, launched, reasons, step, tasks_by_title
from tests.api.oneoffs import log_of, one_off, to
from tests.api.talk import completed, task_now
from tests.conftest import Client


def regroup(database: str, client: Client, group: str, *people: Client) -> None:
    """Have these people, and nobody else, in the group."""
    members = [one.user_id for one in people]
    concerned = in_transaction(
        database, client, lambda tenant, services: change_group(tenant, UUID(group), members)
    )
    organization_id = UUID(client.organization_id)
    with_services(database, lambda services: settle_after(services, organization_id, concerned))


def remove(database: str, client: Client, group: str) -> None:
    in_transaction(database, client, lambda tenant, services: delete_group(tenant, services, UUID(group)))


def my_tasks(client: Client) -> set[str]:
    return {one["id"] for one in client.data("GET", "/me/tasks?per_page=100")}


def people(task: dict[str, Any]) -> dict[str, Any]:
    return {bucket: task["owners"][bucket] for bucket in ("users", "guests", "groups")}


@pytest.mark.rule("T-115", "P-430", "P-304")
def test_who_joins_a_group_has_its_open_tasks_at_once_and_who_leaves_has_them_no_more(
    database: str, ada: Client, liv: Client
) -> None:
    with join_as(database, ada, "light") as joiner:
        group = group_of(database, ada, liv)
        parts = [step(title, groups=[group]) for title in ("Open", "Done")]
        process = launched(
            ada, draw(database, ada, *parts, step("Hidden", groups=[group], hide_by_default=True))
        )
        tasks = tasks_by_title(ada, process)
        alone = one_off(ada, owners=to(groups=(group,)))
        completed(ada, tasks["Done"])
        assert {tasks["Open"]["id"], alone["id"]} <= my_tasks(liv)
        regroup(database, ada, group, joiner)
        assert my_tasks(joiner) == {tasks["Open"]["id"], alone["id"]}
        assert not my_tasks(liv) & {tasks["Open"]["id"], alone["id"]}
        assert joiner.get(f"/runs/{process['id']}").status_code == 200
        assert people(task_now(ada, tasks["Open"])) == {"users": [], "guests": [], "groups": [group]}
        refused = liv.post("/completed-tasks", json={"task_id": alone["id"]})
        assert refused.status_code == 403
        assert (
            joiner.data("POST", "/completed-tasks", json={"task_id": tasks["Open"]["id"]})["status"]
            == "completed"
        )
        hidden = next(one for one in ada.data("GET", f"/runs/{process['id']}/tasks?status=all")
                      if one["title"] == "Hidden")  # fmt: skip
        ada.data("PUT", f"/runs/{process['id']}/tasks/{hidden['id']}/show")
        assert hidden["id"] in my_tasks(joiner)
        assert liv.get(f"/runs/{process['id']}").status_code == 200, (
            "what is completed keeps its people (G-087)"
        )


@pytest.mark.rule("P-430", "T-115")
def test_a_task_that_is_reopened_is_that_of_the_group_as_it_is_now(
    database: str, ada: Client, liv: Client
) -> None:
    with join_as(database, ada, "light") as joiner:
        group = group_of(database, ada, liv)
        task = tasks_by_title(ada, launched(ada, draw(database, ada, step("A", groups=[group]), step("B"))))[
            "A"
        ]
        completed(ada, task)
        regroup(database, ada, group, joiner)
        ada.data("DELETE", f"/completed-tasks/{task['id']}")
        assert task["id"] in my_tasks(joiner)
        assert task["id"] not in my_tasks(liv)


@pytest.mark.rule("P-323", "T-115", "P-321")
def test_a_task_for_everyone_completes_when_those_who_wait_have_left_the_group(
    database: str, ada: Client, stan: Client, liv: Client
) -> None:
    group = group_of(database, ada, stan, liv)
    task = one_off(ada, owners=to(groups=(group,)), everyone_must_complete=True)
    stan.data("POST", "/completed-tasks", json={"task_id": task["id"]})
    with join_as(database, ada, "standard") as third:
        regroup(database, ada, group, stan, liv, third)
        assert task_now(ada, task)["completion_progress"] == 33
        regroup(database, ada, group, stan)
    after = task_now(ada, task)
    assert (after["status"], after["completion_progress"]) == ("completed", 100)
    assert log_of(ada, task)[-1] == ("completed", None)


@pytest.mark.rule("P-445", "T-113")
def test_guests_do_not_stay_alone_when_the_last_member_leaves_the_group(
    database: str, ada: Client, stan: Client, liv: Client
) -> None:
    group, mira = group_of(database, ada, liv), f"mira.{secrets.token_hex(4)}@client.example"
    task = one_off(stan, owners=to(guests=(mira,), groups=(group,)))
    assert people(task)["users"] == []
    regroup(database, ada, group)
    assert people(task_now(ada, task)) == {"users": [stan.user_id], "guests": [mira], "groups": [group]}
    assert task["id"] in my_tasks(stan)


@pytest.mark.rule("P-436")
def test_removing_one_group_removes_only_that_group(
    database: str, ada: Client, stan: Client, liv: Client
) -> None:
    first, second = group_of(database, ada, stan, liv), group_of(database, ada, liv)
    task = one_off(ada, owners=to(stan, guests=("mira@client.example",), groups=(first, second)))
    changed = ada.data("PUT", f"/tasks/{task['id']}", json={"owners": {"remove": {"groups": [first]}}})
    assert people(changed) == to(stan, guests=("mira@client.example",), groups=(second,))
    assert task["id"] in my_tasks(liv)


@pytest.mark.rule("P-436")
def test_a_deleted_group_leaves_its_people_one_by_one_on_what_is_not_completed(
    database: str, ada: Client, stan: Client, liv: Client
) -> None:
    other = join_as(database, ada, "light")
    group, kept = group_of(database, ada, stan, liv), group_of(database, ada, other)
    parts = [step(title, groups=[group, kept], assignees=[stan.user_id]) for title in ("Open", "Done")]
    template = draw(database, ada, *parts)
    grant(database, ada, template, "PROCESS_READ", groups=[group])
    process = launched(ada, template, groups=[group])
    tasks = tasks_by_title(ada, process)
    completed(ada, tasks["Done"])
    remove(database, ada, group)
    after = tasks_by_title(ada, process)
    assert people(after["Open"]) == {"users": [stan.user_id, liv.user_id], "guests": [], "groups": [kept]}
    assert people(after["Done"])["groups"] == [group, kept]
    assert {tasks["Open"]["id"]} <= my_tasks(liv)
    assert (
        liv.data("POST", "/completed-tasks", json={"task_id": tasks["Open"]["id"]})["status"] == "completed"
    )
    assert ada.data("GET", f"/runs/{process['id']}")["groups"] == []
    again = tasks_by_title(ada, launched(ada, template))["Open"]
    assert people(again) == {"users": [stan.user_id], "guests": [], "groups": [kept]}
    assert reasons(ada, "PUT", f"/tasks/{again['id']}", json={"owners": {"groups": [group]}}).keys() == {
        "owners.groups"
    }
