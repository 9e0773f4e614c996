"""Templates to be checked, and what is found in them."""

from __future__ import annotations

from typing import Any

from stepwell.engine.health.examination import examine
from stepwell.engine.health.findings import Examined, Finding
from stepwell.engine.health.outlook import Outlook, outlook_of
from stepwell.engine.model import Version

from .builders import ADA, action, condition, form_field, hexed, identity, rule, step, version

SHOW, HIDE = "show", "hide"


def assigned(name: str, **more: Any) -> dict[str, Any]:
    """A step that somebody is assigned to."""
    return step(name, **{"assignees": [ADA], **more})


def shows(target: str, *conditions: dict[str, Any], name: str = "", verb: str = SHOW) -> dict[str, Any]:
    return rule(name or f"{verb} {target}", list(conditions), [action(verb, target)])


def done(name: str, operation: str = "completed", **more: Any) -> dict[str, Any]:
    return condition(name, operation, "any_time" if operation == "completed" else None, **more)


def asks(field: str, operation: str, statement: Any = None, **more: Any) -> dict[str, Any]:
    """A condition about the kick-off form."""
    return condition(field, operation, statement, "Prerun", **more)


def answers(field: str, operation: str, statement: Any = None, **more: Any) -> dict[str, Any]:
    """A condition about a field of a step."""
    return condition(field, operation, statement, "Capture", **more)


def findings(of: Version, *codes: str, **more: Any) -> list[Finding]:
    """What is found in a template, of these kinds if any are named; what is merely told is left out."""
    found = examine(Examined(version=of, **more))
    return [one for one in found if (one.code in codes if codes else one.severity != "info")]


def seen(of: Version, **known: Any) -> Outlook:
    """The outlook when these answers are known."""
    return outlook_of(Examined(version=of, known={identity(name): value for name, value in known.items()}))


def labels(of: Version, **known: Any) -> dict[str, str]:
    outlook = seen(of, **known)
    return {one.title: outlook.label(one.id) for one in of.steps}


__all__ = [
    "action", "answers", "asks", "assigned", "condition", "done", "findings", "form_field", "hexed", "labels",
    "rule", "seen", "shows", "step", "version",
]  # fmt: skip
