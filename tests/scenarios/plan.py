"""Writing a scenario down: a template with its rules, a process of it, and what is looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.api import templating
from tests.api.drawn import Drawn, Part, draw
from tests.conftest import Client
from tests.scenarios.stage import Stage

Json = dict[str, Any]
NEW_YORK = ZoneInfo("America/New_York")
NOBODY: Json = {"users": [], "guests": [], "groups": []}


def chooses(label: str, kind: str, *texts: str, **columns: Any) -> Part:
    """A form field with these choices, numbered from 1."""
    options = [{"id": number, "text": text, "value": None} for number, text in enumerate(texts, start=1)]
    return {"label": label, "field_type": kind, "required": False, "options": options, **columns}


def chosen(label_id: int, text: str, **more: Any) -> Json:
    return {"id": label_id, "text": text, **more}


def after(value: int, unit: str = "days", step: str = "start_run", option: str = "from") -> Json:
    """A step's deadline: so long after the launch, or after another step by its id."""
    return {"value": value, "unit": unit, "option": option, "step": step}


def local(text: str) -> datetime:
    """A moment of New York's wall clock."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


@dataclass
class Plan:
    """A template that is being written down."""

    stage: Stage
    author: Client
    drawn: Drawn
    kickoff: frozenset[str]

    @property
    def path(self) -> str:
        return f"/checklists/{self.drawn.id}"

    @property
    def template(self) -> Json:
        """As the helpers about templates want it."""
        return {"id": self.drawn.id}

    def step(self, title: str) -> Json:
        return {"id": self.drawn.steps[title]}

    def field(self, label: str) -> str:
        return self.drawn.fields[label]

    def when(self, title: str, operation: str = "completed", **more: Any) -> Json:
        """Something happened to a step."""
        return templating.when(self.step(title), "Step", operation, **more)

    def answer(self, label: str, operation: str, statement: Any = None, **more: Any) -> Json:
        """An answer is so; of the kick-off form or of a step's."""
        kind = "Prerun" if label in self.kickoff else "Capture"
        return templating.when(
            {"id": self.field(label)}, kind, operation, **{"statement": statement, "logic": "and", **more}
        )

    def show(self, title: str, **more: Any) -> Json:
        return templating.show(self.step(title), **more)

    def hide(self, title: str) -> Json:
        return self.show(title, action_verb="hide")

    def reopen(self, title: str) -> Json:
        return {
            "action_type": "status",
            "action_verb": "reopen",
            "target_step_id": self.drawn.steps[title],
        }

    def assign(self, title: str, verb: str = "assign", source: str | None = None, **people: Any) -> Json:
        """Somebody gets a task: `people` by bucket, or whoever was picked in the field `source`."""
        action: Json = {
            "action_type": "assignment",
            "action_verb": verb,
            "target_step_id": self.drawn.steps[title],
            "assignees": {**NOBODY, **people},
        }
        if source is not None:
            kind = "Prerun" if source in self.kickoff else "Capture"
            action |= {"actionable_id": self.field(source), "actionable_type": kind}
        return action

    def deadline(self, title: str, value: int, unit: str, option: str, source: str | None = None) -> Json:
        """A task is due so long before or after the day in the field `source`, or its own deadline."""
        action: Json = {
            "action_type": "deadline",
            "action_verb": "deadline",
            "target_step_id": self.drawn.steps[title],
            "deadline": {"value": value, "unit": unit, "option": option},
        }
        if source is not None:
            kind = "Prerun" if source in self.kickoff else "Capture"
            action |= {"actionable_id": self.field(source), "actionable_type": kind}
        return action

    def rule(self, conditions: Json | Sequence[Json], *actions: Json) -> Json:
        wanted = [conditions] if isinstance(conditions, dict) else list(conditions)
        return templating.add_rule(self.author, self.template, wanted, list(actions))

    def refused_rule(self, conditions: Any, *actions: Json, status: int = 422) -> Json:
        """What the API says to a rule that it does not take."""
        wanted = [conditions] if isinstance(conditions, dict) else conditions
        body = {"automated_alias": "A rule", "conditions": wanted, "then_actions": list(actions)}
        answer = self.author.post(f"{self.path}/automated-actions", json=body)
        assert answer.status_code == status, answer.text
        return dict(answer.json())

    def change_step(self, step_title: str, **body: Any) -> Json:
        path = templating.steps_path(self.template, self.step(step_title))
        return dict(self.author.data("PATCH", path, json=body))

    def prerun(self, answers: Json) -> Json:
        """Answers by label as the API takes them: by id."""
        return {self.drawn.fields.get(label, label): value for label, value in answers.items()}

    def launch(self, starter: Client, answers: Json | None = None, **body: Any) -> Run:
        """A process of the template, with kick-off answers by label."""
        wanted = {"checklist_id": self.drawn.id, "prerun": self.prerun(answers or {}), **body}
        made = starter.data("POST", "/runs", 201, json=wanted)
        return Run(self.stage, starter, made, self.drawn)


