"""Request bodies: JSON or forms, read within bounds, checked as a whole so that every wrong field is named."""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl

from litestar import Request
from litestar.exceptions import HTTPException
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails

from stepwell.errors import Malformed, Refused, invalid

DEEPEST = 60
JsonRequest = Request[Any, Any, Any]


class Body(BaseModel):
    """A request body. Unknown keys are dropped, strings are trimmed, and an empty string is null.

    Which keys were sent is in `model_fields_set`: absent means unchanged. Keys in `verbatim` are left as they
    are (answers and rich text keep their inner white space); `null` for a key in `nullable_as_absent` counts as
    not sent.
    """

    model_config = ConfigDict(
        extra="ignore", populate_by_name=True, arbitrary_types_allowed=True, defer_build=True
    )
    verbatim: ClassVar[frozenset[str]] = frozenset()
    nullable_as_absent: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="before")
    @classmethod
    def tidy(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        kept: dict[str, Any] = {}
        for key, value in data.items():
            if isinstance(value, str) and key not in cls.verbatim:
                value = value.strip() or None
            if value is None and key in cls.nullable_as_absent:
                continue
            kept[key] = value
        return kept

    def sent(self, *names: str) -> dict[str, Any]:
        """What was sent, by field name; only those of `names` if any are given."""
        wanted = self.model_fields_set & set(names) if names else self.model_fields_set
        return {name: getattr(self, name) for name in wanted}

    @classmethod
    def read(cls, data: Any) -> Self:
        """The checked body. Raises Refused with all wrong fields."""
        if not isinstance(data, dict):
            raise Refused("The request body must be an object.", {"body": ["The body must be an object."]})
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise invalid(reasons_of(error)) from None


async def read_body(request: JsonRequest, limit: int) -> Any:
    """The body as JSON values: `{}` when there is none. Raises Malformed."""
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    try:
        raw = await request.body()
    except HTTPException as error:  # without a declared length the framework counts while it reads
        raise _too_large(limit) if error.status_code == 413 else error from None
    if len(raw) > limit:
        raise _too_large(limit)
    if not raw.strip():
        return {}
    content_type = request.headers.get("content-type", "").lower()
    if content_type.startswith("application/x-www-form-urlencoded"):
        return nested(parse_qsl(_text(raw), keep_blank_values=True, max_num_fields=10_000))
    if content_type.startswith("multipart/form-data"):
        return nested(await _parts(request))
    return parse_json(_text(raw))


async def _parts(request: JsonRequest) -> list[tuple[str, str]]:
    """The text parts of a form; files have routes of their own."""
    try:
        form = await request.form()
    except (HTTPException, ValueError):
        raise Malformed("The request body is not a valid form.") from None
    return [(key, value) for key, value in form.multi_items() if isinstance(value, str)]


def parse_json(text: str) -> Any:
    """JSON within bounds: no NaN, no text that PostgreSQL could not store, not nested too deep."""
    try:
        data = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Malformed("The request body is not valid JSON.", "INVALID_JSON") from None
    check_storable(data)
    return data


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Malformed("The request body is not UTF-8 text.", "INVALID_JSON") from None


def _too_large(limit: int) -> Malformed:
    return Malformed(f"The request body is larger than {limit // 2**20} MB.", "PAYLOAD_TOO_LARGE", 413)


def check_storable(data: Any, path: str = "", depth: int = 0) -> None:
    """Refuse what no field can hold, naming the field: NUL, lone surrogates, huge numbers, deep nesting."""
    if depth > DEEPEST:
        raise invalid({path.split(".")[0]: [f"The {path.split('.')[0]} field is nested too deeply."]})
    if isinstance(data, dict):
        for key, value in data.items():
            _check_text(key, path or "body")
            check_storable(value, f"{path}.{key}" if path else key, depth + 1)
    elif isinstance(data, list):
        for index, value in enumerate(data):
            check_storable(value, f"{path}.{index}" if path else str(index), depth + 1)
    elif isinstance(data, str):
        _check_text(data, path or "body")
    elif isinstance(data, int | float) and abs(data) > 1e300:
        raise invalid({path or "body": [f"The {path} field holds a number that is too large."]})


def _check_text(text: str, path: str) -> None:
    if "\x00" in text or any(0xD800 <= ord(character) < 0xE000 for character in text if character > "\ud7ff"):
        name = path.replace("\x00", "").encode("utf-8", "replace").decode()
        raise invalid({name: [f"The {name} field holds characters that cannot be stored."]})


def nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Form pairs as a tree: `a[]=1`, `a[0]=1` and `a[k]=v` nest; objects whose keys are 0..n become lists."""
    tree: dict[str, Any] = {}
    for key, value in pairs:
        head, *path = [part.rstrip("]") for part in key.split("[")][: DEEPEST + 2]
        node = tree
        for part, following in zip([head, *path], path, strict=False):
            del following
            child = node.setdefault(part or str(len(node)), {})
            if not isinstance(child, dict):
                break
            node = child
        else:
            last = path[-1] if path else head
            node[last or str(len(node))] = value
    data = {key: _listed(value) for key, value in tree.items()}
    check_storable(data)
    return data


def _listed(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    children = {key: _listed(value) for key, value in node.items()}
    indexes = [str(index) for index in range(len(children))]
    return list(children.values()) if children and list(children) == indexes else children


TYPE_MESSAGES = {
    "string_type": "The {field} must be a string.",
    "list_type": "The {field} must be an array.",
    "tuple_type": "The {field} must be an array.",
    "dict_type": "The {field} must be an object.",
    "model_type": "The {field} must be an object.",
    "model_attributes_type": "The {field} must be an object.",
    "literal_error": "The selected {field} is invalid.",
    "enum": "The selected {field} is invalid.",
    "missing": "The {field} field is required.",
    "bool_type": "The {field} field must be true or false.",
    "string_pattern_mismatch": "The {field} format is invalid.",
}
BOUND_MESSAGES = {
    "string_too_long": ("max_length", "The {field} may not be greater than {bound} characters."),
    "string_too_short": ("min_length", "The {field} must be at least {bound} characters."),
    "too_long": ("max_length", "The {field} may not have more than {bound} items."),
    "too_short": ("min_length", "The {field} must have at least {bound} items."),
    "greater_than_equal": ("ge", "The {field} must be at least {bound}."),
    "greater_than": ("gt", "The {field} must be greater than {bound}."),
    "less_than_equal": ("le", "The {field} may not be greater than {bound}."),
}


def reasons_of(error: ValidationError) -> dict[str, list[str]]:
    """Every wrong field by its dotted path, in words of the API."""
    reasons: dict[str, list[str]] = {}
    for detail in error.errors(include_url=False):
        location = [part for part in detail["loc"] if not _is_branch(part)]
        path = ".".join(str(part) for part in location) or "body"
        reasons.setdefault(path, []).append(_message(detail, location))
    return reasons


def _is_branch(part: object) -> bool:
    """Pydantic names the branch of a union in the location; those are not keys that were sent."""
    return isinstance(part, str) and ("[" in part or part.startswith("function-"))


def _message(detail: ErrorDetails, location: list[int | str]) -> str:
    names = [part for part in location if isinstance(part, str)] or ["body"]
    label = names[-1] if len(names) == len(location) else ".".join(map(str, location)) or "body"
    label = re.sub(r"_", " ", str(label))
    kind = detail["type"]
    context = detail.get("ctx") or {}
    if detail["input"] is None and kind in (
        "string_type",
        "list_type",
        "literal_error",
        "flag",
        "selected",
        "whole",
    ):
        return f"The {label} field is required."
    if kind in BOUND_MESSAGES:
        bound, message = BOUND_MESSAGES[kind]
        return message.format(field=label, bound=context.get(bound))
    message = TYPE_MESSAGES.get(kind) or detail["msg"]
    return message.replace("{field}", label)
