"""POST /checklists: what a new template is, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from stepwell.templates.schemas import TemplateShape
from tests.api.made import Maker, errors_of, log_of, new_template
from tests.conftest import Client, House, Server, make_house
from tests.shapes import shaped

MINIMUM = {"title": "A", "type": "procedure"}


@pytest.fixture
def maker(database: str, ada: Client) -> Iterator[Maker]:
    with Maker(database, ada) as made:
        yield made


@pytest.mark.rule("T-014", "T-015")
def test_a_title_and_a_type_are_enough(stan: Client) -> None:
    answer = stan.post("/checklists", json=MINIMUM)
    assert answer.status_code == 201
    template = shaped(TemplateShape, answer.json()["data"])
    made = {key: template.pop(key) for key in ("id", "increment_id", "alias", "created_at", "last_updated")}
    assert re.fullmatch(r"a-[0-9a-f]{6}", made["alias"])
    assert made["created_at"] == made["last_updated"]
    assert template == {
        "version": 1, "title": "A", "summary": None, "starred": False, "webhook": None, "explanation_video": None,
        "guidance": None, "icon": None, "folder_id": None, "prerun": [], "automated_actions": [],
        "created_by": stan.user_id, "owner_id": stan.user_id, "kickoff_title": None, "kickoff_description": None,
        "started_processes": 0, "steps_count": 0, "last_updated_by": stan.user_id, "archived_at": None,
        "is_public": False, "is_featured": False, "public_cover": None, "industry_tags": [], "topic_tags": [],
        "type": "procedure", "status": None, "is_public_kickoff": False, "kickoff_sharing_user_id": None,
        "default_process_name_format": None, "auto_naming": False, "allow_launcher_change_name": False,
        "folderize_process": False, "tag_process": False, "default_folder": None,
        "folder_changeable_by_launcher": False, "dual_version_enabled": False, "is_published_state": False,
        "replace_state_conditionally": False, "is_pinned": False, "ko_form_blueprint_id": None, "can_add_oot": True,
        "users": [], "groups": [], "custom_fields": {}, "privacy": "organization", "settings": {}, "contributors": [],
    }  # fmt: skip
    assert stan.data("GET", f"/checklists/{made['id']}") == template | made


def test_everything_that_can_be_set(ada: Client, stan: Client, maker: Maker) -> None:
    library_tag = {"id": "t1", "title": "Retail", "color": "#ff0000", "type": "industry"}
    body: dict[str, Any] = {
        "title": "All of it", "type": "procedure", "summary": "<p>s</p>", "guidance": "<p>g</p>", "starred": True,
        "webhook": "https://h.example.net/x", "explanation_video": "https://v.example.net/x", "icon": "fa-truck",
        "folder_id": maker.folder(), "default_folder": maker.folder("run"), "owner_id": stan.user_id,
        "kickoff_title": "Kick", "kickoff_description": "<p>k</p>", "is_public": True, "is_featured": True,
        "public_cover": "https://c.example.net/x.png", "is_public_kickoff": True, "status": "finishing",
        "default_process_name_format": "{{DATE}}", "auto_naming": True, "allow_launcher_change_name": True,
        "folderize_process": True, "tag_process": True, "folder_changeable_by_launcher": True, "is_pinned": True,
        "dual_version_enabled": True, "replace_state_conditionally": True, "can_add_oot": False,
        "users": [stan.user_id], "groups": [maker.group(stan)], "privacy": "private", "settings": {"a": 1},
        "contributors": [stan.user_id], "industry_tags": [library_tag | {"more": 1}], "topic_tags": [library_tag],
    }  # fmt: skip
    template = shaped(TemplateShape, ada.data("POST", "/checklists", 201, json=body))
    expected = body | {"industry_tags": [library_tag], "kickoff_sharing_user_id": ada.user_id}
    assert {key: template[key] for key in expected} == expected


@pytest.mark.rule("T-014")
@pytest.mark.parametrize(
    ("change", "errors"),
    [
        ({"title": None}, {"title": ["The title field is required."]}),
        ({"title": " "}, {"title": ["The title field is required."]}),
        ({"title": "t" * 251}, {"title": ["The title may not be greater than 250 characters."]}),
        ({"type": None}, {"type": ["The type field is required."]}),
        ({"type": "x"}, {"type": ["The selected type is invalid."]}),
        ({"type": 5}, {"type": ["The selected type is invalid."]}),
        ({"summary": "s" * 2001}, {"summary": ["The summary may not be greater than 2000 characters."]}),
        ({"webhook": "no"}, {"webhook": ["The webhook format is invalid."]}),
        ({"owner_id": 2**40}, {"owner_id": ["The selected owner id is invalid."]}),
        ({"user_id": 2**40}, {"user_id": ["The selected user id is invalid."]}),
        ({"users": [2**40]}, {"users": ["Some users are not valid members of this organization"]}),
        ({"groups": ["0" * 32]}, {"groups": ["Some groups do not exist in this organization"]}),
        ({"folder_id": "0" * 32}, {"folder_id": ["The selected folder id is invalid."]}),
        ({"tags": ["0" * 32]}, {"tags": ["Some tags do not exist"]}),
        ({"start_run_permissions": {"users": [2**40]}},
         {"start_run_permissions.users": ["Some users are not valid members of this organization"]}),
        ({"default_process_name_format": "f" * 551},
         {"default_process_name_format": ["The default process name format may not be greater than 550 characters."]}),
    ],
)  # fmt: skip
def test_what_is_refused(ada: Client, change: dict[str, Any], errors: dict[str, list[str]]) -> None:
    body = {**MINIMUM, **change}
    assert errors_of(ada, "POST", "/checklists", json=body) == errors
    absent = {key: value for key, value in body.items() if value is not None}
    if absent != body:
        assert errors_of(ada, "POST", "/checklists", json=absent) == errors


def test_nothing_is_made_when_something_is_wrong(ada: Client) -> None:
    body = {**MINIMUM, "title": "Never made 4711", "users": [2**40]}
    assert ada.post("/checklists", json=body).status_code == 422
    assert ada.data("GET", "/checklists?q=never+made+4711") == []


@pytest.mark.rule("T-003")
def test_types_in_any_case_and_template_is_a_procedure(ada: Client) -> None:
    for spelled, meant in (("FORM", "form"), ("Document", "document"), ("template", "procedure")):
        assert new_template(ada, type=spelled)["type"] == meant


@pytest.mark.rule("T-013")
def test_light_members_never_create(liv: Client, otto: Client, ada: Client) -> None:
    for body in (MINIMUM, {}):
        answer = liv.post("/checklists", json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
    url = f"{ada.root}/organizations/{ada.organization_id}/checklists"
    assert otto.post(url, json=MINIMUM).json()["code"] == "ORG_FORBIDDEN"


@pytest.fixture
def own_house(database: str, server: Server) -> Iterator[House]:
    with make_house(database, server.origin, "Strict") as made:
        yield made


@pytest.mark.rule("T-013")
def test_the_organization_can_keep_creation_to_administrators(database: str, own_house: House) -> None:
    Maker(database, own_house.ada).setting("allow_standard_create_templates", False)
    for body in (MINIMUM, {}):
        assert own_house.stan.post("/checklists", json=body).status_code == 403
    assert own_house.ada.post("/checklists", json=MINIMUM).status_code == 201


@pytest.mark.rule("T-187")
def test_new_templates_are_everyones_or_the_creators_alone(database: str, own_house: House) -> None:
    house = own_house
    open_one = new_template(house.ada)
    Maker(database, house.ada).setting("restrict_blueprint_permissions", True)
    closed, stans = new_template(house.ada), new_template(house.stan)
    permissions = house.ada.data("GET", f"/checklists/{closed['id']}?with=permissions")["permissions"]["data"]
    assert [one["everyone"] for one in permissions] == [False] * 5
    assert house.stan.get(f"/checklists/{open_one['id']}").status_code == 200
    assert house.stan.get(f"/checklists/{closed['id']}").status_code == 404
    assert house.stan.get(f"/checklists/{stans['id']}").status_code == 200
    assert house.ada.get(f"/checklists/{stans['id']}").status_code == 200
    assert house.liv.get(f"/checklists/{open_one['id']}").status_code == 404


def test_only_an_administrator_creates_for_somebody_else(ada: Client, stan: Client, liv: Client) -> None:
    assert new_template(ada, user_id=str(liv.user_id))["created_by"] == liv.user_id
    assert new_template(stan, user_id=liv.user_id)["created_by"] == stan.user_id


def test_legacy_launch_permissions_become_a_grant(ada: Client, stan: Client, maker: Maker) -> None:
    group = maker.group(stan)
    sent = {"users": [ada.user_id], "groups": [group]}
    template = new_template(ada, start_run_permissions=sent)
    permissions = ada.data("GET", f"/checklists/{template['id']}?with=permissions")["permissions"]["data"]
    granted = {one["permission"]: one for one in permissions}
    assert granted["PROCESS_LAUNCH"] == {"id": 3, "permission": "PROCESS_LAUNCH", "everyone": False, **sent}
    assert granted["CHECKLIST_READ"]["everyone"] is True
    for nobody in ({}, [], None, {"users": [], "groups": None}):
        again = new_template(ada, start_run_permissions=nobody)["id"]
        listed = ada.data("GET", f"/checklists/{again}?with=permissions")["permissions"]["data"]
        assert all(one["everyone"] for one in listed)


def test_a_kickoff_form_comes_with_the_template(ada: Client) -> None:
    fields = [{"label": "Tax id", "field_type": "text", "required": True}]
    template = new_template(ada, prerun=fields)
    assert [(one["label"], one["required"], one["position"]) for one in template["prerun"]] == [
        ("Tax id", True, 1)
    ]
    assert template["version"] == 1
    errors = errors_of(ada, "POST", "/checklists", json={**MINIMUM, "prerun": [{"label": "x"}]})
    assert set(errors) == {"prerun.0.field_type", "prerun.0.required"}


def test_ids_and_unknown_keys_of_migrators_are_ignored(ada: Client) -> None:
    body = {
        **MINIMUM,
        "id": "chk_1",
        "organization_id": "x",
        "is_template": True,
        "increment_id": 1,
        "alias": "taken",
    }
    template = ada.data("POST", "/checklists", 201, json=body)
    assert (template["id"], template["alias"]) != ("chk_1", "taken")


def test_titles_may_repeat_and_may_be_of_any_script(ada: Client) -> None:
    one, two = new_template(ada, "供应商 入职"), new_template(ada, "供应商 入职")
    assert one["title"] == two["title"]
    assert one["alias"] != two["alias"]


@pytest.mark.rule("T-035")
def test_the_log_begins_with_the_creation(ada: Client, maker: Maker) -> None:
    template = new_template(ada, prerun=[])
    assert log_of(maker, template["id"]) == [
        ("created", "Created template: Supplier intake", None, None, "Supplier intake")
    ]
