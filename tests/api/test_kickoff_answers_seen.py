"""The kick-off form of a launch: what it asks in which order, who sent it and when, and who reads the answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.api.drawn import asks, draw, join_as, launched, reasons, step, tasks_by_title
from tests.api.templating import add_field, fields_path, make_template
from tests.conftest import Client


@pytest.mark.rule("T-057")
def test_everyone_on_the_process_reads_what_was_answered_by_whom_and_when(
    database: str, ada: Client, stan: Client, liv: Client
) -> None:
    template = draw(
        database, ada, step("Call", assignees=[liv.user_id]), kickoff=[asks("Client", required=True), asks("Note")]
    )  # fmt: skip
    before = datetime.now(UTC).replace(microsecond=0)
    process = launched(stan, template, prerun={template.fields["Client"]: "Acme"})
    task = tasks_by_title(stan, process)["Call"]["id"]
    for reader in (ada, stan, liv):
        got = reader.data("GET", f"/runs/{process['id']}?with=ko_form_fields")
        assert got["prerun"] == {template.fields["Client"]: "Acme"}
        assert [(one["label"], one["value"]) for one in got["ko_form_fields"]["data"]] == [
            ("Client", "Acme"), ("Note", None),
        ]  # fmt: skip
        assert got["prerun_completed_by"] == stan.user_id
        assert datetime.fromisoformat(got["prerun_completed_at"]) >= before
        assert reader.get(f"/tasks/{task}").status_code == 200
    outsider = join_as(database, ada, "light")
    assert outsider.get(f"/runs/{process['id']}?with=ko_form_fields").status_code == 403


@pytest.mark.rule("P-050", "P-051")
def test_the_form_keeps_its_order_and_blocks_the_launch_until_all_of_it_is_valid(
    database: str, ada: Client
) -> None:
    template = draw(
        database, ada, step("Call"), step("Ship"),
        kickoff=[
            asks("Zone", required=True), asks("Age", field_validation=["numeric", "min:18"]),
            asks("Mail", "email", required=True), asks("Size", "radio", required=True),
        ],
    )  # fmt: skip
    form = ada.data("GET", f"/checklists/{template.id}")["prerun"]
    assert [(one["label"], one["required"], one["position"]) for one in form] == [
        ("Zone", True, 1), ("Age", False, 2), ("Mail", True, 3), ("Size", True, 4),
    ]  # fmt: skip
    key = {label: f"prerun.{field}" for label, field in template.fields.items()}
    answers: dict[str, Any] = {template.fields["Age"]: "7", template.fields["Mail"]: "nobody"}
    body = {"checklist_id": template.id, "name": "x", "prerun": answers}
    assert reasons(ada, "POST", "/runs", json=body) == {
        key["Zone"]: ["Zone is required"],
        key["Age"]: ["Age must be at least 18."],
        key["Mail"]: ["Mail must be a valid email address."],
        key["Size"]: ["Size is required"],
    }
    answers |= {template.fields[label]: value for label, value in
                (("Zone", "North"), ("Age", 18), ("Mail", "a@b.example"), ("Size", "Gold"))}  # fmt: skip
    process = ada.data("POST", "/runs?with=ko_form_fields", 201, json=body)
    assert [one["label"] for one in process["ko_form_fields"]["data"]] == ["Zone", "Age", "Mail", "Size"]


def test_a_field_for_the_public_submitter_assigns_nobody_when_a_member_launches(
    database: str, ada: Client, stan: Client
) -> None:
    """The public half of T-063 belongs to the public form."""
    field = asks("Who", "assignees_form", settings={"default_to_guest": True})
    template = draw(database, ada, step("Call", assign_run_starter=False), kickoff=[field])
    assert ada.data("GET", f"/checklists/{template.id}")["prerun"][0]["settings"] == {
        "default_to_guest": True
    }
    for prerun in ({}, {template.fields["Who"]: {"users": [stan.user_id]}}):
        process = launched(ada, template, prerun=prerun)
        assert tasks_by_title(ada, process)["Call"]["owners"]["users"] == []


@pytest.mark.rule("T-073")
def test_no_field_is_calculated_or_hidden_and_none_is_checked_against_another(
    database: str, ada: Client
) -> None:
    template = draw(
        database, ada, step("Call", asks("From", "date"), asks("Until", "date")),
        kickoff=[asks("Kind", "radio"), asks("Sum", required=True)],
    )  # fmt: skip
    path = f"/checklists/{template.id}"
    more = {"formula": "1+1", "conditions": [{"x": 1}], "hidden": True, "visible_if": "Kind"}
    got = ada.data("PUT", f"{path}/preruns/{template.fields['Sum']}", json=more)
    assert not set(more) & set(got)
    for target in (template.fields["Sum"], template.fields["Until"]):
        action = {"action_type": "visibility", "action_verb": "show", "target_step_id": target}
        rule = {"automated_alias": "Show a field", "then_actions": [action], "conditions": [{
            "conditionable_id": template.fields["Kind"], "conditionable_type": "Prerun", "operation": "equals",
            "statement": "Gold", "logic": "and"}]}  # fmt: skip
        assert reasons(ada, "POST", f"{path}/automated-actions", json=rule)
    process = launched(ada, template, prerun={template.fields["Sum"]: "1+1"})
    assert process["prerun"] == {template.fields["Sum"]: "1+1"}
    task = tasks_by_title(ada, process)["Call"]["id"]
    days = {template.fields["From"]: "2026-03-04", template.fields["Until"]: "2025-01-01"}
    assert ada.data("PUT", f"/tasks/{task}", json={"taskdata": days})["taskdata"] == days


@pytest.mark.rule("T-074")
def test_a_read_only_field_is_filled_by_its_default_and_by_the_api(database: str, ada: Client) -> None:
    field = asks("Fixed", default_value="A1", default_value_enabled=True, settings={"read_only": True})
    template = draw(database, ada, step("Call", field))
    task = tasks_by_title(ada, launched(ada, template))["Call"]["id"]
    got = ada.data("GET", f"/tasks/{task}?with=form_fields")
    (shown,) = got["form_fields"]["data"]
    assert (shown["settings"], shown["value"]) == ({"read_only": True}, "A1")
    changed = ada.data("PUT", f"/tasks/{task}", json={"taskdata": {template.fields["Fixed"]: "A2"}})
    assert changed["taskdata"] == {template.fields["Fixed"]: "A2"}


@pytest.mark.rule("T-076", "P-537")
def test_a_date_may_start_as_the_answer_to_another_date(ada: Client) -> None:
    template = make_template(ada, "Call")
    event = add_field(ada, template, label="Event", field_type="date")
    more = {"default_value_enabled": True, "default_value": f"{{{{{event['alias']}}}}}"}
    day = add_field(ada, template, template["steps"][0], label="Day", field_type="date", **more)
    assert day["default_value"] == more["default_value"]
    path = f"{fields_path(template, template['steps'][0])}/{day['id']}"
    assert reasons(ada, "PUT", path, json={"default_value": "{{a}} {{b}}"}).keys() == {"default_value"}
    body = {"checklist_id": template["id"], "name": "x", "prerun": {event["id"]: "2031-03-10"}}
    process = ada.data("POST", "/runs", 201, json=body)
    assert tasks_by_title(ada, process)["Call"]["taskdata"] == {day["id"]: "2031-03-10"}
