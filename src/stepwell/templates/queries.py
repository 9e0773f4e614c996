"""What reads templates: one statement each, the JSON made by the database."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import sql

from stepwell.db.pool import Tenant
from stepwell.http.call import Call
from stepwell.http.paging import Page, Sorting, Window
from stepwell.http.values import uuid_of, whole_number
from stepwell.templates.access import VISIBLE, find_template, wanted_of
from stepwell.templates.shapes import template_columns

OWNER = """(SELECT lower(concat_ws(' ', owner.first_name, owner.last_name)) FROM people owner
    WHERE owner.organization_id = %(organization_id)s AND owner.id = template.owner_id)"""
STEPS_COUNT = """(SELECT count(*) FROM template_steps step
    WHERE step.organization_id = %(organization_id)s AND step.template_id = template.id)"""
STARRED = """EXISTS (SELECT FROM stars star WHERE star.organization_id = %(organization_id)s
    AND star.person_id = %(user_id)s AND star.subject_id = template.id)"""

ORDER = Sorting(
    {
        "updated": ("template.updated_at",),
        "updated_at": ("template.updated_at",),
        "last_updated": ("template.updated_at",),
        "created": ("template.created_at",),
        "created_at": ("template.created_at",),
        "title": ("lower(template.title)",),
        "name": ("lower(template.title)",),
        "type": ("template.type",),
        "status": ("template.readiness",),
        "owner": (OWNER,),
        "steps_count": (STEPS_COUNT,),
        "started_processes": ("total(%(organization_id)s, 'launches', hex(template.id))",),
        "starred": (STARRED,),
        "id": ("template.id",),
    },
    default="-updated",
    tie_breaker="template.id",
)  # fmt: skip

ONE = """
    SELECT to_json(one)::text FROM (
        SELECT {columns} FROM templates template
         WHERE template.organization_id = %(organization_id)s AND template.id = %(template_id)s) one
"""

# What a version froze in place of what the template has now; its steps and stages only when they are asked for.
VERSION = """
    SELECT (to_jsonb(one) - 'found' || (version.definition - '{{steps,stages}}'::text[])
            || jsonb_build_object('version', version.number,
                                  'steps_count', jsonb_array_length(version.definition -> 'steps'))
            || CASE WHEN to_jsonb(one) ? 'steps'
                    THEN jsonb_build_object('steps', jsonb_build_object('data', (
                        SELECT coalesce(jsonb_agg(step - 'tags' ORDER BY place), '[]')
                          FROM jsonb_array_elements(version.definition -> 'steps') WITH ORDINALITY
                               frozen (step, place))))
                    ELSE '{{}}' END
            || CASE WHEN to_jsonb(one) ? 'stages'
                    THEN jsonb_build_object('stages', jsonb_build_object('data', version.definition -> 'stages'))
                    ELSE '{{}}' END)::text
      FROM (SELECT template.id AS found, {columns} FROM templates template
             WHERE template.organization_id = %(organization_id)s AND template.id = %(template_id)s) one
      JOIN template_versions version ON version.organization_id = %(organization_id)s
                                    AND version.template_id = one.found AND version.number = %(number)s
                                    AND version.base_id IS NULL
"""

LIST = """
    WITH found AS (
        SELECT template.id, row_number() OVER (ORDER BY template.is_pinned DESC, {order}) AS place
          FROM templates template
         WHERE template.organization_id = %(organization_id)s AND {visible} AND {filters}
    )
    SELECT (SELECT count(*) FROM found), coalesce(json_agg(to_json(one) ORDER BY place), '[]')::text, count(*)
      FROM found
      JOIN LATERAL (SELECT {columns} FROM templates template
                     WHERE template.organization_id = %(organization_id)s AND template.id = found.id) one ON true
     WHERE place > %(offset)s AND place <= %(offset)s + %(limit)s
