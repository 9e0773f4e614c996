"""The form of a one-off task: its fields come with the task, and their answers are checked like all others."""

from __future__ import annotations

from typing import Any

import pytest

from stepwell.processes.answers_shape import FieldWithAnswerShape
from tests.api.drawn import reasons
from tests.api.oneoffs import NOBODY, in_days, one_off
from tests.conftest import Client
from tests.shapes import shaped

CHOICES = [{"id": 1, "text": "13 inch"}, {"id": 2, "text": "15 inch"}]


def asks(label: str, kind: str = "text", **more: Any) -> dict[str, Any]:
    if kind in ("radio", "dropdown", "multiselect"):
        more.setdefault("options", CHOICES)
    if kind == "table":
        more.setdefault("columns", [{"label": "Item"}, "Price"])
    return {"label": label, "field_type": kind, "required": False, **more}


def form_of(client: Client, task: dict[str, Any]) -> list[dict[str, Any]]:
    fields = client.data("GET", f"/tasks/{task['id']}?with=form_fields")["form_fields"]["data"]
    return list(fields)


ANSWERS: list[tuple[str, Any, Any]] = [
    ("text", "abc", "abc"),
    ("textarea", "long", "long"),
    ("radio", "13 inch", "13 inch"),
    ("dropdown", {"id": 2, "text": "15 inch"}, {"id": 2, "text": "15 inch", "value": None}),
    ("multiselect", ["13 inch"], [{"id": 1, "text": "13 inch", "value": None, "required": False, "selected": True}]),
    ("email", "a@b.example", "a@b.example"),
    ("date", "2030-01-02", "2030-01-02"),
    ("table", [["Desk", "Chair"], ["10", "5"]], [["Desk", "Chair"], ["10", "5"]]),
    ("file", [{"url": "example.com/a.pdf"}], [{"url": "https://example.com/a.pdf"}]),
    ("assignees_form", {"guests": ["Gus@c.example"]}, {"users": [], "guests": ["gus@c.example"], "groups": []}),
    ("number", "12.5", 12.5),
    ("url", "https://example.com/", "https://example.com/"),
    ("time", "09:30", "09:30"),
    ("datetime", "2030-01-02 10:00:00", "2030-01-02T10:00:00Z"),
    ("checkbox", "yes", True),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "sent", "kept"), ANSWERS)
def test_a_form_holds_fields_of_every_type(ada: Client, kind: str, sent: Any, kept: Any) -> None:
    task = one_off(ada, form_fields=[asks("Q", kind)], taskdata={"Q": sent})
    (field,) = form_of(ada, task)
    shaped(FieldWithAnswerShape, field)
    assert (field["label"], field["field_type"], field["task_id"]) == ("Q", kind, task["id"])
    assert field["value"] == field["field_value"] == task["taskdata"][field["id"]] == kept


def test_fields_stand_in_their_order_and_get_ids(ada: Client) -> None:
    task = one_off(
        ada,
        form_fields=[asks("B", position=2), asks("A", position=1), asks("C", "radio", options=["x", "y"])],
    )
    fields = form_of(ada, task)
    assert [field["label"] for field in fields] == ["A", "B", "C"]
    assert len({field["id"] for field in fields} | {field["value_id"] for field in fields}) == 6
    assert [(one["id"], one["text"]) for one in fields[2]["options"]] == [(1, "x"), (2, "y")]
    assert all(field["alias"].startswith(field["label"].lower()) for field in fields)


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"label": ""}, "form_fields.0.label", "The label field is required."),
    ({"field_type": "signature"}, "form_fields.0.field_type", "The selected field type is invalid."),
    ({"required": "maybe"}, "form_fields.0.required", "The required field must be true or false."),
    ({"field_type": "radio", "options": ["one"]}, "form_fields.0.options", "The options must have at least 2 items."),
    ({"field_type": "dropdown"}, "form_fields.0.options", "The options field is required when field type is dropdown."),
    ({"field_type": "table"}, "form_fields.0.columns", "The columns field is required when field type is table."),
]  # fmt: skip


