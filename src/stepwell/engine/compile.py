"""A template's stored definition, in the shape of the API, compiled once into a Version.

What is stored may be old or imported: whatever has no meaning here is left out, and nothing raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from stepwell.engine.answer_types import hex_id
from stepwell.engine.model import (
    Action,
    Column,
    Condition,
    FollowUp,
    FormField,
    Inserted,
    Option,
    People,
    Rule,
    Shift,
    Span,
    Stage,
    Step,
    StepDeadline,
    TaskType,
    Version,
)

Definition = Mapping[str, Any]
Compiled = TypeVar("Compiled")
NO_ID = UUID(int=0)
UNITS = {
    f"{unit}{plural}": f"{unit}s"
    for unit in ("minute", "hour", "day", "week", "month")
    for plural in ("", "s")
}
DIRECTIONS = {"from": "from", "after": "from", "prior_to": "prior_to", "before": "prior_to"}
LAUNCH_ANCHORS = frozenset({"", "start_run", "start_process"})
SUBJECTS = {
    "step": "Step",
    "task": "Step",
    "capture": "Capture",
    "field": "Capture",
    "form_field": "Capture",
    "formfield": "Capture",
    "prerun": "Prerun",
    "kickoff": "Prerun",
}
OPERATIONS = {"is": "equals", "is_not": "not_equals", "is_any_of": "equals_any"}
SINGLE_VERBS = {"deadline": "deadline", "status": "reopen", "webhook": "emit_webhook"}
DEFAULT_START = Span(2, "hours")


def compile_version(definition: Definition) -> Version:
    """The version that a definition describes; steps, fields and rules in the order of their positions."""
    kickoff = _each(definition.get("prerun"), compile_field)
    steps = _each(definition.get("steps"), _step)
    rules = _each(definition.get("automated_actions"), _rule)
    step_of_field = {one.id: step.id for step in steps for one in step.fields}
    inserted = _each(definition.get("inserted"), _inserted)
    unseen = tuple(one for part in inserted for one in part.kickoff)
    asked = (*kickoff, *unseen, *(one for step in steps for one in step.fields))
    return Version(
        id=hex_id(definition.get("version_id")) or NO_ID,
        template_id=hex_id(definition.get("id")) or NO_ID,
        number=_whole(definition.get("version"), 1),
        title=_text(definition.get("title")),
        type=_text(definition.get("type")) or "procedure",
        steps=steps,
        kickoff=kickoff,
        rules=rules,
        stages=_each(definition.get("stages"), _stage),
        step_by_id={step.id: step for step in steps},
        field_by_id={one.id: one for one in asked},
        step_of_field=step_of_field,
        rules_watching=_rules_watching(rules, step_of_field),
        dependents=_dependents(steps),
        inserted=inserted,
    )


def _rules_watching(
    rules: Iterable[Rule], step_of_field: Mapping[UUID, UUID]
) -> dict[UUID, tuple[Rule, ...]]:
    watching: dict[UUID, list[Rule]] = {}
    for rule in rules:
        subjects = {condition.subject_id for condition in rule.conditions}
        subjects |= {step_of_field[subject] for subject in subjects if subject in step_of_field}
        for subject in subjects:
            watching.setdefault(subject, []).append(rule)
    return {subject: tuple(found) for subject, found in watching.items()}


def _dependents(steps: Iterable[Step]) -> dict[UUID, tuple[Step, ...]]:
    dependents: dict[UUID, list[Step]] = {}
    for step in steps:
        if step.deadline is not None and step.deadline.anchor is not None:
            dependents.setdefault(step.deadline.anchor, []).append(step)
    return {anchor: tuple(found) for anchor, found in dependents.items()}


def _step(entry: Definition, place: int) -> Step | None:
    step_id = hex_id(entry.get("id"))
    if step_id is None:
        return None
    limit = _whole(entry.get("max_assignable"), 0)
    return Step(
        id=step_id,
        alias=_text(entry.get("alias")),
        title=_text(entry.get("title")),
        position=_whole(entry.get("position"), place),
        type=_task_type(entry.get("step_type", entry.get("type"))),
        stage_id=hex_id(entry.get("stage_id")),
        people=_people(entry),
        roles=_ids(entry.get("roles")),
        assign_starter=_flag(entry, "assign_run_starter", True),
        everyone_must_complete=_flag(entry, "everyone_must_complete"),
        only_assignees=_flag(entry, "can_complete_only_assignees"),
        max_assignable=limit if limit > 0 else None,
        allow_guests=_flag(entry, "allow_guest_owners", True),
        mandatory=_flag(entry, "skip_start_process"),
        deadline=_step_deadline(entry.get("deadline")),
        start=_start(entry.get("start_date")),
        soft_start=_flag(entry, "is_soft_start_date", True),
        hide_by_default=_flag(entry, "hide_by_default"),
        webhook=_text(entry.get("webhook")) or None,
        prevent_guest_comment=_flag(entry, "prevent_guest_comment"),
        top_secret=_flag(entry, "top_secret"),
        send_chromeless=_flag(entry, "send_chromeless"),
        tags=_ids(entry.get("tags")),
        fields=_each(entry.get("captures"), compile_field),
        custom_fields=_object(entry.get("custom_fields")),
        follow_up=_follow_up(entry.get("bp_to_launch")),
    )


def _follow_up(value: Any) -> FollowUp | None:
    template_id = hex_id(value.get("id")) if isinstance(value, Mapping) else None
    if template_id is None:
        return None
    return FollowUp(
        template_id=template_id,
        inside=_flag(value, "tasks_within_process"),
        name_format=_text(value.get("default_name_format")) or None,
    )


def _inserted(entry: Definition, _: int) -> Inserted | None:
    template_id = hex_id(entry.get("id"))
    if template_id is None:
        return None
    return Inserted(
        template_id=template_id,
        title=_text(entry.get("title")),
        kickoff=_each(entry.get("prerun"), compile_field),
        steps=frozenset(_ids(entry.get("steps"))),
    )


def _stage(entry: Definition, place: int) -> Stage | None:
    stage_id = hex_id(entry.get("id"))
    if stage_id is None:
        return None
    return Stage(stage_id, _text(entry.get("name")), _whole(entry.get("position"), place))


def _task_type(value: Any) -> TaskType:
    try:
        return TaskType(_text(value).strip().lower())
    except ValueError:
        return TaskType.TASK


def _step_deadline(value: Any) -> StepDeadline | None:
    """A deadline with an unknown unit, direction or anchor is none: the organization's default counts."""
    if not isinstance(value, Mapping):
        return None
    unit = UNITS.get(_text(value.get("unit")).lower())
    option = DIRECTIONS.get(_text(value.get("option")).lower())
    amount = _whole(value.get("value"), -1)
    sent_anchor = _text(value.get("step")).lower()
    anchor = None if sent_anchor in LAUNCH_ANCHORS else hex_id(sent_anchor)
    if unit is None or option is None or amount < 0 or (anchor is None and sent_anchor not in LAUNCH_ANCHORS):
        return None
    return StepDeadline(amount, unit, option, anchor)


