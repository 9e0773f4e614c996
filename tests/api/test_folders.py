from __future__ import annotations

from typing import Any

import pytest

from stepwell.folders.schemas import FolderShape
from tests.api.drawn import new_folder, reasons
from tests.conftest import Client, Server, make_house
from tests.shapes import shaped


def made(client: Client, name: str = "Finance", **more: Any) -> Any:
    return client.data("POST", "/folders", 201, json={"name": name, **more})


@pytest.mark.rule("T-194")
def test_a_folder_is_one_for_templates_unless_it_says_else(ada: Client, stan: Client) -> None:
    folder = shaped(FolderShape, made(stan, " Finance "))
    assert (folder["name"], folder["folder_type"]) == ("Finance", "checklist")
    assert (folder["parent_id"], folder["parent"], folder["total"]) == (None, None, 0)
    assert folder["custom_fields"] == {}
    assert shaped(FolderShape, ada.data("GET", f"/folders/{folder['id']}")) == folder
    for word, kind in (("run", "run"), ("Process", "run"), ("checklist", "checklist"), ("x", "checklist"),
                       (None, "checklist"), (7, "checklist")):  # fmt: skip
        assert made(ada, folder_type=word)["folder_type"] == kind
    assert made(ada, "Finance")["increment_id"] > folder["increment_id"]


@pytest.mark.rule("T-194")
def test_a_folder_lies_in_one_of_its_own_tree(ada: Client, otto: Client) -> None:
    templates, processes = made(ada), made(ada, "Deals", folder_type="run")
    inside = made(ada, "Audits", parent_id=templates["id"])
    assert (inside["parent_id"], inside["parent"]) == (templates["id"], "Finance")
    assert made(ada, "Won", parent_id=processes["id"])["folder_type"] == "run"
    invalid = {"parent_id": ["The selected parent id is invalid."]}
    for parent, kind in ((templates["id"], "run"), (processes["id"], "checklist"), ("0" * 32, None),
                         (made(otto)["id"], None), ("nonsense", None)):  # fmt: skip
        body = {"name": "x", "parent_id": parent, "folder_type": kind}
        assert reasons(ada, "POST", "/folders", json=body) == invalid
    assert reasons(ada, "PUT", f"/folders/{inside['id']}", json={"parent_id": processes["id"]}) == invalid
    kept = ada.data("PUT", f"/folders/{inside['id']}", json={"name": "A", "folder_type": "run"})
    assert kept["folder_type"] == "checklist"


def test_folders_need_a_short_name_and_a_place(ada: Client) -> None:
    for body in ({}, {"name": ""}, {"name": None}):
        assert reasons(ada, "POST", "/folders", json=body) == {"name": ["The name field is required."]}
    assert reasons(ada, "POST", "/folders", json={"name": "x" * 33, "position": 0}) == {
        "name": ["The name may not be greater than 32 characters."],
        "position": ["The position must be at least 1."],
    }
    folder = made(ada, "x" * 32)
    path = f"/folders/{folder['id']}"
    wrong = {"name": "x" * 33, "position": "first", "parent_id": "up"}
    assert set(reasons(ada, "PUT", path, json=wrong)) == {"name", "position", "parent_id"}
    assert reasons(ada, "PUT", f"{path}/reorder", json={}) == {
        "position": ["The position field is required."]
    }
    assert reasons(ada, "POST", f"{path}/move", json={}) == {
        "parent_id": ["The parent id field is required."]
    }


@pytest.mark.rule("T-194")
def test_a_folder_never_lies_in_itself(ada: Client) -> None:
    outer = made(ada)
    middle = made(ada, parent_id=outer["id"])
    inner = made(ada, parent_id=middle["id"])
    invalid = {"parent_id": ["The selected parent id is invalid."]}
    for parent in (outer, middle, inner):
        body = {"parent_id": parent["id"]}
        assert reasons(ada, "PUT", f"/folders/{outer['id']}", json=body) == invalid
        assert reasons(ada, "POST", f"/folders/{outer['id']}/move", json=body) == invalid
    assert ada.data("PUT", f"/folders/{inner['id']}", json={"parent_id": outer["id"]})["parent"] == "Finance"


