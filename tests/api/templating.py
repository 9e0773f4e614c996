"""Templates with steps, fields and rules, made through the API for the tests about them."""

from __future__ import annotations

from typing import Any

import httpx

from tests.conftest import Client

Json = dict[str, Any]


def make_template(client: Client, *titles: str, **more: Any) -> Json:
    """A template with one step for each title; the steps are under `steps`, in order."""
    body = {"title": "Supplier intake", "type": "procedure", **more}
    template: Json = client.data("POST", "/checklists", 201, json=body)
    template["steps"] = [add_step(client, template, title=title) for title in titles]
    return template


def add_step(client: Client, template: Json, **body: Any) -> Json:
    step: Json = client.data("POST", f"/checklists/{template['id']}/steps", 201, json=body)
    return step


def add_field(client: Client, template: Json, step: Json | None = None, **body: Any) -> Json:
    """A field of the step, or of the kick-off form; a text field unless told otherwise."""
    field: Json = client.data(
        "POST",
        fields_path(template, step),
        201,
        json={"label": "Amount", "field_type": "text", "required": False, **body},
    )
    return field


def fields_path(template: Json, step: Json | None = None) -> str:
    form = f"steps/{step['id']}/captures" if step else "preruns"
    return f"/checklists/{template['id']}/{form}"


def steps_path(template: Json, step: Json | None = None, more: str = "") -> str:
    return f"/checklists/{template['id']}/steps" + (f"/{step['id']}" if step else "") + more


def rules_path(template: Json, rule: Json | None = None, more: str = "") -> str:
    return f"/checklists/{template['id']}/automated-actions" + (f"/{rule['id']}" if rule else "") + more


def when(subject: Json, kind: str = "Step", operation: str = "completed", **more: Any) -> Json:
    """A condition about a step or a field."""
    return {
        "conditionable_id": subject["id"],
        "conditionable_type": kind,
        "operation": operation,
        "statement": "any_time",
        **more,
    }


def show(step: Json, **more: Any) -> Json:
    """An action that shows a step."""
    return {"action_type": "visibility", "action_verb": "show", "target_step_id": step["id"], **more}


def add_rule(
    client: Client, template: Json, conditions: list[Json], actions: list[Json], **more: Any
) -> Json:
    body = {"automated_alias": "A rule", "conditions": conditions, "then_actions": actions, **more}
    rule: Json = client.data("POST", rules_path(template), 201, json=body)
    return rule


def read(client: Client, template: Json) -> Json:
    """The template as it is now, with its steps and stages."""
    found: Json = client.data("GET", f"/checklists/{template['id']}?with=steps,stages")
    return found


def titles(client: Client, template: Json) -> list[str]:
    """The titles of the template's steps in order; their positions must be 1, 2, 3 ..."""
    steps = read(client, template)["steps"]["data"]
    assert [step["position"] for step in steps] == list(range(1, len(steps) + 1))
    return [step["title"] for step in steps]


def wrong(answer: httpx.Response) -> dict[str, list[str]]:
    """What a 422 says by field."""
    assert answer.status_code == 422, answer.text
    errors: dict[str, list[str]] = answer.json()["errors"]
    return errors


def launched(client: Client, template: Json, **more: Any) -> Json:
    """A process of the template."""
    process: Json = client.data(
        "POST", "/runs", 201, json={"checklist_id": template["id"], "name": "Acme", **more}
    )
    return process
