"""The template that follows a completed task (T-096): noted by the completion, done by a job right after it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from stepwell.engine.model import Directory, FollowUp, Process, Refused, Task, Version

DEEPEST = 10  # automatic launches in a chain (T-100)
LAUNCHABLE = frozenset({"procedure", "form"})


def follow_up_of(process: Process, step_id: UUID | None) -> FollowUp | None:
    """What follows the task of a step; None for one-off tasks and for most steps."""
    if process.version is None or step_id is None:
        return None
    step = process.version.step_by_id.get(step_id)
    return step.follow_up if step is not None else None


def with_follow_up_due(process: Process, completed: Task) -> Process:
    """The process after a completion: what has to follow the task is noted until it is done or has failed."""
    step_id = None if completed.oneoff else completed.step_id
    if step_id is None or follow_up_of(process, step_id) is None:
        return process
    return replace(process, follow_ups=process.follow_ups | {step_id})


def without_follow_up(process: Process, step_id: UUID) -> Process:
    return replace(process, follow_ups=process.follow_ups - {step_id})


def waits_for_tasks(process: Process) -> bool:
    """Whether tasks are about to be inserted, so that the process is not finished yet."""
    found = (follow_up_of(process, step_id) for step_id in process.follow_ups)
    return any(follow_up is not None and follow_up.inside for follow_up in found)


def refuse_unlaunchable(version: Version) -> None:
    """Raises Refused for a template that nobody's completion may launch or insert (T-097)."""
    if version.type not in LAUNCHABLE:
        raise Refused("Only procedures and forms can follow a task.")
    if any(field.required for field in version.kickoff):
        raise Refused("Its kick-off form has required fields.")


def first_active(members: Iterable[int | None], directory: Directory) -> int | None:
    """The first of these members who has not left, after them the default administrator; None: nobody is left."""
    candidates = (*members, directory.default_admin)
    return next((one for one in candidates if one is not None and one in directory.active), None)


def templates_in(version: Version) -> frozenset[UUID]:
    """The template of a process, and those whose steps were inserted into it."""
    return frozenset({version.template_id, *(part.template_id for part in version.inserted)})
