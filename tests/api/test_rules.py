"""Automation rules of a template: made, read, changed."""

from __future__ import annotations

import pytest

from stepwell.templates.schemas import RuleShape
from tests.api.templating import (
    Json,
    add_field,
    add_rule,
    make_template,
    read,
    rules_path,
    show,
    when,
    wrong,
)
from tests.conftest import Client
from tests.shapes import shaped

CONDITION_KEYS = {"id", "conditionable_id", "conditionable_type", "operation", "statement", "logic", "position",
                  "column_contains_name"}  # fmt: skip
ACTION_KEYS = {"id", "action_type", "action_verb", "target_step_id", "position", "actionable_id",
               "actionable_type", "deadline", "assignees", "webhook_url", "alias_name"}  # fmt: skip


@pytest.mark.rule("T-132", "T-133", "T-134")
def test_a_rule_is_stored_with_every_key(ada: Client) -> None:
    template = make_template(ada, "One", "Two")
    one, two = template["steps"]
    conditions = [when(one), when(one, operation="not_assigned", statement=None, logic="or")]
    rule = shaped(RuleShape, add_rule(ada, template, conditions, [show(two)]))
    assert (rule["automated_alias"], rule["position"]) == ("A rule", 1)
    assert all(set(condition) == CONDITION_KEYS for condition in rule["conditions"])
    first, second = rule["conditions"]
    assert (first["statement"], first["logic"], first["position"]) == ("any_time", "and", 1)
    assert (second["statement"], second["logic"], second["position"]) == (None, "or", 2)
    (action,) = rule["then_actions"]
    assert set(action) == ACTION_KEYS
    assert (action["action_type"], action["action_verb"], action["target_step_id"]) == (
        "visibility",
        "show",
        two["id"],
    )
    assert shaped(RuleShape, ada.data("GET", rules_path(template, rule))) == rule
    assert ada.data("GET", rules_path(template)) == [rule]
    assert read(ada, template)["automated_actions"] == [rule]


@pytest.mark.rule("T-132", "T-133")
def test_other_words_are_understood(ada: Client) -> None:
    template = make_template(ada, "One", "Two")
    one, two = template["steps"]
    capture, prerun = add_field(ada, template, one), add_field(ada, template, label="Plan")
    body = {
        "alias": "Other words",
        "condition_logic": "or",
        "conditions": [
            when(one, "task"),
            when(capture, "App\\Models\\Capture", "is", statement="x"),
            when(prerun, "kickoff", "is_any_of", statement=["a", "b"], logic="AND"),
            when(prerun, "prerun", "IS_NOT", statement={"id": 1, "text": "x"}),
        ],
        "actions": [{"action_type": "status", "target_step_id": two["id"]}],
    }
    rule = ada.data("POST", rules_path(template), 201, json=body)
    assert rule["automated_alias"] == "Other words"
    assert [(one["conditionable_type"], one["operation"], one["logic"]) for one in rule["conditions"]] == [
        ("Step", "completed", "or"),
        ("Capture", "equals", "or"),
        ("Prerun", "equals_any", "and"),
        ("Prerun", "not_equals", "or"),
    ]
    assert [one["statement"] for one in rule["conditions"]][2:] == [["a", "b"], {"id": 1, "text": "x"}]
    assert rule["then_actions"][0]["action_verb"] == "reopen"


def test_positions_sort_what_they_are_sent_with(ada: Client) -> None:
    template = make_template(ada, "One", "Two", "Three")
    one, two, three = template["steps"]
    conditions = [when(one, position=5), when(two, position=2)]
    rule = add_rule(ada, template, conditions, [show(three, position=9), show(two, position=9)])
    assert [one["conditionable_id"] for one in rule["conditions"]] == [two["id"], one["id"]]
    assert [one["position"] for one in rule["conditions"]] == [1, 2]
    assert [one["target_step_id"] for one in rule["then_actions"]] == [three["id"], two["id"]]


