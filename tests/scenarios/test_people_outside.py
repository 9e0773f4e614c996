"""Scenarios S-19 to S-21 and S-25 of the processes: forms, links and mails from outside. What is behind them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.drawn import Part, asks, reasons, step
from tests.scenarios.people import GINA, GUS, Nordlicht
from tests.scenarios.plan import Plan, chooses, chosen, ids, plan
from tests.scenarios.stage import Stage

NEW = "new@client.example"


@pytest.mark.rule("T-163", "T-113", "P-445")
def test_p_s19_what_a_public_form_starts(stage: Stage, nordlicht: Nordlicht) -> None:
    """S-19. Whoever is picked in Contact gets the task, as a new guest with a member beside; answers name it.

    The form itself, its inviter, what a guest may see after it and when it is closed come with public kick-off
    forms.
    """
    ada = nordlicht.ada
    contact, company = asks("Contact", "assignees_form"), asks("Company", alias="company-1", required=True)
    naming: dict[str, Any] = {"auto_naming": True, "default_process_name_format": "{{company-1}} papers"}
    upload = step("Upload papers", assign_run_starter=False)
    drawn = plan(stage, ada, step("Read"), upload, kickoff=[contact, company], **naming)
    drawn.rule(drawn.answer("Company", "is_not_empty"), drawn.assign("Upload papers", source="Contact"))
    person = {"users": [], "guests": [NEW], "groups": []}
    run = drawn.launch(ada, {"Contact": person, "Company": "Acme"})
    assert run.people("Upload papers") == (ids([ada]), [NEW], [])
    guests = [one["email"] for one in ada.data("GET", "/guests")]
    assert NEW in guests
    now = run.now()
    assert (now["name"], now["started_by"]) == ("Acme papers", ada.user_id)
    shown = ada.data("PUT", drawn.path, json={"title": "Papers", "is_public_kickoff": True})
    assert (shown["is_public_kickoff"], shown["kickoff_sharing_user_id"]) == (True, ada.user_id)


def deals(stage: Stage, nordlicht: Nordlicht) -> Plan:
    kickoff = [asks("Company", required=True), chooses("Country", "dropdown", "Norway", "Spain")]
    steps = [step("Call"), step("Sign", step_type="approval")]
    return plan(stage, nordlicht.ada, *steps, kickoff=kickoff)


@pytest.mark.rule("P-030", "P-052", "P-051")
def test_p_s20_what_a_magic_link_starts(stage: Stage, nordlicht: Nordlicht) -> None:
    """S-20. The page's own request launches with the answers that are known; nothing else launches or decides.

    The links, the click to confirm, the wizard and the login before come with the web screens.
    """
    sam, drawn = nordlicht.sam, deals(stage, nordlicht)
    spain = chosen(2, "Spain")
    answers = {"Company": "Acme", "Country": spain, "nope": "x"}
    run = drawn.launch(sam, answers, name="Deal & Co")
    now = run.now()
    assert now["name"] == "Deal & Co"
    assert now["prerun"][drawn.field("Company")] == "Acme"
    country = now["prerun"][drawn.field("Country")]
    assert (country["id"], country["text"]) == (2, "Spain")
    assert "nope" not in now["prerun"]
    body = {"checklist_id": drawn.drawn.id, "name": "Deal & Co"}
    assert list(reasons(sam, "POST", "/runs", json=body).values()) == [["Company is required"]]
    refused = nordlicht.lea.post("/runs", json={**body, "prerun": drawn.prerun({"Company": "Acme"})})
    message = "Permission denied: cannot launch process from this template."
    assert (refused.status_code, refused.json()["message"]) == (403, message)
    for client in (sam, nordlicht.lea):
        client.get("/runs", params={**body, "launchprocess": "true"})
    assert len(sam.data("GET", "/runs")) == 1
    before = run.task("Sign")
    run.complete("Sign", sam, status=422)
    assert run.task("Sign") == before


@pytest.mark.rule("P-111", "P-051")
def test_p_s21_what_a_mail_starts(stage: Stage, nordlicht: Nordlicht) -> None:
    """S-21. Subject, text and files become name and answers; without a subject it has the name of every launch.

    The mailbox, its senders, repeated mails and the mails back come with e-mail triggers.
    """
    sam = nordlicht.sam
    kickoff: list[Part] = [asks("Body", "textarea"), asks("Files", "file")]
    drawn = plan(stage, nordlicht.ada, step("Repair", assignees=ids([nordlicht.sue])), kickoff=kickoff)
    files = [
        {"filename": f"{name}.jpg", "url": f"https://x.example/{name}.jpg", "source": "url"} for name in "ab"
    ]
    run = drawn.launch(sam, {"Body": "It drips", "Files": files}, name="Fwd: Leak in roof")
    now = run.now()
    assert (now["name"], now["started_by"]) == ("Fwd: Leak in roof", sam.user_id)
    assert now["prerun"][drawn.field("Body")] == "It drips"
    assert [one["filename"] for one in now["prerun"][drawn.field("Files")]] == ["a.jpg", "b.jpg"]
    assert run.people("Repair")[0] == ids([nordlicht.sue])
    assert drawn.launch(sam, name="").now()["name"] == "Client onboarding - Sep 4, 2026"
    assert nordlicht.max.post("/runs", json={"checklist_id": drawn.drawn.id}).status_code in (401, 403)
    required = {"label": "Where", "field_type": "text", "required": True}
    nordlicht.ada.data("POST", f"{drawn.path}/preruns", 201, json=required)
    refused = reasons(sam, "POST", "/runs", json={"checklist_id": drawn.drawn.id})
    assert list(refused.values()) == [["Where is required"]]
    assert len(sam.data("GET", "/runs")) == 2


@pytest.mark.rule("P-214", "P-432")
def test_p_s25_what_a_public_process_and_its_guests_share(stage: Stage, nordlicht: Nordlicht) -> None:
    """S-25. The switch, the hidden parts and the link are the process's; a secret task is nobody else's.

    The public page, the guests' own pages, their links and delegating come with public processes and guest
    access.
    """
    ada, sam, sue = nordlicht.ada, nordlicht.sam, nordlicht.sue
    steps = [
        step("G1", guests=[GINA], assignees=ids([sam]), max_assignable=2),
        step("G2", asks("F"), assignees=ids([sam])),
        step("G3", assignees=ids([ada]), top_secret=True),
        step("G4", hide_by_default=True),
    ]
    drawn = plan(stage, ada, *steps)
    hidden = ["assignees", drawn.field("F")]
    run = drawn.launch(ada, is_public=True, publicly_hidden_fields=hidden)
    now = run.now()
    assert (now["is_public"], now["publicly_hidden_fields"]) == (True, hidden)
    link = now["public_link"]
    assert link
    assert set(run.tasks(sue)) == {"G1", "G2", "G4"}
    assert set(run.tasks(ada)) == {"G1", "G2", "G3", "G4"}
    assert sue.get(f"/tasks/{run.id_of('G3')}").status_code in (403, 404)
    listed = sam.data("GET", f"/guests/{GINA}/tasks")
    assert [one["title"] for one in listed] == ["G1"]
    closed = ada.data("PUT", run.path, json={"is_public": False})
    assert closed["is_public"] is False
    assert ada.data("PUT", run.path, json={"is_public": True})["public_link"] == link
    path = f"/tasks/{run.id_of('G1')}"
    too_many = {"owners": {"users": ids([sam]), "guests": [GINA, GUS], "groups": []}}
    assert reasons(sam, "PUT", path, json=too_many)
    assert run.people("G1") == (ids([sam]), [GINA], [])
    sam.data("PUT", f"/tasks/{run.id_of('G2')}", json={"owners": {**too_many["owners"]}})
    assert run.people("G2") == (ids([sam]), [GINA, GUS], [])
    fresh = ada.data("POST", f"{run.path}/public-link/reset")["public_link"]
    assert fresh not in (None, link)
    assert run.people("G1") == (ids([sam]), [GINA], [])
    ada.data("DELETE", run.path)
    assert sam.data("GET", f"/guests/{GINA}/tasks") == []