@pytest.mark.parametrize(("change", "field", "message"), WRONG)
def test_a_wrong_field_is_named(ada: Client, change: dict[str, Any], field: str, message: str) -> None:
    sent = {"title": "T", "deadline": in_days(1), "owners": NOBODY,
            "form_fields": [{"label": "Q", "field_type": "text", "required": True, **change}]}  # fmt: skip
    assert reasons(ada, "POST", "/tasks", json=sent) == {field: [message]}


def test_required_has_to_be_said(ada: Client) -> None:
    sent = {"title": "T", "deadline": in_days(1), "owners": NOBODY,
            "form_fields": [{"label": "Q", "field_type": "text"}]}  # fmt: skip
    assert reasons(ada, "POST", "/tasks", json=sent).keys() == {"form_fields.0.required"}


def test_wrong_answers_are_named(ada: Client) -> None:
    sent = {"title": "T", "deadline": in_days(1), "owners": NOBODY, "form_fields": [asks("Q", "number")],
            "taskdata": {"Q": "many", "Z": "dropped"}}  # fmt: skip
    (messages,) = reasons(ada, "POST", "/tasks", json=sent).values()
    assert messages == ["Q must be a number."]


@pytest.mark.rule("P-310")
def test_what_is_required_must_be_answered_before_it_is_completed(ada: Client) -> None:
    task = one_off(ada, form_fields=[asks("Model", required=True), asks("Note")])
    assert not task["is_completable"]
    field = form_of(ada, task)[0]
    found = reasons(ada, "POST", "/completed-tasks", json={"task_id": task["id"]})
    assert found == {f"taskdata.{field['id']}": ["Model is required"]}
    changed = ada.data("PUT", f"/tasks/{task['id']}", json={"taskdata": {field["id"]: "X1"}})
    assert (changed["is_completable"], changed["status"]) == (True, "in-progress")
    assert ada.data("POST", "/completed-tasks", json={"task_id": task["id"]})["status"] == "completed"


@pytest.mark.rule("P-380")
def test_all_items_of_a_checklist_must_be_ticked_where_it_says_so(ada: Client) -> None:
    task = one_off(ada, form_fields=[asks("Steps", "multiselect", settings={"must_all_checked": True})])
    field = form_of(ada, task)[0]["id"]
    ada.data("PUT", f"/tasks/{task['id']}", json={"taskdata": {field: ["13 inch"]}})
    found = reasons(ada, "POST", "/completed-tasks", json={"task_id": task["id"]})
    assert found == {f"taskdata.{field}": ["All items of Steps must be checked"]}
    ada.data("PUT", f"/tasks/{task['id']}", json={"taskdata": {field: ["13 inch", "15 inch"]}})
    ada.data("POST", "/completed-tasks", json={"task_id": task["id"]})


def test_a_form_can_be_replaced(ada: Client) -> None:
    task = one_off(ada, form_fields=[asks("A"), asks("B")], taskdata={"A": "1", "B": "2"})
    first, second = form_of(ada, task)
    changed = ada.data("PUT", f"/tasks/{task['id']}?with=form_fields", json={
        "form_fields": [{"id": second["id"], "label": "B, renamed"}, asks("C", required=True)],
    })  # fmt: skip
    fields = changed["form_fields"]["data"]
    assert [(field["label"], field["value"]) for field in fields] == [("B, renamed", "2"), ("C", None)]
    assert (fields[0]["id"], fields[0]["value_id"]) == (second["id"], second["value_id"])
    assert fields[1]["value_id"] not in (first["value_id"], second["value_id"])
    assert changed["taskdata"] == {second["id"]: "2"}
    assert not changed["is_completable"]


def test_a_form_cannot_change_fields_it_does_not_have(ada: Client) -> None:
    task = one_off(ada)
    found = reasons(
        ada, "PUT", f"/tasks/{task['id']}", json={"form_fields": [{"id": "f" * 32, "label": "X"}]}
    )
    assert found == {"form_fields.0.id": ["The selected id is invalid."]}
