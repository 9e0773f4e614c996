"""What carries a tag or lies in a folder, as far as the caller may see it and it is not archived."""

from __future__ import annotations

from psycopg import sql

from stepwell.processes.queries import SEEN as PROCESS_SEEN
from stepwell.tasks.queries import JOINED
from stepwell.tasks.queries import SEEN as TASK_SEEN
from stepwell.templates.access import VISIBLE

SUBJECT = sql.SQL("""
    LATERAL (
        SELECT process.name AS title, process.status FROM processes process
         WHERE related.subject_type = 'Run' AND process.organization_id = %(organization_id)s
           AND process.id = related.subject_id AND process.archived_at IS NULL AND {process_seen}
        UNION ALL
        SELECT task.title, task.status FROM {joined}
         WHERE related.subject_type = 'Task' AND task.organization_id = %(organization_id)s
           AND task.id = related.subject_id AND task.archived_at IS NULL AND {task_seen}
        UNION ALL
        SELECT template.title, template.readiness FROM templates template
         WHERE related.subject_type = 'Checklist' AND template.organization_id = %(organization_id)s
           AND template.id = related.subject_id AND template.archived_at IS NULL AND {template_seen}
        UNION ALL
        SELECT step.title, NULL FROM template_steps step
          JOIN templates template ON template.organization_id = step.organization_id
                                 AND template.id = step.template_id
         WHERE related.subject_type = 'Step' AND step.organization_id = %(organization_id)s
           AND step.id = related.subject_id AND template.archived_at IS NULL AND {template_seen}
    ) subject
""").format(process_seen=PROCESS_SEEN, joined=JOINED, task_seen=TASK_SEEN, template_seen=VISIBLE)
"""Beside an alias `related` with subject_type and subject_id; wants what `processes.wanted_of` gives."""

SUBJECT_JSON = sql.SQL("""
    json_build_object('id', hex(related.subject_id), 'type', related.subject_type, 'title', subject.title,
                      'name', subject.title, 'status', subject.status)
""")

PAGE = sql.SQL("""
    WITH found AS (
        SELECT related.created_at AS at, related.subject_id AS subject_key, {columns}, {json} AS subject
          FROM ({source}) related, {subject} WHERE {filters}
    ), page AS (
        SELECT * FROM found ORDER BY at, subject_key LIMIT %(limit)s OFFSET %(offset)s
    )
    SELECT (SELECT count(*) FROM found), count(*),
           coalesce(json_agg(to_jsonb(page) - 'at' - 'subject_key' ORDER BY at, subject_key), '[]')::text
      FROM page
""")


def page_of_subjects(source: sql.Composable, columns: sql.Composable, *, of_types: bool) -> sql.Composed:
    """The statement that lists subjects in the order in which they came.

    `source` selects what `columns` need, aliased `related`; `of_types`: only those in %(subject_types)s.
    """
    filters = sql.SQL("related.subject_type = ANY (%(subject_types)s)" if of_types else "true")
    return PAGE.format(source=source, columns=columns, json=SUBJECT_JSON, subject=SUBJECT, filters=filters)
