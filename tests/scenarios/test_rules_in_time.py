"""Scenarios S3 to S6, S10 and S11 of the templates: what rules do as work goes on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.api.drawn import asks, reasons, step
from tests.scenarios.people import MARCH, Office
from tests.scenarios.plan import Plan, after, chooses, plan
from tests.scenarios.stage import Stage

ENTITY = chooses("Entity", "radio", "Corporation", "LLC")


def with_papers(drawn: Plan) -> Plan:
    drawn.rule(drawn.answer("Entity", "equals", "Corporation"), drawn.show("Bylaws"))
    drawn.rule(drawn.answer("Entity", "equals", "LLC"), drawn.show("Agreement"))
    return drawn


@pytest.mark.rule("T-147", "T-149", "T-153")
def test_t_s03_saving_does_not_trigger_and_completing_does(stage: Stage, office: Office) -> None:
    """S3. A rule looks at what is saved when its step is completed; what it showed stays."""
    steps = [step("First", ENTITY), step("Bylaws"), step("Agreement")]
    run = with_papers(plan(stage, office.ana, *steps)).launch(office.ben)
    run.save("First", Entity="Corporation")
    assert run.visible() == {"First"}
    run.save("First", Entity="LLC")
    run.complete("First")
    assert run.visible() == {"First", "Agreement"}
    run.redo("First", Entity="Corporation")
    assert run.visible() == {"First", "Bylaws", "Agreement"}


@pytest.mark.rule("T-058", "T-149", "T-153")
def test_t_s04_a_corrected_kickoff_form_fires_the_rules_about_what_changed(
    stage: Stage, office: Office
) -> None:
    """S4. Submitting the same again fires nothing; another answer does, and takes nothing back."""
    steps = [step("First"), step("Bylaws"), step("Agreement")]
    drawn = with_papers(plan(stage, office.ana, *steps, kickoff=[ENTITY]))
    run = drawn.launch(office.ben, {"Entity": "Corporation"})
    assert run.visible() == {"First", "Bylaws"}

    def fired() -> int:
        return len([row for row in run.log() if row["verb"] == ["executed"]])

    before = fired()
    run.resubmit()
    run.resubmit({"Entity": "Corporation"})
    assert (run.visible(), fired()) == ({"First", "Bylaws"}, before)
    run.resubmit({"Entity": "LLC"})
    assert run.visible() == {"First", "Bylaws", "Agreement"}
    assert fired() == before + 1


@pytest.mark.rule("T-086", "T-157")
def test_t_s05_decide_wait_continue(stage: Stage, office: Office) -> None:
    """S5. An approval leads one way or the other, and never without a decision."""
    steps = [step("Ready?", step_type="approval"), step("Prepare"), step("Continue")]
    drawn = plan(stage, office.ana, *steps)
    drawn.rule(drawn.when("Ready?", "approved"), drawn.show("Continue"))
    drawn.rule(drawn.when("Ready?", "rejected"), drawn.show("Prepare"))
    drawn.rule(drawn.when("Prepare"), drawn.show("Continue"))
    approved = drawn.launch(office.ben)
    assert approved.visible() == {"Ready?"}
    approved.complete("Ready?", is_approved=True)
    assert approved.visible() == {"Ready?", "Continue"}
    approved.complete("Continue")
    assert approved.visible() == {"Ready?", "Continue"}
    assert approved.now()["status"] == "complete"
    rejected = drawn.launch(office.ben)
    body = {"task_id": rejected.id_of("Ready?")}
    before = rejected.task("Ready?")
    refused = reasons(office.ben, "POST", f"{rejected.path}/completed-tasks", json=body)
    assert refused == {"is_approved": ["The is approved field is required."]}
    assert (rejected.task("Ready?"), rejected.visible()) == (before, {"Ready?"})
    rejected.complete("Ready?", is_approved=False)
    assert rejected.visible() == {"Ready?", "Prepare"}
    rejected.complete("Prepare")
    assert rejected.visible() == {"Ready?", "Prepare", "Continue"}


@pytest.mark.rule("T-161")
def test_t_s06_a_manual_choice_beats_rules(stage: Stage, office: Office) -> None:
    """S6. What somebody hid or showed by hand, no rule shows or hides; the rule has fired all the same."""
    drawn = plan(stage, office.ana, step("A"), step("B"), step("T"))
    drawn.rule(drawn.when("A"), drawn.show("T"))
    drawn.rule(drawn.when("B"), drawn.hide("T"))
    run = drawn.launch(office.ben)
    assert run.visible() == {"A", "B"}
    run.complete("A")
    assert run.visible() == {"A", "B", "T"}
    run.hide("T")
    run.redo("A")
    assert run.visible() == {"A", "B"}
    assert [row["verb"] for row in run.log() if row["type"] == ["execution"]] == [["executed"]] * 2
    other = drawn.launch(office.ben)
    other.show("T")
    other.complete("B")
    assert other.visible() == {"A", "B", "T"}


@pytest.mark.rule("T-168", "T-149", "T-148")
def test_t_s10_rejection_loop(stage: Stage, office: Office) -> None:
    """S10. A rejected draft comes back with its answers, again and again, until it is approved.

    That the assignees are told comes with notifications.
    """
    steps = [step("Draft", asks("Text")), step("Check", step_type="approval"), step("Publish")]
    drawn = plan(stage, office.ana, *steps)
    drawn.rule(drawn.when("Check", "rejected"), drawn.reopen("Draft"))
    drawn.rule(drawn.when("Draft"), drawn.reopen("Check"))
    drawn.rule(drawn.when("Check", "approved"), drawn.show("Publish"))
    run = drawn.launch(office.ben)
    run.save("Draft", Text="Once upon a time")
    first = run.complete("Draft")["data"]
    assert first["tasks_changed_by_rules"] == {}, "the check is open: there is nothing to reopen"
    for _ in range(2):
        run.complete("Check", is_approved=False)
        draft = run.task("Draft")
        assert draft["status"] == "in-progress"
        assert draft["taskdata"][drawn.field("Text")] == "Once upon a time"
        assert run.visible() == {"Draft", "Check"}
        assert run.task("Check")["status"] == "completed"
        run.complete("Draft")
        check = run.task("Check")
        assert (check["status"], check["is_approved"]) == ("in-progress", None)
        assert run.visible() == {"Draft", "Check"}
    run.complete("Check", is_approved=True)
    assert run.visible() == {"Draft", "Check", "Publish"}
    drawn.refused_rule(drawn.when("Draft"), drawn.reopen("Draft"))


def escalating(stage: Stage, office: Office) -> Plan:
    steps = [
        step("Post entries", deadline=after(5), assignees=[office.ben.user_id]),
        step("Escalate", step_type="expiring", deadline=after(6)),
        step("Report"),
    ]
    drawn = plan(stage, office.ana, *steps)
    drawn.rule(drawn.when("Escalate", "expired"), drawn.assign("Post entries", users=[office.dee.user_id]))
    drawn.rule(drawn.when("Escalate"), drawn.show("Report"))
    return drawn


@pytest.mark.rule("T-088", "T-163", "T-122", "T-138")
def test_t_s11_completed_targets_are_left_alone(stage: Stage, office: Office) -> None:
    """S11. An escalation adds somebody to what is still open, and to nothing that is done or held.

    That Dee gets one mail comes with notifications.
    """
    drawn = escalating(stage, office)
    run, still_open = drawn.launch(office.ben), drawn.launch(office.ben)
    stage.now = MARCH + timedelta(days=4)
    run.complete("Post entries")
    assert stage.check_run(office.ana, MARCH + timedelta(days=6, hours=-2)) == 0
    assert stage.check_run(office.ana, MARCH + timedelta(days=6, minutes=5)) == 2
    ended = run.task("Escalate")
    assert (ended["status"], ended["status_label"], ended["completer_id"]) == ("completed", "expired", None)
    [row] = [row for row in run.log("Escalate") if row["verb"] == ["completed"]]
    assert row["source"] == ["Bot"]
    assert "Report" not in run.visible()
    assert run.people("Post entries")[0] == [office.ben.user_id]
    assert still_open.people("Post entries")[0] == [office.ben.user_id, office.dee.user_id]
    held = plan(stage, office.ana, step("Post entries", deadline=after(5)))
    body = {
        "title": "Escalate",
        "step_type": "expiring",
        "deadline": after(1, step=held.step("Post entries")["id"]),
    }
    office.ana.data("POST", f"{held.path}/steps", 201, json=body)
    waiting = held.launch(office.ben)
    assert waiting.due("Escalate") is None
    assert stage.check_run(office.ana, MARCH + timedelta(days=400)) == 0
    assert waiting.task("Escalate")["status"] != "completed"
