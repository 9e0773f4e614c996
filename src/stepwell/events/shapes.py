"""The API's shape of an event, written once as a select list.

The list wants the alias `event`, `actor` (people, left joined) and the parameter `organization_id`.
"""

from __future__ import annotations

from psycopg import sql

MODEL = "App\\Models\\"

IS_COMMENT = "(event.kind = 'Comment' AND event.new ? 'comment_id')"

OBJECTS = """
    CASE {kind}
        WHEN 'Run' THEN (SELECT json_build_object('id', hex(one.id), 'name', one.name, 'status', one.status)
            FROM processes one WHERE one.organization_id = %(organization_id)s AND one.id = {id})
        WHEN 'Task' THEN (SELECT json_build_object('id', hex(one.id), 'title', one.title, 'status', one.status,
                                                   'run_id', hex(one.process_id))
            FROM tasks one WHERE one.organization_id = %(organization_id)s AND one.id = {id})
        WHEN 'Checklist' THEN (SELECT json_build_object('id', hex(one.id), 'title', one.title)
            FROM templates one WHERE one.organization_id = %(organization_id)s AND one.id = {id})
        WHEN 'Step' THEN (SELECT json_build_object('id', hex(one.id), 'title', one.title,
                                                   'checklist_id', hex(one.template_id))
            FROM template_steps one WHERE one.organization_id = %(organization_id)s
             AND one.template_id = event.subject_id AND one.id = {id})
        WHEN 'Thread' THEN (SELECT json_build_object('id', hex(one.id), 'label', one.label, 'state', one.state)
            FROM comments one WHERE one.organization_id = %(organization_id)s AND one.id = {id})
    END
"""
"""What an object is now; null when it is gone."""

AUDITED = sql.SQL(f"""
    SELECT CASE WHEN {IS_COMMENT} THEN 'Thread' ELSE event.object_type END AS kind,
           CASE WHEN {IS_COMMENT} THEN (event.new ->> 'comment_id')::uuid ELSE event.object_id END AS id,
           CASE WHEN {IS_COMMENT} THEN event.object_type
                WHEN event.object_id <> event.subject_id THEN event.subject_type END AS parent_kind,
           CASE WHEN {IS_COMMENT} THEN event.object_id
                WHEN event.object_id <> event.subject_id THEN event.subject_id END AS parent_id
""")
"""What changed, and what it is part of; for a lateral join under the alias `audited`."""

ACTIVITY = sql.SQL("""
    event.id, hex(event.organization_id) AS organization_id, json_build_array(event.verb) AS verb,
    json_build_array(CASE event.actor_type WHEN 'user' THEN 'Member' WHEN 'guest' THEN 'Guest' ELSE 'Bot' END)
        AS source,
    json_build_array({model} || CASE event.actor_type WHEN 'guest' THEN 'Guest' ELSE 'User' END) AS actor_type,
    CASE WHEN actor.id IS NULL THEN '[]'::json ELSE json_build_array(actor.id) END AS actor_id,
    CASE WHEN actor.id IS NULL THEN '[]'::json ELSE json_build_array(json_build_object(
        'email', actor.email, 'username', coalesce(actor.username, split_part(actor.email, '@', 1)),
        'first_name', coalesce(actor.first_name, ''), 'last_name', coalesce(actor.last_name, ''),
        'full_name', shown_name(actor), 'profile_pic', actor.profile -> 'profile_pic',
        'resize_profile_pic', actor.profile -> 'resize_profile_pic')) END AS actor,
    {model} || audited.kind AS auditable_type, hex(audited.id) AS auditable_id,
    {model} || audited.parent_kind AS parentable_type, hex(audited.parent_id) AS parentable_id,
    json_build_array(event.kind) AS type, json_build_array(event.description) AS description,
    CASE WHEN event.field IS NOT NULL THEN json_build_array(event.field) END AS field,
    CASE WHEN event.old IS NOT NULL THEN json_build_array(event.old) END AS old_value,
    CASE WHEN event.new IS NOT NULL AND event.kind NOT IN ('execution', 'Comment')
         THEN json_build_array(event.new) END AS text,
    NULL AS references, utc(event.at) AS created_at, false AS undoable,
    json_build_object('data', coalesce({audit}, '{{}}')) AS audit,
    json_build_object('data', coalesce({parent}, '{{}}')) AS parent,
    CASE WHEN event.kind = 'execution' THEN event.new
         WHEN jsonb_typeof(event.why) = 'object' THEN event.why END AS audit_state,
    NULL AS parent_state,
    CASE WHEN event.why -> 'origin' IS NOT NULL
         THEN json_build_object('data', event.why -> 'origin') END AS origin
""").format(
    model=sql.Literal(MODEL),
    audit=sql.SQL(OBJECTS.format(kind="audited.kind", id="audited.id")),
    parent=sql.SQL(OBJECTS.format(kind="audited.parent_kind", id="audited.parent_id")),
)
