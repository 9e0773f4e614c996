"""The append-only log. A command appends in its own transaction; everything that happens afterwards reads
it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
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


APPEND = """
    WITH appended AS (
        INSERT INTO events (organization_id, subject_id, number, id, at, verb, kind, actor_id, actor_type,
                            object_type, object_id, subject_type, description, field, old, new, why)
        SELECT %(organization_id)s, %(subject_id)s, event.number, event.id, %(at)s, event.verb, event.kind,
               CASE WHEN event.bot THEN NULL ELSE %(actor_id)s::bigint END,
               CASE WHEN event.bot THEN 'bot' ELSE %(actor_type)s END,
               event.object_type, event.object_id, %(subject_type)s, event.description, event.field,
               event.old, event.new, event.why
          FROM jsonb_to_recordset(%(events)s) AS event (number int, id bigint, verb text, kind text, bot
            boolean,
               object_type text, object_id uuid, description text, field text, old jsonb, new jsonb, why
                 jsonb)
    )
    SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('events', 'stepwell.jobs.read_events', 0, %(lock)s, NULL,
               %(job)s, NULL)::procrastinate_job_to_defer_v1])
"""  # the job commits or vanishes with the events that it names


async def append(
    tenant: Tenant, numbers: Numbers, author: Author, at: datetime, subject: Subject, events: Sequence[Event]
) -> int:
    """Append events to a locked subject, and a job that has them read.

    Returns the number of the newest event; the caller writes it to the subject's `last_event`.
    """
    if not events:
        return subject.last_event
    ids = await numbers.take(tenant.organization_id, "event", len(events))
    wanted = {
        "subject_id": subject.id,
        "subject_type": subject.type,
        "at": at,
        "actor_id": author.person_id,
        "actor_type": author.kind,
        "events": json.dumps(_rows_of(subject, events, ids), ensure_ascii=False),
        "lock": subject.id.hex,
        "job": json.dumps(_job_of(tenant, subject, len(events))),
    }
    await tenant.execute(APPEND, wanted)
    return subject.last_event + len(events)


def _rows_of(subject: Subject, events: Sequence[Event], ids: Sequence[int]) -> list[dict[str, Any]]:
    return [
        {
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


def _job_of(tenant: Tenant, subject: Subject, count: int) -> dict[str, Any]:
    return {
        "organization_id": tenant.organization_id.hex,
        "subject_id": subject.id.hex,
        "first": subject.last_event + 1,
        "last": subject.last_event + count,
    }


APPEND_TO_SEVERAL = """
    WITH appended AS (
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
    )
    SELECT procrastinate_defer_jobs_v1(array_agg(ROW('events', 'stepwell.jobs.read_events', 0,
               job ->> 'subject_id', NULL, job, NULL)::procrastinate_job_to_defer_v1 ORDER BY place))
      FROM jsonb_array_elements(%(jobs)s) WITH ORDINALITY AS jobs (job, place)
"""


async def append_to_several(
    tenant: Tenant,
    numbers: Numbers,
    author: Author,
    at: datetime,
    happened: Sequence[tuple[Subject, Sequence[Event]]],
) -> list[int]:
    """Append to several locked subjects at once, with a job for each that has events. Returns, for each, the
    number of its newest event."""
    total = sum(len(events) for _, events in happened)
    if total:
        ids = await numbers.take(tenant.organization_id, "event", total)
        rows: list[dict[str, Any]] = []
        for subject, events in happened:
            about = {"subject_id": subject.id.hex, "subject_type": subject.type}
            rows += [about | row for row in _rows_of(subject, events, ids[len(rows) :])]
        jobs = [_job_of(tenant, subject, len(events)) for subject, events in happened if events]
        wanted = {
            "at": at,
            "actor_id": author.person_id,
            "actor_type": author.kind,
            "events": json.dumps(rows, ensure_ascii=False),
            "jobs": json.dumps(jobs),
        }
        await tenant.execute(APPEND_TO_SEVERAL, wanted)
    return [subject.last_event + len(events) for subject, events in happened]
