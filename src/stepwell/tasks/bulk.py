"""Changing many tasks of a process in one command: all of it, or with the first refusal nothing (P-446)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from psycopg import sql

from stepwell.engine.assignment import OwnersChange
from stepwell.engine.calendar import shifted
from stepwell.engine.completion import assign, move_deadline
from stepwell.engine.editing import edited
from stepwell.engine.hand import hide, show
from stepwell.engine.model import Directory, Task, change_between
from stepwell.engine.order import moved
from stepwell.errors import Forbidden, Refused, invalid, refused
from stepwell.http.call import Call
from stepwell.people.directory import Mentioned
from stepwell.processes.frames import CalledWork, refuse_archived, working_on
from stepwell.processes.launching import instant_of
from stepwell.processes.queries import wanted_of
from stepwell.tasks.access import require_edit, works
from stepwell.tasks.bulk_schemas import ChangeManyTasks, Shift
from stepwell.tasks.frames import TaskWork
from stepwell.tasks.queries import JOINED
from stepwell.tasks.shapes import task_columns

MANY = """
    SELECT coalesce(json_agg(to_json(shape) ORDER BY shape.position), '[]')::text
      FROM unnest(%(ids)s::uuid[]) changed (id),
           LATERAL (SELECT {columns} FROM {joined}
                     WHERE task.organization_id = %(organization_id)s AND task.id = changed.id) shape
"""
SILENT = {"notify": False}  # told to whoever writes mails, in the `why` of the events
UNCHANGED = OwnersChange()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is wanted of one task; None and False: nothing."""

    people: OwnersChange = UNCHANGED
    deadline: date | None = None  # or an instant, which is a date too
    shift: Shift | None = None
    visible: bool | None = None
    position: int | None = None
    title: str | None = None

    @property
    def only_moves(self) -> bool:
        return self == Wish(position=self.position)


async def change_tasks(call: Call, process_id: UUID, data: ChangeManyTasks) -> str:
    """Change tasks of a process. Returns the JSON of those that were changed, in their order.

    Raises NotFound, Forbidden (one of them is not the caller's to change), Refused with all that is wrong under
    `tasks.<task id>.<field>`.
    """
    async with working_on(call, process_id) as base:
        refuse_archived(base)
        if base.process.issues:
            raise refused("status", "This process has an open issue. Resolve it first.")
        wishes = _wishes(base, data)
        _require_rights(base, wishes)
        directory = (await base.know(*_tasks(base, wishes), mentioned=_named(wishes.values()))).directory
        work = _decided(base, wishes, directory)
        events = work.events
        if not data.notify:
            events = [replace(event, why={**(event.why or {}), **SILENT}) for event in events]
        change = change_between(base.process, work.process, tuple(events))
        await base.save(change)
        wanted = wanted_of(call.member, call.now, call.origin) | {"ids": [task.id for task in change.tasks]}
        query = sql.SQL(MANY).format(columns=task_columns(call.includes, summary=True), joined=JOINED)
        return str((await base.tenant.fetch_last(query, wanted))[0])


def _wishes(base: CalledWork, data: ChangeManyTasks) -> dict[UUID, Wish]:
    """What is wanted, by task, in the order of the body or of the process. Raises Refused for unknown tasks."""
    sent = data.model_fields_set
    if "tasks" in sent:
        wishes = {
            one.id: Wish(people=one.people(), deadline=one.deadline, position=one.position, title=one.title)
            for one in data.tasks
        }
    else:
        wish = Wish(
            people=data.people(),
            deadline=data.deadline,
            shift=data.shift,
            visible=data.visibility == "show" if "visibility" in sent else None,
        )
        wishes = dict.fromkeys(_chosen(base, data), wish)
    unknown = {task_id for task_id in wishes if task_id not in base.process.tasks}
    if unknown:
        raise invalid(
            {f"tasks.{task_id.hex}": ["The selected task is invalid."] for task_id in sorted(unknown)}
        )
    return wishes


