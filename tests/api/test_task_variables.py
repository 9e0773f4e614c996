"""Titles and descriptions with variables read as the answers are now."""

from __future__ import annotations

import pytest

from tests.api.drawn import asks, draw, launched, step
from tests.api.oneoffs import one_off
from tests.conftest import Client


@pytest.mark.rule("P-027", "P-028", "T-178")
def test_what_is_answered_shows_everywhere_at_once(database: str, ada: Client, stan: Client) -> None:
    template = draw(
        database, ada, step("Ask", asks("Phone", alias="phone-1"), asks("Who", "assignees_form", alias="who-1")),
        step("Call {{client-1}} at {{phone-1}}", summary="<p>{{phone-1}} <b>{{who-1}}</b> {{TEMPLATE_NAME}}</p>"),
        kickoff=[asks("Client", alias="client-1")], title="Intake",
    )  # fmt: skip
    process = launched(ada, template, prerun={template.fields["Client"]: "Acme"})
    ask, call = ada.data("GET", f"/runs/{process['id']}/tasks")
    assert (call["title"], call["original_title"]) == ("Call Acme at", "Call {{client-1}} at {{phone-1}}")
    answers = {template.fields["Phone"]: "+1 555 <x>", template.fields["Who"]: {"users": [stan.user_id]}}
    ada.data("PUT", f"/tasks/{ask['id']}", json={"taskdata": answers})
    got = stan.data("GET", f"/tasks/{call['id']}")
    assert got["title"] == got["name"] == "Call Acme at +1 555 <x>"
    assert got["summary"] == "<p>+1 555 &lt;x&gt; <b>Stan Acme</b> Intake</p>"
    assert got["original_summary"] == "<p>{{phone-1}} <b>{{who-1}}</b> {{TEMPLATE_NAME}}</p>"
    ada.data("PUT", f"/runs/{process['id']}", json={"prerun": {template.fields["Client"]: "Umbrella"}})
    (row,) = [
        one for one in ada.data("GET", f"/runs/{process['id']}/tasks?with=summary") if one["position"] == 2
    ]
    assert (row["title"], row["summary"]) == ("Call Umbrella at +1 555 <x>", got["summary"])
    done = ada.data("POST", "/completed-tasks", json={"task_id": call["id"]})
    assert done["summary"] == got["summary"]


def test_a_one_off_task_names_its_own_answers(ada: Client) -> None:
    task = one_off(ada, "For {{none}}{{DATE}}", summary="<p>{{current-task-id}}-{{current-process-id}}</p>",
                   form_fields=[{"label": "Q", "field_type": "text", "required": False}])  # fmt: skip
    assert task["title"].startswith("For ")
    assert "{" not in task["title"]
    assert task["summary"] == f"<p>{task['id']}-</p>"
    field = ada.data("GET", f"/tasks/{task['id']}?with=form_fields")["form_fields"]["data"][0]
    changed = ada.data("PUT", f"/tasks/{task['id']}", json={"title": f"Q: {{{{{field['alias']}}}}}"})
    assert (changed["title"], changed["original_title"]) == ("Q:", f"Q: {{{{{field['alias']}}}}}")
    assert (
        ada.data("PUT", f"/tasks/{task['id']}", json={"taskdata": {field["id"]: "Yes"}})["title"] == "Q: Yes"
    )
