"""What became of mails, in the activity log of the tasks that they belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from stepwell.db.ids import Numbers
from stepwell.db.pool import Tenant
from stepwell.engine.model import Event
from stepwell.events.log import BOT, Subject, append_to_several

FAILED = "email_send_failed"
# The row of the subject is locked and has its new number in one go; a task that moves just now is not told of.
TOLD_OF_PROCESSES = """
    UPDATE processes process SET last_event = process.last_event + new.events
      FROM (SELECT task.process_id, sum(told.events)::int AS events
              FROM unnest(%(task_ids)s::uuid[], %(counts)s::bigint[]) told (task_id, events)
              JOIN tasks task ON task.organization_id = %(organization_id)s AND task.id = told.task_id
             WHERE task.process_id IS NOT NULL GROUP BY task.process_id) new
     WHERE process.organization_id = %(organization_id)s AND process.id = new.process_id
    RETURNING process.id, process.last_event - new.events,
              ARRAY(SELECT task.id FROM tasks task
                     WHERE task.organization_id = %(organization_id)s AND task.process_id = process.id
                       AND task.id = ANY (%(task_ids)s))
"""
TOLD_OF_TASKS = """
    UPDATE tasks task SET last_event = task.last_event + told.events
      FROM unnest(%(task_ids)s::uuid[], %(counts)s::bigint[]) told (task_id, events)
     WHERE task.organization_id = %(organization_id)s AND task.id = told.task_id AND task.process_id IS NULL
    RETURNING task.id, task.last_event - told.events, ARRAY[task.id]
"""


async def tell_of_tasks(
    tenant: Tenant, numbers: Numbers, told: Mapping[UUID, Sequence[str]], at: datetime
) -> None:
    """Append, by task, that mails failed, in the bot's name. A task that was deleted is not told of."""
    wanted = {"task_ids": list(told), "counts": [len(texts) for texts in told.values()]}
    processes = await tenant.execute(TOLD_OF_PROCESSES, wanted)
    tasks = await tenant.fetch_all(TOLD_OF_TASKS, wanted)
    subjects = [("Run", *row) for row in await processes.fetchall()] + [("Task", *row) for row in tasks]
    happened = [
        (
            Subject(kind, subject_id, int(last_event)),
            [_failure(task_id, text) for task_id in task_ids for text in told[task_id]],
        )
        for kind, subject_id, last_event, task_ids in subjects
    ]
    await append_to_several(tenant, numbers, BOT, at, happened)


def _failure(task_id: UUID, text: str) -> Event:
    return Event(verb=FAILED, kind="Task", subject="task", subject_id=task_id, description=text)
