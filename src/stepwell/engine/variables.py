"""Variables in titles and descriptions: `{{alias}}` stands for the present answer to a field of the process.

Titles are plain text, descriptions rich text (T-173 to T-179). A variable without an answer, and one that names no
field, are empty. Nothing here trusts an answer: it is escaped in rich text, plain text in the attributes of a tag,
never searched for variables itself, and the whole is cleaned in the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from html import escape, unescape
from typing import Any
from urllib.parse import quote
from uuid import UUID

from stepwell.engine.answer_values import TEXT_LIMIT, URL, cells, chosen_texts
from stepwell.engine.dates import in_words, parsed
from stepwell.engine.forms import fields_of
from stepwell.engine.markup import clean_html
from stepwell.engine.model import Answers, FormField, House, Process, Task, Version

UNSEEN = "\ufeff\u200b\u200c\u200d\u2060"
INVISIBLE = dict.fromkeys(map(ord, UNSEEN))
TOKEN = re.compile(rf"[{UNSEEN}]*\{{\{{([^{{}}]*)\}}\}}[{UNSEEN}]*")
CHIP = re.compile(
    rf"<span\b[^<>]*\binsert-variable-tag\b[^<>]*>[\s{UNSEEN}]*(\{{\{{[^{{}}]*\}}\}})[\s{UNSEEN}]*</span>"
)
TAG_OR_TOKEN = re.compile(rf"""<[a-zA-Z](?:"[^"]*"|'[^']*'|[^"'<>])*>|{TOKEN.pattern}""")
ADDRESS = re.compile(r"""\b(href|src)=(["'])([^"'<>]*\{\{[^"'<>]*)\2""")
EMPTY_LINK = re.compile(r"""<a\b[^<>]*\bhref=(?:""|'')[^<>]*>(.*?)</a>""", re.DOTALL)
SAFE_ADDRESS = re.compile(r"(https?:|mailto:|tel:|/(?!/)|#)", re.IGNORECASE)
MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>")
LINE_END = re.compile(r"<br\b[^<>]*>|</(?:p|div|li|tr|t[dh]|h[1-6]|blockquote|pre)>", re.IGNORECASE)
LONGEST_TITLE = 600

