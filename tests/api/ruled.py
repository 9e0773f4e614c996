"""Templates with rules that act, and processes of them, for the tests of what rules do."""

from __future__ import annotations

from typing import Any

from tests.api.templating import Json, add_rule, make_template, when
from tests.conftest import Client


def does(verb: str, step: Json, kind: str = "assignment", **more: Any) -> Json:
    return {"action_type": kind, "action_verb": verb, "target_step_id": step["id"], **more}


def whom(*users: Client, guests: tuple[str, ...] = (), groups: tuple[str, ...] = ()) -> Json:
    return {"users": [user.user_id for user in users], "guests": list(guests), "groups": list(groups)}


def days(value: int, option: str = "from") -> Json:
    return {"value": value, "unit": "days", "option": option}


def on_completion(client: Client, *titles: str, actions: Any) -> Json:
    """A template with these steps and one rule: when the first is completed, it does what `actions` makes of the
    steps."""
    template = make_template(client, *titles)
    add_rule(client, template, [when(template["steps"][0])], actions(*template["steps"]))
    return template


def launch(client: Client, template: Json, **more: Any) -> dict[str, Json]:
    """The tasks of a new process by title, hidden ones too."""
    process = client.data("POST", "/runs", 201, json={"checklist_id": template["id"], "name": "Acme", **more})
    tasks = client.data("GET", f"/runs/{process['id']}/tasks?per_page=100")
    return {task["title"]: task for task in tasks}


def complete(client: Client, task: Json, **more: Any) -> Json:
    path = f"/runs/{task['run_id']}/completed-tasks"
    done: Json = client.data("POST", path, json={"task_id": task["id"], **more})
    return done


def reopen(client: Client, task: Json, **more: Any) -> Json:
    path = f"/runs/{task['run_id']}/completed-tasks/{task['id']}"
    again: Json = client.data("DELETE", path, json=more)
    return again


def read(client: Client, task: Json, includes: str = "") -> Json:
    found: Json = client.data("GET", f"/tasks/{task['id']}{includes}")
    return found


def activity(client: Client, task: Json, of_process: bool = False) -> list[Json]:
    """What the log says of a task, or of its process, oldest first."""
    kind, subject = ("run", task["run_id"]) if of_process else ("task", task["id"])
    rows: list[Json] = client.data(
        "GET", f"/activity-feeds?entity_type={kind}&entity_id={subject}&per_page=100"
    )
    return rows[::-1]
