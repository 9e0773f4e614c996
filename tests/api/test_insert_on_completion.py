"""A completed task has the tasks of another template inserted into its own process."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from stepwell.organizations.setup import enter
from tests.api.drawn import Drawn, asks, draw, launched, new_tag, shows, step, tasks_by_title
from tests.api.followed import bot_said, done_at_once, finish, launched_by, leading_to, reopen
from tests.api.talk import status_of
from tests.conftest import Client


def titles(client: Client, process: dict[str, Any]) -> list[str]:
    """The titles of the visible tasks in order; positions of all count from 1."""
    tasks = client.data("GET", f"/runs/{process['id']}?with=tasks")["tasks"]["data"]
    return [task["title"] for task in tasks]


def two_checks(database: str, client: Client, **columns: Any) -> Drawn:
    steps = step("Check tax", asks("Number"), **columns), step("Check bank", **columns)
    return draw(database, client, *steps, title="Checks")


@pytest.mark.rule("T-096", "P-127", "P-120")
def test_the_tasks_stand_after_the_one_that_asked_for_them(database: str, ada: Client, stan: Client) -> None:
    checks = two_checks(database, ada)
    source = draw(database, ada, step("Call"), leading_to(checks, inside=True), step("Ship"), title="Order")
    order = launched(ada, source)
    before = tasks_by_title(ada, order)

    finish(database, stan, before["Sign"])

    assert titles(ada, order) == ["Call", "Sign", "Check tax", "Check bank", "Ship"]
    after = tasks_by_title(ada, order)
    assert [after[title]["position"] for title in titles(ada, order)] == [1, 2, 3, 4, 5]
    assert {title: task["id"] for title, task in after.items() if title in before} == {
        title: task["id"] for title, task in before.items()
    }
    new = after["Check tax"]
    assert (new["run_id"], new["checklist_id"], new["step_id"]) == (
        order["id"], checks.id, checks.steps["Check tax"],
    )  # fmt: skip
    assert new["owners"]["users"] == [ada.user_id], "whoever started the process"
    assert new["is_oneoff_task"] is False
    assert launched_by(ada, order) == []
    assert bot_said(ada, before["Sign"]) == ["Inserted the tasks of Checks after this one."]
    process = ada.data("GET", f"/runs/{order['id']}")
    assert process["progress"] == {"complete": 1, "total": 5, "percent": 20}
    assert process["checklist_id"] == source.id


@pytest.mark.rule("T-096", "P-127")
def test_they_bring_their_form_instructions_milestone_and_tags(database: str, ada: Client) -> None:
    tag = new_tag(database, ada)
    checks = draw(
        database, ada,
        step("Check tax", asks("Number", required=True), summary="<p>Look it up.</p>", stage_id="Tax"),
        stages=["Tax"],
        title="Checks",
    )  # fmt: skip
    tagged = {"tag_id": tag}
    ada.data("POST", f"/checklists/{checks.id}/steps/{checks.steps['Check tax']}/tags", 201, json=tagged)
    source = draw(database, ada, leading_to(checks, "Sign", inside=True, stage_id="Deal"), stages=["Deal"])
    order = launched(ada, source)
    finish(database, ada, tasks_by_title(ada, order)["Sign"])

    found = tasks_by_title(ada, order)["Check tax"]
    task = ada.data("GET", f"/tasks/{found['id']}?with=form_fields,step,tags")
    assert task["summary"] == "<p>Look it up.</p>"
    assert task["step"]["data"]["title"] == "Check tax"
    assert [one["tag_id"] for one in task["tags"]["data"]] == [tag]
    assert task["stage_id"] == checks.stages["Tax"]
    stages = ada.data("GET", f"/runs/{order['id']}?with=stages")["stages"]["data"]
    assert [(stage["name"], stage["position"]) for stage in stages] == [("Deal", 1), ("Tax", 2)]
    [field] = task["form_fields"]["data"]
    refused = ada.post(f"/runs/{order['id']}/completed-tasks", json={"task_id": task["id"]})
    assert refused.status_code == 422
    number = {field["id"]: "DE 1"}
    ada.data("PUT", f"/runs/{order['id']}/tasks/{task['id']}", json={"taskdata": number})
    ada.data("POST", f"/runs/{order['id']}/completed-tasks", json={"task_id": task["id"]})
    assert status_of(ada, order) == "complete"


@pytest.mark.rule("P-127", "T-096")
def test_a_process_that_waits_for_tasks_is_not_complete(database: str, ada: Client) -> None:
    checks = two_checks(database, ada)
    order = launched(ada, draw(database, ada, leading_to(checks, inside=True)))
    task = tasks_by_title(ada, order)["Sign"]
    ada.data("POST", f"/runs/{order['id']}/completed-tasks", json={"task_id": task["id"]})
    assert status_of(ada, order) == "active"
    done_at_once(database, ada, order)
    assert status_of(ada, order) == "active"
    events = ada.data("GET", f"/activity-feeds?entity_type=run&entity_id={order['id']}&per_page=100")
    assert [
        event for event in events if event["verb"] == ["completed"] and event["type"] == ["Process"]
    ] == []


@pytest.mark.rule("P-127")
def test_deadlines_count_from_the_insertion(database: str, ada: Client) -> None:
    from_launch = {"value": 2, "unit": "days", "option": "from", "step": "start_run"}
    checks = draw(database, ada, step("Check tax", deadline=from_launch))
    order = launched(ada, draw(database, ada, leading_to(checks, inside=True)))
    with psycopg.connect(database) as owner:
        enter(owner, UUID(ada.organization_id))
        owner.execute(
            "UPDATE processes SET created_at = created_at - interval '9 days' WHERE id = %s", [order["id"]]
        )
    finish(database, ada, tasks_by_title(ada, order)["Sign"])
    deadline = datetime.fromisoformat(tasks_by_title(ada, order)["Check tax"]["deadline"])
    due_in = deadline - datetime.now(UTC)
    assert timedelta(days=1, hours=23) < due_in <= timedelta(days=2)


@pytest.mark.rule("P-127", "T-096")
def test_rules_go_on_among_the_inserted_ones(database: str, ada: Client) -> None:
    """The rule at the start looks at the form that nobody saw, with its defaults."""
    checks = draw(
        database, ada, step("Check tax"), step("Ask lawyer"), step("Ask bank"),
        kickoff=[asks("Country", default_value="DE", default_value_enabled=True)],
        rules=[shows("Ask lawyer", "Country", "DE"), shows("Ask bank", "Country", "US")],
        title="Checks",
    )  # fmt: skip
    order = launched(ada, draw(database, ada, leading_to(checks, inside=True), title="Order"))
    finish(database, ada, tasks_by_title(ada, order)["Sign"])
    assert titles(ada, order) == ["Sign", "Check tax", "Ask lawyer"]
    add_rule = {
        "automated_alias": "After tax", "conditions": [
            {"conditionable_id": checks.steps["Check tax"], "conditionable_type": "Step", "operation": "completed",
             "statement": "any_time"}],
        "then_actions": [{"action_type": "visibility", "action_verb": "show",
                          "target_step_id": checks.steps["Ask bank"]}],
    }  # fmt: skip
    ada.data("POST", f"/checklists/{checks.id}/automated-actions", 201, json=add_rule)
    other = launched(ada, draw(database, ada, leading_to(checks, inside=True), title="Order"))
    finish(database, ada, tasks_by_title(ada, other)["Sign"])
    answer = finish(database, ada, tasks_by_title(ada, other)["Check tax"])
    assert [one["action"] for one in answer["tasks_changed_by_rules"].values()] == ["show"]
    assert titles(ada, other) == ["Sign", "Check tax", "Ask lawyer", "Ask bank"]
    assert titles(ada, order) == ["Sign", "Check tax", "Ask lawyer"]


@pytest.mark.rule("P-127")
def test_neither_side_can_name_the_answers_of_the_other(database: str, ada: Client) -> None:
    checks = draw(
        database, ada, step("Check", asks("Inner", alias="inner-1")),
        step("Inner {{inner-1}}, {{outer-1}} {{ko-1}}.", summary="{{inner-1}}|{{outer-1}}|{{TEMPLATE_NAME}}"),
        title="Checks",
    )  # fmt: skip
    source = draw(
        database, ada, leading_to(checks, "Sign", asks("Outer", alias="outer-1"), inside=True),
        step("Outer {{inner-1}} {{outer-1}} {{ko-1}}."), kickoff=[asks("Client", alias="ko-1")], title="Order",
    )  # fmt: skip
    order = launched(ada, source, prerun={source.fields["Client"]: "Acme"})
    sign = tasks_by_title(ada, order)["Sign"]
    ada.data(
        "PUT", f"/runs/{order['id']}/tasks/{sign['id']}", json={"taskdata": {source.fields["Outer"]: "out"}}
    )
    finish(database, ada, sign)
    check = tasks_by_title(ada, order)["Check"]
    inner = {checks.fields["Inner"]: "in"}
    ada.data("PUT", f"/runs/{order['id']}/tasks/{check['id']}", json={"taskdata": inner})
    assert titles(ada, order) == ["Sign", "Check", "Inner in, .", "Outer out Acme."]
    described = ada.data("GET", f"/tasks/{tasks_by_title(ada, order)['Inner in, .']['id']}")
    assert described["summary"] == "in||Checks"


@pytest.mark.rule("T-098", "P-124", "P-127")
def test_a_template_is_inserted_once_into_a_process(database: str, ada: Client) -> None:
    """Scenario S25."""
    checks = two_checks(database, ada)
    source = draw(
        database, ada, leading_to(checks, inside=True), leading_to(checks, "Sign again", inside=True)
    )
    order = launched(ada, source)
    task, other = (tasks_by_title(ada, order)[title] for title in ("Sign", "Sign again"))
    finish(database, ada, task)
    reopen(ada, task)
    finish(database, ada, task)
    finish(database, ada, other)
    assert titles(ada, order) == ["Sign", "Check tax", "Check bank", "Sign again"]
    refusal = (
        "The tasks of Checks were not inserted. Its tasks are part of this process already, and a template is"
        " inserted only once."
    )
    assert bot_said(ada, task)[1:] == [refusal]
    assert bot_said(ada, other) == [refusal]


@pytest.mark.rule("T-098")
def test_an_inserted_task_may_insert_further_but_not_what_is_there(database: str, ada: Client) -> None:
    second = draw(database, ada, step("Second"), title="Second")
    first = draw(database, ada, leading_to(second, "First", inside=True), title="First")
    source = draw(database, ada, leading_to(first, inside=True), step("Ship"), title="Order")
    body = {"title": "Loop", "bp_to_launch": {"id": source.id, "tasks_within_process": True}}
    ada.data("POST", f"/checklists/{second.id}/steps", 201, json=body)
    order = launched(ada, source)
    for title in ("Sign", "First", "Loop"):
        finish(database, ada, tasks_by_title(ada, order)[title])
    assert titles(ada, order) == ["Sign", "First", "Second", "Loop", "Ship"]
    [said] = bot_said(ada, tasks_by_title(ada, order)["Loop"])
    assert said.startswith("The tasks of Order were not inserted.")


def test_the_template_shows_nothing_of_it(database: str, ada: Client) -> None:
    checks = two_checks(database, ada)
    source = draw(database, ada, leading_to(checks, inside=True), title="Order")
    orders = [launched(ada, source) for _ in range(2)]
    for order in orders:
        finish(database, ada, tasks_by_title(ada, order)["Sign"])
    versions = {ada.data("GET", f"/runs/{order['id']}")["checklist_version_id"] for order in orders}
    assert len(versions) == 1, "both run on the same two versions"
    [version] = ada.data("GET", f"/checklists/{source.id}/versions")
    assert (version["version"], version["processes_count"]) == (1, 2)
    frozen = ada.data("GET", f"/checklists/{source.id}?version=1&with=steps")
    assert [one["title"] for one in frozen["steps"]["data"]] == ["Sign"]
    again = ada.data("POST", f"/runs/{orders[0]['id']}/duplicate", 201)
    assert titles(ada, again) == ["Sign"]
