"""The API's shapes of a tag and of a tag on something, each written once as a select list.

They want the aliases `tag` and `tagged` (tag_associations) and the parameter `organization_id`.
"""

from __future__ import annotations

from psycopg import sql

MACHINE_MADE = "(tag.auto_generated OR lower(tag.title) ~ '^(from|task|step):')"
"""Whether the product made the tag for itself; its titles say so."""

TAG = sql.SQL(f"""
    hex(tag.id) AS id, tag.title, tag.color, tag.kind AS type, {MACHINE_MADE} AS auto_generated,
    utc_ms(tag.created_at) AS created_at, NULL AS deleted_at, tag.custom_fields
""")

TAGGED = sql.SQL(f"""
    tagged.id, hex(tag.id) AS tag_id, hex(tagged.subject_id) AS subject_id, tagged.subject_type, tag.title,
    tag.color, tag.kind AS type, {MACHINE_MADE} AS auto_generated, utc_ms(tagged.created_at) AS created_at,
    NULL AS deleted_at
""")

TAGS_ON = sql.SQL("""
    (SELECT coalesce(json_agg(to_json(one) ORDER BY lower(one.title), one.tag_id), '[]')
       FROM (SELECT {tagged}
               FROM tag_associations tagged
               JOIN tags tag ON tag.organization_id = tagged.organization_id AND tag.id = tagged.tag_id
              WHERE tagged.organization_id = %(organization_id)s AND tagged.subject_id = {subject}) one)
""")

STATISTICS = sql.SQL("""
    (SELECT json_build_object('data', json_build_object(
                'active_template', count(template.id) FILTER (WHERE template.archived_at IS NULL),
                'archived_template', count(template.id) FILTER (WHERE template.archived_at IS NOT NULL),
                'active_process', count(process.id) FILTER (WHERE process.archived_at IS NULL),
                'archived_process', count(process.id) FILTER (WHERE process.archived_at IS NOT NULL)))
       FROM tag_associations tagged
       LEFT JOIN templates template ON template.organization_id = tagged.organization_id
             AND template.id = tagged.subject_id AND tagged.subject_type = 'Checklist'
       LEFT JOIN processes process ON process.organization_id = tagged.organization_id
             AND process.id = tagged.subject_id AND tagged.subject_type = 'Run'
      WHERE tagged.organization_id = %(organization_id)s AND tagged.tag_id = tag.id)
""")
"""How many live and archived templates and processes carry the tag."""


def tags_on(subject: str) -> sql.Composed:
    """The tags of a subject, an SQL expression of its id, as a JSON list."""
    return TAGS_ON.format(tagged=TAGGED, subject=sql.SQL(subject))


def tag_columns(*, statistics: bool) -> sql.Composed:
    return sql.SQL("{}, {} AS statistics").format(TAG, STATISTICS) if statistics else sql.Composed([TAG])
