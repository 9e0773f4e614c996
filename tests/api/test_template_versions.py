"""Versions: frozen at a launch, numbered by edits, shown by `?version=`, never changed; drafts and publication."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from stepwell.templates.form_fields import VersionShape
from stepwell.templates.schemas import TemplateShape
from tests.api.drawn import Drawn, asks, draw, shows, step
from tests.api.made import Maker, log_of, new_template
from tests.conftest import Client
from tests.shapes import shaped


@pytest.fixture
def maker(database: str, ada: Client) -> Iterator[Maker]:
    with Maker(database, ada) as made:
        yield made


def launch(client: Client, template_id: str, name: str = "One") -> Any:
    return client.data("POST", "/runs", 201, json={"checklist_id": template_id, "name": name})


def rename(client: Client, template_id: str, title: str) -> Any:
    return client.data("PUT", f"/checklists/{template_id}", json={"title": title})


def tasks_of(client: Client, process: Any) -> list[str]:
    return [task["title"] for task in client.data("GET", f"/runs/{process['id']}/tasks")]


def house_rules(database: str, ada: Client) -> Drawn:
    return draw(
        database, ada, step("A", asks("Plan", "dropdown")), step("B"), kickoff=[asks("Country")],
        rules=[shows("B", when="Country", equals="DE", verb="hide")],
    )  # fmt: skip


@pytest.mark.rule("T-032")
def test_the_first_edit_after_a_launch_makes_the_next_version(ada: Client) -> None:
    template = new_template(ada)
    assert [rename(ada, template["id"], title)["version"] for title in ("a", "b")] == [1, 1]
    launch(ada, template["id"])
    assert ada.data("GET", f"/checklists/{template['id']}")["version"] == 1
    assert [rename(ada, template["id"], title)["version"] for title in ("c", "d")] == [2, 2]
    launch(ada, template["id"])
    launch(ada, template["id"])
    assert rename(ada, template["id"], "e")["version"] == 3
    assert ada.data("GET", f"/checklists/{template['id']}")["started_processes"] == 3


@pytest.mark.rule("T-032")
def test_what_no_version_holds_makes_none(ada: Client, stan: Client, maker: Maker) -> None:
    template = new_template(ada, "Same")
    launch(ada, template["id"])
    for change in (
        {}, {"starred": True}, {"is_pinned": True}, {"folder_id": maker.folder()}, {"users": [stan.user_id]},
        {"owner_id": stan.user_id}, {"status": "finishing"}, {"is_public": True},
    ):  # fmt: skip
        assert (
            ada.data("PUT", f"/checklists/{template['id']}", json={"title": "Same", **change})["version"] == 1
        )


@pytest.mark.rule("T-002", "T-031", "T-032")
def test_edits_change_what_is_launched_next_and_nothing_that_runs(database: str, ada: Client) -> None:
    drawn = house_rules(database, ada)
    first = launch(ada, drawn.id)
    path = f"/checklists/{drawn.id}"
    ada.data("PUT", f"{path}/steps/{drawn.steps['A']}", json={"title": "A renamed"})
    ada.data("POST", f"{path}/steps", 201, json={"title": "C"})
    rename(ada, drawn.id, "Renamed")
    second = launch(ada, drawn.id, "Two")
    assert tasks_of(ada, first) == ["A", "B"]
    assert tasks_of(ada, second) == ["A renamed", "B", "C"]
    assert first["checklist_id"] == second["checklist_id"] == drawn.id
    both = ada.data("GET", f"/runs?checklist_id={drawn.id}")
    assert {one["id"] for one in both} == {first["id"], second["id"]}


@pytest.mark.rule("T-002", "T-032")
def test_an_old_version_can_be_read_with_the_same_ids(database: str, ada: Client) -> None:
    drawn = house_rules(database, ada)
    path = f"/checklists/{drawn.id}"
    launch(ada, drawn.id)
    before = ada.data("GET", f"{path}?with=steps,stages")
    ada.data("PUT", f"{path}/steps/{drawn.steps['A']}", json={"title": "A renamed"})
    now = rename(ada, drawn.id, "Renamed")
    old = shaped(TemplateShape, ada.data("GET", f"{path}?version=1&with=steps,stages"), "steps", "stages")
    for key in ("id", "title", "version", "prerun", "automated_actions", "steps", "stages", "steps_count"):
        assert old[key] == before[key], key
    assert old["last_updated"] == now["last_updated"]
    assert shaped(TemplateShape, ada.data("GET", f"{path}?version=1"))["title"] == "Onboarding"
    assert ada.data("GET", f"{path}?version=2")["title"] == "Renamed"
    assert ada.data("GET", f"{path}?version=")["title"] == "Renamed"
    for unknown in ("3", "0", "-1", "x", "99999999999999999999", "1.5"):
        assert ada.get(f"{path}?version={unknown}").status_code == 404


def test_the_list_of_versions(ada: Client, stan: Client, otto: Client) -> None:
    template = new_template(ada)
    path = f"/checklists/{template['id']}/versions"
    assert ada.data("GET", path) == []
    launch(ada, template["id"])
    launch(stan, template["id"])
    rename(ada, template["id"], "x")
    launch(stan, template["id"])
    versions = [shaped(VersionShape, one) for one in stan.data("GET", path)]
    counted = [(one["version"], one["created_by"], one["processes_count"]) for one in versions]
    assert counted == [(2, stan.user_id, 1), (1, ada.user_id, 2)]
    assert otto.get(path).status_code == 404


@pytest.mark.rule("T-031")
def test_no_version_can_be_changed_even_by_the_owner_of_the_schema(ada: Client, maker: Maker) -> None:
    template = new_template(ada)
    launch(ada, template["id"])
    with pytest.raises(psycopg.errors.RaiseException, match="never updated"):
        maker.rows("UPDATE template_versions SET number = 7 WHERE template_id = %s", template["id"])


@pytest.mark.rule("T-033")
def test_without_drafts_publishing_sets_a_mark_that_edits_leave(ada: Client, otto: Client) -> None:
    template = new_template(ada)
    path = f"/checklists/{template['id']}"
    assert shaped(TemplateShape, ada.data("PUT", f"{path}/publish"))["is_published_state"] is True
    assert rename(ada, template["id"], "x")["is_published_state"] is True
    launch(ada, template["id"])
    assert shaped(TemplateShape, ada.data("PUT", f"{path}/unpublish"))["is_published_state"] is False
    launch(ada, template["id"])
    assert otto.put(f"{path}/publish").status_code == otto.put(f"{path}/unpublish").status_code == 404


@pytest.mark.rule("T-033")
def test_with_drafts_launches_use_what_was_published_last(database: str, ada: Client) -> None:
    drawn = draw(database, ada, step("A"), settings={"dual_version_enabled": True})
    path = f"/checklists/{drawn.id}"
    body = {"checklist_id": drawn.id, "name": "One"}
    assert ada.post("/runs", json=body).json()["message"] == "This template is not published."
    assert ada.data("PUT", f"{path}/publish")["is_published_state"] is True
    ada.data("POST", f"{path}/steps", 201, json={"title": "B"})
    draft = ada.data("GET", path)
    assert (draft["is_published_state"], draft["version"], draft["steps_count"]) == (False, 2, 2)
    assert tasks_of(ada, launch(ada, drawn.id)) == ["A"]
    assert ada.data("PUT", f"{path}/publish")["is_published_state"] is True
    assert tasks_of(ada, launch(ada, drawn.id)) == ["A", "B"]
    assert ada.data("PUT", f"{path}/unpublish")["is_published_state"] is False
    assert ada.post("/runs", json=body).status_code == 422


@pytest.mark.rule("T-033")
def test_switching_drafts_on_needs_a_publication(ada: Client) -> None:
    template = new_template(ada)
    ada.data("PUT", f"/checklists/{template['id']}/publish")
    body = {"title": "Supplier intake", "dual_version_enabled": True}
    after = ada.data("PUT", f"/checklists/{template['id']}", json=body)
    assert (after["dual_version_enabled"], after["is_published_state"]) == (True, False)
    assert ada.post("/runs", json={"checklist_id": template["id"], "name": "x"}).status_code == 422


def test_editors_publish_and_where_approval_is_needed_only_owner_and_administrators(
    ada: Client, stan: Client, liv: Client, maker: Maker
) -> None:
    template = new_template(ada, users=[liv.user_id])
    path = f"/checklists/{template['id']}"
    assert liv.put(f"{path}/publish").status_code == 403
    assert stan.data("PUT", f"{path}/publish")["is_published_state"] is True
    body = {"title": template["title"], "replace_state_conditionally": True}
    ada.data("PUT", path, json=body)
    ada.data("PUT", f"{path}/unpublish")
    assert stan.data("PUT", f"{path}/publish")["is_published_state"] is False
    ada.data("PUT", path, json={**body, "owner_id": stan.user_id})
    assert stan.put(f"{path}/publish").status_code == 200
    published = [entry for entry in log_of(maker, template["id"]) if entry[2] == "is_published_state"]
    assert published[0][1:] == (
        "Published version 1 of template: Supplier intake", "is_published_state", False, True,
    )  # fmt: skip


@pytest.mark.rule("T-030", "T-032")
def test_many_editors_and_launchers_at_once(ada: Client, stan: Client, maker: Maker) -> None:
    template = new_template(ada)
    path = f"/checklists/{template['id']}"

    def edit(number: int) -> int:
        client = (ada, stan)[number % 2]
        if number % 3 == 0:
            body = {"checklist_id": template["id"], "name": f"Process {number}"}
            return client.post("/runs", json=body).status_code - 1
        return client.patch(path, json={("guidance", "kickoff_title")[number % 2]: f"{number}"}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(edit, range(48))) == {200}
    after = ada.data("GET", path)
    versions = ada.data("GET", f"{path}/versions")
    assert [one["version"] for one in versions] == list(range(len(versions), 0, -1))
    assert sum(one["processes_count"] for one in versions) == after["started_processes"] == 16
    assert after["version"] - len(versions) in (0, 1)
    assert after["guidance"] is not None
    assert after["kickoff_title"] is not None
    numbers = maker.rows("SELECT number FROM events WHERE subject_id = %s ORDER BY number", template["id"])
    assert [row[0] for row in numbers] == list(range(1, len(numbers) + 1))
