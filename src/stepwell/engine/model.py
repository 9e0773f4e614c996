"""The engine's vocabulary: plain, immutable data about a template version and a running process.

Nothing here knows of HTTP, SQL or the clock. All instants are aware and in UTC. People are told apart as the
API does: members by their integer id, guests by their e-mail address, groups by their UUID.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from stepwell.engine.tally import NO_TASKS, Tally

Answers = Mapping[str, Any]  # field id (32 hex) -> JSON value; a field without an answer has no key
NOTHING: Answers = MappingProxyType({})


class Refused(Exception):
    """The command is understood but not possible (422). `reasons` maps a dotted field path to messages."""

    def __init__(self, message: str, reasons: Mapping[str, list[str]] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.reasons = dict(reasons or {})


class TaskType(StrEnum):
    TASK = "task"
    APPROVAL = "approval"
    EXPIRING = "expiring"
    EMAIL = "email"
    EXPIRING_EMAIL = "expiring_email"


class TaskStatus(StrEnum):
    NOT_STARTED = "not-started"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    HIDDEN = "auto-skipped"


class ProcessStatus(StrEnum):
    ACTIVE = "active"
    ISSUE = "issue"
    PROBLEM = "problem"
    COMPLETE = "complete"
    ARCHIVED = "archived"


class DeadlineSource(StrEnum):
    """Who set a task's deadline; only STEP and DEFAULT ones are ever computed again (T-124)."""

    STEP = "step"
    DEFAULT = "default"
    HAND = "hand"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Option:
    id: int
    text: str


@dataclass(frozen=True, slots=True)
class Column:
    id: int
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """A form field of a step, of the kick-off form, or of a one-off task."""

    id: UUID
    type: str  # text textarea radio dropdown multiselect date email file table assignees_form; one-offs: more
    label: str
    alias: str
    required: bool
    position: int
    options: tuple[Option, ...] = ()
    columns: tuple[Column, ...] = ()
    validation: tuple[str, ...] = ()
    collect_time: bool = False
    default: Any = None  # None unless the default is switched on
    must_all_checked: bool = False
    rich: bool = False  # a long text that is HTML
    prefix: str = ""
    suffix: str = ""

    @property
    def key(self) -> str:
        """The key under which the answer is kept: the id as 32 hex characters."""
        return self.id.hex


@dataclass(frozen=True, slots=True)
class StepDeadline:
    """`value` units after (`from`) or before (`prior_to`) the anchor; anchor None is the launch."""

    value: int
    unit: str  # minutes hours days weeks months
    option: str  # from | prior_to
    anchor: UUID | None


@dataclass(frozen=True, slots=True)
class Span:
    value: int
    unit: str


@dataclass(frozen=True, slots=True)
class People:
    """Whom something is assigned to, as given, nothing expanded. Order is kept, duplicates are not."""

    users: tuple[int, ...] = ()
    guests: tuple[str, ...] = ()
    groups: tuple[UUID, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.users or self.guests or self.groups)


