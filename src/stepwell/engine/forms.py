"""Which fields a task asks for."""

from __future__ import annotations

from stepwell.engine.model import FormField, Process, Task


def fields_of(process: Process | None, task: Task) -> tuple[FormField, ...]:
    """The form of a task: its step's, or its own when it is a one-off task."""
    if task.oneoff or task.step_id is None or process is None or process.version is None:
        return task.fields
    step = process.version.step_by_id.get(task.step_id)
    return step.fields if step is not None else ()