def _chosen(base: CalledWork, data: ChangeManyTasks) -> Iterator[UUID]:
    """The tasks that a common change is for: those named, or those that are open (of job titles hidden ones too)
    and the caller's to change.
    """
    tasks = base.process.tasks
    sent = data.model_fields_set
    if "task_ids" in sent:
        yield from dict.fromkeys(data.task_ids)
        return
    roles = set(data.roles) if "roles" in sent else None
    for task in tasks.values():
        of_role = roles is None or not roles.isdisjoint(task.roles)
        if of_role and not task.completed and task.archived_at is None:
            mine = task.id in base.loaded.mine
            if (task.visible or roles is not None) and works(base.call.member, task, mine=mine):
                yield task.id


def _tasks(base: CalledWork, wishes: Iterable[UUID]) -> list[Task]:
    return [base.process.tasks[task_id] for task_id in wishes]


def _named(wishes: Iterable[Wish]) -> Mentioned:
    mentioned = Mentioned()
    for change in {id(wish.people): wish.people for wish in wishes}.values():
        mentioned.add(change.add)
        mentioned.add(change.remove)
        mentioned.users.update(change.users or ())
        mentioned.emails.update(change.guests or ())
        mentioned.groups.update(change.groups or ())
    return mentioned


def _require_rights(base: CalledWork, wishes: dict[UUID, Wish]) -> None:
    """Raises Forbidden for a task that the caller may not change, or not give to somebody else."""
    member = base.call.member
    kept = not base.loaded.governed_by(member) and not base.loaded.assign_someone_else
    for task in _tasks(base, wishes):
        mine = task.id in base.loaded.mine
        require_edit(member, task, mine=mine)
        if kept and mine and wishes[task.id].people != UNCHANGED:
            raise Forbidden("The assignees of this process may not change who is assigned.")


def _decided(base: CalledWork, wishes: dict[UUID, Wish], directory: Directory) -> TaskWork:
    """All decisions, one after the other. Raises Refused with everything that is wrong."""
    reasons: dict[str, list[str]] = {}
    work = TaskWork(base, UUID(int=0), base.process)
    for task_id, wish in wishes.items():
        work.task_id = task_id
        _decide(work, wish, directory, reasons)
    if reasons:
        raise invalid(reasons)
    return work


def _decide(work: TaskWork, wish: Wish, directory: Directory, reasons: dict[str, list[str]]) -> None:
    process, task, at, house = work.process, work.task, work.at, work.house
    path = f"tasks.{task.id.hex}"
    if task.archived_at is not None:
        reasons[f"{path}.status"] = ["This task is archived."]
        return
    if task.completed and not wish.only_moves:
        reasons[f"{path}.status"] = ["A completed task cannot be updated."]
        return
    if wish.visible is not None and wish.visible != task.visible:
        with _under(path, "visibility", reasons):
            work.follow(show(process, task.id, at, house) if wish.visible else hide(process, task.id, at))
    if wish.title is not None:
        title = {"title": wish.title, "original_title": wish.title}
        work.follow(edited(work.process, task.id, title, at))
    _redate(work, wish, reasons)
    if wish.people != UNCHANGED and not work.task.completed:
        with _under(path, "owners", reasons):
            work.follow(assign(work.process, task.id, wish.people, work.actor, at, house, directory))
    if wish.position is not None:
        work.follow(moved(work.process, task.id, wish.position, at))


def _redate(work: TaskWork, wish: Wish, reasons: dict[str, list[str]]) -> None:
    """Set or move the deadline; one that is still held cannot be moved by so many days and stays held."""
    process, task, at, house = work.process, work.task, work.at, work.house
    if wish.deadline is not None:
        work.follow(move_deadline(process, task.id, instant_of(wish.deadline, house), at, house))
    elif wish.shift is not None and task.deadline is not None:
        with _under(f"tasks.{task.id.hex}", "shift", reasons):
            deadline = shifted(house, task.deadline, wish.shift.value, wish.shift.unit)
            work.follow(move_deadline(process, task.id, deadline, at, house))


@contextmanager
def _under(path: str, field: str, reasons: dict[str, list[str]]) -> Iterator[None]:
    """Gather what is refused under the task; a refusal that names no field stands under `field`."""
    try:
        yield
    except Refused as refusal:
        for name, messages in (refusal.reasons or {field: [refusal.message]}).items():
            reasons[f"{path}.{name}"] = list(messages)
