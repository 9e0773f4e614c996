"""What reads members, guests, groups and job titles: one statement each, the JSON made by the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import sql

from stepwell.db.pool import Tenant
from stepwell.errors import Forbidden, NotFound
from stepwell.http.call import Call
from stepwell.http.paging import MOST_ROWS, Page, Sorting, Window
from stepwell.people import shapes
from stepwell.people.finding import guest_condition
from stepwell.people.shapes import with_includes

NAMES = ("lower(coalesce(person.first_name, ''))", "lower(coalesce(person.last_name, ''))")
USER_ORDER = Sorting(
    {
        "name": NAMES,
        "first_name": NAMES,
        "last_name": (NAMES[1], NAMES[0]),
        "email": ("person.email",),
        "role": ("person.role",),
        "status": ("person.status",),
        "created_at": ("person.created_at",),
        "last_updated": ("person.updated_at",),
        "last_login_at": ("person.profile ->> 'last_login_at'",),
        "id": ("person.id",),
    },
    default="name",
    tie_breaker="person.id",
)
GUEST_ORDER = Sorting(
    {
        "created_at": ("person.created_at",),
        "name": NAMES,
        "first_name": NAMES,
        "last_name": (NAMES[1], NAMES[0]),
        "email": ("person.email",),
        "last_accessed_at": ("person.profile ->> 'last_accessed_at'",),
        "company_name": ("lower(person.profile ->> 'company_name')",),
        "id": ("person.id",),
    },
    default="created_at",
    tie_breaker="person.id",
)
GROUP_ORDER = Sorting(
    {
        "name": ('lower("group".name)',),
        "created_at": ('"group".created_at',),
        "updated_at": ('"group".updated_at',),
        "last_updated": ('"group".updated_at',),
        "id": ('"group".id',),
    },
    default="created_at",
    tie_breaker='"group".id',
)
JOB_TITLE_ORDER = Sorting(
    {
        "name": ("lower(title.name)",),
        "created_at": ("title.created_at",),
        "updated_at": ("title.updated_at",),
        "id": ("title.id",),
    },
    default="name",
    tie_breaker="title.id",
)
ON_OWN_TASKS = """
    EXISTS (SELECT FROM task_people theirs
              JOIN task_people mine ON mine.organization_id = theirs.organization_id AND mine.task_id = theirs.task_id
             WHERE theirs.organization_id = %(organization_id)s AND theirs.person_id = person.id
               AND mine.person_id = %(user_id)s)
"""

LIST = """
    WITH found AS (
        SELECT {alias}.* FROM {table} {alias} WHERE {alias}.organization_id = %(organization_id)s AND {filters}
    ), page AS (
        SELECT {alias}.*, row_number() OVER (ORDER BY {order}) AS place
          FROM found {alias} ORDER BY place LIMIT %(limit)s OFFSET %(offset)s
    )
    SELECT (SELECT count(*) FROM found), coalesce(json_agg(to_json(shape) ORDER BY {alias}.place), '[]')::text,
           count(*)
      FROM page {alias} {joins}, LATERAL (SELECT {columns}) shape
"""
ONE = """
    SELECT to_json(shape)::text
      FROM {table} {alias} {joins}, LATERAL (SELECT {columns}) shape
     WHERE {alias}.organization_id = %(organization_id)s AND {filters}
"""


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of thing that is listed: its table, the alias that its columns want, and its order."""

    table: str | sql.Composable
    alias: str
    order: Sorting

    def query(
        self,
        text: str,
        columns: sql.Composable,
        filters: list[str],
        *asked: str,
        joins: sql.Composable | None = None,
    ) -> sql.Composed:
        """`text` with this kind's names, and with these conditions, columns and order."""
        return sql.SQL(text).format(
            table=sql.Identifier(self.table) if isinstance(self.table, str) else self.table,
            alias=sql.Identifier(self.alias),
            filters=sql.SQL(" AND ").join(sql.SQL(one) for one in filters),
            columns=columns,
            joins=joins or sql.SQL(""),
            order=self.order.clause(*asked),
        )


