"""What saving a rule refuses: nothing incomplete or contradictory is ever stored."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.templating import Json, add_field, add_rule, make_template, read, rules_path, show, when, wrong
from tests.conftest import Client

DEADLINE: Json = {"value": 1, "unit": "days", "option": "from"}


@pytest.fixture
def template(ada: Client) -> Json:
    """Steps One, Two and Three; a text field on One, and one in the kick-off form."""
    made = make_template(ada, "One", "Two", "Three")
    made["capture"] = add_field(ada, made, made["steps"][0])
    made["kickoff"] = add_field(ada, made, label="Plan")
    return made


def post(
    client: Client, template: Json, conditions: list[Json] | None = None, actions: list[Json] | None = None
) -> httpx.Response:
    one, two, _ = template["steps"]
    body = {
        "automated_alias": "A rule",
        "conditions": conditions if conditions is not None else [when(one)],
        "then_actions": actions if actions is not None else [show(two)],
    }
    return client.post(rules_path(template), json=body)


@pytest.mark.rule("T-133")
def test_a_statement_must_be_present(ada: Client, template: Json) -> None:
    condition = when(template["steps"][0])
    del condition["statement"]
    assert wrong(post(ada, template, [condition])) == {
        "conditions.0.statement": ["The conditions.0.statement field must be present."]
    }
    assert read(ada, template)["automated_actions"] == []


@pytest.mark.rule("T-133", "T-140")
@pytest.mark.parametrize(
    ("key", "value"),
    [("conditionable_id", "f" * 32), ("conditionable_id", None), ("conditionable_type", "Stage"),
     ("operation", "deadline_overdue"), ("operation", None), ("logic", "xor")],
)  # fmt: skip
def test_a_wrong_key_of_a_condition_is_named(ada: Client, template: Json, key: str, value: Any) -> None:
    conditions = [when(template["steps"][0]), {**when(template["steps"][1]), key: value}]
    assert set(wrong(post(ada, template, conditions))) == {f"conditions.1.{key}"}


@pytest.mark.rule("T-133")
def test_a_condition_is_about_a_part_of_this_template(ada: Client, template: Json) -> None:
    other = make_template(ada, "Other")
    field = add_field(ada, other, other["steps"][0])
    for condition in (
        when(other["steps"][0]),
        when(field, "Capture", "equals"),
        when(template["kickoff"], "Capture", "equals"),
        when(template["capture"], "Prerun", "equals"),
        when(template["capture"], "Step"),
    ):
        assert set(wrong(post(ada, template, [condition]))) == {"conditions.0.conditionable_id"}


@pytest.mark.rule("T-136")
@pytest.mark.parametrize("operation", ["completed", "approved", "not_assigned"])
def test_a_step_operation_does_not_fit_a_field(ada: Client, template: Json, operation: str) -> None:
    conditions = [when(template["capture"], "Capture", operation)]
    assert set(wrong(post(ada, template, conditions))) == {"conditions.0.operation"}


@pytest.mark.rule("T-136")
@pytest.mark.parametrize("operation", ["equals", "is_empty", "greater_than"])
def test_a_field_operation_does_not_fit_a_step(ada: Client, template: Json, operation: str) -> None:
    conditions = [when(template["steps"][0], "Step", operation)]
    assert set(wrong(post(ada, template, conditions))) == {"conditions.0.operation"}


@pytest.mark.rule("T-135")
@pytest.mark.parametrize(
    ("kind", "verb", "accepted"),
    [
        ("visibility", "reopen", '"show" or "hide"'),
        ("deadline", "show", '"deadline"'),
        ("status", "complete", '"reopen"'),
        ("assignment", "add", '"assign", "assign_only", "unassign" or "clear_assignees"'),
        ("webhook", "send", '"emit_webhook"'),
    ],
)
def test_a_wrong_pair_names_the_verbs(
    ada: Client, template: Json, kind: str, verb: str, accepted: str
) -> None:
    action = {"action_type": kind, "action_verb": verb, "target_step_id": template["steps"][1]["id"],
              "deadline": DEADLINE, "webhook_url": "https://a.example/x"}  # fmt: skip
    errors = wrong(post(ada, template, actions=[action]))
    assert errors["then_actions.0.action_verb"] == [f"The action verb only accepts {accepted}."]


@pytest.mark.rule("T-135")
def test_there_is_no_action_that_completes(ada: Client, template: Json) -> None:
    action = {"action_type": "complete", "target_step_id": template["steps"][1]["id"]}
    assert set(wrong(post(ada, template, actions=[action]))) == {"then_actions.0.action_type"}
    action = {"action_type": "visibility", "target_step_id": template["steps"][1]["id"]}
    assert set(wrong(post(ada, template, actions=[action]))) == {"then_actions.0.action_verb"}


@pytest.mark.rule("T-134")
@pytest.mark.parametrize("kind", ["visibility", "deadline", "status", "assignment", "webhook"])
def test_every_action_has_a_target_in_the_template(ada: Client, template: Json, kind: str) -> None:
    verbs = {"visibility": "show", "assignment": "clear_assignees"}
    action = {"action_type": kind, "action_verb": verbs.get(kind), "deadline": DEADLINE,
              "webhook_url": "https://a.example/x"}  # fmt: skip
    foreign = make_template(ada, "Other")["steps"][0]["id"]
    for target in ({}, {"target_step_id": None}, {"target_step_id": foreign}, {"target_step_id": "x"}):
        errors = wrong(post(ada, template, actions=[{**action, **target}]))
        assert set(errors) == {"then_actions.0.target_step_id"}


@pytest.mark.rule("T-134", "T-136")
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("value", -1),
        ("value", None),
        ("unit", "day"),
        ("unit", None),
        ("option", "prior_to"),
        ("option", None),
    ],
)
def test_a_rule_deadline_has_its_own_words(ada: Client, template: Json, key: str, value: Any) -> None:
    action = {"action_type": "deadline", "target_step_id": template["steps"][1]["id"],
              "deadline": {**DEADLINE, key: value}}  # fmt: skip
    assert set(wrong(post(ada, template, actions=[action]))) == {f"then_actions.0.deadline.{key}"}
    del action["deadline"][key]
    assert set(wrong(post(ada, template, actions=[action]))) == {f"then_actions.0.deadline.{key}"}


@pytest.mark.rule("T-136")
def test_a_deadline_action_has_a_deadline(ada: Client, template: Json) -> None:
    action = {"action_type": "deadline", "target_step_id": template["steps"][1]["id"]}
    for deadline in ({}, {"deadline": None}, {"deadline": []}):
        assert set(wrong(post(ada, template, actions=[{**action, **deadline}]))) == {
            "then_actions.0.deadline"
        }
    answer = post(ada, template, actions=[{**action, "deadline": DEADLINE}])
    assert answer.json()["data"]["then_actions"][0]["deadline"] == DEADLINE


@pytest.mark.rule("T-136")
def test_a_webhook_action_has_an_address(ada: Client, template: Json) -> None:
    action = {"action_type": "webhook", "target_step_id": template["steps"][1]["id"], "alias_name": "Told"}
    assert wrong(post(ada, template, actions=[action])) == {
        "then_actions.0.webhook_url": ["Please provide a webhook URL for the webhook action."]
    }
    bad = {**action, "webhook_url": "ftp://a.example", "alias_name": "x" * 256}
    assert set(wrong(post(ada, template, actions=[bad]))) == {
        "then_actions.0.webhook_url",
        "then_actions.0.alias_name",
    }
    stored = post(ada, template, actions=[{**action, "webhook_url": "https://a.example/x"}]).json()["data"]
    assert (stored["then_actions"][0]["webhook_url"], stored["then_actions"][0]["alias_name"]) == (
        "https://a.example/x",
        "Told",
    )


@pytest.mark.rule("T-136")
@pytest.mark.parametrize("verbs", [("show", "hide"), ("show", "show")])
def test_a_step_changes_visibility_once(ada: Client, template: Json, verbs: tuple[str, str]) -> None:
    two = template["steps"][1]
    errors = wrong(post(ada, template, actions=[show(two, action_verb=verb) for verb in verbs]))
    assert errors["then_actions.1.target_step_id"] == [
        "Each step can only be targeted once for visibility actions."
    ]


@pytest.mark.rule("T-136")
def test_a_step_changes_its_deadline_once(ada: Client, template: Json) -> None:
    two = template["steps"][1]
    action = {"action_type": "deadline", "target_step_id": two["id"], "deadline": DEADLINE}
    errors = wrong(post(ada, template, actions=[action, action]))
    assert errors["then_actions.0.target_step_id"] == [
        "Each step can only be targeted once for deadline actions."
    ]
    assert post(ada, template, actions=[action, show(two)]).status_code == 201


@pytest.mark.rule("T-136")
def test_a_rule_does_not_reopen_its_own_trigger(ada: Client, template: Json) -> None:
    one, two, _ = template["steps"]
    reopen = {"action_type": "status", "action_verb": "reopen", "target_step_id": one["id"]}
    assert set(wrong(post(ada, template, [when(two), when(one)], [reopen]))) == {
        "then_actions.0.target_step_id"
    }
    rule = add_rule(ada, template, [when(two)], [reopen])
    body = {"conditions": [when(one)]}
    assert set(wrong(ada.put(rules_path(template, rule), json=body))) == {"then_actions.0.target_step_id"}


@pytest.mark.rule("T-137")
def test_a_step_may_show_itself(ada: Client, template: Json) -> None:
    one = template["steps"][0]
    clear = {"action_type": "assignment", "action_verb": "clear_assignees", "target_step_id": one["id"]}
    due = {"action_type": "deadline", "target_step_id": one["id"], "deadline": DEADLINE}
    assert post(ada, template, [when(one)], [show(one), clear, due]).status_code == 201
