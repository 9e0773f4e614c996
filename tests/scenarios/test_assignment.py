"""Scenarios S13 to S17 of the templates: who gets a task, and how many."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest

from stepwell.organizations.setup import create_job_title
from tests.api.drawn import asks, reasons, step
from tests.api.templating import steps_path
from tests.scenarios.people import ZOE, Office
from tests.scenarios.plan import NOBODY, Plan, plan
from tests.scenarios.stage import Stage


@pytest.mark.rule("T-109", "T-110", "T-113", "T-112")
def test_t_s13_who_gets_the_task_at_launch(stage: Stage, office: Office) -> None:
    """S13. What the launch says, else the step's people and its roles', else the starter."""
    with psycopg.connect(stage.database) as owner:
        reviewer = create_job_title(owner, office.id, "Reviewer", [], datetime.now(UTC)).hex
    ben, cem, dee = office.ben, office.cem, office.dee
    steps = [
        step("S1"),
        step("S2", groups=[office.group]),
        step("S3", assign_run_starter=False),
        step("S4", assignees=[cem.user_id]),
        step("S5", roles=[reviewer]),
    ]
    drawn = plan(stage, office.ana, *steps)
    tasks = {
        drawn.step("S4")["id"]: {"owners": {**NOBODY, "guests": [ZOE]}},
        drawn.step("S3")["id"]: {"owners": NOBODY},
    }
    run = drawn.launch(ben, tasks=tasks, roles={reviewer: {"users": [dee.user_id]}})
    assert list(run.tasks()) == ["S1", "S2", "S3", "S4", "S5"]
    assert run.people("S1") == ([ben.user_id], [], [])
    assert run.people("S2") == ([], [], [office.group])
    assert run.people("S3") == ([], [], [])
    assert run.people("S4") == ([ben.user_id], [ZOE], [])
    assert run.people("S5") == ([dee.user_id], [], [])
    assert drawn.launch(ben, tasks=tasks).people("S5") == ([ben.user_id], [], [])


def picking(stage: Stage, office: Office, verb: str | None, fallback: list[int]) -> Plan:
    kickoff = [asks("Plan"), asks("Who", "assignees_form")]
    drawn = plan(stage, office.ana, step("S"), kickoff=kickoff)
    if verb is not None:
        drawn.rule(drawn.answer("Plan", "is_not_empty"), drawn.assign("S", verb, "Who", users=fallback))
    return drawn


@pytest.mark.rule("T-163")
def test_t_s14_add_versus_replace_from_an_assignee_picker(stage: Stage, office: Office) -> None:
    """S14. `assign` adds to the starter, `assign_only` replaces him; nobody picked means the fallback."""
    ben, cem, dee = office.ben.user_id, office.cem.user_id, office.dee.user_id

    def given(verb: str | None, fallback: list[int], picked: list[int]) -> list[int]:
        who = {"users": picked, "guests": [], "groups": []}
        answers = {"Plan": "Gold", **({"Who": who} if picked else {})}
        return picking(stage, office, verb, fallback).launch(office.ben, answers).people("S")[0]

    assert given("assign", [dee], [cem]) == [ben, cem]
    assert given("assign", [dee], []) == [ben, dee]
    assert given("assign_only", [dee], [cem]) == [cem]
    assert given("assign_only", [dee], []) == [dee]
    assert given("assign_only", [], []) == [ben]
    assert given(None, [], [cem]) == [ben]


@pytest.mark.rule("T-114")
def test_t_s15_assignment_limits(stage: Stage, office: Office) -> None:
    """S15. More people than a step takes are refused; a rule that would add one too many says so."""
    drawn = plan(stage, office.ana, step("First"), step("S", max_assignable=1), step("Shown"))
    path, ben = steps_path(drawn.template, drawn.step("S")), office.ben.user_id
    assert reasons(office.ana, "PATCH", path, json={"groups": [office.group]})
    assert reasons(office.ana, "PATCH", path, json={"assignees": [ben], "guests": [ZOE]})
    assert office.ana.data("PATCH", path, json={"assignees": [ben]})["assignees"] == [ben]
    drawn.rule(drawn.when("First"), drawn.assign("S", users=[office.cem.user_id]), drawn.show("Shown"))
    run = drawn.launch(office.ben)
    for owners in ({**NOBODY, "groups": [office.group]}, {**NOBODY, "users": [ben], "guests": [ZOE]}):
        assert reasons(office.ana, "PUT", f"/tasks/{run.id_of('S')}", json={"owners": owners})
    run.complete("First")
    assert run.people("S") == ([ben], [], [])
    [comment] = run.said("S")
    assert "1" in comment
    assert "Shown" in run.visible()


@pytest.mark.rule("T-090", "P-320", "P-326")
def test_t_s16_everyone_must_complete(stage: Stage, office: Office) -> None:
    """S16. Each does a part; who leaves the group no longer counts; the last part completes it.

    That Ben sees his part as done comes with the web screens; zoe's page, and that she cannot reopen, with guest
    access.
    """
    ben, dee = office.ben, office.dee
    together = {"assignees": [dee.user_id], "groups": [office.group], "guests": [ZOE]}
    steps = [step("V", everyone_must_complete=True, **together), step("Next")]
    drawn = plan(stage, office.ana, *steps)
    drawn.rule(drawn.when("V"), drawn.show("Next"))
    run = drawn.launch(office.ana)
    run.complete("V", ben)
    stage.complete_as_guest(ZOE, office.ana, run.task("V"))
    v = run.task("V")
    assert (v["status"], v["completion_progress"]) == ("in-progress", 50)
    assert run.said("V")[0] == "1 of 4 completed"
    run.complete("V", ben, 422)
    stage.regroup(office.ana, office.group, ben)
    v = run.task("V")
    assert (v["status"], round(v["completion_progress"])) == ("in-progress", 67)
    assert "Next" not in run.visible()
    run.complete("V", dee)
    assert run.task("V")["status"] == "completed"
    assert "Next" in run.visible()
    assert len([row for row in run.log() if row["type"] == ["execution"]]) == 1
    run.reopen("V")
    assert run.task("V")["completion_progress"] == 0
    approval = plan(
        stage, office.ana, step("V", step_type="approval", everyone_must_complete=True, **together)
    )
    run = approval.launch(office.ana)
    run.complete("V", ben, is_approved=False)
    assert (run.task("V")["status"], run.task("V")["is_approved"]) == ("completed", False)
    expiring = plan(
        stage, office.ana, step("V", step_type="expiring", everyone_must_complete=True, **together)
    )
    run = expiring.launch(office.ana)
    run.complete("V", ben)
    assert run.task("V")["status"] == "completed"


@pytest.mark.rule("T-043")
def test_t_s17_a_step_update_keeps_people(stage: Stage, office: Office) -> None:
    """S17. What is not sent stays; an empty list empties that list alone; moving loses nobody."""
    people = {"assignees": [office.ben.user_id], "guests": [ZOE], "groups": [office.group]}
    drawn = plan(stage, office.ana, step("Other"), step("S", **people))
    path = steps_path(drawn.template, drawn.step("S"))

    def put(**body: object) -> dict[str, object]:
        found = office.ana.data("PUT", path, json=body)
        return {name: found[name] for name in ("title", "position", *people)}

    assert put(title="New title") == {"title": "New title", "position": 2, **people}
    cleared = {**people, "assignees": []}
    assert put(title="New title", assignees=[]) == {"title": "New title", "position": 2, **cleared}
    assert put(position=1) == {"title": "New title", "position": 1, **cleared}