# A guest who was invited to become a member is one of the invited, and stays a guest until it is accepted.
MEMBERS = sql.SQL("""
    (SELECT organization_id, id, kind, email, username, first_name, last_name, role, status, is_default_admin,
            profile, created_at, updated_at, disabled_at FROM people
     UNION ALL
     SELECT guest.organization_id, guest.id, 'member', guest.email, guest.username, guest.first_name,
            guest.last_name, invitation.role, 'invited', false,
            jsonb_build_object('timezone', guest.profile ->> 'timezone', 'invited_by', invitation.invited_by,
                               'approved_at', utc_ms(invitation.sent_at)),
            invitation.sent_at, invitation.sent_at, NULL
       FROM invitations invitation
       JOIN people guest ON guest.organization_id = invitation.organization_id AND guest.id = invitation.person_id
        AND guest.kind = 'guest')
""")
USERS = Source(MEMBERS, "person", USER_ORDER)
GUESTS = Source("people", "person", GUEST_ORDER)
GROUPS = Source("groups", "group", GROUP_ORDER)
JOB_TITLES = Source("job_titles", "title", JOB_TITLE_ORDER)


def wanted_of(call: Call) -> dict[str, Any]:
    """The parameters that the shapes want of every call."""
    return {
        "user_id": call.member.user_id,
        "is_admin": call.member.is_admin,
        "is_full": call.member.is_full,
        "web": call.origin,
    }


def _search(call: Call, *columns: str) -> tuple[list[str], dict[str, Any]]:
    """`q`: each of its words stands in one of the columns, in whatever case."""
    words = (call.text("q") or "").lower().split()[:20]
    haystack = f"lower(concat_ws(' ', {', '.join(columns)}))"
    filters = [f"position(%(q{index})s in {haystack}) > 0" for index in range(len(words))]
    return filters, {f"q{index}": word for index, word in enumerate(words)}


async def _listed(
    call: Call,
    source: Source,
    columns: sql.Composable,
    filters: list[str],
    parameters: Mapping[str, Any],
    window: Window,
    joins: sql.Composable | None = None,
) -> Page:
    query = source.query(LIST, columns, filters, *call.order(), joins=joins)
    wanted = {**wanted_of(call), **parameters, "limit": window.limit, "offset": window.offset}
    async with call.db.reading(call.member) as tenant:
        total, items, count = await tenant.fetch_one(query, wanted)
    return Page(total, items, count)


async def _one(
    tenant: Tenant,
    call: Call,
    source: Source,
    columns: sql.Composable,
    condition: str,
    wanted_id: int | UUID,
    joins: sql.Composable | None = None,
) -> str:
    query = source.query(ONE, columns, [condition], joins=joins)
    return str(await tenant.fetch_value(query, {**wanted_of(call), "wanted_id": wanted_id}))


def _user_columns(call: Call) -> sql.Composed:
    light = call.member.is_light
    return with_includes(
        shapes.USER_FOR_LIGHT_MEMBERS if light else shapes.USER, shapes.USER_INCLUDES, call.includes
    )


def _user_joins(includes: Collection[str]) -> sql.Composable:
    return shapes.USER_STATS_JOINS if "stats" in includes else sql.SQL("")


def _user_filters(call: Call) -> tuple[list[str], dict[str, Any]]:
    filters, wanted = _search(call, "person.first_name", "person.last_name", "person.email")
    kinds = "('member', 'bot')" if call.flag("with_bots") else "('member')"
    filters.append(f"person.kind IN {kinds}")
    if not call.flag("with_trashed"):
        filters.append("person.status <> 'deleted'")
    for name in ("status", "role"):
        if words := call.words(name):
            filters.append(f"person.{name} = ANY (%({name})s)")
            wanted[name] = [word.lower() for word in words]
    return filters, wanted


async def list_users(call: Call, window: Window) -> Page:
    """Members of every status, by name."""
    filters, wanted = _user_filters(call)
    joins = _user_joins(call.includes)
    return await _listed(call, USERS, _user_columns(call), filters, wanted, window, joins)


