"""Starting a process from a template version: answers, tasks, people, deadlines, visibility, first rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from stepwell.engine.answers import INVALID, is_blank, merge, why_incomplete, with_defaults
from stepwell.engine.assignment import people_at_launch, why_too_many, why_unassignable, with_companion
from stepwell.engine.calendar import forward
from stepwell.engine.completion import settled_change
from stepwell.engine.deadlines import Dated, initial_deadlines, start_of
from stepwell.engine.model import (
    Answers,
    Change,
    Directory,
    Event,
    FormField,
    House,
    People,
    Process,
    Refused,
    Step,
    Task,
    TaskStatus,
    Version,
)
from stepwell.engine.rules import Launched, evaluate_rules, initially_hidden
from stepwell.engine.variables import filled_default, source_at_launch
from stepwell.engine.visibility import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLaunch:
    """What a launch wants otherwise than the step says; None leaves it to the step.

    `unassigned` launches the task with nobody, `removed` leaves an optional step out.
    """

    owners: People | None = None
    unassigned: bool = False
    removed: bool = False
    deadline: datetime | None = None
    starts_at: datetime | None = None
    position: int | None = None
    max_assignable: int | None = None
    title: str | None = None
    summary: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What is to be launched. `answers` are the kick-off answers as sent, by field id or alias.

    `kickoff_submitted` False: nobody has seen the form, so one with blank fields is still to be submitted.
    """

    process_id: UUID
    name: str
    starter_id: int
    owner_id: int
    answers: Mapping[str, Any] = field(default_factory=dict)
    steps: Mapping[UUID, StepLaunch] = field(default_factory=dict)
    people_by_role: Mapping[UUID, People] = field(default_factory=dict)
    kickoff_submitted: bool = True

    def of(self, step: Step) -> StepLaunch:
        return self.steps.get(step.id, AS_THE_STEP_SAYS)


AS_THE_STEP_SAYS = StepLaunch()


def launch(
    version: Version,
    wanted: Launch,
    house: House,
    directory: Directory,
    at: datetime,
    new_id: Callable[[], UUID],
    new_number: Callable[[], int],
) -> Change:
    """The process that `wanted` starts at `at`, with its tasks and first events.

    Raises Refused with all that is wrong at once: answers under `prerun.<field id>`, steps under
    `tasks.<step id>`, roles under `roles.<role id>`.
    """
    answers, reasons = _kickoff_answers(version, wanted, directory, at.astimezone(house.zone).date(), house)
    steps = tuple(step for step in version.steps if not wanted.of(step).removed)
    people = _people(steps, wanted, directory)
    reasons.update(_why_wrong_steps(version, wanted, directory))
    for step in steps:
        path = f"tasks.{step.id.hex}.owners"
        limit = wanted.of(step).max_assignable or step.max_assignable
        reasons.update(why_too_many(people[step.id], limit, directory, path))
    if reasons:
        raise Refused(INVALID, reasons)
    process = _started(version, wanted, answers, at)
    concealed = initially_hidden(version)
    given = {step.id: one for step in steps if (one := wanted.of(step).deadline) is not None}
    deadlines = initial_deadlines(version, (step.id for step in steps), given, at, house)
    companions = (wanted.owner_id, wanted.starter_id)
    beside = {some: with_companion(some, companions, directory) for some in set(people.values())}
    tasks = []
    for step, position in zip(steps, _positions(steps, wanted), strict=True):
        draft = _Draft(new_id(), new_number(), position, beside[people[step.id]], deadlines[step.id])
        tasks.append(_task(process, step, wanted.of(step), draft, house, visible=step.id not in concealed))
    process = process.having(*tasks)
    process, executed = evaluate_rules(process, Launched(), at, house, directory)
    process, explained = _with_something_visible(process, at, house)
    return settled_change(None, process, at, (_created(process, wanted), *executed, *explained))


def _kickoff_answers(
    version: Version, wanted: Launch, directory: Directory, today: date, house: House
) -> tuple[Answers, dict[str, list[str]]]:
    """The answers with defaults for the fields that were not sent, and what is wrong with them (T-056)."""
    try:
        answers = merge(version.kickoff, {}, wanted.answers, directory, "prerun")
    except Refused as wrong:
        reasons = dict(wrong.reasons)
        given = {key: value for key, value in wanted.answers.items() if _path(version, key) not in reasons}
        answers = merge(version.kickoff, {}, given, directory, "prerun")
    else:
        reasons = {}
    sent = {_path(version, key) for key in wanted.answers}
    absent = [one for one in version.kickoff if f"prerun.{one.key}" not in sent]

    def filled(one: FormField, so_far: Answers) -> Any:
        return filled_default(one, source_at_launch(version, version.kickoff, so_far, today, house, {}), None)

    answers = with_defaults(absent, answers, today, filled)
    for key, messages in why_incomplete(version.kickoff, answers).items():
        reasons.setdefault(f"prerun.{key}", messages)
    return answers, reasons


def _path(version: Version, key: str) -> str:
    """The path of the kick-off field that a key of the answers means, or the key itself."""
    named = (one for one in version.kickoff if (key and key == one.alias) or _bare(key) == one.key)
    found = next(named, None)
    return f"prerun.{found.key}" if found is not None else key


def _bare(key: str) -> str:
    return key.strip().replace("-", "").lower()


