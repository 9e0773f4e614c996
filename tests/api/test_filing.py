from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
import pytest

from stepwell.folders.schemas import FolderObjectShape, FolderShape, ObjectInsideShape
from stepwell.organizations.setup import enter
from tests.api.drawn import new_folder, reasons
from tests.api.talk import process_of, template_of
from tests.conftest import Client
from tests.shapes import shaped

NO_FOLDER = {"folder_id": ["No such a folder exists in Processes."]}


def add(client: Client, folder: str, subject: str, kind: str = "Run", status: int = 201) -> Any:
    body = {"folder_id": folder, "subject_id": subject, "subject_type": kind}
    return client.data("POST", "/folders/add-object", status, json=body)


@pytest.mark.rule("T-194")
def test_processes_and_tasks_lie_in_process_folders(database: str, ada: Client, stan: Client) -> None:
    process, tasks = process_of(database, ada, "Call")
    first, second = new_folder(database, ada), new_folder(database, ada)
    relation = shaped(FolderObjectShape, add(stan, first, process["id"]))
    assert (relation["folder_id"], relation["subject_id"], relation["subject_type"]) == (
        first, process["id"], "Run")  # fmt: skip
    assert add(ada, first, process["id"], "run", 200) == relation
    add(ada, second, process["id"])
    add(ada, first, tasks["Call"]["id"], "Task")
    assert ada.data("GET", f"/folders/{first}")["total"] == 2
    assert [one["id"] for one in ada.data("GET", f"/runs?folder={first}")] == [process["id"]]
    filed = ada.data("GET", f"/runs/{process['id']}?with=folders")["folders"]["data"]
    assert {(one["id"], one["folder_object_id"]) for one in filed} >= {(first, relation["id"])}


def test_only_what_is_there_goes_into_a_process_folder(database: str, ada: Client, otto: Client) -> None:
    process, tasks = process_of(database, ada, "Call")
    folder = new_folder(database, ada)
    run = {"subject_type": "Run", "subject_id": process["id"]}
    for wrong in (new_folder(database, ada, "checklist"), "0" * 32, new_folder(database, otto)):
        body = {**run, "folder_id": wrong}
        assert reasons(ada, "POST", "/folders/add-object", json=body) == NO_FOLDER
    missing = {"subject_id": ["Subject not found"]}
    for kind in ("Run", "Task"):
        body = {"folder_id": folder, "subject_type": kind, "subject_id": "0" * 32}
        assert reasons(ada, "POST", "/folders/add-object", json=body) == missing
    assert reasons(ada, "POST", "/folders/add-object", json={}) == {
        "folder_id": ["The folder id field is required."],
        "subject_id": ["The subject id field is required."],
        "subject_type": ["The subject type field is required."],
    }
    template = {"folder_id": folder, "subject_type": "Checklist", "subject_id": process["checklist_id"]}
    invalid = {"subject_type": ["The selected subject type is invalid."]}
    assert reasons(ada, "POST", "/folders/add-object", json=template) == invalid
    ada.data("DELETE", f"/runs/{process['id']}")
    for kind, subject in (("Run", process["id"]), ("Task", tasks["Call"]["id"])):
        body = {"folder_id": folder, "subject_type": kind, "subject_id": subject}
        assert reasons(ada, "POST", "/folders/add-object", json=body) == missing


@pytest.mark.rule("T-195")
def test_filing_is_for_full_members_who_see_the_process(
    database: str, ada: Client, liv: Client, otto: Client
) -> None:
    process, _ = process_of(database, ada, "Call")
    folder = new_folder(database, ada)
    relation = add(ada, folder, process["id"])
    path = f"/folders-objects/{relation['id']}"
    body = {"folder_id": folder, "subject_id": process["id"], "subject_type": "Run"}
    assert liv.post("/folders/add-object", json=body).status_code == 403
    assert liv.put(path, json={"folder_id": folder}).status_code == 403
    assert liv.delete(path).status_code == 403
    assert reasons(otto, "POST", "/folders/add-object", json=body) == {"subject_id": ["Subject not found"]}
    for sent in ({"folder_id": folder}, {}):
        assert otto.put(path, json=sent).status_code == 404
    assert otto.delete(path).status_code == 404


def test_something_is_taken_out_of_a_folder_once(database: str, ada: Client, stan: Client) -> None:
    process, tasks = process_of(database, ada, "Call")
    folder = new_folder(database, ada)
    for kind, subject in (("Run", process["id"]), ("Task", tasks["Call"]["id"])):
        path = f"/folders-objects/{add(ada, folder, subject, kind)['id']}"
        answer = stan.delete(path)
        assert (answer.status_code, answer.content) == (204, b"")
        assert stan.delete(path).status_code == 404
    assert ada.delete("/folders-objects/nonsense").status_code == 404
    assert ada.data("GET", f"/folders/{folder}")["total"] == 0