@pytest.mark.rule("T-132")
def test_lists_are_synchronized_by_id(ada: Client) -> None:
    template = make_template(ada, "One", "Two", "Three")
    one, two, three = template["steps"]
    rule = add_rule(ada, template, [when(one), when(two)], [show(two), show(three)])
    kept = {**rule["then_actions"][1], "action_verb": "hide"}
    body = {"then_actions": [kept, show(one), show(two, id="f" * 32)]}
    changed = shaped(RuleShape, ada.data("PUT", rules_path(template, rule), json=body))
    assert changed["conditions"] == rule["conditions"]
    assert changed["automated_alias"] == "A rule"
    first, second, third = sorted(changed["then_actions"], key=lambda action: action["id"] != kept["id"])
    assert (first["id"], first["action_verb"]) == (kept["id"], "hide")
    assert rule["then_actions"][0]["id"] not in (second["id"], third["id"])
    assert third["id"] != "f" * 32
    assert len({first["id"], second["id"], third["id"]}) == 3
    again = ada.data("PUT", rules_path(template, rule), json=changed)
    assert {**again, "last_updated": ""} == {**changed, "last_updated": ""}


@pytest.mark.rule("T-132")
@pytest.mark.parametrize("key", ["automated_alias", "conditions", "then_actions"])
def test_a_rule_has_a_name_conditions_and_actions(ada: Client, key: str) -> None:
    template = make_template(ada, "One", "Two")
    one, two = template["steps"]
    whole: Json = {"automated_alias": "A rule", "conditions": [when(one)], "then_actions": [show(two)]}
    label = key.replace("_", " ")
    for body in ({k: v for k, v in whole.items() if k != key}, {**whole, key: "" if "alias" in key else []}):
        assert wrong(ada.post(rules_path(template), json=body)) == {key: [f"The {label} field is required."]}
    rule = add_rule(ada, template, [when(one)], [show(two)])
    blank = {key: "" if "alias" in key else []}
    assert set(wrong(ada.put(rules_path(template, rule), json=blank))) == {key}
    assert set(wrong(ada.post(rules_path(template), json={**whole, "automated_alias": "x" * 301}))) == {
        "automated_alias"
    }


def test_rules_keep_an_order_without_gaps(ada: Client) -> None:
    template = make_template(ada, "One", "Two")
    one, two = template["steps"]
    for name in ("A", "B", "C"):
        add_rule(ada, template, [when(one)], [show(two)], automated_alias=name)
    add_rule(ada, template, [when(one)], [show(two)], automated_alias="First", position=1)

    def names() -> str:
        rules = read(ada, template)["automated_actions"]
        assert [rule["position"] for rule in rules] == list(range(1, len(rules) + 1))
        return " ".join(rule["automated_alias"] for rule in rules)

    assert names() == "First A B C"
    rules = read(ada, template)["automated_actions"]
    moved = shaped(
        RuleShape, ada.data("PUT", rules_path(template, rules[0], "/reorder"), json={"position": 99})
    )
    assert moved["position"] == 4
    assert names() == "A B C First"
    assert set(wrong(ada.put(rules_path(template, rules[0], "/reorder"), json={}))) == {"position"}
    copy = shaped(RuleShape, ada.data("POST", rules_path(template, rules[1], "/clone"), 201))
    assert copy["automated_alias"] == "A - Copy"
    assert copy["then_actions"][0]["id"] != rules[1]["then_actions"][0]["id"]
    assert names() == "A A - Copy B C First"
    answer = ada.delete(rules_path(template, rules[2]))
    assert (answer.status_code, answer.content) == (204, b"")
    assert names() == "A A - Copy C First"
    assert ada.delete(rules_path(template, rules[2])).status_code == 404


def test_rules_are_for_editors(ada: Client, stan: Client, liv: Client, otto: Client) -> None:
    template = make_template(ada, "One", "Two")
    one, two = template["steps"]
    rule = add_rule(ada, template, [when(one)], [show(two)])
    ada.data("PUT", f"/checklists/{template['id']}", json={"title": "A", "users": [liv.user_id]})
    assert liv.get(rules_path(template, rule)).status_code == 200
    assert otto.get(rules_path(template, rule)).status_code == 404
    for client, status in ((liv, 403), (otto, 404)):
        assert client.post(rules_path(template), json={}).status_code == status
        assert client.put(rules_path(template, rule), json={"position": 0}).status_code == status
        assert client.delete(rules_path(template, rule)).status_code == status
        assert client.post(rules_path(template, rule, "/clone")).status_code == status
        assert client.put(rules_path(template, rule, "/reorder"), json={}).status_code == status
    assert stan.put(rules_path(template, rule), json={"automated_alias": "B"}).status_code == 200
    unknown = {"id": "f" * 32}
    assert ada.get(rules_path(template, unknown)).status_code == 404
    assert ada.put(rules_path(template, unknown), json={}).status_code == 404
