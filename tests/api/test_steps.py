"""Steps of a template: made, read, changed."""

from __future__ import annotations

from typing import Any

import pytest

from stepwell.templates.step_schemas import StepShape
from tests.api.templating import add_field, add_step, make_template, read, steps_path, titles, wrong
from tests.conftest import Client
from tests.shapes import shaped

DEFAULTS: dict[str, Any] = {
    "summary": None, "step_type": "task", "stage_id": None, "max_assignable": None, "allow_guest_owners": True,
    "skip_start_process": False, "can_complete_only_assignees": False, "everyone_must_complete": False,
    "prevent_guest_comment": False, "is_soft_start_date": True, "start_date": {"value": 2, "unit": "hours"},
    "deadline": None, "role_changes_every_time": False, "roles": [], "assign_run_starter": True,
    "top_secret": False, "send_chromeless": False, "webhook": None, "bp_to_launch": None, "owner_id": None,
    "assignees": [], "guests": [], "groups": [], "captures": [], "hide_by_default": False,
    "ask_guest_at_launch": False, "ai_assigned": False, "ai_allowed_app_keys": [], "ai_on_uncertainty": None,
    "custom_fields": {}, "archived_at": None,
}  # fmt: skip


@pytest.mark.rule("T-040")
def test_only_a_title_is_needed_and_the_rest_has_defaults(ada: Client) -> None:
    template = make_template(ada)
    body = {
        "title": " Check tax id ",
        "alias": "mine",
        "id": "0" * 32,
        "checklist_id": "0" * 32,
        "description": "x",
    }
    step = shaped(StepShape, add_step(ada, template, **body))
    assert {key: step[key] for key in DEFAULTS} == DEFAULTS
    assert step["title"] == "Check tax id"
    assert step["checklist_id"] == template["id"] != "0" * 32
    assert step["id"] != "0" * 32
    slug, digits = step["alias"].rsplit("-", 1)
    assert slug == "check-tax-id"
    assert len(digits) == 7
    assert digits.isdigit()


@pytest.mark.rule("T-040", "T-041")
def test_a_new_step_is_appended_whatever_position_is_sent(ada: Client) -> None:
    template = make_template(ada, "One", "Two")
    assert add_step(ada, template, title="Three", position=1)["position"] == 3
    assert titles(ada, template) == ["One", "Two", "Three"]


def test_every_property_that_is_sent_is_kept(ada: Client, stan: Client) -> None:
    template = make_template(ada, "First")
    sent = {
        "summary": "<p>Use the <strong>register</strong>.</p>", "step_type": "approval", "max_assignable": 5,
        "allow_guest_owners": False, "skip_start_process": True, "can_complete_only_assignees": True,
        "everyone_must_complete": True, "prevent_guest_comment": True, "is_soft_start_date": False,
        "start_date": {"value": 3, "unit": "days"}, "role_changes_every_time": True, "assign_run_starter": False,
        "deadline": {"value": 2, "unit": "weeks", "option": "prior_to", "step": template["steps"][0]["id"]},
        "top_secret": True, "send_chromeless": True, "webhook": "https://hooks.example.net/x",
        "assignees": [stan.user_id], "guests": ["mia@guest.example"], "hide_by_default": True,
        "ask_guest_at_launch": True, "ai_assigned": True, "ai_allowed_app_keys": ["mail"], "ai_on_uncertainty": "ask",
    }  # fmt: skip
    step = add_step(ada, template, title="Check", **sent)
    assert {key: step[key] for key in sent} == sent
    got = shaped(StepShape, ada.data("GET", steps_path(template, step)))
    assert got == step


def test_lenient_forms_are_read(ada: Client, stan: Client) -> None:
    template = make_template(ada)
    step = add_step(
        ada, template, title="Check", top_secret="yes", assign_run_starter="0", max_assignable=0, deadline=[],
        assignees=[str(stan.user_id), {"id": stan.user_id}], guests=["Mia@Guest.Example, tom@guest.example"],
        captures=None, bp_to_launch=None, start_date={"value": "4", "unit": "Day"}, webhook="",
    )  # fmt: skip
    assert step["top_secret"] is True
    assert step["assign_run_starter"] is False
    assert step["max_assignable"] is None
    assert step["deadline"] is None
    assert step["assignees"] == [stan.user_id]
    assert step["guests"] == ["mia@guest.example", "tom@guest.example"]
    assert step["start_date"] == {"value": 4, "unit": "days"}


def test_the_old_owners_object_stands_for_the_three_lists(ada: Client, stan: Client) -> None:
    template = make_template(ada)
    owners = {"users": [stan.user_id], "guests": ["mia@guest.example"], "groups": []}
    step = add_step(ada, template, title="Check", owners=owners)
    assert (step["assignees"], step["guests"]) == ([stan.user_id], ["mia@guest.example"])
    step = add_step(ada, template, title="Check", owners=owners, assignees=[])
    assert step["assignees"] == []


def test_a_form_body_makes_a_step(ada: Client) -> None:
    template = make_template(ada)
    body = {"title": "Check", "top_secret": "false", "deadline[value]": "2", "deadline[unit]": "days",
            "deadline[option]": "from", "deadline[step]": "start_run"}  # fmt: skip
    step = ada.data("POST", steps_path(template), 201, data=body)
    assert step["top_secret"] is False
    assert step["deadline"] == {"value": 2, "unit": "days", "option": "from", "step": "start_run"}


def test_script_in_instructions_is_removed(ada: Client) -> None:
    step = add_step(ada, make_template(ada), title="Check", summary="<p>Do<script>alert(1)</script></p>")
    assert step["summary"] == "<p>Do</p>"


