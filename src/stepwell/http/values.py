"""How the API spells values: booleans, ids, dates, web addresses and HTML, in queries and in bodies alike."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, StringConstraints
from pydantic_core import PydanticCustomError

from stepwell.engine.markup import clean_html

TRUE = frozenset({"true", "1", "yes", "on"})
FALSE = frozenset({"false", "0", "no", "off"})
HEX = re.compile(r"[0-9a-fA-F]{32}")
DASHED = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
LARGEST_ID = 2**53 - 1
ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?\s?(Z|z|[+-]\d\d:?\d\d)?)?")


def truth(value: Any) -> bool | None:
    """What a spelled boolean means; None when it is none."""
    text = str(value).strip().lower() if isinstance(value, str | int | bool) else ""
    return True if text in TRUE else False if text in FALSE else None


def uuid_of(value: Any) -> UUID | None:
    """The id in one of its spellings (32 hex characters, any case, hyphens allowed); None when it is none."""
    text = value.strip() if isinstance(value, str) else ""
    return UUID(text) if HEX.fullmatch(text) or DASHED.fullmatch(text) else None


def whole_number(value: Any) -> int | None:
    """An integer or a numeric string that a JSON number can carry; None for all else, booleans too."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and re.fullmatch(r"\s*-?[0-9]{1,16}\s*", value):
        value = int(value.strip())
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and abs(value) <= LARGEST_ID else None


def moment(value: Any) -> datetime | None:
    """An instant as clients write it, in UTC; without a zone it is UTC. None when it is none."""
    if not isinstance(value, str) or not MOMENT.fullmatch(value.strip()):
        return None
    text = re.sub(r"(\.\d{6})\d+", r"\1", value.strip().replace("z", "Z"))
    try:
        at = datetime.fromisoformat(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if 1900 <= at.year <= 9000 else None


def day(value: Any) -> date | None:
    """A calendar day written YYYY-MM-DD; None when it is none."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value.strip()):
        return None
    try:
        found = date.fromisoformat(value.strip())
    except ValueError:
        return None
    return found if 1000 <= found.year <= 9000 else None  # time zones must not carry it out of the calendar


def is_day_only(value: Any) -> bool:
    """Whether an accepted moment was given without a time, so that it means the end of that working day."""
    return day(value) is not None


def _flag(value: Any) -> bool:
    meant = truth(value)
    if meant is None:
        raise PydanticCustomError("flag", "The {field} field must be true or false.")
    return meant


def _identifier(value: Any) -> UUID:
    if isinstance(value, UUID):
        return value
    found = uuid_of(value.get("id") if isinstance(value, dict) else value)
    if found is None:
        raise PydanticCustomError("selected", "The selected {field} is invalid.")
    return found


def _person(value: Any) -> int:
    found = whole_number(value.get("id") if isinstance(value, dict) else value)
    if found is None or found < 1:
        raise PydanticCustomError("selected", "The selected {field} is invalid.")
    return found


def _integer(value: Any) -> int:
    found = whole_number(value)
    if found is None:
        raise PydanticCustomError("whole", "The {field} must be an integer.")
    if abs(found) > 2**31 - 1:
        raise PydanticCustomError("whole", "The {field} is too large.")
    return found


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    found = moment(value)
    if found is None:
        raise PydanticCustomError("moment", "The {field} is not a valid date.")
    return found


def _web_address(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+([/?#]\S*)?", value, re.IGNORECASE):
        raise PydanticCustomError("url", "The {field} format is invalid.")
    return value


def _email(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("email")
    text = value.strip().lower() if isinstance(value, str) else ""
    if not ADDRESS.fullmatch(text) or len(text) > 254:
        raise PydanticCustomError("email", "The {field} must be a valid email address.")
    return text


Flag = Annotated[bool, BeforeValidator(_flag)]
Identifier = Annotated[UUID, BeforeValidator(_identifier)]
PersonId = Annotated[int, BeforeValidator(_person)]
Integer = Annotated[int, BeforeValidator(_integer)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Email = Annotated[str, BeforeValidator(_email)]
WebAddress = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_web_address)]
Html = Annotated[str, AfterValidator(clean_html)]
