"""What reads tags: one statement each, the JSON made by the database."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import sql

from stepwell.db.pool import Tenant
from stepwell.http.call import Call
from stepwell.http.paging import Page, Sorting, Window
from stepwell.processes.queries import wanted_of
from stepwell.tags.schemas import subject_word
from stepwell.tags.shapes import MACHINE_MADE, TAGGED, tag_columns
from stepwell.tags.subjects import page_of_subjects

ORDER = Sorting(
    {"title": ("lower(tag.title)",), "name": ("lower(tag.title)",), "created_at": ("tag.created_at",)},
    default="title",
    tie_breaker="tag.id",
)
ONE = sql.SQL("""
    SELECT to_json(one)::text FROM (
        SELECT {columns} FROM tags tag
         WHERE tag.organization_id = %(organization_id)s AND tag.id = %(tag_id)s) one
""")
LIST = sql.SQL("""
    WITH found AS (
        SELECT tag.* FROM tags tag WHERE tag.organization_id = %(organization_id)s AND {filters}
    ), page AS (
        SELECT tag.*, row_number() OVER (ORDER BY {order}) AS place
          FROM found tag ORDER BY place LIMIT %(limit)s OFFSET %(offset)s
    )
    SELECT (SELECT count(*) FROM found), coalesce(json_agg(to_json(one) ORDER BY place), '[]')::text, count(*)
      FROM page, LATERAL (SELECT {columns} FROM tags tag
             WHERE tag.organization_id = %(organization_id)s AND tag.id = page.id) one
""")


async def tag_json(tenant: Tenant, tag_id: UUID, *, statistics: bool) -> str:
    """The tag as the API has it. Raises NotFound."""
    query = ONE.format(columns=tag_columns(statistics=statistics))
    return str(await tenant.fetch_value(query, {"tag_id": tag_id}))


async def read_tag(call: Call, tag_id: UUID) -> str:
    async with call.db.reading(call.member) as tenant:
        return await tag_json(tenant, tag_id, statistics="statistics" in call.includes)


async def list_tags(call: Call, window: Window) -> Page:
    """The organization's tags by title; those that the product made for itself only when asked for."""
    filters, wanted = _filters_of(call)
    query = LIST.format(
        filters=sql.SQL(" AND ").join(map(sql.SQL, filters)),
        order=ORDER.clause(*call.order()),
        columns=tag_columns(statistics="statistics" in call.includes),
    )
    async with call.db.reading(call.member) as tenant:
        wanted |= {"limit": window.limit, "offset": window.offset}
        total, items, count = await tenant.fetch_one(query, wanted)
    return Page(total, items, count)


def _filters_of(call: Call) -> tuple[list[Any], dict[str, Any]]:
    filters: list[Any] = ["true"]
    wanted: dict[str, Any] = {}
    machine_made = call.flag("auto_generated")
    if machine_made:
        filters.append(MACHINE_MADE)
    elif machine_made is False or not call.flag("all"):
        filters.append(f"NOT {MACHINE_MADE}")
    if (status := call.text("status")) and status.lower() not in ("active", "all"):
        filters.append("false")  # a deleted tag is gone, so none is archived
    for index, word in enumerate((call.text("q") or "").split()[:20]):
        filters.append(f"position(lower(%(q{index})s) in lower(tag.title)) > 0")
        wanted[f"q{index}"] = word
    return filters, wanted


ASSOCIATIONS = sql.SQL("""
    SELECT coalesce(json_agg(to_json(one) ORDER BY lower(one.title), one.id), '[]')::text, count(*)
      FROM (SELECT {columns} FROM tag_associations tagged
              JOIN tags tag ON tag.organization_id = tagged.organization_id AND tag.id = tagged.tag_id
             WHERE tagged.organization_id = %(organization_id)s AND tagged.subject_id = %(subject_id)s) one
""").format(columns=TAGGED)
ASSOCIATION = sql.SQL("""
    SELECT to_json(one)::text
      FROM (SELECT {columns} FROM tag_associations tagged
              JOIN tags tag ON tag.organization_id = tagged.organization_id AND tag.id = tagged.tag_id
             WHERE tagged.organization_id = %(organization_id)s AND tagged.subject_id = %(subject_id)s
               AND tagged.tag_id = %(tag_id)s) one
""").format(columns=TAGGED)


async def associations_of(tenant: Tenant, subject_id: UUID) -> Page:
    """All tags of something."""
    items, count = await tenant.fetch_one(ASSOCIATIONS, {"subject_id": subject_id})
    return Page(count, items, count)


async def association_json(tenant: Tenant, subject_id: UUID, tag_id: UUID) -> str | None:
    """This tag on this subject, or None when it is not on it."""
    row = await tenant.fetch_first(ASSOCIATION, {"subject_id": subject_id, "tag_id": tag_id})
    return None if row is None else str(row[0])


CARRIERS = sql.SQL("""
    SELECT tagged.id, tagged.tag_id, tagged.subject_type, tagged.subject_id, tagged.created_at
      FROM tag_associations tagged
     WHERE tagged.organization_id = %(organization_id)s AND tagged.tag_id = %(tag_id)s
""")
CARRIER = sql.SQL("""
    related.id, hex(related.tag_id) AS tag_id, hex(related.subject_id) AS subject_id, related.subject_type,
    utc_ms(related.created_at) AS created_at
""")


async def objects_with_tag(call: Call, window: Window, tag_id: UUID) -> Page:
    """What carries the tag, as far as the caller may see it. Raises NotFound for an unknown tag."""
    types = [subject_word(word) for word in call.words("subject_type")]
    query = page_of_subjects(CARRIERS, CARRIER, of_types=bool(types))
    wanted = wanted_of(call.member, call.now, call.origin) | {"tag_id": tag_id, "subject_types": types}
    async with call.db.reading(call.member) as tenant:
        await tag_json(tenant, tag_id, statistics=False)
        wanted |= {"limit": window.limit, "offset": window.offset}
        total, count, items = await tenant.fetch_one(query, wanted)
    return Page(total, items, count)
