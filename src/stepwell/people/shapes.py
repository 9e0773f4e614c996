"""The API's shape of members, guests, groups and job titles: each written once, as a select list.

The lists want the aliases `person`, `"group"` and `title`, and the parameters `organization_id`, `user_id`,
`is_admin` and `web`. Instants in `profile` are kept as the API has them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from psycopg import sql

FULL_NAME = "concat_ws(' ', nullif(person.first_name, ''), nullif(person.last_name, ''))"
MAIL_AND_NAMES = {
    "id": "person.id",
    "email": "person.email",
    "username": "coalesce(person.username, split_part(person.email, '@', 1))",
    "first_name": "coalesce(person.first_name, '')",
    "last_name": "coalesce(person.last_name, '')",
    "full_name": FULL_NAME,
    "profile_pic": "person.profile ->> 'profile_pic'",
}
ROLE = "CASE WHEN person.kind = 'member' THEN person.role END"

OF_THE_PERSON: Mapping[str, str] = MappingProxyType({
    **MAIL_AND_NAMES,
    "job_title": "person.profile ->> 'job_title'",
    "resize_profile_pic": "person.profile ->> 'resize_profile_pic'",
    "locale": "coalesce(person.profile ->> 'locale', 'en')",
    "active": "person.status = 'active'",
    "is_active": "person.status = 'active'",
    "complete": "coalesce(person.first_name, '') <> '' AND coalesce(person.last_name, '') <> ''",
    "support_user": "false",
    "created_at": "utc_ms(person.created_at)",
    "updated_at": "utc_ms(person.updated_at)",
    "last_updated": "utc_ms(person.updated_at)",
    "last_login_at": "person.profile ->> 'last_login_at'",
    "last_accessed_at": "person.profile ->> 'last_accessed_at'",
    "activated_at": "person.profile ->> 'activated_at'",
    "country_id": "(person.profile ->> 'country_id')::int",
    "phone": "person.profile ->> 'phone'",
    "job_description": "person.profile ->> 'job_description'",
    "team": "person.profile ->> 'team'",
    "timezone": "coalesce(person.profile ->> 'timezone', 'UTC')",
    "UTC_offset": "utc_offset(coalesce(person.profile ->> 'timezone', 'UTC'))",
    "date_format": "person.profile ->> 'date_format'",
    "step_preferences": "coalesce((person.profile ->> 'step_preferences')::boolean, false)",
    "last_known_ip": "CASE WHEN %(is_admin)s OR person.id = %(user_id)s THEN person.profile ->> 'last_known_ip' END",
    "last_known_country":
        "CASE WHEN %(is_admin)s OR person.id = %(user_id)s THEN person.profile ->> 'last_known_country' END",
})  # fmt: skip
"""What `GET /me` answers: the same in every organization, or at least not the organization's business."""

OF_THE_MEMBERSHIP: Mapping[str, str] = MappingProxyType({
    "status": "person.status",
    "role": ROLE,
    "user_role": ROLE,
    "type": "CASE WHEN person.kind = 'bot' THEN 'bot' ELSE person.role END",
    "is_default_admin": "person.is_default_admin",
    "is_suspended": "coalesce((person.profile ->> 'is_suspended')::boolean, false)",
    "approved_at": "person.profile ->> 'approved_at'",
    "disabled_at": "utc_ms(person.disabled_at)",
    "reactivated_at": "person.profile ->> 'reactivated_at'",
    "invited_by": "(person.profile ->> 'invited_by')::bigint",
    "disabled_by": "(person.profile ->> 'disabled_by')::bigint",
    "reactivated_by": "(person.profile ->> 'reactivated_by')::bigint",
})  # fmt: skip

OPEN_TO_LIGHT_MEMBERS = frozenset({*MAIL_AND_NAMES, "job_title", "status", "role"})
"""What a light member sees of others; all else is null."""


def _columns(expressions: Mapping[str, str]) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(sql.SQL(expression), sql.Identifier(name))
        for name, expression in expressions.items()
    )


def _veiled(name: str, expression: str) -> str:
    shown = name in OPEN_TO_LIGHT_MEMBERS
    return expression if shown else f"CASE WHEN person.id = %(user_id)s THEN {expression} END"


ME = _columns(OF_THE_PERSON)
USER = _columns({**OF_THE_PERSON, **OF_THE_MEMBERSHIP})
USER_FOR_LIGHT_MEMBERS = _columns(
    {name: _veiled(name, expression) for name, expression in {**OF_THE_PERSON, **OF_THE_MEMBERSHIP}.items()}
)
MINIMAL_USER = _columns({**MAIL_AND_NAMES, "status": "person.status", "role": ROLE})

