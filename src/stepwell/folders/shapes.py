"""The API's shapes of a folder and of something in it, each written once as a select list.

They want the aliases `folder` and `filed` (folder_objects) and the parameter `organization_id`.
"""

from __future__ import annotations

from psycopg import sql

TOTAL = """
    CASE folder.kind WHEN 'checklist' THEN
        (SELECT count(*) FROM templates template
          WHERE template.organization_id = %(organization_id)s AND template.folder_id = folder.id
            AND template.archived_at IS NULL)
    ELSE
        (SELECT count(*) FROM folder_objects filed
          WHERE filed.organization_id = %(organization_id)s AND filed.folder_id = folder.id
            AND CASE filed.subject_type
                WHEN 'Run' THEN EXISTS (
                     SELECT FROM processes process WHERE process.organization_id = %(organization_id)s
                        AND process.id = filed.subject_id AND process.archived_at IS NULL)
                ELSE EXISTS (
                     SELECT FROM tasks task WHERE task.organization_id = %(organization_id)s
                        AND task.id = filed.subject_id AND task.archived_at IS NULL) END)
    END
"""
"""How many live objects lie directly in the folder."""

FOLDER = sql.SQL("""
    hex(folder.id) AS id, folder.number AS increment_id, folder.name, hex(folder.parent_id) AS parent_id,
    (SELECT parent.name FROM folders parent
      WHERE parent.organization_id = %(organization_id)s AND parent.id = folder.parent_id) AS parent,
    {total} AS total, folder.position, folder.kind AS folder_type, utc_ms(folder.created_at) AS created_at,
    utc_ms(folder.updated_at) AS updated_at, folder.custom_fields
""").format(total=sql.SQL(TOTAL))

FILED = sql.SQL("""
    filed.id, hex(filed.folder_id) AS folder_id, hex(filed.subject_id) AS subject_id, filed.subject_type,
    utc_ms(filed.created_at) AS created_at
""")
