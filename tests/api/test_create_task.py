"""POST /tasks: a one-off task on its own."""

from __future__ import annotations

from typing import Any

import pytest

from stepwell.tasks.schemas import OneTaskShape
from tests.api.drawn import draw, group_of, new_folder, new_tag, reasons, step
from tests.api.oneoffs import NOBODY, in_days, one_off, to
from tests.conftest import Client
from tests.shapes import shaped


@pytest.mark.rule("P-026", "P-370")
def test_a_new_task_stands_on_its_own(ada: Client, stan: Client) -> None:
    task = one_off(
        ada, "Order laptop", owners=to(stan), description="<p>13 inch</p>", deadline="2030-09-05 15:00:00"
    )
    shaped(OneTaskShape, task)
    assert (task["title"], task["original_title"], task["name"]) == ("Order laptop",) * 3
    assert (task["run_id"], task["checklist_id"], task["step_id"], task["run_status"]) == (None,) * 4
    assert (task["is_oneoff_task"], task["status"], task["task_type"]) == (True, "not-started", "task")
    assert task["owners"] == {**to(stan), "taskUrls": []}
    assert (task["deadline"], task["summary"]) == ("2030-09-05T15:00:00Z", "<p>13 inch</p>")
    assert task["started_at"] == task["created_at"]
    assert (task["starter_id"], task["completed_at"], task["is_soft_start_date"]) == (
        ada.user_id,
        None,
        False,
    )
    assert ada.data("GET", f"/tasks/{task['id']}") == task
    assert task["id"] in [one["id"] for one in stan.data("GET", "/me/tasks")]


def test_every_setting_is_kept(ada: Client) -> None:
    settings = {
        "task_type": "approval", "started_at": "2030-01-02T08:00:00Z", "is_soft_start_date": True,
        "everyone_must_complete": True, "can_complete_only_assignees": True, "max_assignable": 3,
        "prevent_guest_comment": True, "top_secret": True, "webhook": "https://hooks.example/a",
        "send_chromeless": True, "custom_fields": {"cost_center": "CC-9"},
    }  # fmt: skip
    task = one_off(ada, owners=to(ada), **settings)
    assert {name: task[name] for name in settings} == settings


def test_official_clients_words_are_taken(ada: Client, stan: Client) -> None:
    body = {"name": "Sign", "task_type": "accept_decline", "deadline": "2030-09-05", "status": "not-started",
            "owners": {"users": [str(stan.user_id), {"id": ada.user_id}], "guests": []},
            "max_assignable": 0}  # fmt: skip
    task = ada.data("POST", "/tasks", 201, json=body)
    assert (task["title"], task["task_type"], task["max_assignable"]) == ("Sign", "approval", None)
    assert task["owners"]["users"] == [stan.user_id, ada.user_id]
    assert task["deadline"] == "2030-09-05T23:59:59Z"
    assert one_off(ada, task_type="standard")["task_type"] == "task"


@pytest.mark.rule("P-371")
def test_it_may_be_assigned_to_nobody(ada: Client) -> None:
    assert one_off(ada)["owners"] == {**NOBODY, "taskUrls": []}


@pytest.mark.rule("P-371", "P-445")
def test_its_creator_stands_beside_guests(database: str, ada: Client, stan: Client) -> None:
    alone = one_off(stan, owners=to(guests=("Mira@Client.example, omar@client.example",)))
    assert alone["owners"]["users"] == [stan.user_id]
    assert alone["owners"]["guests"] == ["mira@client.example", "omar@client.example"]
    assert ["/guest/" in url and alone["id"] in url for url in alone["owners"]["taskUrls"]] == [True, True]
    with_group = one_off(
        stan, owners=to(groups=(group_of(database, ada, ada),), guests=("mira@client.example",))
    )
    assert with_group["owners"]["users"] == []


