"""Scenarios S1, S2, S7, S8 and S9 of the templates: when a rule's conditions hold."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.drawn import asks, reasons, step
from tests.scenarios.people import Office
from tests.scenarios.plan import Plan, chooses, chosen, plan
from tests.scenarios.stage import Stage

COUNTRIES = chooses("Country", "dropdown", "US", "DE")
VIP = chooses("VIP", "radio", "Yes", "No")


@pytest.mark.rule("T-145")
@pytest.mark.parametrize(
    ("country", "amount", "vip", "seen"),
    [("DE", "10", "No", False), ("DE", "10", "Yes", True), ("US", "5000", "No", False), ("US", "5000", "Yes", True)],
)  # fmt: skip
def test_t_s01_and_or_is_a_left_fold(
    stage: Stage, office: Office, country: str, amount: str, vip: str, seen: bool
) -> None:
    """S1. Conditions are joined from left to right, and the first one's own word changes nothing."""
    amounts = asks("Amount", field_validation=["numeric"])
    drawn = plan(stage, office.ana, step("Other"), step("Review"), kickoff=[COUNTRIES, amounts, VIP])
    drawn.rule(
        [
            drawn.answer("Country", "equals", "DE", logic="or"),
            drawn.answer("Amount", "greater_than", "1000", logic="or"),
            drawn.answer("VIP", "equals", "Yes", logic="and"),
        ],
        drawn.show("Review"),
    )
    country_id = {"US": 1, "DE": 2}[country]
    run = drawn.launch(office.ben, {"Country": chosen(country_id, country), "Amount": amount, "VIP": vip})
    assert ("Review" in run.visible()) is seen


@pytest.mark.rule("T-157", "T-146", "T-144", "T-151")
def test_t_s02_a_show_rule_hides_at_launch_and_only_kickoff_rules_are_looked_at(
    stage: Stage, office: Office
) -> None:
    """S2. What rules may show is hidden at first; the launch evaluates kick-off rules alone."""
    dee = [office.dee.user_id]
    steps = [step("A", asks("F")), *(step(title, assignees=dee) for title in "BCD")]
    drawn = plan(stage, office.ana, *steps, kickoff=[chooses("Plan", "dropdown", "Silver", "Gold")])
    drawn.rule(drawn.when("A"), drawn.show("B"))
    drawn.rule(drawn.answer("Plan", "equals", "Gold"), drawn.show("C"))
    drawn.rule(drawn.answer("F", "is_empty"), drawn.show("D"))
    run = drawn.launch(office.ben, {"Plan": chosen(1, "Silver")})
    assert run.visible() == {"A"}
    hidden = [task["status"] for title, task in run.tasks().items() if title in "BCD"]
    assert hidden == ["auto-skipped"] * 3
    assert run.now()["progress"] == {"complete": 0, "total": 1, "percent": 0}
    stage.work()
    assert office.dee.email not in [to for _, to in stage.mails(office.ana)]
    [row] = [row for row in run.log() if row["type"] == ["execution"]]
    assert row["verb"] == ["execution_fail"]
    assert list(row["audit_state"]["actions"]) == [run.id_of("C")]
    assert drawn.launch(office.ben, {"Plan": chosen(2, "Gold")}).visible() == {"A", "C"}


def blank_answers(stage: Stage, office: Office) -> Plan:
    steps = [step("First", asks("Note")), step("X"), step("Y"), step("Z"), step("Other")]
    drawn = plan(stage, office.ana, *steps, kickoff=[chooses("Region", "dropdown", "EU", "US")])
    drawn.rule(drawn.answer("Note", "not_contains", "urgent"), drawn.show("X"))
    drawn.rule(drawn.answer("Region", "not_equals", "EU"), drawn.show("Y"))
    drawn.rule(drawn.answer("Note", "is_empty"), drawn.show("Z"))
    return drawn


