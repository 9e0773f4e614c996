"""What `with=` adds to a task."""

from __future__ import annotations

from collections.abc import Collection

from psycopg import sql

from stepwell.comments.shapes import OPEN_ISSUE, ORDINARY, comment_counts, comments_about
from stepwell.events.shapes import ACTIVITY, AUDITED
from stepwell.processes.answers_shape import KICKOFF_FORM, TASK_FORM, collection
from stepwell.processes.parts import folders_on
from stepwell.processes.shapes import nested_in, process_columns
from stepwell.tags.shapes import tags_on
from stepwell.tasks.shapes import INCLUDES

MOST_ACTIVITIES = 100  # the newest; the activity feed has all
NONE_YET = sql.SQL("""'{{"data": []}}'::json""").format()


def run(includes: Collection[str]) -> sql.Composed:
    """The process of the task, with what is asked for inside it; null for a task on its own."""
    return sql.SQL("""
        (SELECT json_build_object('data', to_json(one))
           FROM (SELECT {columns} FROM processes process
                  WHERE process.organization_id = %(organization_id)s AND process.id = task.process_id) one)
    """).format(columns=process_columns(nested_in("run", includes)))


STEP = sql.SQL("""
    (SELECT json_build_object('data', step)
       FROM template_versions version, jsonb_array_elements(version.definition -> 'steps') step
      WHERE version.organization_id = %(organization_id)s AND version.id = process.version_id
        AND step ->> 'id' = hex(coalesce(task.step_id, task.linked_step_id)))
""")
ROLES = sql.SQL("""
    (SELECT coalesce(json_agg(json_build_object('id', hex(title.id), 'name', title.name)
                              ORDER BY title.name, title.id), '[]')
       FROM job_titles title
      WHERE title.organization_id = %(organization_id)s AND title.id = ANY (task.roles))
""")
ACTIVITIES = sql.SQL("""
    (SELECT coalesce(json_agg(to_json(one) ORDER BY happened.at DESC, happened.id DESC), '[]')
       FROM (SELECT * FROM events WHERE organization_id = %(organization_id)s AND object_id = task.id
              ORDER BY at DESC, id DESC LIMIT {most}) happened
       JOIN LATERAL (SELECT {activity} FROM events event
                       LEFT JOIN people actor ON actor.organization_id = event.organization_id
                                             AND actor.id = event.actor_id
                      CROSS JOIN LATERAL ({audited}) audited
                      WHERE event.organization_id = %(organization_id)s
                        AND event.subject_id = happened.subject_id AND event.number = happened.number) one ON true)
""").format(most=sql.Literal(MOST_ACTIVITIES), activity=ACTIVITY, audited=AUDITED)

INCLUDES.update(
    {
        "run": run,
        "step": STEP,
        "form_fields": collection(TASK_FORM),
        "ko_form_fields": collection(KICKOFF_FORM),
        "threads": comments_about("task.id"),
        "comments": comments_about("task.id", ORDINARY),
        "issues": comments_about("task.id", OPEN_ISSUE),
        "threads_count": comment_counts("task.id"),
        "tags": collection(tags_on("task.id")),
        "folders": collection(folders_on("task.id")),
        "roles": collection(ROLES),
        "activities": collection(ACTIVITIES),
    }
)
for name in ("assets", "member_watchers", "guest_watchers", "watchers", "selected_text_comment"):
    INCLUDES.setdefault(name, NONE_YET)  # until the feature that has them puts its own
