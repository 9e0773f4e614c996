"""The API's shape of an organization, written once as a select list that wants the alias `organization`."""

from __future__ import annotations

import json

from psycopg import sql

from stepwell.people.shapes import GROUP, MINIMAL_USER

DEFAULTS: dict[str, object] = {
    **dict.fromkeys((
        "description", "industry", "address1", "address2", "address3", "city", "state", "zipcode", "country",
        "welcome_title", "welcome_description", "org_logo", "home_bg", "settings", "signup_survey", "purpose",
        "process_today", "saml_login_url", "google_analytics_id", "mixpanel_token", "guest_onboarding_snippet",
        "homepage_snippet", "onboarding_snippet", "light_role_error_snippet", "global_css", "error_404_template",
        "onboarding_template_id", "azure_cognitive_service", "preferred_trial_plan",
    )),
    "live_support_enabled": 0,
    "payment_state": "active",
    "plan_code": "enterprise-annual",
    "in_trial": False,
    "limit_trial_features": False,
    "disable_min_members_billing": False,
    "real_time_billing": True,
    "enable_light_users_billing": True,
    "team_size": [],
    "analytics_enabled": True,
    "saml_enabled": False,
    "sso_default_role": "light",
    "auto_join_signups": False,
    "maximum_group_assignment_limit": 0,
    "allow_user_invite": True,
    "allow_manage_groups": True,
    "deadline_setting": "default",
    "wyiwyg": True,
    "cadence_days": ["Monday", "Wednesday", "Friday"],
    "guest_cadence_days": ["Monday", "Wednesday", "Friday"],
    "auto_archive": False,
    "auto_archive_processes_after": {"unit": "weeks", "value": 52},
    "auto_complete_tasks": True,
    "auto_complete_task_months": 18,
    "send_reminders_future_start": True,
    "restrict_blueprint_permissions": False,
    "allow_standard_create_templates": True,
    "extra_file_types": [],
    "webhook_date_field_format": "yyyy-MM-ddTHH:mm:ssZ",
    "enable_custom_smtp": False,
    "enable_custom_404_error": False,
    "enable_onboarding_template": True,
    "use_generative_ai": True,
}  # fmt: skip
"""What an organization answers for settings that nobody has set; the constants of a product without billing too."""

ORGANIZATION = """
    {defaults}::jsonb || (organization.settings - 'branding') || jsonb_build_object(
        'id', hex(organization.organization_id), 'name', organization.name, 'slug', organization.slug,
        'timezone', organization.timezone, 'working_days', organization.working_days,
        'default_deadline', organization.default_deadline, 'users_count', {users_count},
        'created_on', utc_ms(organization.created_at), 'created_at', utc_ms(organization.created_at),
        'last_updated', utc_ms(organization.updated_at))
"""
ACTIVE_MEMBERS = """
    (SELECT count(*) FROM people person WHERE person.organization_id = %(organization_id)s
        AND person.kind = 'member' AND person.status = 'active')
"""
MEMBERSHIP = sql.SQL("""
    jsonb_build_object('user_role', person.role, 'user_status', person.status,
        'joined_on', utc_ms(person.created_at), 'disabled_on', utc_ms(person.disabled_at),
        'last_accessed', person.profile ->> 'last_accessed_at')
""")
"""What `GET /me/organizations` says about the caller in each; wants the alias `person`."""

INCLUDES: dict[str, sql.Composable] = {
    "branding": sql.SQL(
        "jsonb_build_object('data', coalesce(organization.settings -> 'branding', '{{}}'))"
    ).format(),
    "subscription": sql.SQL(
        "jsonb_build_object('data', jsonb_build_object('plan_code', 'enterprise-annual', 'state', 'active',"
        " 'seats', NULL))"
    ),
    "billing_info": sql.SQL("jsonb_build_object('data', jsonb_build_object())"),
    "domains": sql.SQL("jsonb_build_object('data', jsonb_build_array())"),
    "users": sql.SQL("""
        (SELECT jsonb_build_object('data', coalesce(jsonb_agg(to_jsonb(one) ORDER BY one.id), '[]'))
           FROM (SELECT {columns} FROM people person WHERE person.organization_id = %(organization_id)s
                    AND person.kind = 'member' AND person.status <> 'deleted' LIMIT 9999) one)
    """).format(columns=MINIMAL_USER),
    "groups": sql.SQL("""
        (SELECT jsonb_build_object('data', coalesce(jsonb_agg(to_jsonb(one) ORDER BY lower(one.name)), '[]'))
           FROM (SELECT {columns} FROM groups "group" WHERE "group".organization_id = %(organization_id)s
                  LIMIT 9999) one)
    """).format(columns=GROUP),
}
"""What `with=` can add; a feature that has more to add puts it there."""


def organization_json(users_count: str = ACTIVE_MEMBERS) -> sql.Composed:
    """The organization as one jsonb value."""
    defaults = sql.Literal(json.dumps(DEFAULTS))
    return sql.SQL(ORGANIZATION).format(defaults=defaults, users_count=sql.SQL(users_count))
