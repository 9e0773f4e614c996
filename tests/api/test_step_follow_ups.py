"""The template that the completion of a step's task launches (`bp_to_launch`)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.templating import add_field, add_step, make_template, steps_path, wrong
from tests.conftest import Client


def follow_up(client: Client, template: dict[str, Any], **launch: Any) -> Any:
    body = {"title": "Check", "bp_to_launch": launch}
    return client.put(steps_path(template, template["steps"][0]), json=body)


@pytest.mark.parametrize("kind", ["procedure", "form"])
def test_a_procedure_or_a_form_can_follow(ada: Client, kind: str) -> None:
    template, target = make_template(ada, "Check"), make_template(ada, type=kind)
    answer = follow_up(ada, template, id=target["id"])
    kept = {"id": target["id"], "default_name_format": None, "tasks_within_process": False}
    assert answer.json()["data"]["bp_to_launch"] == kept
    cleared = {"title": "Check", "bp_to_launch": None}
    path = steps_path(template, template["steps"][0])
    assert ada.data("PUT", path, json=cleared)["bp_to_launch"] is None


def test_what_cannot_be_launched_cannot_follow(ada: Client, otto: Client) -> None:
    template = make_template(ada, "Check")
    asking = make_template(ada)
    add_field(ada, asking, label="Amount", required=True)
    archived = make_template(ada)
    ada.delete(f"/checklists/{archived['id']}")
    unpublished = make_template(ada, dual_version_enabled=True)
    document = make_template(ada, type="document")
    foreign = make_template(otto)
    for target in (asking, archived, unpublished, document, foreign, template, {"id": "f" * 32}):
        assert set(wrong(follow_up(ada, template, id=target["id"]))) == {"bp_to_launch.id"}
    assert set(wrong(follow_up(ada, template))) == {"bp_to_launch.id"}
    long = follow_up(ada, template, id=make_template(ada)["id"], default_name_format="x" * 551)
    assert set(wrong(long)) == {"bp_to_launch.default_name_format"}


def test_one_template_is_inserted_by_one_step_only(ada: Client) -> None:
    template, target = make_template(ada, "Check", "Ship"), make_template(ada)
    assert follow_up(ada, template, id=target["id"], tasks_within_process=True).status_code == 200
    assert follow_up(ada, template, id=target["id"], tasks_within_process=True).status_code == 200
    second = {"title": "Ship", "bp_to_launch": {"id": target["id"], "tasks_within_process": True}}
    assert set(wrong(ada.put(steps_path(template, template["steps"][1]), json=second))) == {"bp_to_launch.id"}
    second["bp_to_launch"] = {"id": target["id"], "tasks_within_process": False}
    assert ada.put(steps_path(template, template["steps"][1]), json=second).status_code == 200
    copy = ada.data("POST", steps_path(template, template["steps"][0], "/clone"), 201)
    assert copy["bp_to_launch"] is None


def test_an_echo_of_an_archived_follow_up_is_no_mistake(ada: Client) -> None:
    template, target = make_template(ada), make_template(ada)
    step = add_step(ada, template, title="Check", bp_to_launch={"id": target["id"]})
    ada.delete(f"/checklists/{target['id']}")
    echoed = ada.data("PUT", steps_path(template, step), json={**step, "summary": "New"})
    assert echoed["bp_to_launch"] == step["bp_to_launch"]
