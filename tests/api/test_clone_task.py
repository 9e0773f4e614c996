"""Copying a task."""

from __future__ import annotations

import pytest

from stepwell.tasks.schemas import OneTaskShape
from tests.api.drawn import asks, draw, launched, new_tag, step, tasks_by_title
from tests.api.oneoffs import in_days, one_off, to
from tests.conftest import Client
from tests.shapes import shaped


@pytest.mark.rule("P-379")
def test_a_one_off_task_is_copied_without_what_was_done(database: str, ada: Client, stan: Client) -> None:
    settings = {"task_type": "approval", "summary": "<p>x</p>", "webhook": "https://hooks.example/x",
                "top_secret": True, "everyone_must_complete": True, "max_assignable": 3,
                "prevent_guest_comment": True}  # fmt: skip
    tag = new_tag(database, ada)
    task = one_off(ada, owners=to(ada, stan, guests=("mira@client.example",)), tags=[tag], taskdata={"Q": "answered"},
                   form_fields=[{"label": "Q", "field_type": "text", "required": True}], **settings)  # fmt: skip
    ada.data(
        "POST", "/completed-tasks?with=x", json={"task_id": task["id"], "is_approved": False, "comment": "No"}
    )
    copy = shaped(OneTaskShape, stan.data("POST", f"/tasks/{task['id']}/clone", 201))
    assert {name: copy[name] for name in settings} == settings
    assert (copy["title"], copy["status"], copy["run_id"]) == (f"{task['title']} - Copy", "not-started", None)
    assert (copy["taskdata"], copy["completed_at"], copy["is_approved"]) == ({}, None, None)
    assert (copy["deadline"], copy["starter_id"]) == (task["deadline"], stan.user_id)
    assert {name: copy["owners"][name] for name in ("users", "guests")} == {
        "users": [ada.user_id, stan.user_id], "guests": ["mira@client.example"],
    }  # fmt: skip
    more = stan.data("GET", f"/tasks/{copy['id']}?with=form_fields,tags,threads")
    old = ada.data("GET", f"/tasks/{task['id']}?with=form_fields")["form_fields"]["data"][0]
    (field,) = more["form_fields"]["data"]
    assert (field["label"], field["required"], field["value"]) == ("Q", True, None)
    assert (field["id"] != old["id"], field["value_id"] != old["value_id"]) == (True, True)
    assert [one["tag_id"] for one in more["tags"]["data"]] == [tag]
    assert more["threads"] == {"data": []}


@pytest.mark.rule("P-379")
def test_in_a_process_it_stands_right_after_the_original(database: str, ada: Client) -> None:
    template = draw(database, ada, step("A", asks("Name"), summary="<p>Call</p>"), step("B"))
    process = launched(ada, template)
    task = tasks_by_title(ada, process)["A"]
    copy = ada.data("POST", f"/tasks/{task['id']}/clone?with=form_fields", 201)
    assert (copy["run_id"], copy["is_oneoff_task"], copy["position"]) == (process["id"], True, 2)
    assert (copy["step_id"], copy["linked_step_id"], copy["summary"]) == (
        None,
        task["step_id"],
        "<p>Call</p>",
    )
    assert [one["label"] for one in copy["form_fields"]["data"]] == ["Name"]
    assert [one["title"] for one in ada.data("GET", f"/runs/{process['id']}/tasks")] == ["A", "A - Copy", "B"]
    assert ada.data("GET", f"/runs/{process['id']}")["progress"]["total"] == 3


def test_a_past_deadline_is_not_copied(ada: Client) -> None:
    task = one_off(ada, "x" * 600, deadline=in_days(-1))
    copy = ada.data("POST", f"/tasks/{task['id']}/clone", 201)
    assert copy["deadline"] > in_days(4.9)
    assert copy["title"] == "x" * 593 + " - Copy"


def test_where_it_is_not_possible(database: str, ada: Client, liv: Client, otto: Client) -> None:
    task = one_off(ada, owners=to(liv))
    assert liv.post(f"/tasks/{task['id']}/clone").status_code == 403
    assert otto.post(f"/tasks/{task['id']}/clone").status_code == 404
    process = launched(ada, draw(database, ada, step("A"), settings={"can_add_oot": False}))
    answer = ada.post(f"/tasks/{tasks_by_title(ada, process)['A']['id']}/clone")
    assert (answer.status_code, answer.json()["message"]) == (
        422,
        "Ad-hoc tasks not allowed for this process",
    )
