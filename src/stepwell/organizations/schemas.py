"""The documented shape of an organization."""

from __future__ import annotations

from typing import Any, Literal

from stepwell.http.shapes import Hex, Instant, Shape
from stepwell.people.schemas import Role


class OrganizationShape(Shape):
    """An organization with all its settings."""

    id: Hex
    name: str
    slug: str
    description: str | None
    industry: str | None
    address1: str | None
    address2: str | None
    address3: str | None
    city: str | None
    state: str | None
    zipcode: str | None
    country: str | None
    welcome_title: str | None
    welcome_description: str | None
    created_on: Instant
    created_at: Instant
    last_updated: Instant
    org_logo: str | None
    home_bg: str | None
    settings: str | None
    users_count: int
    live_support_enabled: int
    payment_state: str
    plan_code: str
    preferred_trial_plan: str | None
    in_trial: bool
    limit_trial_features: bool
    disable_min_members_billing: bool
    real_time_billing: bool
    enable_light_users_billing: bool
    team_size: list[int]
    signup_survey: str | None
    purpose: str | None
    process_today: str | None
    analytics_enabled: bool
    saml_enabled: bool
    saml_login_url: str | None
    sso_default_role: Role
    auto_join_signups: bool
    google_analytics_id: str | None
    mixpanel_token: str | None
    guest_onboarding_snippet: str | None
    homepage_snippet: str | None
    onboarding_snippet: str | None
    light_role_error_snippet: str | None
    maximum_group_assignment_limit: int
    allow_user_invite: bool
    allow_manage_groups: bool
    working_days: dict[str, dict[str, Any]]
    deadline_setting: str | None
    wyiwyg: bool
    cadence_days: list[str]
    guest_cadence_days: list[str]
    timezone: str
    default_deadline: dict[str, Any]
    auto_archive: bool
    auto_archive_processes_after: dict[str, Any]
    auto_complete_tasks: bool
    auto_complete_task_months: int
    send_reminders_future_start: bool
    restrict_blueprint_permissions: bool
    allow_standard_create_templates: bool
    extra_file_types: list[str]
    webhook_date_field_format: str
    enable_custom_smtp: bool
    global_css: str | None
    error_404_template: str | None
    enable_custom_404_error: bool
    onboarding_template_id: Hex | None
    enable_onboarding_template: bool
    azure_cognitive_service: dict[str, Any] | None
    use_generative_ai: bool


class OwnOrganizationShape(OrganizationShape):
    """An organization of the caller's, and what the caller is in it."""

    user_role: Role
    user_status: Literal["active", "invited", "disabled"]
    joined_on: Instant
    disabled_on: Instant | None
    last_accessed: Instant | None
