"""Scenarios S12 and S24 of the templates: what may not be saved, and what may not be taken away."""

from __future__ import annotations

import httpx
import pytest

from tests.api.drawn import asks, step
from tests.api.templating import rules_path, steps_path
from tests.scenarios.people import Office
from tests.scenarios.plan import after, plan
from tests.scenarios.stage import Stage


@pytest.mark.rule("T-135", "T-133", "T-164", "T-139")
def test_t_s12_bad_rules_are_not_saved(stage: Stage, office: Office) -> None:
    """S12. Every slip is 422 and stores nothing; a condition may well have no statement to compare with."""
    drawn = plan(stage, office.ana, step("A", asks("Note")), step("B"), kickoff=[asks("Name")])
    other = plan(stage, office.ana, step("Elsewhere"))
    fine, shows = drawn.when("A"), drawn.show("B")
    without = {key: value for key, value in fine.items() if key != "statement"}
    assigns = drawn.assign("B")
    picked = {"actionable_id": drawn.field("Name"), "actionable_type": "Prerun"}
    days = drawn.deadline("B", 2, "day", "from")
    emits = {"action_type": "webhook", "action_verb": "emit_webhook", "target_step_id": drawn.step("B")["id"]}
    drawn.refused_rule(without, shows)
    drawn.refused_rule(drawn.answer("Note", "completed"), shows)
    drawn.refused_rule(drawn.when("A", "contains"), shows)
    said = drawn.refused_rule(fine, {**shows, "action_verb": "reopen"})
    assert any('"show"' in text and '"hide"' in text for texts in said["errors"].values() for text in texts)
    drawn.refused_rule(fine, days)
    drawn.refused_rule(fine, drawn.deadline("B", 2, "days", "prior_to"))
    drawn.refused_rule(fine, assigns)
    drawn.refused_rule(fine, {**assigns, "actionable_id": drawn.field("Name")})
    drawn.refused_rule(fine, {**assigns, **picked})
    drawn.refused_rule(fine, emits)
    drawn.refused_rule(fine, shows, drawn.hide("B"))
    drawn.refused_rule(fine, {**shows, "target_step_id": other.step("Elsewhere")["id"]})
    assert office.ana.data("GET", f"{drawn.path}?with=automated_actions")["automated_actions"] == []
    rule = drawn.rule({**fine, "statement": None}, shows)
    assert rule["conditions"][0]["statement"] is None
    run = drawn.launch(office.ben)
    assert run.visible() == {"A"}
    run.complete("A")
    assert run.visible() == {"A", "B"}


@pytest.mark.rule("T-044", "T-045", "T-054", "T-179")
def test_t_s24_what_others_depend_on_is_guarded(stage: Stage, office: Office) -> None:
    """S24. Steps and fields that rules or deadlines need stay; a variable of nothing renders as nothing.

    That the editor marks a broken variable comes with the web screens.
    """
    drawn = plan(stage, office.ana, step("A", asks("F")), step("B"), kickoff=[asks("Plan"), asks("Other")])
    ana, path = office.ana, drawn.path
    c_body = {"title": "C", "deadline": after(1, step=drawn.step("B")["id"])}
    c = ana.data("POST", f"{path}/steps", 201, json=c_body)
    rule = drawn.rule(drawn.answer("F", "equals", "x"), drawn.show("B"))
    second = drawn.rule(drawn.answer("Plan", "equals", "x"), drawn.show("B"))
    before = ana.data("GET", f"{path}?with=steps,prerun")

    def refused(answer: httpx.Response, *words: str) -> None:
        assert answer.status_code == 403, answer.text
        assert all(word in answer.text for word in words), answer.text

    refused(ana.delete(steps_path(drawn.template, drawn.step("B"))), "rule")
    a_path = steps_path(drawn.template, drawn.step("A"))
    refused(ana.delete(f"{a_path}/captures/{drawn.field('F')}"), "rule")
    refused(ana.delete(a_path))
    kept = {"id": drawn.field("Other"), "label": "Other", "field_type": "text", "required": False}
    refused(ana.put(path, json={"title": "New", "prerun": [kept]}))
    refused(ana.put(a_path, json={"title": "New", "captures": []}))
    assert ana.data("GET", f"{path}?with=steps,prerun") == before
    for one in (rule, second):
        assert ana.delete(rules_path(drawn.template, one)).is_success
    refused(
        ana.delete(steps_path(drawn.template, drawn.step("B"))),
        "other steps have deadlines that depend on it",
    )
    c_path = steps_path(drawn.template, c)
    ana.data("PATCH", c_path, json={"deadline": after(3)})
    assert ana.delete(steps_path(drawn.template, drawn.step("B"))).is_success
    ana.data("PATCH", c_path, json={"summary": "<p>Ask {{f-1234567}} now</p>"})
    assert drawn.launch(office.ben).task("C")["summary"] == "<p>Ask  now</p>"
