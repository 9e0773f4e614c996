"""What a launch says about single steps: by id or alias, people, dates, places, texts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.drawn import Drawn, asks, draw, launched, reasons, step, tasks_by_title
from tests.conftest import Client, House

NOTHING: list[Any] = [{}, [], None]


@pytest.fixture(scope="module")
def template(database: str, house: House) -> Drawn:
    return draw(
        database,
        house.ada,
        step("First", skip_start_process=True),
        step("Second", assignees=[house.stan.user_id]),
        step("Third", asks("Note"), summary="<p>Text of the step</p>"),
    )


def task_after(client: Client, template: Drawn, title: str, /, **override: Any) -> dict[str, Any]:
    process = launched(client, template, tasks={template.steps[title]: override})
    found = tasks_by_title(client, process)
    task = found[override.get("title", title)]
    return dict(client.data("GET", f"/runs/{process['id']}/tasks/{task['id']}"))


@pytest.mark.rule("T-102")
def test_steps_that_are_not_named_stay_as_in_the_template(ada: Client, stan: Client, template: Drawn) -> None:
    process = launched(ada, template, tasks={template.steps["First"]: {"title": "Renamed"}})
    tasks = tasks_by_title(ada, process)
    assert list(tasks) == ["Renamed", "Second", "Third"]
    assert tasks["Second"]["owners"]["users"] == [stan.user_id]
    for nothing in NOTHING:
        assert list(tasks_by_title(ada, launched(ada, template, tasks=nothing))) == [
            "First",
            "Second",
            "Third",
        ]


def test_a_step_is_named_by_its_id_or_its_alias(ada: Client, template: Drawn) -> None:
    by_alias = {
        template.aliases["Third"]: {"title": "By alias"},
        template.steps["Second"].upper(): {"title": "By id"},
    }
    assert list(tasks_by_title(ada, launched(ada, template, tasks=by_alias))) == [
        "First",
        "By id",
        "By alias",
    ]


@pytest.mark.rule("T-102")
def test_a_key_that_is_no_step_is_refused(ada: Client, template: Drawn) -> None:
    body = {"checklist_id": template.id, "tasks": {"0" * 32: {}, "no-step": {}, template.steps["First"]: {}}}
    wrong = reasons(ada, "POST", "/runs", json=body)
    assert wrong == {
        f"tasks.{'0' * 32}": ["This is not a step of the template."],
        "tasks.no-step": ["This is not a step of the template."],
    }


@pytest.mark.rule("P-102", "T-109")
def test_owners_replace_the_people_of_the_step(ada: Client, liv: Client, template: Drawn) -> None:
    owners = {"users": [str(liv.user_id)], "guests": [], "groups": []}
    assert task_after(ada, template, "Second", owners=owners)["owners"]["users"] == [liv.user_id]
    synonym = {"assignees": [liv.user_id]}
    assert task_after(ada, template, "Second", owners=synonym)["owners"]["users"] == [liv.user_id]


@pytest.mark.rule("P-102", "T-109")
@pytest.mark.parametrize("owners", [{"users": [], "guests": [], "groups": []}, {}, [], None])
def test_empty_owners_mean_as_in_the_template(
    ada: Client, stan: Client, template: Drawn, owners: Any
) -> None:
    assert task_after(ada, template, "Second", owners=owners)["owners"]["users"] == [stan.user_id]


@pytest.mark.rule("P-102")
def test_unassigned_launches_the_task_with_nobody(ada: Client, template: Drawn) -> None:
    for title in ("First", "Second"):
        assert task_after(ada, template, title, unassigned=True)["owners"] == {
            "users": [],
            "guests": [],
            "groups": [],
            "taskUrls": [],
        }


@pytest.mark.rule("T-102", "P-042")
def test_an_optional_step_can_be_left_out_and_a_mandatory_one_cannot(ada: Client, template: Drawn) -> None:
    process = launched(ada, template, tasks={template.steps["Second"]: {"removed": True}})
    tasks = tasks_by_title(ada, process)
    assert [(title, task["position"]) for title, task in tasks.items()] == [("First", 1), ("Third", 2)]
    assert process["whole_progress"]["total"] == 2
    body = {"checklist_id": template.id, "tasks": {template.steps["First"]: {"removed": True}}}
    assert list(reasons(ada, "POST", "/runs", json=body)) == [f"tasks.{template.steps['First']}"]


@pytest.mark.parametrize("sent", ["2031-09-30T16:00:00Z", "2031-09-30 16:00:00", "2031-09-30T18:00:00+02:00"])
def test_a_deadline_in_every_form(ada: Client, template: Drawn, sent: str) -> None:
    assert task_after(ada, template, "Second", deadline=sent)["deadline"] == "2031-09-30T16:00:00Z"
    assert (
        task_after(ada, template, "Second", taskdata={"deadline": sent})["deadline"] == "2031-09-30T16:00:00Z"
    )


def test_a_day_alone_is_the_end_of_that_working_day(ada: Client, template: Drawn) -> None:
    assert task_after(ada, template, "Second", deadline="2031-09-30")["deadline"][:10] in (
        "2031-09-30",
        "2031-10-01",
    )


def test_position_start_title_summary_and_limit(ada: Client, template: Drawn) -> None:
    task = task_after(
        ada,
        template,
        "Third",
        position=1,
        title="Moved",
        summary="<p>Other<script>x</script></p>",
        started_at="2031-01-01T10:00:00Z",
        max_assignable=2,
    )
    assert (task["title"], task["position"], task["max_assignable"]) == ("Moved", 1, 2)
    assert (task["summary"], task["started_at"]) == ("<p>Other</p>", "2031-01-01T10:00:00Z")
    plain = task_after(ada, template, "Third", max_assignable=0)
    assert (plain["max_assignable"], plain["summary"]) == (None, "<p>Text of the step</p>")


def test_positions_stay_dense(ada: Client, template: Drawn) -> None:
    tasks = tasks_by_title(ada, launched(ada, template, tasks={template.steps["Third"]: {"position": 1}}))
    assert [(title, task["position"]) for title, task in tasks.items()] == [
        ("Third", 1),
        ("First", 2),
        ("Second", 3),
    ]
    assert tasks["Third"]["blueprint_position"] == 3


@pytest.mark.parametrize(
    ("override", "path"),
    [
        ({"deadline": "soon"}, "deadline"),
        ({"deadline": 1780000000}, "deadline"),
        ({"started_at": "soon"}, "started_at"),
        ({"position": 0}, "position"),
        ({"position": "first"}, "position"),
        ({"max_assignable": "many"}, "max_assignable"),
        ({"title": "t" * 601}, "title"),
        ({"owners": {"users": ["x"]}}, "owners.users.0"),
        ({"owners": {"guests": ["nobody"]}}, "owners.guests.0"),
        ({"owners": "me"}, "owners"),
        ({"removed": "maybe"}, "removed"),
    ],
)
def test_a_wrong_override_is_refused_by_its_path(
    ada: Client, template: Drawn, override: dict[str, Any], path: str
) -> None:
    key = template.steps["Second"]
    wrong = reasons(ada, "POST", "/runs", json={"checklist_id": template.id, "tasks": {key: override}})
    assert list(wrong) == [f"tasks.{key}.{path}"]


@pytest.mark.parametrize("tasks", ["x", 3, [1], {"a": 1}])
def test_tasks_must_be_an_object_of_objects(ada: Client, template: Drawn, tasks: Any) -> None:
    assert reasons(ada, "POST", "/runs", json={"checklist_id": template.id, "tasks": tasks})


@pytest.mark.rule("T-102")
def test_guests_beside_the_tasks_are_ignored(ada: Client, template: Drawn) -> None:
    process = launched(
        ada, template, guests=["a@x.example"], id="0" * 32, status="complete", organization_id="x"
    )
    assert process["status"] == "active"
