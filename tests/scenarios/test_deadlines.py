"""Scenarios S18 to S22 of the templates: when tasks are due. Written in New York's time, asserted in UTC."""

from __future__ import annotations

import pytest

from tests.api.drawn import asks, reasons, step
from tests.api.templating import steps_path
from tests.scenarios.people import MARCH, Office
from tests.scenarios.plan import Plan, Run, after, local, plan
from tests.scenarios.stage import Stage


@pytest.mark.rule("T-126", "T-129")
def test_t_s18_working_time_pushes_forward_only(stage: Stage, office: Office) -> None:
    """S18. A deadline outside working time waits for the next opening."""
    office.works_nine_to_five()
    steps = [step("A", deadline=after(2)), step("B", deadline=after(2, "hours")),
             step("C", deadline=after(36, "hours"))]  # fmt: skip
    drawn = plan(stage, office.ana, *steps)
    stage.now = local("2026-03-05T16:30")
    run = drawn.launch(office.ben)
    assert run.due("A") == "2026-03-09T13:00:00Z"
    assert run.due("B") == "2026-03-06T14:00:00Z"
    assert run.due("C") == "2026-03-09T13:00:00Z"


@pytest.mark.rule("T-126", "T-125")
def test_t_s19_wall_clock_months_and_default(stage: Stage, office: Office) -> None:
    """S19. Days, weeks and months follow the wall clock, hours do not; without a deadline it is five days."""
    steps = [step("Week", deadline=after(1, "weeks")), step("Hours", deadline=after(168, "hours")),
             step("None"), step("Month", deadline=after(1, "months"))]  # fmt: skip
    drawn = plan(stage, office.ana, *steps)
    assert stage.now == local("2026-03-04T10:00")
    run = drawn.launch(office.ben)
    assert run.due("Week") == "2026-03-11T14:00:00Z"
    assert run.due("Hours") == "2026-03-11T15:00:00Z"
    assert run.due("None") == "2026-03-09T14:00:00Z"
    stage.now = local("2026-01-31T10:00")
    assert drawn.launch(office.ben).due("Month") == "2026-02-28T15:00:00Z"


@pytest.mark.rule("T-122", "T-121")
def test_t_s20_counting_from_another_step(stage: Stage, office: Office) -> None:
    """S20. Held until the other is completed, counted again when that is redone, unless set by hand."""
    drawn = plan(stage, office.ana, step("A"), step("B"), step("C"), step("D", deadline=after(10)))
    drawn.change_step("B", deadline=after(2, step=drawn.step("A")["id"]))
    drawn.change_step("C", deadline=after(3, step=drawn.step("D")["id"], option="prior_to"))
    run = drawn.launch(office.ben)
    b = run.task("B")
    assert (b["deadline"], b["status"], run.now()["late_tasks"]) == (None, "not-started", 0)
    stage.now = local("2026-03-09T09:00")
    overdue = office.ben.data("GET", f"{run.path}/tasks?status=overdue")
    assert overdue == [], "and before the tasks with deadlines are due nothing is late"
    assert run.due("C") == "2026-03-11T14:00:00Z"
    assert run.task("A")["has_deadline_dependent_child_tasks"] is True
    assert b["has_deadline_dependent_child_tasks"] is False
    stage.now = local("2026-03-10T10:00")
    run.complete("A")
    assert run.due("B") == "2026-03-12T14:00:00Z"
    run.reopen("A")
    assert run.due("B") == "2026-03-12T14:00:00Z"
    stage.now = local("2026-03-11T10:00")
    run.complete("A")
    assert run.due("B") == "2026-03-13T14:00:00Z"
    office.ben.data("PUT", f"/tasks/{run.id_of('D')}", json={"deadline": "2026-03-16T13:00:00Z"})
    assert run.due("C") == "2026-03-13T13:00:00Z"
    office.ben.data("PUT", f"/tasks/{run.id_of('B')}", json={"deadline": "2026-03-20T14:00:00Z"})
    stage.now = local("2026-03-12T10:00")
    run.redo("A")
    assert run.due("B") == "2026-03-20T14:00:00Z"
    back = {"deadline": after(1, step=drawn.step("B")["id"])}
    assert reasons(office.ana, "PATCH", steps_path(drawn.template, drawn.step("A")), json=back)


def countdown(stage: Stage, office: Office, **columns: bool) -> Plan:
    steps = [step("X", deadline=after(7)), step("Y", deadline=after(8))]
    drawn = plan(stage, office.ana, *steps, kickoff=[asks("Event", "date", **columns)])
    drawn.rule(
        drawn.answer("Event", "is_not_empty"),
        drawn.deadline("X", 2, "days", "before", source="Event"),
        drawn.deadline("Y", 3, "weeks", "before", source="Event"),
    )
    return drawn


def dues(run: Run) -> tuple[str | None, str | None]:
    return run.due("X"), run.due("Y")


@pytest.mark.rule("T-165", "T-083", "T-167", "T-129")
@pytest.mark.parametrize("event", ["2026-06-10", "2026-06-10T00:00:00.000Z"])
def test_t_s21_countdown_from_a_date(stage: Stage, office: Office, event: str) -> None:
    """S21. A date without time is a day of the organization, however it is written."""
    office.works_nine_to_five()
    run = countdown(stage, office, required=True).launch(office.ben, {"Event": event})
    assert dues(run) == ("2026-06-08T13:00:00Z", "2026-05-20T13:00:00Z")
    run.resubmit({"Event": "2026-06-09"})
    assert dues(run) == ("2026-06-08T13:00:00Z", "2026-05-19T13:00:00Z")
    blank = countdown(stage, office).launch(office.ben)
    assert dues(blank) == ("2026-03-11T14:00:00Z", "2026-03-12T14:00:00Z")


@pytest.mark.rule("T-166")
def test_t_s22_shifting_does_not_accumulate(stage: Stage, office: Office) -> None:
    """S22. A rule that shifts a deadline counts from what it was before, or from what was set by hand."""
    steps = [step("Draft"), step("Check", step_type="approval"), step("P", deadline=after(5))]
    drawn = plan(stage, office.ana, *steps)
    drawn.rule(drawn.when("Check", "rejected"), drawn.reopen("Draft"))
    drawn.rule(drawn.when("Draft"), drawn.reopen("Check"))
    drawn.rule(drawn.when("Check", "rejected"), drawn.deadline("P", 2, "days", "from"))
    run = drawn.launch(office.ben)
    assert stage.now == MARCH
    assert run.due("P") == "2026-03-09T14:00:00Z"
    run.complete("Draft")
    for _ in range(2):
        run.complete("Check", is_approved=False)
        run.complete("Draft")
        assert run.due("P") == "2026-03-11T14:00:00Z"
    office.ben.data("PUT", f"/tasks/{run.id_of('P')}", json={"deadline": "2026-03-12T14:00:00Z"})
    run.complete("Check", is_approved=False)
    assert run.due("P") == "2026-03-14T14:00:00Z"
