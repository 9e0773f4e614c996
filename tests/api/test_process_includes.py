"""What `with=` adds to a process."""

from __future__ import annotations

from typing import Any

import pytest

from stepwell.processes.answers_shape import FieldWithAnswerShape
from stepwell.processes.schemas import ProcessShape
from tests.api.drawn import Drawn, asks, draw, launched, new_folder, new_tag, shows, step
from tests.conftest import Client
from tests.shapes import shaped

EVERYTHING = (
    "checklist",
    "tasks",
    "tags",
    "folders",
    "assets",
    "next_task",
    "permissions",
    "tasks_meta",
    "ko_form_fields",
    "form_fields",
    "stages",
    "member_watchers",
    "guest_watchers",
    "threads",
    "comments",
    "selected_text_comment",
    "alerts",
)


@pytest.fixture
def hiring(database: str, ada: Client) -> Drawn:
    return draw(
        database,
        ada,
        step("Screen", asks("Score"), stage_id="Before"),
        step("Interview", asks("Notes", "textarea"), asks("Rate", "dropdown"), stage_id="Before"),
        step("Relocate"),
        kickoff=[asks("Candidate", required=True), asks("Abroad")],
        rules=[shows("Relocate", "Abroad", "yes")],
        stages=["Before", "After"],
        title="Hiring",
    )


def test_every_include_is_there_at_once(database: str, ada: Client, hiring: Drawn) -> None:
    process = launched(ada, hiring, prerun={hiring.fields["Candidate"]: "Okafor"})
    got = ada.data("GET", f"/runs/{process['id']}?with={','.join(EVERYTHING)}")
    shaped(ProcessShape, got, *EVERYTHING)
    for name in set(EVERYTHING) - {"checklist", "tasks_meta", "alerts"}:
        assert isinstance(got[name]["data"], list), name
    assert got["alerts"] == {"issues": []}
    assert got["assets"] == got["guest_watchers"] == got["selected_text_comment"] == {"data": []}


def test_unknown_includes_are_ignored_and_hyphens_are_underscores(ada: Client, hiring: Drawn) -> None:
    process = launched(ada, hiring, prerun={hiring.fields["Candidate"]: "Okafor"})
    got = ada.data("GET", f"/runs/{process['id']}?with=nonsense,ko-form-fields,tasks-meta")
    shaped(ProcessShape, got, "ko_form_fields", "tasks_meta")


@pytest.mark.rule("P-001")
def test_the_template_is_the_one_that_was_launched(ada: Client, hiring: Drawn) -> None:
    process = launched(ada, hiring, prerun={hiring.fields["Candidate"]: "Okafor"})
    ada.data("PUT", f"/checklists/{hiring.id}", json={"title": "Recruiting", "summary": "New text"})
    got = ada.data("GET", f"/runs/{process['id']}?with=checklist")["checklist"]["data"]
    assert (got["id"], got["title"], got["summary"]) == (hiring.id, "Hiring", None)
    assert [field["label"] for field in got["prerun"]] == ["Candidate", "Abroad"]
    assert got["steps_count"] == 3
    assert "steps" not in got
    steps = ada.data("GET", f"/runs/{process['id']}?with=checklist.steps")["checklist"]["data"]["steps"][
        "data"
    ]
    assert [one["title"] for one in steps] == ["Screen", "Interview", "Relocate"]


def test_tasks_are_the_visible_ones_by_position(ada: Client, hiring: Drawn) -> None:
    process = launched(ada, hiring, prerun={hiring.fields["Candidate"]: "Okafor"})
    tasks = ada.data("GET", f"/runs/{process['id']}?with=tasks")["tasks"]["data"]
    assert [(task["title"], task["position"]) for task in tasks] == [("Screen", 1), ("Interview", 2)]
    assert all(task["run_id"] == process["id"] for task in tasks)


def test_a_top_secret_task_is_for_its_people_and_administrators(
    database: str, ada: Client, stan: Client
) -> None:
    template = draw(database, ada, step("Open"), step("Pay rise", asks("Amount"), top_secret=True))
    process = launched(ada, template)
    path = f"/runs/{process['id']}?with=tasks,form_fields,tasks_meta"
    for client, titles in ((ada, ["Open", "Pay rise"]), (stan, ["Open"])):
        got = client.data("GET", path)
        assert [task["title"] for task in got["tasks"]["data"]] == titles
        assert len(got["form_fields"]["data"]) == len(titles) - 1
        assert got["tasks_meta"]["data"]["total"] == len(titles)


def test_form_fields_carry_answers(ada: Client, hiring: Drawn) -> None:
    process = launched(ada, hiring, prerun={hiring.fields["Candidate"]: "Okafor"})
    got = ada.data("GET", f"/runs/{process['id']}?with=form_fields,ko_form_fields,tasks")
    fields = [shaped(FieldWithAnswerShape, one) for one in got["form_fields"]["data"]]
    assert [one["label"] for one in fields] == ["Score", "Notes", "Rate"]
    by_label = {one["label"]: one for one in fields}
    rate = by_label["Rate"]
    assert rate["id"] == rate["timeline_id"] == hiring.fields["Rate"]
    assert rate["step_id"] == hiring.steps["Interview"]
    assert rate["task_id"] == got["tasks"]["data"][1]["id"]
    assert rate["run_id"] == process["id"]
    assert [option["text"] for option in rate["options"]] == ["Basic", "Gold"]
    kickoff = [shaped(FieldWithAnswerShape, one) for one in got["ko_form_fields"]["data"]]
    assert [(one["label"], one["field_value"], one["value"]) for one in kickoff] == [
        ("Candidate", "Okafor", "Okafor"),
        ("Abroad", None, None),
    ]
    ids = [one["value_id"] for one in fields + kickoff]
    assert len(set(ids)) == 5


