from __future__ import annotations

import pytest

from stepwell.comments.schemas import ThreadShape
from tests.api.drawn import join_as, reasons
from tests.api.talk import process_from, said, template_of
from tests.conftest import Client
from tests.shapes import shaped


@pytest.mark.rule("P-580", "T-038")
def test_readers_talk_about_a_template_and_its_steps(database: str, ada: Client, stan: Client) -> None:
    template = template_of(database, ada, "Call")
    path = f"/checklists/{template.id}"
    plain = shaped(ThreadShape, stan.data("POST", f"{path}/comment", 201, json={"content": "Nice"}))
    assert plain["subject"] == {"id": template.id, "type": "Checklist"}
    assert (plain["checklist_id"], plain["step_id"], plain["label"]) == (template.id, None, "comment")
    assert (plain["task_id"], plain["run_id"], plain["read_at"], plain["hidden_at"]) == (None,) * 4
    on_step = {"content": "Shorter?", "step_id": template.steps["Call"]}
    improvement = shaped(ThreadShape, stan.data("POST", f"{path}/comment", 201, json=on_step))
    assert (improvement["step_id"], improvement["label"]) == (template.steps["Call"], "improvement")
    advice = ada.data("POST", f"{path}/comment", 201, json={**on_step, "label": "advice"})
    assert advice["label"] == "advice"
    listed = [shaped(ThreadShape, one)["id"] for one in stan.data("GET", f"{path}/threads")]
    assert listed == [plain["id"], improvement["id"], advice["id"]]
    found = ada.data("GET", f"{path}/threads?step_id={template.steps['Call']}&label=improvement")
    assert [one["id"] for one in found] == [improvement["id"]]
    assert ada.data("GET", f"{path}/threads?step_id=nonsense") == []


def test_what_is_wrong_with_a_template_comment_is_named(
    database: str, ada: Client, liv: Client, otto: Client
) -> None:
    template, other = template_of(database, ada, "Call"), template_of(database, ada, "Ship")
    path = f"/checklists/{template.id}"
    elsewhere = {"content": "x", "step_id": other.steps["Ship"]}
    invalid = {"step_id": ["The selected step id is invalid."]}
    assert reasons(ada, "POST", f"{path}/comment", json=elsewhere) == invalid
    assert reasons(ada, "POST", f"{path}/problem", json={"content": "x", "step_id": "y"}) == invalid
    for name in ("comment", "problem", "resolved-threads"):
        required = {"content": ["The content field is required."]}
        assert reasons(ada, "POST", f"{path}/{name}", json={}) == required
        for client in (liv, otto):
            for body in ({}, {"content": "x"}):
                assert client.post(f"{path}/{name}", json=body).status_code == 404
    assert liv.get(f"{path}/threads").status_code == 404


def test_issues_of_a_template_are_resolved_by_editors_and_their_author(
    database: str, ada: Client, stan: Client
) -> None:
    template = template_of(database, ada, "Call")
    path = f"/checklists/{template.id}"
    with join_as(database, ada, "light") as lou:
        title = {"title": "Onboarding", "users": [lou.user_id]}
        ada.data("PUT", path, json=title)
        issues = [
            client.data("POST", f"{path}/problem", 201, json={"content": "Typo"}) for client in (lou, ada)
        ]
        assert [shaped(ThreadShape, one)["label"] for one in issues] == ["problem", "problem"]
        refused = lou.post(f"{path}/resolved-threads", json={"content": "x", "thread_id": issues[1]["id"]})
        assert refused.status_code == 403
        own = {"content": "Fixed", "id": issues[0]["id"]}
        resolution = shaped(ThreadShape, lou.data("POST", f"{path}/resolved-threads", json=own))
    assert (resolution["label"], resolution["resolve_id"]) == ("resolve", issues[0]["id"])
    assert (
        stan.data("POST", f"{path}/resolved-threads", json={"content": "Done"})["resolve_id"]
        == issues[1]["id"]
    )
    listed = ada.data("GET", f"{path}/threads?label=problem")
    assert all(one["resolve_id"] for one in listed)


