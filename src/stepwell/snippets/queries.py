"""What reads snippets; `usages` counts the templates and steps that show one."""

from __future__ import annotations

from psycopg import sql

from stepwell.db.pool import Tenant
from stepwell.http.call import Call
from stepwell.http.paging import Page, Sorting, Window

ORDER = Sorting(
    {
        "title": ("lower(snippet.title)",),
        "created_at": ("snippet.created_at",),
        "last_updated": ("snippet.updated_at",),
    },
    default="title",
    tie_breaker="snippet.id",
)

# All texts are looked through once, however many snippets are listed.
USED = r"""
    used AS (
        SELECT found.snippet_id, count(DISTINCT found.object_id) AS usages FROM (
            SELECT text.object_id, (regexp_matches(text.content, 'data-snippet-id=["'']*([0-9]+)', 'g'))[1]::numeric
                   AS snippet_id
              FROM (SELECT id AS object_id, concat_ws(' ', summary, guidance, kickoff_description) AS content
                      FROM templates WHERE organization_id = %(organization_id)s
                    UNION ALL
                    SELECT id, summary FROM template_steps WHERE organization_id = %(organization_id)s
                    UNION ALL
                    SELECT coalesce(step_id, template_id), guidance FROM template_fields
                     WHERE organization_id = %(organization_id)s) text
             WHERE position('data-snippet-id' in text.content) > 0) found
         GROUP BY found.snippet_id
    )
"""
SNIPPET = """
    snippet.id, snippet.title, snippet.content, snippet.is_public, coalesce(used.usages, 0) AS usages,
    snippet.created_by, utc_ms(snippet.created_at) AS created_at, utc_ms(snippet.updated_at) AS last_updated
"""
ONE = f"""
    WITH {USED}
    SELECT to_json(one)::text FROM (
        SELECT {SNIPPET} FROM snippets snippet LEFT JOIN used ON used.snippet_id = snippet.id
         WHERE snippet.organization_id = %(organization_id)s AND snippet.id = %(snippet_id)s) one
"""  # noqa: S608 - constants only
LIST = f"""
    WITH {USED}, found AS (
        SELECT snippet.id, row_number() OVER (ORDER BY {{order}}) AS place FROM snippets snippet
         WHERE snippet.organization_id = %(organization_id)s
           AND position(lower(%(q)s) in lower(snippet.title)) > 0
    )
    SELECT (SELECT count(*) FROM found), count(*),
           coalesce(json_agg(to_jsonb(page) - 'place' ORDER BY place), '[]')::text
      FROM (SELECT found.place, {SNIPPET} FROM found
              JOIN snippets snippet ON snippet.organization_id = %(organization_id)s AND snippet.id = found.id
              LEFT JOIN used ON used.snippet_id = snippet.id
             WHERE place > %(offset)s AND place <= %(offset)s + %(limit)s) page
"""  # noqa: S608 - constants only


async def snippet_json(tenant: Tenant, snippet_id: int) -> str:
    """One snippet as the API has it. Raises NotFound."""
    return str(await tenant.fetch_value(ONE, {"snippet_id": snippet_id}))


async def read_snippet(call: Call, snippet_id: int) -> str:
    """One snippet. Raises NotFound."""
    async with call.db.reading(call.member) as tenant:
        return await snippet_json(tenant, snippet_id)


async def list_snippets(call: Call, window: Window) -> Page:
    """Snippets whose title holds `q`, by title unless another order is asked for."""
    query = sql.SQL(LIST).format(order=ORDER.clause(*call.order()))
    wanted = {"q": call.text("q") or "", "limit": window.limit, "offset": window.offset}
    async with call.db.reading(call.member) as tenant:
        total, count, items = await tenant.fetch_one(query, wanted)
    return Page(total, items, count)


async def known_snippets(call: Call, ids: list[int]) -> set[int]:
    """Those of the ids that are snippets."""
    async with call.db.reading(call.member) as tenant:
        known = await tenant.fetch_value(
            "SELECT array(SELECT id FROM snippets WHERE organization_id = %(organization_id)s AND id = ANY (%(ids)s))",
            {"ids": ids},
        )
    return set(known)
