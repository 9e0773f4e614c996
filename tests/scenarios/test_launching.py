"""Scenarios S-01 to S-03 of the processes: what a launch takes, how it names, and whom it assigns."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.drawn import Part, asks, reasons, step
from tests.scenarios.people import GINA, Nordlicht
from tests.scenarios.plan import NOBODY, Plan, chooses, chosen, ids, plan
from tests.scenarios.stage import Stage

NORWAY = chosen(1, "Norway")


def country(**columns: object) -> Part:
    return chooses("Country", "dropdown", "Norway", "Spain", **columns)


@pytest.mark.rule("P-051", "P-052", "P-111", "P-110")
def test_p_s01_launch_validation(stage: Stage, nordlicht: Nordlicht) -> None:
    """S-01. A missing answer refuses the launch and leaves nothing; unknown keys are dropped."""
    sam = nordlicht.sam
    drawn = plan(stage, nordlicht.ada, step("Call"), kickoff=[asks("Company", required=True), country()])
    company, body = drawn.field("Company"), {"checklist_id": drawn.drawn.id}
    assert list(reasons(sam, "POST", "/runs", json=body).values()) == [["Company is required"]]
    stage.work()
    assert nordlicht.ada.data("GET", "/runs") == nordlicht.ada.data("GET", "/tasks") == []
    assert stage.mails(sam) == []
    run = sam.data("POST", "/runs", 201, json={**body, "prerun": {company: "Acme", "0000": "x"}})
    assert {key: value for key, value in run["prerun"].items() if value is not None} == {company: "Acme"}
    assert (run["prerun_status"], run["prerun_completed_by"]) == ("complete", sam.user_id)
    assert run["name"] == "Client onboarding - Sep 4, 2026"
    free = plan(stage, nordlicht.ada, step("Call"), kickoff=[country()])
    sam.data("POST", "/runs", 201, json={"checklist_id": free.drawn.id, "prerun": []})
    body = {"checklist_id": free.drawn.id}
    assert sam.data("POST", "/runs", 201, json={**body, "name": "n" * 550})["name"] == "n" * 550
    assert list(reasons(sam, "POST", "/runs", json={**body, "name": "n" * 551})) == ["name"]


def named(stage: Stage, nordlicht: Nordlicht, changeable: bool) -> Plan:
    company = asks("Company", alias="company-1", required=True)
    first = step("Call", summary="<p>Call {{company-1}}.</p>")
    naming: dict[str, Any] = {
        "auto_naming": True,
        "allow_launcher_change_name": changeable,
        "default_process_name_format": "{{company-1}} / {{country-2}} / {{DATE}}",
    }
    return plan(
        stage, nordlicht.ada, first, kickoff=[company, country(alias="country-2", required=True)], **naming
    )


@pytest.mark.rule("P-112", "P-113", "P-114")
def test_p_s02_automatic_names(stage: Stage, nordlicht: Nordlicht) -> None:
    """S-02. The pattern names the process, once; where the launcher may, his own name wins.

    That the editor refuses to make Company optional comes with the web screens.
    """
    sam = nordlicht.sam
    drawn = named(stage, nordlicht, changeable=False)
    answers = {"Company": "Acme <b>GmbH</b>", "Country": NORWAY}
    run = drawn.launch(sam, answers, name="Mine")
    assert run.now()["name"] == "Acme GmbH / Norway / Sep 4, 2026"
    free = named(stage, nordlicht, changeable=True)
    assert free.launch(sam, answers, name="Mine").now()["name"] == "Mine"
    sam.data("PUT", run.path, json={"prerun": {drawn.field("Company"): "Bolt"}})
    assert run.now()["name"] == "Acme GmbH / Norway / Sep 4, 2026"
    assert run.task("Call")["summary"] == "<p>Call Bolt.</p>"
    optional = {"label": "Company", "field_type": "text", "required": False}
    nordlicht.ada.data("PUT", f"{drawn.path}/preruns/{drawn.field('Company')}", json=optional)
    assert drawn.launch(sam, {"Country": NORWAY}).now()["name"] == "Norway / Sep 4, 2026"


@pytest.mark.rule("P-102", "P-103", "P-104", "P-105", "P-445")
def test_p_s03_who_gets_a_task_at_launch(stage: Stage, nordlicht: Nordlicht) -> None:
    """S-03. Who has left is skipped, the starter stands in where nobody else is, a guest has a member beside him.

    The mails of the launch come with notifications, its webhook with webhooks.
    """
    sam, sue = nordlicht.sam, nordlicht.sue
    steps = [
        step("A", assignees=ids([nordlicht.max])),
        step("B", groups=[nordlicht.group]),
        step("C", assign_run_starter=False),
        step("D", guests=[GINA]),
        step("E", assignees=ids([sue])),
        step("F"),
    ]
    drawn = plan(stage, nordlicht.ada, *steps)
    e = drawn.step("E")["id"]
    run = drawn.launch(sam, tasks={e: {"owners": NOBODY}})
    assert run.people("A") == ([sam.user_id], [], [])
    assert run.people("B") == ([], [], [nordlicht.group])
    assert run.people("C") == ([], [], [])
    assert run.people("D") == ([sam.user_id], [GINA], [])
    assert run.people("E") == ([sue.user_id], [], [])
    assert run.people("F") == ([sam.user_id], [], [])
    assert drawn.launch(sam, tasks={e: {"unassigned": True}}).people("E") == ([], [], [])
