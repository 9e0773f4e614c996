"""Templates without steps: documents, which are a text with blanks, and forms."""

from __future__ import annotations

from typing import Any

import pytest

from stepwell.processes.schemas import ProcessShape
from tests.api.drawn import reasons
from tests.api.templating import Json, add_field, steps_path
from tests.conftest import Client
from tests.shapes import shaped

BODY = "<h1>Contract</h1><p>Between {{%s}} and us, signed on {{%s}}. {{%s}} agrees.</p>"


def without_steps(client: Client, kind: str, **more: Any) -> Json:
    made: Json = client.data("POST", "/checklists", 201, json={"title": "Contract", "type": kind, **more})
    return made


def contract(client: Client) -> tuple[Json, Json, Json]:
    """A document whose body has two blanks, one of them twice; and the two fields."""
    template = without_steps(client, "document")
    party = add_field(client, template, label="Party", required=True)
    signed = add_field(client, template, label="Signed", field_type="date")
    body = BODY % (party["alias"], signed["alias"], party["alias"]) + "<p>x</p>" * 1000
    changed = client.data("PATCH", f"/checklists/{template['id']}", json={"summary": body})
    return changed, party, signed


def launch(client: Client, template: Json, **more: Any) -> Json:
    body = {"checklist_id": template["id"], "name": "One", **more}
    return shaped(ProcessShape, client.data("POST", "/runs", 201, json=body))


@pytest.mark.rule("T-218")
def test_a_document_is_a_body_whose_blanks_are_kick_off_fields(
    ada: Client, stan: Client, liv: Client
) -> None:
    template, party, signed = contract(ada)
    assert template["summary"].startswith(BODY % (party["alias"], signed["alias"], party["alias"]))
    process = launch(stan, template, prerun={party["id"]: "Acme"})
    assert process["prerun"] == {party["id"]: "Acme"}
    got = stan.data("GET", f"/runs/{process['id']}?with=checklist,ko_form_fields")
    assert got["checklist"]["data"]["summary"] == template["summary"]
    assert [one["value"] for one in got["ko_form_fields"]["data"]] == ["Acme", None]
    # The body belongs to the version: neither the template's next text nor anybody in the process changes it.
    ada.data("PATCH", f"/checklists/{template['id']}", json={"summary": "<p>Other</p>"})
    stan.data(
        "PUT", f"/runs/{process['id']}", json={"summary": "<p>mine</p>", "prerun": {party["id"]: "Globex"}}
    )
    got = stan.data("GET", f"/runs/{process['id']}?with=checklist")
    assert got["checklist"]["data"]["summary"] == template["summary"]
    assert reasons(ada, "POST", steps_path(template), json={"title": "A step"})


@pytest.mark.rule("T-219", "P-005")
def test_a_launched_document_has_no_tasks_and_is_complete_when_it_is_submitted(
    ada: Client, stan: Client
) -> None:
    template, party, signed = contract(ada)
    body = {"checklist_id": template["id"], "name": "One"}
    assert reasons(stan, "POST", "/runs", json=body) == {f"prerun.{party['id']}": ["Party is required"]}
    first, second = (launch(stan, template, prerun={party["id"]: name}) for name in ("Acme", "Globex"))
    assert (first["type"], first["status"], first["prerun_status"]) == ("document", "complete", "complete")
    assert first["progress"]["percent"] == 100
    assert stan.data("GET", f"/runs/{first['id']}/tasks") == []
    form = f"/runs/{first['id']}/complete-prerun"
    assert stan.data("DELETE", form)["status"] == "active"
    again = stan.data("POST", form, json={"prerun": {signed["id"]: "2026-03-04"}})
    assert (again["status"], again["prerun"]) == (
        "complete",
        {party["id"]: "Acme", signed["id"]: "2026-03-04"},
    )
    assert stan.data("GET", f"/runs/{second['id']}")["prerun"] == {party["id"]: "Globex"}


@pytest.mark.rule("T-220")
def test_a_document_without_blanks_is_read_in_the_library(ada: Client, stan: Client) -> None:
    text = "<h1>House rules</h1><h2>Dogs</h2><p>Welcome.</p>"
    template = without_steps(ada, "document", title="House rules", summary=text)
    assert stan.data("GET", f"/checklists/{template['id']}")["summary"] == text
    assert template["id"] in [
        one["id"] for one in stan.data("GET", "/checklists?per_page=100&sort=-created_at")
    ]


@pytest.mark.rule("T-221", "P-005")
def test_a_form_takes_one_submission_a_launch_and_is_complete_at_once(ada: Client, stan: Client) -> None:
    template = without_steps(ada, "form", is_public_kickoff=True)
    assert template["is_public_kickoff"] is True
    field = add_field(ada, template, label="Wish", required=True)
    for wish in ("Tea", "Coffee"):
        process = launch(stan, template, prerun={field["id"]: wish})
        assert (process["type"], process["status"], process["prerun"]) == (
            "form",
            "complete",
            {field["id"]: wish},
        )
        assert process["completed_at"] is not None
        assert stan.data("GET", f"/runs/{process['id']}/tasks") == []
    assert reasons(stan, "POST", "/runs", json={"checklist_id": template["id"], "name": "x"})
    assert reasons(ada, "POST", steps_path(template), json={"title": "A step"})
