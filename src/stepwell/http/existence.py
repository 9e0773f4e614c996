"""Whether the objects that a path names exist: asked before a wrong body is refused, so that 404 wins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from psycopg import sql

from stepwell.errors import NotFound
from stepwell.http.call import Call

TABLES = {
    "capture_id": "template_fields",
    "comment_id": "comments",
    "field_id": "template_fields",
    "folder_id": "folders",
    "group_id": "groups",
    "prerun_id": "template_fields",
    "process_id": "processes",
    "rule_id": "template_rules",
    "snippet_id": "snippets",
    "stage_id": "template_stages",
    "step_id": "template_steps",
    "tag_id": "tags",
    "task_id": "tasks",
    "template_id": "templates",
    "thread_id": "comments",
    "title_id": "job_titles",
    "user_id": "people",
}
EXISTS = "EXISTS (SELECT FROM {table} WHERE organization_id = %(organization_id)s AND id = {id})"


async def named_objects_exist(call: Call, ids: Mapping[str, Any]) -> None:
    """Raises NotFound when the organization has no such object. Aliases in a path are not looked up."""
    named = {name: value for name, value in ids.items() if name in TABLES and isinstance(value, UUID | int)}
    if not named:
        return
    checks = [
        sql.SQL(EXISTS).format(table=sql.Identifier(TABLES[name]), id=sql.Placeholder(name)) for name in named
    ]
    async with call.db.reading(call.member) as tenant:
        found = await tenant.fetch_one(sql.SQL("SELECT {}").format(sql.SQL(", ").join(checks)), named)
    if not all(found):
        raise NotFound
