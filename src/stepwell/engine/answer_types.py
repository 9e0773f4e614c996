"""One function a type of form field: from what clients send to what is stored.

Each returns None for an answer that turns out to be empty and raises InvalidAnswer. The values have been
found storable before, and are none of the forms that clear an answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from stepwell.engine.answer_values import (
    TEXT_LIMIT,
    TEXTAREA_LIMIT,
    URL,
    InvalidAnswer,
    broken_text_rules,
    is_blank_cell,
    is_email,
)
from stepwell.engine.dates import local_parsed, parsed, written
from stepwell.engine.markup import clean_html
from stepwell.engine.model import Directory, FormField, Option

Sent = Any
Stored = Any
URL_LIMIT = 2048
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:(?!\d)", re.IGNORECASE)
TRUE_WORDS = frozenset({"true", "1", "yes", "on"})
FALSE_WORDS = frozenset({"false", "0", "no", "off"})
WRONG_TABLE = "Invalid table field"
WRONG_COLUMNS = "Number of columns does not match required columns"


def text(field: FormField, value: Sent, _: Directory) -> Stored:
    if isinstance(value, (Mapping, list, tuple)):
        raise InvalidAnswer(f"{field.label} must be text.")
    string = value if isinstance(value, str) else json.dumps(value)
    if len(string) > TEXT_LIMIT:
        raise InvalidAnswer(f"{field.label} may not be greater than {TEXT_LIMIT} characters.")
    broken = broken_text_rules(field, string)
    if broken:
        raise InvalidAnswer(broken[0])
    return string


def textarea(field: FormField, value: Sent, _: Directory) -> Stored:
    if not isinstance(value, str):
        raise InvalidAnswer(f"{field.label} must be text.")
    if len(value) > TEXTAREA_LIMIT:
        raise InvalidAnswer(f"{field.label} may not be greater than {TEXTAREA_LIMIT} characters.")
    return (clean_html(value) or None) if field.rich else value


def email(field: FormField, value: Sent, _: Directory) -> Stored:
    if isinstance(value, str):
        address = value.strip()
        if not address:
            return None
        if is_email(address):
            return address
    raise InvalidAnswer(f"{field.label} must be a valid email address.")


def day_or_instant(field: FormField, value: Sent, _: Directory) -> Stored:
    """A date field: the date as it was sent, or with `collect_time` the instant (T-083)."""
    if isinstance(value, str):
        if not value.strip():
            return None
        moment = parsed(value) if field.collect_time else local_parsed(value)
        if moment is not None:
            return _instant_of(moment) if field.collect_time else date.isoformat(_date_of(moment))
    raise InvalidAnswer(f"{field.label} must be a valid date.")


def _date_of(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _instant_of(moment: date) -> str:
    return written(moment if isinstance(moment, datetime) else datetime.combine(moment, time(), UTC))


def radio(field: FormField, value: Sent, _: Directory) -> Stored:
    option = _option_meant(field.options, value)
    if option is None:
        raise InvalidAnswer("Invalid radio choice selected")
    return option.text


def dropdown(field: FormField, value: Sent, _: Directory) -> Stored:
    option = _option_of_pair(field.options, value)
    if option is None:
        raise InvalidAnswer("Invalid dropdown choice selected.")
    extra = value.get("value") if isinstance(value, Mapping) else None
    return {"id": option.id, "text": option.text, "value": extra if _is_scalar(extra) else None}


def multiselect(field: FormField, value: Sent, _: Directory) -> Stored:
    if not isinstance(value, (list, tuple)):
        raise InvalidAnswer("Invalid multiselect choice selected.")
    entries: dict[int, dict[str, Any]] = {}
    for entry in value:
        option = _option_of_pair(field.options, entry)
        if option is None:
            raise InvalidAnswer("Invalid multiselect choice selected.")
        sent = entry if isinstance(entry, Mapping) else {"selected": True}
        entries[option.id] = {
            "id": option.id,
            "text": option.text,
            "value": sent.get("value") if _is_scalar(sent.get("value")) else None,
            "required": _truth(sent.get("required")) is True,
            "selected": _truth(sent.get("selected")) is True,
        }
    return list(entries.values())


def _option_of_pair(options: Sequence[Option], value: Sent) -> Option | None:
    """The option of an `{id, text}` pair, which must agree to the letter, or of a bare text or id."""
    if not isinstance(value, Mapping):
        return _option_meant(options, value)
    option_id = _whole_number(value.get("id"))
    return next((one for one in options if one.id == option_id and one.text == value.get("text")), None)


def _option_meant(options: Sequence[Option], value: Sent) -> Option | None:
    """The option of a bare text or id: the exact text first, then case and spaces aside, then the id."""
    if isinstance(value, str):
        wanted = _folded(value)
        exact = next((option for option in options if option.text == value), None)
        alike = exact or next((option for option in options if _folded(option.text) == wanted), None)
        if alike is not None:
            return alike if alike.text else None
    option_id = _whole_number(value)
    by_id = next((option for option in options if option.id == option_id), None)
    return by_id if by_id is not None and by_id.text else None


def _folded(string: str) -> str:
    return " ".join(string.casefold().split())


def table(field: FormField, value: Sent, _: Directory) -> Stored:
    """One entry a column, each a cell or a list of cells; also a list of rows where that cannot be meant."""
    if not isinstance(value, (list, tuple)):
        raise InvalidAnswer(WRONG_TABLE)
    width = len(field.columns)
    if len(value) != width:
        rows_fit = all(isinstance(row, (list, tuple)) and len(row) == width for row in value)
        if not rows_fit:
            raise InvalidAnswer(WRONG_COLUMNS)
        value = [list(column) for column in zip(*value, strict=True)]
    columns = [list(entry) if isinstance(entry, (list, tuple)) else [entry] for entry in value]
    if not all(_is_scalar(cell) for column in columns for cell in column):
        raise InvalidAnswer(WRONG_TABLE)
    height = max((len(column) for column in columns), default=0)
    rows = list(zip(*(column + [None] * (height - len(column)) for column in columns), strict=True))
    filled = [row for row in rows if not all(is_blank_cell(cell) for cell in row)]
    if not filled:
        return None
    if not any(isinstance(entry, (list, tuple)) for entry in value):
        return list(filled[0])
    return [list(column) for column in zip(*filled, strict=True)]


def people(_: FormField, value: Sent, directory: Directory) -> Stored:
    if not isinstance(value, Mapping) or not _names_people(value):
        raise InvalidAnswer("The assignees must be an object of users, guests and groups.")
    users = [_member(user, directory) for user in _bucket(value, "users", "assignees")]
    guests = [_guest(guest, directory) for guest in _bucket(value, "guests")]
    groups = [_group(group, directory) for group in _bucket(value, "groups")]
    if not (users or guests or groups):
        return None
    return {
        "users": list(dict.fromkeys(users)),
        "guests": list(dict.fromkeys(guests)),
        "groups": list(dict.fromkeys(groups)),
    }


def _names_people(value: Mapping[str, Any]) -> bool:
    return any(bucket in value for bucket in ("users", "assignees", "guests", "groups"))


def _bucket(value: Mapping[str, Any], *names: str) -> Sequence[Any]:
    bucket: Any = next((value[name] for name in names if value.get(name) is not None), [])
    if not isinstance(bucket, (list, tuple)):
        raise InvalidAnswer(f"The {names[0]} must be a list.")
    return bucket


def _member(value: Sent, directory: Directory) -> int:
    user_id = _whole_number(value.get("id") if isinstance(value, Mapping) else value)
    if user_id is None or user_id not in directory.assignable:
        raise InvalidAnswer("Some users are not valid members of this organization")
    return user_id


def _guest(value: Sent, directory: Directory) -> str:
    address = value.strip().lower() if isinstance(value, str) else ""
    if not is_email(address):
        raise InvalidAnswer("Some guests do not have a valid email address")
    if address in directory.member_emails:
        raise InvalidAnswer(f"{address} is the address of a member and cannot be a guest")
    return address


def _group(value: Sent, directory: Directory) -> str:
    group_id = hex_id(value)
    if group_id is None or group_id not in directory.groups:
        raise InvalidAnswer("Some groups are not valid groups of this organization")
    return group_id.hex


def hex_id(value: Any) -> UUID | None:
    """An id as clients write it: 32 hex characters in any case, hyphens allowed; None for anything else."""
    if isinstance(value, UUID):
        return value
    if not isinstance(value, str):
        return None
    digits = value.strip().replace("-", "")
    if len(digits) != 32 or not digits.isascii() or not digits.isalnum():
        return None
    try:
        return UUID(hex=digits)
    except ValueError:
        return None


def files(field: FormField, value: Sent, _: Directory) -> Stored:
    if not isinstance(value, (list, tuple)):
        raise InvalidAnswer(f"{field.label} must be a list of files.")
    return [_file(field, entry) for entry in value]


def _file(field: FormField, entry: Sent) -> dict[str, Any]:
    if not isinstance(entry, Mapping):
        raise InvalidAnswer(f"{field.label} must be a list of files.")
    if not any(entry.get(key) for key in ("id", "url", "full_url")):
        raise InvalidAnswer(f"Each file of {field.label} needs an id or a URL.")
    kept = {key: part for key, part in entry.items() if isinstance(key, str) and _is_scalar(part)}
    for key in ("url", "full_url"):
        if entry.get(key):
            kept[key] = _file_url(field, entry[key])
    if not any(kept.get(key) for key in ("id", "url", "full_url")):
        raise InvalidAnswer(f"Each file of {field.label} needs an id or a URL.")
    if kept.get("source") not in (None, "", "local", "url"):
        raise InvalidAnswer(f"The source of a file of {field.label} must be local or url.")
    return kept


def _file_url(field: FormField, value: Any) -> str:
    """A web address, or a path of our own; a missing scheme becomes https, any other is unsafe to link to."""
    address = value.strip() if isinstance(value, str) else ""
    own_path = address.startswith("/") and not address.startswith(("//", "/\\"))
    complete = address if own_path or SCHEME.match(address) else f"https://{address.lstrip('/')}"
    if len(complete) > URL_LIMIT or any(char.isspace() for char in complete):
        raise InvalidAnswer(f"{field.label} must hold valid URLs.")
    if not own_path and not URL.fullmatch(complete):
        raise InvalidAnswer(f"{field.label} must hold valid URLs.")
    return complete


def number(field: FormField, value: Sent, _: Directory) -> Stored:
    if isinstance(value, str):
        value = _number_in(value.strip())
    if isinstance(value, bool) or not isinstance(value, (int, float)) or abs(value) > 1e18:
        raise InvalidAnswer(f"{field.label} must be a number.")
    return value


def _number_in(string: str) -> int | float | None:
    try:
        found = json.loads(string)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, (int, float)) and found == found else None


def url(field: FormField, value: Sent, _: Directory) -> Stored:
    address = value.strip() if isinstance(value, str) else ""
    if len(address) > URL_LIMIT or not URL.fullmatch(address):
        raise InvalidAnswer(f"{field.label} must be a valid URL.")
    return address


def time_of_day(field: FormField, value: Sent, _: Directory) -> Stored:
    if isinstance(value, str) and re.fullmatch(r"\d\d:\d\d(:\d\d)?", value.strip(), re.ASCII):
        try:
            return time.fromisoformat(value.strip()).strftime("%H:%M")
        except ValueError:
            pass
    raise InvalidAnswer(f"{field.label} must be a time as HH:MM.")


def instant(field: FormField, value: Sent, _: Directory) -> Stored:
    moment = parsed(value) if isinstance(value, str) else None
    if moment is None:
        raise InvalidAnswer(f"{field.label} must be a valid date and time.")
    return _instant_of(moment)


def checkbox(field: FormField, value: Sent, _: Directory) -> Stored:
    truth = _truth(value)
    if truth is None:
        raise InvalidAnswer(f"{field.label} must be true or false.")
    return truth or None


def _truth(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, str)):
        word = str(value).strip().lower()
        return True if word in TRUE_WORDS else False if word in FALSE_WORDS else None
    return None


def _whole_number(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        digits = value.strip()
        if digits.isascii() and digits.isdecimal() and len(digits) <= 18:
            return int(digits)
    return None


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, (str, int, float))


NORMALISERS: Mapping[str, Callable[[FormField, Sent, Directory], Stored]] = {
    "text": text,
    "textarea": textarea,
    "email": email,
    "date": day_or_instant,
    "radio": radio,
    "dropdown": dropdown,
    "multiselect": multiselect,
    "table": table,
    "assignees_form": people,
    "file": files,
    "number": number,
    "url": url,
    "time": time_of_day,
    "datetime": instant,
    "checkbox": checkbox,
}