NOBODY = People()


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The template that follows a completed task: launched as a process, or its tasks inserted into this one."""

    template_id: UUID
    inside: bool
    name_format: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    id: UUID
    alias: str
    title: str
    position: int
    type: TaskType = TaskType.TASK
    stage_id: UUID | None = None
    people: People = NOBODY
    roles: tuple[UUID, ...] = ()
    assign_starter: bool = True
    everyone_must_complete: bool = False
    only_assignees: bool = False
    max_assignable: int | None = None
    allow_guests: bool = True
    mandatory: bool = False
    deadline: StepDeadline | None = None
    start: Span = Span(2, "hours")
    soft_start: bool = True
    hide_by_default: bool = False
    webhook: str | None = None
    prevent_guest_comment: bool = False
    top_secret: bool = False
    send_chromeless: bool = False
    tags: tuple[UUID, ...] = ()
    fields: tuple[FormField, ...] = ()
    custom_fields: Mapping[str, Any] = field(default_factory=dict)
    follow_up: FollowUp | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """A milestone."""

    id: UUID
    name: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    subject_id: UUID
    subject: str  # Step | Capture | Prerun
    operation: str
    statement: Any
    logic: str  # and | or; anything else makes the condition count for nothing
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """How a rule moves a deadline: `value` units after (`from`) or `before` its base."""

    value: int
    unit: str
    option: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    type: str
    verb: str
    target_step_id: UUID
    people: People = NOBODY  # who is assigned, or removed, unless the source says it
    source_id: UUID | None = None  # a field, or for a deadline also a step
    shift: Shift | None = None
    webhook_url: str | None = None
    alias_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Conditions and actions stand in the order of their positions."""

    id: UUID
    name: str
    conditions: tuple[Condition, ...]
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a happening can reach: the steps whose tasks may be read or changed, and the rules that may be
    evaluated, in their order."""

    steps: frozenset[UUID]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Inserted:
    """Another template whose steps a running process took in; its kick-off form is shown nowhere."""

    template_id: UUID
    title: str
    kickoff: tuple[FormField, ...]
    steps: frozenset[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A frozen template, compiled once: steps, fields, rules and milestones stand in the order of their positions."""

    id: UUID
    template_id: UUID
    number: int
    title: str
    type: str  # procedure | form | document
    steps: tuple[Step, ...]
    kickoff: tuple[FormField, ...]
    rules: tuple[Rule, ...]
    stages: tuple[Stage, ...] = ()
    step_by_id: Mapping[UUID, Step] = field(default_factory=dict)
    field_by_id: Mapping[UUID, FormField] = field(default_factory=dict)  # kick-off and step fields
    step_of_field: Mapping[UUID, UUID] = field(default_factory=dict)  # step fields only
    rules_watching: Mapping[UUID, tuple[Rule, ...]] = field(default_factory=dict)
    """Step or field id -> the rules with a condition on it; a step watches for its fields too."""
    dependents: Mapping[UUID, tuple[Step, ...]] = field(default_factory=dict)
    """Step id -> the steps whose deadline is anchored to it."""
    inserted: tuple[
        Inserted, ...
    ] = ()  # the templates whose steps came in later; `steps` and `rules` have theirs
    reaches: dict[UUID | None, Reach] = field(default_factory=dict, init=False, compare=False, repr=False)
    """What `engine.reach` has found out about this version, by the step it starts from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleEffect:
    """What a rule did to a task last: enough to shift a deadline from where it was, and to take it back.

    `before` and `after` are JSON values, in the form that `engine.effects` gives each kind.
    """

    rule_id: UUID
    kind: str  # visibility | assignment | deadline
    before: Any
    after: Any
    base: datetime | None = None  # of a deadline: what the rule found when it first shifted it
    cause: UUID | None = None  # the step whose completion led to it, at `caused_at`
    caused_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task of a process, or a one-off task (`step_id` None). Hidden is a status, archived a time."""

    id: UUID
    number: int
    title: str
    original_title: str
    position: int
    type: TaskType = TaskType.TASK
    status: TaskStatus = TaskStatus.NOT_STARTED
    step_id: UUID | None = None
    linked_step_id: UUID | None = None
    template_id: UUID | None = None
    alias: str | None = None
    blueprint_position: int | None = None
    stage_id: UUID | None = None
    summary: str | None = None  # one-off tasks and texts changed in the process; None: the step's
    people: People = NOBODY
    roles: tuple[UUID, ...] = ()
    created_at: datetime
    starts_at: datetime | None = None
    shown_at: datetime | None = None  # when it last became visible
    soft_start: bool = True
    deadline: datetime | None = None
    deadline_source: DeadlineSource = DeadlineSource.STEP
    completed_at: datetime | None = None
    completer_id: int | None = None
    completer_guest: str | None = None
    is_approved: bool | None = None
    expired: bool = False  # closed by the clock
    reopened: bool = False  # open, and its latest change of state was a reopening
    shown_by_hand: bool | None = None  # True or False: a manual choice that rules never change (T-161)
    archived_at: datetime | None = None
    starter_id: int | None = None
    oneoff: bool = False
    everyone_must_complete: bool = False
    only_assignees: bool = False
    max_assignable: int | None = None
    allow_guests: bool = True
    webhook: str | None = None
    prevent_guest_comment: bool = False
    top_secret: bool = False
    send_chromeless: bool | None = None
    has_dependents: bool = False
    values: Answers = field(default_factory=dict)
    fields: tuple[FormField, ...] = ()  # one-off tasks only; a step's fields stand in the version
    parts: Mapping[str, bool | None] = field(default_factory=dict)
    """everyone_must_complete: who did the own part ("12" or an e-mail) -> an approval's decision."""
    issues: int = 0  # unresolved issues
    answered: bool = True  # every required answer is there
    rule_effects: tuple[RuleEffect, ...] = ()  # in the order in which they happened

    @property
    def visible(self) -> bool:
        return self.status is not TaskStatus.HIDDEN and self.archived_at is None

    @property
    def completed(self) -> bool:
        return self.status is TaskStatus.COMPLETED

    @property
    def open(self) -> bool:
        return self.visible and not self.completed


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A running process with its tasks, or those of them that a command can touch.

    `version` None is a project without a template.
    """

    id: UUID
    version: Version | None
    type: str = "procedure"
    starter_id: int
    owner_id: int
    created_at: datetime
    values: Answers = field(default_factory=dict)  # the kick-off answers
    kickoff_complete: bool = True
    kickoff_completed_at: datetime | None = None
    kickoff_completed_by: int | None = None
    issues: int = 0  # unresolved issues of the process itself, which freeze it
    archived_at: datetime | None = None
    completed_at: datetime | None = None
    status: ProcessStatus = ProcessStatus.ACTIVE
    fired: frozenset[UUID] = frozenset()  # rules that have fired and are not armed again (T-149)
    follow_ups: frozenset[UUID] = (
        frozenset()
    )  # steps that are completed and whose template has still to follow
    tasks: Mapping[UUID, Task] = field(default_factory=dict)
    elsewhere: Tally = NO_TASKS  # of the tasks that were not loaded, because nothing can reach them

    def having(self, *tasks: Task) -> Process:
        """This process with these tasks added or replaced."""
        return replace(self, tasks={**self.tasks, **{task.id: task for task in tasks}})

    def task_of(self, step_id: UUID) -> Task | None:
        """The task made from a step, or None when it was left out."""
        tasks = (task for task in self.tasks.values() if task.step_id == step_id and not task.oneoff)
        return next(tasks, None)


@dataclass(frozen=True, slots=True)
class GroupPeople:
    users: tuple[int, ...] = ()
    guests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """What the engine must know of the organization's people; it holds all of those a command may name.

    `assignable`: members that are active or invited. `active`: active ones. `member_emails`: addresses that
    belong to members and so cannot be guests. Guests unknown here are new and will be created.
    """

    assignable: frozenset[int] = frozenset()
    active: frozenset[int] = frozenset()
    groups: Mapping[UUID, GroupPeople] = field(default_factory=dict)
    roles: frozenset[UUID] = frozenset()
    member_emails: Mapping[str, int] = field(default_factory=dict)
    default_admin: int | None = None
    largest_group: int = 0  # the largest group that may be assigned; 0: any

    def expanded(self, people: People) -> tuple[frozenset[int], frozenset[str]]:
        """The members and guests that are meant, groups expanded."""
        users = set(people.users)
        guests = set(people.guests)
        for group_id in people.groups:
            group = self.groups.get(group_id, GroupPeople())
            users.update(group.users)
            guests.update(group.guests)
        return frozenset(users), frozenset(guests)


@dataclass(frozen=True, slots=True)
class DayHours:
    """One weekday. `start` and `end` are minutes after midnight; both None: all hours."""

    working: bool = True
    start: int | None = None
    end: int | None = None


UTC_ZONE = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The organization's settings that the engine needs. `week` starts on Monday."""

    zone: ZoneInfo = UTC_ZONE
    week: tuple[DayHours, ...] = (DayHours(),) * 7
    default_deadline: Span = Span(5, "days")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, as the log keeps it; the command adds who and when.

    `kind` is the word of the activity feed (Process, Task ...), `subject` says what changed (process, task),
    `why` the rule or event that caused it, if it was not the actor.
    """

    verb: str
    kind: str
    subject: str
    subject_id: UUID
    description: str
    field: str | None = None
    old: Any = None
    new: Any = None
    why: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a decision changes: the process after it, the tasks that differ or are new, what happened."""

    process: Process
    tasks: tuple[Task, ...]
    events: tuple[Event, ...]


def change_between(before: Process | None, after: Process, events: tuple[Event, ...]) -> Change:
    """The change from `before` (None: the process is new) to `after`; unchanged tasks are left out."""
    old = before.tasks if before is not None else {}
    changed = tuple(task for task in after.tasks.values() if old.get(task.id) != task)
    return Change(process=after, tasks=changed, events=events)