def test_form_fields_values_adds_the_answers_to_one_process_and_to_lists(ada: Client, hiring: Drawn) -> None:
    process = launched(ada, hiring, prerun={hiring.fields["Candidate"]: "Okafor"})
    one = ada.data("GET", f"/runs/{process['id']}?form_fields_values=true")
    shaped(ProcessShape, one, "form_fields")
    listed = ada.data("GET", f"/runs?checklist_id={hiring.id}&form_fields_values=true")
    assert listed[0]["form_fields"] == one["form_fields"]
    assert "form_fields" not in ada.data("GET", f"/runs/{process['id']}?form_fields_values=false")


def test_the_next_task_is_the_open_one_due_first(database: str, ada: Client) -> None:
    template = draw(
        database,
        ada,
        step("Later"),
        step("Sooner"),
        step("Held", deadline={"value": 1, "unit": "days", "option": "from", "step": ""}),
    )
    body = {
        template.steps["Later"]: {"deadline": "2030-05-02T10:00:00Z"},
        template.steps["Sooner"]: {"deadline": "2030-05-01T10:00:00Z"},
        template.steps["Held"]: {"removed": True},
    }
    process = launched(ada, template, tasks=body)
    path = f"/runs/{process['id']}"
    (found,) = ada.data("GET", f"{path}?with=next_task")["next_task"]["data"]
    assert list(found) == ["id", "increment_id", "title", "alias", "owners", "deadline"]
    assert (found["title"], found["deadline"]) == ("Sooner", "2030-05-01T10:00:00Z")
    assert found["owners"]["users"] == [ada.user_id]
    for _ in range(2):
        (found,) = ada.data("GET", f"{path}?with=next_task")["next_task"]["data"]
        ada.data("POST", f"{path}/completed-tasks", json={"task_id": found["id"]})
    assert ada.data("GET", f"{path}?with=next_task")["next_task"] == {"data": []}


def test_tasks_meta_counts(ada: Client, hiring: Drawn) -> None:
    process = launched(
        ada,
        hiring,
        prerun={hiring.fields["Candidate"]: "Okafor"},
        tasks={hiring.steps["Screen"]: {"deadline": "2020-01-01T10:00:00Z"}},
    )
    meta = ada.data("GET", f"/runs/{process['id']}?with=tasks_meta")["tasks_meta"]["data"]
    assert meta == {"total": 2, "completed": 0, "overdue": 1, "due_soon": 0, "hidden": 1, "problems": 0}


@pytest.mark.rule("T-106")
def test_milestones_are_copied_with_their_order(ada: Client, hiring: Drawn) -> None:
    process = launched(ada, hiring, prerun={hiring.fields["Candidate"]: "Okafor"})
    before, after = ada.data("GET", f"/runs/{process['id']}?with=stages")["stages"]["data"]
    assert before == {
        "id": hiring.stages["Before"],
        "name": "Before",
        "position": 1,
        "checklist_id": hiring.id,
        "run_id": process["id"],
        "tasks_count": 2,
        "completed_count": 0,
        "status": "active",
    }
    assert (after["name"], after["position"], after["tasks_count"]) == ("After", 2, 0)


def test_tags_and_folders_carry_the_ids_of_their_associations(
    database: str, ada: Client, hiring: Drawn
) -> None:
    tag, folder = new_tag(database, ada), new_folder(database, ada)
    answers = {hiring.fields["Candidate"]: "Okafor"}
    process = launched(
        ada, hiring, path="/runs?with=tags,folders", prerun=answers, tags=[tag], folders=[folder]
    )
    (tagged,) = process["tags"]["data"]
    assert isinstance(tagged["id"], int)
    assert (tagged["tag_id"], tagged["subject_id"], tagged["subject_type"]) == (tag, process["id"], "Run")
    assert list(tagged) == [
        "id",
        "tag_id",
        "subject_id",
        "subject_type",
        "title",
        "color",
        "type",
        "auto_generated",
        "created_at",
        "deleted_at",
    ]
    (filed,) = process["folders"]["data"]
    assert (filed["id"], filed["folder_type"]) == (folder, "run")
    assert isinstance(filed["folder_object_id"], int)
    assert list(filed) == ["id", "name", "folder_type", "folder_object_id"]


def test_form_fields_are_an_object_with_two_bare_lists(
    ada: Client, hiring: Drawn, liv: Client, otto: Client
) -> None:
    process = launched(ada, hiring, prerun={hiring.fields["Candidate"]: "Okafor"}, name="Hire: R. Okafor")
    path = f"/runs/{process['id']}/form-fields"
    got: dict[str, Any] = ada.data("GET", path)
    assert list(got) == ["id", "name", "form_fields", "ko_form_fields"]
    assert (got["id"], got["name"]) == (process["id"], "Hire: R. Okafor")
    assert got["form_fields"][0]["id"] == hiring.fields["Score"]
    for one in got["form_fields"] + got["ko_form_fields"]:
        shaped(FieldWithAnswerShape, one)
    assert got["ko_form_fields"][0]["value"] == "Okafor"
    assert liv.get(path).status_code == 403
    assert otto.get(path).status_code == 404
