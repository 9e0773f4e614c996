"""The API's shape of a process, written once as a select list.

The list wants the alias `process` and the parameters `organization_id`, `user_id`, `now` and `web` (the address of
the web app, for public links).
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from psycopg import sql

PROGRESS = sql.SQL("""
    json_build_object('complete', process.complete_tasks, 'total', process.visible_tasks, 'percent',
        CASE WHEN process.status = 'complete' THEN 100 WHEN process.visible_tasks = 0 THEN 0
             ELSE (200 * process.complete_tasks + process.visible_tasks) / (2 * process.visible_tasks) END)
""")

PERCENT = sql.SQL("""
    CASE WHEN process.status = 'complete' THEN 100 WHEN process.visible_tasks = 0 THEN 0
         ELSE (200 * process.complete_tasks + process.visible_tasks) / (2 * process.visible_tasks) END
""")

PROCESS = sql.SQL("""
    hex(process.id) AS id, hex(process.template_id) AS checklist_id, process.template_title AS checklist_title,
    process.name, process.summary, process.status, {progress} AS progress, process.owner_id,
    EXISTS (SELECT FROM stars star WHERE star.organization_id = %(organization_id)s
               AND star.person_id = %(user_id)s AND star.subject_id = process.id) AS starred,
    process.is_public, process.users, hexes(process.groups) AS groups, utc(process.created_at) AS created_at,
    utc(process.updated_at) AS last_updated,
    process.number AS increment_id, hex(process.version_id) AS checklist_version_id,
    json_build_object('complete', process.whole_complete, 'total', process.whole_tasks, 'percent',
        CASE WHEN process.whole_tasks = 0 THEN CASE WHEN process.status = 'complete' THEN 100 ELSE 0 END
             ELSE (200 * process.whole_complete + process.whole_tasks) / (2 * process.whole_tasks) END)
        AS whole_progress,
    process.starter_id AS started_by, process.answers AS prerun,
    CASE WHEN process.kickoff_complete THEN 'complete' ELSE 'incomplete' END AS prerun_status,
    utc(process.kickoff_completed_at) AS prerun_completed_at, process.kickoff_completed_by AS prerun_completed_by,
    process.kickoff_submitted_by AS prerun_submitted_by, process.kickoff_fields AS prerun_length,
    process.assign_someone_else, process.publicly_hidden_fields,
    CASE WHEN process.is_public THEN %(web)s || '/' || hex(process.organization_id) || '/public/process/'
         || process.public_token END AS public_link,
    process.collaborators, process.type, hex(process.parent_id) AS parent_id, process.can_add_oot,
    process.issues > 0 AS has_open_issue, process.version_id IS NULL AS is_empty_process,
    utc(coalesce(process.due_date, process.max_deadline)) AS due_date,
    utc(process.max_deadline) AS max_task_deadline,
    coalesce(process.status <> 'complete' AND process.open_deadlines[1] < %(now)s, false) AS due_date_passed,
    EXISTS (SELECT FROM unnest(process.open_deadlines) due
             WHERE due BETWEEN %(now)s AND %(now)s + interval '24 hours') AS due_soon,
    process.late_completed
        + (SELECT count(*) FROM unnest(process.open_deadlines) due WHERE due < %(now)s) AS late_tasks,
    utc(process.created_at) AS started_at, utc(process.completed_at) AS completed_at,
    utc(process.archived_at) AS archived_at, process.custom_fields
""")

Include = sql.Composable | Callable[[Collection[str]], sql.Composable]
INCLUDES: dict[str, Include] = {}
"""What `with=` can add to a process; features put their parts here (see `processes.includes`).

A part that can be narrowed or widened itself (`tasks.threads`) is a function of all names asked for."""


def nested_in(name: str, includes: Collection[str]) -> frozenset[str]:
    """What is asked for inside the include `name`: of `tasks.run.tags` it is `run.tags` and so `run`."""
    inner = {asked.removeprefix(f"{name}.") for asked in includes if asked.startswith(f"{name}.")}
    return frozenset(inner | {asked.split(".")[0] for asked in inner})


def process_columns(includes: Collection[str] = (), *, whole_number_progress: bool = False) -> sql.Composed:
    """The select list of a process with the includes asked for; unknown names are ignored.

    `whole_number_progress`: the percent alone, as the answers of PUT and DELETE have it for some clients.
    """
    base = PROCESS.format(progress=PERCENT if whole_number_progress else PROGRESS)
    found = [(name, INCLUDES[name]) for name in sorted(includes) if name in INCLUDES]
    wanted = [
        sql.SQL("{} AS {}").format(part(includes) if callable(part) else part, sql.Identifier(name))
        for name, part in found
    ]
    return sql.SQL(", ").join([base, *wanted])
