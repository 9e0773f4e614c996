"""What a launch shows, hides and when it is due."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.api.drawn import Drawn, asks, draw, launched, shows, step, tasks_by_title
from tests.conftest import Client, House


@pytest.fixture(scope="module")
def template(database: str, house: House) -> Drawn:
    return draw(
        database,
        house.ada,
        step("Always"),
        step("Shown"),
        step("Hidden later"),
        step("Hidden by default", hide_by_default=True),
        kickoff=[asks("Plan", "dropdown"), asks("Client")],
        rules=[shows("Shown", "Plan", "Gold"), shows("Hidden later", "Client", "Acme", "hide")],
    )


@pytest.mark.rule("P-101")
@pytest.mark.parametrize(
    ("answers", "visible"),
    [
        ({}, ["Always", "Hidden later"]),
        ({"Plan": "Gold"}, ["Always", "Shown", "Hidden later"]),
        ({"Plan": "Basic", "Client": "Acme"}, ["Always"]),
        ({"Plan": "Gold", "Client": "acme"}, ["Always", "Shown"]),
    ],
)
def test_rules_on_the_kickoff_form_decide_what_is_visible(
    ada: Client, template: Drawn, answers: dict[str, Any], visible: list[str]
) -> None:
    process = launched(
        ada, template, prerun={template.fields[name]: value for name, value in answers.items()}
    )
    assert list(tasks_by_title(ada, process)) == visible
    assert process["progress"]["total"] == len(visible)
    assert process["whole_progress"]["total"] == 4


@pytest.mark.rule("P-012", "P-011")
def test_hidden_tasks_count_for_no_date(ada: Client, template: Drawn) -> None:
    late = {"deadline": "2020-01-01T10:00:00Z"}
    process = launched(ada, template, tasks={template.steps["Shown"]: late})
    assert (process["late_tasks"], process["due_date_passed"]) == (0, False)
    seen = launched(
        ada, template, tasks={template.steps["Shown"]: late}, prerun={template.fields["Plan"]: "Gold"}
    )
    assert (seen["late_tasks"], seen["due_date_passed"]) == (1, True)


@pytest.mark.rule("P-011")
def test_dates_of_the_process_are_those_of_its_tasks(ada: Client, template: Drawn) -> None:
    process = launched(ada, template, tasks={template.steps["Always"]: {"deadline": "2031-03-04T10:00:00Z"}})
    assert process["due_date"] == process["max_task_deadline"] == "2031-03-04T10:00:00Z"
    assert process["due_soon"] is False
    soon = (datetime.fromisoformat(process["created_at"]) + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert launched(ada, template, tasks={template.steps["Always"]: {"deadline": soon}})["due_soon"] is True


def test_when_everything_would_be_hidden_everything_is_shown(database: str, ada: Client) -> None:
    template = draw(database, ada, step("A", hide_by_default=True), step("B", hide_by_default=True))
    assert list(tasks_by_title(ada, launched(ada, template))) == ["A", "B"]


def test_deadlines_come_from_the_step_and_else_from_the_organization(database: str, ada: Client) -> None:
    two_days = {"value": 2, "unit": "days", "option": "from", "step": "start_run"}
    template = draw(database, ada, step("Default"), step("Own", deadline=two_days))
    process = launched(ada, template)
    start = datetime.fromisoformat(process["created_at"])
    due = {
        title: datetime.fromisoformat(task["deadline"])
        for title, task in tasks_by_title(ada, process).items()
    }
    assert due["Default"] - start == timedelta(days=5)
    assert due["Own"] - start == timedelta(days=2)


def test_the_log_tells_of_the_launch_by_name(ada: Client, template: Drawn) -> None:
    process = launched(ada, template, name="Hire: Kim")
    rows = ada.data("GET", f"/runs/{process['id']}/activity-feeds?verb=created&type=Process")
    assert [row["description"] for row in rows] == [["Launched process: Hire: Kim"]]
