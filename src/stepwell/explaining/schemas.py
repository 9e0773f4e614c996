"""The documented shapes of explanations."""

from __future__ import annotations

from typing import Any, Literal

from stepwell.http.shapes import Hex, Instant, Shape
from stepwell.processes.schemas import ProgressShape


class PlaceShape(Shape):
    """Where something is: `label` is what people call it, `alias` is null where there is none."""

    type: Literal["template", "step", "field", "kickoff_field", "rule"]
    id: Hex
    alias: str | None
    label: str


class FindingShape(Shape):
    """One thing that is wrong or suspicious."""

    severity: Literal["high", "medium", "low", "info"]
    code: str
    message: str
    place: PlaceShape
    related: list[PlaceShape]


class CountsShape(Shape):
    high: int
    medium: int
    low: int
    info: int


class StepOutlookShape(Shape):
    """What becomes of a step, whatever is answered."""

    id: Hex
    alias: str
    title: str
    position: int
    visibility: Literal["always", "never", "depends"]
    depends_on: list[PlaceShape]


class RuleOutlookShape(Shape):
    id: Hex
    automated_alias: str
    can_fire: bool


class HealthShape(Shape):
    """What a check of a template found; it is healthy when nothing is worse than `info`."""

    id: Hex
    title: str
    version: int
    healthy: bool
    counts: CountsShape
    findings: list[FindingShape]
    steps: list[StepOutlookShape]
    automated_actions: list[RuleOutlookShape]


class SimulatedPerson(Shape):
    """Who did something: a member, a guest, or with neither the system."""

    user_id: int | None
    guest: str | None


class SimulatedEventShape(Shape):
    """What happened; `completion` is the place of the entry that said so, null for the launch and the clock."""

    type: Literal["launched", "completed", "reopened", "answered", "expired"]
    completion: int | None
    step: PlaceShape | None
    by: SimulatedPerson | None


class SimulatedOwnersShape(Shape):
    users: list[int]
    guests: list[str]
    groups: list[Hex]


class SimulatedTaskShape(Shape):
    """The task of a step at one moment. `waits_for`: the step that its deadline is held for."""

    step_id: Hex
    alias: str
    title: str
    position: int
    task_type: Literal["task", "approval", "expiring", "email", "expiring_email"]
    visible: bool
    status: Literal["not-started", "in-progress", "completed", "auto-skipped"]
    status_label: str | None
    owners: SimulatedOwnersShape
    started_at: Instant | None
    deadline: Instant | None
    deadline_source: Literal["step", "default", "hand", "rule"]
    waits_for: PlaceShape | None
    is_approved: bool | None
    completed_at: Instant | None
    completed_by: SimulatedPerson | None
    taskdata: dict[str, Any]
    changed: bool


class SeenConditionShape(Shape):
    """A condition as it was evaluated; `value` is what it saw."""

    type: Literal["task", "prerun", "capture"]
    task_title: str | None
    field_label: str | None
    operation: str
    statement: Any
    logic: str
    isMet: bool  # noqa: N815 - the API's name
    value: Any


class SimulatedRuleShape(Shape):
    """A rule that was evaluated."""

    automation_id: Hex
    alias: str
    fired: bool
    conditions: list[SeenConditionShape]


class SimulatedEffectShape(Shape):
    """What followed, in the words of the activity feed; `rule` is the name of the rule that did it."""

    verb: str
    description: str
    field: str | None
    old: Any
    new: Any
    rule: str | None


class FollowingShape(Shape):
    """A template that would follow a completed task."""

    step: PlaceShape
    checklist_id: Hex
    tasks_within_process: bool


class MomentShape(Shape):
    """One thing that happens, and how everything stands after it."""

    at: Instant
    event: SimulatedEventShape
    status: Literal["active", "issue", "problem", "complete", "archived"]
    progress: ProgressShape
    whole_progress: ProgressShape
    tasks: list[SimulatedTaskShape]
    automated_actions: list[SimulatedRuleShape]
    effects: list[SimulatedEffectShape]
    launches: list[FollowingShape]


class SimulationShape(Shape):
    """A process played through; nothing of it is stored."""

    checklist_id: Hex
    title: str
    version: int
    prerun: dict[str, Any]
    moments: list[MomentShape]


class ScenarioShape(Shape):
    """What becomes of each step and rule on some answers, whatever the others are."""

    id: Hex
    title: str
    version: int
    answers: dict[str, Any]
    steps: list[StepOutlookShape]
    automated_actions: list[RuleOutlookShape]


class ExplainedConditionShape(SeenConditionShape):
    """A condition in words; of tasks that the caller may not see nothing is told."""

    sentence: str


class WaitingRuleShape(Shape):
    """A rule that would show a hidden task, and how its newest evaluation came out; null when there was none."""

    automation_id: Hex
    alias: str
    sentence: str
    evaluated_at: Instant | None
    event_id: int | None
    conditions: list[ExplainedConditionShape]


class RuleReasonShape(Shape):
    """The rule behind a reason; `event_id` is its evaluation in the activity feed."""

    automation_id: Hex
    alias: str
    event_id: int | None
    conditions: list[ExplainedConditionShape]


class ActorShape(Shape):
    id: int
    type: Literal["user", "guest", "bot"]
    name: str | None


class ReasonShape(Shape):
    """One thing that made a task as it is; `event_id` is its row in the activity feed, if there is one."""

    kind: Literal[
        "launch", "step", "starter", "job_title", "companion", "default", "created", "archived", "reopened",
        "hand", "rule", "anchor",
    ]  # fmt: skip
    sentence: str
    at: Instant | None
    event_id: int | None
    by: ActorShape | None
    rule: RuleReasonShape | None


class WhyVisibleShape(Shape):
    visible: bool
    by_hand: bool
    because: str
    reasons: list[ReasonShape]
    waiting_rules: list[WaitingRuleShape]


class WhyAssignedShape(Shape):
    owners: SimulatedOwnersShape
    because: str
    reasons: list[ReasonShape]


class AwaitedShape(Shape):
    """The step that a deadline is held for; `title` is null for a task that the caller may not see."""

    step_id: Hex
    task_id: Hex | None
    title: str | None
    sentence: str


class WhyDueShape(Shape):
    deadline: Instant | None
    deadline_source: Literal["step", "default", "hand", "rule"]
    because: str
    reasons: list[ReasonShape]
    waits_for: AwaitedShape | None


class WhyShape(Shape):
    """Why a task is visible or hidden, whose it is, and due when it is due."""

    task_id: Hex
    run_id: Hex | None
    step_id: Hex | None
    title: str
    status: Literal["not-started", "in-progress", "completed", "auto-skipped"]
    visibility: WhyVisibleShape
    people: WhyAssignedShape
    deadline: WhyDueShape