def test_every_wrong_key_is_named(ada: Client) -> None:
    template = make_template(ada)
    body = {
        "title": " ", "step_type": "magic", "max_assignable": -1, "top_secret": "maybe", "webhook": "no",
        "start_date": {"value": 0}, "guests": ["nobody"], "assignees": ["x"], "groups": ["x"], "stage_id": "x",
    }  # fmt: skip
    errors = wrong(ada.post(steps_path(template), json=body))
    assert errors["title"] == ["The title field is required."]
    assert errors["step_type"] == ["The selected step type is invalid."]
    assert set(errors) == {
        "title", "step_type", "max_assignable", "top_secret", "webhook", "start_date.value", "start_date.unit",
        "guests.0", "assignees.0", "groups.0", "stage_id",
    }  # fmt: skip
    errors = wrong(ada.post(steps_path(template), json={"title": "x" * 601}))
    assert errors == {"title": ["The title may not be greater than 600 characters."]}
    assert read(ada, template)["steps"]["data"] == []


@pytest.mark.rule("T-043")
def test_put_needs_a_title_and_changes_only_what_is_sent(ada: Client, stan: Client) -> None:
    template = make_template(ada)
    sent = {
        "assignees": [stan.user_id],
        "guests": ["mia@guest.example"],
        "summary": "Do it",
        "top_secret": True,
    }
    step = add_step(ada, template, title="Check", **sent)
    path = steps_path(template, step)
    assert wrong(ada.put(path, json={"summary": "x"})) == {"title": ["The title field is required."]}
    assert wrong(ada.put(path, json={})) == {"title": ["The title field is required."]}
    changed = shaped(StepShape, ada.data("PUT", path, json={"title": "Checked"}))
    assert {key: changed[key] for key in sent} == sent
    assert changed["title"] == "Checked"
    assert (changed["id"], changed["alias"]) == (step["id"], step["alias"])
    emptied = ada.data("PUT", path, json={"title": "Checked", "assignees": [], "summary": None})
    assert (emptied["assignees"], emptied["guests"], emptied["summary"]) == ([], ["mia@guest.example"], None)


@pytest.mark.rule("T-043")
def test_patch_needs_no_key_but_no_blank_title(ada: Client) -> None:
    template = make_template(ada, "Check")
    path = steps_path(template, template["steps"][0])
    assert shaped(StepShape, ada.data("PATCH", path, json={"top_secret": True}))["top_secret"] is True
    assert ada.data("PATCH", path, json={})["title"] == "Check"
    assert wrong(ada.patch(path, json={"title": ""})) == {"title": ["The title field is required."]}


@pytest.mark.rule("T-043", "T-041")
def test_a_body_of_a_position_alone_only_moves(ada: Client, stan: Client) -> None:
    template = make_template(ada, "One", "Two")
    path = steps_path(template, template["steps"][1])
    ada.data("PUT", path, json={"title": "Two", "assignees": [stan.user_id]})
    moved = ada.data("PUT", path, json={"position": 1})
    assert (moved["position"], moved["assignees"]) == (1, [stan.user_id])
    assert titles(ada, template) == ["Two", "One"]
    assert wrong(ada.put(path, json={"position": 0})) == {"position": ["The position must be at least 1."]}
    ada.data("PUT", path, json={"title": "Two", "position": 2})
    assert titles(ada, template) == ["Two", "One"]


def test_a_step_that_was_read_can_be_sent_back(ada: Client, stan: Client) -> None:
    template = make_template(ada)
    step = add_step(ada, template, title="Check", assignees=[stan.user_id])
    add_field(ada, template, step, label="Amount")
    before = ada.data("GET", steps_path(template, step))
    after = ada.data("PUT", steps_path(template, step), json=before)
    assert {**after, "last_updated": ""} == {**before, "last_updated": ""}


def test_types_that_one_person_completes_drop_the_everyone_flag(ada: Client) -> None:
    template = make_template(ada)
    step = add_step(ada, template, title="Check", everyone_must_complete=True)
    changed = ada.data("PUT", steps_path(template, step), json={"title": "Check", "step_type": "email"})
    assert changed["everyone_must_complete"] is False
    made = add_step(ada, template, title="Wait", step_type="expiring", everyone_must_complete=True)
    assert made["everyone_must_complete"] is False


@pytest.mark.parametrize("kind", ["form", "document"])
def test_only_procedures_have_steps(ada: Client, kind: str) -> None:
    template = make_template(ada, type=kind)
    for answer in (
        ada.post(steps_path(template), json={"title": "Check"}),
        ada.post(steps_path(template, more="/bulk"), json={"steps": "Check"}),
    ):
        assert answer.status_code == 422
        assert answer.json()["message"] == "Steps cannot be added to this template type."


def test_captures_in_a_step_are_its_whole_form(ada: Client) -> None:
    template = make_template(ada)
    fields = [{"label": name, "field_type": "text", "required": False} for name in ("A", "B")]
    step = shaped(StepShape, add_step(ada, template, title="Check", captures=fields))
    assert [field["label"] for field in step["captures"]] == ["A", "B"]
    first, second = step["captures"]
    path = steps_path(template, step)
    changed = ada.data(
        "PUT", path, json={"title": "Check", "captures": [{"id": second["id"], "label": "B2"}]}
    )
    assert [(field["id"], field["label"]) for field in changed["captures"]] == [(second["id"], "B2")]
    errors = wrong(ada.put(path, json={"title": "Check", "captures": [{"id": first["id"]}]}))
    assert set(errors) == {"captures.0.label", "captures.0.field_type", "captures.0.required"}
    assert ada.data("PUT", path, json={"title": "Check", "captures": []})["captures"] == []
