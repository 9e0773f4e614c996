"""What a check of a template finds, and what it looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from stepwell.engine.model import Directory, FormField, Rule, Step, Version

NOTHING_KNOWN: Mapping[UUID, Any] = {}


class Severity(StrEnum):
    """How bad it is; findings of INFO leave a template healthy."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was found; `label` is what people call it."""

    type: str  # template | step | field | kickoff_field | rule
    id: UUID
    alias: str
    label: str


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` names the kind of finding, `message` is a sentence for whoever owns the process."""

    severity: Severity
    code: str
    place: Place
    message: str
    related: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """A text in which variables stand: `where` it is, as people say it; `step_id` None is the template's own."""

    step_id: UUID | None
    where: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A template that a step launches when it is completed; `why_not`: what keeps it from being launched."""

    step_id: UUID
    title: str
    why_not: str | None = None
    required: tuple[str, ...] = ()
    """Labels of kick-off fields that must be answered and have no default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A template as it is checked. `launched_by`: titles of the templates whose steps launch this one."""

    version: Version
    texts: tuple[Text, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    launched_by: tuple[str, ...] = ()
    asked_at_launch: frozenset[UUID] = frozenset()  # steps whose guest the launcher is asked for
    directory: Directory | None = None  # None: everybody who is named can still be assigned
    known: Mapping[UUID, Any] = field(default_factory=lambda: NOTHING_KNOWN)
    """Answers that are given in a scenario, by field id; every other one is open."""


def place_of_step(step: Step) -> Place:
    return Place("step", step.id, step.alias, step.title)


def place_of_rule(rule: Rule) -> Place:
    return Place("rule", rule.id, "", rule.name)


def place_of_field(version: Version, one: FormField) -> Place:
    kind = "field" if one.id in version.step_of_field else "kickoff_field"
    return Place(kind, one.id, one.alias, one.label)


def place_of_template(version: Version) -> Place:
    return Place("template", version.template_id, "", version.title)
