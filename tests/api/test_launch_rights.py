"""Who may launch which template, and where launches are filed."""

from __future__ import annotations

import pytest

from tests.api.drawn import draw, grant, group_of, launched, new_folder, new_tag, reasons, step
from tests.conftest import Client

NO_LAUNCH = "Permission denied: cannot launch process from this template."


def refusal(client: Client, checklist_id: str) -> tuple[int, str]:
    answer = client.post("/runs", json={"checklist_id": checklist_id})
    return answer.status_code, answer.json()["message"]


@pytest.mark.rule("P-030")
def test_full_members_launch_what_is_open_to_all_and_light_members_do_not(
    database: str, ada: Client, stan: Client, liv: Client
) -> None:
    template = draw(database, ada, step("Call"))
    assert launched(stan, template)["started_by"] == stan.user_id
    assert refusal(liv, template.id) == (403, NO_LAUNCH)


@pytest.mark.rule("P-030")
def test_without_the_grant_only_administrators_and_the_owner_launch(
    database: str, ada: Client, stan: Client
) -> None:
    template = draw(database, ada, step("Call"))
    grant(database, ada, template, "PROCESS_LAUNCH")
    assert refusal(stan, template.id) == (403, NO_LAUNCH)
    assert launched(ada, template)["status"] == "active"
    own = draw(database, stan, step("Call"))
    grant(database, ada, own, "PROCESS_LAUNCH")
    assert launched(stan, own)["status"] == "active"


@pytest.mark.rule("P-030")
def test_a_light_member_launches_when_named_directly_or_by_group(
    database: str, ada: Client, liv: Client
) -> None:
    for named in ({"users": [liv.user_id]}, {"groups": [group_of(database, ada, liv)]}):
        template = draw(database, ada, step("Call"))
        grant(database, ada, template, "PROCESS_LAUNCH", **named)
        process = launched(liv, template)
        assert process["owner_id"] == liv.user_id
        assert liv.get(f"/runs/{process['id']}").status_code == 200


@pytest.mark.rule("P-031")
def test_only_a_live_template_can_be_launched(database: str, ada: Client, otto: Client) -> None:
    template = draw(database, ada, step("Call"))
    message = {"checklist_id": ["The selected checklist id is invalid."]}
    for wrong in ("0" * 32, "nonsense", draw(database, otto, step("Call")).id):
        assert reasons(ada, "POST", "/runs", json={"checklist_id": wrong}) == message
    ada.request("DELETE", f"/checklists/{template.id}")
    archived = draw(database, ada, step("Call"), settings={"archived_at": "2026-01-01T00:00:00Z"})
    assert reasons(ada, "POST", "/runs", json={"checklist_id": archived.id}) == message
    assert reasons(ada, "POST", "/runs", json={"name": "x"}) == {
        "checklist_id": ["The checklist id field is required."]
    }


@pytest.mark.rule("P-031")
def test_a_template_with_an_unpublished_draft_is_not_launched(database: str, ada: Client) -> None:
    template = draw(database, ada, step("Call"), settings={"dual_version_enabled": True})
    assert refusal(ada, template.id) == (422, "This template is not published.")


def test_a_template_is_also_known_by_its_public_name(database: str, ada: Client) -> None:
    template = draw(database, ada, step("Call"))
    alias = ada.data("GET", f"/checklists/{template.id}")["alias"]
    process = ada.data("POST", "/runs", 201, json={"checklist_public_name": alias})
    assert process["checklist_id"] == template.id


@pytest.mark.rule("P-032")
def test_a_procedure_without_steps_starts_empty_and_active(database: str, ada: Client) -> None:
    process = launched(ada, draw(database, ada))
    assert (process["status"], process["progress"]) == ("active", {"complete": 0, "total": 0, "percent": 0})


def test_a_form_without_steps_is_complete_when_it_is_submitted(database: str, ada: Client) -> None:
    process = launched(ada, draw(database, ada, type="form"))
    assert (process["status"], process["type"], process["progress"]["percent"]) == ("complete", "form", 100)
    assert process["completed_at"] == process["created_at"]


