"""What `with=` adds to a process."""

from __future__ import annotations

from collections.abc import Collection

from psycopg import sql

from stepwell.comments.shapes import ORDINARY, comments_about
from stepwell.processes.answers_shape import KICKOFF_FORM, collection, form_of_task
from stepwell.processes.parts import PERMISSIONS, STAGES, folders_on
from stepwell.processes.shapes import INCLUDES, nested_in
from stepwell.tags.shapes import tags_on
from stepwell.tasks.shapes import MINE, OPEN, OWNERS, task_columns
from stepwell.templates.shapes import template_columns

NONE_YET = sql.SQL("""'{{"data": []}}'::json""").format()

SEEN_TASK = sql.SQL("""
    task.organization_id = %(organization_id)s AND task.process_id = process.id
    AND (NOT task.top_secret OR %(is_admin)s OR (task.oneoff AND task.starter_id = %(user_id)s) OR {mine})
""").format(mine=MINE)
"""The tasks of a process that the caller sees, provided that he sees the process (P-214)."""

VISIBLE_TASK = sql.SQL("{} AND task.archived_at IS NOT DISTINCT FROM process.archived_at").format(SEEN_TASK)
"""Those that were not archived on their own: in an archived process the tasks went with it."""


def checklist(includes: Collection[str]) -> sql.Composed:
    """The template as it was launched: what lives on (stars, folder, permissions) around the frozen definition."""
    steps = "steps" in nested_in("checklist", includes)
    return sql.SQL("""
        (SELECT json_build_object('data', coalesce((
                    SELECT to_jsonb(live) FROM (SELECT {columns} FROM templates template
                     WHERE template.organization_id = %(organization_id)s AND template.id = process.template_id) live),
                    '{{}}')
                || (version.definition - 'steps' - 'stages') || jsonb_build_object('version', version.number,
                    'steps_count', jsonb_array_length(version.definition -> 'steps')) || {steps})
           FROM template_versions version
          WHERE version.organization_id = %(organization_id)s AND version.id = process.version_id)
    """).format(
        columns=template_columns(),
        steps=sql.SQL("""jsonb_build_object('steps', jsonb_build_object('data', version.definition -> 'steps'))""")
        if steps
        else sql.SQL("'{{}}'::jsonb").format(),
    )  # fmt: skip


def tasks(includes: Collection[str]) -> sql.Composed:
    """The visible tasks by position, with what is asked for inside them."""
    return sql.SQL("""
        (SELECT json_build_object('data', coalesce(json_agg(to_json(one) ORDER BY one.position, one.id), '[]'))
           FROM (SELECT {columns} FROM tasks task
                  WHERE {visible} AND task.status <> 'auto-skipped') one)
    """).format(columns=task_columns(nested_in("tasks", includes)), visible=VISIBLE_TASK)


NEXT_TASK = sql.SQL("""
    (SELECT json_build_object('data', coalesce(json_agg(json_build_object('id', hex(task.id),
                'increment_id', task.number, 'title', task.title, 'alias', task.alias, 'owners', {owners},
                'deadline', utc(task.deadline))), '[]'))
       FROM (SELECT task.* FROM tasks task WHERE {seen} AND {open}
              ORDER BY task.deadline, task.position, task.id LIMIT 1) task)
""").format(owners=OWNERS, seen=SEEN_TASK, open=OPEN)

TASKS_META = sql.SQL("""
    (SELECT json_build_object('data', json_build_object(
                'total', count(*) FILTER (WHERE {shown}),
                'completed', count(*) FILTER (WHERE task.status = 'completed'),
                'overdue', count(*) FILTER (WHERE {open} AND task.deadline < %(now)s),
                'due_soon', count(*) FILTER (WHERE {open}
                             AND task.deadline BETWEEN %(now)s AND %(now)s + interval '24 hours'),
                'hidden', count(*) FILTER (WHERE NOT {shown}),
                'problems', count(*) FILTER (WHERE {shown} AND task.issues > 0)))
       FROM tasks task WHERE {visible})
""").format(shown=sql.SQL("(task.status <> 'auto-skipped')"), open=OPEN, visible=VISIBLE_TASK)

FORMS = sql.SQL("""
    (SELECT coalesce(json_agg(answered.field ORDER BY task.position, task.id, answered.place), '[]')
       FROM tasks task
       LEFT JOIN (SELECT step ->> 'id' AS id, step -> 'captures' AS captures
                    FROM template_versions version, jsonb_array_elements(version.definition -> 'steps') step
                   WHERE version.organization_id = %(organization_id)s AND version.id = process.version_id) step
              ON step.id = hex(task.step_id) AND NOT task.oneoff
      CROSS JOIN LATERAL json_array_elements({form}) WITH ORDINALITY answered (field, place)
      WHERE {visible})
""").format(
    form=form_of_task(sql.SQL("coalesce(step.captures, task.fields)")),
    visible=VISIBLE_TASK,
)
"""The fields of all tasks, hidden ones too, with their answers: task after task."""

INCLUDES.update(
    {
        "checklist": checklist,
        "tasks": tasks,
        "tags": collection(tags_on("process.id")),
        "folders": collection(folders_on("process.id")),
        "next_task": NEXT_TASK,
        "permissions": collection(PERMISSIONS),
        "tasks_meta": TASKS_META,
        "ko_form_fields": collection(KICKOFF_FORM),
        "form_fields": collection(FORMS),
        "stages": collection(STAGES),
        "threads": comments_about("process.id"),
        "comments": comments_about("process.id", ORDINARY),
        "alerts": sql.SQL("""'{{"issues": []}}'::json""").format(),
    }
)
for name in ("assets", "member_watchers", "guest_watchers", "selected_text_comment"):
    INCLUDES.setdefault(name, NONE_YET)  # until the feature that has them puts its own
