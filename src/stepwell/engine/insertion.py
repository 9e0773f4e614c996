"""Inserting the steps of another template into a running process, after the task that asked for them (P-127)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from stepwell.engine.completion import settled_change
from stepwell.engine.follow_up import (
    first_active,
    refuse_unlaunchable,
    templates_in,
    without_follow_up,
)
from stepwell.engine.launch import Launch, launch
from stepwell.engine.model import Change, Directory, Event, House, Process, Refused, Version
from stepwell.engine.order import in_order, place_after, renumbered

IN_IT_ALREADY = "Its tasks are part of this process already, and a template is inserted only once."


def refuse_uninsertable(process: Process, template: Version) -> None:
    """Raises Refused for a template that may not follow, or that is part of the process already (T-098)."""
    if process.version is None or template.template_id in templates_in(process.version):
        raise Refused(IN_IT_ALREADY)
    refuse_unlaunchable(template)


def inserted(
    process: Process,
    after_task: UUID,
    template: Version,
    together: Version,
    house: House,
    directory: Directory,
    at: datetime,
    new_id: Callable[[], UUID],
    new_number: Callable[[], int],
) -> Change:
    """The process with the tasks of `template` directly after a task; `together` is its version with both.

    The template is launched as it would be on its own, for the starter and the owner of the process: people,
    deadlines and first rules are those of a launch at `at`. Raises Refused.
    """
    refuse_uninsertable(process, template)
    starter = first_active((process.starter_id, process.owner_id), directory) or process.starter_id
    wanted = Launch(process_id=process.id, name=template.title, starter_id=starter, owner_id=process.owner_id)
    own = launch(template, wanted, house, directory, at, new_id, new_number)
    place = place_after(process, after_task) - 1
    before = in_order(process)
    tasks = renumbered([*before[:place], *in_order(own.process), *before[place:]])
    after = replace(
        process.having(*tasks),
        version=together,
        values={**own.process.values, **process.values},
        fired=process.fired | own.process.fired,
    )
    trigger = process.tasks[after_task]
    if trigger.step_id is not None:
        after = without_follow_up(after, trigger.step_id)
    told = Event(
        verb="updated",
        kind="Process",
        subject="process",
        subject_id=process.id,
        description=f"Inserted the tasks of: {template.title}",
        field="tasks",
        new=template.title,
        why={"origin": {"type": "task", "id": trigger.id.hex}},
    )
    executed = (event for event in own.events if event.verb not in ("created", "completed"))
    return settled_change(process, after, at, (told, *executed))