GROUP_MEMBERS = sql.SQL("""
    ARRAY(SELECT member.id FROM group_people belongs
            JOIN people member ON member.organization_id = belongs.organization_id AND member.id = belongs.person_id
           WHERE belongs.organization_id = %(organization_id)s AND belongs.group_id = "group".id
             AND member.kind = 'member' AND member.status <> 'deleted' ORDER BY member.id)
""")
GROUP_GUESTS = sql.SQL("""
    ARRAY(SELECT guest.email FROM group_people belongs
            JOIN people guest ON guest.organization_id = belongs.organization_id AND guest.id = belongs.person_id
           WHERE belongs.organization_id = %(organization_id)s AND belongs.group_id = "group".id
             AND guest.kind = 'guest' AND guest.status <> 'deleted' ORDER BY guest.email)
""")
GROUP = sql.SQL("""
    hex("group".id) AS id, "group".name, "group".description, "group".logo, {members} AS members, {guests} AS guests,
    utc_ms("group".created_at) AS created_at, utc_ms("group".updated_at) AS updated_at,
    utc_ms("group".updated_at) AS last_updated, NULL AS deleted_at
""").format(members=GROUP_MEMBERS, guests=GROUP_GUESTS)

JOB_TITLE = sql.SQL("""
    hex(title.id) AS id, title.name, title.description, title.users, '{{}}'::json AS permissions,
    utc_ms(title.created_at) AS created_at, utc_ms(title.updated_at) AS updated_at
""").format()

LINK = sql.SQL("""
    CASE WHEN %(is_full)s THEN %(web)s || '/' || hex(person.organization_id) || '/guest/' || person.guest_code END
""")
GUEST_TEXTS = (
    "status", "phone_1", "phone_2", "timezone", "image_url", "contact_url", "company_url", "opportunity_url",
    "company_name", "opportunity_name", "external_sync_source", "external_date_creation", "last_city",
    "last_country", "last_accessed_at", "reactivated_at",
)  # fmt: skip
GUEST_DETAILS = sql.SQL("""
    json_build_object('first_name', person.first_name, 'last_name', person.last_name, {texts},
        'cadence_days', person.profile -> 'cadence_days', 'associated_members', person.profile -> 'associated_members',
        'disabled_at', utc_ms(person.disabled_at), 'disabled_by', person.profile -> 'disabled_by',
        'reactivated_by', person.profile -> 'reactivated_by',
        'created_at', utc_ms(person.created_at), 'updated_at', utc_ms(person.updated_at))
""").format(
    texts=sql.SQL(", ").join(
        sql.SQL("{name}, person.profile ->> {name}").format(name=sql.Literal(name)) for name in GUEST_TEXTS
    )
)
GUEST = sql.SQL("""
    person.id, person.email, person.first_name, person.last_name,
    person.profile ->> 'last_accessed_at' AS last_accessed_at, person.profile ->> 'last_known_ip' AS last_known_ip,
    person.profile ->> 'last_known_country' AS last_known_country, utc_ms(person.created_at) AS created_at,
    CASE WHEN person.status = 'deleted' THEN utc_ms(person.updated_at) END AS deleted_at,
    utc_ms(person.disabled_at) AS disabled_at, {link} AS link,
    CASE WHEN %(is_full)s THEN person.guest_code END AS guest_code,
    person.profile ->> 'app_language' AS app_language, person.profile ->> 'content_language' AS content_language,
    {details} AS details
""").format(link=LINK, details=GUEST_DETAILS)
MINIMAL_GUEST = sql.SQL("""
    person.id, person.email, person.first_name, person.last_name, {full_name} AS full_name, {link} AS link,
    utc_ms(person.disabled_at) AS disabled_at
""").format(full_name=sql.SQL(FULL_NAME), link=LINK)

USER_STATS = sql.SQL("""
    json_build_object('data', json_build_object(
        'steps_created', coalesce(steps.n, 0), 'last_step_created_at', utc_ms(steps.last),
        'tasks_completed', coalesce(done.n, 0), 'completed_tasks', coalesce(done.n, 0),
        'processes_launched', coalesce(launched.n, 0), 'checklists_created', coalesce(made.n, 0),
        'active_tasks', total(%(organization_id)s, 'open', person.id::text)))
""")
USER_STATS_JOINS = sql.SQL("""
    LEFT JOIN (SELECT actor_id, count(*) AS n, max(at) AS last FROM events
                WHERE organization_id = %(organization_id)s AND kind = 'Step' AND verb = 'created' GROUP BY 1) steps
           ON steps.actor_id = person.id
    LEFT JOIN (SELECT completer_id, count(*) AS n FROM tasks
                WHERE organization_id = %(organization_id)s AND status = 'completed' GROUP BY 1) done
           ON done.completer_id = person.id
    LEFT JOIN (SELECT starter_id, count(*) AS n FROM processes
                WHERE organization_id = %(organization_id)s GROUP BY 1) launched ON launched.starter_id = person.id
    LEFT JOIN (SELECT created_by, count(*) AS n FROM templates
                WHERE organization_id = %(organization_id)s GROUP BY 1) made ON made.created_by = person.id
""")
"""What `USER_STATS` reads, grouped once for all people of a list."""

