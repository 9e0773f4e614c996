"""What `with=` adds to a template: its tags, its folder, its processes and what they came to, its files and people."""

from __future__ import annotations

from psycopg import sql

from stepwell.processes.queries import SEEN
from stepwell.processes.shapes import process_columns
from stepwell.tags.shapes import tags_on
from stepwell.templates.shapes import INCLUDES

TAGS = sql.SQL("json_build_object('data', {})").format(tags_on("template.id"))

FOLDER_KEYS = """
    'id', hex(folder.id), 'increment_id', folder.number, 'name', folder.name, 'parent_id', hex(folder.parent_id),
    'total', (SELECT count(*) FROM templates filed WHERE filed.organization_id = %(organization_id)s
                 AND filed.folder_id = folder.id AND filed.archived_at IS NULL),
    'position', folder.position, 'folder_type', folder.kind, 'created_at', utc_ms(folder.created_at),
    'updated_at', utc_ms(folder.updated_at), 'custom_fields', folder.custom_fields
"""

# The path to the root is walked upwards, then folded downwards: each folder takes its parent in.
FOLDER_TREE = f"""
    (WITH RECURSIVE path AS (
         SELECT folder.id, folder.parent_id, 0 AS height FROM folders folder
          WHERE folder.organization_id = %(organization_id)s AND folder.id = template.folder_id
         UNION ALL
         SELECT folder.id, folder.parent_id, path.height + 1
           FROM path JOIN folders folder ON folder.organization_id = %(organization_id)s AND folder.id = path.parent_id
          WHERE path.height < 100
     ), nested AS (
         SELECT top.height, jsonb_build_object({FOLDER_KEYS}, 'parent', NULL) AS item
           FROM (SELECT id, height FROM path ORDER BY height DESC LIMIT 1) top
           JOIN folders folder ON folder.organization_id = %(organization_id)s AND folder.id = top.id
         UNION ALL
         SELECT path.height, jsonb_build_object({FOLDER_KEYS}, 'parent', nested.item)
           FROM nested JOIN path ON path.height = nested.height - 1
           JOIN folders folder ON folder.organization_id = %(organization_id)s AND folder.id = path.id
     )
     SELECT item FROM nested WHERE height = 0)
"""  # noqa: S608 - constants only

FOLDER_ALONE = f"""
    (SELECT jsonb_build_object({FOLDER_KEYS}, 'parent', parent.name)
       FROM folders folder
       LEFT JOIN folders parent ON parent.organization_id = folder.organization_id AND parent.id = folder.parent_id
      WHERE folder.organization_id = %(organization_id)s AND folder.id = template.folder_id)
"""  # noqa: S608 - constants only

FOLDER = sql.SQL(
    "json_build_object('data', CASE WHEN %(entire_folder_tree)s THEN "
    + FOLDER_TREE
    + " ELSE "
    + FOLDER_ALONE
    + " END)"
)

STATISTICS = sql.SQL("""
    (SELECT json_build_object('data', json_build_object(
            'total_processes', count(*),
            'active_processes', count(*) FILTER (WHERE archived_at IS NULL AND status <> 'complete'),
            'completed_processes', count(*) FILTER (WHERE archived_at IS NULL AND status = 'complete'),
            'archived_processes', count(*) FILTER (WHERE archived_at IS NOT NULL),
            'late_processes', count(*) FILTER (WHERE archived_at IS NULL AND status <> 'complete'
                                                 AND open_deadlines[1] < %(now)s),
            'average_completion_seconds', round(extract(epoch FROM avg(completed_at - created_at)))))
       FROM processes counted
      WHERE counted.organization_id = %(organization_id)s AND counted.template_id = template.id)
""")

RUNS = sql.SQL("""
    (SELECT json_build_object('data', coalesce(json_agg(to_json(one) ORDER BY one.created_at DESC, one.id DESC), '[]'))
       FROM (SELECT {columns} FROM processes process
              WHERE process.organization_id = %(organization_id)s AND process.template_id = template.id
                AND process.archived_at IS NULL AND {seen}
              ORDER BY process.created_at DESC, process.id DESC LIMIT 10) one)
""").format(columns=process_columns(), seen=SEEN)

NOBODY_AND_NOTHING = sql.SQL("""json_build_object('data', '[]'::json)""")

INCLUDES.setdefault("tags", TAGS)
INCLUDES.setdefault("folder", FOLDER)
INCLUDES.setdefault("statistics", STATISTICS)
INCLUDES.setdefault("runs", RUNS)
INCLUDES.setdefault("linked_tasks", sql.SQL("'[]'::json"))  # a bare list: clients raise on a wrapped one
for name in ("assets", "member_watchers", "guest_watchers"):
    INCLUDES.setdefault(name, NOBODY_AND_NOTHING)
