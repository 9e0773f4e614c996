"""The five grants of a template, and what each of them lets members do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from stepwell.templates.permission_schemas import PermissionShape
from tests.api.made import Maker, errors_of, log_of, new_template
from tests.conftest import Client
from tests.shapes import shaped

NAMES = ["CHECKLIST_READ", "CHECKLIST_EDIT", "PROCESS_LAUNCH", "CHECKLIST_DUPLICATE", "PROCESS_READ"]
NO_LAUNCH = "Permission denied: cannot launch process from this template."


@pytest.fixture
def maker(database: str, ada: Client) -> Iterator[Maker]:
    with Maker(database, ada) as made:
        yield made


def set_grants(client: Client, template: Any, **grants: dict[str, Any]) -> dict[str, Any]:
    """Sets the grants named; all others are emptied. Returns all five by name."""
    body = [{"permission": name, **grants.get(name, {"everyone": False})} for name in NAMES]
    rows = client.data("PUT", f"/checklists/{template['id']}/permissions", json={"permissions": body})
    return {row["permission"]: shaped(PermissionShape, row) for row in rows}


def test_all_five_are_listed_whatever_was_set(ada: Client, otto: Client) -> None:
    template = new_template(ada)
    path = f"/checklists/{template['id']}/permissions"
    rows = [shaped(PermissionShape, row) for row in ada.data("GET", path)]
    assert rows == [
        {"id": number, "permission": name, "everyone": True, "users": [], "groups": []}
        for number, name in enumerate(NAMES, start=1)
    ]
    assert ada.data("GET", f"/checklists/{template['id']}?with=permissions")["permissions"]["data"] == rows
    assert otto.get(path).status_code == 404


@pytest.mark.rule("T-186")
def test_listed_ones_are_replaced_and_others_kept(
    ada: Client, stan: Client, liv: Client, maker: Maker
) -> None:
    template, group = new_template(ada), maker.group(stan)
    path = f"/checklists/{template['id']}/permissions"
    body = {"permissions": [{"permission": "process_launch", "everyone": False, "users": [str(liv.user_id)],
                             "groups": [group]}]}  # fmt: skip
    rows = {row["permission"]: shaped(PermissionShape, row) for row in ada.data("PUT", path, json=body)}
    assert rows["PROCESS_LAUNCH"] == {
        "id": 3, "permission": "PROCESS_LAUNCH", "everyone": False, "users": [liv.user_id], "groups": [group],
    }  # fmt: skip
    assert all(rows[name]["everyone"] for name in NAMES if name != "PROCESS_LAUNCH")
    body["permissions"][0]["everyone"] = True
    rows = {row["permission"]: row for row in ada.data("PUT", path, json=body)}
    assert rows["PROCESS_LAUNCH"] == {
        "id": 3, "permission": "PROCESS_LAUNCH", "everyone": True, "users": [], "groups": [],
    }  # fmt: skip
    assert ada.data("PUT", path, json={"permissions": []}) == list(rows.values())


def test_one_permission_in_any_case(ada: Client, stan: Client) -> None:
    template = new_template(ada)
    path = f"/checklists/{template['id']}/permissions"
    row = shaped(PermissionShape, ada.data("PUT", f"{path}/checklist_read", json={"users": [stan.user_id]}))
    assert row == {
        "id": 1,
        "permission": "CHECKLIST_READ",
        "everyone": False,
        "users": [stan.user_id],
        "groups": [],
    }
    assert ada.data("GET", path)[0] == row
    assert ada.put(f"{path}/CHECKLIST_WRITE", json={}).status_code == 404


@pytest.mark.rule("T-190")
def test_a_group_takes_the_place_of_its_members(ada: Client, stan: Client, liv: Client, maker: Maker) -> None:
    template, group = new_template(ada), maker.group(stan)
    body = {"users": [stan.user_id, liv.user_id], "groups": [group]}
    row = ada.data("PUT", f"/checklists/{template['id']}/permissions/PROCESS_READ", json=body)
    assert (row["users"], row["groups"]) == ([liv.user_id], [group])


def test_what_is_refused(ada: Client, otto: Client, maker: Maker) -> None:
    template = new_template(ada)
    path = f"/checklists/{template['id']}/permissions"
    before = ada.data("GET", path)
    foreign = {"permission": "CHECKLIST_EDIT", "users": [otto.user_id], "groups": ["0" * 32]}
    body = {"permissions": [{"permission": "CHECKLIST_READ", "users": [ada.user_id]}, foreign]}
    assert errors_of(ada, "PUT", path, json=body) == {
        "permissions.1.users": ["Some users are not valid members of this organization"],
        "permissions.1.groups": ["Some groups do not exist in this organization"],
    }
    assert list(errors_of(ada, "PUT", path, json={"permissions": [{"permission": "x"}]})) == [
        "permissions.0.permission"
    ]
    assert errors_of(ada, "PUT", path, json={}) == {"permissions": ["The permissions field is required."]}
    assert list(errors_of(ada, "PUT", f"{path}/PROCESS_READ", json={"users": [otto.user_id]})) == ["users"]
    assert list(errors_of(ada, "PUT", f"{path}/PROCESS_READ", json={"everyone": "x"})) == ["everyone"]
    assert ada.data("GET", path) == before


def test_setting_them_takes_the_right_to_edit(ada: Client, stan: Client, liv: Client, otto: Client) -> None:
    template = new_template(ada)
    path = f"/checklists/{template['id']}/permissions"
    set_grants(
        ada, template, CHECKLIST_READ={"everyone": True, "users": []}, PROCESS_LAUNCH={"users": [liv.user_id]}
    )
    for reader in (stan, liv):
        assert reader.get(path).status_code == 200
        for body in ({"permissions": []}, {"permissions": "x"}):
            assert reader.put(path, json=body).status_code == 403
        assert reader.put(f"{path}/PROCESS_READ", json={}).status_code == 403
    assert otto.put(path, json={"permissions": []}).status_code == 404


@pytest.mark.rule("T-186", "T-189", "T-028", "T-020", "T-191", "T-193")
def test_what_each_grant_gives_a_standard_member(ada: Client, stan: Client) -> None:
    template = new_template(ada)
    path = f"/checklists/{template['id']}"
    named = {"users": [stan.user_id]}
    launch = {"checklist_id": template["id"], "name": "x"}
    set_grants(ada, template)
    assert stan.get(path).status_code == 404
    assert template["id"] not in {row["id"] for row in stan.data("GET", "/checklists?per_page=100")}
    may: dict[str, list[int]] = {}
    for name in NAMES:
        set_grants(ada, template, **{name: named})
        assert stan.get(path).status_code == 200
        assert template["id"] in {row["id"] for row in stan.data("GET", "/checklists?per_page=100")}
        may[name] = [
            stan.patch(path, json={"guidance": "x"}).status_code,
            stan.post("/runs", json=launch).status_code,
            stan.post(f"{path}/clone", json={}).status_code,
        ]
    assert may == {
        "CHECKLIST_READ": [403, 403, 403],
        "CHECKLIST_EDIT": [200, 403, 403],
        "PROCESS_LAUNCH": [403, 201, 403],
        "CHECKLIST_DUPLICATE": [403, 403, 201],
        "PROCESS_READ": [403, 403, 403],
    }
    set_grants(ada, template, CHECKLIST_READ=named)
    assert stan.post("/runs", json=launch).json()["message"] == NO_LAUNCH


@pytest.mark.rule("T-186")
def test_a_light_member_holds_three_of_the_five_and_must_be_named(
    ada: Client, liv: Client, maker: Maker
) -> None:
    template, group = new_template(ada), maker.group(liv)
    path = f"/checklists/{template['id']}"
    everyone = {name: {"everyone": True} for name in NAMES}
    set_grants(ada, template, **everyone)
    assert liv.get(path).status_code == 404
    for name, status in zip(NAMES, (200, 404, 200, 404, 200), strict=True):
        for grant in ({"users": [liv.user_id]}, {"groups": [group]}):
            set_grants(ada, template, **{name: grant})
            assert liv.get(path).status_code == status, name
    set_grants(ada, template, PROCESS_LAUNCH={"groups": [group]}, CHECKLIST_EDIT={"users": [liv.user_id]})
    assert liv.post("/runs", json={"checklist_id": template["id"], "name": "x"}).status_code == 201
    assert liv.patch(path, json={"guidance": "x"}).status_code == 403


@pytest.mark.rule("T-188")
def test_default_access_gives_all_that_the_role_can_hold(
    ada: Client, stan: Client, liv: Client, maker: Maker
) -> None:
    template, group = new_template(ada), maker.group(stan)
    path = f"/checklists/{template['id']}"
    set_grants(ada, template)
    ada.data("PATCH", path, json={"users": [liv.user_id], "groups": [group]})
    assert stan.patch(path, json={"guidance": "x"}).status_code == 200
    assert stan.post(f"{path}/clone", json={}).status_code == 201
    for member, edits in ((stan, 200), (liv, 403)):
        assert member.patch(path, json={"guidance": "x"}).status_code == edits
        assert member.post("/runs", json={"checklist_id": template["id"], "name": "x"}).status_code == 201
    ada.data("PATCH", path, json={"users": [], "groups": []})
    assert stan.get(path).status_code == liv.get(path).status_code == 404


@pytest.mark.rule("T-186")
def test_creator_and_owner_always_hold_all(ada: Client, stan: Client, maker: Maker) -> None:
    creator, owner = maker.member(), maker.member()
    template = new_template(creator, owner_id=owner.user_id)
    set_grants(ada, template)
    for member in (creator, owner):
        assert member.patch(f"/checklists/{template['id']}", json={"guidance": "x"}).status_code == 200
        assert member.post(f"/checklists/{template['id']}/clone", json={}).status_code == 201
    assert stan.get(f"/checklists/{template['id']}").status_code == 404


@pytest.mark.rule("T-035")
def test_changes_are_in_the_log(ada: Client, stan: Client, maker: Maker) -> None:
    template = new_template(ada)
    path = f"/checklists/{template['id']}/permissions/PROCESS_LAUNCH"
    ada.data("PUT", path, json={"users": [stan.user_id]})
    ada.data("PUT", path, json={"users": [stan.user_id]})
    assert log_of(maker, template["id"])[1:] == [
        ("updated", "Changed who may launch template: Supplier intake", "PROCESS_LAUNCH",
         {"everyone": True, "users": [], "groups": []},
         {"everyone": False, "users": [stan.user_id], "groups": []}),
    ]  # fmt: skip
