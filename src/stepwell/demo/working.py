"""What happened in the demo's past: processes launched, worked on, and left in every status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from stepwell.demo.caller import Api, DemoClock
from stepwell.demo.drawing import Drawn

FATES = (
    ("complete", "active", "problem", "active", "complete", "archived"),
    ("complete", "active", "issue", "active", "problem", "archived"),
)
STARTED_DAYS_AGO = {"complete": 30.0, "active": 3.0, "problem": 9.0, "issue": 6.0, "archived": 40.0}
REMARKS = (
    "Called twice, nobody answered. I try again tomorrow.",
    "Done, the papers are in the blue folder.",
    "Can somebody look over this before I go on?",
)
MOST_TASKS = 20


@dataclass(slots=True)
class Story:
    """Who acts in the demo, and when."""

    api: Api
    clock: DemoClock
    tokens: Mapping[int, str]  # of every member by id
    starters: list[str]  # tokens of those who launch, in turn
    admin: str
    told: int = 0

    async def tell(self, drawn: Drawn, row: int) -> None:
        """Launch a process for each name of a template and carry it as far as its fate says."""
        has_steps = bool(drawn.steps)
        for index, name in enumerate(drawn.written["names"]):
            fate = FATES[row % 2][index % 6] if has_steps else "complete"
            self.clock.set_back(STARTED_DAYS_AGO[fate] + index * 0.7 + row * 0.3)
            starter = self.starters[(row + index) % len(self.starters)]
            answers = self._answers([drawn.samples[one] for one in _kickoff(drawn)], index)
            launch = {"checklist_id": drawn.id, "name": name, "prerun": answers}
            process = await self.api(starter, "POST", "/runs", launch)
            await self._carry(drawn, process["id"], fate, index)

    async def _carry(self, drawn: Drawn, process_id: str, fate: str, index: int) -> None:
        done = {"complete": MOST_TASKS, "archived": 2, "active": index % 4, "problem": 1, "issue": 1}[fate]
        await self._complete(drawn, process_id, done, index)
        self.clock.advance(5)
        if fate == "problem":
            task = (await self._open_tasks(process_id))[0]
            words = {"content": drawn.written["problem"]}
            await self.api(self.admin, "POST", f"/tasks/{task['id']}/problem", words)
        elif fate == "issue":
            await self.api(
                self.admin, "POST", f"/runs/{process_id}/problem", {"content": drawn.written["issue"]}
            )
        elif fate == "archived":
            await self.api(self.admin, "DELETE", f"/runs/{process_id}")

    async def _open_tasks(self, process_id: str) -> list[dict[str, Any]]:
        path = f"/runs/{process_id}/tasks?without_pagination=true&with=form_fields&sort=position"
        tasks: list[dict[str, Any]] = await self.api(self.admin, "GET", path)
        return [task for task in tasks if task["status"] in ("not-started", "in-progress")]

    async def _complete(self, drawn: Drawn, process_id: str, count: int, index: int) -> None:
        for _ in range(count):
            tasks = await self._open_tasks(process_id)
            if not tasks:
                return
            self.clock.advance(7)
            await self._complete_one(drawn, process_id, tasks[0], index)

    async def _complete_one(self, drawn: Drawn, process_id: str, task: dict[str, Any], index: int) -> None:
        """The first assignee fills in the form and completes the task; everybody, where everybody must."""
        assigned = [self.tokens[user] for user in task["owners"]["users"] if user in self.tokens]
        actors = assigned or [self.admin]
        answers = self._answers([drawn.samples[field["id"]] for field in task["form_fields"]["data"]], index)
        if answers:
            path = f"/runs/{process_id}/tasks/{task['id']}"
            await self.api(actors[0], "PUT", path, {"taskdata": answers})
        self.told += 1
        if self.told % 6 == 0:
            remark = {"content": REMARKS[self.told // 6 % len(REMARKS)], "label": "comment"}
            await self.api(actors[0], "POST", f"/tasks/{task['id']}/comment", remark)
        body = {"task_id": task["id"], "is_approved": True}
        if task["task_type"] not in ("approval", "expiring"):
            del body["is_approved"]
        for token in actors if task["everyone_must_complete"] else actors[:1]:
            await self.api(token, "POST", f"/runs/{process_id}/completed-tasks", body)
            self.clock.advance(1)

    def _answers(self, fields: list[dict[str, Any]], index: int) -> dict[str, Any]:
        return {field["id"]: self._answer(field, index) for field in fields}

    def _answer(self, field: Mapping[str, Any], index: int) -> Any:
        """An answer that the field accepts."""
        samples = field["sample"] or ["Yes"]
        option = field["options"][index % len(field["options"])] if field["options"] else {}
        choice = {"id": option.get("id"), "text": option.get("text")}
        address = "https://files.tidewater.example/paper.pdf"
        answers = {
            "radio": option.get("text"),
            "dropdown": choice,
            "multiselect": [{**choice, "selected": True}],
            "date": (self.clock() + timedelta(days=3)).date().isoformat(),
            "email": "orders@millbrook.example",
            "file": [{"filename": "paper.pdf", "source": "url", "url": address}],
            "assignees_form": {"users": [sorted(self.tokens)[-1]], "guests": [], "groups": []},
        }
        return answers.get(field["field_type"], samples[index % len(samples)])


def _kickoff(drawn: Drawn) -> list[str]:
    return [field_id for field_id, kind in drawn.fields.values() if kind == "Prerun"]
