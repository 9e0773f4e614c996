"""How far one happening can reach through a template's rules and deadlines, found before anything is loaded.

A superset: every rule that may become a candidate is followed, whether or not its conditions will hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum, auto
from uuid import UUID

from stepwell.engine.assignment import people_listed, union
from stepwell.engine.deadlines import tasks_by_step
from stepwell.engine.model import NOBODY, Action, Answers, People, Process, Reach, Rule, Task, Version
from stepwell.engine.sources import answer_to, people_in_answer
from stepwell.engine.variables import names_in


class Happening(Enum):
    """What can happen to a task and let something follow."""

    COMPLETED = auto()
    REOPENED = auto()
    REASSIGNED = auto()
    REDATED = auto()


OPERATIONS = {Happening.REOPENED: "reopened", Happening.REASSIGNED: "not_assigned"}
REMOVING = frozenset({"assign_only", "unassign", "clear_assignees"})
Found = tuple[Happening, UUID]


def steps_within_reach(version: Version, step_id: UUID) -> frozenset[UUID]:
    """Every step whose task may be read or changed by what follows when the task of `step_id` is completed,
    reopened or assigned to others; that step is one of them."""
    return reach_of(version, step_id).steps


def reach_for(version: Version, step_id: UUID) -> frozenset[UUID] | None:
    """The steps whose tasks a command that completes, reopens or reassigns the task of `step_id` has to load.

    None: all of them. A step that is shown takes over the defaults of its fields, and with a new answer the title of
    any task may change.
    """
    reach = reach_of(version, step_id)
    shown = (
        action.target_step_id
        for rule in reach.rules
        for action in rule.actions
        if action.type == "visibility"
    )
    targets = (version.step_by_id.get(target) for target in shown)
    if any(one.default is not None for step in targets if step is not None for one in step.fields):
        return None
    return reach.steps


def reach_of(version: Version, step_id: UUID | None) -> Reach:
    """How far a completion, reopening or change of assignees of a step's task reaches; None: the launch, and
    a change of the kick-off answers. Found once for each version."""
    known = version.reaches.get(step_id)
    if known is None:
        known = version.reaches[step_id] = _followed(version, step_id)
    return known


def _followed(version: Version, step_id: UUID | None) -> Reach:
    steps: set[UUID] = set() if step_id is None else {step_id}
    rules: set[UUID] = set()
    first = () if step_id is None else (Happening.COMPLETED, Happening.REOPENED, Happening.REASSIGNED)
    waiting: list[Found] = [(what, step_id) for what in first if step_id is not None]
    seen: set[Found] = set(waiting)
    concerned = _concerned_at_launch(version) if step_id is None else ()
    while True:
        for rule in concerned:
            if rule.id not in rules:
                rules.add(rule.id)
                steps.update(_read_by(version, rule))
                followed = [found for action in rule.actions for found in _effects(action)]
                waiting.extend(found for found in followed if found not in seen)
                seen.update(followed)
        if not waiting:
            break
        found = waiting.pop()
        steps.add(found[1])
        dated = [found for found in _redated(version, *found) if found not in seen]
        waiting.extend(dated)
        seen.update(dated)
        concerned = _concerned(version, *found)
    return Reach(frozenset(steps & version.step_by_id.keys()), _in_order(version, rules))


def _in_order(version: Version, rules: set[UUID]) -> tuple[Rule, ...]:
    return tuple(rule for rule in version.rules if rule.id in rules)


def _concerned_at_launch(version: Version) -> Iterable[Rule]:
    """The candidates of a launch and of a changed kick-off form (T-146)."""
    return [
        rule
        for rule in version.rules
        if any(
            condition.subject == "Prerun"
            or (condition.subject == "Step" and condition.operation == "not_assigned")
            for condition in rule.conditions
        )
    ]


def _concerned(version: Version, what: Happening, step_id: UUID) -> Iterable[Rule]:
    """The candidates of what happened to a step's task (T-146)."""
    watching = version.rules_watching.get(step_id, ())
    if what is Happening.COMPLETED:
        return watching
    operation = OPERATIONS.get(what)
    return [
        rule
        for rule in watching
        if any(one.subject_id == step_id and one.operation == operation for one in rule.conditions)
    ]


def _read_by(version: Version, rule: Rule) -> Iterator[UUID]:
    """The steps that a rule's conditions and actions look at."""
    for condition in rule.conditions:
        yield version.step_of_field.get(condition.subject_id, condition.subject_id)
    for action in rule.actions:
        yield action.target_step_id
        if action.source_id is not None:
            yield version.step_of_field.get(action.source_id, action.source_id)
        if action.type == "visibility":
            yield from _named_in_defaults(version, action.target_step_id)


def _named_in_defaults(version: Version, step_id: UUID) -> Iterator[UUID]:
    """The steps whose answers the defaults of a step's fields take over when it is shown (T-076)."""
    step = version.step_by_id.get(step_id)
    defaults = [field.default for field in step.fields] if step is not None else []
    aliases = {alias for text in defaults if isinstance(text, str) for alias in names_in(text)}
    if aliases:
        for field_id, owner in version.step_of_field.items():
            if version.field_by_id[field_id].alias in aliases:
                yield owner


def _effects(action: Action) -> Iterator[Found]:
    """What an action can do that lets something follow; showing and hiding let nothing follow (T-147)."""
    target = action.target_step_id
    if action.type == "assignment":
        yield Happening.REASSIGNED, target
        if action.verb in REMOVING:  # all who remain may have done their part (P-323)
            yield Happening.COMPLETED, target
    elif action.type == "deadline":
        yield Happening.REDATED, target
    elif action.type == "status":
        yield Happening.REOPENED, target


def _redated(version: Version, what: Happening, step_id: UUID) -> Iterator[Found]:
    """The steps whose deadlines then follow, as `engine.deadlines` lets them."""
    if what is Happening.REASSIGNED:
        return
    for step in version.dependents.get(step_id, ()):
        backwards = step.deadline is not None and step.deadline.option == "prior_to"
        if backwards or what is Happening.COMPLETED:
            yield Happening.REDATED, step.id


def people_rules_may_assign(process: Process, step_id: UUID | None) -> People:
    """Everybody whom the rules within reach of a step's task, or for None of the kick-off form, may have to
    know: whom they name, and who holds the tasks whose people they may change. Nobody when they assign nobody.
    """
    if process.version is None:
        return NOBODY
    tasks = tasks_by_step(process)
    return union(*_people_concerned(process.version, step_id, process.values, tasks))


def people_rules_may_assign_at_launch(version: Version) -> People:
    """Everybody whom the rules that a launch may set off name, besides those in the kick-off answers."""
    return union(*_people_concerned(version, None, {}, {}))


def _people_concerned(
    version: Version, step_id: UUID | None, kickoff: Answers, tasks: Mapping[UUID, Task]
) -> Iterator[People]:
    for rule in reach_of(version, step_id).rules:
        for action in rule.actions:
            if action.type != "assignment":
                continue
            yield action.people
            source = version.field_by_id.get(action.source_id) if action.source_id is not None else None
            if source is not None:
                yield people_in_answer(source, answer_to(source, version, kickoff, tasks))
                yield people_in_answer(source, source.default)  # it may become the answer on the way
            target = tasks.get(action.target_step_id)
            if target is not None and not target.completed:
                yield target.people
                for effect in target.rule_effects:  # and whom a reversal would bring back
                    if effect.kind == "assignment":
                        yield people_listed(effect.before)
