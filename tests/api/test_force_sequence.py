"""The switch that shows each step after the one before it."""

from __future__ import annotations

from typing import Any

import pytest

from stepwell.templates.schemas import TemplateShape
from tests.api.templating import Json, add_rule, add_step, make_template, read, rules_path, show, when, wrong
from tests.conftest import Client
from tests.shapes import shaped


def force(client: Client, template: Json, enabled: Any) -> list[Json]:
    path = f"/checklists/{template['id']}/sequence"
    changed = shaped(TemplateShape, client.data("PUT", path, json={"enabled": enabled}))
    rules: list[Json] = changed["automated_actions"]
    assert [rule["position"] for rule in rules] == list(range(1, len(rules) + 1))
    return rules


@pytest.mark.rule("T-047")
def test_each_step_waits_for_the_way_the_one_before_is_done(ada: Client) -> None:
    template = make_template(ada, "Start")
    for kind in ("approval", "expiring", "email"):
        add_step(ada, template, title=kind, step_type=kind)
    add_step(ada, template, title="End")
    rules = force(ada, template, True)
    said = [[(one["operation"], one["logic"]) for one in rule["conditions"]] for rule in rules]
    assert said == [
        [("completed", "and")],
        [("approved", "and")],
        [("acknowledged", "and"), ("expired", "or")],
        [("completed", "and")],
    ]
    ids = [step["id"] for step in read(ada, template)["steps"]["data"]]
    assert [rule["conditions"][0]["conditionable_id"] for rule in rules] == ids[:-1]
    assert [rule["then_actions"][0]["target_step_id"] for rule in rules] == ids[1:]
    assert rules[0]["automated_alias"] == "Show approval after Start"


@pytest.mark.rule("T-047")
def test_switching_off_takes_exactly_the_made_rules_away(ada: Client) -> None:
    template = make_template(ada, "One", "Two", "Three")
    one, _, three = template["steps"]
    own = add_rule(ada, template, [when(one)], [show(three)])
    assert len(force(ada, template, True)) == 2
    assert len(force(ada, template, True)) == 2
    assert [rule["id"] for rule in force(ada, template, False)] == [own["id"]]


@pytest.mark.rule("T-047")
def test_a_made_rule_that_somebody_changes_is_their_own(ada: Client) -> None:
    template = make_template(ada, "One", "Two", "Three")
    first, _ = force(ada, template, True)
    ada.data("PUT", rules_path(template, first), json={"automated_alias": "Mine"})
    assert [rule["automated_alias"] for rule in force(ada, template, False)] == ["Mine"]


def test_the_switch_is_for_editors(ada: Client, liv: Client, otto: Client) -> None:
    template = make_template(ada, "One")
    path = f"/checklists/{template['id']}/sequence"
    assert set(wrong(ada.put(path, json={}))) == {"enabled"}
    assert liv.put(path, json={"enabled": True}).status_code == 403
    assert otto.put(path, json={"enabled": True}).status_code == 404
