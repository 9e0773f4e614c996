"""Several editors at once, and what goes with a step when it goes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.api.templating import (
    add_field,
    add_rule,
    fields_path,
    make_template,
    read,
    show,
    steps_path,
    titles,
    when,
)
from tests.conftest import Client


@pytest.mark.rule("T-030", "T-041")
def test_steps_that_several_people_add_at_once_stand_in_one_order(ada: Client, stan: Client) -> None:
    template = make_template(ada)

    def add(number: int) -> int:
        client = (ada, stan)[number % 2]
        return client.post(steps_path(template), json={"title": f"Step {number}"}).status_code

    with ThreadPoolExecutor(6) as editors:
        assert set(editors.map(add, range(12))) == {201}
    assert sorted(titles(ada, template)) == sorted(f"Step {number}" for number in range(12))


@pytest.mark.rule("T-044")
def test_comments_on_a_step_go_with_it(ada: Client) -> None:
    template = make_template(ada, "One", "Two")
    one, two = template["steps"]
    path = f"/checklists/{template['id']}"
    for step in (one, two):
        body = {"content": f"About {step['title']}", "step_id": step["id"]}
        ada.data("POST", f"{path}/comment", 201, json=body)
    assert ada.delete(steps_path(template, one)).status_code == 204
    assert [comment["step_id"] for comment in ada.data("GET", f"{path}/threads")] == [two["id"]]


@pytest.mark.rule("T-067")
def test_a_condition_stays_when_its_field_becomes_another_type(ada: Client) -> None:
    template = make_template(ada, "One", "Two")
    one, two = template["steps"]
    field = add_field(ada, template, one)
    rule = add_rule(ada, template, [when(field, "Capture", "greater_than", statement="5")], [show(two)])
    body = {"field_type": "assignees_form"}
    ada.data("PUT", f"{fields_path(template, one)}/{field['id']}", json=body)
    assert read(ada, template)["automated_actions"] == [rule]