def _start(value: Any) -> Span:
    if not isinstance(value, Mapping):
        return DEFAULT_START
    unit = UNITS.get(_text(value.get("unit")).lower())
    amount = _whole(value.get("value"), 0)
    return Span(amount, unit) if unit is not None and amount > 0 else DEFAULT_START


def compile_field(entry: Definition, place: int = 1) -> FormField | None:
    """One form field, of a step, a kick-off form or a one-off task; None without an id."""
    field_id = hex_id(entry.get("id"))
    if field_id is None:
        return None
    rules = entry.get("field_validation")
    validation = tuple(_text(rule) for rule in (rules.split("|") if isinstance(rules, str) else _list(rules)))
    settings = entry.get("settings")
    must_all = isinstance(settings, Mapping) and settings.get("must_all_checked") is True
    return FormField(
        id=field_id,
        type=_text(entry.get("field_type")),
        label=_text(entry.get("label")),
        alias=_text(entry.get("alias")),
        required=_flag(entry, "required"),
        position=_whole(entry.get("position"), place),
        options=_each(entry.get("options"), _option),
        columns=_each(entry.get("columns"), _column),
        validation=validation,
        collect_time=_flag(entry, "collect_time"),
        default=entry.get("default_value") if _flag(entry, "default_value_enabled") else None,
        must_all_checked=must_all or "must_all_checked" in validation,
        rich=_flag(entry, "use_wysiwyg_editor"),
        prefix=_text(entry.get("prefix")),
        suffix=_text(entry.get("suffix")),
    )


