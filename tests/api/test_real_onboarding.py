"""Real onboarding checklists become templates, and their processes can be finished in any order that they allow."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Client
from tests.real_input import ONBOARDING, checklist

Items = dict[str, dict[str, Any]]
OPEN = ("not-started", "in-progress")


def make_template(ada: Client, title: str, items: Items) -> tuple[str, dict[str, str]]:
    """The template's id, and the ids of its steps by item: deadlines count from the last dependency."""
    template = ada.data("POST", "/checklists", 201, json={"title": title, "type": "procedure"})["id"]
    steps = {}
    for key, item in items.items():
        body = {"title": item["displayName"], "summary": item["description"]}
        steps[key] = ada.data("POST", f"/checklists/{template}/steps", 201, json=body)["id"]
    for key, item in items.items():
        anchor = steps[item["dependsOn"][-1]] if item["dependsOn"] else "start_run"
        days = item["daysToComplete"]
        option = "from" if days >= 0 else "prior_to"
        deadline = {"value": abs(days), "unit": "days", "option": option, "step": anchor}
        body = {"title": item["displayName"], "deadline": deadline}
        ada.data("PUT", f"/checklists/{template}/steps/{steps[key]}", json=body)
        if item["dependsOn"]:
            rule = show_rule(key, [steps[one] for one in item["dependsOn"]], steps[key])
            ada.data("POST", f"/checklists/{template}/automated-actions", 201, json=rule)
    return template, steps


def show_rule(name: str, after: list[str], target: str) -> dict[str, Any]:
    """Show a step when all these steps are completed."""
    conditions = [
        {
            "conditionable_id": step,
            "conditionable_type": "Step",
            "operation": "completed",
            "statement": "any_time",
            "logic": "and",
        }
        for step in after
    ]
    action = {"action_type": "visibility", "action_verb": "show", "target_step_id": target}
    return {"automated_alias": f"Show {name}", "conditions": conditions, "then_actions": [action]}


def tasks_by_step(ada: Client, process: str) -> dict[str, dict[str, Any]]:
    listed = ada.data("GET", f"/runs/{process}/tasks?without_pagination=true")
    return {task["step_id"]: task for task in listed}


@pytest.mark.parametrize("path", ONBOARDING, ids=lambda path: path.stem)
@pytest.mark.rule("T-085")
def test_an_onboarding_checklist_is_worked_to_its_end(ada: Client, path: Path) -> None:
    source = checklist(path)
    items: Items = source["items"]
    template, steps = make_template(ada, source["checklistName"], items)
    process = ada.data("POST", "/runs", 201, json={"checklist_id": template, "name": path.stem})["id"]
    completed: dict[str, datetime] = {}
    while len(completed) < len(items):
        assert ada.data("GET", f"/runs/{process}")["status"] == "active"
        ready = {key for key, item in items.items() if set(item["dependsOn"]) <= completed.keys()}
        tasks = tasks_by_step(ada, process)
        shown = {key for key, step in steps.items() if tasks.get(step, {}).get("status") in OPEN}
        assert shown == ready - completed.keys()
        for key in sorted(shown):
            check_deadline(tasks[steps[key]], items[key], completed)
            body = {"task_id": tasks[steps[key]]["id"]}
            done = ada.data("POST", f"/runs/{process}/completed-tasks", json=body)
            completed[key] = datetime.fromisoformat(done["completed_at"])
    finished = ada.data("GET", f"/runs/{process}")
    assert finished["status"] == "complete"
    assert finished["whole_progress"] == {"complete": len(items), "total": len(items), "percent": 100}
    assert finished["completed_at"] is not None


def check_deadline(task: dict[str, Any], item: dict[str, Any], completed: dict[str, datetime]) -> None:
    """The deadline lies so many days from when its anchor was completed, or from the launch."""
    anchor = (
        completed[item["dependsOn"][-1]] if item["dependsOn"] else datetime.fromisoformat(task["created_at"])
    )
    away = datetime.fromisoformat(task["deadline"]) - anchor - timedelta(days=item["daysToComplete"])
    assert abs(away) <= timedelta(seconds=1), (task["title"], task["deadline"], anchor)


def test_all_checklists_are_there() -> None:
    assert [path.stem for path in ONBOARDING] == ["buddy", "devTeam", "intern", "newHire"]
