"""POST /checklists/{checklist}/clone: a copy whose every reference is its own, here or in another organization."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from stepwell.templates.schemas import TemplateShape
from tests.api.made import Maker, errors_of, log_of, new_template
from tests.conftest import Client, House, Server, make_house
from tests.shapes import shaped

ALL = "?with=steps,stages,tags,permissions"


@pytest.fixture
def maker(database: str, ada: Client) -> Iterator[Maker]:
    with Maker(database, ada) as made:
        yield made


@pytest.fixture
def source(ada: Client, stan: Client, maker: Maker) -> Any:
    """A template in which every kind of part refers to another one."""
    return rich_template(ada, stan, maker)


def variable(before: str, field: Any) -> str:
    return before + "{{" + field["alias"] + "}}"


def rich_template(ada: Client, stan: Client, maker: Maker) -> Any:
    group, tag, other = maker.group(stan), maker.tag(), new_template(ada, "Other")
    kickoff = [{"label": "Tax id", "field_type": "text", "required": True},
               {"label": "Approver", "field_type": "assignees_form", "required": False}]  # fmt: skip
    template = new_template(
        ada, "Supplier intake", prerun=kickoff, users=[stan.user_id], groups=[group], tags=[tag], starred=True,
        folder_id=maker.folder(), is_public_kickoff=True, webhook="https://h.example.net/x", auto_naming=True,
        icon="fa-truck", status="finishing",
    )  # fmt: skip
    path = f"/checklists/{template['id']}"
    tax, approver = template["prerun"]
    stage = ada.data("POST", f"{path}/stages", 201, json={"name": "Check"})
    first = ada.data(
        "POST", f"{path}/steps", 201,
        json={"title": variable("Check ", tax), "stage_id": stage["id"], "assignees": [stan.user_id],
              "groups": [group], "tags": [tag], "guests": ["g@guest.example"], "step_type": "approval",
              "captures": [{"label": "Result", "field_type": "radio", "required": True, "options": ["Ok", "Bad"]}],
              "bp_to_launch": {"id": other["id"], "default_name_format": variable("", tax)}},
    )  # fmt: skip
    result = first["captures"][0]
    second = ada.data(
        "POST", f"{path}/steps", 201,
        json={"title": "Sign", "summary": f"<p>{{{{ {result['alias']} }}}} and {{{{DATE}}}}</p>",
              "deadline": {"value": 2, "unit": "days", "option": "from", "step": first["id"]}},
    )  # fmt: skip
    ada.data(
        "POST", f"{path}/automated-actions", 201,
        json={"automated_alias": "Sign when ok",
              "conditions": [
                  {"conditionable_id": result["id"], "conditionable_type": "Capture", "operation": "equals",
                   "statement": "Ok", "logic": "and"},
                  {"conditionable_id": first["id"], "conditionable_type": "Step", "operation": "approved",
                   "statement": None, "logic": "or"}],
              "then_actions": [
                  {"action_type": "visibility", "action_verb": "show", "target_step_id": second["id"]},
                  {"action_type": "assignment", "action_verb": "assign", "target_step_id": second["id"],
                   "actionable_id": approver["id"], "actionable_type": "Prerun",
                   "assignees": {"users": [stan.user_id], "guests": [], "groups": []}}]},
    )  # fmt: skip
    ada.data("PUT", f"{path}/permissions/CHECKLIST_EDIT", json={"users": [stan.user_id], "groups": []})
    text = f"<p>{{{{{tax['alias']}}}}} <editor-form-field data-field-id=\"'{tax['id']}'\"></editor-form-field></p>"
    ada.data("PATCH", path, json={"guidance": text, "default_process_name_format": variable("", tax)})
    return ada.data("GET", path + ALL)


def ids_in(template: Any) -> set[str]:
    parts = [template, *template["prerun"], *template["automated_actions"]]
    for rule in template["automated_actions"]:
        parts += [*rule["conditions"], *rule["then_actions"]]
    for step in template["steps"]["data"]:
        parts += [step, *step["captures"]]
    return {part["id"] for part in [*parts, *template["stages"]["data"]]}


def as_written(template: Any) -> Any:
    """The template with a readable name in place of each id and alias, so that copies can be compared."""
    names: dict[str, str] = {template["id"]: "<template>", template["alias"]: "<alias>"}
    fields = [*template["prerun"], *(one for step in template["steps"]["data"] for one in step["captures"])]
    for part in (*fields, *template["steps"]["data"], *template["stages"]["data"]):
        label = part.get("label") or part.get("name") or str(part["position"])
        names |= {part["id"]: f"<{label}>", part.get("alias", part["id"]): f"<alias of {label}>"}
    for rule in template["automated_actions"]:
        names[rule["id"]] = "<rule>"
        names |= {one["id"]: "<part>" for one in (*rule["conditions"], *rule["then_actions"])}
    pattern = re.compile("|".join(sorted(map(re.escape, names), key=len, reverse=True)))

    def named(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: named(one) for key, one in value.items() if key not in ("created_at", "last_updated")
            }
        if isinstance(value, list):
            return [named(one) for one in value]
        if not isinstance(value, str):
            return value
        plain = value.replace("{{ ", "{{").replace(" }}", "}}")
        return pattern.sub(lambda found: names[found.group()], plain)

    return named(template)


CHANGED = {"title", "increment_id", "created_by", "owner_id", "starred", "is_public_kickoff",
           "kickoff_sharing_user_id", "last_updated_by", "version", "started_processes", "tags"}  # fmt: skip


@pytest.mark.rule("T-016", "T-017", "T-018")
def test_a_copy_is_the_same_with_ids_of_its_own(ada: Client, stan: Client, maker: Maker, source: Any) -> None:
    ada.data("PATCH", f"/checklists/{source['id']}", json={"is_pinned": True, "is_public": True})
    launched = {"checklist_id": source["id"], "name": "x", "prerun": {source["prerun"][0]["id"]: "DE1"}}
    ada.data("POST", "/runs", 201, json=launched)
    copy = shaped(TemplateShape, ada.data("POST", f"/checklists/{source['id']}/clone", 201, json={}))
    assert copy["title"] == "COPY OF - Supplier intake"
    again = ada.data("GET", f"/checklists/{copy['id']}{ALL}")
    assert not ids_in(again) & ids_in(source)
    assert len(ids_in(again)) == len(ids_in(source))
    old, new = as_written(source), as_written(again)
    for key in old.keys() - CHANGED - {"steps"}:
        assert new[key] == old[key], key
    for new_step, old_step in zip(new["steps"]["data"], old["steps"]["data"], strict=True):
        assert new_step == old_step
    assert [one["tag_id"] for one in again["tags"]["data"]] == [
        one["tag_id"] for one in source["tags"]["data"]
    ]
    expected = {"created_by": ada.user_id, "owner_id": ada.user_id, "started_processes": 0, "version": 1,
                "starred": False, "is_pinned": False, "is_public": False, "is_public_kickoff": False,
                "archived_at": None, "kickoff_sharing_user_id": None}  # fmt: skip
    assert {key: again[key] for key in expected} == expected
    assert [entry[1] for entry in log_of(maker, copy["id"])] == [
        "Created template: COPY OF - Supplier intake, as a copy of Supplier intake"
    ]
    tags = maker.rows(
        "SELECT count(*) FROM tag_associations WHERE subject_id = %s", again["steps"]["data"][0]["id"]
    )
    assert tags == [(1,)]


@pytest.mark.rule("T-017")
def test_texts_name_the_copys_own_fields(ada: Client, source: Any) -> None:
    copy = ada.data("POST", f"/checklists/{source['id']}/clone", 201, json={})
    again = ada.data("GET", f"/checklists/{copy['id']}{ALL}")
    tax = again["prerun"][0]
    assert again["guidance"].startswith(f"<p>{{{{{tax['alias']}}}}}")
    assert tax["id"] in again["guidance"]
    assert again["default_process_name_format"] == f"{{{{{tax['alias']}}}}}"
    first, second = again["steps"]["data"]
    assert first["title"] == f"Check {{{{{tax['alias']}}}}}"
    assert first["bp_to_launch"]["default_name_format"] == f"{{{{{tax['alias']}}}}}"
    assert second["summary"] == f"<p>{{{{{first['captures'][0]['alias']}}}}} and {{{{DATE}}}}</p>"
    assert second["deadline"]["step"] == first["id"]
    assert source["prerun"][0]["alias"] not in str(again)


@pytest.mark.rule("T-016")
def test_forms_json_and_empty_bodies(ada: Client, maker: Maker) -> None:
    template = new_template(ada, "t" * 250)
    path = f"/checklists/{template['id']}/clone"
    form = ada.data("POST", path, 201, data={"tenant": ada.organization_id, "title": "C"})
    assert form["title"] == "C"
    assert ada.data("POST", path, 201)["title"] == ("COPY OF - " + "t" * 250)[:250]
    folder = maker.folder()
    filed = ada.data("POST", path, 201, json={"title": None, "tenant": "", "folder_id": folder})
    assert filed["folder_id"] == folder
    assert errors_of(ada, "POST", path, json={"title": "t" * 251}) == {
        "title": ["The title may not be greater than 250 characters."]
    }
    for wrong in (maker.folder("run"), "0" * 32, "x"):
        assert list(errors_of(ada, "POST", path, json={"folder_id": wrong})) == ["folder_id"]
    assert list(errors_of(ada, "POST", path, json={"tenant": "x"})) == ["tenant"]


@pytest.mark.rule("T-013", "T-020")
def test_who_may_clone(ada: Client, stan: Client, liv: Client, otto: Client) -> None:
    template = new_template(ada, users=[liv.user_id])
    path = f"/checklists/{template['id']}/clone"
    assert stan.post(path, json={}).status_code == 201
    assert liv.post(path, json={}).status_code == 403
    assert otto.post(path, json={}).status_code == 404
    grant = {"everyone": False, "users": [], "groups": []}
    ada.data("PUT", f"/checklists/{template['id']}/permissions/CHECKLIST_DUPLICATE", json=grant)
    assert stan.post(path, json={}).status_code == 403
    assert ada.post(f"/checklists/{'0' * 32}/clone", json={}).status_code == 404
    ada.delete(f"/checklists/{template['id']}")
    assert ada.post(path, json={}).status_code == 404


@pytest.mark.rule("T-018")
def test_custom_permissions_stay_with_a_copy(ada: Client, stan: Client, source: Any) -> None:
    copy = ada.data("POST", f"/checklists/{source['id']}/clone", 201, json={})
    rows = ada.data("GET", f"/checklists/{copy['id']}/permissions")
    assert rows == source["permissions"]["data"]
    assert rows[1] == {
        "id": 2, "permission": "CHECKLIST_EDIT", "everyone": False, "users": [stan.user_id], "groups": [],
    }  # fmt: skip


@pytest.fixture
def other(database: str, server: Server) -> Iterator[House]:
    with make_house(database, server.origin, "Destination") as made:
        yield made


def join(database: str, house: House, client: Client, role: str) -> None:
    """Make somebody of another organization a member of this one too, under the same token."""
    from datetime import UTC, datetime

    import psycopg

    from stepwell.organizations.setup import NewMember, add_member

    with psycopg.connect(database) as owner:
        add_member(owner, house.id, NewMember(client.email, role, "Two", "Homes"), datetime.now(UTC))


def at(client: Client, house: House) -> str:
    return f"{client.root}/organizations/{house.id.hex}"


@pytest.mark.rule("T-016", "T-017", "T-019")
def test_a_copy_from_another_organization_leaves_people_behind(
    database: str, ada: Client, maker: Maker, other: House, source: Any
) -> None:
    join(database, other, ada, "admin")
    body = {"tenant": ada.organization_id}
    copy = ada.data("POST", f"{at(ada, other)}/checklists/{source['id']}/clone", 201, json=body)
    again = ada.data("GET", f"{at(ada, other)}/checklists/{copy['id']}{ALL}")
    assert not ids_in(again) & ids_in(source)
    people = [again["users"], again["groups"]]
    for step in again["steps"]["data"]:
        people += [step["assignees"], step["guests"], step["groups"], step["roles"]]
    assert not any(people)
    assert (again["owner_id"], again["created_by"], again["folder_id"]) == (ada.user_id, ada.user_id, None)
    assert all(row["everyone"] for row in again["permissions"]["data"])
    first, second = again["steps"]["data"]
    assert first["bp_to_launch"] is None
    (rule,) = again["automated_actions"]
    assert rule["conditions"][0]["conditionable_id"] == first["captures"][0]["id"]
    assert [one["target_step_id"] for one in rule["then_actions"]] == [second["id"]] * 2
    assert rule["then_actions"][1]["assignees"] == {"users": [], "guests": [], "groups": []}
    (tag,) = again["tags"]["data"]
    (old_tag,) = source["tags"]["data"]
    assert (tag["title"], tag["color"]) == (old_tag["title"], old_tag["color"])
    assert tag["tag_id"] != old_tag["tag_id"]
    twice = ada.data("POST", f"{at(ada, other)}/checklists/{source['id']}/clone?with=tags", 201, json=body)
    assert twice["tags"]["data"][0]["tag_id"] == tag["tag_id"]


@pytest.mark.rule("T-019")
def test_snippets_become_plain_text_and_foreign_blocks_go(
    database: str, ada: Client, maker: Maker, other: House
) -> None:
    join(database, other, ada, "admin")
    (row,) = maker.rows(
        "INSERT INTO snippets (organization_id, id, title, content, created_by, created_at, updated_at)"
        " VALUES (%s, 990001, 'Tax', '<p>Ask <b>finance</b> &amp; law</p>', %s, now(), now())"
        " ON CONFLICT DO NOTHING RETURNING id", maker.organization_id, ada.user_id,
    )  # fmt: skip
    shown = new_template(ada)
    text = (
        f'<p>a <span class="insert-snippet-tag" contenteditable="false" data-snippet-id="{row[0]}">[[Tax]]</span> b'
        f'<span class="insert-blueprint-tag" data-blueprint-id="{shown["id"]}"></span></p>'
    )
    template = new_template(ada, guidance=text)
    path = f"checklists/{template['id']}/clone"
    copy = ada.data("POST", f"{at(ada, other)}/{path}", 201, json={"tenant": ada.organization_id})
    assert copy["guidance"] == "<p>a Ask finance &amp; law b</p>"
    assert ada.data("POST", f"/{path}", 201, json={})["guidance"] == text


@pytest.mark.rule("T-019", "T-020")
def test_copying_from_elsewhere_takes_an_administrator_here_and_the_right_there(
    database: str, ada: Client, stan: Client, liv: Client, other: House
) -> None:
    template = new_template(ada)
    path = f"checklists/{template['id']}/clone"
    body = {"tenant": ada.organization_id}
    stranger = other.ada.post(f"/{path}", json=body)
    assert (stranger.status_code, stranger.json()["code"]) == (403, "ORG_FORBIDDEN")
    join(database, other, stan, "standard")
    assert stan.post(f"{at(stan, other)}/{path}", json=body).status_code == 403
    join(database, other, liv, "admin")
    assert liv.post(f"{at(liv, other)}/{path}", json=body).status_code == 404
    ada.data("PATCH", f"/checklists/{template['id']}", json={"users": [liv.user_id]})
    assert liv.post(f"{at(liv, other)}/{path}", json=body).status_code == 403
    ada.data("PATCH", f"/checklists/{template['id']}", json={"is_public": True})
    assert liv.post(f"{at(liv, other)}/{path}", json=body).status_code == 201
    assert other.ada.post(f"/{path}", json=body).status_code == 201
    assert other.ada.post(f"/{path}", json={"tenant": "0" * 32}).json()["code"] == "ORG_FORBIDDEN"
    ada.delete(f"/checklists/{template['id']}")
    assert other.ada.post(f"/{path}", json=body).status_code == 403
