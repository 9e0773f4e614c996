"""Templates of the demo: written as TOML beside this file, made through the API."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from stepwell.demo.caller import Api

Written = dict[str, Any]
STEP_KEYS = (
    "title", "summary", "step_type", "guests", "everyone_must_complete", "can_complete_only_assignees", "top_secret",
    "webhook",
)  # fmt: skip
FIELD_KEYS = (
    "label", "field_type", "required", "options", "columns", "field_validation", "use_wysiwyg_editor", "guidance",
)  # fmt: skip
TEMPLATE_KEYS = ("title", "type", "icon", "summary", "guidance", "kickoff_title")


@dataclass(frozen=True, slots=True)
class Known:
    """The ids behind the names that templates use for people, groups, job titles and folders."""

    users: Mapping[str, int]
    groups: Mapping[str, str]
    job_titles: Mapping[str, str]
    folders: Mapping[str, str]


@dataclass(slots=True)
class Drawn:
    """A template that was made: its id, and the ids behind the keys that its text uses."""

    id: str
    written: Written
    steps: dict[str, str] = field(default_factory=dict)
    fields: dict[str, tuple[str, str]] = field(default_factory=dict)  # id and Prerun or Capture
    stages: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    samples: dict[str, Written] = field(default_factory=dict)  # what was written about a field, by its id


def written_templates() -> list[Written]:
    """What the TOML files say, by file name."""
    folder = files("stepwell.demo") / "templates"
    found = sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
    return [tomllib.loads(one.read_text("utf-8")) for one in found]


async def draw(api: Api, token: str, written: Written, known: Known) -> Drawn:
    """Make one template: kick-off form, milestones, steps with fields, deadlines, rules."""
    body = {key: written[key] for key in TEMPLATE_KEYS if key in written}
    body["prerun"] = [_field_body(one) for one in written.get("prerun", [])]
    body["folder_id"] = known.folders[written["folder"]]
    made = await api(token, "POST", "/checklists", body)
    drawn = Drawn(made["id"], written)
    for one, stored in zip(written.get("prerun", []), made["prerun"], strict=True):
        _remember(drawn, one, stored, "Prerun")
    await _draw_stages(api, token, drawn)
    for step in written.get("steps", []):
        await _draw_step(api, token, drawn, step, known)
    await _draw_deadlines(api, token, drawn)
    for rule in written.get("rules", []):
        await api(token, "POST", f"/checklists/{drawn.id}/automated-actions", _rule_body(drawn, rule, known))
    return drawn


async def _draw_stages(api: Api, token: str, drawn: Drawn) -> None:
    for name in drawn.written.get("stages", []):
        stage = await api(token, "POST", f"/checklists/{drawn.id}/stages", {"name": name})
        drawn.stages[name] = stage["id"]


async def _draw_step(api: Api, token: str, drawn: Drawn, step: Written, known: Known) -> None:
    body = {key: _with_aliases(drawn, step[key]) for key in STEP_KEYS if key in step}
    body["assignees"] = [known.users[name] for name in step.get("assignees", [])]
    body["groups"] = [known.groups[name] for name in step.get("groups", [])]
    body["stage_id"] = drawn.stages.get(step.get("stage", ""))
    made = await api(token, "POST", f"/checklists/{drawn.id}/steps", body)
    drawn.steps[step["key"]] = made["id"]
    for one in step.get("fields", []):
        path = f"/checklists/{drawn.id}/steps/{made['id']}/captures"
        _remember(drawn, one, await api(token, "POST", path, _field_body(one)), "Capture")
    if "roles" in step:
        roles = {"roles": [known.job_titles[name] for name in step["roles"]]}
        await api(token, "PUT", f"/checklists/{drawn.id}/steps/{made['id']}/roles", roles)


async def _draw_deadlines(api: Api, token: str, drawn: Drawn) -> None:
    """Set the deadlines once every step is there: some count from a later one."""
    for step in drawn.written.get("steps", []):
        if "deadline" in step:
            anchor = drawn.steps.get(step["deadline"]["step"], step["deadline"]["step"])
            body = {
                "title": _with_aliases(drawn, step["title"]),
                "deadline": {**step["deadline"], "step": anchor},
            }
            await api(token, "PUT", f"/checklists/{drawn.id}/steps/{drawn.steps[step['key']]}", body)


def _field_body(written: Written) -> Written:
    body = {key: written[key] for key in FIELD_KEYS if key in written}
    if "options" in body:
        body["options"] = [{"id": index, "text": text} for index, text in enumerate(body["options"], 1)]
    if "columns" in body:
        body["columns"] = [{"id": index, "label": label} for index, label in enumerate(body["columns"], 1)]
    return body


def _remember(drawn: Drawn, written: Written, stored: Written, kind: str) -> None:
    drawn.fields[written["key"]] = (stored["id"], kind)
    drawn.aliases[written["key"]] = stored["alias"]
    drawn.samples[stored["id"]] = {**stored, "sample": written.get("sample")}


def _with_aliases(drawn: Drawn, value: Any) -> Any:
    """Text in which the keys of fields have become the aliases that the server gave them."""
    if isinstance(value, str):
        for key, alias in drawn.aliases.items():
            value = value.replace("{{" + key + "}}", "{{" + alias + "}}")
    return value


def _rule_body(drawn: Drawn, rule: Written, known: Known) -> Written:
    conditions = [
        {
            **dict(zip(("conditionable_id", "conditionable_type"), _subject(drawn, one["on"]), strict=True)),
            "operation": one["operation"], "statement": one.get("statement"), "logic": one.get("logic", "and"),
        }
        for one in rule["when"]
    ]  # fmt: skip
    actions = [_action_body(drawn, one, known) for one in rule["then"]]
    return {"automated_alias": rule["name"], "conditions": conditions, "then_actions": actions}


def _subject(drawn: Drawn, key: str) -> tuple[str, str]:
    return (drawn.steps[key], "Step") if key in drawn.steps else drawn.fields[key]


def _action_body(drawn: Drawn, action: Written, known: Known) -> Written:
    body: Written = {
        "action_type": action["type"], "action_verb": action["verb"], "target_step_id": drawn.steps[action["step"]],
    }  # fmt: skip
    if "deadline" in action:
        body["deadline"] = action["deadline"]
    if "users" in action:
        body["assignees"] = {"users": [known.users[name] for name in action["users"]]}
    if "from" in action:
        body["actionable_id"], body["actionable_type"] = drawn.fields[action["from"]]
    return body
