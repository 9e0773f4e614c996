"""More about steps: who completes them, job titles, tags, and many steps at once."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

import pytest

from stepwell.db.ids import new_id
from stepwell.templates.step_extra_routes import StepTagShape
from stepwell.templates.step_schemas import StepShape
from tests.api.made import Maker
from tests.api.templating import (
    Json,
    add_step,
    launched,
    make_template,
    read,
    steps_path,
    titles,
    wrong,
)
from tests.conftest import Client
from tests.shapes import shaped


def micro_function(client: Client, template: Json, step: Json) -> str:
    organization = f"{client.root}/processes/micro-functions/organizations/{client.organization_id}"
    return f"{organization}/blueprints/{template['id']}/steps/{step['id']}/edit-step-type"


def test_all_or_any_of_the_assignees_complete_a_task(ada: Client, liv: Client, otto: Client) -> None:
    template = make_template(ada, "Check")
    step = template["steps"][0]
    path = micro_function(ada, template, step)
    changed = shaped(StepShape, ada.data("PUT", path, json={"stepType": "all"}))
    assert changed["everyone_must_complete"] is True
    assert ada.data("PUT", path, json={"step_type": "ANY"})["everyone_must_complete"] is False
    for body in ({}, {"stepType": "some"}, {"stepType": 1}):
        assert set(wrong(ada.put(path, json=body))) == {"stepType"}
    expiring = add_step(ada, template, title="Wait", step_type="expiring")
    assert ada.put(micro_function(ada, template, expiring), json={"stepType": "all"}).status_code == 422
    assert ada.put(micro_function(ada, template, expiring), json={"stepType": "any"}).status_code == 200
    assert liv.put(path, json={"stepType": "all"}).status_code == 403
    assert otto.put(path, json={"stepType": "all"}).status_code == 403
    assert otto.put(micro_function(otto, template, step), json={"stepType": "x"}).status_code == 404


def make_role(maker: Maker) -> str:
    role_id, now = new_id(), datetime.now(UTC)
    with maker.owner() as owner:
        owner.execute(
            "INSERT INTO job_titles (organization_id, id, name, created_at, updated_at)"
            " VALUES (%s, %s, %s, %s, %s)",
            [maker.organization_id, role_id, f"role {secrets.token_hex(4)}", now, now],
        )
    return role_id.hex


def test_job_titles_have_a_call_of_their_own(ada: Client, database: str) -> None:
    template = make_template(ada, "Check")
    step = template["steps"][0]
    with Maker(database, ada) as maker:
        role = make_role(maker)
    path = steps_path(template, step, "/roles")
    assert shaped(StepShape, ada.data("PUT", path, json={"roles": [role, role]}))["roles"] == [role]
    kept = ada.data("PUT", steps_path(template, step), json={"title": "Check", "roles": []})
    assert kept["roles"] == [role]
    assert set(wrong(ada.put(path, json={"roles": ["f" * 32]}))) == {"roles"}
    assert set(wrong(ada.put(path, json={}))) == {"roles"}
    assert ada.data("PUT", path, json={"roles": None})["roles"] == []


def test_a_tag_is_put_on_a_step_once(ada: Client, database: str) -> None:
    template = make_template(ada, "Check")
    step = template["steps"][0]
    with Maker(database, ada) as maker:
        tag, other = maker.tag(), maker.tag()
    path = steps_path(template, step, "/tags")
    tagged = shaped(StepTagShape, ada.data("POST", path, 201, json={"tag_id": tag}))
    assert (tagged["tag_id"], tagged["subject_id"], tagged["subject_type"]) == (tag, step["id"], "Step")
    before = read(ada, template)["last_updated"]
    assert ada.data("POST", path, 200, json={"tag_id": tag}) == tagged
    assert read(ada, template)["last_updated"] == before
    read_back = ada.data("GET", steps_path(template, step) + "?with=tags")
    assert [shaped(StepTagShape, one) for one in read_back["tags"]["data"]] == [tagged]
    assert set(wrong(ada.post(path, json={"tag_id": "f" * 32}))) == {"tag_id"}
    assert set(wrong(ada.post(path, json={}))) == {"tag_id"}
    answer = ada.delete(f"{path}/{tagged['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert ada.delete(f"{path}/{tagged['id']}").status_code == 404
    assert ada.delete(f"{path}/x").status_code == 404
    made = add_step(ada, template, title="Tagged", tags=[tag, other, tag])
    tags = ada.data("GET", steps_path(template, made) + "?with=tags")["tags"]["data"]
    assert {one["tag_id"] for one in tags} == {tag, other}
    copy = ada.data("POST", steps_path(template, made, "/clone") + "?with=tags", 201)
    assert {one["tag_id"] for one in copy["tags"]["data"]} == {tag, other}
    assert set(wrong(ada.post(steps_path(template), json={"title": "A", "tags": ["f" * 32]}))) == {"tags"}


def test_the_task_of_a_step_gets_its_tags(ada: Client, database: str) -> None:
    template = make_template(ada)
    with Maker(database, ada) as maker:
        tag = maker.tag()
    add_step(ada, template, title="Tagged", tags=[tag])
    process = launched(ada, template)
    (task,) = ada.data("GET", f"/runs/{process['id']}/tasks?with=tags")
    assert [one["tag_id"] for one in task["tags"]["data"]] == [tag]


@pytest.mark.rule("T-023")
def test_each_line_is_a_step(ada: Client) -> None:
    template = make_template(ada, "First")
    body = {"id": template["id"], "steps": " One \n\n\tTwo\r\n   \nThree"}
    answer = ada.post(steps_path(template, more="/bulk"), json=body)
    assert answer.status_code == 201
    assert [shaped(StepShape, step)["position"] for step in answer.json()["data"]] == [2, 3, 4]
    assert titles(ada, template) == ["First", "One", "Two", "Three"]
    steps = read(ada, template)["steps"]["data"]
    assert len({step["alias"] for step in steps}) == 4
    assert {step["step_type"] for step in steps} == {"task"}
    for wrong_body, key in (
        ({}, "steps"),
        ({"steps": " \n "}, "steps"),
        ({"steps": "A\n" + "x" * 601}, "steps.1"),
    ):
        assert set(wrong(ada.post(steps_path(template, more="/bulk"), json=wrong_body))) == {key}
    assert len(titles(ada, template)) == 4


def test_extras_are_for_editors(ada: Client, liv: Client, otto: Client) -> None:
    template = make_template(ada, "Check")
    step = template["steps"][0]
    ada.data("PUT", f"/checklists/{template['id']}", json={"title": "A", "users": [liv.user_id]})
    for client, status in ((liv, 403), (otto, 404)):
        assert client.post(steps_path(template), json={}).status_code == status
        assert client.put(steps_path(template, step), json={}).status_code == status
        assert client.patch(steps_path(template, step), json={"title": ""}).status_code == status
        assert client.delete(steps_path(template, step)).status_code == status
        assert client.put(steps_path(template, step, "/reorder"), json={}).status_code == status
        assert client.post(steps_path(template, step, "/clone")).status_code == status
        assert client.put(steps_path(template, step, "/roles"), json={}).status_code == status
        assert client.post(steps_path(template, step, "/tags"), json={}).status_code == status
        assert client.delete(steps_path(template, step, "/tags/1")).status_code == status
        assert (
            client.put(steps_path(template, more="/batch-assign"), json={"assign": 1}).status_code == status
        )
        assert client.post(steps_path(template, more="/bulk"), json={}).status_code == status
    for missing in ("/reorder", "/roles"):
        assert ada.put(steps_path(template, {"id": "f" * 32}, missing), json={}).status_code == 404
    assert ada.post(steps_path(template, {"id": "f" * 32}, "/clone")).status_code == 404
