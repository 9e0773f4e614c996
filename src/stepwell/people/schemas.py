"""The documented shapes of members, guests, groups and job titles."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import RootModel

from stepwell.http.shapes import Hex, Instant, Shape

Role = Literal["admin", "standard", "light"]


class MeShape(Shape):
    """A user without what an organization decides. Null where the caller may not look."""

    id: int
    email: str
    username: str
    first_name: str
    last_name: str
    full_name: str
    profile_pic: str | None
    resize_profile_pic: str | None
    locale: str | None
    active: bool | None
    is_active: bool | None
    complete: bool | None
    support_user: bool | None
    created_at: Instant | None
    updated_at: Instant | None
    last_updated: Instant | None
    last_login_at: Instant | None
    last_accessed_at: Instant | None
    activated_at: Instant | None
    country_id: int | None
    phone: str | None
    job_title: str | None
    job_description: str | None
    team: str | None
    timezone: str | None
    UTC_offset: str | None
    date_format: str | None
    step_preferences: bool | None
    last_known_ip: str | None
    last_known_country: str | None


class UserShape(MeShape):
    """A member of an organization."""

    status: Literal["active", "invited", "disabled", "deleted"]
    role: Role | None
    user_role: Role | None
    type: Literal["admin", "standard", "light", "bot"] | None
    is_default_admin: bool | None
    is_suspended: bool | None
    approved_at: Instant | None
    disabled_at: Instant | None
    reactivated_at: Instant | None
    invited_by: int | None
    disabled_by: int | None
    reactivated_by: int | None


class MinimalUserShape(Shape):
    id: int
    email: str
    username: str
    first_name: str
    last_name: str
    full_name: str
    profile_pic: str | None
    status: str
    role: Role | None


class MinimalUsers(RootModel[list[MinimalUserShape]]):
    """All members in short."""


class GuestDetailsShape(Shape):
    first_name: str | None
    last_name: str | None
    status: str | None
    phone_1: str | None
    phone_2: str | None
    timezone: str | None
    image_url: str | None
    contact_url: str | None
    company_url: str | None
    opportunity_url: str | None
    company_name: str | None
    opportunity_name: str | None
    external_sync_source: str | None
    external_date_creation: str | None
    cadence_days: list[str] | None
    associated_members: list[int] | None
    last_city: str | None
    last_country: str | None
    last_accessed_at: Instant | None
    disabled_at: Instant | None
    disabled_by: int | None
    reactivated_at: Instant | None
    reactivated_by: int | None
    created_at: Instant
    updated_at: Instant


class GuestShape(Shape):
    """A guest; `link` and `guest_code` are secrets that light members do not see."""

    id: int
    email: str
    first_name: str | None
    last_name: str | None
    last_accessed_at: Instant | None
    last_known_ip: str | None
    last_known_country: str | None
    created_at: Instant
    deleted_at: Instant | None
    disabled_at: Instant | None
    link: str | None
    guest_code: str | None
    app_language: str | None
    content_language: str | None
    details: GuestDetailsShape


class MinimalGuestShape(Shape):
    id: int
    email: str
    first_name: str | None
    last_name: str | None
    full_name: str
    link: str | None
    disabled_at: Instant | None


class MinimalGuests(RootModel[list[MinimalGuestShape]]):
    """All guests in short."""


class GroupShape(Shape):
    id: Hex
    name: str
    description: str
    logo: str | None
    members: list[int]
    guests: list[str]
    created_at: Instant
    updated_at: Instant
    last_updated: Instant
    deleted_at: Instant | None


class JobTitleShape(Shape):
    """A job title, which the API calls a role."""

    id: Hex
    name: str
    description: str
    users: list[int]
    permissions: dict[str, Any]
    created_at: Instant
    updated_at: Instant
