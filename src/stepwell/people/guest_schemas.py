"""Bodies and answers of the routes that change guests."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from stepwell.http.body import Body
from stepwell.http.shapes import Instant, Shape
from stepwell.http.values import Email, PersonId, WebAddress
from stepwell.organizations.settings_values import Days, TimeZone
from stepwell.people.schemas import Role

Text = Annotated[str, StringConstraints(max_length=200)]
Phone = Annotated[str, StringConstraints(max_length=20)]


def _moment_of_the_source(value: str) -> str:
    try:
        datetime.strptime(value, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - checked and kept as it is
    except ValueError:
        raise PydanticCustomError("moment", "The {field} does not match the format Y-m-d H:i:s.") from None
    return value


def _word(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


SourceMoment = Annotated[str, AfterValidator(_moment_of_the_source)]
Source = Annotated[Literal["salesforce"], BeforeValidator(_word)]
Members = Annotated[list[PersonId], Field(max_length=1000)]


class GuestFields(Body):
    """All that can be said about a guest beside the address."""

    first_name: Text | None = None
    last_name: Text | None = None
    company_name: Text | None = None
    opportunity_name: Text | None = None
    status: Text | None = None
    phone_1: Phone | None = None
    phone_2: Phone | None = None
    image_url: WebAddress | None = None
    contact_url: WebAddress | None = None
    company_url: WebAddress | None = None
    opportunity_url: WebAddress | None = None
    timezone: TimeZone | None = None
    external_sync_source: Source | None = None
    external_date_creation: SourceMoment | None = None
    associated_members: Members | None = None
    cadence_days: Days | None = None

    @model_validator(mode="before")
    @classmethod
    def synonyms(cls, data: Any) -> Any:
        if isinstance(data, dict) and "phone" in data and "phone_1" not in data:
            return {**data, "phone_1": data["phone"]}
        return data


class CreateGuest(GuestFields):
    """POST: only the address is required."""

    email: Email


class UpdateGuest(GuestFields):
    """PUT and PATCH: what is absent stays. The address can be sent, but not changed."""

    email: Email | None = None


class BecomeMember(Body):
    """The role of a guest who becomes a member."""

    role: Annotated[Role, BeforeValidator(_word)] = "standard"


class SentMailShape(Shape):
    """A mail that was written to somebody, and what became of it."""

    id: str
    type: str
    subject: str
    recipient: str
    status: Literal["email_queued", "email_sent", "email_failed"]
    created_at: Instant
    sent_at: Instant | None
