"""Answers one at a time, wherever the field is: of a task, of a one-off task, of a kick-off form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn
from uuid import UUID

from psycopg import sql

from stepwell.db.pool import Tenant
from stepwell.engine.completion import save_answers
from stepwell.engine.forms import fields_of
from stepwell.engine.kickoff import save_kickoff
from stepwell.engine.model import FormField, Process, Task
from stepwell.errors import Forbidden, NotFound, Refused, invalid, refused
from stepwell.http.call import Call
from stepwell.http.values import uuid_of
from stepwell.people.answers import people_named_in
from stepwell.people.directory import Mentioned
from stepwell.processes.answers_shape import KICKOFF_FORM, TASK_FORM
from stepwell.processes.frames import Work, start_work
from stepwell.processes.queries import SEEN as PROCESS_SEEN
from stepwell.processes.queries import wanted_of
from stepwell.tasks.access import require_work
from stepwell.tasks.answer_schemas import SaveAnswers, SaveValue
from stepwell.tasks.frames import TaskWork, start_work_on_task, working_on_task
from stepwell.tasks.queries import JOINED, SEEN
from stepwell.tasks.value_ids import TASK, ValuePlace, place_of

SEVERAL = "This field is used by several processes; send value_id, task_id or run_id."

FIELDS_OF_TASK = sql.SQL("""
    SELECT coalesce(json_agg(field), '[]')::text, (json_agg(field) -> 0)::text
      FROM {joined}, json_array_elements({form}) field
     WHERE task.organization_id = %(organization_id)s AND task.id = %(task_id)s
       AND field ->> 'id' = ANY (%(fields)s)
""").format(joined=JOINED, form=TASK_FORM)
FIELD_OF_KICKOFF = sql.SQL("""
    SELECT field::text FROM processes process, json_array_elements({form}) field
     WHERE process.organization_id = %(organization_id)s AND process.id = %(process_id)s
       AND field ->> 'id' = %(field)s
""").format(form=KICKOFF_FORM)
AT_NUMBER = {
    "t": "SELECT id FROM tasks WHERE organization_id = %(organization_id)s AND number = %(number)s",
    "k": "SELECT id FROM processes WHERE organization_id = %(organization_id)s AND number = %(number)s",
}
OWN_FIELD = """
    SELECT field ->> 'id' FROM tasks task, jsonb_array_elements(task.fields) field
     WHERE task.organization_id = %(organization_id)s AND task.id = %(task_id)s AND (field ->> 'n')::int = %(place)s
"""
HOLDERS = sql.SQL("""
    SELECT task.id, NULL::uuid FROM {joined}
     WHERE task.organization_id = %(organization_id)s AND task.fields <> '[]'
       AND task.fields @> jsonb_build_array(jsonb_build_object('id', %(field)s::text))
       AND task.status <> 'completed' AND task.archived_at IS NULL AND {seen}
    UNION ALL
    SELECT task.id, NULL::uuid
      FROM template_fields field
      JOIN processes process ON process.organization_id = field.organization_id
       AND process.template_id = field.template_id AND process.archived_at IS NULL
      JOIN tasks task ON task.organization_id = process.organization_id AND task.process_id = process.id
       AND task.step_id = field.step_id AND NOT task.oneoff
     WHERE field.organization_id = %(organization_id)s AND field.id = %(field)s::uuid
       AND task.status <> 'completed' AND task.archived_at IS NULL AND {seen}
    UNION ALL
    SELECT NULL::uuid, process.id
      FROM template_fields field
      JOIN processes process ON process.organization_id = field.organization_id
       AND process.template_id = field.template_id AND process.archived_at IS NULL AND process.status <> 'complete'
     WHERE field.organization_id = %(organization_id)s AND field.id = %(field)s::uuid AND field.step_id IS NULL
       AND {seen_process}
     LIMIT 2