async def short_list_of_users(call: Call) -> Page:
    """Who there is, at most MOST_ROWS, by name."""
    filters, wanted = _user_filters(call)
    everything = Window(1, MOST_ROWS)
    return await _listed(call, USERS, shapes.MINIMAL_USER, filters, wanted, everything)


async def read_user(call: Call, user_id: int) -> str:
    """One member, or the bot. Raises NotFound."""
    async with call.db.reading(call.member) as tenant:
        return await user_json(tenant, call, user_id)


async def user_json(tenant: Tenant, call: Call, user_id: int) -> str:
    """The same in a transaction that is open."""
    condition = "person.id = %(wanted_id)s AND person.kind IN ('member', 'bot')"
    joins = _user_joins(call.includes)
    return await _one(tenant, call, USERS, _user_columns(call), condition, user_id, joins)


async def read_default_administrator(call: Call) -> str:
    """The default administrator in short."""
    query = USERS.query(ONE, shapes.MINIMAL_USER, ["person.is_default_admin"])
    async with call.db.reading(call.member) as tenant:
        return str(await tenant.fetch_value(query, wanted_of(call)))


def _guest_filters(call: Call) -> tuple[list[str], dict[str, Any]]:
    filters, wanted = _search(
        call, "person.first_name", "person.last_name", "person.email", "person.profile ->> 'company_name'"
    )
    filters += ["person.kind = 'guest'", "person.status <> 'deleted'"]
    if statuses := call.words("status"):
        filters.append("(person.disabled_at IS NOT NULL) = ANY (%(disabled)s)")
        known = {"active": False, "disabled": True}
        wanted["disabled"] = [known[word.lower()] for word in statuses if word.lower() in known]
    if call.member.is_light:
        filters.append(ON_OWN_TASKS)
    return filters, wanted


async def list_guests(call: Call, window: Window) -> Page:
    """Guests in the order they came; for a light member those who share a task with the caller."""
    filters, wanted = _guest_filters(call)
    columns = with_includes(shapes.GUEST, shapes.GUEST_INCLUDES, call.includes)
    return await _listed(call, GUESTS, columns, filters, wanted, window)


async def short_list_of_guests(call: Call) -> Page:
    """Guests in short, at most MOST_ROWS."""
    filters, wanted = _guest_filters(call)
    return await _listed(call, GUESTS, shapes.MINIMAL_GUEST, filters, wanted, Window(1, MOST_ROWS))


async def read_guest(call: Call, key: str) -> str:
    """One guest by address, number or code. Raises NotFound, or Forbidden for a light member's stranger."""
    columns = with_includes(shapes.GUEST, shapes.GUEST_INCLUDES, call.includes)
    seen = sql.SQL(", ({}) AS seen").format(sql.SQL(ON_OWN_TASKS if call.member.is_light else "true"))
    condition, wanted = guest_condition(key)
    inner = sql.SQL("LATERAL (SELECT {columns}) shape").format(columns=columns)
    query = sql.SQL(
        "SELECT to_json(shape)::text{seen} FROM people person, {inner} WHERE person.organization_id ="
        " %(organization_id)s AND person.kind = 'guest' AND person.status <> 'deleted' AND {condition}"
    ).format(seen=seen, inner=inner, condition=sql.SQL(condition))
    async with call.db.reading(call.member) as tenant:
        row = await tenant.fetch_first(query, {**wanted_of(call), "wanted_key": wanted})
    if row is None:
        raise NotFound
    if not row[1]:
        raise Forbidden("Only guests on your own tasks are shown to you.")
    return str(row[0])


async def guest_json(tenant: Tenant, call: Call, guest_id: int) -> str:
    """One guest by number in a transaction that is open, deleted ones too. Raises NotFound."""
    columns = with_includes(shapes.GUEST, shapes.GUEST_INCLUDES, call.includes)
    condition = "person.id = %(wanted_id)s AND person.kind = 'guest'"
    return await _one(tenant, call, GUESTS, columns, condition, guest_id)


