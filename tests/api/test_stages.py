"""Milestones of a template."""

from __future__ import annotations

import pytest

from stepwell.templates.stage_schemas import StageShape
from stepwell.templates.step_schemas import StepShape
from tests.api.templating import Json, add_step, make_template, read, steps_path, titles, wrong
from tests.conftest import Client
from tests.shapes import shaped


def path(template: Json, stage: Json | None = None, more: str = "") -> str:
    return f"/checklists/{template['id']}/stages" + (f"/{stage['id']}" if stage else "") + more


def add_stage(client: Client, template: Json, name: str, **more: object) -> Json:
    stage: Json = client.data("POST", path(template), 201, json={"name": name, **more})
    return stage


def names(client: Client, template: Json) -> list[str]:
    stages = client.data("GET", path(template))
    assert [shaped(StageShape, stage)["position"] for stage in stages] == list(range(1, len(stages) + 1))
    return [stage["name"] for stage in stages]


@pytest.mark.rule("T-104", "T-107")
def test_a_milestone_goes_where_it_is_wanted(ada: Client) -> None:
    template = make_template(ada)
    stage = shaped(StageShape, add_stage(ada, template, " Start "))
    assert (stage["name"], stage["position"], stage["steps_count"]) == ("Start", 1, 0)
    assert (stage["checklist_id"], stage["condition"]) == (template["id"], None)
    add_stage(ada, template, "End")
    add_stage(ada, template, "Middle", position=2)
    ada.data("POST", path(template), 201, json={"title": "Zero", "position": 1})
    assert names(ada, template) == ["Zero", "Start", "Middle", "End"]
    listed = ada.get(path(template)).json()
    assert listed["meta"]["pagination"]["total"] == 4
    assert read(ada, template)["stages"]["data"] == listed["data"]


@pytest.mark.rule("T-104")
@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": None}, {"name": "x" * 251}])
def test_a_milestone_has_a_name(ada: Client, body: Json) -> None:
    template = make_template(ada)
    assert set(wrong(ada.post(path(template), json=body))) == {"name"}
    stage = add_stage(ada, template, "x" * 250)
    if body:
        assert set(wrong(ada.put(path(template, stage), json=body))) == {"name"}


@pytest.mark.rule("T-105")
def test_a_milestone_is_renamed_and_moved(ada: Client) -> None:
    template = make_template(ada)
    first, second = (add_stage(ada, template, name) for name in ("A", "B"))
    assert shaped(StageShape, ada.data("PUT", path(template, second), json={"name": "B2"}))["name"] == "B2"
    assert ada.data("PUT", path(template, second), json={"position": 1})["position"] == 1
    assert names(ada, template) == ["B2", "A"]
    assert ada.data("PATCH", path(template, second), json={"position": 7})["position"] == 2
    assert names(ada, template) == ["A", "B2"]
    assert set(wrong(ada.put(path(template, first), json={"position": 0}))) == {"position"}


@pytest.mark.rule("T-104", "T-105")
def test_steps_belong_to_at_most_one_milestone(ada: Client) -> None:
    template = make_template(ada, "One")
    stage, other = (add_stage(ada, template, name) for name in ("A", "B"))
    step = add_step(ada, template, title="Two", stage_id=stage["id"])
    assert step["stage_id"] == stage["id"]
    assert ada.data("GET", path(template))[0]["steps_count"] == 1
    assert (
        ada.data("PATCH", steps_path(template, step), json={"stage_id": other["id"]})["stage_id"]
        == other["id"]
    )
    assert [one["steps_count"] for one in ada.data("GET", path(template))] == [0, 1]
    foreign = add_stage(ada, make_template(ada), "Foreign")
    body = {"title": "Three", "stage_id": foreign["id"]}
    assert wrong(ada.post(steps_path(template), json=body)) == {
        "stage_id": ["The selected stage id is invalid."]
    }


@pytest.mark.rule("T-105")
def test_deleting_a_milestone_only_unmaps_its_steps(ada: Client) -> None:
    template = make_template(ada)
    first, second = (add_stage(ada, template, name) for name in ("A", "B"))
    step = add_step(ada, template, title="One", stage_id=first["id"])
    answer = ada.delete(path(template, first))
    assert (answer.status_code, answer.content) == (204, b"")
    assert names(ada, template) == ["B"]
    assert ada.data("GET", steps_path(template, step))["stage_id"] is None
    assert ada.delete(path(template, first)).status_code == 404
    assert ada.data("GET", path(template))[0]["id"] == second["id"]


@pytest.mark.rule("T-105", "T-041")
def test_a_list_of_steps_fills_a_milestone_in_its_order(ada: Client) -> None:
    template = make_template(ada, "A", "B", "C", "D")
    a, b, c, d = (step["id"] for step in template["steps"])
    stage = add_stage(ada, template, "Start")
    filled = ada.data("PUT", path(template, stage, "/steps"), json={"steps": [d, a]})
    assert shaped(StageShape, filled, "steps")["steps_count"] == 2
    steps = [shaped(StepShape, step) for step in filled["steps"]["data"]]
    assert [step["id"] for step in steps] == [d, a]
    assert titles(ada, template) == ["D", "B", "C", "A"]
    filled = ada.data("PUT", path(template, stage, "/steps"), json={"steps": [b]})
    assert [step["id"] for step in filled["steps"]["data"]] == [b]
    assert {step["title"]: step["stage_id"] for step in read(ada, template)["steps"]["data"]} == {
        "D": None, "B": stage["id"], "C": None, "A": None,
    }  # fmt: skip
    assert ada.data("PUT", path(template, stage, "/steps"), json={"steps": []})["steps_count"] == 0
    for body, key in (({}, "steps"), ({"steps": [c, "f" * 32]}, "steps.1"), ({"steps": ["x"]}, "steps.0")):
        assert set(wrong(ada.put(path(template, stage, "/steps"), json=body))) == {key}


def test_milestones_are_for_editors(ada: Client, liv: Client, otto: Client) -> None:
    template = make_template(ada)
    stage = add_stage(ada, template, "Start")
    ada.data("PUT", f"/checklists/{template['id']}", json={"title": "A", "users": [liv.user_id]})
    assert liv.get(path(template)).status_code == 200
    assert otto.get(path(template)).status_code == 404
    for client, status in ((liv, 403), (otto, 404)):
        assert client.post(path(template), json={}).status_code == status
        assert client.put(path(template, stage), json={"name": ""}).status_code == status
        assert client.put(path(template, stage, "/steps"), json={}).status_code == status
        assert client.delete(path(template, stage)).status_code == status
