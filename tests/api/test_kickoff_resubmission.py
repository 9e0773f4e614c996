"""What follows when the kick-off form of a running process is submitted again with other answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.drawn import reasons
from tests.api.templating import Json, add_field, add_rule, add_step, make_template, when
from tests.conftest import Client


@pytest.fixture
def template(ada: Client) -> Json:
    """Gold shows the bylaws, the day of the event says when to prepare, the client stands in a title."""
    template = make_template(ada, "Bylaws")
    options = [{"id": 1, "text": "Basic"}, {"id": 2, "text": "Gold"}]
    kind = add_field(ada, template, label="Kind", field_type="radio", options=options, required=True)
    event = add_field(ada, template, label="Event", field_type="date")
    client = add_field(ada, template, label="Client")
    prepare = add_step(ada, template, title=f"Prepare for {{{{{client['alias']}}}}}")
    shows = {"action_type": "visibility", "action_verb": "show", "target_step_id": template["steps"][0]["id"]}
    add_rule(ada, template, [when(kind, "Prerun", "equals", statement="Gold")], [shows])
    due = {
        "action_type": "deadline", "action_verb": "deadline", "target_step_id": prepare["id"],
        "actionable_id": event["id"], "actionable_type": "Prerun",
        "deadline": {"value": 2, "unit": "days", "option": "before"},
    }  # fmt: skip
    add_rule(ada, template, [when(event, "Prerun", "is_not_empty", statement=None)], [due])
    template["fields"] = {field["label"]: field["id"] for field in (kind, event, client)}
    return template


def answers(template: Json, kind: str, event: str, client: str) -> dict[str, Any]:
    sent = {"Kind": kind, "Event": event, "Client": client}
    return {template["fields"][label]: value for label, value in sent.items()}


def state(client: Client, process: Json) -> list[tuple[str, str | None]]:
    """Title and deadline of each visible task."""
    tasks = client.data("GET", f"/runs/{process['id']}/tasks")
    return [(one["title"], one["deadline"]) for one in tasks if one["status"] != "auto-skipped"]


@pytest.mark.rule("T-058", "T-149", "T-178", "P-054")
def test_rules_deadlines_and_titles_follow_the_new_answers(ada: Client, template: Json) -> None:
    first = answers(template, "Basic", "2031-03-10", "Acme")
    body = {"checklist_id": template["id"], "name": "x", "prerun": first}
    process = ada.data("POST", "/runs", 201, json=body)
    assert state(ada, process) == [("Prepare for Acme", "2031-03-08T00:00:00Z")]
    form = f"/runs/{process['id']}/complete-prerun"
    ada.data("DELETE", form)
    second = answers(template, "Gold", "2031-04-10", "Globex")
    again = ada.data("POST", form, json={"prerun": second})
    assert (again["prerun"], again["prerun_status"]) == (second, "complete")
    after = state(ada, process)
    assert [title for title, _ in after] == ["Bylaws", "Prepare for Globex"]
    assert after[1][1] == "2031-04-08T00:00:00Z"


@pytest.mark.rule("T-149", "T-124")
def test_the_same_answers_again_arm_no_rule(ada: Client, template: Json) -> None:
    sent = answers(template, "Gold", "2031-03-10", "Acme")
    process = ada.data(
        "POST", "/runs", 201, json={"checklist_id": template["id"], "name": "x", "prerun": sent}
    )
    _, task = ada.data("GET", f"/runs/{process['id']}/tasks")
    ada.data("PUT", f"/tasks/{task['id']}", json={"deadline": "2032-01-01T00:00:00Z"})
    before = state(ada, process)
    form = f"/runs/{process['id']}/complete-prerun"
    ada.data("DELETE", form)
    ada.data("POST", form, json={"prerun": sent})
    assert state(ada, process) == before
    other = answers(template, "Gold", "2031-03-11", "Acme")
    ada.data("PUT", f"/runs/{process['id']}", json={"prerun": other})
    assert state(ada, process)[1][1] == "2031-03-09T00:00:00Z"


def test_a_refused_submission_changes_nothing(ada: Client, template: Json) -> None:
    sent = answers(template, "Basic", "2031-03-10", "Acme")
    process = ada.data(
        "POST", "/runs", 201, json={"checklist_id": template["id"], "name": "x", "prerun": sent}
    )
    form = f"/runs/{process['id']}/complete-prerun"
    ada.data("DELETE", form)
    before = state(ada, process)
    wrong = answers(template, "Silver", "someday", "Globex")
    assert reasons(ada, "POST", form, json={"prerun": wrong}) == {
        f"prerun.{template['fields']['Kind']}": ["Invalid radio choice selected"],
        f"prerun.{template['fields']['Event']}": ["Event must be a valid date."],
    }
    got = ada.data("GET", f"/runs/{process['id']}")
    assert (got["prerun"], got["prerun_status"]) == (sent, "incomplete")
    assert state(ada, process) == before