GUEST_MAILS = """
    WITH found AS (
        SELECT mail.id, mail.kind, mail.subject, mail.created_at, one.email, one.state, one.settled_at
          FROM mail_recipients one
          JOIN mails mail ON mail.organization_id = one.organization_id AND mail.id = one.mail_id
         WHERE one.organization_id = %(organization_id)s
           AND (one.email, one.person_id) = (SELECT person.email, person.id FROM people person
                WHERE person.organization_id = %(organization_id)s AND person.kind = 'guest'
                  AND person.status <> 'deleted' AND {condition})
    ), page AS (
        SELECT * FROM found ORDER BY created_at DESC, id DESC LIMIT %(limit)s OFFSET %(offset)s
    )
    SELECT (SELECT count(*) FROM found),
           coalesce(json_agg(json_build_object('id', hex(id), 'type', kind, 'subject', subject, 'recipient', email,
               'status', CASE state WHEN 'queued' THEN 'email_queued' WHEN 'sent' THEN 'email_sent'
                                    ELSE 'email_failed' END,
               'created_at', utc_ms(created_at), 'sent_at', CASE WHEN state = 'sent' THEN utc_ms(settled_at) END)
               ORDER BY created_at DESC, id DESC), '[]')::text,
           count(*)
      FROM page
"""


async def list_guest_mails(call: Call, key: str, window: Window) -> Page:
    """What was written to a guest, the newest first (G-086). Raises NotFound."""
    await read_guest(call, key)
    condition, wanted = guest_condition(key)
    parameters = {"wanted_key": wanted, "limit": window.limit, "offset": window.offset}
    async with call.db.reading(call.member) as tenant:
        total, items, count = await tenant.fetch_one(GUEST_MAILS.format(condition=condition), parameters)
    return Page(total, items, count)


async def list_groups(call: Call, window: Window) -> Page:
    """Groups in the order they were made."""
    filters, wanted = _search(call, '"group".name', '"group".description')
    columns = with_includes(shapes.GROUP, shapes.GROUP_INCLUDES, call.includes)
    return await _listed(call, GROUPS, columns, [*filters, "true"], wanted, window)


OF_MEMBER = """
    EXISTS (SELECT FROM group_people belongs
             WHERE belongs.organization_id = %(organization_id)s AND belongs.group_id = "group".id
               AND belongs.person_id = %(wanted_id)s)
"""


async def list_groups_of(call: Call, user_id: int, window: Window) -> Page:
    """The groups of a member in the order they were made. Raises NotFound."""
    await read_user(call, user_id)
    columns = with_includes(shapes.GROUP, shapes.GROUP_INCLUDES, call.includes)
    return await _listed(call, GROUPS, columns, [OF_MEMBER], {"wanted_id": user_id}, window)


async def read_group(call: Call, group_id: UUID) -> str:
    """One group. Raises NotFound."""
    async with call.db.reading(call.member) as tenant:
        return await group_json(tenant, call, group_id)


async def group_json(tenant: Tenant, call: Call, group_id: UUID) -> str:
    """The same in a transaction that is open."""
    columns = with_includes(shapes.GROUP, shapes.GROUP_INCLUDES, call.includes)
    return await _one(tenant, call, GROUPS, columns, '"group".id = %(wanted_id)s', group_id)


async def list_job_titles(call: Call, window: Window) -> Page:
    """Job titles by name."""
    filters, wanted = _search(call, "title.name", "title.description")
    return await _listed(call, JOB_TITLES, shapes.JOB_TITLE, [*filters, "true"], wanted, window)


async def read_job_title(call: Call, title_id: UUID) -> str:
    """One job title. Raises NotFound."""
    async with call.db.reading(call.member) as tenant:
        return await job_title_json(tenant, call, title_id)


async def job_title_json(tenant: Tenant, call: Call, title_id: UUID) -> str:
    """The same in a transaction that is open."""
    return await _one(tenant, call, JOB_TITLES, shapes.JOB_TITLE, "title.id = %(wanted_id)s", title_id)
