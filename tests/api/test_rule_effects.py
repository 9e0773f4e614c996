"""Rules that move deadlines, reopen and hide, and what a reopening takes back, as clients see it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from stepwell.tasks.schemas import ChangedTaskShape
from tests.api.ruled import activity, complete, days, does, launch, on_completion, read, reopen, whom
from tests.api.templating import Json, add_field, add_rule, make_template, when
from tests.conftest import Client
from tests.shapes import shaped


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.rule("T-165", "T-166", "T-156")
def test_a_rule_moves_deadlines(ada: Client) -> None:
    def moves(one: Json, two: Json, three: Json) -> list[Json]:
        base = {"actionable_id": two["id"], "actionable_type": "Step"}
        return [
            does("deadline", two, "deadline", deadline=days(2)),
            does("deadline", three, "deadline", deadline=days(1, "before"), **base),
        ]

    tasks = launch(ada, on_completion(ada, "One", "Two", "Three", actions=moves))
    before = moment(tasks["Two"]["deadline"])
    changed = complete(ada, tasks["One"])["tasks_changed_by_rules"]
    two, three = (read(ada, tasks[name]) for name in ("Two", "Three"))
    assert moment(two["deadline"]) == before + timedelta(days=2)
    assert moment(three["deadline"]) == before + timedelta(days=1)
    assert changed[two["id"]] == {"status": "not-started", "deadline": two["deadline"], "action": "deadline"}
    [row] = [row for row in activity(ada, two) if row["field"] == ["deadline"]]
    assert (row["text"], row["audit_state"]["alias"]) == ([two["deadline"]], "A rule")
    reopen(ada, tasks["One"])
    assert complete(ada, tasks["One"])["tasks_changed_by_rules"] == {}
    assert read(ada, two)["deadline"] == two["deadline"]


@pytest.mark.rule("T-165", "T-167", "P-486")
def test_a_deadline_counts_from_a_date_that_was_answered(ada: Client) -> None:
    template = make_template(ada, "One", "Two")
    one, two = template["steps"]
    date = add_field(ada, template, one, label="Day", field_type="date")
    source = {"actionable_id": date["id"], "actionable_type": "Capture"}
    add_rule(
        ada, template, [when(one)], [does("deadline", two, "deadline", deadline=days(2, "before"), **source)]
    )
    tasks = launch(ada, template)
    ada.data("PUT", f"/tasks/{tasks['One']['id']}", json={"taskdata": {date["id"]: "2031-06-10"}})
    complete(ada, tasks["One"])
    assert read(ada, tasks["Two"])["deadline"] == "2031-06-08T00:00:00Z"
    blank = launch(ada, template)
    assert complete(ada, blank["One"])["tasks_changed_by_rules"] == {}
    assert read(ada, blank["Two"])["deadline"] == blank["Two"]["deadline"]


@pytest.mark.rule("T-168", "P-356", "P-353", "P-331")
def test_scenario_s09_approval_loop(ada: Client, stan: Client) -> None:
    template = make_template(ada, "T1")
    approval = ada.data(
        "POST", f"/checklists/{template['id']}/steps", 201, json={"title": "T2", "step_type": "approval"}
    )
    (first,) = template["steps"]
    add_rule(ada, template, [when(approval, operation="rejected")], [does("reopen", first, "status")])
    add_rule(ada, template, [when(first)], [does("reopen", approval, "status")])
    tasks = launch(stan, template)
    t1, t2 = tasks["T1"], tasks["T2"]
    complete(stan, t1)
    refused = stan.post(f"/runs/{t2['run_id']}/completed-tasks", json={"task_id": t2["id"]})
    assert refused.json()["errors"] == {"is_approved": ["The is approved field is required."]}
    for _ in range(2):
        done = shaped(ChangedTaskShape, complete(stan, t2, is_approved=False), "tasks_changed_by_rules")
        assert (done["status"], done["status_label"], done["is_approved"]) == ("completed", "rejected", False)
        assert done["tasks_changed_by_rules"] == {t1["id"]: {"status": "in-progress", "action": "reopen"}}
        assert read(stan, t1)["status"] == "in-progress"
        again = complete(stan, t1)["tasks_changed_by_rules"]
        assert again == {t2["id"]: {"status": "in-progress", "action": "reopen"}}
        assert read(stan, t2)["is_approved"] is None
    assert stan.data("GET", f"/runs/{t1['run_id']}")["status"] == "active"


@pytest.mark.rule("T-168")
def test_a_complete_process_becomes_active_when_a_rule_reopens(ada: Client) -> None:
    template = make_template(ada, "One", "Two")
    one, two = template["steps"]
    add_rule(ada, template, [when(one, operation="reopened")], [does("reopen", two, "status")])
    tasks = launch(ada, template)
    complete(ada, tasks["One"])
    complete(ada, tasks["Two"])
    assert ada.data("GET", f"/runs/{tasks['One']['run_id']}")["status"] == "complete"
    again = reopen(ada, tasks["One"])
    assert again["tasks_changed_by_rules"] == {
        tasks["Two"]["id"]: {"status": "in-progress", "action": "reopen"}
    }
    process = ada.data("GET", f"/runs/{tasks['One']['run_id']}")
    assert (process["status"], process["completed_at"]) == ("active", None)


@pytest.mark.rule("T-151")
def test_the_log_says_which_conditions_held_and_what_they_saw(ada: Client) -> None:
    template = make_template(ada, "One", "Two")
    one, two = template["steps"]
    field = add_field(ada, template, one, label="Amount")
    conditions = [when(field, "Capture", "greater_than", statement="10"), when(one, logic="and")]
    add_rule(ada, template, conditions, [does("hide", two, "visibility")])
    tasks = launch(ada, template)
    ada.data("PUT", f"/tasks/{tasks['One']['id']}", json={"taskdata": {field["id"]: "7"}})
    complete(ada, tasks["One"])
    [row] = [row for row in activity(ada, tasks["One"], of_process=True) if row["type"] == ["execution"]]
    assert (row["verb"], row["source"]) == (["execution_fail"], ["Bot"])
    seen: list[Json] = row["audit_state"]["rules"]
    keys = ("type", "task_title", "field_label", "operation", "statement", "logic", "isMet", "value")
    assert [tuple(one[key] for key in keys) for one in seen] == [
        ("capture", "One", "Amount", "is greater than", "10", "and", False, "7"),
        ("task", "One", None, "completed", "any_time", "and", True, "completed"),
    ]
    assert row["audit_state"]["actions"] == {tasks["Two"]["id"]: {"title": "Two", "actions": ["hide"]}}


@pytest.mark.rule("T-156")
def test_nothing_changed_is_an_empty_object(ada: Client) -> None:
    tasks = launch(
        ada, on_completion(ada, "One", "Two", actions=lambda one, two: [does("show", two, "visibility")])
    )
    assert tasks["Two"]["status"] == "auto-skipped"
    done = complete(ada, tasks["One"])
    assert done["tasks_changed_by_rules"] == {tasks["Two"]["id"]: {"status": "not-started", "action": "show"}}
    assert reopen(ada, tasks["One"])["tasks_changed_by_rules"] == {}
    assert complete(ada, tasks["One"])["tasks_changed_by_rules"] == {}


@pytest.mark.rule("T-158")
def test_a_hidden_task_is_out_of_lists_and_counts_and_keeps_its_data(ada: Client, stan: Client) -> None:
    template = make_template(ada, "One", "Two")
    one, two = template["steps"]
    note = add_field(ada, template, two, label="Note")
    add_rule(ada, template, [when(one)], [does("hide", two, "visibility")])
    tasks = launch(stan, template)
    stan.data("PUT", f"/tasks/{tasks['Two']['id']}", json={"taskdata": {note["id"]: "kept"}})
    stan.data("POST", f"/tasks/{tasks['Two']['id']}/comment", 201, json={"content": "Kept too"})
    complete(stan, tasks["One"])
    assert tasks["Two"]["id"] not in [task["id"] for task in stan.data("GET", "/me/tasks?per_page=100")]
    process = stan.data("GET", f"/runs/{tasks['One']['run_id']}")
    assert (process["status"], process["progress"]["total"], process["late_tasks"]) == ("complete", 1, 0)
    answer = stan.post(
        f"/runs/{tasks['Two']['run_id']}/completed-tasks", json={"task_id": tasks["Two"]["id"]}
    )
    assert answer.status_code == 422
    after = read(stan, tasks["Two"], "?with=threads")
    assert (after["status"], after["taskdata"], after["owners"]["users"]) == (
        "auto-skipped", {note["id"]: "kept"}, [stan.user_id],
    )  # fmt: skip
    assert [one["content"] for one in after["threads"]["data"]] == ["Kept too"]


def reversible(ada: Client, liv: Client) -> Json:
    def acts(one: Json, two: Json, three: Json) -> list[Json]:
        return [
            does("hide", two, "visibility"),
            does("assign", three, assignees=whom(liv)),
            does("deadline", three, "deadline", deadline=days(2)),
        ]

    return on_completion(ada, "One", "Two", "Three", actions=acts)


@pytest.mark.rule("P-354", "T-155")
def test_reopening_takes_back_what_rules_did_when_asked(ada: Client, liv: Client) -> None:
    tasks = launch(ada, reversible(ada, liv))
    two, three = tasks["Two"], tasks["Three"]
    complete(ada, tasks["One"])
    assert read(ada, two)["status"] == "auto-skipped"
    again = shaped(ChangedTaskShape, reopen(ada, tasks["One"], reverse_rules=True), "tasks_changed_by_rules")
    assert again["tasks_changed_by_rules"] == {
        two["id"]: {"status": "not-started", "action": "show"},
        three["id"]: {
            "status": "not-started",
            "deadline": three["deadline"],
            "owners": {"users": [ada.user_id], "guests": [], "groups": []},
            "action": "deadline",
        },
    }
    for before in (two, three):
        after = read(ada, before)
        assert [after[key] for key in ("status", "deadline", "owners")] == [
            before[key] for key in ("status", "deadline", "owners")
        ]
    assert three["id"] not in [one["id"] for one in liv.data("GET", "/me/tasks?per_page=100")]
    told = [row for row in activity(ada, three) if row["audit_state"] and row["audit_state"].get("reversed")]
    assert {row["field"][0] for row in told} == {"owners", "deadline"}


@pytest.mark.rule("P-354", "T-155")
@pytest.mark.parametrize("sent", [{}, {"reverse_rules": False}, {"reverse_rules": "no"}])
def test_effects_stay_unless_that_is_asked_for(ada: Client, liv: Client, sent: Any) -> None:
    tasks = launch(ada, reversible(ada, liv))
    complete(ada, tasks["One"])
    changed = {name: read(ada, tasks[name]) for name in ("Two", "Three")}
    assert reopen(ada, tasks["One"], **sent)["tasks_changed_by_rules"] == {}
    for name, task in changed.items():
        assert read(ada, tasks[name])["owners"] == task["owners"]
        assert read(ada, tasks[name])["status"] == task["status"]
