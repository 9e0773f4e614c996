"""Form fields of steps: made, read, changed, deleted."""

from __future__ import annotations

from typing import Any

import pytest

from stepwell.templates.schemas import FieldShape
from tests.api.templating import (
    add_field,
    add_rule,
    fields_path,
    make_template,
    read,
    show,
    steps_path,
    when,
    wrong,
)
from tests.conftest import Client
from tests.shapes import shaped

CHOICES = {"radio": {"options": ["A", "B"]}, "dropdown": {"options": ["A"]}, "multiselect": {"options": ["A"]},
           "table": {"columns": ["A"]}}  # fmt: skip
TYPES = [
    "text",
    "textarea",
    "radio",
    "dropdown",
    "multiselect",
    "date",
    "email",
    "file",
    "table",
    "assignees_form",
]
DEFAULTS: dict[str, Any] = {
    "guidance": None, "options": [], "columns": [], "field_validation": [], "default_value": None,
    "default_value_enabled": False, "collect_time": False, "use_wysiwyg_editor": False, "prefix": None,
    "suffix": None, "settings": {}, "list": None, "custom_fields": {}, "archived_at": None,
}  # fmt: skip


@pytest.mark.rule("T-065", "T-066", "T-068")
@pytest.mark.parametrize("kind", TYPES)
def test_each_of_the_ten_types_can_be_made(ada: Client, kind: str) -> None:
    template = make_template(ada, "Check")
    step = template["steps"][0]
    body = {"label": "Tax ID", "field_type": kind, "required": True, "alias": "mine", **CHOICES.get(kind, {})}
    field = shaped(FieldShape, ada.data("POST", fields_path(template, step), 201, json=body))
    assert (field["field_type"], field["label"], field["required"], field["position"]) == (
        kind,
        "Tax ID",
        True,
        1,
    )
    assert (field["step_id"], field["checklist_id"]) == (step["id"], template["id"])
    slug, digits = field["alias"].rsplit("-", 1)
    assert (slug, len(digits), digits.isdigit()) == ("tax-id", 7, True)
    lists = {"options": field["options"], "columns": field["columns"]}
    assert {key: field[key] for key in DEFAULTS} == {**DEFAULTS, **lists}


@pytest.mark.rule("T-065")
@pytest.mark.parametrize("missing", ["label", "field_type", "required"])
def test_three_keys_are_needed(ada: Client, missing: str) -> None:
    template = make_template(ada, "Check")
    whole = {"label": "Amount", "field_type": "text", "required": True}
    path = fields_path(template, template["steps"][0])
    sentence = f"The {missing.replace('_', ' ')} field is required."
    partial = {key: value for key, value in whole.items() if key != missing}
    assert wrong(ada.post(path, json=partial)) == {missing: [sentence]}
    assert wrong(ada.post(path, json={**whole, missing: None})) == {missing: [sentence]}
    assert wrong(
        ada.post(path, json={**whole, missing: "" if missing != "required" else "maybe"})
    ).keys() == {missing}


@pytest.mark.rule("T-065")
def test_all_that_is_wrong_is_said_at_once(ada: Client) -> None:
    template = make_template(ada, "Check")
    body = {"label": " ", "field_type": "dropdown", "required": "maybe", "position": 0, "guidance": 5}
    assert wrong(ada.post(fields_path(template, template["steps"][0]), json=body)) == {
        "label": ["The label field is required."],
        "required": ["The required field must be true or false."],
        "options": ["The options field is required when field type is dropdown."],
        "position": ["The position must be at least 1."],
        "guidance": ["The guidance must be a string."],
    }


@pytest.mark.rule("T-066")
@pytest.mark.parametrize("kind", ["number", "checkbox", "select", "assignee", "Text", 5])
def test_other_types_are_refused(ada: Client, kind: Any) -> None:
    template = make_template(ada, "Check")
    body = {"label": "A", "field_type": kind, "required": True}
    assert wrong(ada.post(fields_path(template, template["steps"][0]), json=body)) == {
        "field_type": ["The selected field type is invalid."]
    }


@pytest.mark.rule("T-065", "T-041")
def test_a_new_field_goes_to_the_place_that_is_sent(ada: Client) -> None:
    template = make_template(ada, "Check")
    step = template["steps"][0]
    for label, place in (("A", None), ("B", 1), ("C", 1), ("D", 9999)):
        add_field(ada, template, step, label=label, position=place)
    listed = ada.get(fields_path(template, step)).json()
    assert [shaped(FieldShape, field)["label"] for field in listed["data"]] == ["C", "B", "A", "D"]
    assert [field["position"] for field in listed["data"]] == [1, 2, 3, 4]
    assert listed["meta"]["pagination"]["total"] == 4
    assert ada.data("GET", steps_path(template, step))["captures"] == listed["data"]
    body = {"label": "E", "field_type": "text", "required": True, "position": 10_000}
    assert set(wrong(ada.post(fields_path(template, step), json=body))) == {"position"}


