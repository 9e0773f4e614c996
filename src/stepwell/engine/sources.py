"""Where a rule's action takes its people or its date from: a field's answer, a step's deadline (T-163 ff.)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from stepwell.engine.answer_types import hex_id
from stepwell.engine.answer_values import is_blank, is_email
from stepwell.engine.model import NOBODY, Action, Answers, FormField, People, Task, Version


def people_of_action(
    action: Action, version: Version, kickoff: Answers, tasks: Mapping[UUID, Task]
) -> People:
    """Whom an assignment action names: those in its source field, or where that is blank its own (T-163)."""
    field = version.field_by_id.get(action.source_id) if action.source_id is not None else None
    if field is None:
        return action.people
    return people_in_answer(field, answer_to(field, version, kickoff, tasks)) or action.people


def answer_to(field: FormField, version: Version, kickoff: Answers, tasks: Mapping[UUID, Task]) -> Any:
    """The answer to a field of the template, None without one; answers of hidden tasks count too."""
    owner = version.step_of_field.get(field.id)
    if owner is None:
        return kickoff.get(field.key)
    task = tasks.get(owner)
    return task.values.get(field.key) if task is not None else None


def people_in_answer(field: FormField, value: Any) -> People:
    """The people an answer names: picked ones, or the owner of the address that was written (T-164)."""
    if is_blank(field, value):
        return NOBODY
    if field.type == "assignees_form" and isinstance(value, Mapping):
        users = tuple(user for user in value.get("users") or () if isinstance(user, int))
        guests = tuple(guest for guest in value.get("guests") or () if isinstance(guest, str))
        groups = (hex_id(group) for group in value.get("groups") or ())
        return People(users, guests, tuple(group for group in groups if group is not None))
    by_mail = field.type == "email" or (field.type == "text" and "email" in field.validation)
    if by_mail and isinstance(value, str) and is_email(value.strip()):
        return People(guests=(value.strip().lower(),))
    return NOBODY
