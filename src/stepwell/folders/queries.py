"""What reads folders. The JSON is made by the database; what lies in each other is put together here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import sql

from stepwell.db.pool import Tenant
from stepwell.folders.schemas import kind_of
from stepwell.folders.shapes import FOLDER
from stepwell.http.call import Call
from stepwell.http.paging import MOST_ROWS, Page, Sorting, Window
from stepwell.http.values import uuid_of
from stepwell.processes.queries import wanted_of
from stepwell.tags.subjects import page_of_subjects

ORDER = Sorting(
    {
        "position": ("folder.position",),
        "name": ("lower(folder.name)",),
        "created_at": ("folder.created_at",),
    },
    default="position",
    tie_breaker="folder.id",
)
ONE = sql.SQL("""
    SELECT to_json(one)::text FROM (
        SELECT {columns} FROM folders folder
         WHERE folder.organization_id = %(organization_id)s AND folder.id = %(folder_id)s) one
""").format(columns=FOLDER)
LIST = sql.SQL("""
    WITH found AS (
        SELECT folder.id, row_number() OVER (ORDER BY {order}) AS place FROM folders folder
         WHERE folder.organization_id = %(organization_id)s AND {filters}
    ), page AS (
        SELECT * FROM found ORDER BY place LIMIT %(limit)s OFFSET %(offset)s
    )
    SELECT (SELECT count(*) FROM found), coalesce(json_agg(to_json(one) ORDER BY place), '[]')::text, count(*)
      FROM page, LATERAL (SELECT {columns} FROM folders folder
             WHERE folder.organization_id = %(organization_id)s AND folder.id = page.id) one
""")
ALL = sql.SQL("""
    SELECT folder.id, folder.parent_id, {filters}, (SELECT to_json(one)::text FROM (SELECT {columns}) one)
      FROM folders folder
     WHERE folder.organization_id = %(organization_id)s AND (%(kind)s::text IS NULL OR folder.kind = %(kind)s)
     ORDER BY {order} LIMIT %(most)s
""")


async def list_folders(call: Call, window: Window) -> Page:
    """The folders, flat; or with `with=children` the outermost ones, with all that lies in them."""
    filters, wanted = _filters_of(call)
    async with call.db.reading(call.member) as tenant:
        if "children" in call.includes:
            return await _list_trees(tenant, call, window, filters, wanted)
        query = LIST.format(order=ORDER.clause(*call.order()), filters=_all_of(filters), columns=FOLDER)
        wanted |= {"limit": window.limit, "offset": window.offset}
        total, items, count = await tenant.fetch_one(query, wanted)
    return Page(total, items, count)


def _filters_of(call: Call) -> tuple[list[str], dict[str, Any]]:
    filters: list[str] = []
    wanted: dict[str, Any] = {"kind": None}
    if (word := call.text("folder_type")) is not None:
        wanted["kind"] = kind_of(word) or "none"  # a word that means no tree finds nothing
        filters.append("folder.kind = %(kind)s")
    for index, part in enumerate((call.text("q") or "").split()[:20]):
        filters.append(f"position(lower(%(q{index})s) in lower(folder.name)) > 0")
        wanted[f"q{index}"] = part
    if (parent := call.text("parent_id")) is not None:
        if parent.lower() in ("none", "null", "0"):
            filters.append("folder.parent_id IS NULL")
        else:
            filters.append("folder.parent_id = %(parent_id)s")
            wanted["parent_id"] = uuid_of(parent)
    return filters, wanted


def _all_of(filters: Sequence[str]) -> sql.Composable:
    return sql.SQL(" AND ").join(map(sql.SQL, filters or ["true"]))


async def _list_trees(
    tenant: Tenant, call: Call, window: Window, filters: list[str], wanted: dict[str, Any]
) -> Page:
    """A page of trees: those of the folders found, at any depth; without a search, of the outermost."""
    searched = [one for one in filters if one != "folder.kind = %(kind)s"]
    rows = await _all_folders(tenant, call, searched or ["folder.parent_id IS NULL"], wanted)
    texts = nested(rows)
    found = [texts[row[0]] for row in rows if row[2]]
    page = found[window.offset : window.offset + window.limit]
    return Page(len(found), f"[{','.join(page)}]", len(page))


async def _all_folders(
    tenant: Tenant, call: Call, filters: Sequence[str], wanted: dict[str, Any]
) -> Sequence[tuple[Any, ...]]:
    query = ALL.format(filters=_all_of(filters), columns=FOLDER, order=ORDER.clause(*call.order()))
    return await tenant.fetch_all(query, {**wanted, "most": MOST_ROWS})


def nested(rows: Sequence[tuple[Any, ...]]) -> dict[UUID, str]:
    """Each folder's JSON text with `children` in the order of the rows: id, parent id, anything, JSON."""
    inside: dict[UUID | None, list[UUID]] = {}
    for row in rows:
        inside.setdefault(row[1], []).append(row[0])
    known = {row[0] for row in rows}
    level = [row[0] for row in rows if row[1] not in known]
    downwards: list[UUID] = []
    while level:
        downwards += level
        level = [child for parent in level for child in inside.get(parent, [])]
    plain = {row[0]: str(row[3]) for row in rows}
    texts: dict[UUID, str] = {}
    for folder_id in reversed(downwards):
        children = ",".join(texts[child] for child in inside.get(folder_id, []))
        texts[folder_id] = f'{plain[folder_id].removesuffix("}")},"children":{{"data":[{children}]}}}}'
    return texts


