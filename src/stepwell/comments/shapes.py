"""The API's shape of a comment, written once as a select list.

The list wants the alias `comment` and the parameters `organization_id` and `now`. Whoever sees a task, a
process or a template sees what was said about it: that is for the query around it to find out.
"""

from __future__ import annotations

from psycopg import sql

AUTHOR = sql.SQL("""
    (SELECT json_build_object('username', author.username, 'first_name', author.first_name,
                'last_name', author.last_name, 'full_name', shown_name(author),
                'profile_pic', author.profile ->> 'profile_pic')
       FROM people author
      WHERE author.organization_id = %(organization_id)s AND author.id = comment.author_id)
""")

COMMENT = sql.SQL("""
    hex(comment.id) AS id, rendered_comment(comment.organization_id, comment.content) AS content,
    comment.content AS original_content, comment.author_id, comment.author_type, {author} AS author,
    comment.author_id AS sent_by,
    CASE comment.subject_type WHEN 'Task' THEN hex(comment.subject_id) END AS task_id,
    hex(comment.process_id) AS run_id, hex(comment.template_id) AS checklist_id,
    hex(comment.step_id) AS step_id,
    json_build_object('id', hex(comment.subject_id), 'type', comment.subject_type) AS subject,
    comment.label, comment.state, hex(comment.parent_id) AS parent_id, hex(comment.resolve_id) AS resolve_id,
    comment.mentions AS sent_to, comment.reactions,
    (SELECT count(*) FROM comments reply WHERE reply.organization_id = %(organization_id)s
        AND reply.parent_id = comment.id) AS replies_count,
    utc(comment.created_at) AS created_at, utc(comment.updated_at) AS updated_at,
    utc(comment.updated_at) AS last_updated_at, ago(comment.created_at, %(now)s) AS created_ago,
    NULL AS archived_at
""").format(author=AUTHOR)
"""Exactly the keys of a comment, for a select list."""

ALL = sql.SQL("true")
OPEN_ISSUE = sql.SQL("(comment.label = 'problem' AND comment.resolve_id IS NULL)")
ORDINARY = sql.SQL("comment.label IN ('comment', 'improvement', 'advice')")
"""A comment that neither reports nor resolves an issue."""


def comments_about(subject: str, condition: sql.SQL = ALL) -> sql.Composed:
    """The comments on `subject` (an id's SQL, such as "task.id") as a JSON collection, oldest first.

    This is what `with=threads` shows; `condition` narrows it (OPEN_ISSUE, ORDINARY).
    """
    return sql.SQL("""
        json_build_object('data', (
            SELECT coalesce(json_agg(to_json(one) ORDER BY said_at, said_id), '[]')
              FROM (SELECT comment.created_at AS said_at, comment.id AS said_id FROM comments comment
                     WHERE comment.organization_id = %(organization_id)s AND comment.subject_id = {subject}
                       AND {condition}) said,
                   LATERAL (SELECT {columns} FROM comments comment
                             WHERE comment.organization_id = %(organization_id)s
                               AND comment.id = said_id) one))
    """).format(subject=sql.SQL(subject), condition=condition, columns=COMMENT)


def comment_counts(subject: str) -> sql.Composed:
    """How many comments, open issues and ordinary comments there are on `subject` (`with=threads_count`)."""
    return sql.SQL("""
        (SELECT json_build_object('total', count(*), 'problems', count(*) FILTER (WHERE {open_issue}),
                                  'comments', count(*) FILTER (WHERE {ordinary}))
           FROM comments comment
          WHERE comment.organization_id = %(organization_id)s AND comment.subject_id = {subject})
    """).format(subject=sql.SQL(subject), open_issue=OPEN_ISSUE, ordinary=ORDINARY)