def _why_wrong_steps(version: Version, wanted: Launch, directory: Directory) -> dict[str, list[str]]:
    reasons: dict[str, list[str]] = {}
    for step_id, override in wanted.steps.items():
        path = f"tasks.{step_id.hex}"
        step = version.step_by_id.get(step_id)
        if step is None:
            reasons[path] = ["This is not a step of the template."]
        elif override.removed and step.mandatory:
            reasons[path] = [f"{step.title} is mandatory and cannot be removed."]
        if override.owners:
            reasons.update(why_unassignable(override.owners, directory, f"{path}.owners"))
    for role_id, people in wanted.people_by_role.items():
        if role_id not in directory.roles:
            reasons[f"roles.{role_id.hex}"] = ["This job title does not exist."]
        reasons.update(why_unassignable(people, directory, f"roles.{role_id.hex}"))
    return reasons


def _people(steps: Iterable[Step], wanted: Launch, directory: Directory) -> dict[UUID, People]:
    """Whom the task of each step starts with; many steps say the same, so each answer is worked out once."""
    known: dict[tuple[Any, ...], People] = {}
    people: dict[UUID, People] = {}
    for step in steps:
        override = wanted.of(step)
        asked = (override.owners, override.unassigned, step.people, step.roles, step.assign_starter)
        if asked not in known:
            known[asked] = people_at_launch(
                step,
                override.owners,
                override.unassigned,
                wanted.people_by_role,
                wanted.starter_id,
                directory,
            )
        people[step.id] = known[asked]
    return people


def _started(version: Version, wanted: Launch, answers: Answers, at: datetime) -> Process:
    is_complete = wanted.kickoff_submitted or not any(
        is_blank(one, answers.get(one.key)) for one in version.kickoff
    )
    submitted = is_complete and bool(version.kickoff)
    return Process(
        id=wanted.process_id,
        version=version,
        type=version.type,
        starter_id=wanted.starter_id,
        owner_id=wanted.owner_id,
        created_at=at,
        values=answers,
        kickoff_complete=is_complete,
        kickoff_completed_at=at if submitted else None,
        kickoff_completed_by=wanted.starter_id if submitted else None,
    )


def _positions(steps: Iterable[Step], wanted: Launch) -> list[int]:
    """Dense positions in the order of the steps, where a wanted position pushes the others on."""
    places = []
    for index, step in enumerate(steps):
        position = wanted.of(step).position
        places.append((index + 1, 1, index) if position is None else (position, 0, index))
    order = sorted(range(len(places)), key=places.__getitem__)
    positions = [0] * len(places)
    for position, index in enumerate(order, start=1):
        positions[index] = position
    return positions


class _Draft(NamedTuple):
    """What the launch has found out about a task before it makes it."""

    id: UUID
    number: int
    position: int
    people: People
    dated: Dated


def _task(
    process: Process, step: Step, override: StepLaunch, draft: _Draft, house: House, *, visible: bool
) -> Task:
    """The task as the launch wants it. One that is shown takes over the defaults of its fields."""
    at, version = process.created_at, process.version
    starts_at = start_of(step, at, house)
    if override.starts_at is not None:
        starts_at = forward(house, override.starts_at)
    has_defaults = any(one.default is not None for one in step.fields)
    shows = visible and not has_defaults
    task = Task(
        id=draft.id,
        number=draft.number,
        title=override.title or step.title,
        original_title=override.title or step.title,
        summary=override.summary,
        position=draft.position,
        status=TaskStatus.NOT_STARTED if shows else TaskStatus.HIDDEN,
        people=draft.people,
        starter_id=process.starter_id,
        starts_at=starts_at or (at if shows else None),
        shown_at=at if shows else None,
        deadline=draft.dated[0],
        deadline_source=draft.dated[1],
        type=step.type,
        step_id=step.id,
        template_id=version.template_id if version is not None else None,
        alias=step.alias,
        blueprint_position=step.position,
        stage_id=step.stage_id,
        roles=step.roles,
        created_at=at,
        soft_start=step.soft_start,
        everyone_must_complete=step.everyone_must_complete,
        only_assignees=step.only_assignees,
        max_assignable=override.max_assignable or step.max_assignable,
        allow_guests=step.allow_guests,
        webhook=step.webhook,
        prevent_guest_comment=step.prevent_guest_comment,
        top_secret=step.top_secret,
        send_chromeless=step.send_chromeless,
        has_dependents=version is not None and bool(version.dependents.get(step.id)),
        answered=not why_incomplete(step.fields, {}),
    )
    return shown(process, task, at, house) if visible and has_defaults else task


def _with_something_visible(
    process: Process, at: datetime, house: House
) -> tuple[Process, tuple[Event, ...]]:
    """A process whose tasks are all hidden after launch shows them all, and says so (T-162)."""
    if not process.tasks or any(task.visible for task in process.tasks.values()):
        return process, ()
    event = Event(
        verb="updated",
        kind="Process",
        subject="process",
        subject_id=process.id,
        description="Every step would have been hidden at launch, so all of them are shown.",
        field="visibility",
    )
    return process.having(*(shown(process, task, at, house) for task in process.tasks.values())), (event,)


def _created(process: Process, wanted: Launch) -> Event:
    return Event(
        verb="created",
        kind="Process",
        subject="process",
        subject_id=process.id,
        description=f"Launched process: {wanted.name}",
    )
