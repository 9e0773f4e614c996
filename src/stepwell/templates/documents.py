"""A whole template as one document: read for export and for copies, and written as the rows of a copy."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from psycopg import sql
from psycopg.types.json import Jsonb

from stepwell.db.pool import Tenant
from stepwell.http.values import uuid_of
from stepwell.templates.copying import Copy, Document, Known, Row, tag_title
from stepwell.templates.drafts import Draft
from stepwell.templates.permissions import write_grants
from stepwell.templates.shapes import ALL_STEPS, PERMISSIONS, STAGES, STEP_IN_VERSION, TEMPLATE

JSON_COLUMNS = ("settings", "industry_tags", "topic_tags", "custom_fields")

TAGS = """
    (SELECT coalesce(jsonb_object_agg(hex(tag.id), jsonb_build_object('tag_id', hex(tag.id), 'title', tag.title,
                                                                      'color', tag.color)), '{{}}')
       FROM tags tag WHERE tag.organization_id = %(organization_id)s AND tag.id IN (
            SELECT tagged.tag_id FROM tag_associations tagged
             WHERE tagged.organization_id = %(organization_id)s
               AND (tagged.subject_id = template.id
                    OR tagged.subject_id IN (SELECT step.id FROM template_steps step
                                              WHERE step.organization_id = %(organization_id)s
                                                AND step.template_id = template.id))))
"""
TAG_IDS = """
    ARRAY(SELECT hex(tagged.tag_id) FROM tag_associations tagged
           WHERE tagged.organization_id = %(organization_id)s AND tagged.subject_id = template.id
           ORDER BY tagged.id)
"""
DOCUMENT = sql.SQL(
    """
    SELECT to_jsonb(one), {tags} FROM (SELECT template.id AS found, {template}, {steps} AS steps, {stages} AS stages,
                                              {permissions} AS permissions, {tag_ids} AS tags
                                         FROM templates template
                                        WHERE template.organization_id = %(organization_id)s
                                          AND template.id = %(template_id)s) one
      JOIN templates template ON template.organization_id = %(organization_id)s AND template.id = one.found
"""
).format(
    tags=sql.SQL(TAGS.replace("{{}}", "{}")),
    template=TEMPLATE,
    steps=sql.SQL(ALL_STEPS).format(step=STEP_IN_VERSION),
    stages=STAGES,
    permissions=PERMISSIONS,
    tag_ids=sql.SQL(TAG_IDS),
)

KNOWN = """
    SELECT array(SELECT id FROM people WHERE organization_id = %(organization_id)s AND kind = 'member'
                    AND status IN ('active', 'invited') AND id = ANY (%(users)s)),
           array(SELECT email FROM people WHERE organization_id = %(organization_id)s AND kind = 'guest'
                    AND email = ANY (%(guests)s)),
           array(SELECT hex(id) FROM groups WHERE organization_id = %(organization_id)s AND id = ANY (%(groups)s)),
           array(SELECT hex(id) FROM job_titles WHERE organization_id = %(organization_id)s AND id = ANY (%(roles)s)),
           array(SELECT hex(id) FROM templates WHERE organization_id = %(organization_id)s
                    AND id = ANY (%(templates)s)),
           (SELECT coalesce(json_agg(json_build_array(hex(id), lower(title))), '[]') FROM tags
             WHERE organization_id = %(organization_id)s AND (id = ANY (%(tags)s) OR lower(title) = ANY (%(titles)s)))
"""

INSERT = """
    INSERT INTO {table} (organization_id, template_id, created_at, updated_at, {columns})
    SELECT %(organization_id)s, %(template_id)s, %(at)s, %(at)s, {columns}
      FROM jsonb_populate_recordset(NULL::{table}, %(rows)s)
"""
NEW_TAGS = """
    INSERT INTO tags (organization_id, id, title, color, created_at)
    SELECT %(organization_id)s, new.id, new.title, new.color, %(at)s
      FROM jsonb_to_recordset(%(rows)s) AS new (id uuid, title text, color text)
"""
TAG = """
    INSERT INTO tag_associations (organization_id, id, tag_id, subject_type, subject_id, created_at)
    SELECT %(organization_id)s, new.id, new.tag_id, CASE WHEN new.step_id IS NULL THEN 'Checklist' ELSE 'Step' END,
           coalesce(new.step_id, %(template_id)s), %(at)s
      FROM unnest(%(ids)s::bigint[], %(tags)s::uuid[], %(steps)s::uuid[]) new (id, tag_id, step_id)
        ON CONFLICT (organization_id, subject_id, tag_id) DO NOTHING
