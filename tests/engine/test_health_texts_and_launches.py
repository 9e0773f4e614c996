"""Variables that stand for nothing yet, launches that nobody is there for, and how fast all of it is checked."""

from __future__ import annotations

import time

import pytest

from stepwell.engine.health.examination import examine, is_healthy
from stepwell.engine.health.findings import Examined, FollowUp, Text

from .builders import identity
from .health import answers, asks, assigned, done, findings, form_field, hexed, shows, version

OF = version(
    assigned("a", position=1, captures=[form_field("early")]),
    assigned("b", position=2, captures=[form_field("own")]),
    assigned("c", position=3, captures=[form_field("late")]),
    assigned("n", position=4, hide_by_default=True, captures=[form_field("never")]),
    assigned("last", position=5),
    prerun=[form_field("client")],
)


def used(text: str, step: str | None = "b") -> list[tuple[str, str, str]]:
    texts = (Text(None if step is None else identity(step), "The title of “b”", text),)
    found = findings(OF, "unknown_variable", "later_variable", texts=texts)
    return [(one.severity, one.code, one.message) for one in found]


@pytest.mark.rule("T-179")
def test_a_variable_that_no_field_has_is_told_once() -> None:
    assert used("{{gone}} and {{ gone }}") == [
        (
            "medium",
            "unknown_variable",
            "The title of “b” uses the variable “{{gone}}”, but no field has this name: it stays empty.",
        )
    ]


@pytest.mark.rule("T-175")
@pytest.mark.parametrize(
    ("text", "severity", "why"),
    [
        ("{{late}}", "medium", "“late”, which is given only later, in “c”."),
        ("{{own}}", "low", "“own”, which is given only in this step."),
        ("{{never}}", "medium", "“never”, but the step “n” can never be shown."),
    ],
)
def test_a_variable_that_has_no_answer_yet_is_told(text: str, severity: str, why: str) -> None:
    ((found, code, message),) = used(text)
    assert (found, code) == (severity, "later_variable")
    assert message.endswith(why)


def test_outside_of_steps_only_the_kickoff_form_is_answered() -> None:
    assert [code for _, code, _ in used("{{early}} {{client}}", None)] == ["later_variable"]


@pytest.mark.rule("T-174")
def test_answers_that_are_there_and_the_systems_own_words_are_fine() -> None:
    assert used("{{client}} {{early}} {{ DATE }} {{template_name}} {{current-task-id}} {{}} {single}") == []


def test_a_follow_up_that_fails_is_told() -> None:
    archived = FollowUp(step_id=identity("a"), title="Audit", why_not="it is archived")
    (found,) = findings(OF, "follow_up_cannot_launch", follow_ups=(archived,))
    assert found.message == "When the step “a” is completed, “Audit” should be launched, but it is archived."
    asks_much = FollowUp(step_id=identity("a"), title="Audit", required=("Year", "Branch"))
    (found,) = findings(OF, "follow_up_needs_answers", follow_ups=(asks_much,))
    assert "requires “Year” and “Branch”" in found.message
    fine = FollowUp(step_id=identity("a"), title="Audit")
    assert findings(OF, "follow_up_cannot_launch", "follow_up_needs_answers", follow_ups=(fine,)) == []


def test_a_form_that_nobody_answers_is_told() -> None:
    required = form_field("year", required=True)
    (found,) = findings(version(assigned("a"), prerun=[required]), launched_by=("Closing",))
    assert (found.severity, found.code) == ("high", "launched_without_answers")
    assert [one.label for one in found.related] == ["year"]
    with_default = {**required, "default_value": "2026", "default_value_enabled": True}
    for fine in ([with_default], [form_field("year")], []):
        assert findings(version(assigned("a"), prerun=fine), launched_by=("Closing",)) == []
    assert findings(version(assigned("a"), prerun=[required])) == []


def test_the_worst_comes_first_and_what_is_merely_told_is_healthy() -> None:
    found = examine(Examined(version=OF))
    assert [one.severity for one in found] == ["high", "info"]
    assert not is_healthy(found)
    assert is_healthy(examine(Examined(version=version(assigned("a")))))


def test_two_hundred_steps_and_five_hundred_rules_are_checked_in_a_moment() -> None:
    names = [f"s{number}" for number in range(200)]
    steps = [
        assigned(name, captures=[form_field(f"f{name}", "dropdown")], position=place,
                 deadline={"value": 1, "unit": "days", "option": "from", "step": hexed(names[max(place - 2, 0)])})
        for place, name in enumerate(names, start=1)
    ]  # fmt: skip
    rules = []
    for number in range(500):
        before, after = names[number % 199], names[number % 199 + 1]
        color = answers(f"f{before}", "equals", ("Red", "Blue")[number % 2])
        or_else = asks("k", "contains", f"{number}", logic="or")
        verb = "hide" if number % 7 == 0 else "show"
        rules.append(shows(after, done(before), color, or_else, name=f"r{number}", verb=verb))
    big = Examined(version=version(*steps, prerun=[form_field("k")], automated_actions=rules))
    took = []
    for _ in range(5):
        start = time.process_time()
        assert examine(big)
        took.append(time.process_time() - start)
    assert min(took) < 0.4  # a quarter of that on a machine that has nothing else to do
