"""The scenarios of the specification about rules, each told as it stands there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from stepwell.engine import hand
from stepwell.engine.completion import complete, save_answers
from stepwell.engine.kickoff import complete_kickoff, reopen_kickoff, save_kickoff
from stepwell.engine.model import People, Process, ProcessStatus, Refused

from .builders import (
    ADA,
    BY_ADA,
    HOUSE,
    LIV,
    NOW,
    PEOPLE,
    STAN,
    THE_CLOCK,
    action,
    answering,
    completed,
    condition,
    form_field,
    hexed,
    launched,
    launched_change,
    reopened,
    rule,
    step,
    task,
    version,
)  # fmt: skip


def shows(name: str, target: str, *conditions: dict[str, Any]) -> dict[str, Any]:
    return rule(name, list(conditions), [action("show", target)])


def on_kickoff(field: str, operation: str, statement: Any = None, **more: Any) -> dict[str, Any]:
    return condition(field, operation, statement, "Prerun", **more)


def on_answer(field: str, operation: str, statement: Any = None) -> dict[str, Any]:
    return condition(field, operation, statement, "Capture")


def visible(process: Process) -> set[str]:
    return {one.title for one in process.tasks.values() if one.visible}


def choice(name: str, *texts: str, kind: str = "radio") -> dict[str, Any]:
    return form_field(
        name, kind, options=[{"id": place, "text": text} for place, text in enumerate(texts, 1)]
    )


@pytest.mark.rule("T-145", "P-391")
@pytest.mark.parametrize(
    ("country", "amount", "vip", "seen"),
    [("DE", "10", "No", False), ("DE", "10", "Yes", True), ("US", "5000", "No", False), ("US", "5000", "Yes", True)],
)  # fmt: skip
def test_scenario_s1_and_or_is_a_left_fold(country: str, amount: str, vip: str, seen: bool) -> None:
    of = version(
        step("Review"),
        step("Other"),
        prerun=[
            choice("Country", "US", "DE", kind="dropdown"),
            form_field("Amount", field_validation=["numeric"]),
            choice("VIP", "Yes", "No"),
        ],
        automated_actions=[
            shows(
                "r", "Review",
                on_kickoff("Country", "equals", "DE", logic="or"),
                on_kickoff("Amount", "greater_than", "1000", logic="or"),
                on_kickoff("VIP", "equals", "Yes", logic="and"),
            )
        ],
    )  # fmt: skip
    process = launched(of, {"Country": country, "Amount": amount, "VIP": vip})
    assert ("Review" in visible(process)) is seen


@pytest.mark.rule("T-157", "T-146", "T-144", "T-151")
def test_scenario_s2_a_show_rule_hides_at_launch_and_the_launch_looks_at_kickoff_rules_only() -> None:
    of = version(
        step("A", captures=[form_field("F")]),
        *(step(name) for name in "BCD"),
        prerun=[choice("Plan", "Silver", "Gold", kind="dropdown")],
        automated_actions=[
            shows("1", "B", condition("A", "completed")),
            shows("2", "C", on_kickoff("Plan", "equals", "Gold")),
            shows("3", "D", on_answer("F", "is_empty")),
        ],
    )
    change = launched_change(of, {"Plan": "Silver"})
    assert visible(change.process) == {"A"}
    [row] = [event for event in change.events if event.kind == "execution"]
    assert (row.verb, row.new["alias"]) == ("execution_fail", "2")
    assert visible(launched(of, {"Plan": "Gold"})) == {"A", "C"}


@pytest.mark.rule("T-147", "T-149", "T-153")
def test_scenario_s3_saving_does_not_trigger_completing_does() -> None:
    of = version(
        step("1", captures=[choice("Entity", "Corporation", "LLC")]),
        step("Bylaws"),
        step("Agreement"),
        automated_actions=[
            shows("r1", "Bylaws", on_answer("Entity", "equals", "Corporation")),
            shows("r2", "Agreement", on_answer("Entity", "equals", "LLC")),
        ],
    )
    process = answering(launched(of), "1", Entity="Corporation")
    assert visible(process) == {"1"}
    process = completed(answering(process, "1", Entity="LLC"), "1")
    assert visible(process) == {"1", "Agreement"}
    process = completed(answering(reopened(process, "1"), "1", Entity="Corporation"), "1")
    assert visible(process) == {"1", "Agreement", "Bylaws"}


@pytest.mark.rule("T-058", "T-149", "T-153", "P-390")
def test_scenario_s4_corrected_kickoff_form() -> None:
    of = version(
        *(step(name) for name in ("1", "Bylaws", "Agreement")),
        prerun=[choice("Entity", "Corporation", "LLC")],
        automated_actions=[
            shows("r1", "Bylaws", on_kickoff("Entity", "equals", "Corporation")),
            shows("r2", "Agreement", on_kickoff("Entity", "equals", "LLC")),
        ],
    )
    process = launched(of, {"Entity": "Corporation"})
    assert visible(process) == {"1", "Bylaws"}
    opened = reopen_kickoff(process, NOW).process
    unchanged = complete_kickoff(opened, BY_ADA, NOW, HOUSE, PEOPLE)
    assert visible(unchanged.process) == {"1", "Bylaws"}
    assert not [event for event in unchanged.events if event.verb == "executed"]
    corrected = complete_kickoff(opened, BY_ADA, NOW, HOUSE, PEOPLE, {"Entity": "LLC"}).process
    assert visible(corrected) == {"1", "Bylaws", "Agreement"}


@pytest.mark.rule("T-086", "T-157")
def test_scenario_s5_decide_wait_continue() -> None:
    of = version(
        step("1", step_type="approval"),
        step("2"),
        step("3"),
        automated_actions=[
            shows("yes", "3", condition("1", "approved")),
            shows("no", "2", condition("1", "rejected")),
            shows("go on", "3", condition("2", "completed")),
        ],
    )
    process = launched(of)
    with pytest.raises(Refused):
        completed(process, "1")
    approved = completed(process, "1", is_approved=True)
    assert visible(approved) == {"1", "3"}
    assert completed(approved, "3").status is ProcessStatus.COMPLETE
    rejected = completed(process, "1", is_approved=False)
    assert visible(rejected) == {"1", "2"}
    assert visible(completed(rejected, "2")) == {"1", "2", "3"}


@pytest.mark.rule("T-161")
def test_scenario_s6_manual_choice_beats_rules() -> None:
    of = version(
        *(step(name) for name in "ABT"),
        automated_actions=[
            shows("show", "T", condition("A", "completed")),
            rule("hide", [condition("B", "completed")], [action("hide", "T")]),
        ],
    )
    process = completed(launched(of), "A")
    assert "T" in visible(process)
    by_hand = hand.hide(process, task(process, "T").id, NOW).process
    again = completed(reopened(by_hand, "A"), "A")
    assert "T" not in visible(again)
    assert len(again.fired) == 1
    process = launched(of)
    shown = hand.show(process, task(process, "T").id, NOW, HOUSE).process
    assert "T" in visible(completed(shown, "B"))


@pytest.mark.rule("T-144", "P-391")
def test_scenario_s7_blank_values_and_negative_operators() -> None:
    of = version(
        step("1", captures=[form_field("Note")]),
        *(step(name) for name in "XYZ"),
        prerun=[choice("Region", "EU", "US", kind="dropdown")],
        automated_actions=[
            shows("R1", "X", on_answer("Note", "not_contains", "urgent")),
            shows("R2", "Y", on_kickoff("Region", "not_equals", "EU")),
            shows("R3", "Z", on_answer("Note", "is_empty")),
        ],
    )
    process = launched(of)
    assert visible(process) == {"1", "Y"}
    assert visible(completed(process, "1")) == {"1", "X", "Y", "Z"}
    hidden = hand.hide(process, task(process, "1").id, NOW).process
    assert visible(hidden) == {"Y"}


@pytest.mark.rule("T-079", "T-056", "T-142", "T-078")
def test_scenario_s8_choice_values() -> None:
    of = version(
        *(step(name) for name in ("1", "Call", "Letter")),
        prerun=[choice("Channels", "Mail", "Phone", "Fax", kind="multiselect")],
        automated_actions=[
            shows("r", "Call", on_kickoff("Channels", "equals_any", ["PHONE", "Fax"])),
            shows("s", "Letter", on_kickoff("Channels", "equals", "Mail")),
        ],
    )
    mail, phone = {"id": 1, "text": "Mail", "selected": True}, {"id": 2, "text": "Phone"}
    both = launched(of, {"Channels": [mail, {**phone, "selected": True}]})
    assert visible(both) == {"1", "Call", "Letter"}
    assert visible(launched(of, {"Channels": [phone]})) == {"1"}
    with pytest.raises(Refused):
        launched(of, {"Channels": [{"id": 2, "text": "phone", "selected": True}]})


@pytest.mark.rule("T-143")
@pytest.mark.parametrize(
    ("amount", "seen"),
    [("10000", False), ("10000.01", True), ("$10,500", True), ("about 20000", False), (None, False)],
)
def test_scenario_s9_numbers(amount: str | None, seen: bool) -> None:
    of = version(
        step("1", captures=[form_field("Amount", prefix="$")]),
        step("CFO"),
        step("Little"),
        automated_actions=[
            shows("r", "CFO", on_answer("Amount", "greater_than", "10000")),
            shows("s", "Little", on_answer("Amount", "less_than", "1")),
        ],
    )
    process = launched(of)
    if amount is not None:
        process = answering(process, "1", Amount=amount)
    process = completed(process, "1")
    assert visible(process) == ({"1", "CFO"} if seen else {"1"})
    checked = version(step("1", captures=[form_field("Amount", prefix="$", field_validation=["numeric"])]))
    if amount is not None and not amount[0].isdigit():
        blank = launched(checked)
        with pytest.raises(Refused):
            save_answers(blank, task(blank, "1").id, {"Amount": amount}, NOW, PEOPLE)


@pytest.mark.rule("T-088", "T-163", "T-122", "T-138")
def test_scenario_s11_completed_targets_are_left_alone() -> None:
    def due(days: int, base: str = "") -> dict[str, Any]:
        return {"value": days, "unit": "days", "option": "from", "step": hexed(base) if base else "start_run"}

    def escalating(deadline: dict[str, Any]) -> Process:
        assign = action("assign", "Post", "assignment", assignees={"users": [LIV]})
        return launched(version(
            step("Post", deadline=due(5), assignees=[STAN]),
            step("Escalate", step_type="expiring", deadline=deadline),
            automated_actions=[
                rule("late", [condition("Escalate", "expired")], [assign]),
                rule("done", [condition("Escalate", "completed")], [action("hide", "Post")]),
            ],
        ))  # fmt: skip

    process = escalating(due(6))
    sixth_day = NOW + timedelta(days=6)
    posted = completed(process, "Post", at=NOW + timedelta(days=4))
    ended = complete(posted, task(posted, "Escalate").id, THE_CLOCK, sixth_day, HOUSE, PEOPLE).process
    assert (task(ended, "Escalate").expired, task(ended, "Escalate").completer_id) == (True, None)
    assert task(ended, "Post") == task(posted, "Post")
    open_still = complete(process, task(process, "Escalate").id, THE_CLOCK, sixth_day, HOUSE, PEOPLE).process
    assert task(open_still, "Post").people == People((STAN, LIV))
    assert task(open_still, "Post").visible
    assert task(escalating(due(1, "Post")), "Escalate").deadline is None


@pytest.mark.rule("P-362", "P-366", "P-392")
def test_scenario_s_07_manual_visibility_beats_rules() -> None:
    of = version(
        step("A"),
        step("Q", assignees=[STAN]),
        prerun=[choice("Country", "Norway", "Spain")],
        automated_actions=[
            shows("show", "Q", on_kickoff("Country", "equals", "Norway")),
            rule("hide", [condition("A", "completed")], [
                action("hide", "Q"),
                action("assign", "Q", "assignment", assignees={"users": [ADA]}),
                action("deadline", "Q", "deadline", deadline={"value": 1, "unit": "days", "option": "from"}),
            ]),
        ],
    )  # fmt: skip

    def moved(process: Process, country: str) -> Process:
        return save_kickoff(process, {"Country": country}, NOW, HOUSE, PEOPLE).process

    process = launched(of, {"Country": "Norway"})
    spain = moved(process, "Spain")
    assert "Q" in visible(spain)
    hidden = hand.hide(spain, task(spain, "Q").id, NOW).process
    assert "Q" not in visible(moved(hidden, "Norway"))
    shown = hand.show(hidden, task(hidden, "Q").id, NOW, HOUSE).process
    assert "Q" in visible(completed(shown, "A"))
    done = completed(process, "Q")
    assert task(completed(done, "A"), "Q") == task(done, "Q")
