"""Bodies and answers of the task routes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import StringConstraints

from stepwell.comments.schemas import LONGEST
from stepwell.http.body import Body
from stepwell.http.shapes import Hex, Instant, Shape
from stepwell.http.values import Flag, Identifier, PersonId
from stepwell.processes.schemas import Due

Remark = Annotated[str, StringConstraints(max_length=LONGEST)]
"""A comment that comes with something else."""


class CompleteTask(Body):
    """POST .../completed-tasks."""

    task_id: Identifier
    is_approved: Flag | None = None
    override_user: PersonId | None = None
    comment: Remark | None = None


class ReopenTask(Body):
    """DELETE (or POST) .../completed-tasks/{task}: everything is optional."""

    comment: Remark | None = None
    reverse_rules: Flag | None = None
    deadline: Due | None = None


class DecideTask(Body):
    """POST .../approve, /reject, /acknowledge and /send-email."""

    comment: Remark | None = None
    override_user: PersonId | None = None


class OwnersShape(Shape):
    users: list[int]
    guests: list[str]
    groups: list[Hex]
    taskUrls: list[str]  # noqa: N815 - the API's name


class TaskShape(Shape):
    """A task as lists answer it."""

    id: Hex
    increment_id: int
    title: str
    original_title: str
    name: str
    run_id: Hex | None
    checklist_id: Hex | None
    step_id: Hex | None
    linked_step_id: Hex | None
    alias: str | None
    taskdata: dict[str, Any]
    owners: OwnersShape
    allow_guest_owners: bool
    is_completable: bool
    status: Literal["not-started", "in-progress", "completed", "auto-skipped"]
    status_label: str
    task_type: Literal["task", "approval", "expiring", "email", "expiring_email"]
    is_approved: bool | None
    position: int
    blueprint_position: int | None
    stage_id: Hex | None
    started_at: Instant | None
    deadline: Instant | None
    is_soft_start_date: bool
    created_at: Instant
    last_updated: Instant
    completed_at: Instant | None
    archived_at: Instant | None
    starter_id: int | None
    completer_id: int | None
    completer_guest_id: int | None
    completer_guest: str | None
    is_oneoff_task: bool
    everyone_must_complete: bool
    completion_progress: float | None
    can_complete_only_assignees: bool
    has_deadline_dependent_child_tasks: bool
    max_assignable: int | None
    webhook: str | None
    prevent_guest_comment: bool
    problem: bool
    send_chromeless: bool | None
    top_secret: bool
    run_status: str | None
    custom_fields: dict[str, Any] | None
    starred: bool


class OneTaskShape(TaskShape):
    """A single task, with its instructions."""

    summary: str | None
    original_summary: str | None


class SmallTaskShape(OneTaskShape):
    """A new task in the words of the connector too."""

    description: str | None
    owner_id: int


class ChangedTaskShape(OneTaskShape):
    """A task after it was completed or reopened; of a task in a process, with what rules changed."""
