"""Answers one at a time: captures and form-field values."""

from __future__ import annotations

from typing import Any

import pytest

from stepwell.processes.answers_shape import FieldWithAnswerShape
from tests.api.drawn import Drawn, asks, draw, launched, reasons, step, tasks_by_title
from tests.api.oneoffs import one_off, to
from tests.conftest import Client
from tests.shapes import shaped

VALUE = "/form-field/value"


@pytest.fixture
def intake(database: str, ada: Client) -> Drawn:
    return draw(
        database,
        ada,
        step("A", asks("Name"), asks("Size", "dropdown")),
        kickoff=[asks("Client"), asks("Plan")],
    )


def form_of(client: Client, task: dict[str, Any]) -> dict[str, dict[str, Any]]:
    fields = client.data("GET", f"/tasks/{task['id']}?with=form_fields")["form_fields"]["data"]
    return {field["label"]: field for field in fields}


@pytest.mark.rule("P-311", "P-530")
def test_one_answer_is_saved(ada: Client, intake: Drawn) -> None:
    process = launched(ada, intake)
    task = tasks_by_title(ada, process)["A"]
    path, name = f"/tasks/{task['id']}/captures", intake.fields["Name"]
    field = shaped(FieldWithAnswerShape, ada.data("POST", path, json={"id": name, "value": "Okafor"}))
    assert (field["id"], field["value"], field["task_id"], field["run_id"]) == (
        name,
        "Okafor",
        task["id"],
        process["id"],
    )
    size = form_of(ada, task)["Size"]
    for key in (size["id"], size["alias"], size["value_id"]):
        assert ada.data("POST", path, json={"id": key, "value": "Gold"})["value"]["id"] == 2
    again = ada.data("GET", f"/tasks/{task['id']}")
    assert (again["status"], again["taskdata"][name]) == ("in-progress", "Okafor")
    direct = f"/runs/{process['id']}/tasks/{task['id']}/captures/{name}"
    assert shaped(FieldWithAnswerShape, ada.data("PUT", direct, json={"value": None}))["value"] is None


def test_several_answers_are_saved(ada: Client, intake: Drawn) -> None:
    task = tasks_by_title(ada, launched(ada, intake))["A"]
    path, name, size = f"/tasks/{task['id']}/captures", intake.fields["Name"], intake.fields["Size"]
    both = ada.data("POST", path, json=[{"id": name, "value": "B"}, {"id": size, "value": "Basic"}])
    assert [field["label"] for field in both] == ["Name", "Size"]
    assert [field["value"] for field in ada.data("POST", path, json={name: "C"})] == ["C"]


def test_wrong_captures(ada: Client, liv: Client, otto: Client, intake: Drawn) -> None:
    task = tasks_by_title(ada, launched(ada, intake))["A"]
    path, name, size = f"/tasks/{task['id']}/captures", intake.fields["Name"], intake.fields["Size"]
    assert ada.post(path, json={"id": "f" * 32, "value": 1}).status_code == 404
    assert reasons(ada, "POST", path, json={"id": size, "value": "Silver"}) == {
        f"taskdata.{size}": ["Invalid dropdown choice selected."]
    }
    assert reasons(ada, "POST", path, json={}) == {"id": ["The id field is required."]}
    assert reasons(ada, "POST", path, json=[{"id": name}, {}]) == {
        "0.value": ["The value field is required."], "1.id": ["The id field is required."],
    }  # fmt: skip
    body = {"id": name, "value": "x"}
    assert liv.post(path, json=body).status_code == 403
    assert otto.post(path, json=body).status_code == 404
    assert (
        ada.put(f"/runs/{'f' * 32}/tasks/{task['id']}/captures/{name}", json={"value": 1}).status_code == 404
    )
    ada.data("POST", "/completed-tasks", json={"task_id": task["id"]})
    answer = ada.post(path, json=body)
    assert (answer.status_code, answer.json()["message"]) == (422, "A completed task cannot be updated.")


@pytest.mark.rule("P-535")
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_value_that_was_never_stored_is_saved_by_its_value_id(
    ada: Client, intake: Drawn, method: str
) -> None:
    process = launched(ada, intake)
    task = tasks_by_title(ada, process)["A"]
    value_id = form_of(ada, task)["Size"]["value_id"]
    field = ada.data(method, VALUE, json={"id": value_id, "form_value": {"id": 2, "text": "Gold"}})
    shaped(FieldWithAnswerShape, field)
    assert (field["label"], field["value"], field["run_id"]) == (
        "Size",
        {"id": 2, "text": "Gold", "value": None},
        process["id"],
    )
    assert form_of(ada, task)["Size"]["value_id"] == value_id
    assert reasons(ada, method, VALUE, json={"id": value_id, "form_value": "Silver"}) == {
        "form_value": ["Invalid dropdown choice selected."]
    }