def test_folders_lie_fifty_levels_deep_at_most(database: str, ada: Client) -> None:
    parent = None
    for _ in range(50):
        parent = made(ada, parent_id=parent)["id"]
    deep = {"parent_id": ["Folders may not lie more than 50 levels deep."]}
    assert reasons(ada, "POST", "/folders", json={"name": "x", "parent_id": parent}) == deep
    tall = made(ada)
    made(ada, parent_id=tall["id"])
    above = ada.data("GET", f"/folders/{parent}")["parent_id"]
    assert reasons(ada, "PUT", f"/folders/{tall['id']}", json={"parent_id": above}) == deep
    assert ada.get("/folders?with=children&pagination=false").status_code == 200


def test_a_change_leaves_what_was_not_sent(ada: Client) -> None:
    outer = made(ada)
    folder = made(ada, "Audits", parent_id=outer["id"])
    path = f"/folders/{folder['id']}"
    renamed = shaped(FolderShape, ada.data("PUT", path, json={"name": "Reviews"}))
    assert (renamed["name"], renamed["parent_id"], renamed["position"]) == ("Reviews", outer["id"], 1)
    up = ada.data("PATCH", path, json={"parent_id": None})
    assert (up["name"], up["parent_id"], up["parent"]) == ("Reviews", None, None)
    moved = shaped(FolderShape, ada.data("POST", f"{path}/move", json={"parent_id": outer["id"]}))
    assert (moved["parent_id"], moved["position"]) == (outer["id"], 1)
    assert ada.data("PUT", path, json={})["parent_id"] == outer["id"]


def test_folders_stand_in_the_order_that_is_wanted(ada: Client) -> None:
    outer = made(ada)
    names = [made(ada, name, parent_id=outer["id"])["name"] for name in ("a", "b", "c")]

    def order() -> list[tuple[str, int]]:
        found = ada.data("GET", f"/folders?parent_id={outer['id']}&sort=position")
        return [(one["name"], one["position"]) for one in found]

    ids = {one["name"]: one["id"] for one in ada.data("GET", f"/folders?parent_id={outer['id']}")}
    assert order() == [("a", 1), ("b", 2), ("c", 3)]
    moved = ada.data("PUT", f"/folders/{ids['c']}/reorder", json={"position": 1})
    assert shaped(FolderShape, moved)["position"] == 1
    assert order() == [("c", 1), ("a", 2), ("b", 3)]
    ada.data("PUT", f"/folders/{ids['c']}", json={"position": 99})
    assert order() == [("a", 1), ("b", 2), ("c", 3)]
    assert made(ada, "d", parent_id=outer["id"], position=2)["position"] == 2
    assert order() == [("a", 1), ("d", 2), ("b", 3), ("c", 4)]
    ada.data("POST", f"/folders/{ids['a']}/move", json={"parent_id": None})
    assert order() == [("d", 1), ("b", 2), ("c", 3)]
    back = ada.data("POST", f"/folders/{ids['a']}/move", json={"parent_id": outer["id"], "position": 2})
    assert back["position"] == 2
    assert order() == [("d", 1), ("a", 2), ("b", 3), ("c", 4)]
    assert names == ["a", "b", "c"]


@pytest.mark.rule("T-195")
def test_light_members_read_folders_and_change_none(ada: Client, liv: Client, otto: Client) -> None:
    folder = made(ada)
    path = f"/folders/{folder['id']}"
    writes = [("POST", "/folders"), *((method, path) for method in ("PUT", "PATCH", "DELETE"))]
    writes += [("PUT", f"{path}/reorder"), ("POST", f"{path}/move")]
    for method, address in writes:
        assert liv.request(method, address, json={"name": "x"}).status_code == 403
    assert liv.data("GET", path) == folder
    for method, address in writes[1:]:
        for body in ({}, {"name": "x", "position": 1, "parent_id": None}):
            assert otto.request(method, address, json=body).status_code == 404
    assert otto.get(path).status_code == 404
    assert ada.get("/folders/nonsense").status_code == 404


