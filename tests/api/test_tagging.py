from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
import pytest

from stepwell.organizations.setup import enter
from stepwell.tags.schemas import TaggedObjectShape, TaggedShape
from tests.api.drawn import new_tag, reasons
from tests.api.talk import process_from, process_of, template_of
from tests.conftest import Client
from tests.shapes import shaped


def attach(client: Client, kind: str, subject: str, tag: str, status: int = 201, **more: Any) -> Any:
    body = {"subject_type": kind, "subject_id": subject, "tag_id": tag, **more}
    return client.data("POST", "/checklists/tags", status, json=body)


def subjects(database: str, client: Client) -> dict[str, str]:
    """A template, its step, a process of it and its task: the address of each by its kind, and their ids."""
    template = template_of(database, client, "Call")
    process, tasks = process_from(client, template)
    return {"Checklist": template.id, "Step": template.steps["Call"], "Run": process["id"],
            "Task": tasks["Call"]["id"]}  # fmt: skip


@pytest.mark.rule("T-196")
@pytest.mark.parametrize("kind", ["Checklist", "Step", "Run", "Task"])
def test_tags_go_on_templates_steps_processes_and_tasks_once(kind: str, database: str, ada: Client) -> None:
    ids, tag = subjects(database, ada), new_tag(database, ada)
    made = shaped(TaggedShape, attach(ada, kind.lower(), ids[kind], tag))
    assert isinstance(made["id"], int)
    assert (made["tag_id"], made["subject_id"], made["subject_type"]) == (tag, ids[kind], kind)
    assert (made["type"], made["auto_generated"], made["deleted_at"]) == ("private", False, None)
    before = logged(database, ada, ids[kind])
    assert attach(ada, kind, ids[kind], tag, 200) == made
    assert logged(database, ada, ids[kind]) == before > 0
    answer = ada.delete(f"/checklists/tags/{made['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert ada.delete(f"/checklists/tags/{made['id']}").status_code == 404
    assert attach(ada, kind, ids[kind], tag)["id"] != made["id"]


def logged(database: str, client: Client, object_id: str) -> int:
    """How many changes of its tags the log of something has."""
    with psycopg.connect(database) as owner:
        enter(owner, UUID(client.organization_id))
        query = "SELECT count(*) FROM events WHERE object_id = %s AND field = 'tags'"
        row = owner.execute(query, [object_id]).fetchone()
        assert row is not None
        return int(row[0])


def test_the_association_is_found_among_the_tags_of_its_subject(database: str, ada: Client) -> None:
    ids, tag = subjects(database, ada), new_tag(database, ada)
    for kind, path in (("Checklist", "checklists"), ("Run", "runs"), ("Task", "tasks")):
        made = attach(ada, kind, ids[kind], tag)
        found = ada.data("GET", f"/{path}/{ids[kind]}?with=tags")["tags"]["data"]
        assert [shaped(TaggedShape, one) for one in found] == [made]


def test_unknown_and_archived_subjects_are_not_found(database: str, ada: Client, otto: Client) -> None:
    ids, tag = subjects(database, ada), new_tag(database, ada)
    missing = {"subject_id": ["Subject not found"]}
    theirs = new_tag(database, otto)
    for kind in ids:
        body = {"subject_type": kind, "subject_id": "0" * 32, "tag_id": tag}
        assert reasons(ada, "POST", "/checklists/tags", json=body) == missing
        foreign = {"subject_type": kind, "subject_id": ids[kind], "tag_id": theirs}
        assert reasons(otto, "POST", "/checklists/tags", json=foreign) == missing
    on_process, on_task = attach(ada, "Run", ids["Run"], tag), attach(ada, "Task", ids["Task"], tag)
    ada.data("DELETE", f"/runs/{ids['Run']}")
    assert ada.delete(f"/checklists/{ids['Checklist']}").status_code == 200
    for kind in ids:
        body = {"subject_type": kind, "subject_id": ids[kind], "tag_id": tag}
        answer = ada.post("/checklists/tags", json=body)
        assert (answer.status_code, answer.json()["message"]) == (422, "Subject not found")
    for made in (on_process, on_task):
        assert reasons(ada, "DELETE", f"/checklists/tags/{made['id']}") == missing


def test_a_tag_is_looked_for_among_those_of_its_kind(database: str, ada: Client, otto: Client) -> None:
    ids = subjects(database, ada)
    public = ada.data("POST", "/tags", 201, json={"title": f"public {ids['Run'][-8:]}", "type": "public"})[
        "id"
    ]
    invalid = {"tag_id": ["The selected tag id is invalid."]}
    for kind, subject in ids.items():
        for tag in (public, "0" * 32, new_tag(database, otto)):
            body = {"subject_type": kind, "subject_id": subject, "tag_id": tag}
            assert reasons(ada, "POST", "/checklists/tags", json=body) == invalid
    assert attach(ada, "Run", ids["Run"], public, tag_type="Public")["type"] == "public"


def test_an_association_needs_its_parts(ada: Client) -> None:
    assert reasons(ada, "POST", "/checklists/tags", json={}) == {
        "subject_id": ["The subject id field is required."],
        "subject_type": ["The subject type field is required."],
        "tag_id": ["The tag id field is required."],
    }
    body = {"subject_id": "x", "subject_type": "Folder", "tag_id": 5, "tag_type": "secret"}
    assert reasons(ada, "POST", "/checklists/tags", json=body) == {
        "subject_id": ["The selected subject id is invalid."],
        "subject_type": ["The selected subject type is invalid."],
        "tag_id": ["The selected tag id is invalid."],
        "tag_type": ["The selected tag type is invalid."],
    }


def test_only_those_who_edit_a_subject_tag_it(
    database: str, ada: Client, stan: Client, liv: Client, otto: Client
) -> None:
    template = template_of(database, ada, "Call", can_complete_only_assignees=True)
    process, tasks = process_from(ada, template)
    tag = new_tag(database, ada)
    kinds = {"Checklist": template.id, "Step": template.steps["Call"], "Run": process["id"],
             "Task": tasks["Call"]["id"]}  # fmt: skip
    for kind, subject in kinds.items():
        body = {"subject_type": kind, "subject_id": subject, "tag_id": tag}
        assert liv.post("/checklists/tags", json=body).status_code == 403
    body = {"subject_type": "Task", "subject_id": tasks["Call"]["id"], "tag_id": tag}
    assert stan.post("/checklists/tags", json=body).status_code == 403
    made = attach(stan, "Run", process["id"], tag)
    assert liv.delete(f"/checklists/tags/{made['id']}").status_code == 403
    assert otto.delete(f"/checklists/tags/{made['id']}").status_code == 404
    for path in ("nonsense", "0", "999999999999999"):
        assert ada.delete(f"/checklists/tags/{path}").status_code == 404
    assert stan.delete(f"/checklists/tags/{made['id']}").status_code == 204


@pytest.mark.rule("T-196")
def test_tags_of_a_process_and_of_a_task_are_replaced(
    database: str, ada: Client, stan: Client, liv: Client, otto: Client
) -> None:
    process, tasks = process_of(database, ada, "Call")
    tags = [new_tag(database, ada) for _ in range(3)]
    for path in (f"/runs/{process['id']}", f"/tasks/{tasks['Call']['id']}"):
        first = stan.data("PUT", f"{path}/tags", json={"tags": tags[:2]})
        assert {shaped(TaggedShape, one)["tag_id"] for one in first} == set(tags[:2])
        second = ada.request("PUT", f"{path}/tags", json={"tags": tags[1:]}).json()
        assert {one["tag_id"] for one in second["data"]} == set(tags[1:])
        assert second["meta"]["pagination"]["total"] == 2
        kept = {one["tag_id"]: one["id"] for one in first}[tags[1]]
        assert kept in [one["id"] for one in second["data"]]
        assert {one["tag_id"] for one in ada.data("GET", f"{path}?with=tags")["tags"]["data"]} == set(
            tags[1:]
        )
        unknown = {"tags": ["Some tags do not exist"]}
        assert reasons(ada, "PUT", f"{path}/tags", json={"tags": ["0" * 32]}) == unknown
        assert reasons(ada, "PUT", f"{path}/tags", json={}) == {"tags": ["The tags field is required."]}
        for body in ({"tags": []}, {}):
            assert liv.put(f"{path}/tags", json=body).status_code == 403
            assert otto.put(f"{path}/tags", json=body).status_code == 404
        assert ada.data("PATCH", f"{path}/tags", json={"tags": []}) == []
    ada.data("DELETE", f"/runs/{process['id']}")
    for path in (f"/runs/{process['id']}", f"/tasks/{tasks['Call']['id']}"):
        answer = ada.put(f"{path}/tags", json={"tags": []})
        assert (answer.status_code, answer.json()["message"]) == (422, "Cannot update archived processes.")


def test_what_carries_a_tag_is_listed_for_those_who_see_it(
    database: str, ada: Client, stan: Client, liv: Client, otto: Client
) -> None:
    ids, tag = subjects(database, ada), new_tag(database, ada)
    made = [attach(ada, kind, subject, tag) for kind, subject in ids.items()]
    listed = stan.data("GET", f"/tags/{tag}/objects")
    assert [shaped(TaggedObjectShape, one)["id"] for one in listed] == [one["id"] for one in made]
    assert [one["subject"]["title"] for one in listed][::3] == ["Onboarding", "Call"]
    runs = stan.data("GET", f"/tags/{tag}/objects?subject_type=run,task")
    assert [one["subject_type"] for one in runs] == ["Run", "Task"]
    assert stan.get(f"/tags/{tag}/objects?per_page=1").json()["meta"]["pagination"]["total"] == 4
    assert liv.data("GET", f"/tags/{tag}/objects") == []
    assert otto.get(f"/tags/{tag}/objects").status_code == 404
    ada.data("DELETE", f"/runs/{ids['Run']}")
    assert [one["subject_type"] for one in ada.data("GET", f"/tags/{tag}/objects")] == ["Checklist", "Step"]