@pytest.mark.rule("P-584")
def test_template_comments_are_changed_and_deleted_by_their_author(
    database: str, ada: Client, stan: Client
) -> None:
    template = template_of(database, ada, "Call")
    path = f"/checklists/{template.id}"
    comment = ada.data("POST", f"{path}/comment", 201, json={"content": "Nice"})
    thread = f"{path}/threads/{comment['id']}"
    assert stan.put(thread, json={"content": "x"}).status_code == 403
    assert stan.delete(thread).status_code == 403
    assert shaped(ThreadShape, ada.data("PUT", thread, json={"content": "Nicer"}))["content"] == "Nicer"
    assert shaped(ThreadShape, ada.data("PATCH", thread, json={"label": "advice"}))["label"] == "advice"
    assert reasons(ada, "PUT", thread, json={}) == {"content": ["The content field is required."]}
    reply = shaped(ThreadShape, stan.data("POST", f"{thread}/reply", 201, json={"content": "Yes"}))
    assert reply["parent_id"] == comment["id"]
    assert ada.delete(thread).status_code == 204
    assert ada.delete(thread).status_code == 404
    assert [one["id"] for one in ada.data("GET", f"{path}/threads")] == [reply["id"]]


@pytest.mark.rule("T-038")
def test_editors_mark_comments_as_read_and_put_them_away(database: str, ada: Client, stan: Client) -> None:
    template = template_of(database, ada, "Call")
    path = f"/checklists/{template.id}"
    comment = stan.data("POST", f"{path}/comment", 201, json={"content": "Nice"})
    thread = f"{path}/threads/{comment['id']}"
    with join_as(database, ada, "light") as lou:
        ada.data("PUT", path, json={"title": "Onboarding", "users": [lou.user_id]})
        assert lou.put(f"{thread}/read").status_code == 403
        assert lou.put(f"{thread}/hide").status_code == 403
    read = shaped(ThreadShape, ada.data("PUT", f"{thread}/read"))
    assert read["read_at"] is not None
    assert read["hidden_at"] is None
    hidden = shaped(ThreadShape, ada.data("PUT", f"{thread}/hide"))
    assert hidden["hidden_at"] is not None
    assert stan.data("GET", f"{path}/threads") == []
    assert [one["id"] for one in stan.data("GET", f"{path}/threads?hidden=true")] == [comment["id"]]
    assert ada.put(f"{path}/threads/{'0' * 32}/read").status_code == 404


@pytest.mark.rule("P-632")
def test_improvements_suggested_on_tasks_reach_the_editors_of_the_template(
    database: str, ada: Client, liv: Client
) -> None:
    template = template_of(database, ada, "Call")
    path = f"/checklists/{template.id}/threads"
    _, tasks = process_from(ada, template)
    improvement = said(ada, tasks["Call"], "Shorter?", label="improvement")
    later = said(ada, tasks["Call"], "Hm")
    said(ada, tasks["Call"], "Plain")
    changed = f"/tasks/{tasks['Call']['id']}/comment/{later['id']}"
    ada.data("PUT", changed, json={"content": "Longer?", "label": "improvement"})
    listed = [shaped(ThreadShape, one) for one in ada.data("GET", f"{path}?step_id={template.steps['Call']}")]
    assert [one["id"] for one in listed] == [improvement["id"], later["id"]]
    assert (listed[0]["checklist_id"], listed[0]["task_id"]) == (template.id, tasks["Call"]["id"])
    reply = ada.data("POST", f"{path}/{improvement['id']}/reply", 201, json={"content": "Yes"})
    assert (reply["parent_id"], reply["step_id"]) == (improvement["id"], template.steps["Call"])
    assert reply["subject"]["type"] == "Checklist"
    assert ada.data("PUT", f"{path}/{improvement['id']}/hide")["hidden_at"] is not None
    with_reader = {"title": "Onboarding", "users": [liv.user_id]}
    ada.data("PUT", f"/checklists/{template.id}", json=with_reader)
    assert [one["id"] for one in liv.data("GET", path)] == [reply["id"]]


@pytest.mark.rule("P-580", "T-038")
def test_template_comments_never_go_over_to_processes(database: str, ada: Client) -> None:
    template = template_of(database, ada, "Call")
    body = {"content": "Shorter?", "step_id": template.steps["Call"]}
    ada.data("POST", f"/checklists/{template.id}/comment", 201, json=body)
    process, tasks = process_from(ada, template)
    assert ada.data("GET", f"/runs/{process['id']}/comments") == []
    assert ada.data("GET", f"/tasks/{tasks['Call']['id']}/comments") == []


def test_a_comment_makes_no_new_version_of_the_template(database: str, ada: Client, stan: Client) -> None:
    template = template_of(database, ada, "Call")
    process_from(ada, template)
    before = ada.data("GET", f"/checklists/{template.id}")
    stan.data("POST", f"/checklists/{template.id}/comment", 201, json={"content": "Nice"})
    after = ada.data("GET", f"/checklists/{template.id}")
    kept = ("version", "last_updated", "last_updated_by")
    assert [after[name] for name in kept] == [before[name] for name in kept]