def test_a_single_field_is_not_read(ada: Client) -> None:
    template = make_template(ada, "Check")
    field = add_field(ada, template, template["steps"][0])
    answer = ada.get(f"{fields_path(template, template['steps'][0])}/{field['id']}")
    assert answer.status_code == 405
    assert answer.json()["error"] is True


@pytest.mark.rule("T-065")
def test_an_update_changes_only_what_is_sent(ada: Client) -> None:
    template = make_template(ada, "Check")
    step = template["steps"][0]
    field = add_field(ada, template, step, guidance="Here", prefix="$", required=True)
    path = f"{fields_path(template, step)}/{field['id']}"
    changed = shaped(FieldShape, ada.data("PUT", path, json={"label": "Sum"}))
    assert {**changed, "last_updated": ""} == {**field, "label": "Sum", "last_updated": ""}
    assert ada.data("PATCH", path, json={"guidance": None})["guidance"] is None
    assert wrong(ada.put(path, json={"label": " ", "required": "perhaps", "field_type": "x"})) == {
        "label": ["The label field is required."],
        "required": ["The required field must be true or false."],
        "field_type": ["The selected field type is invalid."],
    }


@pytest.mark.rule("T-068", "T-069")
def test_a_field_can_be_sent_back_with_new_options(ada: Client) -> None:
    template = make_template(ada, "Check")
    step = template["steps"][0]
    field = add_field(ada, template, step, field_type="dropdown", options=["Red", "Blue"], label="Colour")
    echo = {key: value for key, value in field.items() if key != "id"}
    echo["options"] = [{"id": 2, "text": "Navy"}, {"id": 5, "text": "Green", "value": None}]
    changed = ada.data("PUT", f"{fields_path(template, step)}/{field['id']}", json={**echo, "label": "Hue"})
    assert (changed["id"], changed["alias"], changed["label"]) == (field["id"], field["alias"], "Hue")
    assert [(one["id"], one["text"]) for one in changed["options"]] == [(2, "Navy"), (5, "Green")]


@pytest.mark.rule("T-067")
def test_the_type_changes_in_place(ada: Client) -> None:
    template = make_template(ada, "Check")
    step = template["steps"][0]
    field = add_field(ada, template, step, field_type="radio", options=["A", "B"], default_value="A")
    path = f"{fields_path(template, step)}/{field['id']}"
    assert ada.data("PUT", path, json={"field_type": "dropdown"})["options"] == field["options"]
    text = ada.data("PUT", path, json={"field_type": "date"})
    assert (text["id"], text["alias"], text["options"], text["default_value"]) == (
        field["id"],
        field["alias"],
        [],
        None,
    )
    assert wrong(ada.put(path, json={"field_type": "radio"})) == {
        "options": ["The options field is required when field type is radio."]
    }
    assert wrong(ada.put(path, json={"field_type": "table"})) == {
        "columns": ["The columns field is required when field type is table."]
    }
    table = ada.data("PUT", path, json={"field_type": "table", "columns": ["A", "B"], "options": ["x", "y"]})
    assert (table["columns"], table["options"]) == ([{"id": 1, "label": "A"}, {"id": 2, "label": "B"}], [])


@pytest.mark.rule("T-045")
@pytest.mark.parametrize("use", ["condition", "source"])
def test_a_field_that_a_rule_uses_is_not_deleted(ada: Client, use: str) -> None:
    template = make_template(ada, "One", "Two")
    one, two = template["steps"]
    field = add_field(ada, template, one, field_type="assignees_form")
    assign = {"action_type": "assignment", "action_verb": "assign", "target_step_id": two["id"],
              "actionable_id": field["id"], "actionable_type": "Capture"}  # fmt: skip
    condition = when(field, "Capture", "is_not_empty") if use == "condition" else when(one)
    rule = add_rule(ada, template, [condition], [assign if use == "source" else show(two)])
    path = f"{fields_path(template, one)}/{field['id']}"
    answer = ada.delete(path)
    assert answer.status_code == 403
    assert answer.json()["message"] == (
        "Cannot delete a form field that is being used in a rule in other steps."
    )
    assert answer.json()["rules"] == [{"id": rule["id"], "title": "A rule"}]
    ada.delete(f"/checklists/{template['id']}/automated-actions/{rule['id']}")
    assert ada.delete(path).status_code == 204
    assert ada.delete(path).status_code == 404