""").format(joined=JOINED, seen=SEEN, seen_process=PROCESS_SEEN)


@dataclass(frozen=True, slots=True)
class Target:
    """Where the field of an answer is: in a task, or (None) in the kick-off form of a process."""

    task_id: UUID | None
    process_id: UUID | None
    field: str | None = None  # its id in 32 hex characters
    place: int | None = None  # or its place in the form


async def save_captures(call: Call, task_id: UUID, data: SaveAnswers, process_id: UUID | None = None) -> str:
    """Keep answers of a task. Returns the field's JSON with its answer, or the fields' where several were sent.

    Raises NotFound (no such task or field), Forbidden or Refused (each wrong answer under `taskdata.<id>`).
    """
    async with working_on_task(call, task_id, process_id) as work:
        fields = {
            key: _named(work.process, work.task, key, call.member.organization_id) for key in data.answers
        }
        answers = {fields[key].key: value for key, value in data.answers.items()}
        await _answer(work, answers)
        several, single = await _fields_json(work, list(answers))
        return single if data.single else several


def _named(process: Process, task: Task, key: str, organization_id: UUID) -> FormField:
    """The field of a task that is meant by its id, its alias or its `value_id`. Raises NotFound."""
    where = place_of(organization_id, key)
    wanted = uuid_of(key)
    for place, field in enumerate(fields_of(process, task), start=1):
        if field.id == wanted or field.alias == key:
            return field
        if where == ValuePlace(TASK, task.number, place) and not task.oneoff:
            return field
    raise NotFound


async def _answer(work: TaskWork, answers: dict[str, Any]) -> None:
    require_work(work.call.member, work.task, mine=work.mine)
    mentioned = Mentioned()
    for value in answers.values():
        mentioned.add(people_named_in(value))
    register = await work.know(mentioned)
    work.follow(save_answers(work.process, work.task_id, answers, work.at, register.directory))
    await work.save()


async def _fields_json(work: TaskWork, keys: list[str]) -> tuple[str, str]:
    wanted = {"task_id": work.task_id, "fields": keys}
    several, single = await work.tenant.fetch_last(FIELDS_OF_TASK, wanted)
    return str(several), str(single)


async def save_value(call: Call, data: SaveValue, guest: str | None = None) -> str:
    """Keep the answer to one field of a task or of a kick-off form. Returns the field's JSON.

    `guest` (address or code): on this guest's behalf, who must be assigned to the task. Raises NotFound, Forbidden
    or Refused, with what is wrong with the answer under `form_value`.
    """
    if guest is not None:
        await guest_must_exist(call, guest)
    async with call.db.transaction(call.member) as tenant:
        target = await _target(tenant, call, data)
        if guest is not None:
            await _require_assigned(tenant, guest, target)
        try:
            if target.task_id is None:
                return await _answer_kickoff(call, tenant, target, data.form_value)
            work = await start_work_on_task(call, tenant, target.task_id)
            field = await _field_in(work, target)
            await _answer(work, {field.key: data.form_value})
        except Refused as refusal:
            _told_at_form_value(refusal)
        return (await _fields_json(work, [field.key]))[1]


def _told_at_form_value(refusal: Refused) -> NoReturn:
    """What is wrong with the answer stands under the key that it came in."""
    messages = [message for name, told in refusal.reasons.items() if "." in name for message in told]
    if messages:
        raise invalid({"form_value": messages})
    raise refusal


async def _target(tenant: Tenant, call: Call, data: SaveValue) -> Target:
    where = place_of(tenant.organization_id, data.id.hex)
    if where is not None:
        found = await tenant.fetch_value(AT_NUMBER[where.letter], {"number": where.number})
        in_task = where.letter == TASK
        return Target(found if in_task else None, None if in_task else found, place=where.place)
    field = data.id.hex
    if data.task_id is not None:
        return Target(data.task_id, None, field)
    if data.run_id is not None:
        return _in_process(await start_work(call, tenant, data.run_id), field)
    wanted = wanted_of(call.member, call.now, call.origin) | {"field": field}
    found = await tenant.fetch_all(HOLDERS, wanted)
    if not found:
        raise NotFound
    if len(found) > 1:
        raise refused("id", SEVERAL)
    return Target(found[0][0], found[0][1], field)


def _in_process(work: Work, field: str) -> Target:
    """Where a process has the field: in its kick-off form, or in which task. Raises NotFound."""
    process = work.process
    if process.version is not None and any(one.key == field for one in process.version.kickoff):
        return Target(None, process.id, field)
    for task in process.tasks.values():
        if any(one.key == field for one in fields_of(process, task)):
            return Target(task.id, None, field)
    raise NotFound


async def _field_in(work: TaskWork, target: Target) -> FormField:
    fields = fields_of(work.process, work.task)
    key = target.field
    if target.place is not None and work.task.oneoff:
        wanted = {"task_id": work.task_id, "place": target.place}
        key = await work.tenant.fetch_value(OWN_FIELD, wanted)
    elif target.place is not None:
        key = fields[target.place - 1].key if target.place <= len(fields) else None
    found = next((field for field in fields if field.key == key), None)
    if found is None:
        raise NotFound
    return found


ASSIGNED = """
    SELECT EXISTS (SELECT FROM task_people person WHERE person.organization_id = %(organization_id)s
                      AND person.task_id = %(task_id)s::uuid AND person.person_id = guest.id)
      FROM people guest
     WHERE guest.organization_id = %(organization_id)s AND guest.kind = 'guest'
       AND (guest.email = %(email)s OR guest.guest_code = %(code)s)
"""


async def guest_must_exist(call: Call, guest: str) -> None:
    """Raises NotFound for an address or a code of no guest."""
    wanted = {"task_id": None, "email": guest.strip().lower(), "code": guest.strip()}
    await call.db.read_one(call.member, ASSIGNED, wanted)


async def _require_assigned(tenant: Tenant, guest: str, target: Target) -> None:
    """Raises NotFound for an unknown guest, Forbidden for one who is not assigned to the task."""
    wanted = {"task_id": target.task_id, "email": guest.strip().lower(), "code": guest.strip()}
    if not await tenant.fetch_value(ASSIGNED, wanted):
        raise Forbidden("This guest is not assigned to the task.")


async def _answer_kickoff(call: Call, tenant: Tenant, target: Target, value: Any) -> str:
    assert target.process_id is not None
    work = await start_work(call, tenant, target.process_id)
    if call.member.is_light and not work.loaded.governed_by(call.member):
        raise Forbidden("Your role does not allow changing the kick-off form of this process.")
    fields = work.process.version.kickoff if work.process.version is not None else ()
    key = target.field
    if target.place is not None:
        key = fields[target.place - 1].key if target.place <= len(fields) else None
    if key not in {field.key for field in fields}:
        raise NotFound
    mentioned = Mentioned()
    mentioned.add(people_named_in(value))
    register = await work.know(mentioned=mentioned)
    await work.save(save_kickoff(work.process, {str(key): value}, work.at, work.house, register.directory))
    wanted = {"process_id": target.process_id, "field": key}
    return str((await tenant.fetch_last(FIELD_OF_KICKOFF, wanted))[0])
