"""Archiving, restoring and deleting templates."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stepwell.templates.schemas import DeletedShape, TemplateShape
from tests.api.drawn import draw, step
from tests.api.made import Maker, errors_of, log_of, new_template
from tests.conftest import Client
from tests.shapes import shaped

MESSAGE = "The Template was deleted, and references were also deleted from:"


@pytest.fixture
def maker(database: str, ada: Client) -> Iterator[Maker]:
    with Maker(database, ada) as made:
        yield made


def shows(template_id: str) -> str:
    return f'<p>See <span class="insert-blueprint-tag" data-blueprint-id="{template_id}"></span> first.</p>'


@pytest.mark.rule("T-007", "T-008")
def test_an_archived_template_is_only_in_the_archive_until_it_is_restored(ada: Client, maker: Maker) -> None:
    folder = maker.folder()
    template = new_template(ada, folder_id=folder, starred=True)
    path = f"/checklists/{template['id']}"
    answer = ada.delete(path)
    assert (answer.status_code, shaped(DeletedShape, answer.json())) == (
        200, {"message": MESSAGE, "deleted_references": []},
    )  # fmt: skip
    assert ada.get(path).status_code == 404
    assert ada.delete(path).status_code == 404
    assert ada.data("GET", f"/checklists?folder={folder}") == []
    (archived,) = ada.data("GET", f"/checklists?folder={folder}&archived=only")
    assert archived["archived_at"] is not None
    assert ada.post("/runs", json={"checklist_id": template["id"], "name": "x"}).status_code == 422
    restored = shaped(TemplateShape, ada.data("PUT", f"{path}/restore"))
    assert restored == {**template, "last_updated": restored["last_updated"]}
    assert ada.data("GET", path) == restored
    assert [entry[:2] for entry in log_of(maker, template["id"])][1:] == [
        ("archived", "Archived template: Supplier intake"), ("unarchived", "Restored template: Supplier intake"),
    ]  # fmt: skip


@pytest.mark.rule("T-010")
@pytest.mark.parametrize("word", ["restore", "unarchive", "activate"])
def test_three_words_restore_and_a_live_template_stays_as_it_is(ada: Client, otto: Client, word: str) -> None:
    template = new_template(ada)
    path = f"/checklists/{template['id']}/{word}"
    assert shaped(TemplateShape, ada.data("PUT", path)) == template
    ada.delete(f"/checklists/{template['id']}")
    assert otto.put(path).status_code == 404
    assert shaped(TemplateShape, ada.data("PUT", path))["archived_at"] is None
    assert ada.put(f"/checklists/{'0' * 32}/{word}").status_code == 404


@pytest.mark.rule("T-008", "T-031")
def test_running_processes_go_on(database: str, ada: Client) -> None:
    drawn = draw(database, ada, step("A"))
    process = ada.data("POST", "/runs", 201, json={"checklist_id": drawn.id, "name": "One"})
    before = ada.data("GET", f"/runs/{process['id']}?with=tasks")
    assert ada.delete(f"/checklists/{drawn.id}").status_code == 200
    assert ada.data("GET", f"/runs/{process['id']}?with=tasks") == before


@pytest.mark.rule("T-009")
def test_blocks_that_show_it_go_from_templates_and_steps_for_ever(
    database: str, ada: Client, maker: Maker
) -> None:
    gone, kept = new_template(ada), new_template(ada)
    text = shows(gone["id"]) + shows(kept["id"])
    handbook = new_template(ada, "Vendor handbook", guidance=text, summary=shows(gone["id"]))
    old_spelling = f'<p>x<editor-blueprint data-blueprint-id="{gone["id"]}">t</editor-blueprint></p>'
    guide = draw(database, ada, step("Read the guide", summary=text), step("Else", summary=old_spelling))
    mention = new_template(ada, summary=f"<p>{gone['id']}</p>")
    ada.data("POST", "/runs", 201, json={"checklist_id": guide.id, "name": "before"})
    deleted = ada.delete(f"/checklists/{gone['id']}").json()["deleted_references"]
    assert sorted(deleted, key=lambda one: one["title"]) == [
        {"type": "Step", "title": "Else", "id": guide.steps["Else"]},
        {"type": "Step", "title": "Read the guide", "id": guide.steps["Read the guide"]},
        {"type": "Blueprint", "title": "Vendor handbook", "id": handbook["id"]},
    ]
    ada.data("PUT", f"/checklists/{gone['id']}/restore")
    after = ada.data("GET", f"/checklists/{handbook['id']}")
    assert (after["summary"], after["guidance"]) == (
        "<p>See  first.</p>",
        "<p>See  first.</p>" + shows(kept["id"]),
    )
    steps = ada.data("GET", f"/checklists/{guide.id}?with=steps")
    assert [one["summary"] for one in steps["steps"]["data"]] == [
        "<p>See  first.</p>" + shows(kept["id"]), "<p>x</p>",
    ]  # fmt: skip
    assert steps["version"] == 2
    assert ada.data("GET", f"/checklists/{mention['id']}")["summary"] == mention["summary"]


@pytest.mark.rule("T-009")
def test_another_organizations_texts_are_left_alone(ada: Client, otto: Client) -> None:
    gone = new_template(ada)
    foreign = new_template(otto, guidance=shows(gone["id"]))
    assert ada.delete(f"/checklists/{gone['id']}").json()["deleted_references"] == []
    assert otto.data("GET", f"/checklists/{foreign['id']}")["guidance"] == shows(gone["id"])


def test_who_may_archive_and_restore(
    ada: Client, stan: Client, liv: Client, otto: Client, maker: Maker
) -> None:
    template = new_template(ada, users=[liv.user_id])
    path = f"/checklists/{template['id']}"
    maker.rows(
        "UPDATE template_permissions SET everyone = false WHERE template_id = %s AND permission = 'CHECKLIST_EDIT'"
        " RETURNING 1", template["id"],
    )  # fmt: skip
    for reader in (stan, liv):
        assert reader.delete(path).status_code == 403
    assert otto.delete(path).status_code == 404
    ada.delete(path)
    for reader in (stan, liv):
        assert reader.put(f"{path}/restore").status_code == 403


@pytest.mark.rule("T-011")
def test_only_an_archived_template_is_deleted_for_good(
    ada: Client, stan: Client, otto: Client, maker: Maker
) -> None:
    template = new_template(ada, tags=[maker.tag()], starred=True)
    step = ada.data(
        "POST", f"/checklists/{template['id']}/steps", 201, json={"title": "A", "tags": [maker.tag()]}
    )
    path = f"/checklists/{template['id']}/delete"
    message = "The template must be archived before it can be deleted permanently."
    assert ada.delete(path).json()["message"] == message
    assert errors_of(ada, "DELETE", path) == {"status": [message]}
    ada.delete(f"/checklists/{template['id']}")
    assert stan.delete(path).status_code == 403
    assert otto.delete(path).status_code == 404
    answer = ada.delete(path)
    assert (answer.status_code, shaped(DeletedShape, answer.json())["deleted_references"]) == (200, [])
    assert ada.delete(path).status_code == 404
    assert ada.put(f"/checklists/{template['id']}/restore").status_code == 404
    for table, column in (("tag_associations", "subject_id"), ("stars", "subject_id"), ("events", "subject_id"),
                          ("template_permissions", "template_id"), ("template_versions", "template_id")):  # fmt: skip
        assert maker.rows(f"SELECT 1 FROM {table} WHERE {column} = %s", template["id"]) == []
    assert maker.rows("SELECT 1 FROM tag_associations WHERE subject_id = %s", step["id"]) == []


@pytest.mark.rule("T-011", "T-031")
def test_processes_outlive_their_template_on_their_version(database: str, ada: Client, maker: Maker) -> None:
    drawn = draw(database, ada, step("A"))
    process = ada.data("POST", "/runs", 201, json={"checklist_id": drawn.id, "name": "One"})
    ada.delete(f"/checklists/{drawn.id}")
    ada.delete(f"/checklists/{drawn.id}/delete")
    assert ada.data("GET", f"/runs/{process['id']}")["checklist_id"] == drawn.id
    assert len(maker.rows("SELECT 1 FROM template_versions WHERE template_id = %s", drawn.id)) == 1
    (task,) = ada.data("GET", f"/runs/{process['id']}/tasks")
    body = {"task_id": task["id"]}
    assert ada.post(f"/runs/{process['id']}/completed-tasks", json=body).status_code in (200, 201)
