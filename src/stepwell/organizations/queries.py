"""What reads organizations: one statement each, the JSON made by the database."""

from __future__ import annotations

from typing import Any

from psycopg import sql

from stepwell.db.pool import Tenant
from stepwell.db.statements import statement_of
from stepwell.errors import Unauthenticated
from stepwell.http.call import Call
from stepwell.http.paging import Page, Window
from stepwell.organizations.shapes import INCLUDES, MEMBERSHIP, organization_json
from stepwell.people.queries import wanted_of
from stepwell.people.shapes import ME, USER_INCLUDES, with_includes

ONE = """
    SELECT ({organization} {includes})::text FROM organizations organization
     WHERE organization.organization_id = %(organization_id)s
"""
OWN = sql.SQL("""
    WITH found AS MATERIALIZED (SELECT * FROM identity.houses_of(%(user_id)s, %(every_status)s)),
    page AS (
        SELECT * FROM found ORDER BY lower((house).name), (house).organization_id LIMIT %(limit)s OFFSET %(offset)s
    )
    SELECT (SELECT count(*) FROM found),
           coalesce(jsonb_agg({organization} || {membership} ORDER BY lower(organization.name),
                              organization.organization_id), '[]')::text,
           count(*)
      FROM page, LATERAL (SELECT (page.house).*) organization, LATERAL (SELECT (page.person).*) person
""").format(organization=organization_json("page.members"), membership=MEMBERSHIP)
MYSELF = """
    SELECT to_json(shape)::text
      FROM (SELECT (one.person).* FROM identity.houses_of(%(user_id)s, false) one
             ORDER BY (one.person).updated_at DESC LIMIT 1) person, LATERAL (SELECT {columns}) shape
"""
ORGANIZATIONS_OF_USER = sql.SQL("""
    (SELECT json_build_object('data', json_agg({organization} || {membership} ORDER BY lower(organization.name)))
       FROM identity.houses_of(%(user_id)s, false) page, LATERAL (SELECT (page.house).*) organization,
            LATERAL (SELECT (page.person).*) person)
""").format(organization=organization_json("page.members"), membership=MEMBERSHIP)
BRANDING = """
    SELECT json_build_object('bg_color', brand ->> 'bg_color', 'text_color', brand ->> 'text_color',
                             'alternate_color', brand ->> 'alternate_color', 'bright_shade', brand ->> 'bright_shade',
                             'dark_shade', brand ->> 'dark_shade', 'updated_at', brand ->> 'updated_at')::text
      FROM (SELECT settings -> 'branding' AS brand FROM organizations WHERE organization_id = %(organization_id)s) one
"""
INCLUDES_OF_MYSELF = {
    "organizations": ORGANIZATIONS_OF_USER,
    **{name: USER_INCLUDES[name] for name in ("country", "auth_methods")},
}


async def read_organization(call: Call) -> str:
    """The organization of the call, with the includes asked for."""
    async with call.db.reading(call.member) as tenant:
        return await organization_json_of(tenant, call)


async def organization_json_of(tenant: Tenant, call: Call) -> str:
    """The same in a transaction that is open."""
    parts = [
        sql.SQL("|| jsonb_build_object({name}, {value})").format(name=sql.Literal(name), value=INCLUDES[name])
        for name in sorted(call.includes)
        if name in INCLUDES
    ]
    query = sql.SQL(ONE).format(organization=organization_json(), includes=sql.SQL(" ").join(parts))
    return str(await tenant.fetch_value(query, wanted_of(call)))


async def read_branding(call: Call) -> str:
    """The colours of the organization, null for the product's own."""
    async with call.db.reading(call.member) as tenant:
        return str(await tenant.fetch_value(BRANDING))


async def list_own_organizations(call: Call, window: Window) -> Page:
    """The organizations in which the caller is active, or every one with `status=all`; by name."""
    every_status = (call.text("status") or "").lower() == "all"
    wanted = {"every_status": every_status, "limit": window.limit, "offset": window.offset}
    total, items, count = await _fetch(call, OWN, wanted)
    return Page(total, items, count)


async def read_myself(call: Call) -> str:
    """The caller, without what an organization decides. Raises Unauthenticated for a user of no organization."""
    query = sql.SQL(MYSELF).format(columns=with_includes(ME, INCLUDES_OF_MYSELF, call.includes))
    row = await _fetch(call, query, {})
    if row is None:
        raise Unauthenticated
    return str(row[0])


async def _fetch(call: Call, query: sql.Composed, parameters: dict[str, Any]) -> Any:
    """A row that is read before an organization is known; the token was checked on the way here."""
    wanted = {**wanted_of(call), **parameters}
    statement = statement_of(query)
    async with call.db.connection() as connection:
        cursor = await connection.execute(statement.text, [wanted[name] for name in statement.names])
        return await cursor.fetchone()
