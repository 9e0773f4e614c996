"""What every change of a template's parts does besides: the log, the times, the versions of processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.made import Maker, log_of
from tests.api.templating import (
    Json,
    add_field,
    add_rule,
    add_step,
    fields_path,
    launched,
    make_template,
    read,
    rules_path,
    show,
    steps_path,
    when,
)
from tests.conftest import Client

Change = Callable[[Client, Json], Any]


def change_step(client: Client, template: Json) -> Any:
    return client.data("PATCH", steps_path(template, template["steps"][0]), json={"summary": "New"})


def move_step(client: Client, template: Json) -> Any:
    return client.data("PUT", steps_path(template, template["steps"][0], "/reorder"), json={"position": 2})


def add_stage(client: Client, template: Json) -> Any:
    return client.data("POST", f"/checklists/{template['id']}/stages", 201, json={"name": "Start"})


CHANGES: dict[str, Change] = {
    "add a step": lambda client, template: add_step(client, template, title="New"),
    "change a step": change_step,
    "move a step": move_step,
    "copy a step": lambda client, template: client.data(
        "POST", steps_path(template, template["steps"][0], "/clone"), 201
    ),
    "delete a step": lambda client, template: client.delete(steps_path(template, template["steps"][1])),
    "add a field": lambda client, template: add_field(client, template, template["steps"][0]),
    "add a kick-off field": lambda client, template: add_field(client, template),
    "send the kick-off form": lambda client, template: client.data(
        "PATCH",
        f"/checklists/{template['id']}",
        json={"prerun": [{"label": "A", "field_type": "text", "required": False}]},
    ),
    "add a rule": lambda client, template: add_rule(
        client, template, [when(template["steps"][0])], [show(template["steps"][0])]
    ),
    "add a milestone": add_stage,
}


@pytest.mark.rule("T-032")
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_first_change_after_a_launch_makes_a_new_version(
    ada: Client, stan: Client, change: Change
) -> None:
    template = make_template(ada, "One", "Two")
    before = read(ada, template)
    assert before["version"] == 1
    launched(ada, template)
    change(stan, template)
    after = read(ada, template)
    assert after["version"] == 2
    assert after["last_updated"] > before["last_updated"]
    assert after["last_updated_by"] == stan.user_id
    add_step(ada, template, title="One more")
    assert read(ada, template)["version"] == 2


@pytest.mark.rule("T-035")
def test_the_log_tells_what_was_done_to_steps_and_their_fields(
    ada: Client, stan: Client, database: str
) -> None:
    template = make_template(ada, "One")
    step = template["steps"][0]
    ada.data("PUT", steps_path(template, step), json={"title": "First", "assignees": [stan.user_id]})
    field = add_field(ada, template, step, label="Amount")
    ada.data("PUT", f"{fields_path(template, step)}/{field['id']}", json={"label": "Sum"})
    ada.delete(f"{fields_path(template, step)}/{field['id']}")
    ada.data("POST", steps_path(template, step, "/clone"), 201)
    ada.data("PUT", steps_path(template, step, "/reorder"), json={"position": 2})
    ada.delete(steps_path(template, step))
    people = {"users": [], "guests": [], "groups": []}
    with Maker(database, ada) as maker:
        assert log_of(maker, template["id"])[1:] == [
            ("created", "Added step: One", None, None, "One"),
            ("owners-updated", "Changed the assignees of step: First", "assignees", people,
             {**people, "users": [stan.user_id]}),
            ("updated", "Changed the title of step: First", "title", "One", "First"),
            ("created", "Added form field: Amount", None, None, "Amount"),
            ("updated", "Changed label of form field: Sum", "label", "Amount", "Sum"),
            ("deleted", "Deleted form field: Sum", None, "Sum", None),
            ("created", "Copied step: First", None, None, "First - Copy"),
            ("re-ordered", "Moved step: First", "position", 1, 2),
            ("deleted", "Deleted step: First", None, "First", None),
        ]  # fmt: skip
        kinds = maker.rows(
            "SELECT DISTINCT kind, object_type FROM events WHERE subject_id = %s ORDER BY 1, 2",
            template["id"],
        )
    assert kinds == [("Blueprint", "Checklist"), ("Step", "Capture"), ("Step", "Step")]


@pytest.mark.rule("T-035")
def test_the_log_tells_what_was_done_to_rules_the_form_and_milestones(ada: Client, database: str) -> None:
    template = make_template(ada, "One", "Two")
    one, two = template["steps"]
    rule = add_rule(ada, template, [when(one)], [show(two)])
    ada.data("PUT", rules_path(template, rule), json={"automated_alias": "Show two"})
    ada.delete(rules_path(template, rule))
    field = add_field(ada, template, label="Plan")
    ada.delete(f"{fields_path(template)}/{field['id']}")
    stage = add_stage(ada, template)
    ada.data("PUT", f"/checklists/{template['id']}/stages/{stage['id']}", json={"name": "Begin"})
    ada.delete(f"/checklists/{template['id']}/stages/{stage['id']}")
    with Maker(database, ada) as maker:
        assert log_of(maker, template["id"])[3:] == [
            ("created", "Added automation: A rule", None, None, "A rule"),
            ("updated", "Changed automation: Show two", "automated_alias", "A rule", "Show two"),
            ("deleted", "Deleted automation: Show two", None, "Show two", None),
            ("created", "Added kick-off field: Plan", None, None, "Plan"),
            ("deleted", "Deleted kick-off field: Plan", None, "Plan", None),
            ("created", "Added milestone: Start", None, None, "Start"),
            ("updated", "Renamed milestone: Begin", "name", "Start", "Begin"),
            ("deleted", "Deleted milestone: Begin", None, "Begin", None),
        ]


def hidden(client: Client, process: Json) -> list[str]:
    tasks = client.data("GET", f"/runs/{process['id']}/tasks")
    return [task["title"] for task in tasks if task["status"] == "auto-skipped"]


@pytest.mark.rule("T-157")
def test_a_step_that_a_rule_shows_starts_hidden_until_the_rule_is_gone(ada: Client) -> None:
    template = make_template(ada, "One", "Two", "Three")
    one, two, three = template["steps"]
    ada.data("PATCH", steps_path(template, three), json={"hide_by_default": True})
    rule = add_rule(ada, template, [when(one)], [show(two)])
    before = launched(ada, template)
    ada.delete(rules_path(template, rule))
    after = launched(ada, template)
    assert hidden(ada, before) == ["Two", "Three"]
    assert hidden(ada, after) == ["Three"]


@pytest.mark.rule("T-044", "T-045", "T-069")
def test_a_running_process_keeps_what_it_was_launched_with(ada: Client) -> None:
    template = make_template(ada, "One", "Two")
    field = add_field(ada, template, field_type="radio", options=["A", "B"], label="Plan")
    process = launched(ada, template, prerun={field["id"]: "A"})
    assert ada.delete(steps_path(template, template["steps"][1])).status_code == 204
    assert ada.delete(f"{fields_path(template)}/{field['id']}").status_code == 204
    again = ada.data("GET", f"/runs/{process['id']}")
    assert len(ada.data("GET", f"/runs/{process['id']}/tasks")) == 2
    assert again["prerun"] == process["prerun"]
    forms = ada.data("GET", f"/runs/{process['id']}/form-fields")
    assert field["id"] in str(forms)