def _option(entry: Definition, place: int) -> Option:
    return Option(_whole(entry.get("id"), place), _text(entry.get("text")))


def _column(entry: Definition, place: int) -> Column:
    return Column(_whole(entry.get("id"), place), _text(entry.get("label")))


def _rule(entry: Definition, place: int) -> Rule | None:
    if entry.get("archived_at") is not None:
        return None
    return Rule(
        id=hex_id(entry.get("id")) or UUID(int=place),
        name=_text(entry.get("automated_alias")),
        conditions=_each(entry.get("conditions"), _condition),
        actions=_each(entry.get("then_actions"), _action),
    )


def _condition(entry: Definition, _: int) -> Condition:
    subject = _text(entry.get("conditionable_type")).rsplit("\\", 1)[-1].lower()
    operation = _text(entry.get("operation")).strip().lower()
    logic = entry.get("logic")
    column = entry.get("column_contains_name")
    return Condition(
        subject_id=hex_id(entry.get("conditionable_id")) or NO_ID,
        subject=SUBJECTS.get(subject, ""),
        operation=OPERATIONS.get(operation, operation),
        statement=entry.get("statement"),
        logic="and" if logic is None else _text(logic).strip().lower(),
        column=column if isinstance(column, str) else None,
    )


def _action(entry: Definition, _: int) -> Action | None:
    target = hex_id(entry.get("target_step_id"))
    if target is None:
        return None
    kind = _text(entry.get("action_type")).strip().lower()
    verb = _text(entry.get("action_verb")).strip().lower() or SINGLE_VERBS.get(kind, "")
    assignees = _object(entry.get("assignees"))
    return Action(
        type=kind,
        verb=verb,
        target_step_id=target,
        people=_people({**assignees, "assignees": assignees.get("users", assignees.get("assignees"))}),
        source_id=hex_id(entry.get("actionable_id")),
        shift=_shift(entry.get("deadline")),
        webhook_url=_text(entry.get("webhook_url")) or None,
        alias_name=_text(entry.get("alias_name")) or None,
    )


def _shift(value: Any) -> Shift | None:
    if not isinstance(value, Mapping):
        return None
    unit = UNITS.get(_text(value.get("unit")).lower())
    option = _text(value.get("option")).lower()
    amount = _whole(value.get("value"), -1)
    if unit is None or option not in ("from", "before") or amount < 0:
        return None
    return Shift(amount, unit, option)


def _people(entry: Definition) -> People:
    users = (_whole(user, 0) for user in _list(entry.get("assignees")))
    guests = (_text(guest).strip().lower() for guest in _list(entry.get("guests")))
    return People(
        users=tuple(dict.fromkeys(user for user in users if user)),
        guests=tuple(dict.fromkeys(guest for guest in guests if guest)),
        groups=_ids(entry.get("groups")),
    )


def _each(entries: Any, compiled: Callable[[Definition, int], Compiled | None]) -> tuple[Compiled, ...]:
    """The entries that are objects and make sense, by position; a bare list or one under `data`."""
    if isinstance(entries, Mapping):
        entries = entries.get("data")
    placed = [(entry, place) for place, entry in enumerate(_list(entries), 1) if isinstance(entry, Mapping)]
    placed.sort(key=lambda one: _whole(one[0].get("position"), one[1]))
    made = (compiled(entry, place) for entry, place in placed)
    return tuple(one for one in made if one is not None)


def _ids(values: Any) -> tuple[UUID, ...]:
    """Ids given bare or as objects with an `id`, each once."""
    entries = (value.get("id") if isinstance(value, Mapping) else value for value in _list(values))
    found = (hex_id(entry) for entry in entries)
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _object(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _flag(entry: Definition, key: str, default: bool = False) -> bool:
    value = entry.get(key)
    return value if isinstance(value, bool) else default


def _whole(value: Any, default: int) -> int:
    if isinstance(value, bool):
        return default
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 18:
        return int(value)
    return default