Answer = tuple[FormField, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """What variables can name: the fields of a process by alias, with their answers, and the system's own.

    `names` are what members (by their id as text) and groups (by their id in hex) are called.
    """

    answers: Mapping[str, Answer]
    system: Mapping[str, str]
    house: House
    names: Mapping[str, str]
    apart: Mapping[UUID | None, Source] | None = None  # by step: inserted ones name only each other (P-127)

    def of(self, token: str, task: Task | None) -> Answer | str:
        """What a token stands for: a field with its answer, or a text; `task` is the one whose text it stands in."""
        if self.apart and task is not None and task.step_id in self.apart:
            return self.apart[task.step_id].of(token, task)
        name = token.translate(INVISIBLE).strip()
        if name in self.answers:
            return self.answers[name]
        if name.lower() == "current-task-id":
            return task.id.hex if task is not None else ""
        return self.system.get(name.lower(), "")

    def plain(self, token: str, task: Task | None) -> str:
        """What a token stands for, as plain text."""
        meant = self.of(token, task)
        return meant if isinstance(meant, str) else plain_answer(*meant, self)


def has_variables(text: str | None) -> bool:
    return text is not None and "{{" in text


def names_in(text: str) -> set[str]:
    """What the variables of a text name."""
    return {found.group(1).translate(INVISIBLE).strip() for found in TOKEN.finditer(text)}


def source_of(process: Process, house: House, names: Mapping[str, str], *, alone: bool = False) -> Source:
    """What the texts of a process can name; `alone`: of a task that stands in no process."""
    system = {
        "current-process-id": "" if alone else process.id.hex,
        "date": in_words(process.created_at.astimezone(house.zone).date()),
    }
    if process.version is None:
        return Source(_answers(process, process.tasks.values(), ()), system, house, names)
    tasks = process.tasks.values()
    apart: dict[UUID | None, Source] = {}
    for part in process.version.inserted:
        own = [task for task in tasks if task.step_id in part.steps]
        entitled = system | {"template_name": part.title}
        apart |= dict.fromkeys(
            part.steps, Source(_answers(process, own, part.kickoff), entitled, house, names)
        )
    own = [task for task in tasks if task.step_id not in apart]
    answers = _answers(process, own, process.version.kickoff)
    return Source(answers, system | {"template_name": process.version.title}, house, names, apart)


def _answers(process: Process, tasks: Iterable[Task], kickoff: Iterable[FormField]) -> dict[str, Answer]:
    """The fields of these tasks and of a kick-off form, by alias."""
    answers: dict[str, Answer] = {}
    for task in tasks:
        for form_field in fields_of(process, task):
            answers.setdefault(form_field.alias, (form_field, task.values.get(form_field.key)))
    for form_field in kickoff:
        answers.setdefault(form_field.alias, (form_field, process.values.get(form_field.key)))
    answers.pop("", None)
    return answers


def source_at_launch(
    version: Version,
    fields: Iterable[FormField],
    answers: Answers,
    day: date,
    house: House,
    names: Mapping[str, str],
) -> Source:
    """What texts can name before the process is there: these fields of the kick-off form, the day and the title."""
    answered = {field.alias: (field, answers.get(field.key)) for field in fields if field.alias}
    return Source(answered, {"date": in_words(day), "template_name": version.title}, house, names)


def people_named(process: Process) -> tuple[set[int], set[UUID]]:
    """The members and groups that answers of assignee fields name."""
    users: set[int] = set()
    groups: set[UUID] = set()
    forms = [(field, task.values) for task in process.tasks.values() for field in fields_of(process, task)]
    forms += [(field, process.values) for field in (process.version.kickoff if process.version else ())]
    for field, values in forms:
        value = values.get(field.key)
        if field.type == "assignees_form" and isinstance(value, Mapping):
            users.update(user for user in value.get("users", ()) if isinstance(user, int))
            groups.update(UUID(group) for group in value.get("groups", ()))
    return users, groups


def with_titles(process: Process, house: House, names: Mapping[str, str], *, alone: bool = False) -> Process:
    """The process with the titles of its tasks as they read now; the same one when none differs."""
    varying = [task for task in process.tasks.values() if has_variables(task.original_title)]
    if not varying:
        return process
    source = source_of(process, house, names, alone=alone)
    titled = [replace(task, title=plain_text(task.original_title, source, task)) for task in varying]
    changed = [task for task in titled if task != process.tasks[task.id]]
    return process.having(*changed) if changed else process


def filled_default(field: FormField, source: Source, task: Task | None) -> Any:
    """The default of a field with its variables; a date takes over the answer to another date (T-076)."""
    text = str(field.default)
    if field.type in ("date", "datetime"):
        token = TOKEN.fullmatch(text.strip())
        meant = source.of(token.group(1), task) if token is not None else ""
        return meant[1] if isinstance(meant, tuple) and meant[0].type in ("date", "datetime") else None
    if field.type == "textarea" and field.rich:
        return rich_text(text, source, task)
    filled = TOKEN.sub(lambda found: source.plain(found.group(1), task), text)
    return filled if field.type == "textarea" else " ".join(filled.split())[:TEXT_LIMIT]


def plain_text(text: str, source: Source, task: Task) -> str:
    """The text with its variables as plain text, of one line."""
    rendered = TOKEN.sub(lambda found: source.plain(found.group(1), task), text)
    return " ".join(rendered.translate(INVISIBLE).split())[:LONGEST_TITLE]


def rich_text(text: str, source: Source, task: Task | None) -> str:
    """The HTML with its variables, safe to show whatever was answered."""

    def rendered(found: re.Match[str]) -> str:
        if found.group(1) is None:
            return _in_tag(found.group(), source, task)
        meant = source.of(found.group(1), task)
        return escape(meant) if isinstance(meant, str) else rich_answer(*meant, source)

    return clean_html(EMPTY_LINK.sub(r"\1", TAG_OR_TOKEN.sub(rendered, CHIP.sub(r"\1", text))))


def _in_tag(tag: str, source: Source, task: Task | None) -> str:
    """A tag with the variables in its attributes; an address may only lead where links may lead."""

    def in_address(found: re.Match[str]) -> str:
        attribute, mark, address = found.groups()
        rendered = TOKEN.sub(lambda token: _in_address(token, found.group(3), source, task), address)
        safe = rendered if SAFE_ADDRESS.match(rendered) or not rendered else ""
        return f"{attribute}={mark}{escape(safe)}{mark}"

    if "{{" not in tag:
        return tag
    return TOKEN.sub(lambda token: escape(source.plain(token.group(1), task)), ADDRESS.sub(in_address, tag))


def _in_address(token: re.Match[str], address: str, source: Source, task: Task | None) -> str:
    is_whole = address.strip() == token.group()
    return quote(source.plain(token.group(1), task), safe=":/?&=#%+,;@~.!$'()*[]" if is_whole else "")


def plain_answer(field: FormField, value: Any, source: Source) -> str:
    """An answer in a title: one line, choices and files separated by commas, rows of a table by semicolons."""
    match field.type:
        case "text" | "email" | "radio" | "number" | "url" | "time":
            return "" if value is None else f"{field.prefix}{value}{field.suffix}"
        case "dropdown":
            text = value.get("text") if isinstance(value, Mapping) else None
            return f"{field.prefix}{text}{field.suffix}" if text else ""
        case "table":
            return "; ".join(", ".join(row) for row in _rows(value))
        case "date" | "datetime":
            return _day(value, source.house)
        case "checkbox":
            return "Yes" if value else ""
        case "textarea":
            return _bare(str(value or "")) if field.rich else str(value or "")
        case _:
            return ", ".join(_listed(field, value, source))


def rich_answer(field: FormField, value: Any, source: Source) -> str:
    """An answer in a description, as HTML."""
    match field.type:
        case "textarea":
            text = clean_html(str(value or "")) if field.rich else escape(str(value or ""))
            return text if MARKUP.search(text) else text.replace("\n", "<br>")
        case "multiselect":
            return _list(_listed(field, value, source))
        case "table":
            return _table(field, _rows(value))
        case "file":
            return ", ".join(_linked(*file) for file in _files(value))
        case "text" | "url":
            text = plain_answer(field, value, source)
            return _linked(text, text) if URL.fullmatch(text) else escape(text)
        case _:
            return escape(plain_answer(field, value, source))


def _listed(field: FormField, value: Any, source: Source) -> list[str]:
    if field.type == "multiselect":
        return chosen_texts(value if isinstance(value, (list, tuple)) else ())
    if field.type == "file":
        return [name for name, _ in _files(value)]
    if field.type == "assignees_form" and isinstance(value, Mapping):
        keys = [*map(str, value.get("users", ())), *map(str, value.get("groups", ()))]
        named = [source.names[key] for key in keys if key in source.names]
        return [*named, *map(str, value.get("guests", ()))]
    return [str(value)] if value is not None else []


def _bare(markup: str) -> str:
    """What rich text says without its markup."""
    return unescape(MARKUP.sub("", LINE_END.sub(" ", markup)))


def _files(value: Any) -> list[tuple[str, str]]:
    """The name and the address of each file."""
    files = (
        [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, (list, tuple)) else []
    )
    addresses = [str(file.get("full_url") or file.get("url") or "") for file in files]
    return [
        (str(file.get("filename") or address), address)
        for file, address in zip(files, addresses, strict=True)
    ]


def _rows(value: Any) -> list[list[str]]:
    columns = [cells(column) for column in value] if isinstance(value, (list, tuple)) else []
    height = max((len(column) for column in columns), default=0)
    return [
        ["" if row >= len(column) or column[row] is None else str(column[row]) for column in columns]
        for row in range(height)
    ]


def _day(value: Any, house: House) -> str:
    found = parsed(value) if isinstance(value, str) else None
    if isinstance(found, datetime):
        local = found.astimezone(house.zone)
        return (
            f"{in_words(local.date())} {local.hour % 12 or 12}:{local:%M}{'am' if local.hour < 12 else 'pm'}"
        )
    return in_words(found) if isinstance(found, date) else ""


def _linked(text: str, address: str) -> str:
    if not SAFE_ADDRESS.match(address):
        return escape(text)
    return f'<a href="{escape(address)}" rel="noopener noreferrer">{escape(text)}</a>'


def _list(texts: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(text)}</li>' for text in texts)}</ul>" if texts else ""


def _table(field: FormField, rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{escape(column.label)}</th>" for column in field.columns)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
