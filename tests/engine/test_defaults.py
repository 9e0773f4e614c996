"""Default content of fields whose text names other answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from stepwell.engine import hand
from stepwell.engine.model import House
from stepwell.engine.reach import reach_of

from .builders import (
    NOW,
    action,
    answering,
    completed,
    condition,
    form_field,
    hexed,
    identity,
    launched,
    rule,
    step,
    task,
    version,
)

CLIENT = form_field("client", prefix="Ms ")


def defaulted(name: str, default: Any, kind: str = "text", **more: Any) -> dict[str, Any]:
    return form_field(name, kind, default_value=default, default_value_enabled=True, **more)


def answer(*fields: dict[str, Any], kickoff: dict[str, Any] | None = None) -> Any:
    """What the last field of a task that is visible from the start holds."""
    process = launched(
        version(step("a", captures=fields), prerun=[CLIENT, form_field("day", "date")], title="Intake"),
        kickoff or {"client": "Lund"},
    )
    return task(process, "a").values.get(fields[-1]["id"])


@pytest.mark.rule("T-076", "P-537", "T-175")
def test_variables_in_a_default_are_resolved_when_it_becomes_an_answer() -> None:
    assert (
        answer(defaulted("t", "{{client}} / {{ TEMPLATE_NAME }} / {{DATE}}"))
        == "Ms Lund / Intake / Jun 10, 2026"
    )
    assert answer(defaulted("t", "{{unknown}}")) is None
    assert answer(defaulted("t", "Re {{unknown}}")) == "Re"
    assert answer(defaulted("t", "{{client}}" * 3), kickoff={"client": "x" * 200}) == (
        "Ms " + "x" * 200 + "Ms " + "x" * 49
    )


@pytest.mark.rule("T-076")
def test_a_field_may_take_over_one_before_it() -> None:
    assert answer(defaulted("first", "{{client}}"), defaulted("second", "To {{first}}")) == "To Ms Lund"


@pytest.mark.rule("T-076")
def test_a_long_text_keeps_its_lines_and_a_rich_one_is_escaped() -> None:
    sent = {"client": "<b>x"}
    assert (
        answer(defaulted("t", "Dear {{client}},\n\nyes", "textarea"), kickoff=sent) == "Dear Ms <b>x,\n\nyes"
    )
    rich = defaulted("t", "<p>Dear {{client}}</p>", "textarea", use_wysiwyg_editor=True)
    assert answer(rich, kickoff=sent) == "<p>Dear Ms &lt;b&gt;x</p>"


@pytest.mark.rule("T-076")
def test_an_address_or_a_date_is_taken_over_only_if_it_is_one() -> None:
    assert answer(defaulted("m", "{{client}}", "email")) is None
    kickoff = {"client": "x", "day": "2026-07-01"}
    assert answer(defaulted("d", "{{day}}", "date"), kickoff=kickoff) == "2026-07-01"
    for other in ("{{client}}", "{{DATE}}", "{{day}} {{day}}", "{{unknown}}"):
        assert answer(defaulted("d", other, "date"), kickoff=kickoff) is None


@pytest.mark.rule("T-076")
def test_kick_off_defaults_take_over_what_was_sent() -> None:
    of = version(step("a"), prerun=[CLIENT, defaulted("greeting", "Hello {{client}}")])
    assert launched(of, {"client": "Lund"}).values[hexed("greeting")] == "Hello Ms Lund"
    assert launched(of).values == {hexed("greeting"): "Hello"}


@pytest.mark.rule("T-076", "P-537")
def test_a_task_that_is_shown_later_takes_over_what_was_answered_by_then() -> None:
    of = version(
        step("a"), step("asks", captures=[form_field("phone")]),
        step("b", hide_by_default=True, captures=[defaulted("call", "Call {{phone}}")]),
        automated_actions=[rule("r", [condition("a", "completed")], [action("show", "b")])],
    )  # fmt: skip
    process = answering(launched(of), "asks", phone="555")
    assert task(process, "b").values == {}
    assert task(completed(process, "a"), "b").values == {hexed("call"): "Call 555"}
    assert identity("asks") in reach_of(of, identity("a")).steps


@pytest.mark.rule("T-076")
def test_a_task_that_is_shown_dates_its_defaults_where_the_organization_is_and_may_name_itself() -> None:
    of = version(
        step("a"),
        step("b", hide_by_default=True,
             captures=[defaulted("day", "today", "date"), defaulted("own", "{{current-task-id}}")]),
    )  # fmt: skip
    process = launched(of)
    b, late = task(process, "b").id, datetime(2026, 6, 11, 3, 0, tzinfo=UTC)
    shown = hand.show(process, b, late, House(zone=ZoneInfo("America/New_York"))).process
    assert task(shown, "b").values == {hexed("day"): "2026-06-10", hexed("own"): b.hex}
    assert (task(shown, "b").shown_at, task(shown, "b").starts_at) == (late, late)
    hard = {"is_soft_start_date": False, "start_date": {"value": 3, "unit": "days"}}
    of = version(step("a"), step("b", hide_by_default=True, **hard))
    again = hand.show(launched(of), task(launched(of), "b").id, late, House()).process
    assert task(again, "b").starts_at == NOW + timedelta(days=3)


@pytest.mark.rule("T-076")
def test_an_answer_that_is_there_stays_when_the_task_is_shown_and_nothing_else_is_answered() -> None:
    fields = [defaulted("f", "x"), defaulted("g", "y"), form_field("h")]
    process = launched(version(step("a"), step("b", hide_by_default=True, captures=fields)))
    process = answering(process, "b", f="mine")
    shown = hand.show(process, task(process, "b").id, NOW, House()).process
    assert task(shown, "b").values == {hexed("f"): "mine", hexed("g"): "y"}


@pytest.mark.rule("T-076")
@pytest.mark.parametrize(("default", "answered"), [("x", True), ("{{client}}", False)])
def test_a_default_answers_what_is_required_when_the_task_is_shown(default: str, answered: bool) -> None:
    field = defaulted("f", default, required=True)
    of = version(step("a"), step("b", hide_by_default=True, captures=[field]), prerun=[form_field("client")])
    process = launched(of)
    assert not task(process, "b").answered
    assert task(hand.show(process, task(process, "b").id, NOW, House()).process, "b").answered is answered
