"""How much may be said in an hour, over all of an organization (P-594, G-216)."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil

from stepwell.db.pool import Tenant
from stepwell.errors import TooMany

HOUR = timedelta(hours=1)
LAST_BUT = """
    SELECT created_at FROM comments
     WHERE organization_id = %(organization_id)s AND author_type <> 'bot' AND created_at > %(since)s
     ORDER BY created_at DESC OFFSET %(others)s LIMIT 1
"""
INVITED = """
    SELECT coalesce(sum(guests), 0), min(at) FROM (
        SELECT cardinality(invited) AS guests, created_at AS at FROM comments
         WHERE organization_id = %(organization_id)s AND author_type <> 'bot' AND created_at > %(since)s
           AND invited <> '{}'
        UNION ALL
        SELECT 1, created_at FROM people
         WHERE organization_id = %(organization_id)s AND kind = 'guest' AND created_at > %(since)s
           AND profile ->> 'invited_by' IS NOT NULL) invitation
"""  # by comments, and by hand


async def refuse_too_many_comments(tenant: Tenant, limit: int, at: datetime) -> None:
    """Raises TooMany when so many comments were made in the hour before `at`; 0 is no limit."""
    if not limit:
        return
    row = await tenant.fetch_first(LAST_BUT, {"since": at - HOUR, "others": limit - 1})
    if row is not None:
        raise _too_many("Comment", limit, row[0] + HOUR - at)


async def refuse_too_many_invites(tenant: Tenant, limit: int, more: int, at: datetime) -> None:
    """Raises TooMany when more guests would then have been invited within an hour; 0 is no limit."""
    if not limit or not more:
        return
    invited, first = await tenant.fetch_one(INVITED, {"since": at - HOUR})
    if invited + more > limit:
        raise _too_many("Guest Invite", limit, first + HOUR - at if first is not None else HOUR)


def _too_many(what: str, limit: int, wait: timedelta) -> TooMany:
    seconds = max(1, ceil(wait.total_seconds()))
    return TooMany(
        f"You've reached the hourly limit for {what} ({limit} per hour per organization)."
        f" Please try again in {ceil(seconds / 60)} minutes.",
        seconds,
    )
