"""One form field as clients define it, in all the lenient forms, checked and brought into the stored form."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, ClassVar, Literal, Self
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from stepwell.engine.answers import TODAY, InvalidAnswer, normalise
from stepwell.engine.compile import compile_field
from stepwell.engine.markup import clean_html
from stepwell.engine.model import Directory
from stepwell.errors import Refused, invalid
from stepwell.http.body import Body
from stepwell.http.values import Flag, Html, Integer, whole_number

OPTION_TYPES = frozenset({"radio", "dropdown", "multiselect"})
TYPES_WITHOUT_DEFAULT = frozenset({"table", "assignees_form"})
TYPES_WITH_VARIABLES = frozenset({"text", "textarea", "email"})
ONE_VARIABLE = re.compile(r"\{\{[^{}]*\}\}")
FEWEST_OPTIONS = {"radio": 2, "dropdown": 1, "multiselect": 1}
MOST_OPTIONS, MOST_VALIDATIONS, LONGEST_TEXT = 5000, 50, 30_000
LARGEST_OPTION_ID = 2**31 - 1
TEXT_WORDS = ("text", "label", "name", "value")
LABEL_WORDS = ("label", "text", "name", "value")
PLAIN_NAMES = frozenset({
    "label", "field_type", "required", "guidance", "field_validation", "default_value_enabled",
    "collect_time", "use_wysiwyg_editor", "prefix", "suffix", "settings", "list",
})  # fmt: skip

Entries = list[dict[str, Any]]
Texts = list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    """A form field as it is stored; `step_id` None: of the kick-off form."""

    id: UUID
    step_id: UUID | None
    position: int
    alias: str
    field_type: str
    label: str
    guidance: str | None = None
    required: bool
    options: Entries
    columns: Entries
    field_validation: Texts
    default_value: Any = None
    default_value_enabled: bool = False
    collect_time: bool = False
    use_wysiwyg_editor: bool = False
    prefix: str | None = None
    suffix: str | None = None
    settings: dict[str, Any]
    list: Any = None


def _named(words: tuple[str, ...]) -> Callable[[Any], Any]:
    """Reads a bare text as an object, and one of the other words for the first of `words`."""

    def read(data: Any) -> Any:
        if isinstance(data, str | int | float) and not isinstance(data, bool):
            return {words[0]: str(data)}
        if not isinstance(data, dict):
            return data
        texts = (data.get(word) for word in words)
        found = [text for text in texts if isinstance(text, str | int | float) and str(text).strip()]
        return {**data, words[0]: str(found[0]) if found else None}

    return read


OptionText = Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class Option(Body):
    """One choice; `label`, `name` or `value` may stand for `text`, and so may a bare text for the object."""

    id: Any = None
    text: OptionText
    required: Flag | None = None
    selected: Flag | None = None
    description: Annotated[str, StringConstraints(max_length=1000)] | None = None

    @model_validator(mode="before")
    @classmethod
    def words(cls, data: Any) -> Any:
        return _named(TEXT_WORDS)(data)


class Column(Body):
    """One column of a table, with the same liberties as an option."""

    id: Any = None
    label: OptionText

    @model_validator(mode="before")
    @classmethod
    def words(cls, data: Any) -> Any:
        return _named(LABEL_WORDS)(data)


def _rules(value: Any) -> Any:
    if value is None:
        return []
    entries = value.split("|") if isinstance(value, str) else value
    if not isinstance(entries, list):
        return value
    trimmed = [entry.strip() if isinstance(entry, str) else entry for entry in entries]
    return [entry for entry in trimmed if entry != ""]


def _object(value: Any) -> Any:
    return {} if value in (None, []) else value


FieldType = Literal[
    "text", "textarea", "radio", "dropdown", "multiselect", "date", "email", "file", "table", "assignees_form"
]
Label = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Place = Annotated[Integer, Field(ge=1, le=9999)]
Affix = Annotated[str, StringConstraints(max_length=255)] | None
RuleText = Annotated[str, StringConstraints(max_length=255)]
Options = Annotated[list[Option], Field(max_length=MOST_OPTIONS)]
Columns = Annotated[list[Column], Field(max_length=MOST_OPTIONS)]
Validation = Annotated[list[RuleText], BeforeValidator(_rules), Field(max_length=MOST_VALIDATIONS)]
Settings = Annotated[dict[str, Any], BeforeValidator(_object)]
UNSENT: Any = None


class FieldSettings(Body):
    """A change of a field: what is absent stays, a name, a type or a necessity that is sent must be one."""

    verbatim: ClassVar[frozenset[str]] = frozenset({"guidance", "default_value", "value"})
    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({
        "position", "options", "columns", "default_value_enabled", "collect_time", "use_wysiwyg_editor",
    })  # fmt: skip

    label: Label = UNSENT
    field_type: FieldType = UNSENT
    required: Flag = UNSENT
    guidance: Html | None = None
    position: Place | None = None
    options: Options = Field(default_factory=list)
    columns: Columns = Field(default_factory=list)
    field_validation: Validation = Field(default_factory=list)
    default_value: Any = None
    default_value_enabled: Flag = False
    collect_time: Flag = False
    use_wysiwyg_editor: Flag = False
    prefix: Affix = None
    suffix: Affix = None
    settings: Settings = Field(default_factory=dict)
    list: Any = None
    value: Any = None  # of a kick-off file field: files that come with the form


class NewField(FieldSettings):
    """A new field: it has a label and a type and says whether it is required; none of that has a default."""

    label: Label
    field_type: FieldType
    required: Flag

    @classmethod
    def read(cls, data: Any) -> Self:
        """The checked body. Raises Refused with all wrong fields, choices that a type needs among them."""
        try:
            return super().read(data)
        except Refused as refusal:
            sent = data if isinstance(data, dict) else {}
            missing = _why_incomplete(str(sent.get("field_type")), sent.get("options"), sent.get("columns"))
            raise invalid({**missing, **refusal.reasons}) from None


def defined(data: FieldSettings, row: FieldRow) -> FieldRow:
    """The field with what was sent. Raises Refused with all that does not fit together."""
    names = data.model_fields_set & PLAIN_NAMES
    after = replace(row, **{name: getattr(data, name) for name in names})
    options, columns = row.options, row.columns
    if "options" in data.model_fields_set:
        options = _numbered([_option(option) for option in data.options], [one.id for one in data.options])
    if "columns" in data.model_fields_set:
        columns = _numbered([{"label": one.label} for one in data.columns], [one.id for one in data.columns])
    after = replace(
        after,
        options=options if after.field_type in OPTION_TYPES else [],
        columns=columns if after.field_type == "table" else [],
    )
    reasons = _why_incomplete(after.field_type, after.options, after.columns)
    if reasons:
        raise invalid(reasons)
    return replace(after, default_value=_default(data, row, after))


def new_row(data: FieldSettings, field_id: UUID, step_id: UUID | None, alias: str) -> FieldRow:
    """A new field, at no place yet. Raises Refused as `defined` does."""
    blank = FieldRow(
        id=field_id, step_id=step_id, position=0, alias=alias, field_type=data.field_type, label=data.label,
        required=data.required, options=[], columns=[], field_validation=[], settings={},
    )  # fmt: skip
    return defined(data, blank)


def _why_incomplete(field_type: str, options: Any, columns: Any) -> dict[str, list[str]]:
    fewest = FEWEST_OPTIONS.get(field_type, 0)
    if fewest and not options:
        return {"options": [f"The options field is required when field type is {field_type}."]}
    if fewest and isinstance(options, Sequence) and len(options) < fewest:
        return {"options": [f"The options must have at least {fewest} items."]}
    if field_type == "table" and not columns:
        return {"columns": ["The columns field is required when field type is table."]}
    return {}


def _option(option: Option) -> dict[str, Any]:
    more = {name: getattr(option, name) for name in ("required", "selected", "description")}
    return {"text": option.text, "value": None} | {key: one for key, one in more.items() if one is not None}


def _numbered(entries: Sequence[dict[str, Any]], ids: Sequence[Any]) -> list[dict[str, Any]]:
    """The entries with their ids; one without an id, or with one that is taken, gets the next free one."""
    sent = [whole_number(one) for one in ids]
    given = {one for one in sent if one is not None and 1 <= one <= LARGEST_OPTION_ID}
    used: set[int] = set()
    free = 1
    numbered = []
    for entry, wanted in zip(entries, sent, strict=True):
        number = wanted if wanted in given else None
        if number is None or number in used:
            while free in given or free in used:
                free += 1
            number = free
        used.add(number)
        numbered.append({"id": number, **entry})
    return numbered


def _default(data: FieldSettings, before: FieldRow, after: FieldRow) -> Any:
    """The default value. One that no longer fits the field is dropped, a new one that never did refused."""
    key = "value" if after.field_type == "file" and "value" in data.model_fields_set else "default_value"
    sent = getattr(data, key) if key in data.model_fields_set else before.default_value
    if after.field_type in TYPES_WITHOUT_DEFAULT:
        return None
    try:
        return _fitting(after, sent)
    except InvalidAnswer as unfit:
        if key in data.model_fields_set and sent != before.default_value:
            raise invalid({key: [unfit.message]}) from None
        return None


def _fitting(row: FieldRow, value: Any) -> Any:
    """The value as an answer to the field; one with variables, or a date counted from today, is one later."""
    if isinstance(value, str):
        if row.field_type == "textarea" and row.use_wysiwyg_editor:
            value = clean_html(value)
        if row.field_type in TYPES_WITH_VARIABLES and "{{" in value and len(value) <= LONGEST_TEXT:
            return value
        bare = value.strip()
        if row.field_type == "date" and (TODAY.fullmatch(bare) or ONE_VARIABLE.fullmatch(bare)):
            return bare
    compiled = compile_field(as_definition(row))
    return normalise(compiled, value, Directory()) if compiled is not None else None


def as_definition(row: FieldRow) -> dict[str, Any]:
    """The field as JSON values, ids in hex."""
    values: Mapping[str, Any] = asdict(row)
    return {key: value.hex if isinstance(value, UUID) else value for key, value in values.items()}