def test_it_is_tagged_filed_and_linked(database: str, ada: Client) -> None:
    tag, folder, template = new_tag(database, ada), new_folder(database, ada), draw(database, ada, step("A"))
    step_id = template.steps["A"]
    task = one_off(ada, tags=tag, folders=[folder], linked_step_id=step_id)
    assert (task["checklist_id"], task["linked_step_id"], task["step_id"]) == (template.id, step_id, None)
    got = ada.data("GET", f"/tasks/{task['id']}?with=tags,folders")
    assert [(one["tag_id"], one["subject_type"]) for one in got["tags"]["data"]] == [(tag, "Task")]
    assert [one["id"] for one in got["folders"]["data"]] == [folder]


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"title": ""}, "title", "The title field is required."),
    ({"title": "x" * 601}, "title", "The title may not be greater than 600 characters."),
    ({"owners": None}, "owners", "The owners must be an object."),
    ({"deadline": None}, "deadline", "The deadline is not a valid date."),
    ({"deadline": "next monday"}, "deadline", "The deadline is not a valid date."),
    ({"deadline": 1767225600}, "deadline", "The deadline is not a valid date."),
    ({"task_type": "meeting"}, "task_type", "The selected task type is invalid."),
    ({"owners": {"users": [999999999]}}, "owners.users", "Some users are not valid members of this organization"),
    ({"owners": {"groups": ["f" * 32]}}, "owners.groups", "Some groups are not valid groups of this organization"),
    ({"owners": {"guests": ["nobody"]}}, "owners.guests.0", "The owners.guests.0 must be a valid email address."),
    ({"max_assignable": -1}, "max_assignable", "The max assignable must be at least 1."),
    ({"webhook": "ftp://x"}, "webhook", "The webhook format is invalid."),
    ({"tags": ["f" * 32]}, "tags", "Some tags do not exist"),
    ({"folders": ["f" * 32]}, "folders", "No such a folder exists in Processes."),
    ({"linked_step_id": "f" * 32}, "linked_step_id", "The selected linked step id is invalid."),
    ({"checklist_id": "f" * 32}, "checklist_id", "The selected checklist id is invalid."),
    ({"task_type": "email", "everyone_must_complete": True}, "everyone_must_complete",
     "Only tasks and approvals can be completed by everyone."),
]  # fmt: skip


@pytest.mark.parametrize(("body", "field", "message"), WRONG)
def test_what_is_wrong_is_named(ada: Client, body: dict[str, Any], field: str, message: str) -> None:
    sent = {"title": "T", "deadline": in_days(1), "owners": NOBODY, **body}
    assert reasons(ada, "POST", "/tasks", json=sent) == {field: [message]}


def test_all_that_is_wrong_is_named_at_once(ada: Client) -> None:
    sent = {"form_fields": [{"label": ""}], "max_assignable": "many"}
    assert reasons(ada, "POST", "/tasks", json=sent).keys() == {
        "title", "deadline", "owners", "max_assignable", "form_fields.0.label", "form_fields.0.field_type",
        "form_fields.0.required",
    }  # fmt: skip


@pytest.mark.rule("P-443")
def test_a_member_cannot_be_a_guest(ada: Client, stan: Client) -> None:
    found = reasons(ada, "POST", "/tasks", json={"title": "T", "deadline": in_days(1),
                                                 "owners": to(guests=(stan.email,))})  # fmt: skip
    assert found["owners.guests"] == [f"{stan.email} is the address of a member and cannot be a guest"]


@pytest.mark.rule("P-432")
def test_more_people_than_may_be_are_refused(database: str, ada: Client, stan: Client, liv: Client) -> None:
    group = group_of(database, ada, stan, liv)
    body = {"title": "T", "deadline": in_days(1), "owners": to(ada, groups=(group,)), "max_assignable": 2}
    assert reasons(ada, "POST", "/tasks", json=body) == {"owners": ["No more than 2 people can be assigned."]}


def test_light_members_make_tasks_without_guests(liv: Client, stan: Client) -> None:
    assert one_off(liv, owners=to(liv, stan))["starter_id"] == liv.user_id
    body = {"title": "T", "deadline": in_days(1), "owners": to(guests=("gus@client.example",))}
    assert reasons(liv, "POST", "/tasks", json=body) == {
        "owners.guests": ["Light members cannot assign guests."]
    }


@pytest.mark.rule("P-383")
def test_titles_hold_any_character(ada: Client) -> None:
    title = "Überprüfen / 'check' 検査 🚀" + "x" * 500
    assert one_off(ada, title)["title"] == title
