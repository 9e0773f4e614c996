"""Completing all that is open in a process, at once."""

from __future__ import annotations

from uuid import UUID

from stepwell.engine.completion import complete
from stepwell.engine.model import Directory, Event, Process, Refused, Task, change_between
from stepwell.errors import invalid
from stepwell.http.call import Call
from stepwell.processes.frames import Work, refuse_archived, working_on
from stepwell.processes.queries import process_answer
from stepwell.processes.sharing import require_governing

NOT_ALL = "Everyone who is assigned must complete this task."


async def complete_process(call: Call, process_id: UUID) -> str:
    """Complete every open visible task, those that rules show meanwhile too. Returns the process's JSON.

    Raises Refused with what stands in the way by task, and completes nothing then.
    """
    async with working_on(call, process_id) as work:
        require_governing(work, call.member)
        refuse_archived(work)
        process, events = await _all_completed(work)
        if events:
            await work.save(change_between(work.process, process, tuple(events)))
        return await process_answer(work.tenant, call, process_id)


async def _all_completed(work: Work) -> tuple[Process, list[Event]]:
    """Task by task in their order, each once: a rule may open one again, and it stays open then."""
    directory = await _directory(work)
    process, events = work.process, list[Event]()
    reasons: dict[str, list[str]] = {}
    tried: set[UUID] = set()
    while (task := _next(process, tried)) is not None:
        tried.add(task.id)
        try:
            change = complete(process, task.id, work.actor, work.at, work.house, directory)
        except Refused as refusal:
            reasons[f"tasks.{task.id.hex}"] = [f"{task.title}: {message}" for message in _messages(refusal)]
            continue
        if change.process.tasks[task.id].parts and not change.process.tasks[task.id].completed:
            reasons[f"tasks.{task.id.hex}"] = [f"{task.title}: {NOT_ALL}"]
            continue
        process = change.process
        events.extend(change.events)
    if reasons:
        raise invalid(reasons)
    return process, events


def _next(process: Process, tried: set[UUID]) -> Task | None:
    tasks = (task for task in process.tasks.values() if task.open and task.id not in tried)
    return min(tasks, key=lambda task: (task.position, task.id), default=None)


def _messages(refusal: Refused) -> list[str]:
    return [message for messages in refusal.reasons.values() for message in messages] or [refusal.message]


async def _directory(work: Work) -> Directory:
    tasks = work.process.tasks.values()
    if not any(task.everyone_must_complete for task in tasks):
        return Directory()
    return (await work.know(*tasks)).directory