GUEST_STATS = sql.SQL("""
    (SELECT json_build_object('assigned_tasks', count(*), 'active_tasks', count(*) FILTER (WHERE mine.open),
            'tasks_completed', count(*) FILTER (WHERE task.status = 'completed'),
            'completed_tasks', count(*) FILTER (WHERE task.status = 'completed'),
            'last_task_completed_at', utc_ms(max(task.completed_at)),
            'one_off_tasks_completed', count(*) FILTER (WHERE task.status = 'completed' AND task.oneoff),
            'last_one_off_task_completed_at', utc_ms(max(task.completed_at) FILTER (WHERE task.oneoff)))
       FROM task_people mine
       JOIN tasks task ON task.organization_id = mine.organization_id AND task.id = mine.task_id
      WHERE mine.organization_id = %(organization_id)s AND mine.person_id = person.id
        AND task.archived_at IS NULL AND task.status <> 'auto-skipped')
""")
USER_GROUPS = sql.SQL("""
    (SELECT json_build_object('data', coalesce(json_agg(json_build_object('id', hex("group".id), 'name', "group".name,
                'logo', "group".logo, 'members', {members}, 'guests', {guests}) ORDER BY lower("group".name)), '[]'))
       FROM group_people mine
       JOIN groups "group" ON "group".organization_id = mine.organization_id AND "group".id = mine.group_id
      WHERE mine.organization_id = %(organization_id)s AND mine.person_id = person.id)
""").format(members=GROUP_MEMBERS, guests=GROUP_GUESTS)
GROUP_PEOPLE = """
    (SELECT json_build_object('data', coalesce(json_agg(to_json(one) ORDER BY one.email), '[]'))
       FROM (SELECT {columns} FROM group_people belongs
               JOIN people person ON person.organization_id = belongs.organization_id
                                 AND person.id = belongs.person_id
              WHERE belongs.organization_id = %(organization_id)s AND belongs.group_id = "group".id
                AND person.kind = {kind} AND person.status <> 'deleted') one)
"""
NONE_YET = sql.SQL("""'{{"data":[]}}'::json""").format()

USER_PREFERENCES = sql.SQL("""
    (SELECT json_build_object('data', coalesce(json_agg(json_build_object('slug', kept.slug, 'value', kept.value,
                'metadata', kept.metadata, 'last_updated', utc_ms(kept.updated_at)) ORDER BY kept.slug), '[]'))
       FROM preferences kept
      WHERE kept.organization_id = %(organization_id)s AND kept.person_id = person.id
        AND (%(is_admin)s OR person.id = %(user_id)s))
""")

USER_INCLUDES: dict[str, sql.Composable] = {
    "groups": USER_GROUPS,
    "stats": USER_STATS,
    "preferences": USER_PREFERENCES,
    "assets": NONE_YET,
    "country": sql.SQL("NULL"),
    "auth_methods": sql.SQL("""'{{"data":["native"]}}'::json""").format(),
}
GUEST_INCLUDES: dict[str, sql.Composable] = {"stats": GUEST_STATS}
GROUP_INCLUDES: dict[str, sql.Composable] = {
    "assets": NONE_YET,
    "users": sql.SQL(GROUP_PEOPLE).format(columns=MINIMAL_USER, kind=sql.Literal("member")),
    "guest_details": sql.SQL(GROUP_PEOPLE).format(columns=MINIMAL_GUEST, kind=sql.Literal("guest")),
}
"""What `with=` can add; a feature that has more to add puts it there."""


def with_includes(
    columns: sql.Composable, known: Mapping[str, sql.Composable], asked: Collection[str]
) -> sql.Composed:
    """A select list with the includes asked for; unknown names are ignored."""
    wanted = [
        sql.SQL("{} AS {}").format(known[name], sql.Identifier(name))
        for name in sorted(asked)
        if name in known
    ]
    return sql.SQL(", ").join([columns, *wanted])
