"""Bodies and answers of the preference routes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, StringConstraints, create_model
from pydantic_core import PydanticCustomError

from stepwell.http.body import Body
from stepwell.http.shapes import Instant, Shape
from stepwell.http.values import Flag, truth
from stepwell.organizations.settings_values import Days
from stepwell.people.directory import WEEKDAYS

STEMS = ("task_assigned", "others_task_updates", "task_reopened", "assignment_changed", "comments", "mentions",
         "process_completed", "deadline_changed")  # fmt: skip
NOTIFICATIONS: Mapping[str, Any] = MappingProxyType({
    "email_all": True,
    **{f"email_{stem}": stem != "assignment_changed" for stem in STEMS},
    "email_digest": True,
    "digest_days": None,
    **{f"inapp_{stem}": True for stem in STEMS},
})  # fmt: skip
"""Every switch of mails and notices with its default; that of the days is the organization's."""
LONGEST_VALUE = 64 * 1024


def _bounded(value: Any) -> Any:
    if len(json.dumps(value, ensure_ascii=False).encode()) > LONGEST_VALUE:
        raise PydanticCustomError("value", "The {field} may not be larger than 64 KB.")
    return value


Slug = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
Value = Annotated[Any, AfterValidator(_bounded)]


class SetPreference(Body):
    """One preference; the value is kept as text."""

    verbatim: ClassVar[frozenset[str]] = frozenset({"value"})

    slug: Slug
    value: Value = None
    metadata: Annotated[dict[str, Any] | None, AfterValidator(_bounded)] = None

    def as_switch(self) -> Any:
        """The value as a switch of mails is kept; None for what is none."""
        if self.slug != "digest_days":
            return truth(self.value)
        value = self.value
        named = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
        words = [str(one).strip(' []"').capitalize() for one in named]
        return [day for day in WEEKDAYS if day in words] if value is not None else None


class PreferenceShape(Shape):
    slug: str
    value: str | None
    metadata: dict[str, Any] | None
    last_updated: Instant


_SWITCHES: dict[str, Any] = {
    slug: (Days, ()) if slug == "digest_days" else (Flag, True) for slug in NOTIFICATIONS
}
NotificationPreferences: type[Body] = create_model("NotificationPreferences", __base__=Body, **_SWITCHES)
_SHOWN: dict[str, Any] = {slug: (list[str] if slug == "digest_days" else bool, ...) for slug in NOTIFICATIONS}
NotificationShape: type[Shape] = create_model("NotificationShape", __base__=Shape, **_SHOWN)