def test_foreign_organizations_are_refused_and_strangers_too(
    database: str, ada: Client, otto: Client
) -> None:
    template = draw(database, ada, step("Call"))
    answer = otto.post(
        f"{ada.root}/organizations/{ada.organization_id}/runs", json={"checklist_id": template.id}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "ORG_FORBIDDEN")


@pytest.mark.rule("P-045")
def test_a_folder_and_a_tag_can_be_demanded(database: str, ada: Client) -> None:
    template = draw(database, ada, step("Call"), settings={"folderize_process": True, "tag_process": True})
    wrong = reasons(ada, "POST", "/runs", json={"checklist_id": template.id})
    assert wrong == {"folders": ["The folders field is required."], "tags": ["The tags field is required."]}
    tag, folder = new_tag(database, ada), new_folder(database, ada)
    process = launched(ada, template, path="/runs?with=tags,folders", tags=[tag], folders=[folder])
    assert [one["tag_id"] for one in process["tags"]["data"]] == [tag]
    assert [one["id"] for one in process["folders"]["data"]] == [folder]


@pytest.mark.rule("P-045")
@pytest.mark.parametrize("changeable", [False, True])
def test_a_default_folder_is_fixed_unless_the_launcher_may_change_it(
    database: str, ada: Client, changeable: bool
) -> None:
    default, other = new_folder(database, ada), new_folder(database, ada)
    settings = {
        "folderize_process": True,
        "default_folder": default,
        "folder_changeable_by_launcher": changeable,
    }
    template = draw(database, ada, step("Call"), settings=settings)
    for sent, filed in (([], default), ([other], other if changeable else default)):
        process = launched(ada, template, path="/runs?with=folders", folders=sent)
        assert [one["id"] for one in process["folders"]["data"]] == [filed]


def test_unknown_tags_folders_and_parents_are_refused(database: str, ada: Client, otto: Client) -> None:
    template, theirs = draw(database, ada, step("Call")), launched(otto, draw(database, otto, step("Call")))
    body = {
        "tags": [new_tag(database, otto)],
        "folders": [new_folder(database, ada, "checklist")],
        "parent_id": theirs["id"],
    }
    wrong = reasons(ada, "POST", "/runs", json={"checklist_id": template.id, **body})
    assert wrong == {
        "tags": ["Some tags do not exist"],
        "folders": ["No such a folder exists in Processes."],
        "parent_id": ["The selected parent id is invalid."],
    }


def test_a_process_can_have_a_parent(database: str, ada: Client) -> None:
    template = draw(database, ada, step("Call"))
    parent = launched(ada, template)["id"]
    child = launched(ada, template, parent_id=parent)
    assert child["parent_id"] == parent
    assert [one["id"] for one in ada.data("GET", f"/runs?parent_id={parent}")] == [child["id"]]


@pytest.mark.rule("P-016")
def test_processes_are_numbered_upwards(database: str, ada: Client) -> None:
    template = draw(database, ada, step("Call"))
    numbers = [launched(ada, template)["increment_id"] for _ in range(3)]
    assert numbers == sorted(set(numbers))


def test_a_project_without_a_template_has_a_name_and_no_tasks(ada: Client) -> None:
    process = ada.data("POST", "/runs", 201, json={"name": "Move house", "empty_process": True})
    assert (process["name"], process["is_empty_process"], process["status"]) == ("Move house", True, "active")
    assert (process["checklist_version_id"], process["progress"]["total"]) == (None, 0)
    assert process["owner_id"] == process["started_by"] == ada.user_id
    got = ada.data("GET", f"/runs/{process['id']}?with=checklist,tasks,stages,form_fields,ko_form_fields")
    assert got["checklist"] is None
    assert got["tasks"] == got["stages"] == got["form_fields"] == got["ko_form_fields"] == {"data": []}
    assert list(reasons(ada, "POST", "/runs", json={"empty_process": True})) == ["name"]


def test_light_members_start_no_project(liv: Client) -> None:
    assert liv.post("/runs", json={"name": "Mine", "empty_process": True}).status_code == 403