def plan(
    stage: Stage,
    author: Client,
    *steps: Part,
    kickoff: Sequence[Part] = (),
    title: str = "Client onboarding",
    **settings: Any,
) -> Plan:
    """A new template of the author's; `settings` are columns of the template."""
    drawn = draw(stage.database, author, *steps, kickoff=kickoff, title=title, settings=settings)
    return Plan(stage, author, drawn, frozenset(one["label"] for one in kickoff))


@dataclass
class Run:
    """A process as its starter sees it; tasks are named by the titles of their steps."""

    stage: Stage
    starter: Client
    made: Json
    drawn: Drawn

    @property
    def path(self) -> str:
        return f"/runs/{self.made['id']}"

    def now(self) -> Json:
        return dict(self.starter.data("GET", self.path))

    def tasks(self, client: Client | None = None) -> dict[str, Json]:
        """All tasks, the hidden ones too."""
        found = (client or self.starter).data("GET", f"{self.path}/tasks?status=all&without_pagination=true")
        return {task["title"]: task for task in found}

    def task(self, title: str) -> Json:
        return dict(self.starter.data("GET", f"/tasks/{self.id_of(title)}"))

    def id_of(self, title: str) -> str:
        return str(self.tasks()[title]["id"])

    def visible(self) -> set[str]:
        return {title for title, task in self.tasks().items() if task["status"] != "auto-skipped"}

    def people(self, title: str) -> tuple[list[int], list[str], list[str]]:
        """Members, guests and groups of a task."""
        owners = self.task(title)["owners"]
        return owners["users"], owners["guests"], owners["groups"]

    def due(self, title: str) -> str | None:
        found: str | None = self.task(title)["deadline"]
        return found

    def save(self, title: str, *, by: Client | None = None, status: int = 200, **answers: Any) -> Any:
        """Save answers of a task by label."""
        body = {"taskdata": {self.drawn.fields[label]: value for label, value in answers.items()}}
        answer = (by or self.starter).put(f"{self.path}/tasks/{self.id_of(title)}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def complete(self, title: str, by: Client | None = None, status: int = 200, **body: Any) -> Any:
        """Complete a task and have done what follows. Returns the answer's JSON."""
        sent = {"task_id": self.id_of(title), **body}
        answer = (by or self.starter).post(f"{self.path}/completed-tasks", json=sent)
        assert answer.status_code == status, answer.text
        self.stage.work()
        return answer.json()

    def reopen(self, title: str, by: Client | None = None, status: int = 200, **body: Any) -> Any:
        client = by or self.starter
        answer = client.request("DELETE", f"{self.path}/completed-tasks/{self.id_of(title)}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def redo(self, title: str, **answers: Any) -> None:
        """Reopen a task, change its answers and complete it again."""
        self.reopen(title)
        if answers:
            self.save(title, **answers)
        self.complete(title)

    def hide(self, title: str, by: Client | None = None) -> None:
        (by or self.starter).data("PUT", f"{self.path}/tasks/{self.id_of(title)}/hide")

    def show(self, title: str, by: Client | None = None) -> None:
        (by or self.starter).data("PUT", f"{self.path}/tasks/{self.id_of(title)}/show")

    def resubmit(self, answers: Json | None = None) -> None:
        """Reopen the kick-off form and send it in again."""
        self.starter.data("DELETE", f"{self.path}/complete-prerun")
        sent = {self.drawn.fields[label]: value for label, value in (answers or {}).items()}
        self.starter.data("POST", f"{self.path}/complete-prerun", json={"prerun": sent})

    def log(self, title: str | None = None) -> list[Json]:
        """The activity of the process, or of a task; the newest first."""
        if title is None:
            return list(self.starter.data("GET", f"{self.path}/activity-feeds?per_page=100"))
        task = self.starter.data("GET", f"/tasks/{self.id_of(title)}?with=activities")
        return list(task["activities"]["data"])

    def said(self, title: str) -> list[str]:
        """What the bot commented on a task, the oldest first."""
        threads = self.starter.data("GET", f"/tasks/{self.id_of(title)}?with=threads")["threads"]["data"]
        return [one["content"] for one in threads if one["author_type"] == "bot"]


def ids(people: Iterable[Client]) -> list[int]:
    return [one.user_id for one in people]