"""


async def document_of(tenant: Tenant, template_id: UUID, user_id: int) -> Row:
    """The template as it is exported."""
    document, tags = await tenant.fetch_one(DOCUMENT, {"template_id": template_id, "user_id": user_id})
    del document["found"]
    for part in (document, *document["steps"]):
        part["tags"] = [tags[tag_id] for tag_id in part["tags"]]
    return dict(document)


async def known_to(
    tenant: Tenant, document: Document, *, makes_tags: bool, keeps_custom_fields: bool
) -> Known:
    """What a destination knows of all that a document names."""
    named = list(_named(document))
    tags = [tag for part in (document, *document["steps"]) for tag in part["tags"]]
    wanted = {
        "users": [user for bucket, user in named if bucket == "users" and isinstance(user, int)],
        "guests": [guest for bucket, guest in named if bucket == "guests"],
        **{
            name: _uuids(one for bucket, one in named if bucket == name)
            for name in ("groups", "roles", "templates")
        },
        "tags": _uuids(tag.get("tag_id") for tag in tags),
        "titles": [tag_title(tag).lower() for tag in tags],
    }
    users, guests, groups, roles, templates, known_tags = await tenant.fetch_one(KNOWN, wanted)
    return Known(
        users=frozenset(users),
        guests=frozenset(guests),
        groups=frozenset(groups),
        roles=frozenset(roles),
        templates=frozenset(templates),
        tags={key: tag_id for tag_id, title in known_tags for key in (tag_id, title)},
        makes_tags=makes_tags,
        keeps_custom_fields=keeps_custom_fields,
    )


def _named(document: Document) -> Iterator[tuple[str, Any]]:
    """Everybody and everything outside the template that a document names, with its kind."""
    yield from (("users", user) for name in ("users", "contributors") for user in document[name])
    yield from (("groups", group) for group in document["groups"])
    yield ("templates", document["ko_form_blueprint_id"])
    for step in document["steps"]:
        yield from (("users", user) for user in step["assignees"])
        yield ("templates", (step["bp_to_launch"] or {}).get("id"))
        for bucket in ("guests", "groups", "roles"):
            yield from ((bucket, one) for one in step[bucket])
    buckets: list[Mapping[str, Any]] = [
        action.get("assignees") or {}
        for rule in document["automated_actions"]
        for action in rule["then_actions"]
    ]
    for people in (*buckets, *document["permissions"]):
        for bucket in ("users", "guests", "groups"):
            yield from ((bucket, one) for one in people.get(bucket) or ())


def _uuids(ids: Iterable[Any]) -> list[UUID]:
    return [found for one in ids if (found := uuid_of(one)) is not None]


def columns_of_copy(copy: Copy) -> Row:
    """The template's own columns, as an INSERT takes them."""
    lists = {name: Jsonb(copy.template[name]) for name in JSON_COLUMNS}
    return copy.template | lists | {"groups": [UUID(group) for group in copy.template["groups"]]}


async def write_parts(draft: Draft, copy: Copy) -> None:
    """Write the stages, steps, fields, rules, tags and grants of a copy into a new template."""
    for table, rows in (
        ("template_stages", copy.stages),
        ("template_steps", copy.steps),
        ("template_fields", copy.fields),
        ("template_rules", copy.rules),
    ):
        if rows:
            query = sql.SQL(INSERT).format(
                table=sql.Identifier(table), columns=sql.SQL(", ").join(map(sql.Identifier, rows[0]))
            )
            wanted = {"template_id": draft.id, "at": draft.at, "rows": json.dumps(rows, ensure_ascii=False)}
            await draft.tenant.execute(query, wanted)
    await _write_tags(draft, copy)
    if copy.grants:
        await write_grants(draft.tenant, draft.id, copy.grants)


async def _write_tags(draft: Draft, copy: Copy) -> None:
    if copy.new_tags:
        rows = json.dumps(list(copy.new_tags.values()), ensure_ascii=False)
        await draft.tenant.execute(NEW_TAGS, {"rows": rows, "at": draft.at})
    if copy.tags:
        ids = await draft.call.numbers.take(draft.tenant.organization_id, "tag_association", len(copy.tags))
        wanted = {
            "template_id": draft.id,
            "at": draft.at,
            "ids": list(ids),
            "tags": [UUID(tag) for _, tag in copy.tags],
            "steps": [UUID(step) if step else None for step, _ in copy.tags],
        }
        await draft.tenant.execute(TAG, wanted)
