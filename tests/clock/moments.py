"""Having the clock's work done at a moment of the test's choice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from stepwell.clock.closing import expire_due_tasks
from stepwell.server import running_services
from stepwell.services import Services
from stepwell.settings import Settings
from tests.api.templating import add_step, make_template
from tests.conftest import Client, House, Server

Json = dict[str, Any]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Still:
    """A server without a worker, on a database of its own."""

    database: str
    server: Server

    def at(self, moment: datetime, work: Callable[[Services], Awaitable[Result]]) -> Result:
        """Do work with the services of a process whose clock shows `moment`."""

        async def done() -> Result:
            async with running_services(Settings(database_url=self.database), self.database) as services:
                services.clock = lambda: moment
                return await work(services)

        return asyncio.run(done())

    def expire(self, home: House, moment: datetime, **more: Any) -> int:
        """What the sweep for expiring tasks does at `moment`. Returns how many it closed."""
        return self.at(moment, lambda services: expire_due_tasks(services, home.id, **more))


def in_days(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def days_after_launch(days: int) -> Json:
    return {"value": days, "unit": "days", "option": "from", "step": "start_run"}


def escalating_template(client: Client) -> Json:
    """Work for somebody, and a task for nobody that expires two days after the launch."""
    template = make_template(client, "Approve budget")
    body = {
        "title": "Escalate",
        "step_type": "expiring",
        "deadline": days_after_launch(2),
        "assign_run_starter": False,
    }
    template["steps"].append(add_step(client, template, **body))
    return template


def launch(client: Client, template: Json, **more: Any) -> Json:
    """A process of the template; its tasks are under `tasks` by title."""
    body = {"checklist_id": template["id"], "name": "P", **more}
    process: Json = client.data("POST", "/runs?with=tasks", 201, json=body)
    process["tasks"] = {task["title"]: task for task in process["tasks"]["data"]}
    return process


def task_now(client: Client, task: Json) -> Json:
    found: Json = client.data("GET", f"/tasks/{task['id']}")
    return found


def id_of(thing: Json) -> UUID:
    return UUID(thing["id"])