def test_deleting_a_field_closes_the_gap(ada: Client) -> None:
    template = make_template(ada, "Check")
    step = template["steps"][0]
    fields = [add_field(ada, template, step, label=label) for label in "ABC"]
    answer = ada.delete(f"{fields_path(template, step)}/{fields[1]['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    left = ada.data("GET", fields_path(template, step))
    assert [(field["label"], field["position"]) for field in left] == [("A", 1), ("C", 2)]


@pytest.mark.rule("T-046")
def test_a_field_moves_to_another_step_and_stays_itself(ada: Client) -> None:
    template = make_template(ada, "One", "Two")
    one, two = template["steps"]
    field, last = (add_field(ada, template, one, label=label) for label in "AB")
    there = add_field(ada, template, two, label="C")
    add_rule(ada, template, [when(field, "Capture", "equals", statement="x")], [show(two)])
    path = f"{fields_path(template, one)}/{field['id']}/move-out"
    moved = shaped(FieldShape, ada.data("PUT", path, json={"target_step_id": two["id"]}))
    assert (moved["step_id"], moved["position"]) == (two["id"], 1)
    assert (moved["id"], moved["alias"]) == (field["id"], field["alias"])
    steps = read(ada, template)["steps"]["data"]
    assert [[one["id"] for one in step["captures"]] for step in steps] == [
        [last["id"]],
        [field["id"], there["id"]],
    ]
    assert [[one["position"] for one in step["captures"]] for step in steps] == [[1], [1, 2]]
    assert read(ada, template)["automated_actions"][0]["conditions"][0]["conditionable_id"] == field["id"]
    assert ada.put(path, json={"target_step_id": two["id"]}).status_code == 404


@pytest.mark.rule("T-046")
def test_a_field_moves_within_its_template_only(ada: Client) -> None:
    template, other = make_template(ada, "One"), make_template(ada, "Other")
    one = template["steps"][0]
    field = add_field(ada, template, one)
    path = f"{fields_path(template, one)}/{field['id']}/move-out"
    for body in ({"target_step_id": other["steps"][0]["id"]}, {"target_step_id": "x"}, {}):
        assert set(wrong(ada.put(path, json=body))) == {"target_step_id"}
    assert set(wrong(ada.put(path, json={"target_step_id": one["id"], "position": 0}))) == {"position"}
    assert ada.data("PUT", path, json={"target_step_id": one["id"], "position": 5})["position"] == 1


def test_fields_are_sorted_one_or_many_at_a_time(ada: Client) -> None:
    template = make_template(ada, "Check")
    step = template["steps"][0]
    a, b, c = (add_field(ada, template, step, label=label)["id"] for label in "ABC")
    path = fields_path(template, step)
    after = ada.data("PUT", path, json={"capture_id": c, "position": 1})
    assert [shaped(FieldShape, field)["id"] for field in after] == [c, a, b]
    after = ada.data(
        "PUT", path, json={"captures": [{"id": a, "position": 1}, {"capture_id": c, "position": 3}]}
    )
    assert [field["id"] for field in after] == [a, b, c]
    assert [field["position"] for field in after] == [1, 2, 3]
    assert set(wrong(ada.put(path, json={}))) == {"capture_id", "position"}
    assert set(wrong(ada.put(path, json={"capture_id": "f" * 32, "position": 1}))) == {"capture_id"}
    assert set(wrong(ada.put(path, json={"capture_id": a, "position": 10_000}))) == {"position"}
    assert set(wrong(ada.put(path, json={"captures": [{"id": a}]}))) == {"captures.0.position"}


def test_fields_are_for_editors(ada: Client, liv: Client, otto: Client) -> None:
    template = make_template(ada, "Check")
    step = template["steps"][0]
    field = add_field(ada, template, step)
    ada.data("PUT", f"/checklists/{template['id']}", json={"title": "A", "users": [liv.user_id]})
    path = fields_path(template, step)
    one = f"{path}/{field['id']}"
    assert liv.get(path).status_code == 200
    assert otto.get(path).status_code == 404
    for client, status in ((liv, 403), (otto, 404)):
        assert client.post(path, json={}).status_code == status
        assert client.put(path, json={}).status_code == status
        assert client.put(one, json={"label": ""}).status_code == status
        assert client.delete(one).status_code == status
        assert client.put(f"{one}/move-out", json={}).status_code == status
    for missing in (f"{path}/{'f' * 32}", f"{fields_path(template, {'id': 'f' * 32})}/{field['id']}"):
        assert ada.put(missing, json={"label": ""}).status_code == 404
        assert ada.put(missing, json={}).status_code == 404
        assert ada.delete(missing).status_code == 404
