"""What follows a completed task: drawn, and done at once instead of by the worker some moments later."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from stepwell.processes.following import follow_up
from stepwell.server import running_services
from stepwell.settings import Settings
from tests.api.drawn import Drawn, Part, step
from tests.conftest import Client


def leading_to(
    target: Drawn | str, title: str = "Sign", *form: Part, inside: bool = False, **more: Any
) -> Part:
    """A step whose completion launches the target, or inserts its tasks."""
    target_id = target if isinstance(target, str) else target.id
    wanted = {"id": target_id, "default_name_format": more.pop("named", None), "tasks_within_process": inside}
    return step(title, *form, bp_to_launch=wanted, **more)


def done_at_once(database: str, client: Client, process: dict[str, Any], times: int = 1) -> None:
    """Do what is due in a process, `times` at once as if so many workers had the same job.

    The server's own worker may be just doing it: then this waits for it.
    """

    async def do() -> None:
        async with running_services(Settings(), database) as services:
            ids = UUID(client.organization_id), UUID(process["id"])
            await asyncio.gather(*(follow_up(services, *ids) for _ in range(times)))

    asyncio.run(do())


def finish(database: str, client: Client, task: dict[str, Any], **body: Any) -> Any:
    """Complete a task, and have done what follows. Returns the task's data."""
    path = f"/runs/{task['run_id']}/completed-tasks"
    answer = client.data("POST", path, json={"task_id": task["id"], **body})
    done_at_once(database, client, {"id": task["run_id"]})
    return answer


def launched_by(client: Client, process: dict[str, Any]) -> list[dict[str, Any]]:
    """The processes whose parent this one is."""
    return list(client.data("GET", f"/runs?parent_id={process['id']}"))


def bot_said(client: Client, task: dict[str, Any]) -> list[str]:
    """What the bot commented on a task, oldest first."""
    threads = client.data("GET", f"/tasks/{task['id']}?with=threads")["threads"]["data"]
    return [one["content"] for one in threads if one["author_type"] == "bot"]


def reopen(client: Client, task: dict[str, Any]) -> None:
    client.data("DELETE", f"/runs/{task['run_id']}/completed-tasks/{task['id']}")
