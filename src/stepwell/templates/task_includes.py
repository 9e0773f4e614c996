"""What templates add to `with=` of a task: the one that a one-off task is linked to."""

from __future__ import annotations

from psycopg import sql

from stepwell.tasks.shapes import INCLUDES, MINE
from stepwell.templates.access import VISIBLE

# Who has the task reads what it is about, with or without a right to the template (T-222); others need that right.
INCLUDES["checklist"] = sql.SQL("""
    (SELECT json_build_object('data', json_build_object(
                'id', hex(template.id), 'alias', template.alias, 'title', template.title, 'type', template.type,
                'summary', template.summary, 'guidance', template.guidance, 'archived_at', utc_ms(template.archived_at),
                'steps', json_build_object('data', (
                    SELECT coalesce(json_agg(json_build_object('id', hex(step.id), 'title', step.title,
                               'summary', step.summary, 'position', step.position) ORDER BY step.position), '[]')
                      FROM template_steps step
                     WHERE step.organization_id = %(organization_id)s AND step.template_id = template.id))))
       FROM templates template
      WHERE template.organization_id = %(organization_id)s AND template.id = task.template_id
        AND task.oneoff AND task.process_id IS NULL AND ({mine} OR {visible}))
""").format(mine=MINE, visible=VISIBLE)