def test_kickoff_answers_are_saved_too(ada: Client, liv: Client, intake: Drawn) -> None:
    process = launched(ada, intake)
    fields = ada.data("GET", f"/runs/{process['id']}?with=ko_form_fields")["ko_form_fields"]["data"]
    field = ada.data("PUT", VALUE, json={"id": fields[1]["value_id"], "form_value": "Gold"})
    shaped(FieldWithAnswerShape, field)
    assert (field["label"], field["value"], field["task_id"], field["run_id"]) == (
        "Plan",
        "Gold",
        None,
        process["id"],
    )
    by_run = ada.data(
        "PUT", VALUE, json={"id": intake.fields["Client"], "run_id": process["id"], "form_value": "Acme"}
    )
    assert by_run["value"] == "Acme"
    prerun = ada.data("GET", f"/runs/{process['id']}")["prerun"]
    assert prerun == {intake.fields["Client"]: "Acme", intake.fields["Plan"]: "Gold"}
    assert liv.put(VALUE, json={"id": fields[1]["value_id"], "form_value": "x"}).status_code == 403


def test_a_field_is_found_by_its_task_process_or_alone(ada: Client, intake: Drawn) -> None:
    process = launched(ada, intake)
    task = tasks_by_title(ada, process)["A"]
    name, client_field = intake.fields["Name"], intake.fields["Client"]
    for more in ({"task_id": task["id"]}, {"run_id": process["id"]}, {}):
        assert (
            ada.data("PUT", VALUE, json={"id": name, "form_value": f"{more}", **more})["value"] == f"{more}"
        )
    assert ada.data("PUT", VALUE, json={"id": client_field, "form_value": "Acme"})["value"] == "Acme"
    launched(ada, intake)
    told = "This field is used by several processes; send value_id, task_id or run_id."
    for field in (name, client_field):
        answer = ada.put(VALUE, json={"id": field, "form_value": "x"})
        assert (answer.status_code, answer.json()["message"]) == (422, told)
    ada.data("DELETE", f"/runs/{process['id']}")
    assert (
        ada.data("PUT", VALUE, json={"id": name, "form_value": "the only one left"})["task_id"] != task["id"]
    )


def test_fields_of_one_off_tasks_are_found_alone(ada: Client) -> None:
    task = one_off(ada, form_fields=[{"label": "Q", "field_type": "number", "required": False}])
    field = form_of(ada, task)["Q"]
    for key in (field["id"], field["value_id"]):
        assert ada.data("PUT", VALUE, json={"id": key, "form_value": "7"})["value"] == 7


def test_wrong_values(ada: Client, liv: Client, otto: Client, intake: Drawn) -> None:
    task = tasks_by_title(ada, launched(ada, intake))["A"]
    value_id = form_of(ada, task)["Name"]["value_id"]
    for client, status in ((otto, 404), (liv, 403)):
        assert client.put(VALUE, json={"id": value_id, "form_value": "x"}).status_code == status
    forged = value_id[:-1] + ("0" if value_id[-1] != "0" else "1")
    assert ada.put(VALUE, json={"id": forged, "form_value": "x"}).status_code == 404
    assert (
        ada.put(
            VALUE, json={"id": intake.fields["Client"], "task_id": task["id"], "form_value": 1}
        ).status_code
        == 404
    )
    assert reasons(ada, "PUT", VALUE, json={}).keys() == {"id", "form_value"}
    assert reasons(ada, "PUT", VALUE, json={"id": "x", "form_value": 1}).keys() == {"id"}
    ada.data("POST", "/completed-tasks", json={"task_id": task["id"]})
    assert ada.put(VALUE, json={"id": value_id, "form_value": "x"}).status_code == 422


def test_on_behalf_of_a_guest_who_is_assigned(ada: Client, stan: Client, liv: Client, intake: Drawn) -> None:
    task = tasks_by_title(ada, launched(ada, intake))["A"]
    value_id = form_of(ada, task)["Name"]["value_id"]
    body = {"id": value_id, "form_value": "Mira"}
    path = "/guests/{}/form-field/value"
    assert stan.post(path.format("nobody@client.example"), json=body).status_code == 404
    one_off(ada, owners=to(guests=("mira@client.example",)))
    assert stan.post(path.format("mira@client.example"), json=body).status_code == 403
    changed = ada.data(
        "PUT", f"/tasks/{task['id']}", json={"owners": to(ada, guests=("mira@client.example",))}
    )
    code = changed["owners"]["taskUrls"][0].split("/guest/")[1].split("/")[0]
    for name in ("mira@client.example", "Mira%40client.example", code):
        assert (
            shaped(FieldWithAnswerShape, stan.data("POST", path.format(name), json=body))["value"] == "Mira"
        )
    assert liv.post(path.format(code), json=body).status_code == 403
