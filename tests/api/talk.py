"""What tests about comments share: a process to talk about, and how things stand with it."""

from __future__ import annotations

from typing import Any

from tests.api.drawn import Drawn, draw, launched, step, tasks_by_title
from tests.conftest import Client


def process_of(database: str, client: Client, *titles: str, **columns: Any) -> tuple[Any, dict[str, Any]]:
    """A process with unassigned tasks of these titles, and its tasks; `columns` are set on every step."""
    return process_from(client, template_of(database, client, *titles, **columns))


def template_of(database: str, client: Client, *titles: str, **columns: Any) -> Drawn:
    """A template with a step of each title, assigned to nobody unless `columns` say else."""
    columns = {"assign_run_starter": False, **columns}
    return draw(database, client, *(step(title, **columns) for title in titles))


def process_from(client: Client, template: Drawn, **body: Any) -> tuple[Any, dict[str, Any]]:
    process = launched(client, template, **body)
    return process, tasks_by_title(client, process)


def task_now(client: Client, task: dict[str, Any]) -> Any:
    return client.data("GET", f"/tasks/{task['id']}")


def status_of(client: Client, process: dict[str, Any]) -> str:
    return str(client.data("GET", f"/runs/{process['id']}")["status"])


def completed(client: Client, task: dict[str, Any], status: int = 200) -> Any:
    """The answer to completing a task."""
    answer = client.post(f"/runs/{task['run_id']}/completed-tasks", json={"task_id": task["id"]})
    assert answer.status_code == status, answer.text
    return answer.json()


def said(client: Client, task: dict[str, Any], content: str, **more: Any) -> Any:
    """A comment on a task that the client has just made."""
    return client.data("POST", f"/tasks/{task['id']}/comment", 201, json={"content": content, **more})


def reported(client: Client, task: dict[str, Any], content: str = "It leaks") -> Any:
    """An issue of a task that the client has just reported."""
    return client.data("POST", f"/tasks/{task['id']}/problem", 201, json={"content": content})


def resolved(client: Client, task: dict[str, Any], thread_id: str | None = None, status: int = 200) -> Any:
    body = {"content": "Resolved"} | ({"thread_id": thread_id} if thread_id else {})
    answer = client.post(f"/tasks/{task['id']}/resolved-threads", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()
