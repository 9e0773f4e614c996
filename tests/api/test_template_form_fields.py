"""All form fields of a template, and the deadlines of all its steps."""

from __future__ import annotations

from typing import Any

import pytest

from stepwell.templates.deadlines import StepDeadlineShape
from stepwell.templates.form_fields import FormFieldsShape, StepFieldShape
from stepwell.templates.schemas import FieldShape
from tests.api.drawn import Drawn, asks, draw, step
from tests.api.made import errors_of, new_template
from tests.conftest import Client
from tests.shapes import shaped


def test_form_fields_are_one_object(database: str, ada: Client, otto: Client) -> None:
    drawn = draw(
        database, ada, step("First", asks("B"), asks("A", "radio")), step("Second", asks("C")),
        kickoff=[asks("Tax id"), asks("Country")],
    )  # fmt: skip
    path = f"/checklists/{drawn.id}/form-fields"
    form = shaped(FormFieldsShape, ada.data("GET", path))
    fields = [shaped(StepFieldShape, one) for one in form["form_fields"]]
    assert [(one["label"], one["step_name"], one["step_position"], one["position"]) for one in fields] == [
        ("B", "First", 1, 1), ("A", "First", 1, 2), ("C", "Second", 2, 1),
    ]  # fmt: skip
    assert [shaped(FieldShape, one)["label"] for one in form["ko_form_fields"]] == ["Tax id", "Country"]
    assert (form["id"], form["title"]) == (drawn.id, "Onboarding")
    assert otto.get(path).status_code == 404
    empty = ada.data("GET", f"/checklists/{new_template(ada)['id']}/form-fields")
    assert (empty["form_fields"], empty["ko_form_fields"]) == ([], [])


def due(value: int, unit: str, option: str = "from", anchor: str = "start_run") -> dict[str, Any]:
    return {"value": value, "unit": unit, "option": option, "step": anchor}


def minutes(client: Client, drawn: Drawn) -> dict[str, int | None]:
    rows = client.data("GET", f"/checklists/{drawn.id}/steps-deadlines")
    return {row["title"]: shaped(StepDeadlineShape, row)["estimated_minutes"] for row in rows}


def set_one(client: Client, drawn: Drawn, title: str, deadline: Any) -> Any:
    body = {"steps": [{"id": drawn.steps[title], "deadline": deadline}]}
    rows = client.data("PUT", f"/checklists/{drawn.id}/steps-deadlines", json=body)
    return next(shaped(StepDeadlineShape, row)["deadline"] for row in rows if row["title"] == title)


def test_when_each_step_is_due(database: str, ada: Client, otto: Client) -> None:
    drawn = draw(
        database, ada, step("Hours", deadline=due(2, "hours")), step("Default"),
        step("Months", deadline=due(1, "months")), step("Before", deadline=due(30, "minutes")),
    )  # fmt: skip
    set_one(ada, drawn, "Before", due(30, "minutes", "prior_to", drawn.steps["Hours"]))
    assert minutes(ada, drawn) == {"Hours": 120, "Default": 5 * 1440, "Months": None, "Before": 90}
    assert otto.get(f"/checklists/{drawn.id}/steps-deadlines").status_code == 404


def test_what_is_left_out_of_a_deadline_stays(database: str, ada: Client) -> None:
    drawn = draw(database, ada, step("A", deadline=due(1, "days", "prior_to")), step("B"))
    assert set_one(ada, drawn, "A", {"value": "3", "unit": "week"}) == due(3, "weeks", "prior_to")
    assert set_one(ada, drawn, "A", {"value": 3, "unit": "weeks", "option": "after"}) == due(3, "weeks")
    assert set_one(ada, drawn, "B", {"value": 1, "unit": "hours"}) == due(1, "hours")
    wanted = due(1, "hours", "from", drawn.steps["A"])
    assert set_one(ada, drawn, "B", wanted) == wanted
    assert set_one(ada, drawn, "B", None) is None
    steps = ada.data("GET", f"/checklists/{drawn.id}?with=steps")["steps"]["data"]
    assert [one["deadline"] for one in steps] == [due(3, "weeks"), None]


@pytest.mark.rule("T-121")
def test_impossible_deadlines_are_refused_together(database: str, ada: Client) -> None:
    drawn = draw(database, ada, step("A"), step("B"), step("C"))
    path = f"/checklists/{drawn.id}/steps-deadlines"
    a, b, c = (drawn.steps[title] for title in "ABC")
    span = {"value": 1, "unit": "days"}
    body = {"steps": [
        {"id": a, "deadline": {**span, "step": b}}, {"id": b, "deadline": {**span, "step": a}},
        {"id": c, "deadline": {**span, "step": "0" * 32}}, {"id": "0" * 32, "deadline": span},
    ]}  # fmt: skip
    errors = errors_of(ada, "PUT", path, json=body)
    assert set(errors) == {
        "steps.0.deadline.step",
        "steps.1.deadline.step",
        "steps.2.deadline.step",
        "steps.3.id",
    }
    wrong = {"steps": [{"id": a, "deadline": {"value": -1, "unit": "fortnights", "option": "x"}}, {"id": b}]}
    assert set(errors_of(ada, "PUT", path, json=wrong)) == {
        "steps.0.deadline.value", "steps.0.deadline.unit", "steps.0.deadline.option", "steps.1.deadline",
    }  # fmt: skip
    for empty in ({}, {"steps": []}, {"steps": "x"}):
        assert list(errors_of(ada, "PUT", path, json=empty)) == ["steps"]
    assert set(minutes(ada, drawn).values()) == {5 * 1440}


def test_setting_deadlines_takes_the_right_to_edit(
    database: str, ada: Client, liv: Client, otto: Client
) -> None:
    drawn = draw(database, ada, step("A"), settings={"users": [liv.user_id]})
    path = f"/checklists/{drawn.id}/steps-deadlines"
    body = {"steps": [{"id": drawn.steps["A"], "deadline": None}]}
    assert liv.get(path).status_code == 200
    assert liv.put(path, json=body).status_code == 403
    assert otto.put(path, json=body).status_code == 404
