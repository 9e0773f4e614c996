"""Export, and the three ways in which clients import: the export itself, the command line's file, a row of a list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from stepwell.templates.copy_routes import ExportShape
from stepwell.templates.schemas import TemplateShape
from stepwell.templates.step_schemas import StepShape
from tests.api.made import Maker, errors_of, log_of, new_template
from tests.api.test_clone_template import ALL, as_written, ids_in, rich_template
from tests.conftest import Client
from tests.shapes import shaped

STRIPPED = (
    "id", "owner_id", "created_by", "alias", "steps_count", "industry_tags", "topic_tags", "folder_id",
    "kickoff_title", "kickoff_description", "started_processes", "created_at", "last_updated", "archived_at",
)  # fmt: skip
OWN = {"increment_id", "created_by", "last_updated_by", "kickoff_sharing_user_id", "tags"}


@pytest.fixture
def maker(database: str, ada: Client) -> Iterator[Maker]:
    with Maker(database, ada) as made:
        yield made


def import_into(client: Client, document: Any, path: str = "/checklists") -> tuple[Any, list[str]]:
    answer = client.post(path, json=document)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    shaped(TemplateShape, body["data"])
    return body["data"], body["meta"]["import_warnings"]


def exported(client: Client, template_id: str) -> Any:
    return client.get(f"/checklists/{template_id}/export").json()


def stripped(document: Any) -> Any:
    return {key: value for key, value in document.items() if key not in STRIPPED}


@pytest.mark.rule("T-021")
def test_the_export_is_the_whole_template_bare(ada: Client, stan: Client, maker: Maker, otto: Client) -> None:
    source = rich_template(ada, stan, maker)
    document = shaped(ExportShape, exported(ada, source["id"]))
    assert (document["format"], document["version"]) == ("checklist", 1)
    template = shaped(TemplateShape, document["checklist"], "steps", "stages", "tags", "permissions")
    for step in template["steps"]:
        shaped(StepShape, step, "tags")
    assert [step["title"] for step in template["steps"]] == [one["title"] for one in source["steps"]["data"]]
    (tag,) = source["tags"]["data"]
    assert (
        template["tags"]
        == [{key: tag[key] for key in ("tag_id", "title", "color")}]
        == template["steps"][0]["tags"]
    )
    assert template["permissions"] == source["permissions"]["data"]
    grants = [{"permission": name} for name in ("CHECKLIST_EDIT", "CHECKLIST_DUPLICATE")]
    ada.data("PUT", f"/checklists/{source['id']}/permissions", json={"permissions": grants})
    assert stan.get(f"/checklists/{source['id']}/export").status_code == 200
    assert otto.get(f"/checklists/{source['id']}/export").status_code == 404


@pytest.mark.rule("T-022")
def test_an_export_imports_again_into_an_equal_template(ada: Client, stan: Client, maker: Maker) -> None:
    source = rich_template(ada, stan, maker)
    copy, warnings = import_into(ada, exported(ada, source["id"]), "/checklists/import")
    assert warnings == []
    again = ada.data("GET", f"/checklists/{copy['id']}{ALL}")
    assert not ids_in(again) & ids_in(source)
    old, new = as_written(source), as_written(again)
    for key in old.keys() - OWN:
        assert new[key] == old[key], key
    assert [one["tag_id"] for one in again["tags"]["data"]] == [
        one["tag_id"] for one in source["tags"]["data"]
    ]
    assert [entry[:2] for entry in log_of(maker, copy["id"])] == [
        ("created", "Imported template: Supplier intake")
    ]


@pytest.mark.rule("T-022")
def test_the_command_lines_file_goes_to_another_organization(
    ada: Client, stan: Client, maker: Maker, otto: Client
) -> None:
    source = rich_template(ada, stan, maker)
    document = stripped(ada.data("GET", f"/checklists/{source['id']}?with=steps,automated_actions"))
    copy, warnings = import_into(otto, document)
    again = otto.data("GET", f"/checklists/{copy['id']}{ALL}")
    assert not ids_in(again) & ids_in(source)
    counts = [len(one) for one in (again["prerun"], again["steps"]["data"], again["automated_actions"])]
    assert counts == [2, 2, 1]
    first, second = again["steps"]["data"]
    assert (first["assignees"], first["groups"], first["guests"], first["bp_to_launch"]) == ([], [], [], None)
    assert first["stage_id"] is None
    assert second["deadline"]["step"] == first["id"]
    assert first["title"] == f"Check {{{{{again['prerun'][0]['alias']}}}}}"
    assert (again["users"], again["groups"], again["owner_id"]) == ([], [], otto.user_id)
    step = f'Step "Check {{{{{source["prerun"][0]["alias"]}}}}}"'
    assert f"{step}: 1 members unknown in this organization were left out." in warnings
    assert "The template: 1 groups unknown in this organization were left out." in warnings
    assert f"{step}: the template to launch afterwards was left out." in warnings
    assert 'Automation "Sign when ok": 1 members unknown in this organization were left out.' in warnings


@pytest.mark.rule("T-022")
def test_a_row_of_a_list_loses_its_rules_only(ada: Client, stan: Client, maker: Maker) -> None:
    source = rich_template(ada, stan, maker)
    row = next(one for one in ada.data("GET", "/checklists?per_page=100") if one["id"] == source["id"])
    copy, warnings = import_into(ada, stripped(row))
    assert [one["label"] for one in copy["prerun"]] == ["Tax id", "Approver"]
    assert not {one["id"] for one in copy["prerun"]} & {one["id"] for one in source["prerun"]}
    assert (copy["automated_actions"], copy["steps_count"]) == ([], 0)
    assert warnings == [
        'Automation "Sign when ok" was left out: it refers to steps or fields that are not part of the template.'
    ]
    assert copy["users"] == [stan.user_id]


def test_the_address_of_a_template_is_a_clone(ada: Client, otto: Client) -> None:
    template = new_template(ada)
    address = {"organization_id": ada.organization_id, "template_id": template["id"]}
    copy = ada.data("POST", "/checklists/import", 201, json=address)
    assert copy["title"] == "COPY OF - Supplier intake"
    assert otto.post("/checklists/import", json=address).json()["code"] == "ORG_FORBIDDEN"
    assert errors_of(ada, "POST", "/checklists/import", json={"template_id": "x"}) == {
        "template_id": ["The selected template id is invalid."]
    }


@pytest.mark.rule("T-013")
def test_who_may_import(ada: Client, liv: Client) -> None:
    for path in ("/checklists", "/checklists/import"):
        assert liv.post(path, json={"title": "x", "steps": []}).status_code == 403
        assert list(errors_of(ada, "POST", path, json={"steps": []})) == ["title"]
    assert list(errors_of(ada, "POST", "/checklists/import", json={})) == ["title"]
    assert ada.post("/checklists/import", json=[1]).status_code == 422


def test_the_type_may_be_missing_in_an_import_only(ada: Client) -> None:
    for document in ({"title": "x", "steps": []}, {"title": "x", "automated_actions": []}, {"name": "x"},
                     {"title": "x", "is_template": True, "status": "draft"}):  # fmt: skip
        assert ada.data("POST", "/checklists", 201, json=document)["type"] == "procedure"
    assert list(errors_of(ada, "POST", "/checklists", json={"title": "x"})) == ["type"]


def test_steps_in_the_order_of_their_positions_with_lenient_keys(ada: Client) -> None:
    steps = [
        {"title": "Third", "position": 3, "id": "stp_3", "task_type": "normal", "description": "<p>How</p>"},
        {"title": "First", "position": 1, "task_type": "approval", "deadline": {"value": 1, "unit": "day"}},
        {"title": "Second", "position": 2, "deadline": {"value": 1, "unit": "days", "step": "stp_9"}},
        {"title": "Fourth", "position": "4", "deadline": None, "stage_id": "x", "start_date": None},
    ]
    copy, warnings = import_into(ada, {"title": "x", "steps": {"data": steps}})
    assert warnings == []
    made = ada.data("GET", f"/checklists/{copy['id']}?with=steps")["steps"]["data"]
    assert [(one["title"], one["position"], one["step_type"], one["summary"]) for one in made] == [
        ("First", 1, "approval", None), ("Second", 2, "task", None), ("Third", 3, "task", "<p>How</p>"),
        ("Fourth", 4, "task", None),
    ]  # fmt: skip
    day = {"value": 1, "unit": "days", "option": "from", "step": "start_run"}
    assert [one["deadline"] for one in made] == [day, day, None, None]
    assert made[3]["start_date"] == {"value": 2, "unit": "hours"}


@pytest.mark.rule("T-022")
def test_whatever_cannot_be_kept_is_a_warning(ada: Client, stan: Client) -> None:
    a, b = "a" * 32, "b" * 32
    anchored = {"value": 1, "unit": "days", "option": "from"}
    visible = {"action_type": "visibility", "action_verb": "show"}
    done = {"conditionable_type": "Step", "operation": "completed", "statement": None}
    document = {
        "title": "x", "owner_id": 2**40, "folder_id": "c" * 32, "default_folder": "c" * 32,
        "kickoff_sharing_user_id": 2**40, "ko_form_blueprint_id": "c" * 32, "contributors": [2**40],
        "tags": [{"title": "No such tag", "color": "#111111"}, "d" * 32, 7],
        "steps": [
            {"id": a, "title": "A", "deadline": {**anchored, "step": b}, "roles": ["e" * 32]},
            {"id": b, "title": "B", "deadline": {**anchored, "step": a}},
        ],
        "automated_actions": [
            {"automated_alias": "Good", "conditions": [{**done, "conditionable_id": a}],
             "then_actions": [{**visible, "target_step_id": b}]},
            {"automated_alias": "Lost", "conditions": [{**done, "conditionable_id": "f" * 32}],
             "then_actions": [{**visible, "target_step_id": b}]},
            {"automated_alias": "Twice", "conditions": [{**done, "conditionable_id": a}],
             "then_actions": [{**visible, "target_step_id": b}, {**visible, "target_step_id": b}]},
            {"automated_alias": "Nobody", "conditions": [{**done, "conditionable_id": a}],
             "then_actions": [{"action_type": "assignment", "action_verb": "assign", "target_step_id": b,
                               "assignees": {"users": [2**40]}}]},
            {"automated_alias": "Broken", "conditions": []}, "nonsense",
        ],
        "permissions": [{"permission": "PROCESS_LAUNCH", "users": [2**40, stan.user_id]}, {"permission": "x"}],
    }  # fmt: skip
    copy, warnings = import_into(stan, document)
    assert (copy["owner_id"], copy["folder_id"], copy["default_folder"]) == (stan.user_id, None, None)
    assert [(one["automated_alias"], one["position"]) for one in copy["automated_actions"]] == [("Good", 1)]
    made = ada.data("GET", f"/checklists/{copy['id']}{ALL}")
    one, two = made["steps"]["data"]
    assert (one["deadline"]["step"], two["deadline"]["step"]) == ("start_run", one["id"])
    launch = made["permissions"]["data"][2]
    assert (launch["everyone"], launch["users"]) == (False, [stan.user_id])
    assert made["tags"]["data"] == []
    text = "\n".join(warnings)
    for said in (
        "The owner is unknown", "The folder is unknown", "The process folder is unknown", "The kick-off inviter is",
        "The kick-off form", "The template: 1 members", 'Tag "No such tag" does not exist', "its deadline depended on",
        'Step "A": 1 job titles', 'Automation "Lost" was left out', 'Automation "Twice" was left out',
        'Automation "Nobody" was left out', 'Automation "Broken" was left out', "without a name",
        "Permission PROCESS_LAUNCH: 1 members",
    ):  # fmt: skip
        assert said in text, said


def test_an_administrators_import_makes_missing_tags(ada: Client) -> None:
    title = "Import tag 4711"
    document = {"title": "x", "tags": [{"title": title, "color": "#112233"}],
                "steps": [{"title": "A", "tags": {"data": [{"title": title.upper()}]}}]}  # fmt: skip
    for _ in range(2):
        copy, warnings = import_into(ada, document)
        assert warnings == []
    (tag,) = ada.data("GET", f"/checklists/{copy['id']}?with=tags")["tags"]["data"]
    assert (tag["title"], tag["color"]) == (title, "#112233")


def test_wrong_parts_are_named_together_and_nothing_is_made(ada: Client) -> None:
    document = {
        "title": "Never imported 4711", "prerun": [{"label": "x"}],
        "steps": [{"title": ""}, 5, {"title": "B", "webhook": "no", "captures": [
            {"field_type": "radio", "label": "x", "required": True}]}],
        "stages": [{"name": " "}],
    }  # fmt: skip
    errors = errors_of(ada, "POST", "/checklists", json=document)
    assert set(errors) == {
        "prerun.0.field_type", "prerun.0.required", "steps.0.title", "steps.1", "steps.2.captures.0.options",
        "steps.2.webhook", "stages.0.name",
    }  # fmt: skip
    assert ada.data("GET", "/checklists?q=never+imported+4711") == []
    wrong = {"title": "x", "type": "form", "steps": [{"title": "A"}]}
    assert errors_of(ada, "POST", "/checklists", json=wrong) == {
        "steps": ["Steps cannot be added to this template type."]
    }
    assert list(
        errors_of(ada, "POST", "/checklists", json={"title": "x", "steps": [{"title": "A"}] * 1001})
    ) == ["steps"]
