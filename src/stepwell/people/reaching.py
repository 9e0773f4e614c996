"""What a member can reach: templates with the rights to them, and processes; for administrators."""

from __future__ import annotations

from stepwell.errors import NotFound
from stepwell.http.call import Call
from stepwell.http.paging import MOST_ROWS
from stepwell.templates.access import GRANTS, PERMISSION_NAMES

FULL = "{" + ",".join(PERMISSION_NAMES) + "}"
LIGHT = "{CHECKLIST_READ,PROCESS_LAUNCH,PROCESS_READ}"
WHO = """
    SELECT role = 'admin', role <> 'light' FROM people
     WHERE organization_id = %(organization_id)s AND id = %(user_id)s AND kind = 'member' AND status <> 'deleted'
"""
REACH = f"""
    SELECT json_build_object(
        'templates', (
            SELECT coalesce(json_agg(json_build_object('id', hex(one.id), 'title', one.title,
                            'permissions', one.permissions) ORDER BY lower(one.title), one.id), '[]')
              FROM (SELECT template.id, template.title,
                           CASE WHEN %(is_admin)s OR %(user_id)s IN (template.created_by, template.owner_id)
                                THEN CASE WHEN %(is_full)s THEN '{FULL}'::text[] ELSE '{LIGHT}'::text[] END
                                ELSE {GRANTS} END AS permissions
                      FROM templates template
                     WHERE template.organization_id = %(organization_id)s AND template.archived_at IS NULL
                     ORDER BY template.id DESC LIMIT %(most)s) one
             WHERE one.permissions <> '{{}}'),
        'processes', (
            SELECT coalesce(json_agg(json_build_object('id', hex(one.id), 'name', one.name)
                            ORDER BY one.created_at DESC, one.id DESC), '[]')
              FROM (SELECT process.id, process.name, process.created_at FROM processes process
                     WHERE process.organization_id = %(organization_id)s AND process.archived_at IS NULL
                       AND (%(is_admin)s OR (%(is_full)s AND process.everyone_reads)
                            OR EXISTS (SELECT FROM process_viewers viewer
                                        WHERE viewer.organization_id = %(organization_id)s
                                          AND viewer.process_id = process.id AND viewer.person_id = %(user_id)s))
                     ORDER BY process.created_at DESC, process.id DESC LIMIT %(most)s) one))::text
"""  # noqa: S608 - constants only


async def read_reach(call: Call, user_id: int) -> str:
    """Templates and processes that are not archived, the newest MOST_ROWS of each. Raises NotFound."""
    async with call.db.reading(call.member) as tenant:
        row = await tenant.fetch_first(WHO, {"user_id": user_id})
        if row is None:
            raise NotFound
        is_admin, is_full = row
        wanted = {"user_id": user_id, "is_admin": is_admin, "is_full": is_full, "most": MOST_ROWS}
        return str(await tenant.fetch_value(REACH, wanted))