async def folder_json(tenant: Tenant, call: Call, folder_id: UUID) -> str:
    """The folder as the API has it, with the includes asked for. Raises NotFound."""
    text = str(await tenant.fetch_value(ONE, {"folder_id": folder_id}))
    if "children" in call.includes:
        rows = await _all_folders(tenant, call, [], {"kind": None})
        text = nested(rows).get(folder_id, text)
    if "objects" in call.includes:
        inside = await _objects_inside(tenant, call, Window(1, MOST_ROWS, all_rows=True), folder_id)
        text = f'{text.removesuffix("}")},"objects":{{"data":{inside.items}}}}}'
    return text


async def read_folder(call: Call, folder_id: UUID) -> str:
    async with call.db.reading(call.member) as tenant:
        return await folder_json(tenant, call, folder_id)


INSIDE = sql.SQL("""
    SELECT filed.id, filed.folder_id, filed.subject_type, filed.subject_id, filed.created_at
      FROM folder_objects filed
     WHERE filed.organization_id = %(organization_id)s AND filed.folder_id = %(folder_id)s
    UNION ALL
    SELECT NULL, template.folder_id, 'Checklist', template.id, template.created_at FROM templates template
     WHERE template.organization_id = %(organization_id)s AND template.folder_id = %(folder_id)s
""")
RELATION = sql.SQL("""
    related.id, hex(related.folder_id) AS folder_id, hex(related.subject_id) AS subject_id,
    related.subject_type, utc_ms(related.created_at) AS created_at
""")


async def objects_inside(call: Call, window: Window, folder_id: UUID) -> Page:
    """What lies directly in a folder, as far as the caller may see it. Raises NotFound (no such folder)."""
    async with call.db.reading(call.member) as tenant:
        await tenant.fetch_value(ONE, {"folder_id": folder_id})
        return await _objects_inside(tenant, call, window, folder_id)


async def _objects_inside(tenant: Tenant, call: Call, window: Window, folder_id: UUID) -> Page:
    wanted = wanted_of(call.member, call.now, call.origin) | {"folder_id": folder_id}
    wanted |= {"limit": window.limit, "offset": window.offset}
    query = page_of_subjects(INSIDE, RELATION, of_types=False)
    total, count, items = await tenant.fetch_one(query, wanted)
    return Page(total, items, count)
