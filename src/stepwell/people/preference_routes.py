"""Preferences over HTTP."""

from __future__ import annotations

from stepwell.access.members import ADMINS
from stepwell.http.answers import Answer, item, nothing
from stepwell.http.body import Body
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.people import preferring
from stepwell.people.preference_schemas import (
    NotificationPreferences,
    NotificationShape,
    PreferenceShape,
    SetPreference,
)


@route("GET", "/o/me/preferences", answers=PreferenceShape, many=True)
async def list_preferences(call: Call) -> Answer:
    """What the caller has kept, by name."""
    window = call.window(preferring.MOST, 999)
    return call.listing(await preferring.list_preferences(call, window), window)


@route("PUT POST PATCH", "/o/me/preferences", body=SetPreference, answers=PreferenceShape)
async def set_preference(call: Call, data: SetPreference) -> Answer:
    """Keep one value under its name, in place of an earlier one."""
    return item(await preferring.set_preference(call, data))


@route("GET", "/o/me/preferences/{slug}", answers=PreferenceShape)
async def get_preference(call: Call, slug: str) -> Answer:
    """One value that the caller has kept."""
    return item(await preferring.read_preference(call, slug))


@route("DELETE", "/o/me/preferences/{slug}", status=204)
async def delete_preference(call: Call, slug: str) -> Answer:
    """Forget one value."""
    await preferring.delete_preference(call, slug)
    return nothing()


@route("GET", "/o/me/notification-preferences", answers=NotificationShape)
async def get_my_notification_preferences(call: Call) -> Answer:
    """Which mails and notices the caller wants."""
    return item(await preferring.read_notifications(call))


@route("PUT PATCH", "/o/me/notification-preferences", body=NotificationPreferences, answers=NotificationShape)
async def set_my_notification_preferences(call: Call, data: Body) -> Answer:
    """Set which mails and notices the caller wants; what is absent stays."""
    return item(await preferring.set_notifications(call, None, data))


@route("GET", "/o/users/{user_id}/notification-preferences", answers=NotificationShape, allow=ADMINS)
async def get_notification_preferences(call: Call, user_id: int) -> Answer:
    """Which mails and notices a member wants."""
    return item(await preferring.read_notifications(call, user_id))


@route("PUT PATCH", "/o/users/{user_id}/notification-preferences", body=NotificationPreferences,
       answers=NotificationShape, allow=ADMINS)  # fmt: skip
async def set_notification_preferences(call: Call, user_id: int, data: Body) -> Answer:
    """Set them for a member; what is absent stays."""
    return item(await preferring.set_notifications(call, user_id, data))
