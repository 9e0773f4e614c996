"""GET /checklists/{checklist}: by id and alias, with everything that `with=` can add."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stepwell.processes.schemas import ProcessShape
from stepwell.templates.schemas import TemplateShape
from tests.api.drawn import asks, draw, step
from tests.api.made import Maker, new_template
from tests.conftest import Client
from tests.shapes import shaped


@pytest.fixture
def maker(database: str, ada: Client) -> Iterator[Maker]:
    with Maker(database, ada) as made:
        yield made


def test_a_template_by_id_in_any_spelling_and_by_alias(ada: Client, stan: Client, liv: Client) -> None:
    template = new_template(ada, users=[liv.user_id])
    hyphened = "-".join(template["id"][a:b] for a, b in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32)))
    for key in (template["id"], template["id"].upper(), hyphened, template["alias"]):
        for member in (ada, stan, liv):
            assert shaped(TemplateShape, member.data("GET", f"/checklists/{key}")) == template


@pytest.mark.parametrize("key", ["0" * 32, "x", "12", "no-such-alias-abcdef", "%00", "%ED%A0%80", "a" * 3000])
def test_an_unknown_template_is_404(ada: Client, key: str) -> None:
    answer = ada.get(f"/checklists/{key}")
    assert (answer.status_code, answer.json()["code"]) == (404, "RESOURCE_NOT_FOUND")


@pytest.mark.rule("T-007", "T-008")
def test_an_archived_or_foreign_or_unreadable_template_is_404(ada: Client, liv: Client, otto: Client) -> None:
    template = new_template(ada)
    path = f"/checklists/{template['id']}"
    assert liv.get(path).status_code == 404
    assert otto.get(path).status_code == 404
    ada.delete(path)
    assert ada.get(path).status_code == 404
    assert ada.get(f"/checklists/{template['alias']}").status_code == 404


@pytest.mark.rule("T-001")
def test_ids_are_hex_and_member_ids_whole_numbers(database: str, ada: Client) -> None:
    drawn = draw(database, ada, step("A", asks("Tax id")), kickoff=[asks("Country")])
    template = ada.data("GET", f"/checklists/{drawn.id}?with=steps")
    ids = [template["id"], template["prerun"][0]["id"], template["steps"]["data"][0]["id"]]
    assert all(len(one) == 32 and one == one.lower() and int(one, 16) for one in ids)
    assert type(template["owner_id"]) is int


def test_steps_are_wrapped_and_in_order_while_forms_and_rules_are_bare(database: str, ada: Client) -> None:
    drawn = draw(
        database, ada, *(step(f"Step {n}") for n in range(12)), kickoff=[asks("B"), asks("A")], stages=["M"]
    )
    path = f"/checklists/{drawn.id}?with=steps%2Cautomated_actions,prerun,tags,stages,permissions,unknown"
    template = shaped(TemplateShape, ada.data("GET", path), "steps", "tags", "stages", "permissions")
    assert [one["title"] for one in template["steps"]["data"]] == [f"Step {n}" for n in range(12)]
    assert [one["label"] for one in template["prerun"]] == ["B", "A"]
    assert template["automated_actions"] == []
    assert [one["name"] for one in template["stages"]["data"]] == ["M"]
    assert len(template["permissions"]["data"]) == 5
    assert template["steps_count"] == 12


def test_tags_are_associations(ada: Client, maker: Maker) -> None:
    tag = maker.tag("Zeta tag")
    template = ada.data("GET", f"/checklists/{new_template(ada, tags=[tag])['id']}?with=tags")
    (association,) = template["tags"]["data"]
    assert type(association.pop("id")) is int
    assert association.pop("created_at").endswith("Z")
    assert association == {
        "tag_id": tag, "subject_id": template["id"], "subject_type": "Checklist", "title": "Zeta tag",
        "color": "#3498db", "type": "private", "auto_generated": False, "deleted_at": None,
    }  # fmt: skip


FOLDER_KEYS = {
    "id", "increment_id", "name", "parent_id", "parent", "total", "position", "folder_type", "created_at",
    "updated_at", "custom_fields",
}  # fmt: skip


def test_the_folder_names_its_parent_or_carries_the_whole_path(ada: Client, maker: Maker) -> None:
    top = maker.folder(name="Top")
    middle = maker.folder(name="Middle", parent=top)
    low = maker.folder(name="Low", parent=middle)
    path = f"/checklists/{new_template(ada, folder_id=low)['id']}"
    folder = ada.data("GET", f"{path}?with=folder")["folder"]["data"]
    assert set(folder) == FOLDER_KEYS
    assert (folder["id"], folder["parent_id"], folder["parent"], folder["total"]) == (
        low,
        middle,
        "Middle",
        1,
    )
    nested = ada.data("GET", f"{path}?entire_folder_tree=1")["folder"]["data"]
    assert set(nested) == set(nested["parent"]) == FOLDER_KEYS
    assert (nested["id"], nested["parent"]["id"], nested["parent"]["parent"]["id"]) == (low, middle, top)
    assert nested["parent"]["parent"]["parent"] is None
    unfiled = new_template(ada)["id"]
    for query in ("with=folder", "entire_folder_tree=1"):
        assert ada.data("GET", f"/checklists/{unfiled}?{query}")["folder"] == {"data": None}


def test_processes_and_what_they_came_to(database: str, ada: Client, liv: Client) -> None:
    drawn = draw(database, ada)
    path = f"/checklists/{drawn.id}?with=runs.collaborators,statistics"
    empty = ada.data("GET", path)
    assert empty["runs"] == {"data": []}
    for name in ("One", "Two", "Three"):
        last = ada.data("POST", "/runs", 201, json={"checklist_id": drawn.id, "name": name})
    ada.delete(f"/runs/{last['id']}")
    template = shaped(TemplateShape, ada.data("GET", path), "runs", "statistics")
    assert [shaped(ProcessShape, one)["name"] for one in template["runs"]["data"]] == ["Two", "One"]
    statistics = template["statistics"]["data"]
    assert set(statistics) == {
        "total_processes", "active_processes", "completed_processes", "archived_processes", "late_processes",
        "average_completion_seconds",
    }  # fmt: skip
    assert (statistics["total_processes"], statistics["archived_processes"]) == (3, 1)
    assert statistics["active_processes"] + statistics["completed_processes"] == 2
    assert template["started_processes"] == 3
    ada.data("PUT", f"/checklists/{drawn.id}", json={"title": "x", "users": [liv.user_id]})
    assert len(liv.data("GET", path)["runs"]["data"]) <= 2


def test_files_and_watchers_are_lists_and_linked_tasks_are_bare(ada: Client) -> None:
    names = ("assets", "member_watchers", "guest_watchers", "linked_tasks")
    template = ada.data("GET", f"/checklists/{new_template(ada)['id']}?with={','.join(names)}")
    shaped(TemplateShape, template, *names)
    assert template["linked_tasks"] == []
    assert template["assets"] == template["member_watchers"] == template["guest_watchers"] == {"data": []}
