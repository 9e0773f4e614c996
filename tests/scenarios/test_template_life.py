"""Scenarios S23 and S25 of the templates: what runs never changes, and what names, rights and follow-ups do."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.drawn import asks, grant, group_of, reasons, step
from tests.api.followed import leading_to
from tests.api.templating import add_field, fields_path, steps_path
from tests.scenarios.people import Office
from tests.scenarios.plan import chooses, plan
from tests.scenarios.stage import Stage

SHOWN = '<p>See <span class="insert-blueprint-tag" data-blueprint-id="{}"></span> first.</p>'


@pytest.mark.rule("T-031", "T-032")
def test_t_s23_running_work_never_changes(stage: Stage, office: Office) -> None:
    """S23. A process keeps the steps, options and rules that it was launched with; edits are for later ones."""
    ana, ben = office.ana, office.ben
    drawn = plan(stage, ana, step("A", chooses("Kind", "dropdown", "Big", "Small")), step("B"))
    drawn.rule(drawn.answer("Kind", "equals", "Big"), drawn.hide("B"))
    first = drawn.launch(ben)
    drawn.change_step("B", title="B renamed")
    c = ana.data("POST", f"{drawn.path}/steps", 201, json={"title": "C"})
    drawn.drawn.steps["C"] = c["id"]
    drawn.rule(drawn.when("A"), drawn.show("C"))
    kind = f"{fields_path(drawn.template, drawn.step('A'))}/{drawn.field('Kind')}"
    options = [{"id": 2, "text": "Small"}]
    ana.data(
        "PUT", kind, json={"label": "Kind", "field_type": "dropdown", "required": False, "options": options}
    )
    second = drawn.launch(ben)
    assert list(first.tasks()) == ["A", "B"]
    assert list(second.tasks()) == ["A", "B renamed", "C"]
    assert first.now()["checklist_id"] == second.now()["checklist_id"] == drawn.drawn.id
    listed = ben.data("GET", f"/runs?checklist_id={drawn.drawn.id}")
    assert {one["id"] for one in listed} == {first.made["id"], second.made["id"]}

    def rules_of(path: str) -> list[str]:
        shown = ben.data("GET", f"{path}?with=checklist")["checklist"]
        return [
            one["then_actions"][0]["action_verb"] for one in shown.get("data", shown)["automated_actions"]
        ]

    assert rules_of(first.path) == ["hide"]
    assert rules_of(second.path) == ["hide", "show"]
    second.save("A", Kind={"id": 1, "text": "Big"}, status=422)
    first.save("A", Kind={"id": 1, "text": "Big"})
    first.complete("A")
    assert first.visible() == {"A"}
    second.save("A", Kind={"id": 2, "text": "Small"})
    second.complete("A")
    assert second.visible() == {"A", "B renamed", "C"}


@pytest.mark.rule("T-009", "T-033")
def test_t_s23_archived_and_unpublished_templates_are_not_launched(stage: Stage, office: Office) -> None:
    """S23. What runs goes on; blocks that show an archived template are gone for good; drafts wait."""
    ana, ben = office.ana, office.ben
    drawn = plan(stage, ana, step("A"), step("B"))
    run = drawn.launch(ben)
    guide = plan(stage, ana, step("Read", summary=SHOWN.format(drawn.drawn.id)))
    assert ana.delete(drawn.path).status_code == 200
    run.complete("A")
    assert run.task("A")["status"] == "completed"
    assert reasons(ben, "POST", "/runs", json={"checklist_id": drawn.drawn.id})
    read = steps_path(guide.template, guide.step("Read"))
    assert drawn.drawn.id not in ana.data("GET", read)["summary"]
    ana.data("PUT", f"{drawn.path}/restore")
    assert drawn.drawn.id not in ana.data("GET", read)["summary"]
    ana.data("PUT", drawn.path, json={"title": "Two faces", "dual_version_enabled": True})
    body = {"checklist_id": drawn.drawn.id}
    assert ben.post("/runs", json=body).json()["message"] == "This template is not published."
    assert ben.post("/runs", json=body).status_code == 422
    ana.data("PUT", f"{drawn.path}/publish")
    ana.data("POST", f"{drawn.path}/steps", 201, json={"title": "C"})
    assert list(drawn.launch(ben).tasks()) == ["A", "B"]
    ana.data("PUT", f"{drawn.path}/publish")
    assert list(drawn.launch(ben).tasks()) == ["A", "B", "C"]


@pytest.mark.rule("T-049", "T-050")
def test_t_s25_the_pattern_beats_the_name_that_is_sent(stage: Stage, office: Office) -> None:
    """S25. An empty optional answer takes its separator with it, and markup is no part of a name."""
    kickoff = [asks("Client", alias="client-4410927"), asks("VIP", alias="vip-4410928")]
    naming: dict[str, Any] = {
        "auto_naming": True,
        "allow_launcher_change_name": False,
        "default_process_name_format": "{{DATE}} - {{client-4410927}} - {{vip-4410928}}",
    }
    drawn = plan(stage, office.ana, step("A"), kickoff=kickoff, **naming)
    run = drawn.launch(office.ben, {"Client": "Acme <b>GmbH</b>"}, name="mine")
    assert run.now()["name"] == "Mar 4, 2026 - Acme GmbH"


@pytest.mark.rule("T-186", "T-201")
def test_t_s25_a_light_member_launches_when_named(stage: Stage, office: Office) -> None:
    """S25. Light members must be named, be it by a group; they do their own tasks and give none away."""
    drawn, lea = plan(stage, office.ana, step("A")), office.lea
    answer = lea.post("/runs", json={"checklist_id": drawn.drawn.id})
    message = "Permission denied: cannot launch process from this template."
    assert (answer.status_code, answer.json()["message"]) == (403, message)
    team = group_of(stage.database, office.ana, lea)
    grant(stage.database, office.ana, drawn.drawn, "PROCESS_LAUNCH", everyone=True, groups=[team])
    run = drawn.launch(lea)
    owners = {"owners": {"users": [office.ben.user_id], "guests": [], "groups": []}}
    assert lea.put(f"/tasks/{run.id_of('A')}", json=owners).status_code == 403
    run.complete("A", lea)
    assert run.task("A")["completer_id"] == lea.user_id


@pytest.mark.rule("T-096")
def test_t_s25_tasks_are_inserted_once(stage: Stage, office: Office) -> None:
    """S25. Completing again inserts nothing; where it cannot be done, the task is completed and the bot says why."""
    inserted = plan(stage, office.ana, step("T1"), step("T2"), title="T")
    drawn = plan(stage, office.ana, leading_to(inserted.drawn, "A", inside=True), step("B"))
    run, late = drawn.launch(office.ben), drawn.launch(office.ben)
    run.complete("A")
    assert list(run.tasks()) == ["A", "T1", "T2", "B"]
    before = run.said("A")
    run.redo("A")
    assert list(run.tasks()) == ["A", "T1", "T2", "B"]
    assert len(run.said("A")) == len(before) + 1
    add_field(office.ana, inserted.template, label="Client", required=True)
    late.complete("A")
    assert late.task("A")["status"] == "completed"
    assert list(late.tasks()) == ["A", "B"]
    [comment] = late.said("A")
    assert "required" in comment
