"""What webhooks tell of a task and its process, in the documented form (api-platform 11.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from stepwell.db.pool import Tenant
from stepwell.engine.dates import written_or_none
from stepwell.engine.forms import fields_of
from stepwell.engine.model import Answers, FormField, Process, Task
from stepwell.processes.loading import Loaded
from stepwell.settings import Settings

Json = dict[str, Any]

PEOPLE = """
    SELECT person.id, person.kind, person.email, shown_name(person), person.guest_code FROM people person
     WHERE person.organization_id = %(organization_id)s
       AND (person.id = ANY (%(users)s) OR (person.kind = 'guest' AND person.email = ANY (%(guests)s)))
"""
ABOUT = """
    SELECT process.summary, process.status,
           CASE WHEN process.visible_tasks > 0
                THEN (200 * process.complete_tasks + process.visible_tasks) / (2 * process.visible_tasks)
                ELSE 0 END,
           (SELECT coalesce(json_agg(json_build_object('id', hex(tag.id), 'name', tag.title, 'color', tag.color)
                                     ORDER BY tag.title), '[]')
              FROM tag_associations tagged
              JOIN tags tag ON tag.organization_id = %(organization_id)s AND tag.id = tagged.tag_id
             WHERE tagged.organization_id = %(organization_id)s AND tagged.subject_id = process.id),
           (SELECT json_build_object('id', hex(template.id), 'title', template.title, 'alias', template.alias,
                                     'summary', template.summary)
              FROM templates template
             WHERE template.organization_id = %(organization_id)s AND template.id = process.template_id),
           (SELECT version.texts FROM template_versions version
             WHERE version.organization_id = %(organization_id)s AND version.id = process.version_id)
      FROM processes process
     WHERE process.organization_id = %(organization_id)s AND process.id = %(process_id)s
"""


class Names:
    """The members and guests that a payload names."""

    def __init__(self, rows: Iterable[Any], home: str) -> None:
        found = list(rows)
        self.members = {id: person(id, email, name) for id, kind, email, name, _ in found if kind == "member"}
        self.guests = {email: name for _, kind, email, name, _ in found if kind == "guest"}
        self.links = {
            email: {"link_for_guest": f"{home}/{code}"}
            for _, kind, email, _, code in found
            if kind == "guest" and code
        }


def person(id: int | None, email: str, name: str) -> Json:
    return {"id": id, "email": email, "full_name": name}


async def task_payload(tenant: Tenant, loaded: Loaded, task_id: UUID, settings: Settings) -> Json:
    """The payload about a task of a process, without the name of the event."""
    process = loaded.process
    task = process.tasks[task_id]
    tasks = sorted(process.tasks.values(), key=lambda one: (one.position, one.id))
    users = {user for one in tasks for user in one.people.users} | {process.starter_id}
    users |= {one.completer_id for one in tasks if one.completer_id is not None}
    guests = sorted({guest for one in tasks for guest in one.people.guests})
    home = f"{settings.web_address}/guest-all-task/{tenant.organization_id.hex}"
    more = [task.completer_guest] if task.completer_guest is not None else []
    names = Names(await tenant.fetch_all(PEOPLE, {"users": list(users), "guests": guests + more}), home)
    about = await tenant.fetch_one(ABOUT, {"process_id": process.id})
    summary, status, percent, tags, template, texts = about
    following = next((one for one in tasks if one.open and not one.oneoff), None)
    return {
        "this_task": {
            **_task(process, task, names, texts or {}),
            "completed_at": written_or_none(task.completed_at),
            "completed_by": _completer(task, names),
            "assets": [],
        },
        "launcher": names.members.get(process.starter_id),
        "completer": _completer(task, names),
        "process-tasks": {one.alias or one.id.hex: one.id.hex for one in tasks},
        "form-fields": _form_fields(process, tasks),
        "template": template,
        "process": {
            "id": process.id.hex,
            "organization_id": tenant.organization_id.hex,
            "name": loaded.name,
            "summary": summary,
            "status": status,
            "progress": percent,
            "created_at": written_or_none(process.created_at),
            "ClientURL": f"{settings.web_address}/tracker/{process.id.hex}",
            "prerun": {one.key: process.values.get(one.key) for one in _kickoff(process)},
            "process_forms": {
                one.step_id.hex: _captures(fields_of(process, one), one.values)
                for one in tasks
                if one.step_id is not None and not one.oneoff
            },
            "tags": tags,
        },
        "guest-links": {guest: names.links[guest] for guest in guests if guest in names.links},
        "next_task": [] if following is None else _task(process, following, names, texts or {}),
    }


def _task(process: Process, task: Task, names: Names, texts: Mapping[str, str]) -> Json:
    step = task.step_id.hex if task.step_id is not None else ""
    return {
        "id": task.id.hex,
        "title": task.title,
        "alias": task.alias,
        "status": str(task.status),
        "summary": task.summary if task.summary is not None else texts.get(step),
        "deadline": written_or_none(task.deadline),
        "position": task.position,
        "captures": _captures(fields_of(process, task), task.values),
        "owners": {
            "users": [names.members[user] for user in task.people.users if user in names.members],
            "guests": list(task.people.guests),
        },
    }


def _completer(task: Task, names: Names) -> Json | None:
    if task.completer_guest is not None:
        return person(
            None, task.completer_guest, names.guests.get(task.completer_guest, task.completer_guest)
        )
    return names.members.get(task.completer_id) if task.completer_id is not None else None


def _captures(fields: Iterable[FormField], values: Answers) -> Json:
    return {one.key: {"alias": one.alias, "label": one.label, "value": values.get(one.key)} for one in fields}


def _form_fields(process: Process, tasks: Iterable[Task]) -> Json:
    """Every answer by its field's alias; of two fields with one alias the later step's counts."""
    found = {one.alias: process.values.get(one.key) for one in _kickoff(process)}
    for task in tasks:
        found |= {one.alias: task.values.get(one.key) for one in fields_of(process, task)}
    return found


def _kickoff(process: Process) -> tuple[FormField, ...]:
    return process.version.kickoff if process.version is not None else ()