def test_something_is_moved_to_another_folder(database: str, ada: Client) -> None:
    process, _ = process_of(database, ada, "Call")
    first, second, third = (new_folder(database, ada) for _ in range(3))
    relation = add(ada, first, process["id"])
    path = f"/folders-objects/{relation['id']}"
    moved = shaped(FolderObjectShape, ada.data("PUT", path, json={"folder_id": second}))
    assert (moved["id"], moved["folder_id"]) == (relation["id"], second)
    assert ada.data("PATCH", path, json={"folder_id": second}) == moved
    there = add(ada, third, process["id"])
    assert ada.data("PUT", path, json={"folder_id": third}) == there
    assert [ada.data("GET", f"/folders/{one}")["total"] for one in (first, second, third)] == [0, 0, 1]
    other = f"/folders-objects/{there['id']}"
    assert reasons(ada, "PUT", other, json={"folder_id": "0" * 32}) == NO_FOLDER
    assert reasons(ada, "PUT", other, json={}) == {"folder_id": ["The folder id field is required."]}
    assert ada.put("/folders-objects/0", json={"folder_id": first}).status_code == 404


def test_what_lies_in_a_folder_is_listed_for_those_who_see_it(
    database: str, ada: Client, stan: Client, liv: Client, otto: Client
) -> None:
    process, tasks = process_of(database, ada, "Call")
    folder = new_folder(database, ada)
    relations = [add(ada, folder, process["id"]), add(ada, folder, tasks["Call"]["id"], "Task")]
    listed = stan.data("GET", f"/folders/{folder}/objects")
    assert [shaped(ObjectInsideShape, one)["id"] for one in listed] == [one["id"] for one in relations]
    assert listed[0]["subject"] == {"id": process["id"], "type": "Run", "title": process["name"],
                                    "name": process["name"], "status": "active"}  # fmt: skip
    assert liv.data("GET", f"/folders/{folder}/objects") == []
    assert otto.get(f"/folders/{folder}/objects").status_code == 404
    whole = shaped(
        FolderShape, ada.data("GET", f"/folders/{folder}?with=objects,children"), "objects", "children"
    )
    assert whole["objects"]["data"] == listed
    ada.data("DELETE", f"/runs/{process['id']}")
    assert ada.data("GET", f"/folders/{folder}/objects") == []
    assert ada.data("GET", f"/folders/{folder}")["total"] == 0


@pytest.mark.rule("T-195")
def test_templates_lie_in_one_folder_by_their_own_key(database: str, ada: Client) -> None:
    template = template_of(database, ada, "Call")
    folder = new_folder(database, ada, "checklist")
    ada.data("PUT", f"/checklists/{template.id}", json={"title": "Intake", "folder_id": folder})
    (inside,) = ada.data("GET", f"/folders/{folder}/objects")
    assert (shaped(ObjectInsideShape, inside)["id"], inside["subject_id"]) == (None, template.id)
    assert ada.data("GET", f"/folders/{folder}")["total"] == 1
    assert [one["id"] for one in ada.data("GET", f"/checklists?folder={folder}")] == [template.id]
    assert ada.delete(f"/checklists/{template.id}").status_code == 200
    assert ada.data("GET", f"/folders/{folder}")["total"] == 0


@pytest.mark.rule("T-195")
def test_processes_stay_when_their_folder_goes(database: str, ada: Client) -> None:
    process, _ = process_of(database, ada, "Call")
    folder = new_folder(database, ada)
    relation = add(ada, folder, process["id"])
    assert ada.delete(f"/folders/{folder}").status_code == 204
    assert ada.data("GET", f"/runs/{process['id']}?with=folders")["folders"] == {"data": []}
    assert ada.delete(f"/folders-objects/{relation['id']}").status_code == 404


def test_filing_is_in_the_log_of_what_is_filed(database: str, ada: Client) -> None:
    process, _ = process_of(database, ada, "Call")
    folder = new_folder(database, ada)
    relation = add(ada, folder, process["id"])
    add(ada, folder, process["id"], status=200)
    ada.delete(f"/folders-objects/{relation['id']}")
    name = ada.data("GET", f"/folders/{folder}")["name"]
    with psycopg.connect(database) as owner:
        enter(owner, UUID(ada.organization_id))
        query = "SELECT old, new FROM events WHERE object_id = %s AND field = 'folders' ORDER BY number"
        assert owner.execute(query, [process["id"]]).fetchall() == [(None, name), (name, None)]
