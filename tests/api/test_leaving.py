"""A member leaves: with or without somebody who takes over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest

from stepwell.organizations.setup import enter
from stepwell.people.leaving import HandedOver, deactivate
from tests.api.doing import with_services
from tests.api.drawn import Drawn, Pen, draw, group_of, join_as, launched, step, tasks_by_title
from tests.api.oneoffs import log_of, one_off, to
from tests.api.talk import completed, task_now
from tests.conftest import Client


@pytest.fixture
def dee(database: str, ada: Client) -> Iterator[Client]:
    with join_as(database, ada, "standard", "Dee") as joined:
        yield joined


def leave(database: str, member: Client, heir: Client | None = None) -> HandedOver:
    organization_id = UUID(member.organization_id)
    to_whom = heir.user_id if heir is not None else None
    return with_services(
        database, lambda services: deactivate(services, organization_id, member.user_id, to_whom)
    )


def owners(client: Client, task: dict[str, Any]) -> list[int]:
    found: list[int] = task_now(client, task)["owners"]["users"]
    return found


@pytest.mark.rule("P-444", "T-119")
def test_all_that_is_to_do_goes_to_the_heir_and_what_is_done_stays(
    database: str, ada: Client, stan: Client, dee: Client
) -> None:
    titles = ("Open", "Both", "Done")
    parts = [step(title, assignees=[dee.user_id]) for title in titles]
    parts[1]["assignees"] = [dee.user_id, ada.user_id, stan.user_id]
    template = draw(database, ada, *parts, step("Hidden", assignees=[dee.user_id], hide_by_default=True))
    process = launched(ada, template, owner_id=dee.user_id)
    tasks = tasks_by_title(ada, process)
    hidden = next(one for one in ada.data("GET", f"/runs/{process['id']}/tasks?status=all")
                  if one["title"] == "Hidden")  # fmt: skip
    completed(dee, tasks["Done"])
    alone = one_off(ada, owners=to(dee))
    finished = launched(dee, draw(database, dee, step("Only")))
    completed(dee, tasks_by_title(dee, finished)["Only"])

    assert leave(database, dee, stan) == HandedOver(templates=2, processes=1, tasks=4)

    assert owners(ada, tasks["Open"]) == owners(ada, hidden) == owners(ada, alone) == [stan.user_id]
    assert owners(ada, tasks["Both"]) == [stan.user_id, ada.user_id]
    assert owners(ada, tasks["Done"]) == [dee.user_id]
    assert task_now(ada, tasks["Done"])["completer_id"] == dee.user_id
    after = ada.data("GET", f"/runs/{process['id']}")
    assert (after["owner_id"], after["started_by"]) == (stan.user_id, ada.user_id)
    assert stan.user_id in after["collaborators"]
    assert ada.data("GET", f"/runs/{finished['id']}")["owner_id"] == dee.user_id
    assert {tasks["Open"]["id"], alone["id"]} <= {
        one["id"] for one in stan.data("GET", "/me/tasks?per_page=100")
    }
    assert ("owners-updated", "owners") in log_of(ada, tasks["Open"])
    assert dee.get("/me/tasks").status_code in (401, 403)
    again = tasks_by_title(ada, launched(ada, template))
    assert again["Open"]["owners"]["users"] == [stan.user_id]
    assert again["Both"]["owners"]["users"] == [stan.user_id, ada.user_id]
    assert leave(database, dee, stan) == HandedOver()


@pytest.mark.rule("P-444", "T-119")
def test_without_an_heir_nothing_moves_but_all_groups_are_left(
    database: str, ada: Client, liv: Client, dee: Client
) -> None:
    group = group_of(database, ada, dee, liv)
    template = draw(database, ada, step("Own", assignees=[dee.user_id]), step("Ours", groups=[group]))
    process = launched(ada, template, owner_id=dee.user_id)
    tasks = tasks_by_title(ada, process)
    assert leave(database, dee) == HandedOver()
    after = tasks_by_title(ada, process)
    assert {title: one["owners"] for title, one in after.items()} == {
        title: one["owners"] for title, one in tasks.items()
    }
    assert ada.data("GET", f"/runs/{process['id']}")["owner_id"] == dee.user_id
    assert dee.user_id not in ada.data("GET", f"/groups/{group}")["members"]
    with psycopg.connect(database) as owner:
        enter(owner, UUID(ada.organization_id))
        query = "SELECT person_id FROM task_people WHERE organization_id = %s AND task_id = %s"
        having = owner.execute(query, [ada.organization_id, tasks["Ours"]["id"]]).fetchall()
    assert having == [(liv.user_id,)]


@pytest.mark.rule("P-323", "P-321", "P-444")
def test_nobody_waits_for_the_part_of_somebody_who_has_left(
    database: str, ada: Client, stan: Client, dee: Client
) -> None:
    task = one_off(ada, owners=to(stan, dee), everyone_must_complete=True)
    waiting = one_off(ada, owners=to(dee, stan), everyone_must_complete=True)
    stan.data("POST", "/completed-tasks", json={"task_id": task["id"]})
    leave(database, dee)
    assert task_now(ada, task)["status"] == "completed"
    assert task_now(ada, waiting)["status"] == "not-started"


@pytest.mark.rule("P-444")
def test_a_frozen_process_is_handed_over_too_and_the_heir_does_the_part_anew(
    database: str, ada: Client, stan: Client, dee: Client
) -> None:
    parts = [step("A", assignees=[dee.user_id]), step("B", assignees=[dee.user_id, ada.user_id])]
    process = launched(ada, draw(database, ada, *parts))
    tasks = tasks_by_title(ada, process)
    ada.data("PUT", f"/tasks/{tasks['B']['id']}", json={"everyone_must_complete": True})
    completed(dee, tasks["B"])
    ada.data("POST", f"/runs/{process['id']}/problem", 201, json={"content": "Stop"})
    leave(database, dee, stan)
    assert owners(ada, tasks["A"]) == [stan.user_id]
    assert owners(ada, tasks["B"]) == [stan.user_id, ada.user_id]
    assert task_now(ada, tasks["B"])["status"] == "in-progress"


@pytest.mark.rule("T-119")
def test_the_heir_stands_in_the_actions_of_rules(
    database: str, ada: Client, stan: Client, dee: Client
) -> None:
    template = draw(database, ada, step("A"), step("B"))
    _put_assigning_rule(database, ada, template, dee.user_id)
    leave(database, dee, stan)
    process = launched(ada, template)
    tasks = tasks_by_title(ada, process)
    completed(ada, tasks["A"])
    assert stan.user_id in owners(ada, tasks["B"])


def _put_assigning_rule(database: str, client: Client, template: Drawn, user_id: int) -> None:
    condition = {
        "conditionable_id": template.steps["A"], "conditionable_type": "Step", "operation": "completed",
        "statement": None, "logic": "and", "position": 1,
    }  # fmt: skip
    action = {
        "action_type": "assignment", "action_verb": "assign", "position": 1, "target_step_id": template.steps["B"],
        "assignees": {"users": [user_id], "guests": [], "groups": []},
    }  # fmt: skip
    with psycopg.connect(database) as owner:
        pen = Pen(owner, UUID(client.organization_id), UUID(template.id))
        rule = {"name": "assign", "position": 1, "conditions": [condition], "actions": [action]}
        pen.put("template_rules", rule)
