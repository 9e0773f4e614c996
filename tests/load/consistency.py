"""What must be true of an organization's rows between any two transactions, whatever happened before."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg

from stepwell.organizations.setup import enter

VISIBLE = "task.status <> 'auto-skipped' AND task.archived_at IS NULL"
OPEN = f"{VISIBLE} AND task.status <> 'completed'"

CHECKS = {
    "events of a process are numbered from one without a gap up to its last": """
        SELECT process.id, process.last_event, count(event.number), min(event.number), max(event.number)
          FROM processes process LEFT JOIN events event
            ON event.organization_id = process.organization_id AND event.subject_id = process.id
         WHERE process.organization_id = %(id)s GROUP BY process.id, process.last_event
        HAVING count(event.number) <> process.last_event OR min(event.number) <> 1
            OR max(event.number) <> process.last_event
    """,
    "events of a process are in the order of time": """
        SELECT subject_id, number FROM (
            SELECT subject_id, number, at, lag(at) OVER (PARTITION BY subject_id ORDER BY number) AS before
              FROM events WHERE organization_id = %(id)s) event
         WHERE at < before
    """,
    "every event is named by exactly one job": """
        SELECT event.subject_id, event.number, count(job.id)
          FROM events event LEFT JOIN procrastinate_jobs job
            ON job.args ->> 'subject_id' = hex(event.subject_id)
           AND event.number BETWEEN (job.args ->> 'first')::int AND (job.args ->> 'last')::int
         WHERE event.organization_id = %(id)s GROUP BY 1, 2 HAVING count(job.id) <> 1
    """,
    "no job names an event that is not there": """
        SELECT job.args FROM procrastinate_jobs job
         WHERE job.args ->> 'organization_id' = hex(%(id)s) AND job.queue_name = 'events' AND NOT EXISTS (
               SELECT FROM events WHERE organization_id = %(id)s
                  AND subject_id = (job.args ->> 'subject_id')::uuid AND number = (job.args ->> 'last')::int)
    """,
    "a process has one task a step of its version": """
        SELECT process.id, count(task.id) FROM processes process
          JOIN template_versions version ON version.organization_id = process.organization_id
           AND version.id = process.version_id
          LEFT JOIN tasks task ON task.organization_id = process.organization_id
           AND task.process_id = process.id AND NOT task.oneoff
         WHERE process.organization_id = %(id)s GROUP BY process.id, version.definition
        HAVING count(task.id) <> jsonb_array_length(version.definition -> 'steps')
    """,
    "what a process row counts of its tasks is a recount": f"""
        SELECT * FROM (
            SELECT process.id,
                   ARRAY[complete_tasks, visible_tasks, whole_complete, whole_tasks, late_completed,
                         problem_tasks] AS kept,
                   ARRAY[count(task.id) FILTER (WHERE {VISIBLE} AND task.status = 'completed'),
                         count(task.id) FILTER (WHERE {VISIBLE}),
                         count(task.id) FILTER (WHERE task.archived_at IS NULL AND task.status = 'completed'),
                         count(task.id) FILTER (WHERE task.archived_at IS NULL),
                         count(task.id) FILTER (WHERE {VISIBLE} AND task.status = 'completed'
                                                  AND task.completed_at > task.deadline),
                         count(task.id) FILTER (WHERE {VISIBLE} AND task.issues > 0)]::int[] AS counted,
                   (max_deadline, open_deadlines)::text AS due_kept,
                   (max(task.deadline) FILTER (WHERE {VISIBLE}),
                    coalesce(array_agg(task.deadline ORDER BY task.deadline)
                             FILTER (WHERE {OPEN} AND task.deadline IS NOT NULL), '{{}}'))::text
                       AS due_counted
              FROM processes process LEFT JOIN tasks task
                ON task.organization_id = process.organization_id AND task.process_id = process.id
             WHERE process.organization_id = %(id)s GROUP BY process.organization_id, process.id) counts
         WHERE kept <> counted OR due_kept <> due_counted
    """,
    "the status of a process follows from its tasks": f"""
        SELECT process.id, process.status FROM processes process
         WHERE process.organization_id = %(id)s AND process.type = 'procedure' AND process.kickoff_complete
           AND process.issues = 0 AND process.status <> CASE
               WHEN process.archived_at IS NOT NULL THEN 'archived'
               WHEN EXISTS (SELECT FROM tasks task WHERE task.organization_id = %(id)s
                               AND task.process_id = process.id AND {VISIBLE} AND task.issues > 0)
               THEN 'problem'
               WHEN EXISTS (SELECT FROM tasks task WHERE task.organization_id = %(id)s
                               AND task.process_id = process.id AND {OPEN})
                 OR NOT EXISTS (SELECT FROM tasks task WHERE task.organization_id = %(id)s
                               AND task.process_id = process.id AND {VISIBLE}) THEN 'active'
               ELSE 'complete' END
    """,
    "the people of a task are its assignees, groups expanded": """
        WITH wanted AS (
            SELECT task.id, person.id AS person_id FROM tasks task JOIN people person
                ON person.organization_id = task.organization_id
               AND (person.id = ANY (task.users)
                    OR (person.kind = 'guest' AND person.email = ANY (task.guests))
                    OR person.id IN (SELECT person_id FROM group_people
                                      WHERE organization_id = %(id)s AND group_id = ANY (task.groups)))
             WHERE task.organization_id = %(id)s
        ), kept AS (SELECT task_id AS id, person_id FROM task_people WHERE organization_id = %(id)s)
        (SELECT 'missing', * FROM wanted EXCEPT SELECT 'missing', * FROM kept)
        UNION ALL (SELECT 'too many', * FROM kept EXCEPT SELECT 'too many', * FROM wanted)
    """,
    "the people of a task repeat its state": f"""
        SELECT task.id, person.person_id FROM task_people person JOIN tasks task
            ON task.organization_id = person.organization_id AND task.id = person.task_id
         WHERE person.organization_id = %(id)s
           AND (person.open, person.listed, person.deadline, person.created_at)
               IS DISTINCT FROM ({OPEN}, {VISIBLE}, task.deadline, task.created_at)
    """,
    "who is involved in a process may see it": """
        SELECT process.id, person.person_id FROM processes process
          JOIN tasks task ON task.organization_id = process.organization_id AND task.process_id = process.id
          JOIN task_people person ON person.organization_id = task.organization_id
           AND person.task_id = task.id
          LEFT JOIN process_viewers viewer ON viewer.organization_id = process.organization_id
           AND viewer.process_id = process.id AND viewer.person_id = person.person_id
         WHERE process.organization_id = %(id)s
           AND (viewer.archived, viewer.restricted)
               IS DISTINCT FROM (process.archived_at IS NOT NULL, NOT process.everyone_reads)
    """,
    "kept totals are recounts": f"""
        WITH counted (kind, subject, n) AS (
            SELECT 'live', '', count(*) FROM processes WHERE organization_id = %(id)s AND archived_at IS NULL
            UNION ALL SELECT 'open to all', '', count(*) FROM processes
                       WHERE organization_id = %(id)s AND archived_at IS NULL AND everyone_reads
            UNION ALL SELECT 'viewed', person_id::text, count(*) FROM process_viewers
                       WHERE organization_id = %(id)s AND NOT archived GROUP BY 2
            UNION ALL SELECT 'restricted', person_id::text, count(*) FROM process_viewers
                       WHERE organization_id = %(id)s AND NOT archived AND restricted GROUP BY 2
            UNION ALL SELECT 'open', person_id::text, count(*) FROM task_people
                       WHERE organization_id = %(id)s AND open GROUP BY 2
            UNION ALL SELECT 'listed', person_id::text, count(*) FROM task_people
                       WHERE organization_id = %(id)s AND listed GROUP BY 2
            UNION ALL SELECT 'tasks', '', count(*) FROM tasks task
                       WHERE organization_id = %(id)s AND {VISIBLE}
        ), kept AS (
            SELECT kind, subject, sum(n)::bigint AS n FROM totals
             WHERE organization_id = %(id)s AND kind <> 'launches' GROUP BY 1, 2 HAVING sum(n) <> 0
        )
        SELECT kind, subject, counted.n, kept.n FROM (SELECT * FROM counted WHERE n <> 0) counted
          FULL JOIN kept USING (kind, subject) WHERE counted.n IS DISTINCT FROM kept.n
    """,
    "launches of a template are as many as its processes": """
        SELECT hex(template_id), count(*) FROM processes process WHERE organization_id = %(id)s
         GROUP BY template_id
        HAVING count(*) <> (SELECT sum(n) FROM totals WHERE organization_id = %(id)s AND kind = 'launches'
                               AND subject = hex(process.template_id))
    """,
    "no two processes or tasks share a number": """
        SELECT 'process', number FROM processes WHERE organization_id = %(id)s GROUP BY 2 HAVING count(*) > 1
        UNION ALL SELECT 'task', number FROM tasks WHERE organization_id = %(id)s
         GROUP BY 2 HAVING count(*) > 1
    """,
}
"""Each claim with a query for what breaks it."""


def assert_consistent(owner: psycopg.Connection[Any], organization_id: UUID) -> None:
    """Fails with the rows that break a claim. Holds only where no process was deleted for good."""
    with owner.transaction():
        owner.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        enter(owner, organization_id)
        broken = {
            claim: owner.execute(query.encode(), {"id": organization_id}).fetchmany(5)
            for claim, query in CHECKS.items()
        }
    assert {claim: rows for claim, rows in broken.items() if rows} == {}
