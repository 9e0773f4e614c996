"""Bodies of the routes that change an organization."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from stepwell.http.body import Body
from stepwell.http.shapes import Instant, Shape
from stepwell.http.values import Flag, Html, Identifier, Integer, PersonId, WebAddress
from stepwell.organizations.css import clean_css
from stepwell.organizations.settings_values import (
    Age,
    Days,
    Deadline,
    Extensions,
    OldSettings,
    TimeZone,
    Week,
)
from stepwell.people.schemas import Role

LONGEST_CSS = 100_000
Name = Annotated[str, StringConstraints(min_length=1, max_length=50)]
Line = Annotated[str, StringConstraints(max_length=255)]
Text = Annotated[str, StringConstraints(max_length=30_000)]
Page = Annotated[Html, StringConstraints(max_length=100_000)]
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,100}$")]
Css = Annotated[str, StringConstraints(max_length=LONGEST_CSS), AfterValidator(clean_css)]
Months = Annotated[Integer, Field(ge=2, le=24)]
Limit = Annotated[Integer, Field(ge=0, le=10_000)]


def _word(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


RoleWord = Annotated[Role, BeforeValidator(_word)]


class UpdateOrganization(Body):
    """PUT and PATCH: what is absent stays."""

    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({"team_size", "extra_file_types"})

    name: Name = ""
    timezone: TimeZone = "UTC"
    working_days: Week = Field(default_factory=dict)
    default_deadline: Deadline = Field(default_factory=dict)

    description: Text | None = None
    industry: Line | None = None
    address1: Line | None = None
    address2: Line | None = None
    address3: Line | None = None
    city: Line | None = None
    state: Line | None = None
    zipcode: Line | None = None
    country: Line | None = None
    welcome_title: Line | None = None
    welcome_description: Text | None = None
    org_logo: WebAddress | None = None
    home_bg: WebAddress | None = None
    settings: OldSettings = None
    live_support_enabled: Flag = False
    team_size: Annotated[list[Integer], Field(max_length=10)] = Field(default_factory=list)
    signup_survey: Text | None = None
    purpose: Text | None = None
    process_today: Text | None = None
    analytics_enabled: Flag = True
    sso_default_role: RoleWord = "light"
    auto_join_signups: Flag = False
    google_analytics_id: Key | None = None
    mixpanel_token: Key | None = None
    guest_onboarding_snippet: Page | None = None
    homepage_snippet: Page | None = None
    onboarding_snippet: Page | None = None
    light_role_error_snippet: Page | None = None
    maximum_group_assignment_limit: Limit = 0
    allow_user_invite: Flag = True
    allow_manage_groups: Flag = True
    deadline_setting: Line | None = None
    wyiwyg: Flag = True
    cadence_days: Days = Field(default_factory=list)
    guest_cadence_days: Days = Field(default_factory=list)
    auto_archive: Flag = False
    auto_archive_processes_after: Age = Field(default_factory=dict)
    auto_complete_tasks: Flag = True
    auto_complete_task_months: Months = 18
    send_reminders_future_start: Flag = True
    restrict_blueprint_permissions: Flag = False
    allow_standard_create_templates: Flag = True
    extra_file_types: Extensions = Field(default_factory=list)
    webhook_date_field_format: Literal["yyyy-MM-ddTHH:mm:ssZ", "d/m/Y h:i A T"] = "yyyy-MM-ddTHH:mm:ssZ"
    global_css: Css | None = None
    error_404_template: Page | None = None
    enable_custom_404_error: Flag = False
    onboarding_template_id: Identifier | None = None
    enable_onboarding_template: Flag = True
    use_generative_ai: Flag = True

    @model_validator(mode="before")
    @classmethod
    def synonyms(cls, data: Any) -> Any:
        if isinstance(data, dict) and "enable_html_authoring" in data and "wyiwyg" not in data:
            return {**data, "wyiwyg": data["enable_html_authoring"]}
        return data


class NameDefaultAdministrator(Body):
    """Who stands in when nobody else can."""

    user_id: PersonId


Color = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]


class UpdateBranding(Body):
    """The colours; `color` or `bg_color` alone gives the others."""

    color: Color | None = None
    bg_color: Color | None = None
    text_color: Color | None = None
    alternate_color: Color | None = None
    bright_shade: Color | None = None
    dark_shade: Color | None = None


class BrandingShape(Shape):
    """The colours of an organization; null where the product's own are used."""

    bg_color: str | None
    text_color: str | None
    alternate_color: str | None
    bright_shade: str | None
    dark_shade: str | None
    updated_at: Instant | None
