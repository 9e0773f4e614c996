"""The API's shape of a task, written once as a select list.

The list wants the aliases `task` and `process` (left joined), and the parameters `organization_id`, `user_id`,
`is_admin`, `is_full`, `now` and `web`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from psycopg import sql

OPEN = sql.SQL("(task.status IN ('not-started', 'in-progress') AND task.archived_at IS NULL)")

MINE = sql.SQL("""
    EXISTS (SELECT FROM task_people mine WHERE mine.organization_id = %(organization_id)s
               AND mine.task_id = task.id AND mine.person_id = %(user_id)s)
""")

WORKABLE = sql.SQL("""
    (%(is_admin)s OR (%(is_full)s AND NOT task.only_assignees AND NOT task.everyone_must_complete) OR {mine})
""").format(mine=MINE)
"""Whether the caller may fill in and complete the task, provided that he sees it."""

STATUS_LABEL = sql.SQL("""
    CASE WHEN task.status = 'completed' THEN
             CASE task.task_type WHEN 'approval' THEN CASE task.is_approved WHEN true THEN 'approved'
                                                            WHEN false THEN 'rejected' ELSE 'completed' END
                  WHEN 'expiring' THEN CASE WHEN task.is_approved IS FALSE THEN 'expired' ELSE 'acknowledged' END
                  WHEN 'email' THEN 'sent' WHEN 'expiring_email' THEN 'sent' ELSE 'completed' END
         WHEN {open} AND task.deadline < %(now)s THEN 'overdue' ELSE task.status END
""").format(open=OPEN)

OWNERS = sql.SQL("""
    json_build_object('users', task.users, 'guests', task.guests, 'groups', hexes(task.groups), 'taskUrls',
        CASE WHEN task.guests = '{{}}' THEN '[]'::json ELSE
            (SELECT coalesce(json_agg(%(web)s || '/' || hex(task.organization_id) || '/guest/' || guest.guest_code
                                      || '/task/' || hex(task.id) ORDER BY place), '[]')
               FROM unnest(task.guests) WITH ORDINALITY assigned (email, place)
               JOIN people guest ON guest.organization_id = %(organization_id)s AND guest.email = assigned.email
                AND guest.guest_code IS NOT NULL) END)
""").format()

TASK = sql.SQL("""
    hex(task.id) AS id, task.number AS increment_id, task.title, task.original_title, task.title AS name,
    hex(task.process_id) AS run_id, hex(task.template_id) AS checklist_id, hex(task.step_id) AS step_id,
    hex(task.linked_step_id) AS linked_step_id, task.alias, task.answers AS taskdata, {owners} AS owners,
    task.allow_guests AS allow_guest_owners,
    ({open} AND task.answered AND task.issues = 0 AND coalesce(process.issues, 0) = 0 AND {workable})
        AS is_completable,
    task.status, {status_label} AS status_label, task.task_type, task.is_approved, task.position,
    task.blueprint_position, hex(task.stage_id) AS stage_id, utc(task.starts_at) AS started_at,
    utc(task.deadline) AS deadline, task.soft_start AS is_soft_start_date, utc(task.created_at) AS created_at,
    utc(task.updated_at) AS last_updated, utc(task.completed_at) AS completed_at,
    utc(task.archived_at) AS archived_at, task.starter_id, task.completer_id,
    (SELECT guest.id FROM people guest WHERE task.completer_guest IS NOT NULL
        AND guest.organization_id = %(organization_id)s AND guest.email = task.completer_guest)
        AS completer_guest_id,
    task.completer_guest, task.oneoff AS is_oneoff_task, task.everyone_must_complete,
    CASE WHEN task.everyone_must_complete THEN coalesce(
        (SELECT round(100.0 * count(*) FILTER (WHERE task.parts ?| ARRAY[part.id::text, part.email]
                                               OR task.status = 'completed') / count(*))
           FROM task_people person
           JOIN people part ON part.organization_id = %(organization_id)s AND part.id = person.person_id
          WHERE person.organization_id = %(organization_id)s
            AND person.task_id = task.id HAVING count(*) > 0), 0) END AS completion_progress,
    task.only_assignees AS can_complete_only_assignees,
    task.has_dependents AS has_deadline_dependent_child_tasks, task.max_assignable, task.webhook,
    task.prevent_guest_comment, task.issues > 0 AS problem, task.send_chromeless, task.top_secret,
    process.status AS run_status, task.custom_fields,
    EXISTS (SELECT FROM stars star WHERE star.organization_id = %(organization_id)s
               AND star.person_id = %(user_id)s AND star.subject_id = task.id) AS starred
""").format(owners=OWNERS, open=OPEN, workable=WORKABLE, status_label=STATUS_LABEL)

STEP_TEXT = sql.SQL("""
    (SELECT version.texts ->> hex(task.step_id) FROM template_versions version
      WHERE version.organization_id = %(organization_id)s AND version.id = process.version_id
        AND task.step_id IS NOT NULL)
""")

SUMMARIES = sql.SQL("""
    , coalesce(task.summary, {step_text}) AS summary, coalesce(task.summary, {step_text}) AS original_summary
""").format(step_text=STEP_TEXT)

Include = sql.Composable | Callable[[Collection[str]], sql.Composable]
INCLUDES: dict[str, Include] = {}
"""What `with=` can add to a task; features put their parts here (see `tasks.includes`).

A part that can be narrowed or widened itself (`run.tags`) is a function of all names asked for."""


def task_columns(includes: Collection[str] = (), *, summary: bool = False) -> sql.Composed:
    """The select list of a task with the includes asked for; unknown names are ignored.

    `summary`: with the instructions, as single tasks always have them and lists when they are asked for.
    """
    found = [(name, INCLUDES[name]) for name in sorted(includes) if name in INCLUDES]
    wanted = [
        sql.SQL("{} AS {}").format(part(includes) if callable(part) else part, sql.Identifier(name))
        for name, part in found
    ]
    with_text = [SUMMARIES] if summary or "summary" in includes else []
    return sql.SQL("").join([TASK, *with_text, *(sql.SQL(", {}").format(part) for part in wanted)])
