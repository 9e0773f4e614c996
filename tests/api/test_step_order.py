"""Moving, copying and deleting steps."""

from __future__ import annotations

import pytest

from stepwell.templates.step_schemas import StepShape
from tests.api.templating import (
    add_field,
    add_rule,
    add_step,
    fields_path,
    make_template,
    show,
    steps_path,
    titles,
    when,
    wrong,
)
from tests.conftest import Client
from tests.shapes import shaped


@pytest.mark.rule("T-041")
@pytest.mark.parametrize(
    ("wanted", "got", "order"),
    [(1, 1, ["Three", "One", "Two"]), (2, 2, ["One", "Three", "Two"]), (99, 3, ["One", "Two", "Three"])],
)
def test_a_step_gets_its_place_and_the_others_make_room(
    ada: Client, wanted: int, got: int, order: list[str]
) -> None:
    template = make_template(ada, "One", "Two", "Three")
    path = steps_path(template, template["steps"][2], "/reorder")
    step = shaped(StepShape, ada.data("PUT", path, json={"position": wanted}))
    assert step["position"] == got
    assert titles(ada, template) == order


@pytest.mark.rule("T-041")
@pytest.mark.parametrize("body", [{}, {"position": 0}, {"position": -1}, {"position": "first"}])
def test_a_place_below_one_is_refused(ada: Client, body: dict[str, object]) -> None:
    template = make_template(ada, "One", "Two")
    answer = ada.put(steps_path(template, template["steps"][1], "/reorder"), json=body)
    assert set(wrong(answer)) == {"position"}
    assert titles(ada, template) == ["One", "Two"]


def test_a_move_can_take_the_step_into_a_milestone(ada: Client) -> None:
    template = make_template(ada, "One", "Two")
    stage = ada.data("POST", f"/checklists/{template['id']}/stages", 201, json={"name": "Start"})
    path = steps_path(template, template["steps"][1], "/reorder")
    moved = ada.data("PUT", path, json={"position": 1, "stage_id": stage["id"]})
    assert moved["stage_id"] == stage["id"]
    assert ada.data("PUT", path, json={"position": 1})["stage_id"] == stage["id"]
    assert ada.data("PUT", path, json={"position": 1, "stage_id": None})["stage_id"] is None
    assert set(wrong(ada.put(path, json={"position": 2, "stage_id": "f" * 32}))) == {"stage_id"}
    assert titles(ada, template) == ["Two", "One"]


@pytest.mark.rule("T-042")
def test_a_copy_stands_after_the_original_with_all_but_its_rules(ada: Client, stan: Client) -> None:
    template = make_template(ada, "First")
    anchor = template["steps"][0]
    deadline = {"value": 1, "unit": "days", "option": "from", "step": anchor["id"]}
    step = add_step(ada, template, title="Check", step_type="approval", assignees=[stan.user_id],
                    guests=["mia@guest.example"], deadline=deadline, webhook="https://a.example/x")  # fmt: skip
    add_step(ada, template, title="Last")
    options = ["Yes", "No"]
    field = add_field(ada, template, step, label="Fine?", field_type="radio", options=options)
    add_rule(ada, template, [when(step, operation="approved")], [show(step)])
    copy = shaped(StepShape, ada.data("POST", steps_path(template, step, "/clone"), 201))
    assert titles(ada, template) == ["First", "Check", "Check - Copy", "Last"]
    own = {"id", "alias", "title", "position", "captures", "created_at", "last_updated"}
    assert {key: copy[key] for key in copy.keys() - own} == {key: step[key] for key in step.keys() - own}
    assert copy["id"] != step["id"]
    assert copy["alias"] != step["alias"]
    (copied,) = copy["captures"]
    assert (copied["label"], copied["options"]) == ("Fine?", field["options"])
    assert copied["id"] != field["id"]
    assert copied["alias"] != field["alias"]
    rules = ada.data("GET", f"/checklists/{template['id']}")["automated_actions"]
    assert len(rules) == 1
    assert copy["id"] not in str(rules)


@pytest.mark.rule("T-042")
def test_the_title_of_a_copy_is_cut(ada: Client) -> None:
    template = make_template(ada, "x" * 600)
    assert ada.data("POST", steps_path(template, template["steps"][0], "/clone"), 201)["title"] == "x" * 600
    template = make_template(ada, "x" * 595)
    copy = ada.data("POST", steps_path(template, template["steps"][0], "/clone"), 201)
    assert copy["title"] == "x" * 595 + " - Co"


@pytest.mark.rule("T-044")
def test_deleting_closes_the_gap_and_is_for_good(ada: Client) -> None:
    template = make_template(ada, "One", "Two", "Three")
    add_field(ada, template, template["steps"][1])
    path = steps_path(template, template["steps"][1])
    answer = ada.delete(path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert titles(ada, template) == ["One", "Three"]
    assert ada.get(path).status_code == 404
    assert ada.delete(path).status_code == 404
    assert ada.get(fields_path(template, template["steps"][1])).status_code == 404


@pytest.mark.rule("T-044")
@pytest.mark.parametrize("use", ["condition", "target", "field", "anchor of an action"])
def test_a_step_that_a_rule_uses_is_not_deleted(ada: Client, use: str) -> None:
    template = make_template(ada, "One", "Two", "Three")
    one, two, three = template["steps"]
    field = add_field(ada, template, two)
    conditions = {"condition": [when(two)], "field": [when(field, "Capture", "equals", statement="x")]}
    deadline = {"action_type": "deadline", "target_step_id": three["id"], "actionable_id": two["id"],
                "actionable_type": "Step", "deadline": {"value": 1, "unit": "days", "option": "from"}}  # fmt: skip
    actions = {"target": [show(two)], "anchor of an action": [deadline]}
    rule = add_rule(ada, template, conditions.get(use, [when(one)]), actions.get(use, [show(three)]))
    answer = ada.delete(steps_path(template, two))
    assert answer.status_code == 403
    body = answer.json()
    assert body["message"] == "Cannot delete this step because there are rules dependent on it."
    assert body["rules"] == [{"id": rule["id"], "title": "A rule"}]
    assert titles(ada, template) == ["One", "Two", "Three"]


@pytest.mark.rule("T-044")
def test_a_step_that_a_deadline_counts_from_is_not_deleted(ada: Client) -> None:
    template = make_template(ada, "One", "Two")
    one, two = template["steps"]
    deadline = {"value": 1, "unit": "days", "option": "from", "step": one["id"]}
    ada.data("PATCH", steps_path(template, two), json={"deadline": deadline})
    answer = ada.delete(steps_path(template, one))
    assert answer.status_code == 403
    body = answer.json()
    assert body["message"] == (
        "Cannot delete this step because other steps have deadlines that depend on it."
    )
    assert body["steps"] == [{"id": two["id"], "title": "Two"}]
    ada.data("PATCH", steps_path(template, two), json={"deadline": None})
    assert ada.delete(steps_path(template, one)).status_code == 204
