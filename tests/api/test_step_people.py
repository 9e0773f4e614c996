"""Who a step is assigned to: members, guests, groups, and how many."""

from __future__ import annotations

import pytest

from stepwell.templates.step_schemas import StepShape
from tests.api.made import Maker
from tests.api.templating import add_step, make_template, steps_path, wrong
from tests.conftest import Client
from tests.shapes import shaped

NOT_MEMBERS = ["Some users are not valid members of this organization"]


def test_only_members_groups_and_addresses_are_assigned(ada: Client, otto: Client) -> None:
    template = make_template(ada, "Check")
    body = {"title": "Check", "assignees": [otto.user_id], "groups": ["f" * 32], "guests": [ada.email]}
    for answer in (
        ada.post(steps_path(template), json=body),
        ada.put(steps_path(template, template["steps"][0]), json=body),
    ):
        errors = wrong(answer)
        assert set(errors) == {"assignees", "groups", "guests"}
        assert errors["assignees"] == NOT_MEMBERS


@pytest.mark.rule("T-119")
def test_a_deactivated_member_may_stay_but_not_be_added(ada: Client, database: str) -> None:
    template = make_template(ada, "Other")
    with Maker(database, ada) as maker:
        leaver, invited = maker.member(), maker.member(status="invited")
        step = add_step(ada, template, title="Check", assignees=[leaver.user_id, invited.user_id])
        with maker.owner() as owner:
            owner.execute("UPDATE people SET status = 'disabled' WHERE id = %s", [leaver.user_id])
        echo = {"title": "Check", "assignees": step["assignees"], "guests": ["mia@guest.example"]}
        assert ada.data("PUT", steps_path(template, step), json=echo)["assignees"] == step["assignees"]
        body = {"title": "Other", "assignees": [leaver.user_id]}
        assert wrong(ada.put(steps_path(template, template["steps"][0]), json=body)) == {
            "assignees": NOT_MEMBERS
        }


def test_a_new_address_becomes_a_guest(ada: Client, database: str) -> None:
    template = make_template(ada)
    with Maker(database, ada) as maker:
        add_step(ada, template, title="Check", guests=["New.Guest@Guest.example"])
        rows = maker.rows("SELECT kind FROM people WHERE email = %s AND organization_id = %s",
                          "new.guest@guest.example", maker.organization_id)  # fmt: skip
    assert rows == [("guest",)]


@pytest.mark.rule("T-114")
def test_no_more_people_than_allowed(ada: Client, stan: Client, liv: Client, database: str) -> None:
    template = make_template(ada)
    with Maker(database, ada) as maker:
        group = maker.group(stan, liv)
    step = add_step(ada, template, title="Check", max_assignable=2, assignees=[stan.user_id], groups=[group])
    path = steps_path(template, step)
    too_many = ["No more than 2 people can be assigned."]
    for more in ({"guests": ["mia@guest.example"]}, {"assignees": [ada.user_id]}):
        assert wrong(ada.patch(path, json=more)) == {"assignees": too_many}
    assert wrong(ada.patch(path, json={"max_assignable": 1})) == {
        "assignees": ["No more than 1 people can be assigned."]
    }
    body = {"title": "A", "max_assignable": 1, "groups": [group]}
    assert set(wrong(ada.post(steps_path(template), json=body))) == {"assignees"}
    assert ada.data("PATCH", path, json={"max_assignable": None, "guests": ["mia@guest.example"]})
    assert ada.data("PATCH", path, json={"max_assignable": 3})["max_assignable"] == 3


@pytest.mark.rule("T-118")
def test_people_are_assigned_to_many_steps_at_once(ada: Client, stan: Client, liv: Client) -> None:
    template = make_template(ada, "Zero")
    one = add_step(ada, template, title="One", assignees=[stan.user_id])
    two = add_step(ada, template, title="Two", guests=["mia@guest.example"])
    body = {
        "assign": [{"step_id": one["id"], "users": [liv.user_id, stan.user_id]},
                   {"step_id": two["id"], "assignees": [stan.user_id], "guests": ["tom@guest.example"]}],
        "unassign": [{"step_id": two["id"], "guests": ["mia@guest.example"]}],
    }  # fmt: skip
    path = steps_path(template, more="/batch-assign")
    changed = [shaped(StepShape, step) for step in ada.data("PUT", path, json=body)]
    assert [(step["id"], step["assignees"], step["guests"]) for step in changed] == [
        (one["id"], [stan.user_id, liv.user_id], []),
        (two["id"], [stan.user_id], ["tom@guest.example"]),
    ]
    assert ada.data("PUT", path, json=body) == []
    assert ada.data("PUT", path, json={}) == []


@pytest.mark.rule("T-118", "T-114")
def test_a_batch_is_done_as_a_whole_or_not(ada: Client, stan: Client, otto: Client) -> None:
    template = make_template(ada, "One")
    one = template["steps"][0]
    full = add_step(ada, template, title="Full", max_assignable=1, assignees=[stan.user_id])
    path = steps_path(template, more="/batch-assign")
    fine = {"step_id": one["id"], "users": [stan.user_id]}
    for bad, key in (
        ({"step_id": "f" * 32}, "assign.1.step_id"),
        ({"users": [stan.user_id]}, "assign.1.step_id"),
        ({"step_id": full["id"], "users": [otto.user_id]}, "assign.1.assignees"),
        ({"step_id": full["id"], "users": [ada.user_id]}, "assign.1.assignees"),
        ({"step_id": one["id"], "guests": ["nobody"]}, "assign.1.guests.0"),
    ):
        assert set(wrong(ada.put(path, json={"assign": [fine, bad]}))) == {key}
        assert ada.data("GET", steps_path(template, one))["assignees"] == []
