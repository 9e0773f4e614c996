"""Archiving, restoring and deleting processes."""

from __future__ import annotations

from typing import Any

import pytest

from stepwell.processes.schemas import ProcessShape
from tests.api.drawn import Drawn, asks, draw, launched, step, tasks_by_title
from tests.conftest import Client, House
from tests.shapes import shaped

UNKNOWN = "0" * 32


@pytest.fixture(scope="module")
def template(database: str, house: House) -> Drawn:
    return draw(
        database, house.ada, step("Call"), step("Visit"), kickoff=[asks("Client")], title="Archivable"
    )


@pytest.fixture
def run(ada: Client, template: Drawn) -> dict[str, Any]:
    run = launched(ada, template, prerun={template.fields["Client"]: "Acme"})
    task = tasks_by_title(ada, run)["Call"]["id"]
    ada.data("POST", f"/runs/{run['id']}/completed-tasks", json={"task_id": task})
    return dict(ada.data("GET", f"/runs/{run['id']}"))


@pytest.mark.rule("P-220")
def test_archiving_hides_and_keeps_everything(ada: Client, template: Drawn, run: dict[str, Any]) -> None:
    got = shaped(ProcessShape, ada.data("DELETE", f"/runs/{run['id']}"))
    assert (got["status"], got["progress"]) == ("archived", 50)
    assert got["archived_at"] == got["last_updated"]
    changed = {"status", "archived_at", "last_updated", "progress"}
    assert {name: got[name] for name in run.keys() - changed} == {
        name: run[name] for name in run.keys() - changed
    }
    again = ada.data("DELETE", f"/runs/{run['id']}")
    assert again == got
    assert run["id"] not in [one["id"] for one in ada.data("GET", f"/runs?checklist_id={template.id}")]


@pytest.mark.rule("P-223")
def test_an_archived_process_can_be_read(ada: Client, run: dict[str, Any]) -> None:
    ada.data("DELETE", f"/runs/{run['id']}")
    got = ada.data("GET", f"/runs/{run['id']}?with=tasks,form_fields,ko_form_fields,next_task")
    assert [task["title"] for task in got["tasks"]["data"]] == ["Call", "Visit"]
    assert got["ko_form_fields"]["data"][0]["value"] == "Acme"
    assert got["next_task"] == {"data": []}


def test_the_progress_is_a_number_for_the_documented_client_only(ada: Client, run: dict[str, Any]) -> None:
    for client, progress in (("", 50), ("TallyfySDK", {"complete": 1, "total": 2, "percent": 50})):
        got = ada.data("DELETE", f"/runs/{run['id']}", headers={"X-Tallyfy-Client": client})
        assert got["progress"] == progress
    posted = ada.data("POST", f"/runs/{run['id']}/archive")
    assert shaped(ProcessShape, posted)["status"] == "archived"


@pytest.mark.rule("P-222")
def test_restoring_brings_everything_back_as_it_was(ada: Client, run: dict[str, Any]) -> None:
    before = ada.data("GET", f"/runs/{run['id']}?with=tasks")
    ada.data("DELETE", f"/runs/{run['id']}")
    got = shaped(ProcessShape, ada.data("PUT", f"/runs/{run['id']}/activate"))
    after = ada.data("GET", f"/runs/{run['id']}?with=tasks")
    assert {**after, "last_updated": ""} == {**before, "last_updated": ""}
    assert (got["status"], got["archived_at"]) == ("active", None)
    unchanged = ada.data("PUT", f"/runs/{run['id']}/activate")
    assert unchanged == got


@pytest.mark.rule("P-222")
def test_a_complete_process_comes_back_complete(ada: Client, run: dict[str, Any]) -> None:
    done = ada.data("POST", f"/runs/{run['id']}/complete")
    assert ada.data("DELETE", f"/runs/{run['id']}")["progress"] == 100
    back = ada.data("PUT", f"/runs/{run['id']}/activate")
    assert (back["status"], back["completed_at"]) == ("complete", done["completed_at"])


@pytest.mark.rule("P-221")
def test_its_tasks_leave_and_return_to_their_peoples_lists(
    ada: Client, stan: Client, template: Drawn
) -> None:
    run = launched(stan, template)
    mine = f"/me/tasks?run_id={run['id']}&status=all"
    assert len(stan.data("GET", mine)) == 2
    stan.data("DELETE", f"/runs/{run['id']}")
    assert stan.data("GET", mine) == []
    stan.data("PUT", f"/runs/{run['id']}/activate")
    assert len(stan.data("GET", mine)) == 2


@pytest.mark.rule("P-224")
def test_only_an_administrator_deletes_and_only_what_is_archived(
    ada: Client, stan: Client, run: dict[str, Any]
) -> None:
    path = f"/runs/{run['id']}/delete"
    assert stan.delete(path).status_code == 403
    answer = ada.delete(path)
    assert answer.status_code == 422
    assert "rchive" in answer.json()["message"]
    ada.data("DELETE", f"/runs/{run['id']}")
    answer = ada.delete(path)
    assert (answer.status_code, answer.content) == (200, b"")
    for again in (ada.get(f"/runs/{run['id']}"), ada.delete(path), ada.delete(f"/runs/{run['id']}")):
        assert again.status_code == 404


@pytest.mark.rule("P-224")
def test_children_of_a_deleted_process_have_no_parent(
    ada: Client, template: Drawn, run: dict[str, Any]
) -> None:
    child = launched(ada, template, parent_id=run["id"])
    ada.data("DELETE", f"/runs/{run['id']}")
    ada.delete(f"/runs/{run['id']}/delete")
    assert ada.data("GET", f"/runs/{child['id']}")["parent_id"] is None


@pytest.mark.rule("P-220", "P-222")
@pytest.mark.parametrize(("method", "path"), [("DELETE", ""), ("PUT", "/activate"), ("POST", "/archive")])
def test_who_may_archive_and_restore(
    ada: Client, stan: Client, liv: Client, otto: Client, run: dict[str, Any], method: str, path: str
) -> None:
    ada.data("PUT", f"/runs/{run['id']}", json={"users": [liv.user_id]})
    assert liv.request(method, f"/runs/{run['id']}{path}").status_code == 403
    assert otto.request(method, f"/runs/{run['id']}{path}").status_code == 404
    assert ada.request(method, f"/runs/{UNKNOWN}{path}").status_code == 404
    assert stan.request(method, f"/runs/{run['id']}{path}").status_code == 200
    ada.data("PUT", f"/runs/{run['id']}/activate")
    ada.data("PUT", f"/runs/{run['id']}/permissions", json={})
    assert stan.request(method, f"/runs/{run['id']}{path}").status_code == 403


def test_a_delete_with_a_content_type_and_no_body_works(ada: Client, run: dict[str, Any]) -> None:
    answer = ada.request("DELETE", f"/runs/{run['id']}", headers={"Content-Type": "application/json"})
    assert answer.status_code == 200
    answer = ada.request("PUT", f"/runs/{run['id']}/activate", headers={"Content-Type": "application/json"})
    assert answer.status_code == 200