@pytest.mark.rule("T-195")
def test_what_lay_in_a_deleted_folder_stays(database: str, ada: Client) -> None:
    outer = made(ada)
    gone = made(ada, "Gone", parent_id=outer["id"])
    inner, deepest = made(ada, "Inner", parent_id=gone["id"]), None
    deepest = made(ada, "Deepest", parent_id=inner["id"])
    body = {"title": "Intake", "type": "procedure", "folder_id": gone["id"]}
    template = ada.data("POST", "/checklists", 201, json=body)
    answer = ada.delete(f"/folders/{gone['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert ada.delete(f"/folders/{gone['id']}").status_code == 404
    assert ada.data("GET", f"/folders/{inner['id']}")["parent_id"] == outer["id"]
    assert ada.data("GET", f"/folders/{deepest['id']}")["parent_id"] == inner["id"]
    assert ada.data("GET", f"/checklists/{template['id']}")["folder_id"] is None


def test_a_folder_that_launches_fill_can_be_deleted(database: str, ada: Client) -> None:
    folder = new_folder(database, ada)
    body = {"title": "Intake", "type": "procedure", "default_folder": folder}
    template = ada.data("POST", "/checklists", 201, json=body)
    assert ada.delete(f"/folders/{folder}").status_code == 204
    assert ada.data("GET", f"/checklists/{template['id']}")["default_folder"] is None


def test_folders_are_listed_flat_or_as_trees(database: str, server: Server) -> None:
    with make_house(database, server.origin, "Filed") as house:
        ada = house.ada
        finance = made(ada, "Finance")
        audits = made(ada, "Audits", parent_id=finance["id"])
        made(ada, "Old audits", parent_id=audits["id"])
        made(ada, "Deals", folder_type="run")

        def names(query: str) -> list[str]:
            return [one["name"] for one in house.liv.data("GET", f"/folders?{query}")]

        assert sorted(names("")) == ["Audits", "Deals", "Finance", "Old audits"]
        assert names("sort=name&folder_type=checklist") == ["Audits", "Finance", "Old audits"]
        assert names("sort=-created_at&folder_type=checklist") == ["Old audits", "Audits", "Finance"]
        assert names("folder_type=process") == names("folder_type=run") == ["Deals"]
        assert names("folder_type=nonsense") == []
        assert names("q=AUDIT&sort=name") == ["Audits", "Old audits"]
        assert names(f"parent_id={finance['id']}") == ["Audits"]
        assert names("parent_id=none&sort=name") == ["Deals", "Finance"]
        assert names("parent_id=nonsense") == []
        page = ada.get("/folders?per_page=3&page=2").json()
        assert (len(page["data"]), page["meta"]["pagination"]["total"]) == (1, 4)
        whole = ada.get("/folders?pagination=false&sort=position&with=children&folder_type=checklist").json()
        assert whole["meta"]["pagination"]["total"] == 1
        tree = shaped(FolderShape, whole["data"][0], "children")
        inside = shaped(FolderShape, tree["children"]["data"][0], "children")
        deepest = shaped(FolderShape, inside["children"]["data"][0], "children")
        assert [one["name"] for one in (tree, inside, deepest)] == ["Finance", "Audits", "Old audits"]
        assert deepest["children"] == {"data": []}
        assert names("with=children&q=old") == ["Old audits"]
        assert names(f"with=children&parent_id={finance['id']}") == ["Audits"]
        assert names("with=children&per_page=1&page=2") in (["Deals"], ["Finance"])
        one = shaped(FolderShape, ada.data("GET", f"/folders/{audits['id']}?with=children"), "children")
        assert [child["name"] for child in one["children"]["data"]] == ["Old audits"]