"""


def includes_of(call: Call) -> frozenset[str]:
    """What is to be added to a template; asking for all its folders asks for its folder."""
    return call.includes | {"folder"} if call.flag("entire_folder_tree") else call.includes


def wanted_for(call: Call) -> dict[str, object]:
    """The parameters that a template and its includes want."""
    return {
        **wanted_of(call.member),
        "now": call.now,
        "web": call.origin,
        "entire_folder_tree": bool(call.flag("entire_folder_tree")),
    }


async def template_json(tenant: Tenant, call: Call, template_id: UUID) -> str:
    """The template as the API has it, with the includes asked for. Raises NotFound."""
    query = sql.SQL(ONE).format(columns=template_columns(includes_of(call)))
    return str(await tenant.fetch_value(query, wanted_for(call) | {"template_id": template_id}))


async def read_template(call: Call, key: str) -> str:
    """A live template that the caller may see, as it is now or as the version asked for. Raises NotFound."""
    async with call.db.reading(call.member) as tenant:
        template = await find_template(tenant, call.member, key)
        version = call.text("version")
        if version is None or version == str(template.version):
            return await template_json(tenant, call, template.id)
        query = sql.SQL(VERSION).format(columns=template_columns(includes_of(call)))
        number = whole_number(version)
        wanted = {"template_id": template.id, "number": number if number and number < 2**31 else 0}
        return str(await tenant.fetch_value(query, wanted_for(call) | wanted))


async def list_templates(call: Call, window: Window) -> Page:
    """The templates that the caller may see: pinned ones first, then in the order asked for."""
    filters, wanted = filters_of(call)
    query = sql.SQL(LIST).format(
        visible=VISIBLE,
        filters=sql.SQL(" AND ").join(filters),
        order=ORDER.clause(*call.order()),
        columns=template_columns(includes_of(call)),
    )
    wanted |= {**wanted_for(call), "limit": window.limit, "offset": window.offset}
    async with call.db.reading(call.member) as tenant:
        total, items, count = await tenant.fetch_one(query, wanted)
    return Page(total, items, count)


VISIBLE_IDS = """
    SELECT coalesce(array_agg(template.id), '{{}}') FROM templates template
     WHERE template.organization_id = %(organization_id)s AND template.id = ANY (%(ids)s)
       AND template.archived_at IS NULL AND {visible}
"""


async def visible_ids(call: Call, ids: list[UUID]) -> set[UUID]:
    """Those of the ids that are live templates the caller may see."""
    async with call.db.reading(call.member) as tenant:
        query = sql.SQL(VISIBLE_IDS).format(visible=VISIBLE)
        return set(await tenant.fetch_value(query, {**wanted_of(call.member), "ids": ids}))


def filters_of(call: Call) -> tuple[list[sql.SQL], dict[str, Any]]:
    """The conditions that the query string asks for, and their parameters."""
    filters = [sql.SQL(_status_condition(call.text("status"), call.text("archived")))]
    wanted: dict[str, Any] = {}

    def add(condition: str, **parameters: Any) -> None:
        filters.append(sql.SQL(condition))
        wanted.update(parameters)

    for index, word in enumerate((call.text("q") or "").split()[:20]):
        add(f"position(lower(%(q{index})s) in lower(template.title)) > 0", **{f"q{index}": word})
    if types := call.words("type"):
        add("template.type = ANY (%(types)s)", types=[word.lower() for word in types])
    if (starred := call.flag("starred")) is not None:
        add(
            f"%(starred)s = {STARRED}",
            starred=starred,
        )
    if folders := call.words("folder", "folder_id"):
        add(
            "(template.folder_id = ANY (%(folders)s) OR (%(unfiled)s AND template.folder_id IS NULL))",
            folders=[found for word in folders if (found := uuid_of(word))],
            unfiled=bool({"none", "0"} & set(folders)),
        )
    for index, tag in enumerate(call.words("tag")[:20]):
        add(
            f"EXISTS (SELECT FROM tag_associations tagged JOIN tags tag ON tag.organization_id ="
            f" tagged.organization_id AND tag.id = tagged.tag_id WHERE tagged.organization_id ="
            f" %(organization_id)s AND tagged.subject_id = template.id"
            f" AND (tag.id = %(tag{index})s OR lower(tag.title) = lower(%(title{index})s)))",
            **{f"tag{index}": uuid_of(tag), f"title{index}": tag},
        )
    if (owners := call.numbers_in("owner_id")) is not None:
        add("template.owner_id = ANY (%(owners)s)", owners=owners)
    for name in ("is_public", "is_pinned"):
        if (value := call.flag(name)) is not None:
            add(f"template.{name} = %({name})s", **{name: value})
    return filters, wanted


STATUS_CONDITIONS = {
    "active": "template.archived_at IS NULL",
    "archived": "template.archived_at IS NOT NULL",
    "draft": "template.archived_at IS NULL AND NOT template.is_published_state",
} | {
    word: f"template.archived_at IS NULL AND coalesce(template.readiness, 'started') = '{word}'"
    for word in ("started", "in_progress", "finishing", "published")
}


def _status_condition(status: str | None, archived: str | None) -> str:
    if status is not None:
        return STATUS_CONDITIONS.get(status.lower(), "false")
    if archived == "only":
        return "template.archived_at IS NOT NULL"
    hidden = archived is None or archived.lower() in ("0", "false", "no", "off")
    return "template.archived_at IS NULL" if hidden else "true"