@pytest.mark.rule("T-144")
def test_t_s07_a_blank_answer_meets_negative_conditions_once_its_form_was_done(
    stage: Stage, office: Office
) -> None:
    """S7. A field of a step that was not completed meets no condition, not even a negative one."""
    drawn = blank_answers(stage, office)
    run = drawn.launch(office.ben)
    assert run.visible() == {"First", "Y", "Other"}
    run.complete("First")
    assert run.visible() == {"First", "X", "Y", "Z", "Other"}
    other = drawn.launch(office.ben)
    other.hide("First")
    other.complete("Y")
    other.complete("Other")
    assert not {"X", "Z"} & other.visible()


def channels(stage: Stage, office: Office, **columns: Any) -> Plan:
    kickoff = [chooses("Channels", "multiselect", "Mail", "Phone", "Fax", **columns), asks("Else")]
    first = step("First", summary="<p>Reached by {{channels}}.</p>")
    drawn = plan(stage, office.ana, first, step("Call"), step("Letter"), kickoff=kickoff)
    drawn.rule(drawn.answer("Channels", "equals_any", ["Phone", "Fax"]), drawn.show("Call"))
    drawn.rule(drawn.answer("Channels", "equals", "Mail"), drawn.show("Letter"))
    return drawn


@pytest.mark.rule("T-079", "T-056", "T-142", "T-078")
def test_t_s08_only_selected_choices_count_and_their_text_must_match(stage: Stage, office: Office) -> None:
    """S8. `equals` means one of the chosen; an entry that is not selected is no answer."""
    drawn = channels(stage, office, alias="channels")
    both = [chosen(1, "Mail", selected=True), chosen(2, "Phone", selected=True)]
    assert drawn.launch(office.ben, {"Channels": both}).visible() == {"First", "Call", "Letter"}
    unselected = drawn.launch(office.ben, {"Channels": [chosen(2, "Phone")]})
    assert unselected.visible() == {"First"}
    assert unselected.task("First")["summary"] == "<p>Reached by .</p>"
    required = channels(stage, office, required=True)
    body = {"checklist_id": required.drawn.id, "prerun": required.prerun({"Channels": [chosen(2, "Phone")]})}
    [(_, said)] = reasons(office.ben, "POST", "/runs", json=body).items()
    assert said == ["Channels is required"]
    wrong = drawn.prerun({"Channels": [chosen(2, "phone", selected=True)]})
    reasons(office.ben, "POST", "/runs", json={"checklist_id": drawn.drawn.id, "prerun": wrong})
    shouting = plan(stage, office.ana, step("First"), step("Call"),
                    kickoff=[chooses("Channels", "multiselect", "Mail", "Phone")])  # fmt: skip
    shouting.rule(shouting.answer("Channels", "equals", "PHONE"), shouting.show("Call"))
    assert "Call" in shouting.launch(office.ben, {"Channels": [chosen(2, "Phone", selected=True)]}).visible()


@pytest.mark.rule("T-143")
def test_t_s09_numbers_are_compared_as_numbers(stage: Stage, office: Office) -> None:
    """S9. What is no number is neither greater nor less than one."""
    steps = [step("First", asks("Amount", prefix="$")), step("CFO"), step("Small")]
    drawn = plan(stage, office.ana, *steps)
    drawn.rule(drawn.answer("Amount", "greater_than", "10000"), drawn.show("CFO"))
    drawn.rule(drawn.answer("Amount", "less_than", "1"), drawn.show("Small"))
    wanted = {"10000": False, "10000.01": True, "$10,500": True, "about 20000": False, "": False}
    for amount, seen in wanted.items():
        run = drawn.launch(office.ben)
        run.save("First", Amount=amount)
        run.complete("First")
        assert ("CFO" in run.visible()) is seen, amount
        assert "Small" not in run.visible()
    strict = plan(stage, office.ana, step("First", asks("Amount", prefix="$", field_validation=["numeric"])))
    run = strict.launch(office.ben)
    for amount in ("$10,500", "about 20000"):
        run.save("First", Amount=amount, status=422)
