"""What reads the steps of a template."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from psycopg import sql

from stepwell.access.members import Member
from stepwell.db.pool import Database, Tenant
from stepwell.http.call import Call
from stepwell.http.paging import Page, Window
from stepwell.tags.shapes import tags_on
from stepwell.templates.access import find_template
from stepwell.templates.shapes import STEP

INCLUDES = {"tags": sql.SQL("json_build_object('data', {})").format(tags_on("step.id"))}
"""What `with=` can add to a step."""

ONE = """
    SELECT to_json(one)::text FROM (
        SELECT {columns} FROM template_steps step
         WHERE step.organization_id = %(organization_id)s AND step.template_id = %(template_id)s
           AND step.id = %(step_id)s) one
"""
LIST = """
    SELECT (SELECT count(*) FROM template_steps
             WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s),
           coalesce(json_agg(to_json(one) ORDER BY one.position, one.id), '[]')::text, count(*)
      FROM (SELECT {columns} FROM template_steps step
             WHERE step.organization_id = %(organization_id)s AND step.template_id = %(template_id)s
             ORDER BY step.position, step.id LIMIT %(limit)s OFFSET %(offset)s) one
"""
SOME = """
    SELECT coalesce(json_agg(to_json(one) ORDER BY one.position, one.id), '[]')::text, count(*)
      FROM (SELECT {columns} FROM template_steps step
             WHERE step.organization_id = %(organization_id)s AND step.template_id = %(template_id)s
               AND step.id = ANY (%(steps)s)) one
"""


def step_columns(includes: Collection[str] = ()) -> sql.Composed:
    """The select list of a step with the includes asked for; unknown names are ignored."""
    wanted = [
        sql.SQL("{} AS {}").format(INCLUDES[name], sql.Identifier(name))
        for name in sorted(includes)
        if name in INCLUDES
    ]
    return sql.SQL(", ").join([STEP, *wanted])


async def step_json(tenant: Tenant, template_id: UUID, step_id: UUID, includes: Collection[str] = ()) -> str:
    """One step as the API has it. Raises NotFound."""
    query = sql.SQL(ONE).format(columns=step_columns(includes))
    return str(await tenant.fetch_value(query, {"template_id": template_id, "step_id": step_id}))


async def read_step(db: Database, member: Member, key: str, step_id: UUID, includes: Collection[str]) -> str:
    """A step of a live template that the member may see. Raises NotFound."""
    async with db.reading(member) as tenant:
        template = await find_template(tenant, member, key)
        return await step_json(tenant, template.id, step_id, includes)


async def list_steps(call: Call, key: str, window: Window) -> Page:
    """The steps of a live template in their order. Raises NotFound."""
    query = sql.SQL(LIST).format(columns=step_columns(call.includes))
    async with call.db.reading(call.member) as tenant:
        template = await find_template(tenant, call.member, key)
        wanted = {"template_id": template.id, "limit": window.limit, "offset": window.offset}
        total, items, count = await tenant.fetch_one(query, wanted)
    return Page(total, items, count)


async def steps_page(
    tenant: Tenant, template_id: UUID, steps: Sequence[UUID], includes: Collection[str]
) -> Page:
    """These steps, all on one page, in the template's order."""
    query = sql.SQL(SOME).format(columns=step_columns(includes))
    items, count = await tenant.fetch_one(query, {"template_id": template_id, "steps": list(steps)})
    return Page(count, items, count)
