"""What sets rules off, and the state while they run for one originating event."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from stepwell.engine.deadlines import tasks_by_step
from stepwell.engine.model import Directory, Event, House, Process, Rule, Task, Version
from stepwell.engine.work import Actor


@dataclass(frozen=True, slots=True)
class Launched:
    """The process has started."""


@dataclass(frozen=True, slots=True)
class KickoffChanged:
    """The kick-off form was submitted again, or these of its answers got another value."""

    fields: frozenset[UUID]
    resubmitted: bool = False


@dataclass(frozen=True, slots=True)
class TaskCompleted:
    """A task was completed: by a person, with any decision, or by the clock."""

    step_id: UUID | None


@dataclass(frozen=True, slots=True)
class TaskReopened:
    step_id: UUID | None


@dataclass(frozen=True, slots=True)
class AssigneesChanged:
    step_id: UUID | None


Trigger = Launched | KickoffChanged | TaskCompleted | TaskReopened | AssigneesChanged


@dataclass(slots=True, kw_only=True)
class Pass:
    """The state while rules run for one originating event: later rules see what earlier ones did."""

    process: Process
    version: Version
    origin: Trigger
    at: datetime
    house: House
    directory: Directory
    by: Actor
    trigger: Trigger  # the one whose candidates are looked at now
    tasks: dict[UUID, Task]  # those of `process`, by step
    fired: set[UUID]
    fired_here: set[UUID] = field(default_factory=set)
    stopped: set[UUID] = field(default_factory=set)
    firings: int = 0
    events: list[Event] = field(default_factory=list)
    queue: deque[Trigger] = field(default_factory=deque)

    def put(self, task: Task) -> None:
        """Keep a changed task of this process."""
        self.process = self.process.having(task)
        if task.step_id is not None:
            self.tasks[task.step_id] = task

    def go_on_from(self, process: Process) -> None:
        """Keep a process of which several tasks have changed."""
        self.process = process
        self.tasks = tasks_by_step(process)

    def announce(self, trigger: Trigger) -> None:
        """Have its candidates looked at after those of now; what waits already is not queued twice (P-394)."""
        if trigger not in self.queue:
            self.queue.append(trigger)

    @property
    def cause(self) -> UUID | None:
        """The step whose completion is behind all this."""
        return self.origin.step_id if isinstance(self.origin, TaskCompleted) else None

    def is_about(self, step_id: UUID) -> bool:
        """Whether this step's task set off these rules."""
        triggers = (self.trigger, self.origin)
        return any(step_id == getattr(trigger, "step_id", None) for trigger in triggers)


def why(rule: Rule) -> Mapping[str, Any]:
    """The rule as the log names it as a reason."""
    return {"automation_id": rule.id.hex, "alias": rule.name}
