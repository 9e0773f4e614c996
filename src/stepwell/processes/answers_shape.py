"""A form field with its answer, as processes and tasks show it: the API's shape, written once.

For `with=form_fields` and `with=ko_form_fields` of tasks and processes alike: `TASK_FORM` wants the aliases `task`
and `process` (left joined), `KICKOFF_FORM` the alias `process`; both want the parameter `organization_id`. Each is
a JSON list in the order of the form; `collection` wraps it as an include. The place of a field, which its `value_id`
carries, counts from 1; a one-off task's field has its own for good (`n`), because such forms change.
"""

from __future__ import annotations

from typing import Any, Literal

from psycopg import sql

from stepwell.http.shapes import Hex, Instant, Shape

FORM = """
    (SELECT coalesce(json_agg(json_build_object(
                'id', field ->> 'id', 'timeline_id', field ->> 'id',
                'value_id', value_id(%(organization_id)s::uuid, {letter}, {number},
                                     coalesce((field ->> 'n')::int, place::int)),
                'alias', field -> 'alias', 'label', field -> 'label', 'guidance', field -> 'guidance',
                'field_type', field -> 'field_type', 'required', coalesce(field -> 'required', 'false'),
                'options', coalesce(nullif(field -> 'options', 'null'), '[]'),
                'columns', coalesce(nullif(field -> 'columns', 'null'), '[]'),
                'collect_time', coalesce(field -> 'collect_time', 'false'),
                'use_wysiwyg_editor', coalesce(field -> 'use_wysiwyg_editor', 'false'),
                'field_validation', coalesce(nullif(field -> 'field_validation', 'null'), '[]'),
                'default_value', field -> 'default_value',
                'default_value_enabled', coalesce(field -> 'default_value_enabled', 'false'),
                'settings', coalesce(nullif(field -> 'settings', 'null'), '{{}}'),
                'position', coalesce(field -> 'position', to_jsonb(place)),
                'step_id', {step_id}, 'task_id', {task_id}, 'run_id', {run_id}, 'checklist_id', {template_id},
                'field_value', {answers} -> (field ->> 'id'), 'value', {answers} -> (field ->> 'id'),
                'created_at', coalesce(left(field ->> 'created_at', 19) || 'Z', utc({created_at})),
                'updated_at', coalesce(left(coalesce(field ->> 'updated_at', field ->> 'last_updated'), 19) || 'Z',
                                       utc({created_at})))
            ORDER BY place), '[]')
       FROM jsonb_array_elements({fields}) WITH ORDINALITY form (field, place))
"""

FIELDS_OF_TASK = """
    CASE WHEN task.oneoff OR task.step_id IS NULL THEN task.fields ELSE coalesce(
        (SELECT step -> 'captures'
           FROM template_versions version, jsonb_array_elements(version.definition -> 'steps') step
          WHERE version.organization_id = %(organization_id)s AND version.id = process.version_id
            AND step ->> 'id' = hex(task.step_id)), '[]') END
"""
KICKOFF_FIELDS = """
    coalesce((SELECT version.definition -> 'prerun' FROM template_versions version
               WHERE version.organization_id = %(organization_id)s AND version.id = process.version_id), '[]')
"""


def form_of_task(fields: sql.Composable) -> sql.Composed:
    """The form of `task`, whose fields are the JSONB list `fields`, with its answers."""
    return sql.SQL(FORM).format(
        letter=sql.Literal("t"),
        number=sql.SQL("task.number"),
        step_id=sql.SQL("hex(task.step_id)"),
        task_id=sql.SQL("hex(task.id)"),
        run_id=sql.SQL("hex(task.process_id)"),
        template_id=sql.SQL("hex(task.template_id)"),
        answers=sql.SQL("task.answers"),
        created_at=sql.SQL("task.created_at"),
        fields=fields,
    )


TASK_FORM = form_of_task(sql.SQL(FIELDS_OF_TASK))
"""The form of a task with its answers; empty for a task without one."""

KICKOFF_FORM = sql.SQL(FORM).format(
    letter=sql.Literal("k"),
    number=sql.SQL("process.number"),
    step_id=sql.SQL("NULL"),
    task_id=sql.SQL("NULL"),
    run_id=sql.SQL("hex(process.id)"),
    template_id=sql.SQL("hex(process.template_id)"),
    answers=sql.SQL("process.answers"),
    created_at=sql.SQL("process.created_at"),
    fields=sql.SQL(KICKOFF_FIELDS),
)
"""The kick-off form of a process with its answers; empty when `process` is not there at all."""


def collection(json_list: sql.Composable) -> sql.Composed:
    """A JSON list as a collection include: `{"data": [...]}`."""
    return sql.SQL("json_build_object('data', {})").format(json_list)


class FieldWithAnswerShape(Shape):
    """A form field of a running process, and what was answered."""

    id: Hex
    timeline_id: Hex
    value_id: Hex
    alias: str | None
    label: str
    guidance: str | None
    field_type: Literal[
        "text", "textarea", "email", "date", "radio", "dropdown", "multiselect", "table", "assignees_form", "file",
        "number", "url", "time", "datetime", "checkbox",
    ]  # fmt: skip
    required: bool
    options: list[dict[str, Any]]
    columns: list[dict[str, Any]]
    collect_time: bool
    use_wysiwyg_editor: bool
    field_validation: list[Any] | str
    default_value: Any
    default_value_enabled: bool
    settings: dict[str, Any]
    position: int
    step_id: Hex | None
    task_id: Hex | None
    run_id: Hex | None
    checklist_id: Hex | None
    field_value: Any
    value: Any
    created_at: Instant
    updated_at: Instant
