"""Fields of the kick-off form, one at a time."""

from __future__ import annotations

from stepwell.templates.schemas import FieldShape
from tests.api.templating import add_field, fields_path, make_template, read, wrong
from tests.conftest import Client
from tests.shapes import shaped


def test_a_field_is_added_and_listed(ada: Client) -> None:
    template = make_template(ada)
    first = shaped(FieldShape, add_field(ada, template, label="Plan"))
    assert (first["step_id"], first["checklist_id"], first["position"]) == (None, template["id"], 1)
    second = add_field(ada, template, label="Note", position=1)
    listed = ada.get(fields_path(template)).json()
    assert [shaped(FieldShape, field)["id"] for field in listed["data"]] == [second["id"], first["id"]]
    assert listed["meta"]["pagination"]["total"] == 2
    assert read(ada, template)["prerun"] == listed["data"]
    assert set(wrong(ada.post(fields_path(template), json={}))) == {"label", "field_type", "required"}


def test_a_field_is_changed(ada: Client) -> None:
    template = make_template(ada)
    field = add_field(ada, template, label="Plan")
    path = f"{fields_path(template)}/{field['id']}"
    changed = shaped(FieldShape, ada.data("PUT", path, json={"label": "Tariff", "required": "1"}))
    assert (changed["label"], changed["required"], changed["alias"]) == ("Tariff", True, field["alias"])
    assert ada.data("PATCH", path, json={"guidance": "Choose"})["label"] == "Tariff"
    assert set(wrong(ada.put(path, json={"label": ""}))) == {"label"}


def test_fields_are_sorted(ada: Client) -> None:
    template = make_template(ada)
    a, b = (add_field(ada, template, label=label)["id"] for label in "AB")
    path = fields_path(template)
    after = ada.data("PUT", path, json={"prerun_id": b, "position": 1})
    assert [shaped(FieldShape, field)["id"] for field in after] == [b, a]
    after = ada.data("PUT", path, json={"preruns": [{"id": b, "position": 2}]})
    assert [field["id"] for field in after] == [a, b]
    assert set(wrong(ada.put(path, json={"prerun_id": "f" * 32, "position": 1}))) == {"prerun_id"}
    assert set(wrong(ada.put(path, json={}))) == {"prerun_id", "position"}


def test_a_field_is_deleted(ada: Client) -> None:
    template = make_template(ada)
    field = add_field(ada, template)
    answer = ada.delete(f"{fields_path(template)}/{field['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert read(ada, template)["prerun"] == []
    assert ada.delete(f"{fields_path(template)}/{field['id']}").status_code == 404


def test_a_field_of_a_step_is_none_of_the_form(ada: Client) -> None:
    template = make_template(ada, "Check")
    field = add_field(ada, template, template["steps"][0])
    assert ada.put(f"{fields_path(template)}/{field['id']}", json={"label": "x"}).status_code == 404
    assert ada.delete(f"{fields_path(template)}/{field['id']}").status_code == 404


def test_the_form_is_for_editors(ada: Client, liv: Client, otto: Client) -> None:
    template = make_template(ada)
    field = add_field(ada, template)
    path = fields_path(template)
    ada.data("PUT", f"/checklists/{template['id']}", json={"title": "A", "users": [liv.user_id]})
    assert liv.get(path).status_code == 200
    assert otto.get(path).status_code == 404
    for client, status in ((liv, 403), (otto, 404)):
        assert client.post(path, json={}).status_code == status
        assert client.put(path, json={}).status_code == status
        assert client.put(f"{path}/{field['id']}", json={"label": ""}).status_code == status
        assert client.delete(f"{path}/{field['id']}").status_code == status
