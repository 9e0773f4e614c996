"""The thin thread through everything: a template becomes a process that somebody finishes."""

from __future__ import annotations

from tests.conftest import Client


def test_a_template_becomes_a_process(ada: Client, stan: Client, liv: Client, otto: Client) -> None:
    template = ada.data("POST", "/checklists", 201, json={"title": "Supplier intake", "type": "procedure"})
    again = ada.data("GET", f"/checklists/{template['id']}?with=steps,permissions,stages")
    assert again["title"] == "Supplier intake"
    assert again["steps"] == {"data": []}
    changed = ada.data("PUT", f"/checklists/{template['id']}", json={"title": "B", "starred": True})
    assert changed["starred"]
    listed = ada.request("GET", "/checklists").json()
    assert listed["meta"]["pagination"]["total"] >= 1
    process = ada.data("POST", "/runs", 201, json={"checklist_id": template["id"], "name": "Acme"})
    assert process["status"] == "active"
    got = stan.data("GET", f"/runs/{process['id']}")
    assert got["name"] == "Acme"
    assert liv.get(f"/runs/{process['id']}").status_code == 403
    assert otto.get(f"/runs/{process['id']}").status_code == 404
    for one in (ada, stan, liv):
        assert one.get("/runs").status_code == 200
    put = ada.data(
        "PUT", f"/runs/{process['id']}", json={"name": "New", "users": [str(liv.user_id)], "starred": True}
    )
    assert put["name"] == "New"
    assert put["users"] == [liv.user_id]
    assert put["progress"] == 0
    assert liv.data("GET", f"/runs/{process['id']}")["name"] == "New"
    assert liv.data("GET", "/runs")[0]["id"] == process["id"]
    gone = ada.data("DELETE", f"/runs/{process['id']}")
    assert gone["status"] == "archived"
    back = ada.data("PUT", f"/runs/{process['id']}/activate")
    assert back["status"] == "active"
    assert ada.delete(f"/runs/{process['id']}/delete").status_code == 422
    ada.data("DELETE", f"/runs/{process['id']}")
    answer = ada.delete(f"/runs/{process['id']}/delete")
    assert answer.status_code == 200
    assert answer.content == b""
