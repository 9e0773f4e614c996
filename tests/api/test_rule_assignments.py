"""Rules that assign people, and where rules take people and dates from."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.made import Maker
from tests.api.templating import Json, add_field, make_template, rules_path, when, wrong
from tests.conftest import Client


def post(client: Client, template: Json, **action: Any) -> httpx.Response:
    one, two = template["steps"]
    whole = {"action_type": "assignment", "action_verb": "assign", "target_step_id": two["id"], **action}
    body = {"automated_alias": "A rule", "conditions": [when(one)], "then_actions": [whole]}
    return client.post(rules_path(template), json=body)


def stored(answer: httpx.Response) -> Json:
    assert answer.status_code == 201, answer.text
    action: Json = answer.json()["data"]["then_actions"][0]
    return action


@pytest.mark.rule("T-136")
@pytest.mark.parametrize("verb", ["assign", "assign_only", "unassign"])
@pytest.mark.parametrize("assignees", [None, [], {}, {"users": []}])
def test_an_assignment_names_somebody(ada: Client, verb: str, assignees: Any) -> None:
    template = make_template(ada, "One", "Two")
    for more in ({}, {"assignees": assignees}):
        assert wrong(post(ada, template, action_verb=verb, **more)) == {
            "then_actions.0.assignees": ["Please fill a list of assignees for the assignment action."]
        }
    assert stored(post(ada, template, action_verb="clear_assignees"))["action_verb"] == "clear_assignees"


def test_people_are_kept_in_three_lists(ada: Client, stan: Client, database: str) -> None:
    template = make_template(ada, "One", "Two")
    with Maker(database, ada) as maker:
        group = maker.group(stan)
    assignees = {"assignees": [str(stan.user_id)], "guests": ["Mia@Guest.example"], "groups": [group]}
    assert stored(post(ada, template, assignees=assignees))["assignees"] == {
        "users": [stan.user_id],
        "guests": ["mia@guest.example"],
        "groups": [group],
    }


def test_only_members_and_groups_of_the_organization_are_assigned(ada: Client, otto: Client) -> None:
    template = make_template(ada, "One", "Two")
    errors = wrong(post(ada, template, assignees={"users": [otto.user_id], "groups": ["f" * 32]}))
    assert errors["then_actions.0.assignees.users"] == [
        "Some users are not valid members of this organization"
    ]
    assert set(errors) == {"then_actions.0.assignees.users", "then_actions.0.assignees.groups"}
    errors = wrong(post(ada, template, assignees={"guests": ["nobody", ada.email]}))
    assert set(errors) == {"then_actions.0.assignees.guests.0"}
    assert set(wrong(post(ada, template, assignees={"guests": [ada.email]}))) == {
        "then_actions.0.assignees.guests"
    }


def test_somebody_deactivated_since_may_stay(ada: Client, database: str) -> None:
    template = make_template(ada, "One", "Two")
    with Maker(database, ada) as maker:
        leaver = maker.member()
        rule = post(ada, template, assignees={"users": [leaver.user_id]}).json()["data"]
        with maker.owner() as owner:
            owner.execute("UPDATE people SET status = 'disabled' WHERE id = %s", [leaver.user_id])
        assert ada.put(rules_path(template, rule), json=rule).status_code == 200
        assert post(ada, template, assignees={"users": [leaver.user_id]}).status_code == 422


@pytest.mark.rule("T-134")
def test_a_source_has_an_id_and_a_type_or_neither(ada: Client) -> None:
    template = make_template(ada, "One", "Two")
    field = add_field(ada, template, field_type="assignees_form")
    assert set(wrong(post(ada, template, actionable_id=field["id"]))) == {"then_actions.0.actionable_type"}
    answer = post(ada, template, actionable_type="Prerun", assignees={"users": [ada.user_id]})
    assert set(wrong(answer)) == {"then_actions.0.actionable_type"}
    action = stored(post(ada, template, actionable_id=field["id"], actionable_type="Prerun"))
    assert (action["actionable_id"], action["actionable_type"]) == (field["id"], "Prerun")


@pytest.mark.parametrize(
    ("definition", "status"),
    [
        ({"field_type": "assignees_form"}, 201),
        ({"field_type": "email"}, 201),
        ({"field_type": "text", "field_validation": ["email"]}, 201),
        ({"field_type": "text"}, 422),
        ({"field_type": "date"}, 422),
    ],
)
def test_people_come_from_fields_that_name_people(ada: Client, definition: Json, status: int) -> None:
    template = make_template(ada, "One", "Two")
    field = add_field(ada, template, template["steps"][0], **definition)
    answer = post(ada, template, actionable_id=field["id"], actionable_type="Capture")
    assert answer.status_code == status
    if status == 422:
        assert set(wrong(answer)) == {"then_actions.0.actionable_id"}
    assert set(wrong(post(ada, template, actionable_id=field["id"], actionable_type="Prerun"))) == {
        "then_actions.0.actionable_id"
    }
    step = template["steps"][0]
    assert set(wrong(post(ada, template, actionable_id=step["id"], actionable_type="Step"))) == {
        "then_actions.0.actionable_id"
    }


@pytest.mark.parametrize(("kind", "status"), [("date", 201), ("text", 422), ("assignees_form", 422)])
def test_a_deadline_counts_from_a_date_field(ada: Client, kind: str, status: int) -> None:
    template = make_template(ada, "One", "Two")
    field = add_field(ada, template, field_type=kind)
    due = {"action_type": "deadline", "action_verb": None,
           "deadline": {"value": 1, "unit": "days", "option": "from"}}  # fmt: skip
    answer = post(ada, template, **due, actionable_id=field["id"], actionable_type="Prerun")
    assert answer.status_code == status
    step = template["steps"][0]
    action = stored(post(ada, template, **due, actionable_id=step["id"], actionable_type="Step"))
    assert (action["actionable_id"], action["actionable_type"]) == (step["id"], "Step")


def test_keys_of_other_types_are_dropped(ada: Client) -> None:
    template = make_template(ada, "One", "Two")
    noise = {"assignees": "x", "deadline": "x", "webhook_url": "x", "alias_name": 1, "actionable_id": "x"}
    action = stored(post(ada, template, action_type="visibility", action_verb="hide", **noise))
    assert {action[key] for key in noise} == {None}
