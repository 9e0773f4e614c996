"""The activity feed: its rows, its filters, who may read what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stepwell.events.schemas import ActivityShape
from tests.api.drawn import (
    Drawn,
    asks,
    draw,
    grant,
    join_as,
    launched,
    leave,
    reasons,
    shows,
    step,
    tasks_by_title,
)
from tests.conftest import Client, House
from tests.shapes import shaped

UNKNOWN = "0" * 32


@pytest.fixture(scope="module")
def template(database: str, house: House) -> Drawn:
    return draw(
        database,
        house.ada,
        step("Call", asks("Result")),
        step("Visit"),
        kickoff=[asks("Plan", "dropdown")],
        rules=[shows("Visit", "Plan", "Gold")],
        title="Supplier intake",
    )


@pytest.fixture
def run(ada: Client, template: Drawn) -> dict[str, Any]:
    return dict(launched(ada, template, name="Acme", prerun={template.fields["Plan"]: "Gold"}))


def feed(client: Client, run: dict[str, Any], query: str = "") -> list[dict[str, Any]]:
    return list(
        client.data("GET", f"/activity-feeds?entity_type=run&entity_id={run['id']}&per_page=100{query}")
    )


def verbs(rows: list[dict[str, Any]]) -> list[str]:
    return [row["verb"][0] for row in rows]


@pytest.mark.rule("P-880")
def test_a_row_has_every_key(ada: Client, run: dict[str, Any]) -> None:
    task = tasks_by_title(ada, run)["Call"]
    ada.data("POST", f"/runs/{run['id']}/completed-tasks", json={"task_id": task["id"]})
    (row,) = feed(ada, run, "&verb=completed")
    shaped(ActivityShape, row)
    assert row["organization_id"] == ada.organization_id
    assert (row["verb"], row["type"], row["source"]) == (["completed"], ["Task"], ["Member"])
    assert (row["actor_type"], row["actor_id"]) == (["App\\Models\\User"], [ada.user_id])
    assert (row["auditable_type"], row["auditable_id"]) == ("App\\Models\\Task", task["id"])
    assert (row["parentable_type"], row["parentable_id"]) == ("App\\Models\\Run", run["id"])
    assert "Call" in row["description"][0]
    assert row["undoable"] is False
    assert row["audit"]["data"] == {
        "id": task["id"],
        "title": "Call",
        "status": "completed",
        "run_id": run["id"],
    }
    assert row["parent"]["data"]["name"] == "Acme"
    (actor,) = row["actor"]
    assert list(actor) == [
        "email",
        "username",
        "first_name",
        "last_name",
        "full_name",
        "profile_pic",
        "resize_profile_pic",
    ]
    assert (actor["email"], actor["full_name"]) == (ada.email, "Ada Acme")


@pytest.mark.rule("P-882", "P-880")
def test_each_changed_field_is_a_row_with_old_and_new_value(ada: Client, run: dict[str, Any]) -> None:
    ada.data("PUT", f"/runs/{run['id']}", json={"name": "Globex", "summary": "Notes", "starred": True})
    rows = feed(ada, run, "&verb=updated&type=Process")
    found = {row["field"][0]: (row["old_value"], row["text"]) for row in rows if row["field"]}
    assert found["name"] == (["Acme"], ["Globex"])
    assert found["summary"] == (None, ["Notes"])
    assert len([row for row in rows if row["field"] == ["name"]]) == 1
    assert [row["field"] for row in feed(ada, run, "&field=summary")] == [["summary"]]


@pytest.mark.rule("T-151")
def test_evaluated_automations_are_rows_of_the_bot(ada: Client, run: dict[str, Any]) -> None:
    rows = feed(ada, run, "&type=execution")
    assert verbs(rows) == ["executed"]
    (row,) = rows
    shaped(ActivityShape, row)
    assert row["source"] == ["Bot"]
    assert row["actor"][0]["full_name"] == "Workflow Bot"
    assert row["audit_state"]["alias"] == "show Visit"
    assert row["text"] is None


@pytest.mark.rule("P-883")
def test_the_newest_row_comes_first_twenty_a_page(ada: Client, run: dict[str, Any]) -> None:
    for number in range(25):
        ada.data("PUT", f"/runs/{run['id']}", json={"name": f"Name {number}"})
    path = f"/activity-feeds?entity_type=run&entity_id={run['id']}"
    first = ada.get(path).json()
    assert first["meta"]["pagination"]["per_page"] == first["meta"]["pagination"]["count"] == 20
    assert first["data"][0]["text"] == ["Name 24"]
    total = first["meta"]["pagination"]["total"]
    assert total == len(feed(ada, run)) > 25
    second = ada.get(f"{path}&page=2").json()["data"]
    assert len(second) == total - 20
    ids = [row["id"] for row in first["data"] + second]
    assert ids == sorted(set(ids), reverse=True)
    upwards = ada.get(f"{path}&sort=created_at&per_page=100").json()["data"]
    assert [row["id"] for row in upwards] == ids[::-1]


@pytest.mark.rule("P-885")
def test_every_filter_narrows(ada: Client, stan: Client, run: dict[str, Any]) -> None:
    stan.data("PUT", f"/runs/{run['id']}", json={"name": "By Stan"})
    everything = feed(ada, run)
    assert {row["actor_id"][0] for row in feed(ada, run, f"&actor_id={stan.user_id}")} == {stan.user_id}
    assert feed(ada, run, f"&actor_email={stan.email.upper()}") == feed(ada, run, f"&actor_id={stan.user_id}")
    assert feed(ada, run, "&actor_email=nobody@nowhere.example") == []
    assert set(verbs(feed(ada, run, "&verb=created,updated"))) == {"created", "updated"}
    assert verbs(feed(ada, run, "&verb=created&type=Process")) == ["created"]
    assert (
        feed(ada, run, "&actor_type=guest")
        == feed(ada, run, "&source=Guest")
        == feed(ada, run, "&source=Webhook")
        == []
    )
    assert feed(ada, run, "&actor_type=user") == feed(ada, run, "&source=Member")
    assert feed(ada, run, "&actor_type=App%5CModels%5CUser") == feed(ada, run, "&actor_type=user")
    assert [row["text"] for row in feed(ada, run, "&search=changed the NAME")] == [["By Stan"]]
    today = datetime.now(UTC).date()
    day = timedelta(days=1)
    assert feed(ada, run, f"&created_after={today}&created_before={today}") == everything
    assert (
        feed(ada, run, f"&created_before={today - day}")
        == feed(ada, run, f"&created_after={today + day}")
        == []
    )
    assert (
        feed(ada, run, "&origin_type=task") == feed(ada, run, f"&origin_type=task&origin_id={UNKNOWN}") == []
    )


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("search=x", "search"),
        (f"search={'x' * 101}", "search"),
        (f"origin_id={UNKNOWN}", "origin_type"),
        ("origin_type=nothing", "origin_type"),
        ("entity_type=nothing&entity_id=" + UNKNOWN, "entity_type"),
        ("entity_type=run", "entity_id"),
        ("entity_id=" + UNKNOWN, "entity_type"),
        ("created_after=soon", "created_after"),
    ],
)
def test_wrong_filters_are_refused(ada: Client, query: str, field: str) -> None:
    assert list(reasons(ada, "GET", f"/activity-feeds?{query}")) == [field]


@pytest.mark.rule("P-883")
def test_the_activity_of_a_process_is_for_those_who_see_it(
    database: str, ada: Client, stan: Client, liv: Client, otto: Client, template: Drawn
) -> None:
    run = launched(ada, template)
    path = f"/runs/{run['id']}/activity-feeds"
    for client, status in ((ada, 200), (stan, 200), (liv, 403), (otto, 404)):
        assert client.get(path).status_code == status
        assert client.get(f"/activity-feeds?entity_type=run&entity_id={run['id']}").status_code == status
    ada.data("PUT", f"/runs/{run['id']}", json={"users": [liv.user_id]})
    assert liv.data("GET", path) == ada.data("GET", path)
    assert ada.get(f"/runs/{UNKNOWN}/activity-feeds").status_code == 404
    assert ada.get("/activity-feeds?entity_type=run&entity_id=nonsense").status_code == 404


@pytest.mark.rule("P-213", "P-214")
def test_without_an_entity_others_get_only_what_they_may_see(
    database: str, ada: Client, stan: Client, liv: Client, otto: Client
) -> None:
    hidden = draw(database, ada, step("Call"))
    for permission in (
        "CHECKLIST_READ",
        "CHECKLIST_EDIT",
        "PROCESS_LAUNCH",
        "CHECKLIST_DUPLICATE",
        "PROCESS_READ",
    ):
        grant(database, ada, hidden, permission)
    mine = join_as(database, ada, "standard")
    run = launched(ada, hidden, name="Very hidden run")
    query = "/activity-feeds?search=Very hidden run"
    assert len(ada.data("GET", query)) == 1
    for other in (stan, liv, otto, mine):
        assert other.data("GET", query) == []
    ada.data("PUT", f"/runs/{run['id']}", json={"users": [mine.user_id]})
    assert len(mine.data("GET", query)) == 1
    assert mine.get(f"/checklists/{hidden.id}/activity-feeds").status_code == 403
    assert ada.get(f"/checklists/{hidden.id}/activity-feeds").status_code == 200
    leave(database, mine)


@pytest.mark.rule("P-214")
def test_what_happened_to_a_top_secret_task_stays_with_its_people(
    database: str, ada: Client, stan: Client
) -> None:
    template = draw(database, ada, step("Open"), step("Pay rise", top_secret=True))
    run = launched(ada, template)
    for task in tasks_by_title(ada, run).values():
        ada.data("POST", f"/runs/{run['id']}/completed-tasks", json={"task_id": task["id"]})
    assert len(feed(ada, run, "&verb=completed&type=Task")) == 2
    (row,) = feed(stan, run, "&verb=completed&type=Task")
    assert row["audit"]["data"]["title"] == "Open"


def test_a_task_has_a_history(ada: Client, liv: Client, run: dict[str, Any]) -> None:
    task = tasks_by_title(ada, run)["Call"]["id"]
    ada.data("POST", f"/runs/{run['id']}/completed-tasks", json={"task_id": task})
    ada.data("DELETE", f"/runs/{run['id']}/completed-tasks/{task}")
    rows = ada.data("GET", f"/tasks/{task}/history")
    assert verbs(rows)[-1] == "completed"
    assert all(shaped(ActivityShape, row)["auditable_id"] == task for row in rows)
    assert rows == ada.data("GET", f"/activity-feeds?entity_type=task&entity_id={task}")
    assert liv.get(f"/tasks/{task}/history").status_code == 403
    assert ada.get(f"/tasks/{UNKNOWN}/history").status_code == 404


@pytest.mark.rule("T-035")
def test_a_template_has_an_activity_feed(ada: Client, stan: Client, template: Drawn, otto: Client) -> None:
    rows = stan.data("GET", f"/checklists/{template.id}/activity-feeds")
    assert verbs(rows)[-1] == "created"
    for row in rows:
        shaped(ActivityShape, row)
    assert rows == ada.data("GET", f"/activity-feeds?entity_type=blueprint&entity_id={template.id}")
    assert otto.get(f"/checklists/{template.id}/activity-feeds").status_code == 404


@pytest.mark.rule("P-224")
def test_a_deleted_process_leaves_one_row_that_administrators_read(
    ada: Client, stan: Client, template: Drawn
) -> None:
    run = launched(ada, template, name="Soon gone for ever")
    ada.data("DELETE", f"/runs/{run['id']}")
    ada.delete(f"/runs/{run['id']}/delete")
    (row,) = ada.data("GET", "/activity-feeds?search=Soon gone for ever")
    shaped(ActivityShape, row)
    assert (row["verb"], row["auditable_id"], row["audit"]) == (["deleted"], run["id"], {"data": {}})
    assert stan.data("GET", "/activity-feeds?search=Soon gone for ever") == []
    assert ada.get(f"/runs/{run['id']}/activity-feeds").status_code == 404
