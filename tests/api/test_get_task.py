"""GET of one task: who sees it, and what `with=` adds."""

from __future__ import annotations

import pytest

from stepwell.comments.schemas import CommentShape
from stepwell.events.schemas import ActivityShape
from stepwell.processes.answers_shape import FieldWithAnswerShape
from stepwell.processes.schemas import ProcessShape
from stepwell.tasks.schemas import OneTaskShape, TaskShape
from tests.api.drawn import Drawn, asks, draw, launched, new_folder, new_tag, put_row, step, tasks_by_title
from tests.api.oneoffs import one_off, to
from tests.conftest import Client
from tests.shapes import shaped

COLLECTIONS = (
    "form_fields", "ko_form_fields", "threads", "comments", "issues", "assets", "tags", "folders", "roles",
    "activities", "member_watchers", "guest_watchers", "watchers", "selected_text_comment",
)  # fmt: skip


@pytest.fixture
def intake(database: str, ada: Client) -> Drawn:
    role = put_row(database, ada, "job_titles", name="Buyer")
    return draw(database, ada, step("A", asks("Name"), summary="<p>Call</p>", roles=[role]), kickoff=[asks("Client")],
                title="Intake")  # fmt: skip


@pytest.mark.rule("P-026")
def test_a_task_of_a_process_knows_its_step(ada: Client, stan: Client, intake: Drawn) -> None:
    process = launched(ada, intake)
    listed = tasks_by_title(ada, process)["A"]
    for path in (f"/tasks/{listed['id']}", f"/runs/{process['id']}/tasks/{listed['id']}"):
        task = shaped(OneTaskShape, stan.data("GET", path))
        assert (task["run_id"], task["checklist_id"], task["step_id"]) == (
            process["id"],
            intake.id,
            intake.steps["A"],
        )
        assert (task["alias"], task["position"], task["blueprint_position"]) == (intake.aliases["A"], 1, 1)
        assert (task["summary"], task["original_summary"], task["is_oneoff_task"]) == (
            "<p>Call</p>",
            "<p>Call</p>",
            False,
        )


def test_where_there_is_no_such_task(ada: Client, liv: Client, otto: Client, intake: Drawn) -> None:
    process, other = launched(ada, intake), launched(ada, intake)
    task = tasks_by_title(ada, process)["A"]
    alone = one_off(ada)
    for client, path, status in (
        (ada, f"/runs/{other['id']}/tasks/{task['id']}", 404), (ada, f"/runs/{process['id']}/tasks/{alone['id']}", 404),
        (ada, f"/tasks/{'f' * 32}", 404), (ada, "/tasks/x", 404), (otto, f"/tasks/{task['id']}", 404),
        (otto, f"/tasks/{alone['id']}", 404), (liv, f"/tasks/{task['id']}", 403), (liv, f"/tasks/{alone['id']}", 403),
    ):  # fmt: skip
        assert client.get(path).status_code == status


@pytest.mark.rule("P-214", "P-215", "P-306")
def test_who_sees_a_top_secret_task(database: str, ada: Client, stan: Client, liv: Client) -> None:
    alone = one_off(stan, top_secret=True, owners=to(liv))
    assert [client.get(f"/tasks/{alone['id']}").status_code for client in (ada, stan, liv)] == [200, 200, 200]
    ours = one_off(ada, top_secret=True)
    assert [client.get(f"/tasks/{ours['id']}").status_code for client in (ada, stan, liv)] == [200, 403, 403]
    process = launched(stan, draw(database, ada, step("A", top_secret=True, assignees=[liv.user_id])))
    task = next(one for one in ada.data("GET", f"/runs/{process['id']}/tasks"))
    assert [client.get(f"/tasks/{task['id']}").status_code for client in (ada, stan, liv)] == [200, 403, 200]
    strict = one_off(ada, can_complete_only_assignees=True)
    assert stan.get(f"/tasks/{strict['id']}").status_code == 200


def test_every_include_is_there_at_once(database: str, ada: Client, intake: Drawn) -> None:
    process = launched(ada, intake, prerun={intake.fields["Client"]: "Acme"})
    task = tasks_by_title(ada, process)["A"]
    path = f"/tasks/{task['id']}"
    ada.data("PUT", path, json={"tags": [new_tag(database, ada)], "folders": [new_folder(database, ada)]})
    assert ada.post(f"{path}/comment", json={"content": "First"}).status_code == 201
    assert ada.post(f"{path}/problem", json={"content": "Broken"}).status_code == 201
    names = [*COLLECTIONS, "run", "step", "threads_count"]
    got = shaped(OneTaskShape, ada.data("GET", f"{path}?with={','.join(names)},nonsense,summary"), *names)
    assert all(isinstance(got[name]["data"], list) for name in COLLECTIONS)
    shaped(ProcessShape, got["run"]["data"])
    assert (got["step"]["data"]["id"], got["step"]["data"]["title"]) == (intake.steps["A"], "A")
    assert [shaped(FieldWithAnswerShape, one)["label"] for one in got["form_fields"]["data"]] == ["Name"]
    assert [shaped(FieldWithAnswerShape, one)["value"] for one in got["ko_form_fields"]["data"]] == ["Acme"]
    assert [shaped(CommentShape, one)["content"] for one in got["threads"]["data"]] == ["First", "Broken"]
    assert [one["content"] for one in got["comments"]["data"]] == ["First"]
    assert [one["content"] for one in got["issues"]["data"]] == ["Broken"]
    assert got["threads_count"] == {"total": 2, "problems": 1, "comments": 1}
    assert (len(got["tags"]["data"]), len(got["folders"]["data"])) == (1, 1)
    assert [one["name"] for one in got["roles"]["data"]] == ["Buyer"]
    assert [shaped(ActivityShape, one)["verb"] for one in got["activities"]["data"]][-1:] != []
    assert got["problem"] is True


def test_lists_take_includes_too(ada: Client, intake: Drawn) -> None:
    process = launched(ada, intake)
    path = f"/runs/{process['id']}/tasks?with=run.checklist,ko-form-fields,summary,step"
    (row,) = ada.data("GET", path)
    shaped(TaskShape, row, "run", "ko_form_fields", "summary", "original_summary", "step")
    assert row["run"]["data"]["checklist"]["data"]["title"] == "Intake"
    assert row["summary"] == "<p>Call</p>"
    (row,) = ada.data("GET", f"/tasks?run_id={process['id']}&with=run,form_fields")
    assert "checklist" not in row["run"]["data"]


def test_a_task_on_its_own_has_no_process(ada: Client) -> None:
    task = one_off(ada)
    got = ada.data("GET", f"/tasks/{task['id']}?with=run.checklist,step,ko_form_fields,form_fields")
    assert (got["run"], got["step"]) == (None, None)
    assert got["ko_form_fields"] == got["form_fields"] == {"data": []}
