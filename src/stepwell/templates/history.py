"""What a template's activity log says about its own properties: readable, with the old and the new value (T-035)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from psycopg import sql

from stepwell.templates.drafts import Draft

RENAMED = {"status": "readiness"}
"""The columns that have another name than the key of the API."""
API_NAMES = {column: key for key, column in RENAMED.items()}
LABELS = {
    "readiness": "readiness",
    "owner_id": "owner",
    "folder_id": "folder",
    "default_folder": "default process folder",
    "default_process_name_format": "process name format",
    "kickoff_sharing_user_id": "kick-off inviter",
    "ko_form_blueprint_id": "kick-off form template",
    "is_public": "public sharing",
    "is_public_kickoff": "public kick-off",
    "is_featured": "featuring in the library",
    "is_pinned": "pin",
    "is_published_state": "published state",
    "dual_version_enabled": "draft mode",
    "replace_state_conditionally": "approval before publishing",
    "can_add_oot": "one-off tasks in processes",
    "users": "members with default access",
    "groups": "groups with default access",
    "kickoff_title": "kick-off title",
    "kickoff_description": "kick-off description",
    "explanation_video": "video",
}
ID_COLUMNS = frozenset({"folder_id", "default_folder", "ko_form_blueprint_id"})
LONGEST_VALUE = 30_000  # characters of an old or new text that the log keeps


def properties(columns: Iterable[str]) -> sql.Composed:
    """These columns as one JSON object by column name, ids spelled as the API does; wants the alias `template`."""
    pairs = [sql.SQL("{}, {}").format(sql.Literal(name), _value(name)) for name in columns]
    return sql.SQL("jsonb_build_object({})").format(sql.SQL(", ").join(pairs))


def _value(column: str) -> sql.Composed:
    spelled = sql.SQL(
        "hex(template.{})"
        if column in ID_COLUMNS
        else "hexes(template.{})"
        if column == "groups"
        else "template.{}"
    )
    return spelled.format(sql.Identifier(column))


def note_changes(draft: Draft, before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """Note each property that differs; returns their column names."""
    changed = [column for column, value in after.items() if before[column] != value]
    for column in changed:
        old, new = before[column], after[column]
        draft.note(
            "updated",
            _sentence(column, draft.template.title, old, new),
            field=API_NAMES.get(column, column),
            old=_kept(old),
            new=_kept(new),
        )
    return set(changed)


def _sentence(column: str, title: str, old: Any, new: Any) -> str:
    label = LABELS.get(column, column.replace("_", " "))
    if column == "title":
        return f"Renamed template: {old} is now {new}"
    if isinstance(new, bool):
        return f"Switched {'on' if new else 'off'} {label} of template: {title}"
    if column == "readiness":
        return f"Changed readiness of template: {title} is {(new or 'started').replace('_', ' ')}"
    return f"{'Removed' if new in (None, [], '') else 'Changed'} {label} of template: {title}"


def _kept(value: Any) -> Any:
    return value[:LONGEST_VALUE] if isinstance(value, str) else value
