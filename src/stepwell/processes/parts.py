"""What belongs to a process, as JSON: its milestones, who may read it, where it is filed.

The expressions want the alias `process` and the parameter `organization_id`; those that name a subject take its id
as SQL, such as "process.id".
"""

from __future__ import annotations

from psycopg import sql

VISIBLE = "task.status <> 'auto-skipped' AND task.archived_at IS NULL"

STAGE = sql.SQL("""
    hex(stage.id) AS id, stage.name, stage.position, hex(process.template_id) AS checklist_id,
    hex(stage.process_id) AS run_id, coalesce(mapped.total, 0) AS tasks_count,
    coalesce(mapped.complete, 0) AS completed_count,
    CASE WHEN mapped.total = mapped.complete THEN 'complete' ELSE 'active' END AS status
""")
STAGES_OF = sql.SQL("""
    (SELECT coalesce(json_agg(to_json(one) ORDER BY one.position, one.id), '[]')
       FROM (SELECT {columns} FROM process_stages stage
               LEFT JOIN (SELECT task.stage_id, count(*) AS total,
                                 count(*) FILTER (WHERE task.status = 'completed') AS complete
                            FROM tasks task
                           WHERE task.organization_id = %(organization_id)s AND task.process_id = process.id
                             AND {visible} GROUP BY task.stage_id) mapped ON mapped.stage_id = stage.id
              WHERE stage.organization_id = %(organization_id)s AND stage.process_id = process.id
                AND {which}) one)
""")
STAGES = STAGES_OF.format(columns=STAGE, visible=sql.SQL(VISIBLE), which=sql.SQL("true"))
"""The milestones in their order; one is complete when all its visible tasks are, and it has some."""
ONE_STAGE = STAGES_OF.format(
    columns=STAGE, visible=sql.SQL(VISIBLE), which=sql.SQL("stage.id = %(stage_id)s")
)

PERMISSIONS = sql.SQL("""
    json_build_array(json_build_object('permission', 'PROCESS_READ', 'everyone', process.everyone_reads,
        'users', process.reader_users, 'groups', hexes(process.reader_groups)))
""")


def folders_on(subject: str) -> sql.Composed:
    """The folders that a subject is filed in, as a JSON list."""
    return sql.SQL("""
        (SELECT coalesce(json_agg(json_build_object('id', hex(folder.id), 'name', folder.name,
                    'folder_type', folder.kind, 'folder_object_id', filed.id)
                    ORDER BY lower(folder.name), folder.id), '[]')
           FROM folder_objects filed
           JOIN folders folder ON folder.organization_id = filed.organization_id AND folder.id = filed.folder_id
          WHERE filed.organization_id = %(organization_id)s AND filed.subject_id = {subject})
    """).format(subject=sql.SQL(subject))
