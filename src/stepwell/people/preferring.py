"""What members keep for themselves: preferences by name, and which mails they want (G-038, G-046)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from stepwell.db.pool import Tenant
from stepwell.errors import Forbidden, NotFound, invalid
from stepwell.http.body import Body
from stepwell.http.call import Call
from stepwell.http.paging import Page, Window
from stepwell.people.guarding import locked_member
from stepwell.people.preference_schemas import NOTIFICATIONS, SetPreference

MOST = 200
KEEP = """
    INSERT INTO preferences (organization_id, person_id, slug, value, metadata, updated_at)
    SELECT %(organization_id)s, %(person_id)s, one.slug, one.value, one.metadata, %(at)s
      FROM jsonb_to_recordset(%(values)s) AS one (slug text, value text, metadata jsonb)
    ON CONFLICT (organization_id, person_id, slug) DO UPDATE
       SET value = EXCLUDED.value, metadata = EXCLUDED.metadata, updated_at = EXCLUDED.updated_at
"""
# Mails are written for many people at once, so their switches lie with each person.
MIRROR = """
    UPDATE people SET profile = (profile - %(gone)s::text[]) || %(profile)s
     WHERE organization_id = %(organization_id)s AND id = %(person_id)s
"""
ROOM = """
    SELECT count(*) FILTER (WHERE slug <> %(slug)s) FROM preferences
     WHERE organization_id = %(organization_id)s AND person_id = %(person_id)s
"""
LOCK = "SELECT FROM people WHERE organization_id = %(organization_id)s AND id = %(person_id)s FOR UPDATE"
SHAPE = "json_build_object('slug', slug, 'value', value, 'metadata', metadata, 'last_updated', utc_ms(updated_at))"
ONE = f"""
    SELECT {SHAPE}::text FROM preferences
     WHERE organization_id = %(organization_id)s AND person_id = %(person_id)s AND slug = %(slug)s
"""  # noqa: S608 - constants only
LIST = f"""
    WITH found AS (
        SELECT * FROM preferences WHERE organization_id = %(organization_id)s AND person_id = %(person_id)s
    ), page AS (SELECT * FROM found ORDER BY slug LIMIT %(limit)s OFFSET %(offset)s)
    SELECT (SELECT count(*) FROM found), coalesce(json_agg({SHAPE} ORDER BY slug), '[]')::text, count(*) FROM page
"""  # noqa: S608 - constants only
DELETE = """
    DELETE FROM preferences
     WHERE organization_id = %(organization_id)s AND person_id = %(person_id)s AND slug = %(slug)s
    RETURNING slug
"""
SWITCHES = """
    SELECT person.profile, coalesce(house.settings -> 'cadence_days', '["Monday", "Wednesday", "Friday"]')
      FROM people person JOIN organizations house ON house.organization_id = person.organization_id
     WHERE person.organization_id = %(organization_id)s AND person.id = %(person_id)s AND person.kind = 'member'
"""


async def keep_values(tenant: Tenant, person_id: int, values: Mapping[str, Any], at: datetime) -> None:
    """Keep these preferences of a person, and the switches of mails among them where mails look for them."""
    if not values:
        return
    rows = [{"slug": slug, "value": _text(value)} for slug, value in values.items()]
    await tenant.execute(KEEP, {"person_id": person_id, "values": json.dumps(rows), "at": at})
    await _mirror(tenant, person_id, values)


async def _mirror(tenant: Tenant, person_id: int, values: Mapping[str, Any]) -> None:
    known = {slug: value for slug, value in values.items() if slug in NOTIFICATIONS}
    gone = [slug for slug, value in known.items() if value is None]
    kept = {slug: value for slug, value in known.items() if value is not None}
    if known:
        wanted = {"person_id": person_id, "gone": gone, "profile": json.dumps(kept)}
        await tenant.execute(MIRROR, wanted)


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


async def list_preferences(call: Call, window: Window) -> Page:
    """The caller's preferences, by name."""
    wanted = {"person_id": call.member.user_id, "limit": window.limit, "offset": window.offset}
    async with call.db.reading(call.member) as tenant:
        total, items, count = await tenant.fetch_one(LIST, wanted)
    return Page(total, items, count)


async def read_preference(call: Call, slug: str) -> str:
    """One preference of the caller. Raises NotFound."""
    async with call.db.reading(call.member) as tenant:
        return str(await tenant.fetch_value(ONE, {"person_id": call.member.user_id, "slug": slug}))


async def set_preference(call: Call, data: SetPreference) -> str:
    """Set one preference of the caller. Returns its JSON."""
    at, person_id = call.services.clock(), call.member.user_id
    async with call.db.transaction(call.member) as tenant:
        await tenant.execute(LOCK, {"person_id": person_id})
        if await tenant.fetch_value(ROOM, {"person_id": person_id, "slug": data.slug}) >= MOST:
            raise invalid({"slug": [f"No more than {MOST} preferences can be kept."]})
        row = {"slug": data.slug, "value": _text(data.value), "metadata": data.metadata}
        await tenant.execute(KEEP, {"person_id": person_id, "values": json.dumps([row]), "at": at})
        if data.slug in NOTIFICATIONS:
            await _mirror(tenant, person_id, {data.slug: data.as_switch()})
        return str(await tenant.fetch_value(ONE, {"person_id": person_id, "slug": data.slug}))


async def delete_preference(call: Call, slug: str) -> None:
    """Forget one preference of the caller. Raises NotFound."""
    person_id = call.member.user_id
    async with call.db.transaction(call.member) as tenant:
        if await tenant.fetch_first(DELETE, {"person_id": person_id, "slug": slug}) is None:
            raise NotFound
        await _mirror(tenant, person_id, {slug: None})


async def read_notifications(call: Call, person_id: int | None = None) -> str:
    """Which mails and notices the caller wants, or another member. Raises NotFound."""
    async with call.db.reading(call.member) as tenant:
        return await _notifications(tenant, person_id or call.member.user_id)


async def _notifications(tenant: Tenant, person_id: int) -> str:
    profile, days = await tenant.fetch_one(SWITCHES, {"person_id": person_id})
    defaults = {**NOTIFICATIONS, "digest_days": days}
    return json.dumps({slug: profile.get(slug, default) for slug, default in defaults.items()})


async def set_notifications(call: Call, person_id: int | None, data: Body) -> str:
    """Set what was sent, for the caller or by an administrator for another member. Returns all of them."""
    at = call.services.clock()
    about = person_id or call.member.user_id
    async with call.db.transaction(call.member) as tenant:
        member = await locked_member(tenant, about)
        if member.is_bot:
            raise Forbidden("Bot users cannot be edited.")
        await keep_values(tenant, about, data.sent(), at)
        return await _notifications(tenant, about)
