"""What is wrong or suspicious in a template, as the one who reads it is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stepwell.explaining.schemas import (
    FindingShape,
    HealthShape,
    PlaceShape,
    RuleOutlookShape,
    ScenarioShape,
    StepOutlookShape,
)
from tests.api.drawn import asks, draw, shows, step
from tests.api.made import Maker, errors_of, new_template
from tests.api.templating import add_field, add_rule, add_step, make_template, show, when
from tests.api.test_real_onboarding import make_template as make_onboarding
from tests.api.test_template_permissions import set_grants
from tests.conftest import Client
from tests.real_input import ONBOARDING, checklist
from tests.shapes import shaped


def health(client: Client, template_id: str, query: str = "") -> dict[str, Any]:
    found = shaped(HealthShape, client.data("GET", f"/checklists/{template_id}/health{query}"))
    for finding in found["findings"]:
        for place in (shaped(FindingShape, finding)["place"], *finding["related"]):
            shaped(PlaceShape, place)
    for one in found["steps"]:
        shaped(StepOutlookShape, one)
    for one in found["automated_actions"]:
        shaped(RuleOutlookShape, one)
    return found


def codes(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["severity"], one["code"]) for one in found["findings"] if one["severity"] != "info"]


@pytest.mark.rule("T-171")
def test_a_template_in_order_is_healthy(database: str, ada: Client) -> None:
    drawn = draw(
        database, ada, step("First"), step("Second"),
        kickoff=[asks("Plan", "dropdown", required=True)], rules=[shows("Second", "Plan", "Gold")],
    )  # fmt: skip
    found = health(ada, drawn.id)
    assert (found["id"], found["title"], found["version"], found["healthy"]) == (
        drawn.id,
        "Onboarding",
        1,
        True,
    )
    assert found["counts"] == {"high": 0, "medium": 0, "low": 0, "info": 1}
    assert [(one["title"], one["visibility"]) for one in found["steps"]] == [
        ("First", "always"),
        ("Second", "depends"),
    ]
    assert [(one["type"], one["label"]) for one in found["steps"][1]["depends_on"]] == [
        ("kickoff_field", "Plan")
    ]
    assert [(one["automated_alias"], one["can_fire"]) for one in found["automated_actions"]] == [
        ("show Second", True)
    ]


@pytest.mark.rule("T-171")
def test_what_is_wrong_is_named_with_its_place(database: str, ada: Client) -> None:
    drawn = draw(
        database, ada, step("First"), step("Second"),
        kickoff=[asks("Plan", "dropdown", required=True)], rules=[shows("Second", "Plan", "Silver")],
    )  # fmt: skip
    found = health(ada, drawn.id)
    assert codes(found) == [
        ("high", "unreachable_step"), ("medium", "inert_rule"), ("medium", "stale_condition_value"),
    ]  # fmt: skip
    assert (found["healthy"], found["counts"]["high"]) == (False, 1)
    worst = found["findings"][0]
    assert worst["place"] == {
        "type": "step", "id": drawn.steps["Second"], "alias": drawn.aliases["Second"], "label": "Second",
    }  # fmt: skip
    assert worst["message"] == (
        "The step “Second” can never be shown: the rule “show Second” can never fire, since the answer to “Plan” is"
        " “Silver”: that can never be."
    )
    assert [one["label"] for one in worst["related"]] == ["show Second"]
    assert found["steps"][1]["visibility"] == "never"
    assert found["automated_actions"][0]["can_fire"] is False


@pytest.mark.rule("T-171")
def test_a_draft_is_checked_as_it_is_and_a_version_as_it_was(ada: Client) -> None:
    template = make_template(ada, "First", "Second")
    rule = add_rule(ada, template, [when(template["steps"][1])], [show(template["steps"][1])])
    process = ada.data("POST", "/runs", 201, json={"checklist_id": template["id"], "name": "Acme"})
    ada.request("DELETE", f"/checklists/{template['id']}/automated-actions/{rule['id']}")
    assert health(ada, template["id"])["healthy"]
    for version in "1", process["checklist_version_id"]:
        was = health(ada, template["id"], f"?version={version}")
        assert (was["version"], codes(was)[0]) == (1, ("high", "unreachable_step"))
    for unknown in "7", "x", "9" * 30, template["id"]:
        answer = ada.get(f"/checklists/{template['id']}/health?version={unknown}")
        assert (answer.status_code, answer.json()["errors"]) == (
            422,
            {"version": ["This template has no such version."]},
        )


def test_a_variable_of_a_later_step_is_told(ada: Client) -> None:
    template = make_template(ada, "First")
    later = add_step(ada, template, title="Second")
    answer = add_field(ada, template, later, label="Price")
    add_step(ada, template, title="Third", summary=f"<p>{{{{{answer['alias']}}}}} and {{{{nobody-1}}}}</p>")
    path = f"/checklists/{template['id']}/steps/{template['steps'][0]['id']}"
    ada.data("PUT", path, json={"title": f"First at {{{{{answer['alias']}}}}}"})
    found = health(ada, template["id"])
    told = {one["code"]: one["message"] for one in found["findings"]}
    assert "uses the answer to “Price”, which is given only later, in “Second”." in told["later_variable"]
    assert told["unknown_variable"].startswith("The description of “Third” uses the variable “{{nobody-1}}”")


def test_who_has_left_does_nothing(database: str, ada: Client) -> None:
    with Maker(database, ada) as make:
        gone = make.member(status="disabled")
        drawn = draw(database, ada, step("Work", assignees=[gone.user_id], assign_run_starter=False))
        assert codes(health(ada, drawn.id)) == [("high", "unassigned_step")]
        here = draw(database, ada, step("Work", assignees=[ada.user_id], assign_run_starter=False))
        assert codes(health(ada, here.id)) == []


def test_a_guest_who_is_asked_for_at_launch_is_somebody(database: str, ada: Client) -> None:
    drawn = draw(database, ada, step("Sign", assign_run_starter=False, ask_guest_at_launch=True))
    assert codes(health(ada, drawn.id)) == []


@pytest.mark.rule("T-097")
def test_launches_that_nobody_is_there_for_are_told_on_both_sides(
    database: str, ada: Client, stan: Client
) -> None:
    asking = draw(database, ada, step("Audit"), kickoff=[asks("Year", required=True)], title="Yearly audit")
    archived = new_template(ada, "Old audit")
    ada.delete(f"/checklists/{archived['id']}")
    starting = draw(
        database, ada,
        step("Close", bp_to_launch={"id": asking.id, "tasks_within_process": False, "default_name_format": None}),
        step("Open", bp_to_launch={"id": archived["id"], "tasks_within_process": False, "default_name_format": None}),
        step("Gone", bp_to_launch={"id": "a" * 32, "tasks_within_process": False, "default_name_format": None}),
        title="Closing",
    )  # fmt: skip
    found = health(ada, starting.id)
    first, second, third = (one["message"] for one in found["findings"] if one["severity"] == "high")
    assert first.endswith(
        "“Yearly audit” should be launched, but its kick-off form requires “Year”, and nobody is there to answer."
    )
    assert second == "When the step “Open” is completed, “Old audit” should be launched, but it is archived."
    assert third.endswith("“a template” should be launched, but it no longer exists.")
    (told,) = (one for one in health(ada, asking.id)["findings"] if one["code"] == "launched_without_answers")
    assert "launched by steps of “Closing”" in told["message"]
    set_grants(ada, {"id": starting.id})
    (told,) = (
        one for one in health(stan, asking.id)["findings"] if one["code"] == "launched_without_answers"
    )
    assert "another template" in told["message"]
    assert "Closing" not in told["message"]


@pytest.mark.rule("T-171", "T-186")
def test_whoever_may_read_the_template_may_have_it_checked(
    database: str, ada: Client, stan: Client, liv: Client, otto: Client
) -> None:
    drawn = draw(database, ada, step("First"))
    set_grants(ada, {"id": drawn.id})
    path = f"/checklists/{drawn.id}/health"
    assert [client.get(path).status_code for client in (stan, liv, otto)] == [404, 404, 404]
    set_grants(ada, {"id": drawn.id}, CHECKLIST_READ={"users": [liv.user_id, stan.user_id]})
    assert [client.get(path).status_code for client in (stan, liv, otto)] == [200, 200, 404]
    assert ada.get("/checklists/no-such-alias/health").status_code == 404
    ada.delete(f"/checklists/{drawn.id}")
    assert ada.get(path).status_code == 404


def test_a_template_is_found_by_its_alias_under_both_roots(ada: Client) -> None:
    template = new_template(ada)
    found = health(ada, template["alias"])
    assert codes(found) == [("medium", "no_steps")]
    bare = (
        ada.root.removesuffix("/api")
        + f"/organizations/{ada.organization_id}/checklists/{template['id']}/health"
    )
    assert ada.get(bare).json()["data"] == found


@pytest.mark.parametrize("path", ONBOARDING, ids=lambda path: path.stem)
@pytest.mark.rule("T-171")
def test_real_onboarding_checklists_can_be_checked(ada: Client, path: Path) -> None:
    source = checklist(path)
    template, _ = make_onboarding(ada, source["checklistName"], source["items"])
    found = health(ada, template)
    assert {one["visibility"] for one in found["steps"]} == {"always"}
    assert set(codes(found)) <= {("low", "same_trigger")}  # one rule for each item, as they were made


@pytest.mark.rule("T-172")
def test_a_scenario_takes_some_answers_and_explores_the_rest(database: str, ada: Client, liv: Client) -> None:
    drawn = draw(
        database, ada, step("First"), step("Gold only"), step("Acme only"),
        kickoff=[asks("Plan", "dropdown", required=True), asks("Client")],
        rules=[shows("Gold only", "Plan", "Gold"), shows("Acme only", "Client", "Acme")],
    )  # fmt: skip
    path = f"/checklists/{drawn.id}/health"

    def explored(**answers: Any) -> dict[str, str]:
        body = {"answers": {drawn.fields[name]: value for name, value in answers.items()}}
        found = shaped(ScenarioShape, ada.data("POST", path, json=body))
        for one in found["steps"]:
            shaped(StepOutlookShape, one)
        return {one["title"]: one["visibility"] for one in found["steps"]}

    assert explored() == {"First": "always", "Gold only": "depends", "Acme only": "depends"}
    assert explored(Plan="Gold") == {"First": "always", "Gold only": "always", "Acme only": "depends"}
    assert explored(Plan="Basic", Client="acme") == {
        "First": "always",
        "Gold only": "never",
        "Acme only": "always",
    }
    assert explored(Client=None)["Acme only"] == "never"
    wrong = {"answers": {drawn.fields["Plan"]: "Silver", "nothing": 1}}
    assert errors_of(ada, "POST", path, json=wrong) == {
        f"answers.{drawn.fields['Plan']}": ["Invalid dropdown choice selected."],
        "answers.nothing": ["This is not a field of the template."],
    }
    set_grants(ada, {"id": drawn.id})
    assert liv.post(path, json={"answers": 5}).status_code == 404
    assert ada.post(path, json={"answers": 5}).status_code == 422
