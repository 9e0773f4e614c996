"""The append-only log. A command appends in its own transaction; everything that happens afterwards reads
it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from stepwell.db.ids import Numbers
from stepwell.db.pool import Tenant
from stepwell.engine.model import Event

OBJECT_TYPES = {"process": "Run", "task": "Task", "template": "Checklist", "step": "Step", "field": "Capture",
                "prerun": "Prerun", "rule": "AutomatedAction", "stage": "Stage"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Author:
    """Who did it: a member, a guest (by person id), or the bot (None)."""

    person_id: int | None
    kind: str = "user"  # user | guest | bot


BOT = Author(None, "bot")


@dataclass(frozen=True, slots=True)
class Subject:
    """What the events are about; its row is locked, and `last_event` is the number of its newest event."""

    type: str  # Run | Task | Checklist | Organization
    id: UUID
    last_event: int


@dataclass(frozen=True, slots=True)
class Job:
    """A job that commits or vanishes with what asks for it; those with the same lock are done one by one."""

    queue: str
    task: str
    lock: str
    arguments: Mapping[str, Any]


APPENDED = """
    INSERT INTO events (organization_id, subject_id, number, id, at, verb, kind, actor_id, actor_type,
                        object_type, object_id, subject_type, description, field, old, new, why)
    SELECT %(organization_id)s, event.subject_id, event.number, event.id, %(at)s, event.verb, event.kind,
           CASE WHEN event.bot THEN NULL ELSE %(actor_id)s::bigint END,
           CASE WHEN event.bot THEN 'bot' ELSE %(actor_type)s END,
           event.object_type, event.object_id, event.subject_type, event.description, event.field,
           event.old, event.new, event.why
      FROM jsonb_to_recordset(%(events)s) AS event (subject_id uuid, subject_type text, number int,
           id bigint, verb text, kind text, bot boolean, object_type text, object_id uuid,
           description text, field text, old jsonb, new jsonb, why jsonb)
"""
DEFERRED = """
    SELECT procrastinate_defer_jobs_v1(array_agg(
               ROW(job ->> 'queue', job ->> 'task', 0, job ->> 'lock', NULL, job -> 'arguments',
                   NULL)::procrastinate_job_to_defer_v1 ORDER BY place))
      FROM jsonb_array_elements(%(jobs)s) WITH ORDINALITY AS jobs (job, place)
"""
APPEND = f"WITH appended AS ({APPENDED}) {DEFERRED}"
Happened = Sequence[tuple[Subject, Sequence[Event]]]


async def append(
    tenant: Tenant, numbers: Numbers, author: Author, at: datetime, subject: Subject, events: Sequence[Event]
) -> int:
    """Append events to a locked subject, and a job that has them read.

    Returns the number of the newest event; the caller writes it to the subject's `last_event`.
    """
    return (await append_to_several(tenant, numbers, author, at, [(subject, events)]))[0]


async def append_to_several(
    tenant: Tenant,
    numbers: Numbers,
    author: Author,
    at: datetime,
    happened: Happened,
    more_jobs: Iterable[Job] = (),
) -> list[int]:
    """Append to several locked subjects at once, with a job for each that has events, and `more_jobs` that follow
    from them. Returns, for each, the number of its newest event."""
    if any(events for _, events in happened):
        await tenant.execute(APPEND, await appending(tenant, numbers, author, at, happened, more_jobs))
    return [subject.last_event + len(events) for subject, events in happened]


async def appending(
    tenant: Tenant,
    numbers: Numbers,
    author: Author,
    at: datetime,
    happened: Happened,
    more_jobs: Iterable[Job] = (),
) -> dict[str, Any]:
    """The parameters of APPENDED and DEFERRED, for a statement that appends what has happened."""
    ids = await numbers.take(tenant.organization_id, "event", sum(len(events) for _, events in happened))
    rows: list[dict[str, Any]] = []
    for subject, events in happened:
        rows += _rows_of(subject, events, ids[len(rows) :])
    jobs = [_reading(tenant, subject, len(events)) for subject, events in happened if events]
    return {
        "at": at,
        "actor_id": author.person_id,
        "actor_type": author.kind,
        "events": json.dumps(rows, ensure_ascii=False),
        "jobs": json.dumps([*map(_job, jobs), *map(_job, more_jobs)]),
    }


def _rows_of(subject: Subject, events: Sequence[Event], ids: Sequence[int]) -> list[dict[str, Any]]:
    return [
        {
            "subject_id": subject.id.hex,
            "subject_type": subject.type,
            "number": subject.last_event + index,
            "id": ids[index - 1],
            "verb": event.verb,
            "kind": event.kind,
            "bot": event.kind == "execution",
            "object_type": OBJECT_TYPES.get(event.subject, event.subject),
            "object_id": event.subject_id.hex,
            "description": event.description,
            "field": event.field,
            "old": event.old,
            "new": event.new,
            "why": dict(event.why) if event.why is not None else None,
        }
        for index, event in enumerate(events, start=1)
    ]


def _reading(tenant: Tenant, subject: Subject, count: int) -> Job:
    """The job that has the new events of a subject read."""
    arguments = {
        "organization_id": tenant.organization_id.hex,
        "subject_id": subject.id.hex,
        "first": subject.last_event + 1,
        "last": subject.last_event + count,
    }
    return Job("events", "stepwell.jobs.read_events", subject.id.hex, arguments)


def _job(job: Job) -> dict[str, Any]:
    return {"queue": job.queue, "task": job.task, "lock": job.lock, "arguments": job.arguments}
